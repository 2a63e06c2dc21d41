from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from wtforms import BooleanField, FileField, HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Optional

from forum.core import clock
from forum.core.errors import InvalidInput, NotFound
from forum.core.i18n import _, _l
from forum.deliberation.hearings.consents import MAX_GUARDIAN_CHARS
from forum.deliberation.hearings.invitations import MAX_PROXY_CHARS, MAX_STATEMENT_CHARS
from forum.deliberation.hearings.models import HearingWay
from forum.deliberation.hearings.opinions import MAX_AFFILIATION_CHARS, MAX_NAME_CHARS, MAX_OPINION_CHARS
from forum.deliberation.hearings.planning import (
    MAX_CHANGE_CHARS,
    MAX_MINUTES,
    MAX_PLACE_CHARS,
    MAX_REASON_CHARS,
    MAX_URL_CHARS,
    MIN_MINUTES,
)
from forum.deliberation.hearings.questions import MAX_ANSWER_CHARS, MAX_QUESTION_CHARS
from forum.people.accounts.models import Account
from forum.people.accounts.queries import get_account_by_email
from forum.web.forms import ForumForm, MomentField, NumberField, hidden_number
from forum.web.uploads import Upload, read_upload

MAX_EMAIL_CHARS = 254


class SeenForm(ForumForm):
    seen = HiddenField()

    def seen_revision(self) -> int:
        return hidden_number(self.seen.data)


class PlanForm(SeenForm):
    starts_at = MomentField(_l("시작하는 때"), [Optional()], format=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"])
    minutes = NumberField(
        _l("걸리는 시간(분)"), [Optional()], render_kw={"min": MIN_MINUTES, "max": MAX_MINUTES}, default=20
    )
    place = StringField(_l("장소"), render_kw={"maxlength": MAX_PLACE_CHARS})
    video_url = StringField(_l("화상 회의 주소"), render_kw={"maxlength": MAX_URL_CHARS})

    def when(self) -> datetime | None:
        """Return the typed moment, in UTC; None where nothing was typed."""
        typed: datetime | None = self.starts_at.data
        return typed.replace(tzinfo=clock.SEOUL) if typed else None


class CancelForm(SeenForm):
    reason = StringField(_l("까닭"), render_kw={"maxlength": MAX_REASON_CHARS})


class HoldForm(SeenForm):
    what_changed = TextAreaField(_l("무엇이 달라졌나요"), render_kw={"rows": 4, "maxlength": MAX_CHANGE_CHARS})


def account_of(email: str | None, field: str) -> Account:
    """Return the account with this address.

    :raise InvalidInput: there is none
    """
    try:
        return get_account_by_email((email or "").strip())
    except NotFound:
        raise InvalidInput({field: _("이 주소로 가입한 계정이 없어요.")}) from None


class InviteForm(ForumForm):
    """Somebody whose idea is in the task, or another by their address."""

    proposer = SelectField(
        _l("제안자"), choices=[], coerce=lambda typed: hidden_number(str(typed)), validate_choice=False
    )
    account = StringField(_l("다른 사람의 전자우편"), render_kw={"maxlength": MAX_EMAIL_CHARS, "type": "email"})

    def offer(self, proposers: Sequence[Account]) -> None:
        none = SelectChoice(0, _("고르지 않음"))
        self.proposer.choices = [none, *(SelectChoice(one.id, one.display_name) for one in proposers)]

    def chosen(self, proposers: Sequence[Account]) -> Account:
        """:raise InvalidInput: nobody was chosen, or an address without an account"""
        found = next((one for one in proposers if one.id == self.proposer.data), None)
        return found or account_of(self.account.data, "account")


def _ways() -> list[SelectChoice]:
    return [SelectChoice(one.name, one.label) for one in HearingWay]


def _ages() -> list[SelectChoice]:
    return [SelectChoice("no", _("네, 열아홉 살이 넘었어요")), SelectChoice("yes", _("아니요, 아직이에요"))]


class AcceptForm(SeenForm):
    way = RadioField(_l("어떻게 설명할까요"), choices=_ways, validate_choice=False)
    proxy_name = StringField(_l("대신 설명할 사람"), render_kw={"maxlength": MAX_PROXY_CHARS})
    statement = TextAreaField(_l("글로 남기는 설명"), render_kw={"rows": 6, "maxlength": MAX_STATEMENT_CHARS})
    video_url = StringField(_l("영상 주소"), render_kw={"maxlength": MAX_URL_CHARS})
    upload = FileField(_l("붙일 파일"))
    is_minor = RadioField(_l("열아홉 살이 넘었나요"), choices=_ages, validate_choice=False)
    guardian_email = StringField(_l("보호자의 전자우편"), render_kw={"maxlength": MAX_EMAIL_CHARS, "type": "email"})

    def chosen_way(self) -> HearingWay:
        """:raise InvalidInput: none was chosen"""
        found = HearingWay.__members__.get(self.way.data or "")
        if found is None:
            raise InvalidInput({"way": _("어떻게 설명할지 골라 주세요.")})
        return found

    def own_word(self) -> bool | None:
        """Return whether the person says that they are under 19; None where they have not said."""
        return {"yes": True, "no": False}.get(self.is_minor.data or "")

    def file(self) -> Upload | None:
        """:raise InvalidInput: a file that is not accepted"""
        return read_upload(self.upload.data, "upload")


class QuestionForm(ForumForm):
    text = TextAreaField(_l("질문"), render_kw={"rows": 3, "maxlength": MAX_QUESTION_CHARS})


class AnswerForm(SeenForm):
    answer = TextAreaField(_l("답변"), render_kw={"rows": 4, "maxlength": MAX_ANSWER_CHARS})
    answer_url = StringField(_l("더 볼 주소"), render_kw={"maxlength": MAX_URL_CHARS})
    upload = FileField(_l("붙일 파일"))

    def file(self) -> Upload | None:
        """:raise InvalidInput: a file that is not accepted"""
        return read_upload(self.upload.data, "upload")


class FileForm(ForumForm):
    upload = FileField(_l("붙일 파일"))

    def file(self) -> Upload | None:
        """:raise InvalidInput: a file that is not accepted"""
        return read_upload(self.upload.data, "upload")


class ConsentForm(ForumForm):
    name = StringField(_l("보호자의 이름"), render_kw={"maxlength": MAX_GUARDIAN_CHARS})
    agrees = BooleanField(_l("위 내용을 읽었고 동의해요"))


class AskOpinionForm(ForumForm):
    account = StringField(_l("부탁할 사람의 전자우편"), render_kw={"maxlength": MAX_EMAIL_CHARS, "type": "email"})
    name = StringField(_l("이름"), render_kw={"maxlength": MAX_NAME_CHARS})
    affiliation = StringField(_l("소속"), render_kw={"maxlength": MAX_AFFILIATION_CHARS})


class OpinionForm(SeenForm):
    text = TextAreaField(_l("의견"), render_kw={"rows": 8, "maxlength": MAX_OPINION_CHARS})
