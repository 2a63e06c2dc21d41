"""Accounts, roles and ministries."""
