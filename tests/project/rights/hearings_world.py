"""Hearings in the small world, and signed opinions. The council's actor holds a seat; nobody else there does."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from forum.analysis.themes.models import ThemeState
from forum.core import clock
from forum.core.access import Role
from forum.deliberation.hearings.models import (
    Hearing,
    HearingFile,
    HearingInvitation,
    HearingState,
    HearingWay,
    InvitationState,
)
from forum.deliberation.hearings.queries import consent_token
from forum.deliberation.rounds.models import CouncilRound

if TYPE_CHECKING:
    from tests.project.rights.world import World

NOWHERE = 2_000_000_000
LOCAL = "%Y-%m-%dT%H:%M"


def build_hearings(world: World, online: str, hidden: str) -> None:
    """Hearings that are planned, begun, held and cancelled; invitations, questions, documents and opinions.

    :param online: the word of what members and those who explain alone see; `hidden` of what nobody else sees
    """
    make, is_member = world.make, world.account is not None and world.account.role is Role.COUNCIL_MEMBER
    round_ = make.council_round()
    make.seat(round_.term, world.account if is_member else None)
    begun = clock.now() - timedelta(hours=1)
    over = {"state": HearingState.HELD, "held_at": clock.now(), "starts_at": begun}
    hearings = {
        "planned": _hearing(world, round_, video_url=f"https://video.example/{online}"),
        "begun": _hearing(world, round_, starts_at=begun),
        "held": _hearing(world, round_, **over),
        "cancelled": _hearing(world, round_, state=HearingState.CANCELLED, cancel_reason="태풍이 와요"),
    }
    world.objects |= {f"hearing:{name}": {"hearing_id": one.id, "seen": 1} for name, one in hearings.items()}
    theme = make.theme(round_.campaign, state=ThemeState.APPROVED)
    world.objects |= {
        "hearing:missing": {"hearing_id": NOWHERE, "seen": 1},
        "heard:present": {"task_id": make.task(round_).id, "theme_id": theme.id},
        "heard:missing": {"task_id": NOWHERE, "theme_id": NOWHERE},
    }
    _invitations(world, hearings["planned"], hearings["held"], hidden)
    _questions(world, hearings["planned"], hearings["held"], hidden)
    _opinions(world, round_, hidden)
    soon = clock.now().astimezone(clock.SEOUL) + timedelta(days=3)
    adult = make.citizen(birth_year=1980)
    world.words |= {"hears": soon.strftime(LOCAL), "adult": adult.email}


def _hearing(world: World, round_: CouncilRound, **values: object) -> Hearing:
    return world.make.hearing(world.make.task(round_), **values)


def _invitations(world: World, planned: Hearing, held: Hearing, hidden: str) -> None:
    """The reader's own; a minor's who waits for a guardian, with a document, and one who was answered for."""
    make, now = world.make, clock.now()
    invited = {"own": make.invitation(planned, world.author), "others": make.invitation(planned, world.stranger)}
    said = {"state": InvitationState.ACCEPTED, "way": HearingWay.TEXT, "answered_at": now, "statement": hidden}
    asked = said | {"is_minor": True, "consent_asked_at": now, "guardian_email": "guardian@example.org"}
    waits = make.invitation(planned, make.citizen(), **asked)
    late = make.invitation(held, make.citizen(), **asked)
    world.objects |= {f"invitation:{name}": {"invitation_id": one.id, "seen": 1} for name, one in invited.items()}
    world.objects["invitation:missing"] = {"invitation_id": NOWHERE, "seen": 1}
    world.objects |= {
        f"hearing consent:{name}": {"token": consent_token(one)} for name, one in (("asked", waits), ("late", late))
    }
    sent = {"own": invited["own"], "waits": waits, "shown": None}
    world.objects |= {f"hearing document:{name}": {"file_id": _file(world, planned, of)} for name, of in sent.items()}
    world.objects["hearing document:missing"] = {"file_id": NOWHERE}


def _questions(world: World, planned: Hearing, held: Hearing, hidden: str) -> None:
    make = world.make
    hiding = make.question(planned, world.stranger, text=hidden, is_hidden=True)
    questions = {
        "others": make.question(planned, world.stranger),
        "hidden": hiding,
        "of a held hearing": make.question(held, world.stranger),
    }
    world.objects |= {f"question:{name}": {"question_id": one.id, "seen": 1} for name, one in questions.items()}
    world.objects["question:missing"] = {"question_id": NOWHERE, "seen": 1}


def _opinions(world: World, round_: CouncilRound, hidden: str) -> None:
    make = world.make
    own = make.signed_opinion(world.author, task_id=make.task(round_).id, text="", sent_at=None)
    other = make.signed_opinion(world.stranger, task_id=make.task(round_).id, text=hidden, is_hidden=True)
    world.objects |= {
        "opinion:own": {"opinion_id": own.id, "seen": 1},
        "opinion:others": {"opinion_id": other.id, "seen": 1},
        "opinion:missing": {"opinion_id": NOWHERE, "seen": 1},
    }


def _file(world: World, hearing: Hearing, sender: HearingInvitation | None) -> int:
    file = world.make._add(
        HearingFile(
            hearing_id=hearing.id,
            invitation_id=sender.id if sender else None,
            name="지붕.pdf",
            media_type="application/pdf",
            size_bytes=1,
            sha256="a" * 64,
            content=b"x",
            uploaded_by_id=world.analyst.id,
        )
    )
    return int(file.id)
