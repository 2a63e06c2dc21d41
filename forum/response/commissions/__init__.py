"""Commissions: a task that the council chose goes to its ministries as a letter, and is reported on each quarter."""
