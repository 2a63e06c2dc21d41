from __future__ import annotations

from wtforms import HiddenField, StringField, TextAreaField

from forum.forms import ForumForm


class AdoptForm(ForumForm):
    title = StringField("주제 이름", render_kw={"maxlength": 100})
    summary = TextAreaField("정책 요약", render_kw={"maxlength": 5000, "rows": 6})


class ThemeForm(AdoptForm):
    version = HiddenField()

    def seen_version(self) -> int:
        """The version the analyst saw; a missing or broken one matches none."""
        text = self.version.data or ""
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1


class DecisionForm(ForumForm):
    decision = HiddenField()
    reason = TextAreaField("까닭", render_kw={"maxlength": 2000, "rows": 4})
    version = HiddenField()

    seen_version = ThemeForm.seen_version
