"""Open, change and close a shortlist, and publish its slate."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

import sqlalchemy as sa

from forum.analysis.shortlists.facts import SHORTLISTS, SLATES
from forum.analysis.shortlists.hooks import run_after_slate, run_before_change
from forum.analysis.shortlists.mails import notify_of_opening, notify_of_slate
from forum.analysis.shortlists.models import (
    MAX_SIZE,
    Shortlist,
    ShortlistIdea,
    ShortlistState,
    ShortlistVoter,
    Slate,
    SlateStanding,
)
from forum.analysis.shortlists.permissions import can_close_shortlist, can_manage_shortlists
from forum.analysis.shortlists.queries import (
    SLATE_JOB,
    SeenBy,
    is_on_shortlist,
    old_votes,
    open_idea_ids,
    open_shortlist_of,
    slate_of,
)
from forum.core import clock
from forum.core.access import SYSTEM, Actor, require
from forum.core.database import insert_or_ignore, lock_name
from forum.core.errors import InvalidInput, WrongState
from forum.core.extensions import db
from forum.core.i18n import _
from forum.system.audit.services import record
from forum.system.jobs.models import Job
from forum.system.jobs.services import enqueue_job
from forum.voice.campaigns.models import Campaign, PhaseKind
from forum.voice.campaigns.queries import reload_campaign, require_open
from forum.voice.votes.permissions import can_vote, why_not_vote
from forum.voice.votes.services import confirm_votes

if TYPE_CHECKING:
    from nlp.opinion.slate_result import Slate as Choice

MAX_IDEAS = 60
SEED_BYTES = 16


def open_shortlist(campaign: Campaign, actor: Actor, idea_ids: Collection[int], size: int) -> Shortlist:
    """Open a vote on these ideas, in this order, and tell followers. The caller commits.

    :param idea_ids: open ideas of the campaign, more than `size` and at most MAX_IDEAS
    :param size: places of the slate, 1 to 10
    :return: the new shortlist, flushed, with the seed that settles ties
    :raise Forbidden: only analysts
    :raise InvalidInput: no such ideas, too few or too many, or another number of places
    :raise WrongState: voting is closed, or another shortlist of the campaign is open
    """
    require(can_manage_shortlists(actor))
    lock_name(db.session, f"shortlists of campaign {campaign.id}")
    reload_campaign(campaign)
    require_open(campaign, PhaseKind.VOTING)
    if open_shortlist_of(campaign.id) is not None:
        raise WrongState(_("이 포럼에는 이미 열린 후보 투표가 있어요. 그 투표를 끝낸 뒤에 새로 열 수 있어요."))
    chosen = list(dict.fromkeys(idea_ids))
    if not 1 <= size <= MAX_SIZE:
        raise InvalidInput({"size": _("자리는 1개부터 %(most)s개까지 둘 수 있어요.", most=MAX_SIZE)})
    _check_ideas(campaign.id, chosen, size, len(chosen))
    newest = sa.select(sa.func.max(Shortlist.number)).where(Shortlist.campaign_id == campaign.id)
    assert actor.id is not None
    shortlist = Shortlist(
        campaign_id=campaign.id,
        number=(db.session.scalar(newest) or 0) + 1,
        size=size,
        seed=secrets.token_hex(SEED_BYTES),
        opened_by_id=actor.id,
    )
    shortlist.campaign = campaign
    db.session.add(shortlist)
    db.session.flush()
    _add(shortlist, chosen, 0)
    notify_of_opening(shortlist, chosen)
    _record(actor, "shortlists.open", shortlist, {"ideas": chosen, "size": size, "seed": shortlist.seed})
    return shortlist


def change_shortlist(shortlist: Shortlist, actor: Actor, idea_ids: Collection[int], seen: int) -> None:
    """Replace the ideas of an open shortlist by these, while people vote. The caller commits.

    An idea that stays keeps its place and its votes; votes on a new one count from now. Ideas that are hidden or
    withdrawn at the moment stay on the list, so that they are back if they are shown again.

    :param seen: revision that the page showed
    :raise Forbidden: only analysts
    :raise WrongState: it is closed, somebody changed it since, or it is another slice's ballot
    :raise InvalidInput: no such ideas, too few or too many
    """
    require(can_manage_shortlists(actor))
    _lock(shortlist, seen)
    run_before_change(shortlist, actor)
    query = sa.select(ShortlistIdea).where(ShortlistIdea.shortlist_id == shortlist.id)
    present = {row.idea_id: row for row in db.session.scalars(query)}
    shown = open_idea_ids(shortlist.campaign_id, present)
    chosen = list(dict.fromkeys(idea_ids))
    _check_ideas(shortlist.campaign_id, chosen, shortlist.size, len(chosen) + len(present.keys() - shown))
    added = [idea_id for idea_id in chosen if idea_id not in present]
    removed = sorted(shown - set(chosen))
    if not added and not removed:
        return
    for idea_id in removed:
        db.session.delete(present[idea_id])
    db.session.flush()
    _add(shortlist, added, max(row.position for row in present.values()))
    shortlist.revision += 1
    shortlist.n_seen_all = 0  # until it is counted again, so that the queue shows what is new
    db.session.flush()
    _record(actor, "shortlists.change", shortlist, {"added": added, "removed": removed})


def take_idea_off(shortlist: Shortlist, actor: Actor, idea_id: int) -> None:
    """Take an idea off a shortlist that is still open, however few stay. The caller asks for permission and commits."""
    db.session.refresh(shortlist, with_for_update={"of": Shortlist})
    row = db.session.get(ShortlistIdea, (shortlist.id, idea_id))
    if row is None or shortlist.state is not ShortlistState.OPEN:
        return
    db.session.delete(row)
    shortlist.revision += 1
    shortlist.n_seen_all = 0
    db.session.flush()
    _record(actor, "shortlists.change", shortlist, {"added": [], "removed": [idea_id]})


def close_shortlist(shortlist: Shortlist, actor: Actor, seen: int | None = None) -> Job:
    """End the vote and ask for its slate, by the job that is returned. The caller commits.

    :param seen: revision that the page showed; None where the forum itself closes it
    :raise Forbidden: only analysts and the system
    :raise WrongState: it is closed already, or somebody changed it since
    """
    require(can_close_shortlist(actor))
    _lock(shortlist, seen)
    shortlist.state, shortlist.closed_at = ShortlistState.CLOSED, clock.now()
    shortlist.revision += 1
    db.session.flush()
    _record(actor, "shortlists.close", shortlist, {})
    return _enqueue(shortlist, actor)


def start_slate(shortlist: Shortlist, actor: Actor) -> Job:
    """Ask again for the slate of a closed shortlist, whose job failed. The caller commits.

    :raise Forbidden: only analysts
    :raise WrongState: it is open, or its slate is published
    """
    require(can_manage_shortlists(actor))
    db.session.refresh(shortlist, with_for_update={"of": Shortlist})
    if shortlist.state is not ShortlistState.CLOSED:
        raise WrongState(_("투표가 끝난 뒤에 대표안을 골라요."))
    if slate_of(shortlist.id) is not None:
        raise WrongState(_("대표안을 이미 공개했어요."))
    job = _enqueue(shortlist, actor)
    record(actor, "shortlists.start_slate", shortlist, after={"job_id": job.id})
    return job


def take_part(shortlist: Shortlist, actor: Actor) -> None:
    """Let the actor, who was told that ballots are published, take part in an open shortlist. The caller commits.

    :raise Forbidden: not a citizen or facilitator who may take part
    :raise WrongState: the shortlist or the voting phase is closed
    """
    require(can_vote(actor), why_not_vote(actor))
    db.session.refresh(shortlist, with_for_update={"read": True, "of": Shortlist})
    if shortlist.state is not ShortlistState.OPEN:
        raise WrongState(_("이 후보 투표는 끝났어요."))
    require_open(shortlist.campaign, PhaseKind.VOTING)
    row = {"shortlist_id": shortlist.id, "participant_id": actor.participant_id, "joined_at": clock.now()}
    db.session.execute(insert_or_ignore(db.session, ShortlistVoter).values(row))


def count_old_votes(shortlist: Shortlist, actor: Actor) -> int:
    """Let the actor take part, and their earlier votes on the shortlist count, as they are. The caller commits.

    :return: how many
    :raise Forbidden: not a citizen or facilitator who may take part
    :raise WrongState: the shortlist or the voting phase is closed
    """
    take_part(shortlist, actor)
    return confirm_votes(old_votes(shortlist, actor), actor)


def note_told(campaign: Campaign, actor: Actor) -> None:
    """Let the actor, whom the queue has told, take part in the campaign's shortlist if it is still open."""
    shortlist = open_shortlist_of(campaign.id)
    if shortlist is not None:
        with suppress(WrongState):
            take_part(shortlist, actor)


