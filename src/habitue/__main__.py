"""Lets ``python -m habitue`` do what ``habitue`` does."""

from habitue.cli import main

main()
