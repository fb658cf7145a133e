"""What to do about it: one package per area, reading published tables only."""
