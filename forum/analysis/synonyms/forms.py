from __future__ import annotations

from wtforms import HiddenField, TextAreaField

from forum.analysis.synonyms.models import MAX_LIST_CHARS
from forum.core.i18n import _l
from forum.web.forms import ForumForm


class SynonymsForm(ForumForm):
    words = TextAreaField(_l("우리 포럼의 낱말"), render_kw={"maxlength": MAX_LIST_CHARS, "rows": 12})
    version = HiddenField()

    def seen_version(self) -> int:
        """Return the version that the analyst saw; a missing or malformed one matches none."""
        typed = self.version.data or ""
        return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else -1
