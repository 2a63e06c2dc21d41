"""Slices that read all others: operations, and the export and deletion of personal data."""
