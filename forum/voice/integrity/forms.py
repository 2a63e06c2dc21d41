from __future__ import annotations

import re

from wtforms import RadioField, SelectMultipleField, TextAreaField
from wtforms.fields.choices import SelectChoice

from forum.core.i18n import _l
from forum.voice.integrity.models import EXPLANATIONS, ExclusionReason, ObjectionDecision
from forum.web.forms import ForumForm, NumberField

LONG = {"maxlength": 500, "rows": 4}


class DismissForm(ForumForm):
    seen_revision = NumberField()
    words = TextAreaField(_l("그대로 두는 까닭"), render_kw=LONG)


class ExcludeForm(ForumForm):
    seen_revision = NumberField()
    people = SelectMultipleField(_l("투표를 뺄 사람"), choices=(), validate_choice=False)
    reason = RadioField(
        _l("까닭"),
        choices=[SelectChoice(one.name, f"{one.label} — {EXPLANATIONS[one]}") for one in ExclusionReason],
        validate_choice=False,
    )
    words = TextAreaField(_l("그 사람에게 하는 설명"), render_kw=LONG)

    def chosen(self) -> list[int]:
        """Return the numbers of the participants that were ticked; what is no number is left out."""
        return [int(one) for one in self.people.data or () if re.fullmatch(r"[0-9]{1,9}", one)]


class WordsForm(ForumForm):
    words = TextAreaField(_l("설명"), render_kw=LONG)


class LookForm(ForumForm):
    participant = NumberField(_l("누구의 투표"))
    words = TextAreaField(_l("보아야 하는 까닭"), render_kw=LONG)


class DecideForm(ForumForm):
    decision = RadioField(
        _l("판단"), choices=[SelectChoice(one.name, one.label) for one in ObjectionDecision], validate_choice=False
    )
    words = TextAreaField(_l("그 사람에게 하는 설명"), render_kw=LONG)
