"""Signing up, signing in and signing out: Flask-Security fitted to the forum, and what slows password guessing."""
