"""Accounts, the roles granted to them, and the participants who write and vote."""
