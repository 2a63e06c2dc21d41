from __future__ import annotations

from forum.guardians.services import forget_unanswered, free_those_who_turned_14
from forum.jobs.services import errand

errand("guardians.birthdays")(free_those_who_turned_14)
errand("guardians.forget_unanswered")(forget_unanswered)
