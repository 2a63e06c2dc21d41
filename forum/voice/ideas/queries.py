from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload

from forum.core.access import ANONYMOUS, Actor
from forum.core.database import LabelledEnum
from forum.core.errors import InvalidInput, NotFound
from forum.core.extensions import db
from forum.core.i18n import _l
from forum.core.reference import Sector, regions
from forum.people.accounts.models import Participant
from forum.system.finding.search import MAX_RANKED, SearchWords
from forum.system.texts.registry import Words
from forum.voice.campaigns.models import Campaign
from forum.voice.ideas.models import Comment, CommentOriginal, Idea, IdeaDraft, IdeaOriginal, IdeaState, IdeaTally
from forum.voice.ideas.parts import IdeaFilter, all_filters
from forum.voice.ideas.permissions import can_see_hidden, is_author
from forum.voice.ideas.ranking import all_words, in_campaign, rank_ideas
from forum.voice.ideas.search import similar_ideas

LISTED_STATES = {state.name: state for state in IdeaState if state is not IdeaState.HIDDEN}
"""States that a public list may show, by name."""


class Sort(LabelledEnum):
    RELEVANT = "RELEVANT"
    """The best matches first; of a search only."""
    NEW = "NEW"
    AGREE = "AGREE"
    DISCUSSED = "DISCUSSED"

    __labels__ = {
        RELEVANT: _l("잘 맞는 순"),
        NEW: _l("최신순"),
        AGREE: _l("찬성순"),
        DISCUSSED: _l("댓글순"),
    }


@dataclass(frozen=True)
class Filters:
    """Filters and order of a list of ideas."""

    search: str = ""
    sector: Sector | None = None
    region_code: str | None = None
    state: IdeaState = IdeaState.OPEN
    sort: Sort = Sort.NEW
    more: tuple[tuple[IdeaFilter, LabelledEnum], ...] = ()
    """What was chosen of the filters that other slices add."""

    @classmethod
    def parse(cls, args: Any) -> Filters:
        """Parse query parameters; an unknown value means no filter."""
        region, search = args.get("region", ""), args.get("q", "").replace("\x00", "").strip()
        usual, *others = cls.sorts_of(search)
        sort = Sort.__members__.get(args.get("sort", "").upper(), usual)
        return cls(
            search=search,
            sector=Sector.__members__.get(args.get("sector", "")),
            region_code=region if region in regions() else None,
            state=LISTED_STATES.get(args.get("state", ""), IdeaState.OPEN),
            sort=sort if sort in others else usual,
            more=tuple(
                (one, one.choices.__members__[args.get(one.name)])
                for one in all_filters().values()
                if args.get(one.name) in one.choices.__members__
            ),
        )

    @staticmethod
    def sorts_of(search: str) -> Sequence[Sort]:
        """Return the orders there are for a search text or for none; the first one is the usual one."""
        return [sort for sort in Sort if search or sort is not Sort.RELEVANT]

    @property
    def sorts(self) -> Sequence[Sort]:
        return self.sorts_of(self.search)

    @cached_property
    def words(self) -> SearchWords:
        return SearchWords.of(self.search)

    def as_args(self, **changes: str) -> dict[str, str]:
        """Return the query parameters that lead back to these filters, or to those with `changes`."""
        args = {
            "q": self.search,
            "sector": self.sector.name if self.sector else "",
            "region": self.region_code or "",
            "state": "" if self.state is IdeaState.OPEN else self.state.name,
            "sort": "" if self.sort is self.sorts[0] else self.sort.name.lower(),
        } | {one.name: value.name for one, value in self.more}
        return {name: value for name, value in (args | changes).items() if value}

    def sorted_by(self, sort: Sort) -> dict[str, str]:
        """Return the query parameters that lead to the same list in this order."""
        return self.as_args(sort="" if sort is self.sorts[0] else sort.name.lower())

    @property
    def chosen(self) -> list[tuple[str, dict[str, str]]]:
        """Return each chosen filter by its label, with the query parameters of the list without it."""
        region = regions().get(self.region_code) if self.region_code else None
        found = {
            "sector": self.sector.label if self.sector else "",
            "region": region.short_name if region else "",
            "state": "" if self.state is IdeaState.OPEN else self.state.label,
        } | {one.name: value.label for one, value in self.more}
        return [(label, self.as_args(**{name: ""})) for name, label in found.items() if label]


