"""What stands in the tables of a forum's open data: open ideas, approved themes, letters with their published answers.

Nothing names a person. Hidden, withdrawn and merged ideas are left out, drafts of themes and answers too.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from forum.analysis.opinions.models import OpinionScore, OpinionSnapshot
from forum.analysis.themes.models import Theme, ThemeIdea, ThemeState
from forum.core.clock import SEOUL
from forum.core.extensions import db
from forum.core.i18n import _
from forum.core.links import link_to
from forum.core.reference import regions
from forum.deliberation.rooms.queries import RoomOfIdea, rooms_of
from forum.deliberation.sheets.queries import PaperTotals, paper_totals
from forum.publication.digests.collecting.letters import interim_answers
from forum.publication.digests.collecting.promises import pledge_line
from forum.publication.digests.columns import sides_cells
from forum.publication.digests.content import support_of
from forum.publication.fixes.pilots import pilot_line
from forum.publication.fixes.queries import everyday_pilots
from forum.publication.opendata.council import council_counts
from forum.publication.opendata.known import need_count, use_count
from forum.publication.outcomes.queries import outcome_shares
from forum.response.delivery.queries import two_sides_of_milestones
from forum.response.pilots.models import Pilot
from forum.response.pledges.models import Pledge, PledgeBy, PledgeState
from forum.response.pledges.queries import figures_of_themes
from forum.response.referrals.models import Answer, EventType, Milestone, Referral, ReferralEvent
from forum.response.referrals.queries import REFERRAL_LOADERS, is_current_answer
from forum.response.shortpath.models import EverydayCheck
from forum.voice.campaigns.models import Campaign, CampaignKind
from forum.voice.everyday.models import EverydayDetails
from forum.voice.everyday.queries import details_in
from forum.voice.ideas.models import SHOWN_STATES, Idea, IdeaState, IdeaTally

Row = tuple[Any, ...]
IDEAS_AT_ONCE = 1_000
BETWEEN = " / "
N_OUTCOME_ROWS = 3
"""All arguments, those that became a commitment, and those that were kept."""


def idea_rows(campaign: Campaign) -> Iterator[Row]:
    """Yield the open ideas by number, as many at once as memory should hold."""
    themes = _themes_by_idea(campaign)
    last = 0
    while found := db.session.execute(_ideas_after(campaign, last)).all():
        ids = [row.id for row in found]
        rooms, paper, places = rooms_of(ids), paper_totals(ids), details_in(campaign, ids)
        for row in found:
            yield _idea_row(row, themes.get(row.id, []), rooms.get(row.id), paper.get(row.id), places.get(row.id))
        last = found[-1].id


def theme_rows(campaign: Campaign) -> Iterator[Row]:
    """Yield the approved themes, those with the most open ideas first, each with its newest letter."""
    newest = {letter.theme_id: letter for letter in _letters(campaign)}
    counted, beside = _theme_sums(campaign), _beside_themes(campaign)
    for theme in sorted(_approved(campaign), key=lambda theme: (-counted.get(theme.id, (0,))[0], theme.id)):
        n_ideas, agree, disagree, pass_ = counted.get(theme.id, (0, 0, 0, 0))
        letter = newest.get(theme.id)
        answer = letter.published_answer if letter else None
        yield (
            theme.id,
            theme.title,
            theme.summary,
            n_ideas,
            *(agree, disagree, pass_),
            *_support(agree, disagree, pass_),
            theme.decided_at.astimezone(SEOUL).date() if theme.decided_at else None,
            letter.code if letter else "",
            letter.lead.ministry.name if letter else "",
            str(letter.lead.state.label) if letter else _("전달 전"),
            letter.due_on if letter else None,
            str(answer.decision.label) if answer else "",
            _done(answer.percent_done) if answer else None,
            *beside.get(theme.id, (0, 0, 0, 0)),
            link_to("themes.show", theme_id=theme.id),
        )


def answer_rows(campaign: Campaign) -> Iterator[Row]:
    """Yield the letters about approved themes in the order in which they were sent, each with its newest answer."""
    for letter in _letters(campaign):
        answer = letter.published_answer
        yield (
            letter.code,
            letter.theme_id,
            letter.theme.title,
            letter.lead.ministry.name,
            letter.sent_on,
            letter.due_on,
            str(letter.lead.state.label),
            0 if answer else letter.lead.clock.days_late,
            str(answer.decision.label) if answer else "",
            answer.reason if answer else "",
            answer.published_at.astimezone(SEOUL).date() if answer and answer.published_at else None,
            _done(answer.percent_done) if answer else None,
            link_to("referrals.show", referral_id=letter.id),
        )


def rating_rows(campaign: Campaign) -> Iterator[Row]:
    """Yield the steps that ministries marked done, by letter, with what both sides say of them."""
    found = [(letter, step) for letter in _letters(campaign) for step in _steps_done(letter)]
    sides = two_sides_of_milestones([step.id for _letter, step in found])
    for letter, step in found:
        yield (
            letter.code,
            letter.theme.title,
            letter.lead.ministry.name,
            step.title,
            *sides_cells(sides[step.id]),
            link_to("referrals.show", referral_id=letter.id),
        )


def pledge_rows(campaign: Campaign) -> Iterator[Row]:
    """Yield, of each approved theme for which people pledged, one row for each kind of those who did."""
    themes = {theme.id: theme for theme in _approved(campaign)}
    for theme_id, figures in figures_of_themes(list(themes)).items():
        if figures.has_some:
            for who, n in pledge_line(figures).people:
                yield (theme_id, themes[theme_id].title, who, n, n is None, link_to("themes.show", theme_id=theme_id))


def interim_rows(campaign: Campaign) -> Iterator[Row]:
    """Yield what ministries said before they answered, by letter, the oldest first."""
    letters = _letters(campaign)
    said = interim_answers([letter.id for letter in letters])
    for letter in letters:
        for one in said.get(letter.id, ()):
            url = link_to("referrals.show", referral_id=letter.id)
            yield (letter.code, letter.theme.title, one.ministry, one.said_on, one.words, url)


def _steps_done(letter: Referral) -> list[Milestone]:
    answer = letter.published_answer
    return [step for step in answer.milestones if step.is_closed] if answer else []


def outcome_rows(campaign: Campaign) -> Iterator[Row]:
    """Yield how many arguments there are, how many became a commitment, and how many a kept one."""
    yield from outcome_shares([campaign.id])[campaign.id].rows()


def check_rows(campaign: Campaign) -> Iterator[Row]:
    """Yield the checks of open ideas and of those that were merged, by the idea's number."""
    query = (
        sa.select(EverydayCheck, Idea.title)
        .join(Idea, Idea.id == EverydayCheck.idea_id)
        .where(_is_told_check(campaign))
        .options(joinedload(EverydayCheck.referral))
        .order_by(EverydayCheck.idea_id)
    )
    for check, title in db.session.execute(query):
        yield (
            check.idea_id,
            title,
            check.started_on,
            check.due_on,
            check.decided_on,
            check.days_late,
            str(check.outcome.label) if check.outcome else _("확인 중"),
            check.same_as_id,
            check.referral.code if check.referral else "",
            check.office_name,
            check.reason,
            link_to("thread.idea", idea_id=check.idea_id),
        )


