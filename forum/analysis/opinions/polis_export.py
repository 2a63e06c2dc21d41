"""Give out a campaign's votes in Polis' format, so that others can compute with them: to admins, on record.

Each file has keys and an order of its own, drawn by the system's random numbers, and nothing about people but their
votes. Whoever knows some votes of a person may still find the rest, where nobody else votes alike: `README.txt` says
for how many that holds, and a file that differs from the last one in a few people is refused.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from tempfile import SpooledTemporaryFile
from typing import IO, TYPE_CHECKING, Any

import sqlalchemy as sa
from flask import current_app

from forum.analysis.opinions.permissions import can_export_votes
from forum.analysis.opinions.polis_files import ExportCounts, ExportSource, write_export
from forum.analysis.opinions.queries import current_snapshot, shown_groups
from forum.analysis.opinions.services import groups_of_people, last_groups
from forum.analysis.opinions.votes import read_votes
from forum.core.access import Actor, require
from forum.core.database import begin_snapshot, reading
from forum.core.disclosure import MIN_PEOPLE_PER_CELL
from forum.core.errors import WrongState
from forum.core.extensions import db
from forum.core.i18n import _
from forum.core.korean import thousands
from forum.system.audit.models import AuditEntry
from forum.system.audit.services import record
from forum.voice.campaigns.models import Campaign
from forum.voice.ideas.models import Idea, IdeaState, IdeaTally
from forum.voice.votes.models import VoteEvent

if TYPE_CHECKING:
    from nlp.opinion.summary import LastGroups

ACTION = "opinions.export"
PAGE_MAX_VOTES = 500_000  # a request writes no more; the command does
IN_MEMORY_BYTES = 1024 * 1024


@dataclass(frozen=True)
class PolisExport:
    """A ZIP at its start, to be closed by whoever hands it out. `number` is that of its entry in the audit."""

    file: IO[bytes]
    number: int
    sha256: str
    counts: ExportCounts


def file_name(campaign: Campaign, made: PolisExport) -> str:
    """Return a name in ASCII without anything about people: the forum's, and the number of the entry in the audit."""
    return f"votes-{campaign.slug}-{made.number}.zip"


def export_votes(campaign: Campaign, actor: Actor, max_votes: int | None = None) -> PolisExport:
    """Write a campaign's votes and record it. The caller commits, and only then hands the file out.

    Transactions in progress are rolled back; no transaction is open while the file is written. The file lies in memory,
    from `IN_MEMORY_BYTES` on in a temporary file without a name.

    :raise Forbidden: only admins and the system
    :raise WrongState: more than `max_votes` votes, fewer than five people voted, or so few have voted, changed or left
        since the last export that the two files together would tell their votes
    """
    source = _read(campaign, actor, max_votes)
    file = SpooledTemporaryFile(max_size=IN_MEMORY_BYTES)  # noqa: SIM115  (handed to the caller)
    try:
        counts = write_export(source, file)
        sha256 = _sha256(file)
        db.session.execute(
            sa.select(Campaign.id).where(Campaign.id == source.campaign_id).with_for_update(key_share=True)
        )
        require(can_export_votes(actor))
        _refuse_what_tells_of_few(source)  # once more: another export may have ended meanwhile
        after = {
            "people": counts.n_people,
            "ideas": counts.n_ideas,
            "votes": counts.n_votes,
            "one_of_a_kind": counts.n_unique,
            "last_event": source.votes.last_event_id,
            "sha256": sha256,
        }
        entry = record(actor, ACTION, campaign, after=after)
    except BaseException:
        file.close()
        raise
    return PolisExport(file, entry.id, sha256, counts)


def _read(campaign: Campaign, actor: Actor, max_votes: int | None) -> ExportSource:
    require(can_export_votes(actor))
    with reading():
        begin_snapshot(db.session)
        try:
            source, last = _source(campaign, max_votes)
        finally:
            db.session.rollback()
    return replace(source, groups=groups_of_people(source.votes, last))


