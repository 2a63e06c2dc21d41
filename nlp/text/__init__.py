"""From raw text to content words: cleaning, tagging, spelling, compounds, topics."""
