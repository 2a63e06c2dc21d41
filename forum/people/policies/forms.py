from __future__ import annotations

from typing import Any

from wtforms import HiddenField, StringField, TextAreaField
from wtforms.validators import Optional

from forum.core.i18n import _l
from forum.people.policies.models import AGREED_KINDS, PolicyKind
from forum.people.policies.queries import Policy
from forum.web.forms import ForumForm, NumberField, hidden_number


class AgreementForm(ForumForm):
    """A box for each document that people agree to. A box's value is the version that stood beside it."""

    agree_consent = NumberField(_l("개인정보 수집·이용에 동의합니다 (필수)"), validators=[Optional()])
    agree_terms = NumberField(_l("이용약관에 동의합니다 (필수)"), validators=[Optional()])
    next = HiddenField()

    def seen(self) -> dict[PolicyKind, int | None]:
        """Return the version of each document whose box is ticked."""
        return {kind: self[f"agree_{kind.slug}"].data for kind in AGREED_KINDS}


class VersionForm(ForumForm):
    """A new version of a document. The service validates it."""

    title = StringField(_l("제목"))
    text = TextAreaField(_l("글"), render_kw={"rows": 24})
    change_note = StringField(_l("바뀐 점"))
    version = HiddenField()

    @classmethod
    def prefilled(cls, policy: Policy) -> dict[str, Any]:
        return {"title": policy.title, "text": policy.text, "version": policy.version}

    def draft(self) -> dict[str, str | None]:
        return {"title": self.title.data, "text": self.text.data, "change_note": self.change_note.data}

    @property
    def seen(self) -> int:
        """Return the version that the page showed."""
        return hidden_number(str(self.version.data or ""))
