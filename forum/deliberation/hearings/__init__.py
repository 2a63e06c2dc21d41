"""Hearings: proposers explain their own proposals to the council; experts and groups sign opinions."""
