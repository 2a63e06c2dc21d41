from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload, undefer

from forum.analysis.curation.queries import continued_themes
from forum.analysis.themes.models import Cluster, ClusterMember, MemberSource, Theme, ThemeRun, ThemeState, UnthemedIdea
from forum.analysis.themes.queries import adopted_themes, current_run
from forum.core import clock
from forum.core.clock import SEOUL
from forum.core.errors import NotFound, WrongState
from forum.core.extensions import db
from forum.core.i18n import _
from forum.core.links import link_to
from forum.publication.digests.content import (
    COUNT_NAMES,
    ClusterLine,
    DigestContent,
    IdeaLine,
    MilestoneLine,
    ReferralLine,
    ThemeChapter,
    Unthemed,
    hide_small,
)
from forum.publication.digests.models import Digest, DigestFile, DigestState
from forum.publication.representation.queries import representation
from forum.response.referrals.models import Answer, MinistryAssignment, Referral
from forum.system.jobs.models import OPEN_STATES, Job
from forum.voice.campaigns.models import Campaign
from forum.voice.ideas.models import Idea, IdeaState
from forum.voice.votes.models import Vote

DIGEST_JOB = "digests.build"


def get_digest(digest_id: int) -> Digest:
    """Return a published digest with its files, without their content.

    :raise NotFound:
    """
    query = (
        sa.select(Digest)
        .where(Digest.id == digest_id, Digest.state == DigestState.PUBLISHED)
        .options(joinedload(Digest.campaign), joinedload(Digest.run), selectinload(Digest.files))
    )
    digest = db.session.scalar(query)
    if digest is None:
        raise NotFound(_("그런 보고서가 없어요."))
    return digest


def get_file(digest: Digest, file_format: str) -> DigestFile:
    """Return a file of a digest with its content.

    :raise NotFound:
    """
    query = (
        sa.select(DigestFile)
        .where(DigestFile.digest_id == digest.id, DigestFile.format == file_format)
        .options(undefer(DigestFile.content))
    )
    file = db.session.scalar(query)
    if file is None:
        raise NotFound(_("그런 형식의 파일이 없어요."))
    return file


def digests_of(campaign: Campaign) -> Sequence[Digest]:
    """Return a campaign's published digests, the newest first."""
    query = (
        sa.select(Digest)
        .where(Digest.campaign_id == campaign.id, Digest.state == DigestState.PUBLISHED)
        .options(selectinload(Digest.files), joinedload(Digest.run))
        .order_by(Digest.id.desc())
    )
    return db.session.scalars(query).all()


def shown_job(campaign: Campaign, job_id: int | None) -> Job | None:
    """Return the job whose state the campaign's list shows: the one asked for, else the newest that has not ended."""
    own = sa.select(Job).where(Job.kind == DIGEST_JOB, Job.dedupe_key.startswith(f"campaign:{campaign.id}:"))
    wanted = own.where(Job.id == job_id) if job_id else own.where(Job.state.in_(OPEN_STATES))
    return db.session.scalar(wanted.order_by(Job.id.desc()).limit(1))


def collect(campaign_id: int) -> tuple[int, DigestContent]:
    """Return the current run's id and the content of a digest. Call it inside one transaction: that is the data cut.

    :raise WrongState: the campaign has no finished run
    """
    run = current_run(campaign_id)
    if run is None:
        raise WrongState(_("아직 끝난 분석이 없어요. 먼저 분석을 실행해 주세요."))
    campaign = db.session.get_one(Campaign, campaign_id)
    lines, people = _idea_lines(campaign_id)
    themes = _chapters(campaign_id, lines, people)
    clusters, n_copies = _clusters(run, lines)
    unthemed = _unthemed(run, lines)
    clustered = {key for cluster in clusters for key in cluster.idea_ids}
    in_run = [lines[key] for key in sorted(clustered | {left.idea_id for left in unthemed})]
    found = {"clustered": len(clustered), "unthemed": len(unthemed), "copies": n_copies}
    counts = _counts(run, in_run, people, themes) | found
    content = DigestContent(
        campaign=campaign.title,
        is_sample=campaign.is_sample,
        run_number=run.id,
        data_cut_at=clock.now().astimezone(SEOUL),
        run_read_at=run.data_cut_at.astimezone(SEOUL),
        counts={name: counts[name] for name in COUNT_NAMES},
        ideas=tuple(in_run),
        themes=themes,
        clusters=clusters,
        unthemed=unthemed,
        sectors=hide_small(_cells((line.sector for line in in_run), in_run, people)),
        regions=hide_small(_cells((line.region for line in in_run), in_run, people)),
        participants=representation(campaign_id),
        parameters={name: value for name, value in run.parameters.items() if name != "no_body"},
        versions=run.versions,
    )
    return run.id, content


