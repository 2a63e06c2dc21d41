"""Which ideas are like each other: sentence encoders, stored embeddings, the index."""
