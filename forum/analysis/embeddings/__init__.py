"""What a sentence encoder made of the ideas: stored once per text, used by analysis and likeness."""
