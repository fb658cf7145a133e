"""Who is about to leave, when they would order next, and who is worth a rescue."""
