"""Guessing what the columns of a merchant's files mean, with evidence and openly stated doubts."""

from habitue.data.mapping.guess import guess
from habitue.data.mapping.guesses import ColumnGuess, TableGuess

__all__ = ["ColumnGuess", "TableGuess", "guess"]
