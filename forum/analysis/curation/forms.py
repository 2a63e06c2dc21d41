from __future__ import annotations

import re

from wtforms import HiddenField, StringField, TextAreaField
from wtforms.fields import SelectMultipleField

from forum.web.forms import ForumForm

_NUMBERS = re.compile(r"#?([0-9]{1,9})")


class AdoptForm(ForumForm):
    title = StringField("주제 이름", render_kw={"maxlength": 100})
    summary = TextAreaField("정책 요약", render_kw={"maxlength": 5000, "rows": 6})


class VersionForm(ForumForm):
    """A form about a theme as somebody saw it."""

    version = HiddenField()

    def seen_version(self) -> int:
        """The version the analyst saw; a missing or broken one matches none."""
        return number(self.version.data)


class ThemeForm(VersionForm, AdoptForm):
    pass


class DecisionForm(VersionForm):
    decision = HiddenField()
    reason = TextAreaField("까닭", render_kw={"maxlength": 2000, "rows": 4})


class SelectionForm(VersionForm):
    """Ideas of a theme that were ticked, where they should go, or what the new theme is called."""

    chosen = SelectMultipleField("고른 제안", validate_choice=False)
    target = StringField("옮길 주제")
    title = StringField("새 주제 이름", render_kw={"maxlength": 100})
    idea_ids = StringField("제안 번호", render_kw={"maxlength": 200, "inputmode": "text"})

    def chosen_ids(self) -> list[int]:
        return [key for key in map(number, self.chosen.data or ()) if key > 0]

    def typed_ids(self) -> list[int]:
        """Numbers as people type them, such as "12, #15"; a word that is none counts as idea 0, which there is not."""
        words = re.split(r"[\s,]+", (self.idea_ids.data or "").strip())
        found = [_NUMBERS.fullmatch(word) for word in words if word]
        return list(dict.fromkeys(int(match[1]) if match else 0 for match in found))

    def target_id(self) -> int:
        """Of "12:3", which is a theme and the version of it that was seen."""
        return number((self.target.data or "").partition(":")[0])

    def target_version(self) -> int:
        return number((self.target.data or "").partition(":")[2])


class GroupsForm(VersionForm):
    """Which of the machine's groups become themes, and what those are called."""

    groups = SelectMultipleField("갈래", validate_choice=False)


def number(text: str | None) -> int:
    """A plain number of up to nine digits, or -1."""
    text = text or ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1
