"""Campaigns and the phases whose dates decide what is open."""
