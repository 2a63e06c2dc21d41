"""Answers, written by one officer, approved by another of the same ministry, and never edited once published."""
