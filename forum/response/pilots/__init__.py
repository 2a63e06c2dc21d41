"""Pilots: a change tried in one place, measured before and after, and taken over by other offices."""