def _source(campaign: Campaign, max_votes: int | None) -> tuple[ExportSource, LastGroups | None]:
    """Return what is read, without the groups of the people, and the groups of the current snapshot."""
    _refuse_too_many(campaign, max_votes)
    votes = read_votes(campaign.id)
    current = current_snapshot(campaign.id)
    last, _badge = last_groups(current, votes.idea_ids.tolist())
    is_open = sa.and_(Idea.campaign_id == campaign.id, Idea.state == IdeaState.OPEN)
    ideas = db.session.execute(sa.select(Idea.title, Idea.author_id).where(is_open).order_by(Idea.id)).all()
    source = ExportSource(
        campaign_id=campaign.id,
        topic=campaign.title,
        url=f"{current_app.config['BASE_URL']}/c/{campaign.slug}",
        is_sample=campaign.is_sample,
        votes=votes,
        titles=[idea.title for idea in ideas],
        groups=(),
        n_authors=len({idea.author_id for idea in ideas} - {None}),
        n_groups=len(shown_groups(current)) if current else 0,
    )
    _refuse_what_tells_of_few(source)
    return source, last


def _refuse_too_many(campaign: Campaign, max_votes: int | None) -> None:
    """:raise WrongState: more votes than a request should write"""
    votes = sa.func.sum(IdeaTally.agree + IdeaTally.disagree + IdeaTally.pass_)
    query = sa.select(votes).join(Idea, Idea.id == IdeaTally.idea_id).where(Idea.campaign_id == campaign.id)
    if max_votes is not None and int(db.session.scalar(query) or 0) > max_votes:
        raise WrongState(
            _(
                "투표가 %(most)s개보다 많아 화면에서는 내보내지 않아요. 서버에서 "
                "flask opinions export 명령을 써 주세요.",
                most=thousands(max_votes),
            )
        )


def _refuse_what_tells_of_few(source: ExportSource) -> None:
    """Refuse a file about fewer than five people, and one that differs from the last in fewer than five.

    Patterns of votes can be followed from file to file: the rows that differ are those of the people who voted, changed
    a vote, left or came back in between. Who knows that only one did would read all their votes.

    :raise WrongState:
    """
    n_people = len(source.votes.participant_ids)
    if n_people < MIN_PEOPLE_PER_CELL:
        raise WrongState(
            _(
                "투표한 사람이 %(least)s명보다 적어 내보내지 않아요. 몇 사람뿐이면 누구의 투표인지 알 수 있어요.",
                least=MIN_PEOPLE_PER_CELL,
            )
        )
    last = _last_export(source.campaign_id)
    if last is None:
        return
    moved = max(_people_between(source, last["last_event"]), abs(n_people - last["people"]))
    if 0 < moved < MIN_PEOPLE_PER_CELL:
        raise WrongState(
            _(
                "지난번에 내보낸 뒤로 투표가 달라진 사람이 %(least)s명보다 적어요. 두 파일을 견주면 그 사람의 투표를 "
                "알 수 있으니, 투표가 더 모인 뒤에 다시 해 주세요.",
                least=MIN_PEOPLE_PER_CELL,
            )
        )


def _last_export(campaign_id: int) -> dict[str, Any] | None:
    """Return the counts of the campaign's last export, as the audit holds them."""
    query = (
        sa.select(AuditEntry.after)
        .where(
            AuditEntry.subject_type == Campaign.__tablename__,
            AuditEntry.subject_id == campaign_id,
            AuditEntry.action == ACTION,
        )
        .order_by(AuditEntry.id.desc())
        .limit(1)
    )
    return db.session.scalar(query)


def _people_between(source: ExportSource, other_event: int) -> int:
    """Return how many people voted, or changed or cleared a vote, between two moments, named by their last event."""
    first, last = sorted((source.votes.last_event_id, other_event))
    query = (
        sa.select(sa.func.count(sa.distinct(VoteEvent.participant_id)))
        .join(Idea, Idea.id == VoteEvent.idea_id)
        .where(Idea.campaign_id == source.campaign_id, VoteEvent.id > first, VoteEvent.id <= last)
    )
    return db.session.scalar(query) or 0


def _sha256(file: IO[bytes]) -> str:
    """Return the hash of an open file, and go back to its start."""
    digest = hashlib.sha256()
    while piece := file.read(IN_MEMORY_BYTES):
        digest.update(piece)
    file.seek(0)
    return digest.hexdigest()
