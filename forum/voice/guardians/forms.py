from __future__ import annotations

from typing import Any

from flask import request
from wtforms import BooleanField, EmailField, StringField
from wtforms.validators import InputRequired

from forum.web.forms import ForumForm

CONSENT_REQUIRED = "동의하려면 여기에 표시해 주세요."


class AskForm(ForumForm):
    """The address of the guardian whose consent is requested."""

    guardian_email = EmailField("보호자 이메일", render_kw={"inputmode": "email", "autocomplete": "off"})


class AnswerForm(ForumForm):
    """The guardian's consent. Each box is a separate consent, as the law requires; none is ticked beforehand."""

    guardian_name = StringField("보호자 이름", render_kw={"autocomplete": "name"})
    is_guardian = BooleanField("나는 이 어린이의 법정대리인입니다.", validators=[InputRequired(CONSENT_REQUIRED)])
    may_use_data = BooleanField(
        "어린이의 이메일, 별명, 태어난 해, 쓴 글과 투표를 참여에 쓰는 데 동의합니다.",
        validators=[InputRequired(CONSENT_REQUIRED)],
    )

    def given(self) -> dict[str, Any]:
        """Return the name, and all fields as evidence for the verifier."""
        return {"guardian_name": self.guardian_name.data, "evidence": request.form.to_dict()}


class RevokeForm(ForumForm):
    """Confirms a revocation; the token is in the page's address."""
