"""Packages that Habitue is measured against, each in an environment of its own."""
