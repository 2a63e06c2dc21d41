"""Open, edit, announce, cancel and copy gatherings.

What a facilitator writes is checked by `details.py` and stored masked. Whoever registered hears at once of what matters
to them. Acts lock the gathering first, before anything in its room.
"""

from __future__ import annotations

import json
import secrets

import sqlalchemy as sa

from forum.core import clock
from forum.core.access import Actor, require
from forum.core.errors import InvalidInput, WrongState
from forum.core.extensions import db
from forum.core.i18n import _, _l
from forum.core.text import clean_line, refuse_resident_numbers
from forum.deliberation.gatherings.cancelling import at_cancel, at_delete, n_people_there
from forum.deliberation.gatherings.details import Details, checked, refuse_fewer_seats, require_announceable
from forum.deliberation.gatherings.facts import GATHERINGS
from forum.deliberation.gatherings.mails import notify_announced, notify_cancelled, notify_changed
from forum.deliberation.gatherings.models import Gathering, GatheringHelper, GatheringState, Registration
from forum.deliberation.gatherings.pausing import require_not_paused
from forum.deliberation.gatherings.permissions import can_copy, can_manage, can_open_gathering, why_not_open
from forum.deliberation.gatherings.queries import (
    addresses_on_list,
    helpers_of,
    lock_gathering,
    seats_of,
)
from forum.deliberation.gatherings.registering import promote
from forum.deliberation.gatherings.states import mark_announced, mark_cancelled
from forum.system.audit.services import record, text_hash
from forum.system.texts.limits import count_by_network, count_by_person
from forum.voice.campaigns.models import Campaign

KIND = Gathering.__tablename__
N_CODES = 10**8
MAX_REASON_CHARS = 300
NOT_YOURS = _l("이 모임을 연 진행자만 할 수 있어요.")
CHANGED_MEANWHILE = _l("이 화면을 연 뒤에 모임이 바뀌었어요. 지금 내용을 보고 다시 해 주세요.")


def open_gathering(campaign: Campaign, actor: Actor, details: Details, address: str | None = None) -> Gathering:
    """Store a new gathering that only its facilitators see. The caller commits.

    :param address: IP address of the request, for the limit of its network
    :raise Forbidden: no facilitator who may take part
    :raise TooManyTexts: the person or the network has opened too many
    :raise InvalidInput: what `details.checked` refuses
    """
    require(can_open_gathering(actor), why_not_open(actor))
    details = checked(details)
    count_by_person(KIND, actor)
    gathering = _stored(campaign.id, actor, details)
    record(actor, "gatherings.open", gathering, after=_for_audit(gathering), facts=GATHERINGS.of([gathering.id]))
    count_by_network(KIND, address)
    return gathering


def edit_gathering(gathering: Gathering, actor: Actor, details: Details, seen: int) -> None:
    """Change a gathering before it begins. The caller commits.

    Those who registered hear of another time or place; who waits gets a seat where there are more now.

    :param seen: revision that the page showed
    :raise Forbidden: somebody else's gathering
    :raise TooManyTexts: the person has sent too many texts; a change counts as one
    :raise WrongState: it began or ended, or was changed meanwhile
    :raise InvalidInput: what `details.checked` refuses, or what was announced would miss its time or place
    """
    require(can_manage(actor, gathering), str(NOT_YOURS))
    details = checked(details)
    count_by_person(KIND, actor)
    _lock(gathering, actor, seen)
    if gathering.state not in {GatheringState.DRAFT, GatheringState.PLANNED}:
        raise WrongState(_("‘%(state)s’ 상태라서 모임을 고칠 수 없어요.", state=gathering.state.label))
    earlier = Details.of(gathering)
    if details == earlier:
        return
    if gathering.state is GatheringState.PLANNED:
        require_announceable(details, known_start=gathering.starts_at)
        refuse_fewer_seats(details, seats_of(gathering).seated)
    before = _for_audit(gathering)
    _write(gathering, details)
    record(actor, "gatherings.edit", gathering, before, _for_audit(gathering), GATHERINGS.of([gathering.id]))
    if gathering.state is GatheringState.PLANNED:
        _tell_of_changes(gathering, earlier)
        promote(gathering)


def announce_gathering(gathering: Gathering, actor: Actor, seen: int) -> None:
    """Show a draft to everybody and let people register. Followers of the campaign hear of it. The caller commits.

    :param seen: revision that the page showed
    :raise Forbidden: somebody else's gathering
    :raise WrongState: no draft, hidden, changed meanwhile, or gatherings pause
    :raise InvalidInput: no time, one in the past, or neither a place nor an online address
    """
    require(can_manage(actor, gathering), str(NOT_YOURS))
    _lock(gathering, actor, seen)
    require_not_paused()
    if gathering.is_hidden:
        raise WrongState(_("운영진이 숨긴 모임은 알릴 수 없어요."))
    if gathering.state is GatheringState.DRAFT:
        require_announceable(Details.of(gathering))
    mark_announced(gathering, actor, _new_join_code())
    notify_announced(gathering)


