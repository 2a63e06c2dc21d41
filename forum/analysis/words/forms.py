from __future__ import annotations

from wtforms import HiddenField, TextAreaField

from forum.analysis.words.models import MAX_LIST_CHARS
from forum.core.i18n import _l
from forum.web.forms import ForumForm


class WordsForm(ForumForm):
    """Both lists: one form, so that saving one loses nothing typed in the other."""

    user_words = TextAreaField(_l("한 낱말로 읽을 말"), render_kw={"maxlength": MAX_LIST_CHARS, "rows": 8})
    synonyms = TextAreaField(_l("같은 뜻의 낱말"), render_kw={"maxlength": MAX_LIST_CHARS, "rows": 8})
    version = HiddenField()

    def seen_version(self) -> int:
        """Return the version that the analyst saw; a missing or malformed one matches none."""
        typed = self.version.data or ""
        return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else -1
