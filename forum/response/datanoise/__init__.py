"""Noisy figures of sensitive files (differential privacy), paid for from a budget that each dataset has once."""
