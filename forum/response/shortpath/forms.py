from __future__ import annotations

from typing import Any

from wtforms import BooleanField, FileField, HiddenField, RadioField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Optional

from forum.core.errors import InvalidInput
from forum.core.i18n import _, _l
from forum.people.ministries.models import Ministry
from forum.people.ministries.queries import all_ministries
from forum.people.ministries.search import MAX_TYPED_CHARS, find_ministry, nearest_ministries
from forum.response.shortpath.models import MAX_PHOTOS, ShortAnswerKind
from forum.web.forms import DayField, ForumForm, hidden_number

PLACES = tuple(range(1, MAX_PHOTOS + 1))
ACCEPTED = "image/jpeg,image/png,image/webp"


def answer_fields() -> dict[str, Any]:
    """Return the fields of a short answer: its kind, and a photo with its caption and day for each place."""
    fields: dict[str, Any] = {
        "kind": RadioField(
            _l("무엇을 했나요"), choices=[SelectChoice(k.name, k.label) for k in ShortAnswerKind], validate_choice=False
        ),
        "why_no_photo": StringField(_l("사진을 낼 수 없는 까닭"), render_kw={"maxlength": 200}),
    }
    for place in PLACES:
        fields |= {
            f"photo_{place}": FileField(_l("사진 파일"), render_kw={"accept": ACCEPTED}),
            f"caption_{place}": StringField(_l("무엇을 보여 주나요"), render_kw={"maxlength": 200}),
            f"taken_{place}": DayField(_l("찍은 날"), validators=[Optional()]),
            f"drop_{place}": BooleanField(_l("이 사진 빼기")),
        }
    return fields


class CheckForm(ForumForm):
    """An act on a check as its page showed it."""

    seen = HiddenField()


class SendForm(CheckForm):
    """The office that is responsible, and a short letter to it."""

    office = StringField(_l("맡을 곳"))
    office_typed = StringField(_l("맡을 곳의 이름"), filters=[lambda text: text[:MAX_TYPED_CHARS] if text else text])
    office_name = StringField(_l("시·군·구나 부서"), render_kw={"maxlength": 60})
    letter = TextAreaField(_l("전하는 글"), render_kw={"maxlength": 5000, "rows": 4})

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offices = all_ministries()
        self.nearest: list[Ministry] = []

    def chosen_office(self) -> Ministry:
        """Return the office that was chosen by its code, or typed by its name.

        :raise InvalidInput: neither, both and they differ, or one that does not exist
        """
        code, name = self.office.data or "", (self.office_typed.data or "").strip()
        by_code = {office.code: office for office in self.offices}
        found = find_ministry(name, self.offices) if name else by_code.get(code)
        if found is None and name:
            self.nearest = nearest_ministries(name, self.offices)
            message = _("‘%(name)s’{이라}는 곳이 없어요. 이름을 다시 써 주세요.", name=name)
            raise InvalidInput({"office_typed": message})
        if found is None:
            raise InvalidInput({"office": _("보낼 곳을 하나 골라 주세요.")})
        if name and code and code != found.code:
            message = _("위에서 고른 곳과 이름을 쓴 곳이 달라요. 이름을 지우거나 고른 것과 같게 해 주세요.")
            raise InvalidInput({"office_typed": message})
        return found


class SameForm(CheckForm):
    target = StringField(_l("먼저 나온 제안의 번호"), render_kw={"inputmode": "numeric", "maxlength": 12})

    def target_id(self) -> int:
        """Return the number of the idea, also typed as #12; one that matches none if it is no number."""
        return hidden_number((self.target.data or "").strip().removeprefix("#"))


class RefuseForm(CheckForm):
    reason = TextAreaField(_l("다룰 수 없는 까닭"), render_kw={"maxlength": 1000, "rows": 4})
