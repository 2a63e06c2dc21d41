"""What other pages show: the link on a meeting, papers in the list of reports, and the line of a running round."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from forum.core.extensions import db
from forum.core.i18n import _
from forum.core.korean import day, thousands
from forum.core.links import path_for
from forum.deliberation.meetings.models import CouncilMeeting
from forum.deliberation.rounds.models import CouncilRound, RoundState
from forum.deliberation.rounds.pages import now_sentence
from forum.publication.councilpapers.models import CouncilPaper
from forum.publication.councilpapers.queries import shown_papers
from forum.publication.digests.beside import ListedFile, ListedReport
from forum.voice.campaigns.models import Campaign


@dataclass(frozen=True)
class RoundNow:
    """A running round in a line. :param said: where it stands, in a sentence"""

    title: str
    path: str
    said: str


def has_paper(meeting: CouncilMeeting) -> bool:
    return bool(db.session.scalar(sa.select(sa.exists().where(CouncilPaper.meeting_id == meeting.id))))


def rounds_now(campaign: Campaign | None) -> Sequence[RoundNow]:
    """Return the rounds of a campaign in which the council is choosing now, the newest first."""
    if campaign is None:
        return ()
    query = sa.select(CouncilRound).where(
        CouncilRound.campaign_id == campaign.id, CouncilRound.state == RoundState.RUNNING
    )
    rounds = db.session.scalars(query.order_by(CouncilRound.id.desc())).all()
    return [RoundNow(one.title, path_for("rounds.show", round_id=one.id), now_sentence(one)) for one in rounds]


def listed_papers(campaign: Campaign, limit: int | None) -> list[ListedReport]:
    """Return the newest papers of each meeting about a campaign's rounds, as the list and the feed show them."""
    return [_listed(paper) for paper in shown_papers(campaign.id, limit)]


def _listed(paper: CouncilPaper) -> ListedReport:
    meeting, counts = paper.meeting, paper.counts
    about = _(
        "안건 %(items)s건 · 과제 %(tasks)s개 · %(day)s 회의",
        items=thousands(counts.get("items", 0)),
        tasks=thousands(counts.get("tasks", 0)),
        day=day(meeting.starts_at),
    )
    files = [
        ListedFile(
            file.format,
            file.size_bytes,
            path_for("councilpapers.download", meeting_id=meeting.id, file_format=file.format),
        )
        for file in paper.files
    ]
    path = path_for("councilpapers.show", meeting_id=meeting.id)
    return ListedReport(_("회의 자료: %(title)s", title=meeting.title), path, about, paper.published_at, files)
