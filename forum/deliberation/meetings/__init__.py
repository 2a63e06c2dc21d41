"""Meetings of the council: agenda, attendance and quorum, open ballots, dissent, minutes."""