People = dict[int, int | None]
"""Idea id -> participant id of its author; None for an imported idea."""


def _idea_lines(campaign_id: int) -> tuple[dict[int, IdeaLine], People]:
    """Return the open ideas by id, and the authors' ids apart, since they are not printed."""
    query = (
        sa.select(Idea)
        .where(Idea.campaign_id == campaign_id, Idea.state == IdeaState.OPEN)
        .options(joinedload(Idea.tally))
        .order_by(Idea.id)
    )
    ideas = db.session.scalars(query).all()
    return {idea.id: _line(idea) for idea in ideas}, {idea.id: idea.author_id for idea in ideas}


def _line(idea: Idea) -> IdeaLine:
    return IdeaLine(
        id=idea.id,
        title=idea.title,
        body=idea.body,
        sector=idea.sector.label if idea.sector else "부문 없음",
        region=idea.region.short_name if idea.region else "지역 없음",
        created_on=idea.created_at.astimezone(SEOUL).date(),
        agree=idea.tally.agree,
        disagree=idea.tally.disagree,
        pass_=idea.tally.pass_,
        comments=idea.tally.comments,
        imported_agree_count=idea.imported_agree_count,
        url=link_to("thread.idea", idea_id=idea.id),
    )


def _chapters(campaign_id: int, lines: dict[int, IdeaLine], people: People) -> tuple[ThemeChapter, ...]:
    """Return the approved themes, those with the most ideas first."""
    query = (
        sa.select(Theme)
        .where(Theme.campaign_id == campaign_id, Theme.state == ThemeState.APPROVED)
        .options(selectinload(Theme.members))
        .order_by(Theme.id)
    )
    themes = db.session.scalars(query).all()
    referrals = _referrals([theme.id for theme in themes])
    machine = _machine_words(themes)
    chapters = [_chapter(theme, lines, people, referrals[theme.id], machine) for theme in themes]
    return tuple(sorted(chapters, key=lambda chapter: (-len(chapter.ideas), chapter.id)))


MachineWords = dict[int, tuple[tuple[str, ...], dict[int, ClusterMember]]]
"""Cluster id -> keywords, and members by idea id."""


def _chapter(
    theme: Theme, lines: dict[int, IdeaLine], people: People, referrals: list[ReferralLine], machine: MachineWords
) -> ThemeChapter:
    members = [member for member in theme.members if member.idea_id in lines]
    ideas = [lines[member.idea_id] for member in members]
    keywords, found = machine.get(theme.cluster_id or 0, ((), {}))
    ids = {member.idea_id for member in members}
    return ThemeChapter(
        id=theme.id,
        title=theme.title,
        summary=theme.summary,
        run_number=theme.run_id,
        approved_on=theme.decided_at.astimezone(SEOUL).date() if theme.decided_at else None,
        ideas=tuple(sorted(ideas, key=lambda idea: (-idea.agree, idea.id))),
        by_hand=tuple(sorted(m.idea_id for m in members if m.source is MemberSource.HUMAN)),
        representatives=tuple(sorted(key for key, m in found.items() if m.is_representative and key in ids)),
        keywords=keywords,
        people=_n_people(ids, people),
        copies=sum(m.copy_of_id is not None for key, m in found.items() if key in ids),
        referrals=tuple(referrals),
        url=link_to("themes.show", theme_id=theme.id),
    )


def _n_people(idea_ids: Iterable[int], people: People) -> int:
    """Count distinct authors. An imported idea counts as one person, since its author is unknown."""
    return len({people[key] or f"imported {key}" for key in idea_ids})


def _machine_words(themes: Sequence[Theme]) -> MachineWords:
    ids = [theme.cluster_id for theme in themes if theme.cluster_id]
    clusters = db.session.scalars(sa.select(Cluster).where(Cluster.id.in_(ids))).all()
    members: dict[int, dict[int, ClusterMember]] = defaultdict(dict)
    for member in db.session.scalars(sa.select(ClusterMember).where(ClusterMember.cluster_id.in_(ids))):
        members[member.cluster_id][member.idea_id] = member
    return {c.id: (tuple(keyword["word"] for keyword in c.keywords[:10]), members[c.id]) for c in clusters}


def _referrals(theme_ids: list[int]) -> dict[int, list[ReferralLine]]:
    query = (
        sa.select(Referral)
        .where(Referral.theme_id.in_(theme_ids))
        .options(
            selectinload(Referral.assignments).joinedload(MinistryAssignment.ministry),
            selectinload(Referral.assignments).selectinload(MinistryAssignment.clocks),
            selectinload(Referral.answers).selectinload(Answer.milestones),
        )
        .order_by(Referral.id)
    )
    found: dict[int, list[ReferralLine]] = defaultdict(list)
    for referral in db.session.scalars(query):
        found[referral.theme_id].append(_referral_line(referral))
    return found


