"""State of the sample loader."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from forum.people.accounts.models import Account
from forum.voice.campaigns.models import Campaign
from forum.voice.ideas.models import Idea


@dataclass
class Stage:
    """What the loader has created so far, and what it reads from."""

    now: datetime
    random: Random
    story: dict[str, Any]
    rows: list[dict[str, Any]]
    staff: dict[str, Account] = field(default_factory=dict)
    people: list[tuple[Account, int]] = field(default_factory=list)
    """(account, group 0..2)"""
    ideas: dict[str, Idea] = field(default_factory=dict)
    campaign: Campaign | None = None

    def days_ago(self, days: float) -> datetime:
        return self.now - timedelta(days=days)
