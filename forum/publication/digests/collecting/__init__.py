"""From the database to the content of a digest: one transaction, a fixed number of statements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from forum.analysis.themes.models import RunState, Theme, ThemeRun
from forum.core import clock
from forum.core.clock import SEOUL
from forum.core.errors import WrongState
from forum.core.extensions import db
from forum.core.i18n import _
from forum.core.links import link_to
from forum.people.ministries.models import Ministry
from forum.publication.digests.collecting.changes import changes_since
from forum.publication.digests.collecting.chapters import (
    Sources,
    approved_themes,
    chapters,
    cluster_lines,
    clusters_of,
    members_of,
)
from forum.publication.digests.collecting.crossings import crossings
from forum.publication.digests.collecting.data_uses import data_uses_of
from forum.publication.digests.collecting.everyday import everyday_of
from forum.publication.digests.collecting.gatherings import gatherings_of, paper_votes, room_marks, sides_of_rooms
from forum.publication.digests.collecting.headline import headline_of, slate_line
from forum.publication.digests.collecting.ideas import (
    Activity,
    People,
    Placed,
    activity,
    counted_cells,
    idea_lines,
    ideas_in,
    is_within,
    n_authors,
    over_time,
    placed_ideas,
)
from forum.publication.digests.collecting.letters import sent_letters
from forum.publication.digests.collecting.opinion import DIVIDING_OF_ALL, Opinions, opinion_line, opinions_on
from forum.publication.digests.collecting.outcomes import outcomes_of
from forum.publication.digests.collecting.promises import pledges_of, sides_of
from forum.publication.digests.content import (
    COUNT_NAMES,
    DigestContent,
    Gatherings,
    IdeaLine,
    OnTimeLine,
    Period,
    ThemeChapter,
    paper_sum,
)
from forum.publication.digests.kinds import KINDS
from forum.publication.digests.periods import period_in_words
from forum.publication.digests.plan import DigestPlan
from forum.publication.representation.queries import representation
from forum.response.deadlines.queries import on_time
from forum.voice.campaigns.models import Campaign


@dataclass
class Collected:
    """The content, and the id of the opinion snapshot it is from."""

    content: DigestContent
    snapshot_id: int | None

    def drop_texts(self) -> None:
        """Let go of the ideas' texts, once the files that list all ideas are written."""
        self.content = self.content.without_texts()

    def drop_ideas(self) -> None:
        """Let go of the ideas, once the files are checked."""
        self.content = self.content.without_ideas()


@dataclass(frozen=True)
class Found:
    """What was read, before it is put together."""

    run: ThemeRun
    lines: Mapping[int, IdeaLine]
    people: People
    placed: Placed
    in_run: Sequence[IdeaLine]
    opinions: Opinions
    gatherings: Gatherings
    activity: Activity
    chapters: tuple[ThemeChapter, ...]
    period: Period


def collect(plan: DigestPlan) -> Collected:
    """Return the content of a digest. Call it inside one transaction that sees one moment: that is the data cut.

    :raise WrongState: its run or its theme is gone
    """
    cut = clock.now().astimezone(SEOUL)
    campaign = db.session.get_one(Campaign, plan.campaign_id)
    ministry = db.session.get_one(Ministry, plan.ministry_id) if plan.ministry_id else None
    run, scope = _run(plan), KINDS[plan.kind].scope(plan)
    themes = approved_themes(campaign.id, scope)
    if plan.theme_id is not None and not themes:
        raise WrongState(_("그 정책 주제는 이제 승인된 주제가 아니에요."))
    ids = ideas_in(campaign.id, scope)
    period = period_in_words(plan.period, plan.first_day, plan.last_day or cut.date(), plan.phase)
    placed, opinions = placed_ideas(run), opinions_on(campaign.id, ids, is_narrowed=not scope.has_all_ideas)
    lines, people = idea_lines(ids, placed.copy_of, opinions.grounds, room_marks(ids), paper_votes(ids))
    letters = sent_letters({theme.id: theme.title for theme in themes}, scope)
    sources = Sources(
        *(lines, people, members_of(themes), clusters_of(themes), letters, opinions, period),
        *(sides_of(themes), pledges_of(themes)),
    )
    in_run = [lines[key] for key in sorted(placed.ids & lines.keys())]
    found = Found(
        run,
        lines,
        people,
        placed,
        in_run,
        opinions,
        gatherings_of(campaign.id, in_run, period, has_all=scope.has_all_ideas),
        activity(ids, run, period),
        chapters(themes, sources),
        period,
    )
    counts, cited = _counts(found), _citable(found)
    slate = slate_line(campaign.id, campaign.slug, cited)
    sectors = counted_cells((line.sector for line in in_run), in_run, people)
    regions = counted_cells((line.region for line in in_run), in_run, people)
    content = DigestContent(
        kind=plan.kind.name,
        campaign=campaign.title,
        campaign_url=link_to("thread.campaign", slug=campaign.slug),
        is_sample=campaign.is_sample,
        ministry=ministry.name if ministry else "",
        theme_id=plan.theme_id,
        period=period,
        run_number=run.id,
        data_cut_at=cut,
        run_read_at=run.data_cut_at.astimezone(SEOUL),
        counts=counts,
        period_counts=_period_counts(found),
        ideas=tuple(in_run),
        themes=found.chapters,
        clusters=cluster_lines(run, placed, {line.id for line in in_run}, has_empty=scope.has_all_ideas),
        unthemed=tuple(left for left in placed.unthemed if left.idea_id in lines),
        sectors=sectors,
        regions=regions,
        crossings=crossings(in_run, people, sectors, regions),
        over_time=over_time(in_run, period),
        opinion=opinion_line(opinions, campaign.slug),
        slate=slate,
        headline=headline_of(slate, list(cited.values())),
        dividing=opinions.dividing(cited, DIVIDING_OF_ALL),
        on_time=_on_time(campaign, ministry, themes[0] if plan.theme_id else None),
        changes=changes_since(plan, counts, themes, letters),
        participants=representation(campaign.id),
        parameters={name: value for name, value in run.parameters.items() if name != "no_body"},
        versions=run.versions,
        method_url=link_to("themes.method"),
        gatherings=found.gatherings,
        sides=sides_of_rooms(ids, cited),
        everyday=everyday_of(campaign, in_run, people) if scope.has_all_ideas else None,
        outcomes=outcomes_of(campaign, counts["answered"]) if scope.has_all_ideas else None,
        data_uses=data_uses_of(campaign, themes, cited, has_all=scope.has_all_ideas),
    )
    return Collected(content, opinions.snapshot.id if opinions.snapshot else None)