def pilot_rows(campaign: Campaign) -> Iterator[Row]:
    """Yield the pilots, oldest first, also those that other offices took over."""
    for line in map(pilot_line, everyday_pilots(campaign.id)):
        yield line.row


def row_counts(campaign: Campaign) -> dict[str, int]:
    """Return how many rows each table has. One statement."""
    approved = sa.and_(Theme.campaign_id == campaign.id, Theme.state == ThemeState.APPROVED)
    is_open = sa.and_(Idea.campaign_id == campaign.id, Idea.state == IdeaState.OPEN)
    counts = {
        "ideas": sa.select(sa.func.count(Idea.id)).where(is_open),
        "themes": sa.select(sa.func.count(Theme.id)).where(approved),
        "answers": sa.select(sa.func.count(Referral.id)).join(Theme, Theme.id == Referral.theme_id).where(approved),
    }
    of_theme = sa.select(Theme.id).where(approved)
    letters = sa.select(Referral.id).where(Referral.theme_id.in_(of_theme))
    counts["ratings"] = (
        sa.select(sa.func.count(Milestone.id))
        .join(Answer, Answer.id == Milestone.answer_id)
        .where(Answer.referral_id.in_(letters), is_current_answer(), Milestone.is_closed)
    )
    n_themes = sa.func.count(sa.distinct(Pledge.theme_id))
    counts["pledges"] = sa.select(n_themes * len(PledgeBy)).where(
        Pledge.theme_id.in_(of_theme), Pledge.state != PledgeState.REMOVED
    )
    counts["interim"] = sa.select(sa.func.count(ReferralEvent.id)).where(
        ReferralEvent.referral_id.in_(letters), ReferralEvent.act == EventType.INTERIM_ANSWERED
    )
    counts["outcomes"] = sa.select(sa.literal(N_OUTCOME_ROWS))
    counts |= council_counts(campaign) | {"needs": need_count(campaign), "data_uses": use_count(campaign)}
    if campaign.kind is CampaignKind.EVERYDAY:
        counts["checks"] = (
            sa.select(sa.func.count())
            .select_from(EverydayCheck)
            .join(Idea, Idea.id == EverydayCheck.idea_id)
            .where(_is_told_check(campaign))
        )
        of_letter = sa.select(sa.func.count(Pilot.id)).join(Referral, Referral.id == Pilot.referral_id)
        counts["pilots"] = of_letter.join(Theme, Theme.id == Referral.theme_id).where(Theme.campaign_id == campaign.id)
    row = db.session.execute(sa.select(*(count.scalar_subquery() for count in counts.values()))).one()
    return dict(zip(counts, row, strict=True))


