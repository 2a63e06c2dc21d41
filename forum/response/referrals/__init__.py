"""Themes sent to ministries, their answers, and the milestones they promise."""
