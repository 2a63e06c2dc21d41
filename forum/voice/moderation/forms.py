from __future__ import annotations

from wtforms import RadioField, TextAreaField
from wtforms.fields.choices import SelectChoice

from forum.core.database import LabelledEnum
from forum.voice.moderation.models import EXPLANATIONS, AppealDecision, Reason, ShowReason
from forum.web.forms import ForumForm, NumberField


def _choices(kind: type[LabelledEnum]) -> list[SelectChoice]:
    return [SelectChoice(one.name, one.label) for one in kind]


class ReportForm(ForumForm):
    reason = RadioField(
        "까닭",
        choices=[SelectChoice(one.name, f"{one.label} — {EXPLANATIONS[one]}") for one in Reason],
        validate_choice=False,
    )
    words = TextAreaField("덧붙일 말", render_kw={"maxlength": 500, "rows": 3})


class HideForm(ForumForm):
    seen_revision = NumberField()
    reason = RadioField("숨기는 까닭", choices=_choices(Reason), validate_choice=False)


class DismissForm(ForumForm):
    seen_report = NumberField()


class ShowForm(ForumForm):
    reason = RadioField(
        "다시 공개하는 까닭",
        choices=[one for one in _choices(ShowReason) if one.value != ShowReason.CHECKED.name],  # for held texts alone
        validate_choice=False,
    )


class WordsForm(ForumForm):
    words = TextAreaField("설명", render_kw={"maxlength": 500, "rows": 4})


class DecideForm(ForumForm):
    decision = RadioField("판단", choices=_choices(AppealDecision), validate_choice=False)
    words = TextAreaField("글쓴이에게 하는 설명", render_kw={"maxlength": 500, "rows": 4})
