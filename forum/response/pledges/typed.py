"""What somebody types about a pledge, checked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from forum.core import clock
from forum.core.errors import Mistakes
from forum.core.i18n import _
from forum.core.privacy import mask
from forum.core.text import clean_line, refuse_resident_numbers
from forum.response.pledges.catalogue import catalogue
from forum.response.pledges.models import MAX_GROUP_NAME_CHARS, MAX_GROUP_SIZE, CheckInOutcome, PledgeBy, Rhythm

MAX_DAYS_AHEAD = 60
FEWEST_IN_GROUP = 2
N_WEEKDAYS = 7


@dataclass(frozen=True)
class TypedPledge:
    """A pledge as typed. Codes are names of the enums; `weekday` is "0" Monday to "6" Sunday."""

    item: str
    made_by: str
    group_name: str
    group_size: int | None
    rhythm: str
    starts_on: date | None
    is_public: bool
    reminds: bool
    weekday: str

    def checked(self) -> dict[str, object]:
        """Return the columns of the pledge, the group's name masked as it is published.

        :raise InvalidInput: all mistakes at once: not in the catalogue, nobody chosen, a group without a name or with
            fewer than 2 or more than 1,000 people, a first day in the past or more than 60 days ahead
        """
        mistakes = Mistakes()
        if self.item not in catalogue():
            mistakes.add("item", _("목록에서 하나를 골라 주세요."))
        if self.made_by not in PledgeBy.__members__:
            mistakes.add("made_by", _("누가 하는지 골라 주세요."))
        if self.rhythm not in Rhythm.__members__:
            mistakes.add("rhythm", _("얼마나 자주 하는지 골라 주세요."))
        self._check_day(mistakes)
        weekday = _weekday(self.weekday)
        if self.reminds and weekday is None and self.rhythm != Rhythm.DAY.name:
            mistakes.add("weekday", _("알림을 받을 요일을 골라 주세요."))
        name, size = self._group(mistakes)
        mistakes.raise_if_any()
        return {
            "item": self.item,
            "made_by": PledgeBy[self.made_by],
            "group_name": name,
            "group_size": size,
            "rhythm": Rhythm[self.rhythm],
            "starts_on": self.starts_on,
            "is_public": self.is_public,
            "reminds": self.reminds,
            "reminder_weekday": weekday or 0,
        }

    def _check_day(self, mistakes: Mistakes) -> None:
        today = clock.today()
        if self.starts_on is None:
            mistakes.add("starts_on", _("시작하는 날을 골라 주세요."))
        elif self.starts_on < today:
            mistakes.add("starts_on", _("지난 날부터는 시작할 수 없어요. 오늘이나 그 뒤를 골라 주세요."))
        elif self.starts_on > today + timedelta(days=MAX_DAYS_AHEAD):
            mistakes.add("starts_on", _("%(n)s일 안에 시작하는 날을 골라 주세요.", n=MAX_DAYS_AHEAD))

    def _group(self, mistakes: Mistakes) -> tuple[str, int]:
        if self.made_by not in PledgeBy.__members__ or self.made_by == PledgeBy.PERSON.name:
            return "", 1
        name = ""
        with mistakes.noted():
            label = _("모둠 이름")
            name = clean_line(self.group_name, "group_name", label, max_chars=MAX_GROUP_NAME_CHARS, min_chars=2)
            refuse_resident_numbers(name, "group_name")
        size = self.group_size
        if size is None or not FEWEST_IN_GROUP <= size <= MAX_GROUP_SIZE:
            values = {"least": FEWEST_IN_GROUP, "most": f"{MAX_GROUP_SIZE:,}"}
            mistakes.add("group_size", _("함께하는 사람을 %(least)s명부터 %(most)s명까지의 수로 써 주세요.", **values))
        return mask(name).text, size or FEWEST_IN_GROUP


@dataclass(frozen=True)
class TypedCheckIn:
    """A check-in as typed: the name of a `CheckInOutcome`, and of a group how many kept it."""

    outcome: str
    n_kept: int | None

    def checked(self, group_size: int, *, is_group: bool) -> tuple[CheckInOutcome, int | None]:
        """Return the outcome, and of a group the number.

        :raise InvalidInput: nothing chosen; of a group no number, a negative one, or more than it has people
        """
        mistakes = Mistakes()
        if self.outcome not in CheckInOutcome.__members__:
            mistakes.add("outcome", _("하나를 골라 주세요."))
        if is_group and (self.n_kept is None or not 0 <= self.n_kept <= group_size):
            mistakes.add("n_kept", _("몇 명이 했는지 0부터 %(most)s까지의 수로 써 주세요.", most=group_size))
        mistakes.raise_if_any()
        return CheckInOutcome[self.outcome], self.n_kept if is_group else None


def _weekday(text: str) -> int | None:
    return int(text) if text in {str(n) for n in range(N_WEEKDAYS)} else None
