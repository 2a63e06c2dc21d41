"""Shortlists: a vote on a few ideas, from which a fair slate is told."""