MAX_COUNTED, MAX_COUNTED_MATCHES = 500, 100
"""Bounds of the total of a list and of a search: counting 100,000 rows would be most of a list's cost."""


@dataclass(frozen=True)
class IdeaPage:
    """One page of a list.

    total : number of ideas, counted up to `max_counted` + 1
    next_cursor : empty on the last page
    no_word : whether the search text has no word to search for
    """

    ideas: Sequence[Idea]
    total: int
    next_cursor: str
    no_word: bool = False
    max_counted: int = MAX_COUNTED

    @property
    def is_counted(self) -> bool:
        return self.total <= self.max_counted


def get_idea(idea_id: int, seen_by: Actor = ANONYMOUS) -> Idea:
    """Return an idea, loaded with its author, campaign and tally.

    :param seen_by: the actor whose right to see a hidden idea counts
    :raise NotFound: no such idea, or hidden from this actor
    """
    query = sa.select(Idea).where(Idea.id == idea_id).options(*_WITH_CARD, joinedload(Idea.campaign))
    idea = db.session.scalar(query)
    if idea is None or (idea.state is IdeaState.HIDDEN and not can_see_hidden(seen_by, idea)):
        raise NotFound("그런 제안이 없어요. 주소를 확인해 주세요.")
    return idea


def idea_page(campaign: Campaign, filters: Filters, cursor: str, size: int) -> IdeaPage:
    """Return the page of a campaign's ideas after `cursor`, with two queries however many ideas there are, and up to
    four for a search of several words.

    :raise InvalidInput: not a cursor of this order
    """
    if not filters.search:
        return _ordered_page(_conditions(campaign, filters), filters.sort, cursor, size, MAX_COUNTED)
    if not filters.words.tokens:
        return IdeaPage((), 0, "", no_word=True)
    if filters.sort is Sort.RELEVANT:
        return _ranked_page(campaign, filters, cursor, size)
    return _ordered_page(_found(campaign, filters), filters.sort, cursor, size, MAX_COUNTED_MATCHES)


def _ranked_page(campaign: Campaign, filters: Filters, cursor: str, size: int) -> IdeaPage:
    ids = [hit.id for hit in rank_ideas(filters.words, *_search_conditions(campaign, filters))]
    start = _place_after(ids, cursor)
    shown = ids[start : start + size]
    found = {idea.id: idea for idea in db.session.scalars(cards([Idea.id.in_(shown)]))} if shown else {}
    page = [found[idea_id] for idea_id in shown if idea_id in found]
    more = start + size < min(len(ids), MAX_RANKED)
    return IdeaPage(page, len(ids), _encode([start + size, shown[-1]]) if more else "", max_counted=MAX_RANKED)


def _found(campaign: Campaign, filters: Filters) -> list[sa.ColumnElement[bool]]:
    """Return the conditions of a search in another order: ideas with all the words, or with most if there is none."""
    conditions = _search_conditions(campaign, filters)
    everything = [*conditions, all_words(filters.words)]
    if db.session.scalar(sa.select(Idea.id).where(*everything).limit(1)) is not None:
        return everything
    return [Idea.id.in_([hit.id for hit in rank_ideas(filters.words, *conditions)])]


def _ordered_page(
    conditions: Sequence[sa.ColumnElement[bool]], sort: Sort, cursor: str, size: int, max_counted: int
) -> IdeaPage:
    counted = sa.select(Idea.id).where(*conditions).limit(max_counted + 1).subquery()
    total = db.session.scalar(sa.select(sa.func.count()).select_from(counted)) or 0
    query, (key, at) = cards(conditions), _order(sort)
    if cursor:
        value, idea_id = _read_cursor(cursor, sort)
        query = query.where(_comes_after(key, value, idea_id))
    ideas = db.session.scalars(query.order_by(*_descending(key)).limit(size + 1)).all()
    page = ideas[:size]
    return IdeaPage(page, total, _cursor(page[-1], at) if len(ideas) > size else "", max_counted=max_counted)


