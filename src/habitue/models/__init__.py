"""Learners on arrays that know no shop."""
