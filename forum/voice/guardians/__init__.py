"""Consent of guardians for people under 14: request, verification, consent, revocation, and turning 14."""
