"""Delivery of the milestones that ministries promised in their answers."""
