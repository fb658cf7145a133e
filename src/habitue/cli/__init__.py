"""The command line. Importing it is light; each command brings in what it needs when it runs."""

from habitue.cli.app import main

__all__ = ["main"]
