"""Pledges: what citizens do themselves, beside what the state promised."""
