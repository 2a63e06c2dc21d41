from __future__ import annotations

from forum.system.jobs.registry import periodic_task
from forum.voice.guardians.services import erase_unanswered_guardians, release_accounts_at_14

periodic_task("guardians.birthdays")(release_accounts_at_14)
periodic_task("guardians.forget_unanswered")(erase_unanswered_guardians)
