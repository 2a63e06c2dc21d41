"""Suggest the sector and the ministry of an idea, with reasons."""