def note_told_of(campaign: Campaign, actor: Actor, idea_ids: Sequence[int]) -> None:
    """Do the same for votes that waited on a device, if one of these ideas stands on the open shortlist."""
    shortlist = open_shortlist_of(campaign.id)
    if shortlist is not None and is_on_shortlist(shortlist, idea_ids):
        note_told(campaign, actor)


def forget_voter(participant_id: int) -> None:
    """Delete that somebody who leaves took part. The caller commits."""
    own = sa.delete(ShortlistVoter).where(ShortlistVoter.participant_id == participant_id)
    db.session.execute(own.execution_options(synchronize_session=False))


def publish_slate(
    shortlist_id: int, job_id: int, n_people: int, seen_all_share: float, choice: Choice | None
) -> Slate | None:
    """Publish the slate of a closed shortlist and tell those who take part.

    The caller holds the job's lease, ends the job and commits.

    :param choice: None where too few people voted
    :return: None if another job has published it
    """
    shortlist = db.session.get_one(Shortlist, shortlist_id)
    db.session.refresh(shortlist, with_for_update={"of": Shortlist})
    if slate_of(shortlist_id) is not None:
        return None
    slate = Slate(
        shortlist_id=shortlist_id,
        job_id=job_id,
        n_people=n_people,
        seen_all_share=seen_all_share,
        standing=SlateStanding.TOO_FEW if choice is None else SlateStanding[choice.standing.name],
        holds_share=choice.draws.fair / choice.draws.drawn if choice and choice.draws else None,
        worst_by_approvals=float(choice.worst_by_approvals) if choice else None,
        proof=choice.proof() if choice else None,
    )
    db.session.add(slate)
    db.session.flush()
    notify_of_slate(shortlist, has_slate=choice is not None)
    after = {"number": shortlist.number, "n_people": n_people, "standing": slate.standing.name}
    record(SYSTEM, "shortlists.publish_slate", shortlist, after=after, facts=SLATES.of([shortlist_id]))
    run_after_slate(slate)
    return slate


