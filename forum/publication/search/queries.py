from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from forum.analysis.embeddings.services import ideas_near
from forum.system.finding.registry import SEARCH_KINDS, Found, SearchKind
from forum.system.finding.search import MAX_RANKED, Hit, SearchWords
from forum.voice.campaigns.models import Campaign, PhaseKind
from forum.voice.campaigns.queries import is_open
from forum.voice.ideas.models import Idea
from forum.voice.ideas.search_kind import IdeaSearch

SHOWN = 5  # things of each kind on the page of all kinds, and ideas near in meaning
NEAR_THE_BEST = 3  # ideas found whose neighbours in meaning are shown


@dataclass(frozen=True)
class Question:
    """What somebody looks for. `kind` and `campaign` are None for all of them."""

    text: str
    words: SearchWords
    kind: SearchKind | None
    campaign: Campaign | None
    page: int

    @classmethod
    def parse(cls, args: Any, campaigns: Sequence[Campaign], page: int) -> Question:
        """Parse query parameters; an unknown value means no filter."""
        text = args.get("q", "").replace("\x00", "").strip()
        campaign = next((one for one in campaigns if one.slug == args.get("campaign")), None)
        return cls(text, SearchWords.of(text), SEARCH_KINDS.get(args.get("kind", "")), campaign, max(page, 1))

    def as_args(self, **changes: Any) -> dict[str, Any]:
        """Return the query parameters that lead back to this page, or to one with these changes."""
        args = {
            "q": self.text,
            "kind": self.kind.code if self.kind else "",
            "campaign": self.campaign.slug if self.campaign else "",
            "page": self.page if self.page > 1 else "",
        }
        return {name: value for name, value in (args | changes).items() if value}


@dataclass(frozen=True)
class Group:
    """What was found of one kind, or a page of it. `total`: counted up to `MAX_RANKED` + 1."""

    kind: SearchKind
    total: int
    found: Sequence[Found]
    has_more: bool

    @property
    def is_counted(self) -> bool:
        return self.total <= MAX_RANKED


@dataclass(frozen=True)
class Results:
    groups: Sequence[Group]
    near: Sequence[Idea] = ()
    """Ideas near in meaning to the best ones found."""

    @property
    def in_order(self) -> list[Group]:
        """Return the groups as the page shows them: the few themes or answers stand before the many ideas."""
        return sorted(self.groups, key=lambda group: group.total > SHOWN)

    @property
    def is_empty(self) -> bool:
        return not any(group.total for group in self.groups)

    @property
    def is_sample(self) -> bool:
        return any((found.campaign or found).is_sample for group in self.groups for found in group.found)


def proposable_campaign(question: Question, campaigns: Sequence[Campaign]) -> Campaign | None:
    """Return where what was not found may be proposed now: in the campaign asked for, or else in the first open one."""
    asked = [question.campaign] if question.campaign else campaigns
    return next((one for one in asked if is_open(one, PhaseKind.PROPOSING)), None)


def look_for(question: Question, page_size: int) -> Results:
    """Return what was found of each kind; shown are the first of each, or a page of the kind asked for."""
    campaign_id = question.campaign.id if question.campaign else None
    ranked = {code: kind.rank(question.words, campaign_id) for code, kind in SEARCH_KINDS.items()}
    groups = [_group(kind, ranked[code], question, page_size) for code, kind in SEARCH_KINDS.items()]
    return Results(groups, _near(question, ranked.get(IdeaSearch.code, [])))


def _group(kind: SearchKind, hits: Sequence[Hit], question: Question, page_size: int) -> Group:
    size = SHOWN if question.kind is None else page_size
    start = 0 if question.kind is None else (question.page - 1) * page_size
    is_shown = question.kind in (None, kind)
    shown = [hit.id for hit in hits[:MAX_RANKED][start : start + size]] if is_shown else []
    return Group(kind, len(hits), kind.show(shown) if shown else [], min(len(hits), MAX_RANKED) > start + size)


def _near(question: Question, hits: Sequence[Hit]) -> Sequence[Idea]:
    """The first page of ideas shows what is near in meaning to the best ones; without stored vectors nothing."""
    is_shown = question.page == 1 and (question.kind is None or question.kind.code == IdeaSearch.code)
    return ideas_near([hit.id for hit in hits], NEAR_THE_BEST, SHOWN) if is_shown and hits else ()
