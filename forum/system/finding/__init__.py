"""What the public search finds: its words, the order of what is found, and a registry of kinds of things."""
