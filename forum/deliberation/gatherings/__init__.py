"""Gatherings: planned, announced, registered for, moved, cancelled and copied."""
