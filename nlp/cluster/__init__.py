"""From words and vectors to themes: features, near-duplicates, graph cuts, stability, alignment of runs."""