def _is_told_check(campaign: Campaign) -> sa.ColumnElement[bool]:
    return sa.and_(Idea.campaign_id == campaign.id, Idea.state.in_(SHOWN_STATES))


def _ideas_after(campaign: Campaign, last: int) -> sa.Select[*tuple[Any, ...]]:
    snapshot = sa.select(OpinionSnapshot.id).where(
        OpinionSnapshot.campaign_id == campaign.id, OpinionSnapshot.is_current
    )
    return (
        sa.select(
            *(Idea.id, Idea.title, Idea.body, Idea.sector, Idea.region_code, Idea.created_at),
            *(Idea.imported_agree_count, IdeaTally.agree, IdeaTally.disagree, IdeaTally.pass_, IdeaTally.comments),
            *(OpinionScore.common_ground, OpinionScore.low, OpinionScore.high, OpinionScore.badge),
        )
        .join(IdeaTally, IdeaTally.idea_id == Idea.id)
        .outerjoin(
            OpinionScore,
            sa.and_(OpinionScore.idea_id == Idea.id, OpinionScore.snapshot_id == snapshot.scalar_subquery()),
        )
        .where(Idea.campaign_id == campaign.id, Idea.state == IdeaState.OPEN, Idea.id > last)
        .order_by(Idea.id)
        .limit(IDEAS_AT_ONCE)
    )


def _idea_row(
    row: Any,
    themes: Sequence[tuple[int, str]],
    room: RoomOfIdea | None,
    paper: PaperTotals | None,
    place: EverydayDetails | None,
) -> Row:
    region = regions().get(row.region_code or "")
    return (
        row.id,
        row.title,
        row.body,
        str(row.sector.label) if row.sector else "",
        region.short_name if region else "",
        row.created_at.astimezone(SEOUL).date(),
        BETWEEN.join(title for _id, title in themes),
        ", ".join(str(theme_id) for theme_id, _title in themes),
        *(row.agree, row.disagree, row.pass_),
        *_support(row.agree, row.disagree, row.pass_),
        *(row.comments, row.imported_agree_count),
        *(_done(share) for share in (row.common_ground, row.low, row.high)),
        bool(row.badge),
        *((paper.agree, paper.disagree, paper.pass_) if paper else (None, None, None)),
        *((room.gathering_id, room.title, room.number, str(room.way.label)) if room else (None, "", None, "")),
        *((str(place.kind.label), place.district, place.place) if place else ("", "", "")),
        link_to("thread.idea", idea_id=row.id),
    )