def _run(plan: DigestPlan) -> ThemeRun:
    query = (
        sa.select(ThemeRun)
        .where(
            ThemeRun.id == plan.run_id,
            ThemeRun.campaign_id == plan.campaign_id,
            ThemeRun.state == RunState.FINISHED,
        )
        .options(selectinload(ThemeRun.clusters))
    )
    run = db.session.scalar(query)
    if run is None:
        raise WrongState(_("아직 끝난 분석이 없어요. 먼저 분석을 실행해 주세요."))
    return run


def _citable(found: Found) -> dict[int, IdeaLine]:
    """Return the ideas that the digest lists, by id: those that the run counts, and those of the themes."""
    listed = {line.id for line in found.in_run} | {idea.id for theme in found.chapters for idea in theme.ideas}
    return {key: line for key, line in found.lines.items() if key in listed}


def _counts(found: Found) -> dict[str, int]:
    """Return the numbers that the digest states, by the names of `COUNT_NAMES`."""
    in_run, people = found.in_run, found.people
    clustered = {key for ids in found.placed.clusters.values() for key in ids if key in found.lines}
    letters = [letter for theme in found.chapters for letter in theme.referrals]
    counts = {
        "ideas": len(in_run),
        "people": n_authors((line.id for line in in_run), people),
        "imported": sum(people[line.id] is None for line in in_run),
        "votes": sum(line.agree + line.disagree + line.pass_ for line in in_run),
        "voters": found.activity.voters,
        "comments": sum(line.comments for line in in_run),
        "clustered": len(clustered),
        "unthemed": sum(left.idea_id in found.lines for left in found.placed.unthemed),
        "copies": sum(line.copy_of is not None for line in in_run),
        "without_body": sum(not line.body for line in in_run),
        "themes": len(found.chapters),
        "themed": len({idea.id for theme in found.chapters for idea in theme.ideas}),
        "referrals": len(letters),
        "answered": sum(letter.answered_on is not None for letter in letters),
        "late": sum(bool(letter.days_late) for letter in letters),
        "promised": sum(len(letter.milestones) for letter in letters),
        "kept": sum(step.percent_done == 100 for letter in letters for step in letter.milestones),
        "gatherings": found.gatherings.ended_ever,
        "room_ideas": sum(line.room is not None for line in in_run),
        "paper_votes": paper_sum(in_run).votes,
    }
    return {name: counts[name] for name in COUNT_NAMES}


def _period_counts(found: Found) -> dict[str, int]:
    answered = [letter.answered_on for theme in found.chapters for letter in theme.referrals]
    return {
        "ideas": sum(is_within(line.created_on, found.period) for line in found.in_run),
        "votes": found.activity.votes,
        "comments": found.activity.comments,
        "answers": sum(day is not None and is_within(day, found.period) for day in answered),
        "gatherings": found.gatherings.ended,
        "room_ideas": sum(line.room is not None and is_within(line.created_on, found.period) for line in found.in_run),
    }


def _on_time(campaign: Campaign, ministry: Ministry | None, theme: Theme | None) -> tuple[OnTimeLine, ...]:
    rows = on_time(campaign, ministry, theme)
    return tuple(OnTimeLine(row.ministry, row.in_time, row.late, row.overdue, row.running) for row in rows)
