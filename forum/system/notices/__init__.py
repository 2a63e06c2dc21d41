"""Notices on the site, and mail in the outbox."""
