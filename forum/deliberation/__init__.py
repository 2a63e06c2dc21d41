"""Small in-person meetings and their connection to the forum."""
