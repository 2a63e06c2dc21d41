"""Foundations used by every wing; knows no request and no slice."""
