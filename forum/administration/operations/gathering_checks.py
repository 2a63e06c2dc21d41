"""Checks of gatherings: seats, waiting lists, codes, and lists that were deleted."""

from __future__ import annotations

import re
from collections.abc import Iterator

import sqlalchemy as sa

from forum.administration.operations.findings import Finding
from forum.core import clock
from forum.core.extensions import db
from forum.core.i18n import _
from forum.deliberation.gatherings.models import (
    Gathering,
    GatheringHelper,
    GatheringState,
    Registration,
    RegistrationState,
)

JOIN_CODE = re.compile(r"[0-9]{8}")


def registrations() -> Finding:
    """Check that nobody has a seat that there is not, that people wait only where all seats are taken, that a code has
    eight digits, and that no list is left once it was deleted.

    Who leaves the forum leaves a seat, which the worker gives on within a minute.
    """
    finding = Finding(_("모임의 자리와 대기, 모임방 번호와 지운 명단"), 0)
    helpers = sa.select(sa.func.count()).where(GatheringHelper.gathering_id == Gathering.id).scalar_subquery()
    query = sa.select(Gathering, _count(RegistrationState.SEATED), _count(RegistrationState.WAITING), _count(), helpers)
    for gathering, *counts in db.session.execute(query.order_by(Gathering.id)):
        finding.n_checked += 1
        for words in _wrong(gathering, *counts):
            finding.differences.append(_("모임 %(id)s번: %(words)s", id=gathering.id, words=words))
    return finding


def _wrong(gathering: Gathering, seated: int, waiting: int, registered: int, helpers: int) -> Iterator[str]:
    given = gathering.seats - gathering.held_seats
    if seated > given:
        yield _("자리 %(given)s개에 %(seated)s명", given=given, seated=seated)
    if waiting and seated < given and _takes_people(gathering):
        yield _("빈자리가 %(free)s개인데 %(waiting)s명이 기다림", free=given - seated, waiting=waiting)
    if gathering.join_code is not None and not JOIN_CODE.fullmatch(gathering.join_code):
        yield _("모임방 번호가 숫자 여덟 자리가 아님")
    if gathering.lists_deleted_at is not None and registered + helpers:
        yield _("지운 명단에 %(n)s줄이 남음", n=registered + helpers)


def _takes_people(gathering: Gathering) -> bool:
    is_planned = gathering.state is GatheringState.PLANNED and not gathering.is_hidden
    return is_planned and gathering.starts_at is not None and gathering.starts_at > clock.now()


def _count(state: RegistrationState | None = None) -> sa.ScalarSelect[int]:
    query = sa.select(sa.func.count()).select_from(Registration).where(Registration.gathering_id == Gathering.id)
    return (query if state is None else query.where(Registration.state == state)).scalar_subquery()
