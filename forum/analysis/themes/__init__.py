"""Runs of the analysis, the clusters they found, and the durable themes analysts make of them."""
