"""Quotes: whole sentences that stand in an idea written in the room. The writer can withdraw them at any time."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

import sqlalchemy as sa

from forum.core import clock
from forum.core.access import Actor, require
from forum.core.errors import InvalidInput, Mistakes, WrongState
from forum.core.extensions import db
from forum.core.i18n import _, _l
from forum.core.text import clean_line, refuse_resident_numbers
from forum.deliberation.gatherings.queries import lock_gathering
from forum.deliberation.minutes.models import GatheringMinutes, MinutesQuote
from forum.deliberation.minutes.permissions import can_withdraw_quote
from forum.deliberation.minutes.queries import RoomIdea, ideas_to_quote
from forum.voice.ideas.models import Idea

MAX_QUOTES = 6
MIN_QUOTE_CHARS, MAX_QUOTE_CHARS = 5, 300
WRITER_ONLY = _l("이 문장을 쓴 사람만 거둘 수 있어요.")
_ENDS = ".!?…。"
_SPACES = re.compile(r"\s+")


def stands_in(quote: str, text: str) -> bool:
    """Does the quote stand in the text, as one or more whole sentences? Half a sentence may say the opposite."""
    wanted = _SPACES.sub(" ", quote).strip()
    return bool(wanted) and any(_is_whole(wanted, _SPACES.sub(" ", line).strip()) for line in text.splitlines())


def checked_quotes(gathering_id: int, typed: Sequence[tuple[int | None, str]]) -> dict[int, str]:
    """Return the quotes by idea id.

    :param typed: number of the idea in the room, and the sentence; blank rows are left out
    :raise InvalidInput: at the field `quotes-0-number` or `quotes-0-text`: no such idea of the room, twice the same, or
        words that do not stand in it
    """
    ideas, found, mistakes = ideas_to_quote(gathering_id), dict[int, str](), Mistakes()
    for place, (number, text) in enumerate(typed):
        if number is None and not text.strip():
            continue
        with mistakes.noted():
            idea = _idea_numbered(ideas, number, f"quotes-{place}-number")
            if idea.idea_id in found:
                raise InvalidInput({f"quotes-{place}-number": _("한 제안에서 한 번만 인용할 수 있어요.")})
            found[idea.idea_id] = _checked(idea, text, f"quotes-{place}-text")
    mistakes.raise_if_any()
    return found


def store_quotes(minutes: GatheringMinutes, wanted: Mapping[int, str]) -> None:
    """Replace the quotes that were not withdrawn. The caller has locked the minutes, and commits.

    :raise InvalidInput: a quote of an idea whose writer withdrew one
    """
    there = {quote.idea_id: quote for quote in _rows(minutes)}
    if any(idea_id in there and there[idea_id].withdrawn_at for idea_id in wanted):
        raise InvalidInput({"quotes": _("글쓴이가 인용을 거둔 제안이 있어요. 그 제안은 다시 인용할 수 없어요.")})
    for idea_id, quote in there.items():
        if quote.withdrawn_at is None and idea_id not in wanted:
            db.session.delete(quote)
    for idea_id, text in wanted.items():
        if idea_id in there:
            there[idea_id].text = text
        else:
            db.session.add(MinutesQuote(minutes_id=minutes.id, idea_id=idea_id, text=text))
    db.session.flush()


def withdraw_quote(minutes: GatheringMinutes, quote: MinutesQuote, actor: Actor) -> None:
    """Delete the words of a quote for good, also after the minutes are published. The caller commits.

    :raise Forbidden: not the writer of the idea
    :raise WrongState: the organiser took it out meanwhile
    """
    require(can_withdraw_quote(actor, author_of(quote)), WRITER_ONLY)
    lock_gathering(minutes.gathering)
    db.session.refresh(minutes, with_for_update={"of": GatheringMinutes})
    locked = sa.select(MinutesQuote).where(MinutesQuote.id == quote.id).with_for_update()
    found = db.session.scalar(locked.execution_options(populate_existing=True))
    if found is None:
        raise WrongState(_("그사이에 진행자가 이 인용을 뺐어요."))
    if found.withdrawn_at is None:
        _empty([found])
        db.session.flush()


def withdraw_all_of(participant_id: int) -> None:
    """Delete the words of all quotes of somebody's ideas: they leave with their words. The caller commits."""
    own = sa.select(Idea.id).where(Idea.author_id == participant_id)
    query = sa.select(MinutesQuote).where(MinutesQuote.idea_id.in_(own), MinutesQuote.withdrawn_at.is_(None))
    _empty(db.session.scalars(query.order_by(MinutesQuote.id).with_for_update()))
    db.session.flush()


def _empty(quotes: Iterable[MinutesQuote]) -> None:
    for quote in quotes:
        quote.text, quote.withdrawn_at = "", clock.now()


def _rows(minutes: GatheringMinutes) -> Sequence[MinutesQuote]:
    query = sa.select(MinutesQuote).where(MinutesQuote.minutes_id == minutes.id).order_by(MinutesQuote.id)
    return db.session.scalars(query.with_for_update().execution_options(populate_existing=True)).all()


def author_of(quote: MinutesQuote) -> int | None:
    """Return the participant who wrote the quoted idea."""
    return db.session.scalar(sa.select(Idea.author_id).where(Idea.id == quote.idea_id))


def _idea_numbered(ideas: Mapping[int, RoomIdea], number: int | None, field: str) -> RoomIdea:
    if number is None or number not in ideas:
        raise InvalidInput({field: _("이 모임에서 쓴, 지금 볼 수 있는 제안의 번호를 써 주세요.")})
    return ideas[number]


def _checked(idea: RoomIdea, text: str, field: str) -> str:
    said = clean_line(text, field, _("인용"), max_chars=MAX_QUOTE_CHARS, min_chars=MIN_QUOTE_CHARS)
    refuse_resident_numbers(said, field)
    if not stands_in(said, f"{idea.title}\n{idea.body}"):
        message = _("제안 #%(n)s에 있는 문장을 처음부터 끝까지 그대로 옮겨 주세요.", n=idea.number)
        raise InvalidInput({field: message})
    return said


def _is_whole(wanted: str, line: str) -> bool:
    begins = line.find(wanted)
    while begins >= 0:
        before, after = line[:begins].rstrip(), line[begins + len(wanted) :].lstrip()
        starts_whole = not before or before[-1] in _ENDS
        ends_whole = not after or wanted[-1] in _ENDS or after[0] in _ENDS
        if starts_whole and ends_whole:
            return True
        begins = line.find(wanted, begins + 1)
    return False
