"""Habitue: a shop's own tables turned into decisions."""
