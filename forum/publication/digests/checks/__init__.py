"""Checks that the files of a digest must pass before they are offered."""
