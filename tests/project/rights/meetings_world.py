"""Meetings of the council in the small world. The council's actor is its civil chair; nobody else holds a seat."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING

from forum.core import clock
from forum.core.access import Role
from forum.core.extensions import db
from forum.deliberation.council.models import Seat
from forum.deliberation.meetings.models import (
    AgendaFile,
    Choice,
    CouncilMeeting,
    CouncilMinutes,
    CouncilMinutesState,
    MeetingState,
    Motion,
    MotionOutcome,
    MotionState,
    TieRule,
)
from forum.people.accounts.models import CouncilSeat
from forum.publication.councilpapers.models import CouncilPaper, CouncilPaperFile

if TYPE_CHECKING:
    from tests.project.rights.world import World

NOWHERE = 2_000_000_000
LOCAL = "%Y-%m-%dT%H:%M"


def build_meetings(world: World, online: str, draft: str) -> None:
    """Meetings that are planned, under way, closed with a draft of minutes, and published; motions in each state.

    :param online: the word of what members alone see; `draft` of what is not public yet
    """
    make, is_member = world.make, world.account is not None and world.account.role is Role.COUNCIL_MEMBER
    term = make.term()
    chair = make.seat(term, world.account if is_member else None, is_chair=True)
    other = make.seat(term, kind=CouncilSeat.GOVERNMENT, is_chair=True)
    video = f"https://video.example/{online}"
    planned, under_way, voting, closed, published = (
        make.meeting(term, state=state, video_url=video)
        for state in (MeetingState[name] for name in ("PLANNED", "OPEN", "OPEN", "CLOSED", "CLOSED"))
    )
    for meeting in (under_way, voting):
        for seat in (chair, other):
            make.attendance(meeting, seat)
    seat = {"seat": chair.id, "seen": 1}
    world.objects |= {
        "meeting_term:present": {"number": term.number},
        "meeting_term:missing": {"number": NOWHERE},
        **{
            f"meeting:{name}": {"meeting_id": meeting.id} | seat
            for name, meeting in (("open", under_way), ("closed", closed), ("published", published))
        },
        "meeting:voting": {"meeting_id": voting.id, "number": term.number} | seat,
        "meeting:missing": {"meeting_id": NOWHERE, "item_id": NOWHERE, "motion_id": NOWHERE, "file_id": NOWHERE} | seat,
    }
    _papers(world, planned, seat)
    _made_paper(world, planned)
    world.objects["meeting:missing"]["file_format"] = "pdf"
    world.objects["meeting:open"]["file_format"] = "pdf"
    _motions(world, under_way, voting, chair)
    _minutes(world, closed, published, (chair, other), draft)
    soon = clock.now().astimezone(clock.SEOUL) + timedelta(days=3)
    world.words |= {"meets": soon.strftime(LOCAL), "parts": (soon + timedelta(hours=2)).strftime(LOCAL)}


def _papers(world: World, planned: CouncilMeeting, seat: dict[str, int]) -> None:
    item = world.make.agenda_item(planned)
    uploader = world.make.account(Role.ANALYST).id
    file = world.make._add(
        AgendaFile(
            item_id=item.id,
            name="계획.pdf",
            media_type="application/pdf",
            size_bytes=1,
            sha256="a" * 64,
            content=b"x",
            uploaded_by_id=uploader,
        )
    )
    arguments = {"meeting_id": planned.id, "item_id": item.id, "file_id": file.id}
    world.objects["meeting:planned"] = arguments | seat


def _made_paper(world: World, planned: CouncilMeeting) -> None:
    now, kept = clock.now(), b"%PDF-1.7 of the meeting"
    document = {"title": "", "subtitle": "", "is_sample": False, "facts": [], "blocks": []}
    paper = world.make._add(
        CouncilPaper(meeting_id=planned.id, data_cut_at=now, published_at=now, counts={}, document=document)
    )
    file = {"format": "pdf", "sha256": hashlib.sha256(kept).hexdigest(), "size_bytes": len(kept)}
    world.make._add(CouncilPaperFile(paper_id=paper.id, content=kept, **file))
    world.objects["meeting:planned"]["file_format"] = "pdf"


def _motions(world: World, under_way: CouncilMeeting, voting: CouncilMeeting, chair: Seat) -> None:
    make = world.make
    item, other = make.agenda_item(under_way), make.agenda_item(voting)
    lost, tied = make.motion(item), make.motion(item, tie_rule=TieRule.AGAIN)
    for motion, outcome in ((lost, MotionOutcome.FAILED), (tied, MotionOutcome.TIED)):
        make.ballot(motion, chair, Choice.YES)
        motion.state, motion.closed_at, motion.outcome = MotionState.CLOSED, clock.now(), outcome
        motion.n_seats = motion.n_present = motion.n_needed = motion.n_voters = 2
        db.session.flush()
    motions: dict[str, Motion] = {
        "planned": make.motion(item, is_open=False),
        "open": make.motion(other),
        "lost": lost,
        "tied": tied,
    }
    world.objects |= {f"motion:{name}": {"motion_id": motion.id, "seen": 1} for name, motion in motions.items()}


def _minutes(
    world: World, closed: CouncilMeeting, published: CouncilMeeting, chairs: tuple[Seat, Seat], draft: str
) -> None:
    civil, government = chairs
    now = clock.now()
    world.make.agenda_item(closed)
    world.make._add(CouncilMinutes(meeting_id=closed.id, text=draft))
    world.make._add(
        CouncilMinutes(
            meeting_id=published.id,
            text="회의록이에요",
            state=CouncilMinutesState.PUBLISHED,
            civil_chair_id=civil.id,
            civil_signed_at=now,
            government_chair_id=government.id,
            government_signed_at=now,
            published_at=now,
        )
    )
