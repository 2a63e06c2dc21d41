from __future__ import annotations

from functools import partial
from typing import Any

from wtforms import HiddenField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice

from forum.core.reference import Sector
from forum.system.texts.registry import Words
from forum.voice.campaigns.models import Campaign
from forum.voice.ideas.models import Idea, IdeaDraft
from forum.voice.ideas.parts import parts_of
from forum.web.forms import ForumForm, region_choices


def _sectors() -> list[SelectChoice]:
    return [SelectChoice("", "잘 모르겠어요"), *(SelectChoice(sector.name, sector.label) for sector in Sector)]


class IdeaForm(ForumForm):
    """An idea's texts and choices. The services validate them. `form_of` adds the fields of a campaign's parts."""

    OWN_FIELDS = ("title", "body", "sector", "region_code")

    title = StringField("제목", render_kw={"maxlength": 100, "autocomplete": "off"})
    body = TextAreaField("내용", render_kw={"maxlength": 5000, "rows": 8})
    sector = SelectField("부문", choices=_sectors, validate_choice=False)
    region_code = SelectField("지역", choices=partial(region_choices, "전국 또는 고르지 않음"), validate_choice=False)

    seen_revision = HiddenField()

    def values(self) -> dict[str, Any]:
        """Return the values of an idea's own fields by name."""
        return {name: self._fields[name].data for name in self.OWN_FIELDS}

    def sent(self) -> dict[str, Any]:
        """Return the values of all fields by name, with the files of file fields."""
        return super().values()

    @classmethod
    def of(cls, idea: Idea, words: Words) -> IdeaForm:
        """Return the form filled with an idea, in the author's own words."""
        sector = idea.sector.name if idea.sector else ""
        own = {"title": words.title, "body": words.body, "sector": sector, "region_code": idea.region_code}
        filled = [part.filled(idea) for part in parts_of(idea.campaign)]
        more = {name: value for values in filled for name, value in values.items()}
        return cls(data=own | {"seen_revision": idea.revision} | more)

    @classmethod
    def of_draft(cls, draft: IdeaDraft | None) -> IdeaForm:
        """Return the form filled with a draft, or an empty form."""
        if draft is None:
            return cls()
        return cls(data={name: getattr(draft, name) for name in cls.OWN_FIELDS} | draft.details)

    def start_with(self, title: str) -> None:
        """Fill in a title, such as what somebody searched in vain, unless something is written already."""
        if not self.title.data and not self.body.data:
            self.title.data = title


def form_of(campaign: Campaign) -> type[IdeaForm]:
    """Return the form of an idea in this campaign: the fields of its parts are added, or take the place of its own."""
    fields = {name: field for part in parts_of(campaign) for name, field in part.fields().items()}
    return type("IdeaForm", (IdeaForm,), fields) if fields else IdeaForm


class CommentForm(ForumForm):
    body = TextAreaField("댓글", render_kw={"maxlength": 1000, "rows": 3})


class WithdrawForm(ForumForm):
    confirmed = HiddenField(default="yes")
