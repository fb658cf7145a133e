"""Customer care: whom to contact today, why, and with what."""