def first_ideas(campaign: Campaign, sort: Sort, size: int) -> Sequence[Idea]:
    """Return the first of a campaign's open ideas, with one query and without a total."""
    key, _at = _order(sort)
    query = cards(_conditions(campaign, Filters(sort=sort)))
    return db.session.scalars(query.order_by(*_descending(key)).limit(size)).all()


def next_idea(idea: Idea, filters: Filters, reader: Actor = ANONYMOUS) -> Idea | None:
    """Return the idea that follows this one in a list with these filters, whose search text does not count.

    The reader's own ideas are left out.
    """
    key, at = _order(filters.sort)
    value = idea.created_at if at == "created_at" else getattr(idea.tally, at)
    conditions = [*_conditions(idea.campaign, filters), _comes_after(key, value, idea.id)]
    if reader.participant_id is not None:
        conditions.append(Idea.author_id.is_distinct_from(reader.participant_id))
    query = cards(conditions)
    return db.session.scalars(query.order_by(*_descending(key)).limit(1)).first()


def cards(conditions: Sequence[sa.ColumnElement[bool]]) -> sa.Select[Any]:
    """Return the query for ideas as a list shows them, with tally and author, joined to the tally for its order."""
    return sa.select(Idea).join(Idea.tally).where(*conditions).options(contains_eager(Idea.tally), _WITH_AUTHOR)


def ideas_by(participant_id: int) -> Sequence[Idea]:
    """Return a participant's own ideas, newest first."""
    query = (
        sa.select(Idea)
        .where(Idea.author_id == participant_id)
        .options(*_WITH_CARD, joinedload(Idea.campaign))
        .order_by(Idea.id.desc())
    )
    return db.session.scalars(query).all()


def ideas_similar_to(campaign: Campaign, title: str, body: str) -> list[Idea]:
    """Return the open ideas most similar to a text, best first; for "이미 이런 제안이 있어요"."""
    return open_ideas([idea_id for idea_id, _score in similar_ideas(campaign.id, title, body)])


def open_ideas(idea_ids: Sequence[int]) -> list[Idea]:
    """Return those of these ideas that are open now, in the given order."""
    query = sa.select(Idea).where(Idea.id.in_(idea_ids), Idea.state == IdeaState.OPEN).options(*_WITH_CARD)
    found = {idea.id: idea for idea in db.session.scalars(query)}
    return [found[idea_id] for idea_id in idea_ids if idea_id in found]


def known_external_ids(campaign: Campaign) -> set[str]:
    """Return the external ids of the campaign's imported ideas."""
    query = sa.select(Idea.external_id).where(Idea.campaign_id == campaign.id, Idea.external_id.is_not(None))
    return {external_id for external_id in db.session.scalars(query) if external_id is not None}


def words_for(actor: Actor, idea: Idea) -> Words:
    """Return the words as typed for the author, the masked words for everybody else."""
    original = db.session.get(IdeaOriginal, idea.id) if is_author(actor, idea) else None
    return Words(original.title, original.body) if original else Words(idea.title, idea.body)


def draft_of(actor: Actor, campaign: Campaign) -> IdeaDraft | None:
    """Return the actor's draft in this campaign, or None."""
    if actor.participant_id is None:
        return None
    return db.session.get(IdeaDraft, (actor.participant_id, campaign.id))


def drafts_by(participant_id: int) -> list[tuple[IdeaDraft, Campaign]]:
    """Return a participant's drafts with their forums, the one saved last first."""
    query = (
        sa.select(IdeaDraft, Campaign)
        .join(Campaign, Campaign.id == IdeaDraft.campaign_id)
        .where(IdeaDraft.participant_id == participant_id)
        .order_by(IdeaDraft.saved_at.desc(), Campaign.id)
    )
    return [(draft, campaign) for draft, campaign in db.session.execute(query)]


