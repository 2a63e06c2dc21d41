"""Themes from words and vectors: features, near-duplicates, graph communities, stability, alignment of runs."""
