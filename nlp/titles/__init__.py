"""Describe themes: keywords, noun phrases, demands, titles, representatives."""
