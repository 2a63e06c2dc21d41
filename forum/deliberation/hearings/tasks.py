from __future__ import annotations

from forum.deliberation.hearings.consents import forget_guardians
from forum.deliberation.hearings.reminding import remind_of_tomorrow
from forum.system.jobs.registry import periodic_task


@periodic_task("hearings.remind")
def remind() -> int:
    """Remind those who come to a hearing within a day."""
    return remind_of_tomorrow()


@periodic_task("hearings.forget")
def forget() -> int:
    """Erase guardians' names and addresses a month after the hearing."""
    return forget_guardians()
