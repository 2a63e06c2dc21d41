"""Answers: written by one officer, approved by another of the same ministry, published once and for all."""
