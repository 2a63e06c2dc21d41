from __future__ import annotations

from forum.system.jobs.registry import periodic_task
from forum.voice.guardians.services import forget_unanswered, free_those_who_turned_14

periodic_task("guardians.birthdays")(free_those_who_turned_14)
periodic_task("guardians.forget_unanswered")(forget_unanswered)
