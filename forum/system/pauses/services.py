"""Set election pauses, and end them early. What rests meanwhile asks `queries.why_paused`."""

from __future__ import annotations

from datetime import date, timedelta

import sqlalchemy as sa

from forum.core import clock
from forum.core.access import Actor, require
from forum.core.errors import InvalidInput, Mistakes, WrongState
from forum.core.extensions import db
from forum.core.i18n import _, _l
from forum.core.text import clean_line, clean_text, refuse_resident_numbers
from forum.system.audit.services import record, text_hash
from forum.system.jobs.services import enqueue_task
from forum.system.notices.services import MAIL_TASK
from forum.system.pauses.facts import PAUSES
from forum.system.pauses.models import ElectionPause
from forum.system.pauses.permissions import can_set_pause
from forum.system.pauses.queries import forget_what_was_read

MAX_NAME_CHARS, MAX_NOTE_CHARS = 80, 500
MAX_DAYS = 200
"""Longer than any span of the election law: a slip in the year must not stop the forum's gatherings."""
FARTHEST_DAYS = 800
ADMINS_ONLY = _l("선거 기간 쉼은 관리자만 정할 수 있어요.")


def set_pause(actor: Actor, name: str, begins_on: date | None, ends_on: date | None, note: str = "") -> ElectionPause:
    """Set a pause, from the first minute of `begins_on` to the last of `ends_on` in Seoul. The caller commits.

    It may overlap another one, and may have begun. What runs at its beginning may finish.

    :raise Forbidden: not an admin
    :raise InvalidInput: no name, a day missing, over already, longer than MAX_DAYS, or more than FARTHEST_DAYS away
    :raise WrongState: the same pause is set
    """
    require(can_set_pause(actor), ADMINS_ONLY)
    mistakes = Mistakes()
    with mistakes.noted():
        said = clean_line(name, "name", _("선거 이름"), max_chars=MAX_NAME_CHARS)
        refuse_resident_numbers(said, "name")
    with mistakes.noted():
        why = clean_text(note, "note", _("메모"), max_chars=MAX_NOTE_CHARS, min_chars=0)
        refuse_resident_numbers(why, "note")
    with mistakes.noted():
        first, last = _checked_days(begins_on, ends_on)
    mistakes.raise_if_any()
    same = sa.select(ElectionPause.id).where(
        ElectionPause.name == said,
        ElectionPause.begins_on == first,
        ElectionPause.ends_on == last,
        ElectionPause.ended_at.is_(None),
    )
    if db.session.scalar(same) is not None:
        raise WrongState(_("이름과 날짜가 같은 선거 기간 쉼이 이미 있어요."))
    pause = ElectionPause(name=said, begins_on=first, ends_on=last, note=why, set_by_id=actor.id)
    db.session.add(pause)
    db.session.flush()
    days = {"begins_on": first.isoformat(), "ends_on": last.isoformat()}
    after = days | {"name": text_hash(said), "note": text_hash(why)}
    record(actor, "pauses.set", pause, after=after, facts=PAUSES.of([pause.id]))
    forget_what_was_read()
    return pause


def end_pause(pause: ElectionPause, actor: Actor) -> None:
    """End a pause that holds or is to come. What waited goes on at once. The caller commits.

    :raise Forbidden: not an admin
    :raise WrongState: over already, or ended by somebody else meanwhile
    """
    require(can_set_pause(actor), ADMINS_ONLY)
    db.session.refresh(pause, with_for_update={"of": ElectionPause})
    if pause.is_over:
        raise WrongState(_("이미 끝난 선거 기간 쉼이에요."))
    pause.ended_at, pause.ended_by_id = clock.now(), actor.id
    db.session.flush()
    record(actor, "pauses.end", pause, after={"ends_on": pause.ends_on.isoformat()}, facts=PAUSES.of([pause.id]))
    enqueue_task(MAIL_TASK)
    forget_what_was_read()


def _checked_days(begins_on: date | None, ends_on: date | None) -> tuple[date, date]:
    """:raise InvalidInput: the days are no span that a pause may have"""
    missing = {
        field: _("날짜를 골라 주세요.")
        for field, day in (("begins_on", begins_on), ("ends_on", ends_on))
        if day is None
    }
    if begins_on is None or ends_on is None:
        raise InvalidInput(missing)
    if ends_on < begins_on:
        raise InvalidInput({"ends_on": _("끝나는 날은 시작하는 날보다 빠를 수 없어요.")})
    if ends_on < clock.today():
        raise InvalidInput({"ends_on": _("이미 지난 날이에요.")})
    if ends_on - begins_on >= timedelta(days=MAX_DAYS):
        raise InvalidInput({"ends_on": _("%(n)s일까지 정할 수 있어요.", n=MAX_DAYS)})
    if begins_on - clock.today() > timedelta(days=FARTHEST_DAYS):
        raise InvalidInput({"begins_on": _("오늘부터 %(n)s일 안에 시작해야 해요.", n=FARTHEST_DAYS)})
    return begins_on, ends_on
