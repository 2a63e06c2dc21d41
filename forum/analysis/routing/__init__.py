"""Ministries suggested for a theme, with reasons, learned from what analysts chose before."""
