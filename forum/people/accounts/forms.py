from __future__ import annotations

from wtforms import BooleanField, SelectField, StringField
from wtforms.fields.choices import SelectChoice

from forum.core.access import Role
from forum.people.accounts.models import Account, CouncilSeat
from forum.people.accounts.services import GRANTABLE_ROLES
from forum.people.ministries.models import Ministry
from forum.people.ministries.queries import all_ministries, get_ministry
from forum.web.forms import ForumForm, region_choices


def ministry_choices() -> list[SelectChoice]:
    return [SelectChoice("", "해당 없음"), *(SelectChoice(it.code, it.name) for it in all_ministries())]


class ProfileForm(ForumForm):
    display_name = StringField("이름(별명)", render_kw={"autocomplete": "nickname"})
    region_code = SelectField("사는 지역 (선택)", choices=region_choices, default="")

    @staticmethod
    def prefilled(account: Account) -> dict[str, str]:
        return {"display_name": account.display_name, "region_code": account.region_code or ""}


class GrantForm(ForumForm):
    """A role, with the ministry or the council seat that it requires."""

    role = SelectField("역할", choices=[SelectChoice(role.name, role.label) for role in GRANTABLE_ROLES])
    ministry = SelectField("소관부처 (소관부처 담당자만)", choices=ministry_choices, default="")
    council_seat = SelectField(
        "위원 구분 (협의회 위원만)",
        choices=[SelectChoice("", "해당 없음"), *(SelectChoice(seat.name, seat.label) for seat in CouncilSeat)],
        default="",
    )

    can_approve_answers = BooleanField("결재권: 같은 부처의 다른 담당자가 쓴 답변을 승인할 수 있음 (소관부처 담당자만)")

    def chosen(self) -> tuple[Role, Ministry | None, CouncilSeat | None, bool]:
        ministry = get_ministry(self.ministry.data) if self.ministry.data else None
        seat = CouncilSeat[self.council_seat.data] if self.council_seat.data else None
        return Role[self.role.data], ministry, seat, bool(self.can_approve_answers.data)

    @staticmethod
    def prefilled(account: Account) -> dict[str, object]:
        """Return the initial values: the role in force."""
        if account.grant is None:
            return {}
        seat = account.grant.council_seat
        return {
            "role": account.role.name,
            "council_seat": seat.name if seat else "",
            "can_approve_answers": account.can_approve_answers,
        }