def own_comment_originals(actor: Actor, comments: Sequence[Comment]) -> dict[int, str]:
    """Return the originals of the actor's own comments that others see masked: comment id -> text as typed.

    Runs no query if none of `comments` is the actor's.
    """
    own = [one.id for one in comments if actor.participant_id is not None and one.author_id == actor.participant_id]
    if not own:
        return {}
    query = sa.select(CommentOriginal.comment_id, CommentOriginal.body).where(CommentOriginal.comment_id.in_(own))
    return {row.comment_id: row.body for row in db.session.execute(query)}


def has_votes(idea: Idea) -> bool:
    return idea.tally.votes > 0


_WITH_AUTHOR = joinedload(Idea.author).joinedload(Participant.account)
_WITH_CARD = (_WITH_AUTHOR, joinedload(Idea.tally))


def _search_conditions(campaign: Campaign, filters: Filters) -> list[sa.ColumnElement[bool]]:
    return [in_campaign(campaign.id), *_conditions(campaign, filters)[1:]]


def _conditions(campaign: Campaign, filters: Filters) -> list[sa.ColumnElement[bool]]:
    conditions = [Idea.campaign_id == campaign.id, Idea.state == filters.state]
    if filters.sector:
        conditions.append(Idea.sector == filters.sector)
    if filters.region_code:
        conditions.append(Idea.region_code == filters.region_code)
    return conditions + [one.condition(value) for one, value in filters.more]


def _order(sort: Sort) -> tuple[Any, str]:
    """Return the column that a list is ordered by, and the name of its attribute."""
    if sort is Sort.AGREE:
        return IdeaTally.agree, "agree"
    if sort is Sort.DISCUSSED:
        return IdeaTally.comments, "comments"
    return Idea.created_at, "created_at"


def _comes_after(key: Any, value: Any, idea_id: int) -> sa.ColumnElement[bool]:
    """Return the condition of standing behind an idea in a list by `key`. The pair is compared as a whole, so that the
    index is entered at its place, also among thousands of ideas with equal keys."""
    return sa.tuple_(key, _id_beside(key)) < sa.tuple_(sa.literal(value, key.type), idea_id)


def _descending(key: Any) -> tuple[Any, Any]:
    return key.desc(), _id_beside(key).desc()


def _id_beside(key: Any) -> Any:
    """Return the idea's id in the table of the key, whose index holds both."""
    return IdeaTally.idea_id if key.class_ is IdeaTally else Idea.id


def _cursor(idea: Idea, at: str) -> str:
    return _encode([idea.created_at.isoformat() if at == "created_at" else getattr(idea.tally, at), idea.id])


def _encode(cursor: list[Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(cursor).encode()).decode().rstrip("=")


def _place_after(ids: Sequence[int], cursor: str) -> int:
    """Return where the next page of ranked ideas starts: after the last one shown, wherever it stands by now."""
    if not cursor:
        return 0
    place, last_id = _read_cursor(cursor, Sort.RELEVANT)
    return ids.index(last_id) + 1 if last_id in ids else int(place)  # type: ignore[arg-type]


def _read_cursor(cursor: str, sort: Sort) -> tuple[datetime | int, int]:
    """Return the order value and the id in a cursor.

    :raise InvalidInput: anything that `_cursor` did not write for this order
    """
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        value, idea_id = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        if type(idea_id) is not int or not 0 < idea_id < 2**31:
            raise ValueError
        if sort is Sort.NEW:
            return datetime.fromisoformat(value).astimezone(UTC), idea_id
        if type(value) is not int or not 0 <= value < 2**31:
            raise ValueError
        return value, idea_id
    except (ValueError, TypeError, OverflowError, RecursionError, binascii.Error, UnicodeError) as error:
        raise InvalidInput("다음 쪽의 주소가 올바르지 않아요. 목록의 첫 쪽에서 다시 시작해 주세요.") from error
