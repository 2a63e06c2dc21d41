"""Similarity of ideas: sentence encoders, stored embeddings, the index."""