def _support(agree: int, disagree: int, pass_: int) -> Row:
    support = support_of(agree, agree + disagree + pass_)
    return (support.value, support.low, support.high) if support else (None, None, None)


def _done(per_cent: float | None) -> float | None:
    return None if per_cent is None else per_cent / 100


def _approved(campaign: Campaign) -> Sequence[Theme]:
    query = sa.select(Theme).where(Theme.campaign_id == campaign.id, Theme.state == ThemeState.APPROVED)
    return db.session.scalars(query.order_by(Theme.id)).all()


def _themes_by_idea(campaign: Campaign) -> dict[int, list[tuple[int, str]]]:
    """Return the approved themes of each idea as (id, title)."""
    titles = {theme.id: theme.title for theme in _approved(campaign)}
    query = (
        sa.select(ThemeIdea.idea_id, ThemeIdea.theme_id)
        .join(Theme, Theme.id == ThemeIdea.theme_id)
        .where(Theme.campaign_id == campaign.id, Theme.state == ThemeState.APPROVED)
        .order_by(ThemeIdea.theme_id)
    )
    found: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for idea_id, theme_id in db.session.execute(query):
        found[idea_id].append((theme_id, titles[theme_id]))
    return found


def _theme_sums(campaign: Campaign) -> dict[int, tuple[int, int, int, int]]:
    """Return open ideas, agreement, disagreement and passes of each approved theme."""
    query = (
        sa.select(
            ThemeIdea.theme_id,
            sa.func.count(),
            sa.func.sum(IdeaTally.agree),
            sa.func.sum(IdeaTally.disagree),
            sa.func.sum(IdeaTally.pass_),
        )
        .join(Theme, Theme.id == ThemeIdea.theme_id)
        .join(Idea, Idea.id == ThemeIdea.idea_id)
        .join(IdeaTally, IdeaTally.idea_id == Idea.id)
        .where(Theme.campaign_id == campaign.id, Theme.state == ThemeState.APPROVED, Idea.state == IdeaState.OPEN)
        .group_by(ThemeIdea.theme_id)
    )
    return {
        theme_id: (n, int(agree), int(no), int(passed)) for theme_id, n, agree, no, passed in db.session.execute(query)
    }


def _beside_themes(campaign: Campaign) -> dict[int, tuple[int, int, int, int]]:
    """Return marks on vote sheets and ideas born in gatherings, of the open ideas of each approved theme.

    :return: theme id -> agreement, disagreement and passes on paper, ideas from gatherings
    """
    is_open = sa.select(Idea.id).where(Idea.campaign_id == campaign.id, Idea.state == IdeaState.OPEN)
    rooms, paper = rooms_of(is_open), paper_totals(is_open)
    sums: dict[int, tuple[int, int, int, int]] = {}
    for idea_id, themes in _themes_by_idea(campaign).items():
        marks = paper.get(idea_id)
        for theme_id, _title in themes:
            agree, disagree, pass_, n = sums.get(theme_id, (0, 0, 0, 0))
            if marks:
                agree, disagree, pass_ = agree + marks.agree, disagree + marks.disagree, pass_ + marks.pass_
            sums[theme_id] = (agree, disagree, pass_, n + (idea_id in rooms))
    return sums


def _letters(campaign: Campaign) -> Sequence[Referral]:
    query = (
        sa.select(Referral)
        .join(Theme, Theme.id == Referral.theme_id)
        .where(Theme.campaign_id == campaign.id, Theme.state == ThemeState.APPROVED)
        .options(*REFERRAL_LOADERS)
        .order_by(Referral.id)
    )
    return db.session.scalars(query).all()
