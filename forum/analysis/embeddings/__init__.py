"""Embeddings of ideas, stored once per text; the analysis and the search for similar ideas use them."""
