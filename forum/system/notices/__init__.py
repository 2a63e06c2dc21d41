"""Telling people: notices on the page and mail in the outbox."""
