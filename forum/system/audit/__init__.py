"""Audit log: one entry per staff act, written in the act's own transaction."""
