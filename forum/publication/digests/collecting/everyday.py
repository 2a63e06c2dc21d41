"""What came of the ideas of an everyday campaign, for its digest: checks, short answers, pilots."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import sqlalchemy as sa

from forum.core.extensions import db
from forum.core.i18n import _
from forum.people.ministries.models import Ministry
from forum.publication.digests.collecting.ideas import People, counted_cells
from forum.publication.digests.content import Cell, Everyday, IdeaLine, OfficeLine
from forum.publication.fixes.pilots import pilot_line
from forum.publication.fixes.queries import FIXED, board_of, everyday_pilots
from forum.response.pilots.models import PilotState
from forum.response.referrals.models import Answer, MinistryAssignment, Referral
from forum.response.referrals.queries import is_current_answer
from forum.response.shortpath.models import ShortAnswer, ShortAnswerKind
from forum.voice.campaigns.models import Campaign
from forum.voice.everyday.models import EverydayDetails
from forum.voice.ideas.models import Idea


def everyday_of(campaign: Campaign, in_run: Sequence[IdeaLine], people: People) -> Everyday | None:
    """Return what came of everyday ideas; None in other campaigns, and before the first check."""
    board = board_of(campaign, 0)
    if board is None or not (board.waiting or board.checked or board.answered):
        return None
    pilots = everyday_pilots(campaign.id)
    lines = tuple(map(pilot_line, pilots))
    running = Counter(one.ministry.name for one in pilots if one.state in {PilotState.RUNNING, PilotState.DECIDED})
    taken = Counter(line.office for line in lines if line.is_spread and not line.is_given_up)
    answers = _answers_by_office(campaign.id)
    offices = sorted({*answers, *running, *taken}, key=lambda name: (-sum(answers.get(name, {}).values()), name))
    return Everyday(
        waiting=board.waiting,
        late=board.late,
        sent=board.sent,
        same=board.same,
        not_here=board.not_here,
        in_time=board.in_time,
        answers=tuple((str(kind.label), n) for kind, n in board.answers.items()),
        fixed=board.fixed,
        offices=tuple(
            _office(name, answers.get(name, Counter()), running.get(name, 0), taken.get(name, 0)) for name in offices
        ),
        kinds=_kinds(campaign.id, in_run, people),
        pilots=lines,
        spread=board.spread,
        places=board.places,
    )


def _office(name: str, answers: Counter[ShortAnswerKind], tried: int, taken: int) -> OfficeLine:
    return OfficeLine(
        name,
        answers=sum(answers.values()),
        fixed=sum(answers[kind] for kind in FIXED),
        pilots_promised=answers[ShortAnswerKind.PILOT],
        declined=answers[ShortAnswerKind.NO],
        pilots_tried=tried,
        taken_over=taken,
    )


def _answers_by_office(campaign_id: int) -> dict[str, Counter[ShortAnswerKind]]:
    """Return the short answers in force by the office that leads the letter. One statement."""
    query = (
        sa.select(Ministry.name, ShortAnswer.kind, sa.func.count())
        .select_from(ShortAnswer)
        .join(Answer, Answer.id == ShortAnswer.answer_id)
        .join(Referral, Referral.id == Answer.referral_id)
        .join(
            MinistryAssignment,
            sa.and_(MinistryAssignment.referral_id == Referral.id, MinistryAssignment.is_lead),
        )
        .join(Ministry, Ministry.id == MinistryAssignment.ministry_id)
        .where(Referral.theme.has(campaign_id=campaign_id), is_current_answer())
        .group_by(Ministry.name, ShortAnswer.kind)
    )
    found: dict[str, Counter[ShortAnswerKind]] = {}
    for name, kind, n in db.session.execute(query):
        found.setdefault(name, Counter())[kind] += n
    return found


def _kinds(campaign_id: int, in_run: Sequence[IdeaLine], people: People) -> tuple[Cell, ...]:
    """Return the run's ideas by kind; kinds with ideas of few people are hidden as sectors are. One statement."""
    query = sa.select(EverydayDetails.idea_id, EverydayDetails.kind).join(Idea, Idea.id == EverydayDetails.idea_id)
    rows = db.session.execute(query.where(Idea.campaign_id == campaign_id))
    kinds = {idea_id: str(kind.label) for idea_id, kind in rows}
    return counted_cells((kinds.get(line.id, _("분야 없음")) for line in in_run), in_run, people)
