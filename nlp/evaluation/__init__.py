"""Scores against labelled files, for `python -m nlp evaluate|route|similar`."""
