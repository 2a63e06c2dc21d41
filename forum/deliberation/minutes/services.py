"""Draft the minutes of a gathering, edit them, and ask the room whether they are right.

The gathering is locked first, then its minutes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from flask import current_app

from forum.core import clock
from forum.core.access import Actor, require
from forum.core.errors import InvalidInput, Mistakes, WrongState
from forum.core.extensions import db
from forum.core.i18n import _, _l
from forum.core.privacy import mask
from forum.core.text import clean_text, refuse_resident_numbers
from forum.deliberation.gatherings.models import Gathering, GatheringState
from forum.deliberation.gatherings.permissions import is_organiser
from forum.deliberation.gatherings.queries import lock_gathering
from forum.deliberation.minutes import mails
from forum.deliberation.minutes.drafting import FIELDS, automatic_fields, drafted_texts
from forum.deliberation.minutes.facts import facts_of, numbers_of
from forum.deliberation.minutes.models import GatheringMinutes, MinutesState
from forum.deliberation.minutes.permissions import can_edit_minutes
from forum.deliberation.minutes.queries import minutes_of, n_asked, passes_to_extend
from forum.deliberation.minutes.quotes import checked_quotes, store_quotes
from forum.people.passes.services import end_passes
from forum.system.audit.services import record, text_hash
from forum.system.texts.limits import count_by_network, count_by_person

MAX_SUMMARY_CHARS = 3_000
MAX_LINES, MAX_LINE_CHARS = 20, 300
SHORTEST_ROUND = timedelta(days=1)
"""Less time than that is no time to answer."""
ORGANISER_ONLY = _l("회의록은 이 모임을 연 진행자만 고치고 확인받을 수 있어요.")
CHANGED = _l("그사이에 다른 사람이 회의록을 고쳤어요. 아래 ‘지금 회의록’과 견주어 보고 다시 저장해 주세요.")
_NUMBERS = re.compile(r"#([0-9]{1,5})")


@dataclass(frozen=True)
class MinutesInput:
    """What the organiser typed.

    agreements, open_questions : one a line; "#3" names an idea of the room
    quotes : number of an idea, and a sentence of it
    """

    summary: str
    agreements: str
    open_questions: str
    quotes: Sequence[tuple[int | None, str]] = ()


def draft_minutes(gathering: Gathering, actor: Actor) -> None:
    """Draft the minutes of a gathering that has ended, or read its facts again. The caller has locked it, and commits.

    Minutes that are out, or being confirmed, stay as they are.
    """
    minutes = minutes_of(gathering.id)
    if minutes is not None and minutes.state is not MinutesState.DRAFT:
        return
    if minutes is None:
        minutes = GatheringMinutes(gathering_id=gathering.id, author_id=gathering.organiser.participant_id)
        db.session.add(minutes)
    _read_facts_again(minutes, gathering)
    db.session.flush()
    record(actor, "minutes.draft", minutes, after={"ideas": len(minutes.facts["ideas"])})


def edit_minutes(
    minutes: GatheringMinutes, actor: Actor, typed: MinutesInput, seen: int, address: str | None = None
) -> None:
    """Store the organiser's texts and quotes, and read the facts again. The caller commits.

    Minutes that the room refused become a draft again.

    :param seen: revision of the minutes that the page showed
    :param address: IP address of the request, for the limit of its network
    :raise Forbidden: not responsible for the gathering
    :raise TooManyTexts: the person or the network has saved too often
    :raise InvalidInput: a text that is too long or has a resident number, a number that names no idea of the room, or a
        quote that does not stand in its idea
    :raise WrongState: being confirmed or published, hidden, or edited by somebody else meanwhile
    """
    gathering = minutes.gathering
    require(can_edit_minutes(actor, gathering), ORGANISER_ONLY)
    count_by_person(GatheringMinutes.__tablename__, actor)
    _lock_to_edit(minutes, actor, seen, {MinutesState.DRAFT, MinutesState.REFUSED})
    facts = facts_of(gathering)
    texts = _checked_texts(typed, set(numbers_of(facts)))
    quotes = checked_quotes(gathering.id, typed.quotes)
    before = _hashes(minutes)
    minutes.facts = facts | {"drafted": minutes.facts.get("drafted", {})}
    for name, text in texts.items():
        setattr(minutes, name, text)
    if is_organiser(actor, gathering) and actor.participant_id is not None:
        minutes.author_id = actor.participant_id
    minutes.state, minutes.decided_at = MinutesState.DRAFT, None
    minutes.revision += 1
    minutes.updated_at = clock.now()
    store_quotes(minutes, quotes)
    record(actor, "minutes.edit", minutes, before=before, after=_hashes(minutes) | {"quotes": len(quotes)})
    count_by_network(GatheringMinutes.__tablename__, address)


def ask_room(minutes: GatheringMinutes, actor: Actor, seen: int) -> None:
    """Ask the people of the room whether the minutes are right. The caller commits.

    Passes of the room live until GUEST_PASS_DAYS after it closes, so that a quote can be withdrawn once it is out. The
    facts are read once more, so that slips and sheets that came late are in them.

    :param seen: revision of the minutes that the page showed
    :raise Forbidden: not responsible for the gathering
    :raise InvalidInput: nothing is written in the summary
    :raise WrongState: asked already, published, hidden, edited meanwhile, or the lists of people are gone
    """
    gathering = minutes.gathering
    _lock_to_edit(minutes, actor, seen, {MinutesState.DRAFT})
    if not minutes.summary:
        raise InvalidInput({"summary": _("모임에서 한 일을 먼저 써 주세요.")})
    now = clock.now()
    closes_at = _closing_time(gathering, now)
    minutes.facts = facts_of(gathering) | {"drafted": minutes.facts.get("drafted", {})}
    if minutes.asked_at is not None:
        minutes.round += 1
    minutes.state, minutes.asked_at, minutes.closes_at = MinutesState.ASKED, now, closes_at
    minutes.revision += 1
    db.session.flush()
    expires_at = closes_at + timedelta(days=int(current_app.config["GUEST_PASS_DAYS"]))
    for acts_until, pass_ids in passes_to_extend(gathering.id, expires_at).items():
        end_passes(pass_ids, acts_until, expires_at)
    after = {"state": minutes.state.value, "round": minutes.round, "asked": n_asked(gathering)}
    record(actor, "minutes.ask", minutes, after=after)
    mails.ask_people(minutes)


def lock_minutes(minutes: GatheringMinutes) -> None:
    """Lock the gathering and its minutes until the end of the transaction, and reload both."""
    lock_gathering(minutes.gathering)
    db.session.refresh(minutes, with_for_update={"of": GatheringMinutes})


def _read_facts_again(minutes: GatheringMinutes, gathering: Gathering) -> None:
    """Replace the facts, and the texts that nobody has edited."""
    is_new = minutes.id is None
    untouched = frozenset(FIELDS) if is_new else automatic_fields(minutes)
    facts = facts_of(gathering)
    drafted = {name: mask(getattr(drafted_texts(facts), name)).text for name in FIELDS}
    minutes.facts = facts | {"drafted": drafted}
    for name in untouched:
        setattr(minutes, name, drafted[name])


def _lock_to_edit(minutes: GatheringMinutes, actor: Actor, seen: int, states: set[MinutesState]) -> None:
    require(can_edit_minutes(actor, minutes.gathering), ORGANISER_ONLY)
    lock_minutes(minutes)
    require(can_edit_minutes(actor, minutes.gathering), ORGANISER_ONLY)
    if minutes.state not in states:
        raise WrongState(_("‘%(state)s’ 상태라서 할 수 없어요.", state=minutes.state.label))
    if minutes.is_hidden or minutes.gathering.is_hidden:
        raise WrongState(_("운영진이 숨긴 글이라 고치거나 확인받을 수 없어요."))
    if minutes.gathering.state is not GatheringState.FINISHED:
        raise WrongState(_("모임이 끝난 뒤에 할 수 있어요."))
    if minutes.revision != seen:
        raise WrongState(str(CHANGED))


def _closing_time(gathering: Gathering, now: datetime) -> datetime:
    """Return until when the room answers: before the day on which nobody knows any more who was there.

    :raise WrongState: that leaves less than SHORTEST_ROUND
    """
    closes_at = now + timedelta(days=int(current_app.config["MINUTES_DAYS"]))
    if gathering.lists_deleted_at is not None:
        raise WrongState(_("참여한 사람의 명단을 이미 지워서 확인을 받을 수 없어요."))
    if gathering.lists_until is not None:
        closes_at = min(closes_at, datetime.combine(gathering.lists_until, time(), clock.SEOUL))
    if closes_at - now < SHORTEST_ROUND:
        raise WrongState(_("참여한 사람의 명단을 곧 지워서 확인을 받을 시간이 없어요."))
    return closes_at


def _checked_texts(typed: MinutesInput, numbers: set[int]) -> dict[str, str]:
    """:raise InvalidInput: all mistakes in the three texts at once"""
    found: dict[str, str] = {}
    mistakes = Mistakes()
    with mistakes.noted():
        found["summary"] = clean_text(typed.summary, "summary", _("한 일"), max_chars=MAX_SUMMARY_CHARS, min_chars=1)
    for name, called in (("agreements", _("뜻을 모은 것")), ("open_questions", _("더 이야기할 것"))):
        with mistakes.noted():
            found[name] = _checked_lines(getattr(typed, name), name, called)
    for name, text in found.items():
        with mistakes.noted():
            refuse_resident_numbers(text, name)
            _refuse_other_numbers(text, name, numbers)
    mistakes.raise_if_any()
    return found


def _checked_lines(value: str, field: str, called: str) -> str:
    text = clean_text(value, field, called, max_chars=MAX_LINES * MAX_LINE_CHARS, min_chars=0)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) > MAX_LINES:
        raise InvalidInput({field: _("%(most)s줄까지 쓸 수 있어요.", most=MAX_LINES)})
    if any(len(line) > MAX_LINE_CHARS for line in lines):
        raise InvalidInput({field: _("한 줄에 %(most)s자까지 쓸 수 있어요.", most=MAX_LINE_CHARS)})
    return "\n".join(lines)


def _refuse_other_numbers(text: str, field: str, numbers: set[int]) -> None:
    for found in _NUMBERS.finditer(text):
        if int(found[1]) not in numbers:
            raise InvalidInput({field: _("#%(n)s{은} 이 모임에 없는 제안 번호예요.", n=found[1])})


def _hashes(minutes: GatheringMinutes) -> dict[str, object]:
    return {name: text_hash(getattr(minutes, name)) for name in FIELDS} | {"revision": minutes.revision}
