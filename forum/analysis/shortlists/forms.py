from __future__ import annotations

from collections.abc import Sequence

from wtforms import HiddenField, SearchField, SelectMultipleField, StringField, SubmitField
from wtforms.validators import Optional
from wtforms.widgets import CheckboxInput, ListWidget

from forum.analysis.shortlists.models import MAX_SIZE
from forum.core.errors import InvalidInput
from forum.core.i18n import _, _l
from forum.voice.ideas.models import Idea
from forum.voice.ideas.numbers import idea_numbers
from forum.web.forms import ForumForm, NumberField, hidden_number

MAX_NUMBERS_CHARS = 1_000
MAX_SEARCH_CHARS = 100


def _idea_id(typed: object) -> int:
    """:raise ValueError: not a number of an idea"""
    try:
        [idea_id] = idea_numbers(str(typed), "idea_ids")
    except InvalidInput:
        raise ValueError from None
    return idea_id


class IdeasForm(ForumForm):
    """Ideas to tick, a line for the numbers of others, and a search for more to tick."""

    search = SearchField(_l("다른 제안 찾기"), render_kw={"maxlength": MAX_SEARCH_CHARS})
    find = SubmitField(_l("찾기"))
    idea_ids = SelectMultipleField(
        _l("투표할 제안"),
        coerce=_idea_id,
        validate_choice=False,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    numbers = StringField(_l("더 넣을 제안의 번호"), render_kw={"maxlength": MAX_NUMBERS_CHARS})

    def offer(self, ideas: Sequence[Idea]) -> None:
        """Offer these ideas to be ticked."""
        self.idea_ids.choices = [(idea.id, self._label(idea)) for idea in ideas]

    @property
    def is_search(self) -> bool:
        """Whether the button that searches was pressed: nothing is changed then, and what was ticked stays."""
        return bool(self.find.data)

    @property
    def searched(self) -> str:
        """The text to search for, where the button was pressed."""
        return (self.search.data or "")[:MAX_SEARCH_CHARS] if self.is_search else ""

    def chosen(self) -> list[int]:
        """Return the ideas that were ticked, then those that were typed.

        :raise InvalidInput: something typed is no number of an idea
        """
        return [*(self.idea_ids.data or []), *idea_numbers(self.numbers.data, "numbers")]

    def _label(self, idea: Idea) -> str:
        return _("#%(number)s %(title)s (찬성 %(n)s)", number=idea.id, title=idea.title, n=idea.tally.agree)


class OpenForm(IdeasForm):
    size = NumberField(_l("대표안의 자리"), [Optional()], render_kw={"min": 1, "max": MAX_SIZE}, default=3)


class ChangeForm(IdeasForm):
    seen = HiddenField()

    def seen_revision(self) -> int:
        return hidden_number(self.seen.data)
