"""Guardians of people under 14: asked, checked, consenting, taking it back; and the day somebody turns 14."""
