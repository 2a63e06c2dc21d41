from __future__ import annotations

from forum.system.jobs.services import errand
from forum.voice.guardians.services import forget_unanswered, free_those_who_turned_14

errand("guardians.birthdays")(free_those_who_turned_14)
errand("guardians.forget_unanswered")(forget_unanswered)
