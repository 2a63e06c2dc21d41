"""State of the sample loader."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from forum.core import clock
from forum.people.accounts.models import Account
from forum.voice.campaigns.models import Campaign
from forum.voice.ideas.models import Idea


@dataclass
class Stage:
    """What the loader has created so far, what it reads from, and what is still to happen.

    Acts are planned in any order and done in the order of time, so that ids, notices and audit entries grow with time.
    """

    now: datetime
    random: Random
    story: dict[str, Any]
    rows: list[dict[str, Any]]
    staff: dict[str, Account] = field(default_factory=dict)
    people: list[tuple[Account, int]] = field(default_factory=list)
    """Who write, comment and vote: (account, group 0..2)."""
    voters: list[tuple[Account, int]] = field(default_factory=list)
    """Who only vote."""
    ideas: dict[str, Idea] = field(default_factory=dict)
    rows_by_id: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Of both campaigns, by the key that the story uses."""
    votes: list[dict[str, Any]] = field(default_factory=list)
    """Drawn and not written yet."""
    drawn: set[str] = field(default_factory=set)
    campaign: Campaign | None = None
    everyday: Campaign | None = None
    agenda: list[tuple[float, Callable[[], object]]] = field(default_factory=list)
    """(days ago, act)"""

    def days_ago(self, days: float) -> datetime:
        return self.now - timedelta(days=days)

    def plan(self, days_ago: float, act: Callable[[], object]) -> None:
        """Let `act` happen so many days ago; acts of one moment happen in the order in which they are planned."""
        self.agenda.append((days_ago, act))

    def play(self, until: float = 0.0) -> None:
        """Do the planned acts up to so many days ago, each at its moment."""
        due = [entry for entry in self.agenda if entry[0] >= until]
        self.agenda = [entry for entry in self.agenda if entry[0] < until]
        for days_ago, act in sorted(due, key=lambda entry: -entry[0]):
            with clock.at(self.days_ago(days_ago)):
                act()
