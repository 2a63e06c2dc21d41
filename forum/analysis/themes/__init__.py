"""Runs of the analysis, the clusters they find, and the themes that analysts create from them."""
