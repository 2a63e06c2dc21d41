"""Outcomes: how many distinct arguments ended in a dated commitment, and in one that was kept."""
