"""Scorecards: criteria with weights, members' scores with reasons, and what a closed stage's scores give."""
