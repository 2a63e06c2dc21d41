from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import request
from wtforms import HiddenField, TextAreaField

from forum.core.i18n import _l
from forum.deliberation.advisory.models import MAX_REASON_CHARS
from forum.deliberation.rounds.models import CouncilTask
from forum.web.forms import ForumForm, hidden_number

WORDS = {"yes": 1, "pass": 0, "no": -1}


class RatingsForm(ForumForm):
    """One choice for each finalist, named `task-12`. What was chosen stays on the page when it is refused."""

    said = HiddenField()

    def ratings(self) -> dict[int, int]:
        """Return what was chosen, by task; 2, which is refused, for a word that is none of the three."""
        sent = {name: word for name, word in request.form.items() if name.startswith("task-")}
        return {hidden_number(name[5:]): WORDS.get(word, 2) for name, word in sent.items()}

    def shown(self, tasks: Sequence[CouncilTask], own: Mapping[int, int]) -> dict[int, str]:
        """Return the word to be chosen for each task: what was sent, or else what the member said before."""
        words = {value: word for word, value in WORDS.items()}
        kept = {task_id: words[value] for task_id, value in own.items()}
        sent: dict[str, Any] = request.form if self.is_submitted() else {}
        return {task.id: sent.get(f"task-{task.id}") or kept.get(task.id, "") for task in tasks}


class ReasonForm(ForumForm):
    text = TextAreaField(_l("까닭"), render_kw={"maxlength": MAX_REASON_CHARS, "rows": 3})
    seen = HiddenField()

    def seen_revision(self) -> int:
        return hidden_number(self.seen.data)
