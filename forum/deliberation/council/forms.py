from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from wtforms import BooleanField, HiddenField, SelectField, SelectMultipleField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Optional
from wtforms.widgets import CheckboxInput, ListWidget

from forum.core.errors import InvalidInput, NotFound
from forum.core.i18n import _, _l
from forum.deliberation.council.models import (
    MAX_NAME_CHARS,
    MAX_OFFICE_CHARS,
    CouncilGroup,
    CouncilTerm,
    GroupKind,
    QuorumRule,
    Seat,
)
from forum.deliberation.council.services import MAX_ABOUT_CHARS, MAX_END_REASON_CHARS
from forum.people.accounts.models import Account, CouncilSeat
from forum.people.accounts.queries import get_account_by_email
from forum.web.forms import DayField, ForumForm, NumberField, hidden_number

MAX_EMAIL_CHARS = 254


def row_id(typed: object) -> int:
    """Return the id in a choice; -1, which there is not, for nonsense."""
    return hidden_number(str(typed))


class SeenForm(ForumForm):
    seen = HiddenField()

    def seen_revision(self) -> int:
        return hidden_number(self.seen.data)


def _rules() -> list[SelectChoice]:
    return [SelectChoice(one.name, one.label) for one in QuorumRule]


class TermForm(SeenForm):
    number = NumberField(_l("몇 기인가요"), [Optional()], render_kw={"min": 1})
    starts_on = DayField(_l("시작하는 날"), [Optional()])
    ends_on = DayField(_l("끝나는 날"), [Optional()])
    quorum = SelectField(_l("정족수"), choices=_rules, validate_choice=False)
    needs_both_kinds = BooleanField(_l("민간위원과 정부위원이 한 명씩은 있어야 해요"), default=True)
    counts_online = BooleanField(_l("화상으로 온 위원도 세요"), default=True)

    def rule(self) -> QuorumRule:
        """:raise InvalidInput: no such rule"""
        found = QuorumRule.__members__.get(self.quorum.data or "")
        if found is None:
            raise InvalidInput({"quorum": _("정족수를 골라 주세요.")})
        return found

    def days(self) -> tuple[date, date]:
        """Return the first and the last day.

        :raise InvalidInput: a day is missing
        """
        first: date | None = self.starts_on.data
        last: date | None = self.ends_on.data
        if first is None or last is None:
            missing = {"starts_on": first, "ends_on": last}
            raise InvalidInput({name: _("날짜를 적어 주세요.") for name, day in missing.items() if day is None})
        return first, last


def _kinds() -> list[SelectChoice]:
    return [SelectChoice(one.name, one.label) for one in CouncilSeat]


def _account_of(email: str | None, field: str) -> Account | None:
    """Return the account with this address; None for an empty one.

    :raise InvalidInput: there is none
    """
    if not (email or "").strip():
        return None
    try:
        return get_account_by_email((email or "").strip())
    except NotFound:
        raise InvalidInput({field: _("이 주소로 가입한 계정이 없어요.")}) from None


class SeatForm(SeenForm):
    kind = SelectField(_l("구분"), choices=_kinds, validate_choice=False)
    name = StringField(_l("이름"), render_kw={"maxlength": MAX_NAME_CHARS})
    office = StringField(_l("하는 일"), render_kw={"maxlength": MAX_OFFICE_CHARS})
    account = StringField(_l("위원 계정의 전자우편"), render_kw={"maxlength": MAX_EMAIL_CHARS, "type": "email"})
    is_chair = BooleanField(_l("공동위원장"))
    substitute_name = StringField(_l("대리인의 이름"), render_kw={"maxlength": MAX_NAME_CHARS})
    substitute = StringField(_l("대리인 계정의 전자우편"), render_kw={"maxlength": MAX_EMAIL_CHARS, "type": "email"})

    def chosen_kind(self) -> CouncilSeat:
        """:raise InvalidInput: no such kind"""
        found = CouncilSeat.__members__.get(self.kind.data or "")
        if found is None:
            raise InvalidInput({"kind": _("민간위원인지 정부위원인지 골라 주세요.")})
        return found

    def accounts(self) -> tuple[Account | None, Account | None]:
        """Return the member's and the substitute's account.

        :raise InvalidInput: an address without an account
        """
        return _account_of(self.account.data, "account"), _account_of(self.substitute.data, "substitute")


class EndForm(SeenForm):
    reason = StringField(_l("까닭"), render_kw={"maxlength": MAX_END_REASON_CHARS})


def _group_kinds() -> list[SelectChoice]:
    return [SelectChoice(one.name, one.label) for one in GroupKind]


class GroupForm(SeenForm):
    kind = SelectField(_l("종류"), choices=_group_kinds, validate_choice=False)
    name = StringField(_l("이름"), render_kw={"maxlength": MAX_NAME_CHARS})
    about = StringField(_l("하는 일"), render_kw={"maxlength": MAX_ABOUT_CHARS})
    seats = SelectMultipleField(
        _l("위원"),
        coerce=row_id,
        validate_choice=False,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )

    def offer(self, seats: Sequence[Seat]) -> None:
        self.seats.choices = [SelectChoice(seat.id, f"{seat.name} · {seat.office}") for seat in seats]

    def chosen_kind(self) -> GroupKind:
        """:raise InvalidInput: no such kind"""
        found = GroupKind.__members__.get(self.kind.data or "")
        if found is None:
            raise InvalidInput({"kind": _("종류를 골라 주세요.")})
        return found

    def chosen(self, seats: Sequence[Seat]) -> list[Seat]:
        """Return the ticked ones of these seats."""
        ticked = set(self.seats.data or [])
        return [seat for seat in seats if seat.id in ticked]


class JoinForm(ForumForm):
    account = StringField(_l("시민 계정의 전자우편"), render_kw={"maxlength": MAX_EMAIL_CHARS, "type": "email"})

    def citizen(self) -> Account:
        """:raise InvalidInput: no address, or one without an account"""
        found = _account_of(self.account.data, "account")
        if found is None:
            raise InvalidInput({"account": _("전자우편 주소를 적어 주세요.")})
        return found


def term_values(term: CouncilTerm) -> dict[str, Any]:
    """Return what the form of a term begins with."""
    return {
        "number": term.number,
        "starts_on": term.starts_on,
        "ends_on": term.ends_on,
        "quorum": term.quorum.name,
        "needs_both_kinds": term.needs_both_kinds,
        "counts_online": term.counts_online,
        "seen": term.revision,
    }


def seat_values(seat: Seat) -> dict[str, Any]:
    """Return what the form of a seat begins with."""
    return {
        "kind": seat.kind.name,
        "name": seat.name,
        "office": seat.office,
        "account": seat.account.email if seat.account else "",
        "is_chair": seat.is_chair,
        "substitute_name": seat.substitute_name,
        "substitute": seat.substitute.email if seat.substitute else "",
        "seen": seat.revision,
    }


def group_values(group: CouncilGroup, seats: Sequence[Seat]) -> dict[str, Any]:
    """Return what the form of a group begins with."""
    return {
        "kind": group.kind.name,
        "name": group.name,
        "about": group.about,
        "seats": [seat.id for seat in seats],
        "seen": group.revision,
    }