def cancel_gathering(gathering: Gathering, actor: Actor, reason: str, seen: int, is_confirmed: bool = False) -> None:
    """Call off an announced gathering, and tell everybody who registered at once. The caller commits.

    What was written in its room stays, and its guests can write no more.

    :param reason: is told and shown
    :param seen: revision that the page showed
    :param is_confirmed: the actor knows that people are there already
    :raise Forbidden: somebody else's gathering
    :raise WrongState: a draft, ended already, or changed meanwhile
    :raise InvalidInput: no reason, or people are there and that was not confirmed
    """
    require(can_manage(actor, gathering), str(NOT_YOURS))
    reason = clean_line(reason, "reason", _("까닭"), max_chars=MAX_REASON_CHARS, min_chars=2)
    refuse_resident_numbers(reason, "reason")
    _lock(gathering, actor, seen)
    n_there = n_people_there(gathering)
    if (n_there or gathering.state is GatheringState.RUNNING) and not is_confirmed:
        message = _("이미 시작했거나 사람이 와 있는 모임이에요. 그래도 취소하려면 아래에 표시해 주세요.")
        raise InvalidInput({"is_confirmed": message})
    people = addresses_on_list(gathering.id)
    mark_cancelled(gathering, actor, reason, registered=len(people), present=n_there)
    at_cancel(gathering, actor)
    staff = {one.id: one.email for one in (*helpers_of(gathering.id), gathering.organiser) if one.active}
    notify_cancelled(gathering, {who: address for who, address in (people | staff).items() if who != actor.id})


def delete_draft(gathering: Gathering, actor: Actor, seen: int) -> None:
    """Delete a gathering that was never announced. The caller commits.

    :raise Forbidden: somebody else's gathering
    :raise WrongState: announced already, or changed meanwhile
    """
    require(can_manage(actor, gathering), str(NOT_YOURS))
    _lock(gathering, actor, seen)
    if gathering.state is not GatheringState.DRAFT:
        raise WrongState(_("이미 알린 모임은 지울 수 없어요. 대신 취소할 수 있어요."))
    gathering_id, before = gathering.id, _for_audit(gathering)
    at_delete(gathering)
    for model in (GatheringHelper, Registration):
        rows = sa.delete(model).where(model.gathering_id == gathering_id)
        db.session.execute(rows.execution_options(synchronize_session=False))
    gone = sa.delete(Gathering).where(Gathering.id == gathering_id)
    db.session.execute(gone.execution_options(synchronize_session=False))
    record(actor, "gatherings.delete", gathering, before, facts=GATHERINGS.of([gathering_id]))
    db.session.expunge(gathering)


def copy_gathering(gathering: Gathering, actor: Actor, address: str | None = None) -> Gathering:
    """Make a draft of one's own with the words, age group and seats of a finished gathering. The caller commits.

    The organiser of the original is not told who does it. Near-copies are the purpose here, so that no text of this
    kind is held as part of a flood.

    :param address: as `open_gathering`
    :raise Forbidden: no facilitator, or one that has not taken place or is not public
    :raise TooManyTexts: the person or the network has opened too many
    """
    require(can_copy(actor, gathering), why_not_open(actor) or _("끝난 모임만 본떠 열 수 있어요."))
    count_by_person(KIND, actor)
    details = Details(
        title=gathering.title,
        summary=gathering.summary,
        age_group=gathering.age_group.value,
        access_notes=gathering.access_notes,
        agenda=gathering.agenda,
        seats=gathering.seats,
        held_seats=gathering.held_seats,
    )
    made = _stored(gathering.campaign_id, actor, details, copied_from_id=gathering.id)
    after = _for_audit(made) | {"copied_from": gathering.id}
    record(actor, "gatherings.copy", made, after=after, facts=GATHERINGS.of([made.id]))
    count_by_network(KIND, address)
    return made


def _stored(campaign_id: int, actor: Actor, details: Details, copied_from_id: int | None = None) -> Gathering:
    gathering = Gathering(
        campaign_id=campaign_id,
        author_id=actor.participant_id,
        organiser_id=actor.id,
        copied_from_id=copied_from_id,
        **details.columns(),
    )
    db.session.add(gathering)
    db.session.flush()
    return gathering


def _lock(gathering: Gathering, actor: Actor, seen: int) -> None:
    """Lock, reload and ask again.

    :raise WrongState: the page showed another revision
    """
    lock_gathering(gathering)
    require(can_manage(actor, gathering), str(NOT_YOURS))
    if gathering.revision != seen:
        raise WrongState(str(CHANGED_MEANWHILE))


def _write(gathering: Gathering, details: Details) -> None:
    for name, value in details.columns().items():
        setattr(gathering, name, value)
    gathering.revision += 1
    gathering.updated_at = clock.now()
    db.session.flush()


def _tell_of_changes(gathering: Gathering, earlier: Details) -> None:
    now = Details.of(gathering)
    is_moved = (now.starts_at, now.ends_at) != (earlier.starts_at, earlier.ends_at)
    if is_moved:
        again = sa.update(Registration).where(Registration.gathering_id == gathering.id).values(reminded_at=None)
        db.session.execute(again.execution_options(synchronize_session=False))
    if is_moved or now.place != earlier.place:
        notify_changed(gathering, addresses_on_list(gathering.id))


def _new_join_code() -> str:
    """Return eight digits that no other gathering uses now. The unique index refuses what two find at once."""
    while True:
        code = f"{secrets.randbelow(N_CODES):08d}"
        if db.session.scalar(sa.select(Gathering.id).where(Gathering.join_code == code)) is None:
            return code


def _for_audit(gathering: Gathering) -> dict[str, object]:
    details = Details.of(gathering)
    words = [getattr(details, name) for name in ("title", "summary", "host_name", "access_notes", "agenda")]
    return {
        "state": gathering.state.value,
        "texts": text_hash(json.dumps(words)),
        "place": text_hash(json.dumps(details.place)),
        "starts_at": details.starts_at.isoformat() if details.starts_at else None,
        "ends_at": details.ends_at.isoformat() if details.ends_at else None,
        "seats": details.seats,
        "held_seats": details.held_seats,
        "age_group": details.age_group,
        "region_code": details.region_code,
    }
