"""Accounts: who people are, their roles and profiles, and their passwords' rules."""
