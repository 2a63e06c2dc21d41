"""Reads of what came of everyday ideas. Each sends a fixed number of statements; none for other campaigns.

Nothing here is stored: every number is counted from the rows of checks, answers and pilots when it is asked for.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from forum.analysis.themes.models import Theme
from forum.core import clock
from forum.core.extensions import db
from forum.core.links import path_for
from forum.core.reference import regions
from forum.people.ministries.models import Ministry
from forum.response.pilots.models import Pilot, PilotDecision, PilotOrigin, PilotState
from forum.response.pilots.queries import pilots_of
from forum.response.referrals.models import Answer, MinistryAssignment, Referral
from forum.response.referrals.queries import is_current_answer
from forum.response.shortpath.answers import ShownShortAnswer, shown_short_answers
from forum.response.shortpath.models import AnswerPhoto, CheckOutcome, EverydayCheck, ShortAnswer, ShortAnswerKind
from forum.response.shortpath.queries import check_of
from forum.voice.campaigns.models import Campaign, CampaignKind
from forum.voice.everyday.models import EverydayDetails
from forum.voice.ideas.models import SHOWN_STATES, Idea, IdeaState
from forum.voice.photos.models import IdeaPhoto
from forum.voice.photos.queries import first_photos

FIXED = (ShortAnswerKind.ALREADY_FIXED, ShortAnswerKind.FIXED_NOW)
MAX_MERGED_SHOWN = 5
PAIRS_SHOWN = 4


@dataclass(frozen=True)
class MergedIdea:
    """An idea that a check merged into another."""

    id: int
    title: str
    check: EverydayCheck


@dataclass(frozen=True)
class ShortWay:
    """What is special about the way of one everyday idea. Letters and answers are those of its theme.

    same_as : the idea into which its check merged it; its letters, answers and pilots are told as its own
    merged_here : ideas that were merged into it, the first ones; `n_merged` counts all
    shorts : published short answers by the answer's id
    pilots : of the letters, and what other offices took over from them; oldest first
    """

    check: EverydayCheck
    same_as: Idea | None = None
    merged_here: Sequence[MergedIdea] = ()
    n_merged: int = 0
    shorts: Mapping[int, ShownShortAnswer] = field(default_factory=dict)
    pilots: Sequence[Pilot] = ()


@dataclass(frozen=True)
class Part:
    """One part of a whole, as `components/share_bars.html` draws it."""

    label: str
    value: int
    url: str | None = None


@dataclass(frozen=True)
class FixedPair:
    """Something that was fixed, as its office says: the idea's photo, if there is one, and the office's."""

    idea_id: int
    title: str
    office: str
    kind: ShortAnswerKind
    referral_id: int
    before: IdeaPhoto | None
    after: AnswerPhoto


@dataclass(frozen=True)
class Board:
    """What an everyday campaign came to, counted when it is asked for.

    waiting : checks under way, `late` among them; ideas that are hidden or withdrawn are left out
    sent, same, not_here : checks that ended so; `in_time` of these three by their due date
    answers : answers in force by kind
    planned, running, decided, cancelled : pilots that offices promised or tried again; none that was taken over
    decisions : of the decided ones
    spread : pilots that other offices took over and did not give up; `places` those offices
    """

    waiting: int
    late: int
    sent: int
    same: int
    not_here: int
    in_time: int
    answers: Mapping[ShortAnswerKind, int]
    planned: int
    running: int
    decided: int
    cancelled: int
    decisions: Mapping[PilotDecision, int]
    spread: int
    places: int
    kinds: Sequence[Part]
    regions: Sequence[Part]
    pairs: Sequence[FixedPair]

    @property
    def checked(self) -> int:
        return self.sent + self.same + self.not_here

    @property
    def fixed(self) -> int:
        return sum(self.answers.get(kind, 0) for kind in FIXED)

    @property
    def answered(self) -> int:
        return sum(self.answers.values())

    @property
    def tried(self) -> int:
        """Pilots that were started: they run, or it is decided what follows."""
        return self.running + self.decided


def short_way_of(idea: Idea, letters: Collection[Referral] = (), check: EverydayCheck | None = None) -> ShortWay | None:
    """Return what is special about the way of an everyday idea; None where it was never checked.

    :param letters: of its themes, or of the idea that it was merged into; with their answers
    :param check: of the idea, where the caller has it already
    """
    check = check or check_of(idea)
    if check is None:
        return None
    merged, n_merged = _merged_into(idea.id)
    answers = [answer.id for letter in letters for answer in letter.answers if answer.published_at is not None]
    return ShortWay(
        check,
        same_as(idea, check),
        merged,
        n_merged,
        shown_short_answers(answers),
        pilots_of([letter.id for letter in letters]) if letters else (),
    )


def same_as(idea: Idea, check: EverydayCheck) -> Idea | None:
    """Return the idea that the check of this one merged it into, if people may see that."""
    target = idea.merged_into if check.outcome is CheckOutcome.SAME else None
    return target if target is not None and target.state in SHOWN_STATES else None


def checks_of(idea_ids: Collection[int]) -> dict[int, EverydayCheck]:
    """Return the checks of these ideas by idea id. One statement."""
    query = sa.select(EverydayCheck).where(EverydayCheck.idea_id.in_(idea_ids))
    return {check.idea_id: check for check in db.session.scalars(query)} if idea_ids else {}


def board_of(campaign: Campaign, n_pairs: int = PAIRS_SHOWN) -> Board | None:
    """Return what an everyday campaign came to; None for others. Nine statements at most."""
    if campaign.kind is not CampaignKind.EVERYDAY:
        return None
    waiting, late, sent, same, not_here, in_time = _check_sums(campaign.id)
    pilots, places = _pilot_sums(campaign.id)
    first = {key: n for key, n in pilots.items() if key[0] is not PilotOrigin.SPREAD}

    def of_state(state: PilotState) -> int:
        return sum(n for (_origin, its_state, _decision), n in first.items() if its_state is state)

    decisions: dict[PilotDecision, int] = {}
    for (_origin, _state, decision), n in first.items():
        if decision is not None:
            decisions[decision] = decisions.get(decision, 0) + n
    return Board(
        waiting=waiting,
        late=late,
        sent=sent,
        same=same,
        not_here=not_here,
        in_time=in_time,
        answers=_answers_by_kind(campaign.id),
        planned=of_state(PilotState.PLANNED),
        running=of_state(PilotState.RUNNING),
        decided=of_state(PilotState.DECIDED),
        cancelled=of_state(PilotState.CANCELLED),
        decisions=decisions,
        spread=sum(
            n
            for (origin, state, _decision), n in pilots.items()
            if origin is PilotOrigin.SPREAD and state is not PilotState.CANCELLED
        ),
        places=places,
        kinds=_kinds(campaign),
        regions=_regions(campaign),
        pairs=fixed_pairs(campaign, n_pairs),
    )


def fixed_pairs(campaign: Campaign, size: int) -> list[FixedPair]:
    """Return what offices fixed and show in a photo, the newest answers first. Four statements."""
    query = (
        sa.select(Idea, Answer, ShortAnswer.kind, Ministry.name)
        .join(EverydayCheck, EverydayCheck.idea_id == Idea.id)
        .join(Answer, Answer.referral_id == EverydayCheck.referral_id)
        .join(ShortAnswer, ShortAnswer.answer_id == Answer.id)
        .join(
            MinistryAssignment,
            sa.and_(MinistryAssignment.referral_id == Answer.referral_id, MinistryAssignment.is_lead),
        )
        .join(Ministry, Ministry.id == MinistryAssignment.ministry_id)
        .where(Idea.campaign_id == campaign.id, Idea.state == IdeaState.OPEN)
        .where(is_current_answer(), ShortAnswer.kind.in_(FIXED))
        .where(sa.exists().where(AnswerPhoto.answer_id == Answer.id))
        .order_by(Answer.published_at.desc(), Answer.id.desc(), Idea.id)
        .limit(size)
    )
    rows = db.session.execute(query).all()
    before = first_photos(campaign, [idea.id for idea, _answer, _kind, _office in rows])
    after = shown_short_answers([answer.id for _idea, answer, _kind, _office in rows])
    return [
        FixedPair(
            idea.id,
            idea.title,
            office,
            kind,
            answer.referral_id,
            before.get(idea.id),
            after[answer.id].photos[0],
        )
        for idea, answer, kind, office in rows
    ]


def everyday_pilots(campaign_id: int) -> Sequence[Pilot]:
    """Return all pilots of a campaign with their readings and offices, oldest first. Three statements."""
    query = (
        sa.select(Pilot)
        .join(Referral, Referral.id == Pilot.referral_id)
        .join(Theme, Theme.id == Referral.theme_id)
        .where(Theme.campaign_id == campaign_id)
        .options(joinedload(Pilot.ministry), joinedload(Pilot.referral), selectinload(Pilot.readings))
        .order_by(Pilot.id)
    )
    return db.session.scalars(query).all()


def _merged_into(idea_id: int) -> tuple[list[MergedIdea], int]:
    query = (
        sa.select(EverydayCheck, Idea.title, sa.func.count().over())
        .join(Idea, Idea.id == EverydayCheck.idea_id)
        .where(Idea.merged_into_id == idea_id, Idea.state == IdeaState.MERGED)
        .where(EverydayCheck.outcome == CheckOutcome.SAME)
        .order_by(EverydayCheck.decided_at, EverydayCheck.idea_id)
        .limit(MAX_MERGED_SHOWN)
    )
    rows = db.session.execute(query).all()
    return [MergedIdea(check.idea_id, title, check) for check, title, _n in rows], rows[0][2] if rows else 0


def _check_sums(campaign_id: int) -> tuple[int, ...]:
    ends = {one: EverydayCheck.outcome == one for one in (CheckOutcome.SENT, CheckOutcome.SAME, CheckOutcome.NOT_HERE)}
    waits = sa.and_(EverydayCheck.outcome.is_(None), Idea.state == IdeaState.OPEN)
    conditions: list[sa.ColumnElement[bool]] = [
        waits,
        sa.and_(waits, EverydayCheck.due_on < clock.today()),
        *ends.values(),
        sa.and_(sa.or_(*ends.values()), EverydayCheck.decided_on <= EverydayCheck.due_on),
    ]
    sums = (sa.func.coalesce(sa.func.sum(sa.case((one, 1), else_=0)), 0) for one in conditions)
    query = sa.select(*sums).select_from(EverydayCheck).join(Idea, Idea.id == EverydayCheck.idea_id)
    return tuple(map(int, db.session.execute(query.where(Idea.campaign_id == campaign_id)).one()))


def _answers_by_kind(campaign_id: int) -> dict[ShortAnswerKind, int]:
    query = (
        sa.select(ShortAnswer.kind, sa.func.count().label("n"))
        .join(Answer, Answer.id == ShortAnswer.answer_id)
        .join(Referral, Referral.id == Answer.referral_id)
        .join(Theme, Theme.id == Referral.theme_id)
        .where(Theme.campaign_id == campaign_id, is_current_answer())
        .group_by(ShortAnswer.kind)
    )
    found = {row.kind: row.n for row in db.session.execute(query)}
    return {kind: found[kind] for kind in ShortAnswerKind if kind in found}


def _pilot_sums(campaign_id: int) -> tuple[dict[tuple[PilotOrigin, PilotState, PilotDecision | None], int], int]:
    """Return pilots by origin, state and decision, and how many offices have taken one over."""
    of_campaign = (
        sa.select(Pilot.origin, Pilot.state, Pilot.decision, Pilot.ministry_id)
        .join(Referral, Referral.id == Pilot.referral_id)
        .join(Theme, Theme.id == Referral.theme_id)
        .where(Theme.campaign_id == campaign_id)
    )
    sums: dict[tuple[PilotOrigin, PilotState, PilotDecision | None], int] = {}
    places = set()
    for origin, state, decision, ministry_id in db.session.execute(of_campaign):
        sums[origin, state, decision] = sums.get((origin, state, decision), 0) + 1
        if origin is PilotOrigin.SPREAD and state is not PilotState.CANCELLED:
            places.add(ministry_id)
    return sums, len(places)


def _kinds(campaign: Campaign) -> list[Part]:
    query = (
        sa.select(EverydayDetails.kind, sa.func.count())
        .join(Idea, Idea.id == EverydayDetails.idea_id)
        .where(Idea.campaign_id == campaign.id, Idea.state == IdeaState.OPEN)
        .group_by(EverydayDetails.kind)
    )
    counts = sorted(db.session.execute(query), key=lambda row: (-row[1], row[0].name))
    slug = campaign.slug
    return [Part(kind.label, n, path_for("ideas.listing", slug=slug, kind=kind.name)) for kind, n in counts]


def _regions(campaign: Campaign) -> list[Part]:
    """Return the places that ideas are about, those with the most ideas; it is not where their authors live."""
    query = (
        sa.select(Idea.region_code, sa.func.count())
        .join(EverydayDetails, EverydayDetails.idea_id == Idea.id)
        .where(Idea.campaign_id == campaign.id, Idea.state == IdeaState.OPEN, Idea.region_code.is_not(None))
        .group_by(Idea.region_code)
    )
    counts = sorted(db.session.execute(query), key=lambda row: (-row[1], row[0]))
    names, slug = regions(), campaign.slug
    return [
        Part(names[code].short_name, n, path_for("ideas.listing", slug=slug, region=code))
        for code, n in counts
        if code in names
    ]
