"""Forms of the analysts' pages."""

from __future__ import annotations

import re

from wtforms import HiddenField, StringField, TextAreaField
from wtforms.fields import SelectMultipleField

from forum.analysis.curation.rules import MAX_REASON_CHARS, MAX_SUMMARY_CHARS, MAX_TITLE_CHARS
from forum.core.i18n import _l
from forum.web.forms import ForumForm

_NUMBERS = re.compile(r"#?([0-9]{1,9})")


class AdoptForm(ForumForm):
    title = StringField(_l("주제 이름"), render_kw={"maxlength": MAX_TITLE_CHARS})
    summary = TextAreaField(_l("정책 요약"), render_kw={"maxlength": MAX_SUMMARY_CHARS, "rows": 6})


class VersionForm(ForumForm):
    """A form that carries the version of the theme that was seen."""

    version = HiddenField()

    def seen_version(self) -> int:
        """Return the version that the analyst saw; a missing or malformed one matches none."""
        return number(self.version.data)


class ThemeForm(VersionForm, AdoptForm):
    """Title, summary and decision of a theme: one form, so that a refusal loses nothing typed."""

    decision = HiddenField()
    reason = TextAreaField(_l("까닭"), render_kw={"maxlength": MAX_REASON_CHARS, "rows": 4})


class SelectionForm(VersionForm):
    """Ideas that were ticked or typed, and the theme they go to: an existing one, or the title of a new one."""

    chosen = SelectMultipleField(_l("고른 제안"), validate_choice=False)
    target = StringField(_l("옮길 주제"))
    title = StringField(_l("새 주제 이름"), render_kw={"maxlength": MAX_TITLE_CHARS})
    idea_ids = StringField(_l("제안 번호"), render_kw={"maxlength": 200, "inputmode": "text"})

    def chosen_ids(self) -> list[int]:
        return [key for key in map(number, self.chosen.data or ()) if key > 0]

    def typed_ids(self) -> list[int]:
        """Return the numbers of a text such as "12, #15"; any other word becomes 0, which is no idea's number."""
        words = re.split(r"[\s,]+", (self.idea_ids.data or "").strip())
        found = [_NUMBERS.fullmatch(word) for word in words if word]
        return list(dict.fromkeys(int(match[1]) if match else 0 for match in found))

    def target_id(self) -> int:
        """Return 12 of "12:3": the theme, followed by the version of it that was seen."""
        return number((self.target.data or "").partition(":")[0])

    def target_version(self) -> int:
        return number((self.target.data or "").partition(":")[2])


class GroupsForm(VersionForm):
    """Groups found by the machine that become themes; their titles are in fields of their own."""

    groups = SelectMultipleField(_l("나눌 부분"), validate_choice=False)
    suggestion = HiddenField()

    def seen_suggestion(self) -> int:
        """Return the job whose groups the analyst saw; a missing or malformed one matches none."""
        return number(self.suggestion.data)


class JoinForm(ForumForm):
    """Two clusters that are nearly one, as the page showed them."""

    other = HiddenField()
    seen = HiddenField()
    other_seen = HiddenField()

    def other_number(self) -> int:
        return number(self.other.data)


def number(text: str | None) -> int:
    """Return a plain number of up to nine digits, or -1."""
    text = text or ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1