def store_progress(shortlist_id: int, revision: int, counted: SeenBy) -> None:
    """Store how far the votes are, unless the shortlist was changed since they were counted. The caller commits."""
    is_as_counted = sa.and_(Shortlist.id == shortlist_id, Shortlist.revision == revision)
    values = {"n_voters": counted.voters, "n_seen_all": counted.seen_all}
    db.session.execute(sa.update(Shortlist).where(is_as_counted).values(**values))


def _lock(shortlist: Shortlist, seen: int | None) -> None:
    """:raise WrongState: the shortlist is closed, or is not what the page showed"""
    db.session.refresh(shortlist, with_for_update={"of": Shortlist})
    if shortlist.state is not ShortlistState.OPEN:
        raise WrongState(_("이 후보 투표는 끝났어요."))
    if seen is not None and shortlist.revision != seen:
        raise WrongState(_("이 화면을 연 뒤에 다른 분석가가 먼저 고쳤어요. 지금 제안을 보고 다시 해 주세요."))


def _check_ideas(campaign_id: int, idea_ids: list[int], size: int, n_listed: int) -> None:
    """:raise InvalidInput: too few or too many ideas, or some that are not open in this campaign"""
    if n_listed > MAX_IDEAS:
        most = _("제안은 %(most)s건까지 고를 수 있어요. 지금 %(n)s건이에요.", most=MAX_IDEAS, n=n_listed)
        raise InvalidInput({"idea_ids": most})
    if len(idea_ids) <= size:
        few = _("자리가 %(size)s개이니 제안을 %(n)s건보다 많이 골라 주세요.", size=size, n=size)
        raise InvalidInput({"idea_ids": few})
    found = open_idea_ids(campaign_id, idea_ids)
    wrong = [idea_id for idea_id in idea_ids if idea_id not in found]
    if wrong:
        said = ", ".join(f"#{idea_id}" for idea_id in wrong[:5])
        raise InvalidInput({"numbers": _("이 포럼에 공개된 제안이 아니에요: %(ideas)s", ideas=said)})


def _add(shortlist: Shortlist, idea_ids: list[int], after: int) -> None:
    now = clock.now()
    db.session.add_all(
        ShortlistIdea(shortlist_id=shortlist.id, idea_id=idea_id, position=place, added_at=now)
        for place, idea_id in enumerate(idea_ids, start=after + 1)
    )
    db.session.flush()


def _record(actor: Actor, action: str, shortlist: Shortlist, after: dict[str, object]) -> None:
    about = {"number": shortlist.number, "revision": shortlist.revision}
    record(actor, action, shortlist, after=about | after, facts=SHORTLISTS.of([shortlist.id]))


def _enqueue(shortlist: Shortlist, actor: Actor) -> Job:
    return enqueue_job(SLATE_JOB, dedupe_key=f"shortlist:{shortlist.id}", actor=actor, shortlist_id=shortlist.id)
