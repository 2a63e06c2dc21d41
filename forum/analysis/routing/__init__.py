"""Who should answer a theme: suggestions with reasons, learned from what analysts chose before."""
