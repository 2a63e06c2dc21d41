"""Audit log, background jobs and notices, used by all wings above."""