def _referral_line(referral: Referral) -> ReferralLine:
    answer = referral.published_answer
    return ReferralLine(
        number=referral.code,
        ministry=referral.lead.ministry.name,
        sent_on=referral.sent_on,
        due_on=referral.due_on,
        state=referral.lead.state.label,
        days_late=0 if answer else referral.lead.clock.days_late,
        decision=answer.decision.label if answer else "",
        reason=answer.reason if answer else "",
        answered_on=answer.published_at.astimezone(SEOUL).date() if answer and answer.published_at else None,
        milestones=tuple(MilestoneLine(m.title, m.due_on, m.percent_done) for m in answer.milestones) if answer else (),
        url=link_to("referrals.show", referral_id=referral.id),
    )


def _clusters(run: ThemeRun, lines: dict[int, IdeaLine]) -> tuple[tuple[ClusterLine, ...], int]:
    """Return the run's clusters with their ideas, and the number of near-duplicates among these."""
    query = (
        sa.select(ClusterMember.cluster_id, ClusterMember.idea_id, ClusterMember.copy_of_id)
        .where(ClusterMember.run_id == run.id, ClusterMember.is_main)
        .order_by(ClusterMember.cluster_id, ClusterMember.rank)
    )
    ids: dict[int, list[int]] = defaultdict(list)
    n_copies = 0
    for cluster_id, idea_id, copy_of_id in db.session.execute(query):
        if idea_id in lines:
            ids[cluster_id].append(idea_id)
            n_copies += copy_of_id is not None
    themes = continued_themes(run.id, [cluster.id for cluster in run.clusters]) | adopted_themes(run)
    clusters = tuple(
        ClusterLine(
            number=cluster.number,
            title=cluster.title,
            status=themes[cluster.id].state.label if cluster.id in themes else "분석가 검토 전",
            keywords=tuple(keyword["word"] for keyword in cluster.keywords[:6]),
            idea_ids=tuple(ids[cluster.id]),
        )
        for cluster in run.clusters
    )
    return clusters, n_copies


def _unthemed(run: ThemeRun, lines: dict[int, IdeaLine]) -> tuple[Unthemed, ...]:
    query = (
        sa.select(UnthemedIdea.idea_id, UnthemedIdea.reason)
        .where(UnthemedIdea.run_id == run.id)
        .order_by(UnthemedIdea.reason, UnthemedIdea.idea_id)
    )
    return tuple(Unthemed(key, reason.label) for key, reason in db.session.execute(query) if key in lines)


def _counts(run: ThemeRun, in_run: list[IdeaLine], people: People, themes: tuple[ThemeChapter, ...]) -> dict[str, int]:
    ids = [line.id for line in in_run]
    voters = (
        sa.select(sa.func.count(Vote.participant_id.distinct()))
        .join(Idea, Idea.id == Vote.idea_id)
        .where(Idea.campaign_id == run.campaign_id, Idea.state == IdeaState.OPEN, Idea.id.in_(_run_ids(run)))
        .where(Vote.excluded_by_id.is_(None))
    )
    letters = [referral for theme in themes for referral in theme.referrals]
    return {
        "ideas": len(in_run),
        "people": len({people[key] for key in ids if people[key] is not None}),
        "imported": sum(people[key] is None for key in ids),
        "votes": sum(line.agree + line.disagree + line.pass_ for line in in_run),
        "voters": db.session.scalar(voters) or 0,
        "comments": sum(line.comments for line in in_run),
        "without_body": sum(not line.body for line in in_run),
        "themes": len(themes),
        "themed": len({idea.id for theme in themes for idea in theme.ideas}),
        "referrals": len(letters),
        "answered": sum(letter.answered_on is not None for letter in letters),
        "late": sum(bool(letter.days_late) for letter in letters),
        "promised": sum(len(letter.milestones) for letter in letters),
        "kept": sum(step.percent_done == 100 for letter in letters for step in letter.milestones),
    }


def _run_ids(run: ThemeRun) -> sa.CompoundSelect[int]:
    """Return a subquery of the run's idea ids; a list of 100,000 parameters would be too long for a statement."""
    clustered = sa.select(ClusterMember.idea_id).where(ClusterMember.run_id == run.id)
    return clustered.union(sa.select(UnthemedIdea.idea_id).where(UnthemedIdea.run_id == run.id))


def _cells(names: Iterable[str], in_run: list[IdeaLine], people: People) -> dict[str, tuple[int, int]]:
    """Return {name: (ideas, people)}, those with the most ideas first."""
    named = list(names)
    ideas = Counter(named)
    groups: dict[str, set[int]] = defaultdict(set)
    for name, line in zip(named, in_run, strict=True):
        groups[name].add(line.id)
    order = sorted(ideas, key=lambda name: (-ideas[name], name))
    return {name: (ideas[name], _n_people(groups[name], people)) for name in order}
