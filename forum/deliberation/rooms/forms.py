from __future__ import annotations

from typing import Any

from wtforms import BooleanField, HiddenField, RadioField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Optional

from forum.core.errors import InvalidInput
from forum.core.i18n import _, _l
from forum.voice.votes.models import AGREE, DISAGREE, PASS
from forum.web.forms import ForumForm, NumberField, hidden_number

VALUES: dict[str, int | None] = {"agree": AGREE, "pass": PASS, "disagree": DISAGREE, "clear": None}
MAX_IDS = 400  # more than a room has people


def _ages() -> list[SelectChoice]:
    return [SelectChoice("yes", str(_("예, 만 14세 이상이에요"))), SelectChoice("no", str(_("아니요")))]


class CodeForm(ForumForm):
    code = StringField(
        _l("모임방 번호 8자리"),
        render_kw={"inputmode": "numeric", "autocomplete": "off", "maxlength": 40, "placeholder": "1234-5678"},
    )


class EnterForm(ForumForm):
    """What a guest says before they get a pass. The service validates it."""

    age = RadioField(_l("만 14세 이상인가요?"), choices=_ages, validate_choice=False, validators=[Optional()])
    agrees = BooleanField(_l("읽었고, 이렇게 참여하는 데 동의해요"))

    @property
    def is_younger(self) -> bool:
        return self.age.data == "no"

    def said_14_or_older(self) -> bool:
        """:raise InvalidInput: neither yes nor no"""
        if self.age.data != "yes":
            raise InvalidInput({"age": _("예나 아니요 가운데 하나를 골라 주세요.")})
        return True


class RoomIdeaForm(ForumForm):
    """An idea's texts. The service validates them."""

    title = StringField(_l("제목"), render_kw={"maxlength": 100, "autocomplete": "off"})
    body = TextAreaField(_l("내용"), render_kw={"maxlength": 5000, "rows": 5})


class RoomVoteForm(ForumForm):
    idea = HiddenField()
    value = HiddenField()

    def vote(self) -> tuple[int, int | None]:
        """Return the idea's id and the vote.

        :raise InvalidInput: another value
        """
        if self.value.data not in VALUES:
            raise InvalidInput({"value": _("찬성, 반대, 넘김 가운데 하나를 골라 주세요.")})
        return hidden_number(self.idea.data), VALUES[self.value.data]


class CheckInForm(ForumForm):
    """The people that a page showed, by the ids of their entries."""

    seen = HiddenField()

    def entry_ids(self) -> list[int]:
        """:raise InvalidInput: not numbers with spaces between, or too many"""
        parts = (self.seen.data or "").split(" ")
        ids = [hidden_number(part) for part in parts[: MAX_IDS + 1]]
        if len(ids) > MAX_IDS or min(ids) < 1:
            raise InvalidInput(_("화면을 다시 열어 확인해 주세요."))
        return ids


class BringForm(ForumForm):
    idea = NumberField(_l("제안 번호"), validators=[Optional()], render_kw={"inputmode": "numeric"})


class RevisionForm(ForumForm):
    """An act on a gathering as its page showed it."""

    revision = HiddenField()

    @property
    def seen(self) -> int:
        return hidden_number(self.revision.data)


class FinishForm(RevisionForm):
    n_present = NumberField(
        _l("모임방에 있던 사람 수"), validators=[Optional()], render_kw={"inputmode": "numeric", "autocomplete": "off"}
    )

    @classmethod
    def of(cls, revision: int, n_present: int) -> FinishForm:
        values: dict[str, Any] = {"revision": revision, "n_present": n_present}
        return cls(data=values)
