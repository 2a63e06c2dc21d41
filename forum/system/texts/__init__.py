"""Kinds of text that people publish, and how many texts one person or network may send in a given time."""
