from __future__ import annotations

from collections.abc import Collection, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import aliased, contains_eager, selectinload, undefer

from forum.core.errors import NotFound
from forum.core.extensions import db
from forum.core.i18n import _
from forum.deliberation.gatherings.models import PUBLIC_STATES, Gathering
from forum.deliberation.joint.models import JointRoom, JointSession
from forum.deliberation.rooms.models import EntryWay, GatheringEntry
from forum.people.accounts.models import Account, Participant
from forum.people.passes.models import GuestPass
from forum.publication.dayreports.models import DayReport, DayReportFile
from forum.system.jobs.models import Job
from forum.system.jobs.queries import newest_job

DAY_REPORT_JOB = "dayreports.build"


def job_key(session_id: int) -> str:
    return f"session:{session_id}"


def newest_report_job(session_id: int) -> Job | None:
    """Return the newest job for a session's report, ended or not."""
    return newest_job(DAY_REPORT_JOB, job_key(session_id))


def has_report(session_id: int) -> bool:
    return bool(db.session.scalar(sa.select(sa.exists().where(DayReport.session_id == session_id))))


def report_of(session_id: int) -> DayReport | None:
    """Return a session's report with its text and its files, without their content; None if there is none yet."""
    query = sa.select(DayReport).where(DayReport.session_id == session_id)
    return db.session.scalar(query.options(undefer(DayReport.document), selectinload(DayReport.files)))


def get_report_file(session_id: int, file_format: str) -> DayReportFile:
    """Return a file of a report with its content.

    :raise NotFound:
    """
    key = (session_id, file_format)
    file = db.session.get(DayReportFile, key, options=[undefer(DayReportFile.content)])
    if file is None:
        raise NotFound(_("그런 형식의 파일이 없어요."))
    return file


def shown_reports(campaign_id: int, limit: int | None = None) -> Sequence[DayReport]:
    """Return a campaign's reports with their sessions and files, the newest first; without those of hidden rooms."""
    query = (
        sa.select(DayReport)
        .join(DayReport.session)
        .where(JointSession.campaign_id == campaign_id, _has_a_public_room())
        .options(contains_eager(DayReport.session), selectinload(DayReport.files))
        .order_by(DayReport.published_at.desc(), DayReport.session_id.desc())
        .limit(limit)
    )
    return db.session.scalars(query).all()


def report_of_pass(participant_id: int) -> int | None:
    """Return the session whose report tells of the room in which a guest was; None if there is none to read."""
    query = (
        sa.select(DayReport.session_id)
        .join(JointRoom, JointRoom.session_id == DayReport.session_id)
        .join(GatheringEntry, GatheringEntry.gathering_id == JointRoom.gathering_id)
        .where(GatheringEntry.participant_id == participant_id, _was_there(), _has_a_public_room())
        .order_by(DayReport.session_id.desc())
        .limit(1)
    )
    return db.session.scalar(query)


def people_to_tell(session: JointSession, room_ids: Collection[int]) -> dict[int, str]:
    """Return account id -> address of the open accounts that took part in these rooms, or ran them and the session.

    Who has joined the pass of a guest to an account since has one. Who wrote on paper alone has no account.
    """
    in_rooms = sa.and_(GatheringEntry.gathering_id.in_(room_ids), _was_there())
    took_part = sa.select(Participant.account_id).join(GatheringEntry, GatheringEntry.participant_id == Participant.id)
    joined = sa.select(GuestPass.joined_to_id).join(GatheringEntry, GatheringEntry.pass_id == GuestPass.id)
    organisers = sa.select(Gathering.organiser_id).where(Gathering.id.in_(room_ids))
    ids: sa.CompoundSelect[int | None] = sa.union(took_part.where(in_rooms), joined.where(in_rooms), organisers)
    is_told = sa.or_(Account.id.in_(ids), Account.id == session.host_id)
    query = sa.select(Account.id, Account.email).where(is_told, Account.active).order_by(Account.id)
    return dict(list(db.session.execute(query)))


def _was_there() -> sa.ColumnElement[bool]:
    return sa.and_(GatheringEntry.way != EntryWay.PAPER, GatheringEntry.admitted_at.is_not(None))


def _has_a_public_room() -> sa.ColumnElement[bool]:
    """Match reports whose page is there for everybody, as `joint.wall_queries.get_shown_session` says."""
    room, gathering = aliased(JointRoom), aliased(Gathering)
    return (
        sa.select(room.gathering_id)
        .join(gathering, gathering.id == room.gathering_id)
        .where(room.session_id == DayReport.session_id, gathering.state.in_(PUBLIC_STATES), ~gathering.is_hidden)
        .correlate(DayReport)
        .exists()
    )
