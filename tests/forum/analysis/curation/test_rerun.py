"""The shipped sample is analysed, then again with a tenth more ideas: what analysts did is kept."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from forum.analysis.curation.membership import add_ideas, move_ideas, remove_ideas
from forum.analysis.curation.models import ExcludedIdea, Proposal, ProposalKind, ProposalState, ThemeLineage
from forum.analysis.curation.proposals import accept_proposal, dismiss_proposal
from forum.analysis.curation.queries import open_proposals
from forum.analysis.curation.services import adopt_cluster, decide_theme, edit_theme
from forum.analysis.themes.models import MemberSource, Theme, ThemeIdea, ThemeState
from forum.analysis.themes.queries import current_run
from forum.analysis.themes.services import start_run
from forum.core.access import SYSTEM
from forum.core.extensions import db
from forum.development.sample.voices import sample_rows
from forum.system.jobs.models import JobState
from forum.voice.ideas.models import Idea, IdeaTally
from tests.forum.analysis.curation.test_services import members, whole

N_THEMES = 6
EVERY_TENTH = 10


def store(make, campaign, author, rows):
    for row in rows:
        idea = Idea(campaign_id=campaign.id, author_id=author.participant.id, title=row["title"], body=row["body"])
        db.session.add(idea)
        db.session.flush()
        db.session.add(IdeaTally(idea_id=idea.id, agree=0, disagree=0, pass_=0, comments=0))


def analyse(campaign, work):
    start_run(campaign, SYSTEM)
    assert set(work()) == {JobState.DONE}
    return current_run(campaign.id)


class Sample:
    def __init__(self, make, work):
        self.make, self.work = make, work
        self.campaign, self.analyst, self.author = make.campaign(), make.analyst(), make.citizen()
        rows = sample_rows()
        self.later = rows[::EVERY_TENTH]
        store(make, self.campaign, self.author, [row for place, row in enumerate(rows) if place % EVERY_TENTH])
        run = analyse(self.campaign, work)
        self.themes = [
            adopt_cluster(cluster, self.analyst, f"사람이 지은 이름 {cluster.number}")
            for cluster in run.clusters[:N_THEMES]
        ]

    def run_again(self):
        store(self.make, self.campaign, self.author, self.later)
        return analyse(self.campaign, self.work)


@pytest.fixture
def sample(make, work):
    return Sample(make, work)


def test_names_decisions_and_moved_ideas_survive_a_tenth_new_ideas(sample):
    first, second, third, fourth, fifth, _sixth = sample.themes
    analyst = sample.analyst
    moved, taken_out = list(members(first))[:3], list(members(second))[:2]
    move_ideas(first, third, moved, analyst, first.version)
    remove_ideas(second, taken_out, analyst, second.version)
    loose = sample.make.idea(sample.campaign, sample.author, title="따로 넣은 제안", body="분석가가 손으로 넣습니다.")
    add_ideas(second, [loose.id], analyst, second.version)
    for theme, decision in ((third, ThemeState.APPROVED), (fourth, ThemeState.REJECTED), (fifth, ThemeState.APPROVED)):
        edit_theme(theme, analyst, theme.title, f"근거가 있는 요약입니다 [#{min(members(theme))}].", theme.version)
        decide_theme(theme, analyst, decision, "까닭을 적었습니다", theme.version)
    sample.make.referral(fifth)
    before = [whole(theme) for theme in sample.themes]

    run = sample.run_again()

    assert run.n_ideas == len(sample_rows()) + 1
    assert [whole(theme) for theme in sample.themes] == before
    found = db.session.scalars(sa.select(Proposal).where(Proposal.run_id == run.id)).all()
    for proposal in found:
        ids = set(proposal.idea_ids)
        if proposal.theme_id == third.id:
            assert not ids & set(moved) or proposal.kind is ProposalKind.MERGED
        if proposal.theme_id == first.id and proposal.kind is ProposalKind.NEW_IDEAS:
            assert not ids & set(moved)
        if proposal.theme_id == second.id:
            assert not ids & {loose.id}
            assert proposal.kind is not ProposalKind.NEW_IDEAS or not ids & set(taken_out)
    continued = set(
        db.session.scalars(
            sa.select(ThemeLineage.theme_id).where(ThemeLineage.run_id == run.id, ThemeLineage.is_successor)
        )
    )
    assert len(continued) >= N_THEMES - 1
    assert {theme.id for theme in sample.themes} == set(
        db.session.scalars(sa.select(ThemeLineage.theme_id).where(ThemeLineage.run_id == run.id))
    )


def test_what_was_taken_is_in_and_what_was_left_is_not_asked_by_the_run_after(sample):
    sample.run_again()
    found = open_proposals_of(sample)
    assert {proposal.kind for proposal in found} >= {ProposalKind.NEW_IDEAS}
    taken, left = {}, {}
    for place, proposal in enumerate(found):
        theme = proposal.theme
        if proposal.kind is ProposalKind.NEW_IDEAS and place % 2 == 0:
            accept_proposal(proposal, sample.analyst, theme.version)
            taken.setdefault(theme.id, set()).update(proposal.idea_ids)
        else:
            dismiss_proposal(proposal, sample.analyst, theme.version)
            left.setdefault((theme.id, proposal.kind), set()).update(proposal.idea_ids)
    for theme_id, ids in taken.items():
        assert ids <= set(members(db.session.get_one(Theme, theme_id)))
    analyse(sample.campaign, sample.work)  # the same ideas again: nothing new to propose
    for proposal in open_proposals_of(sample):
        assert not set(proposal.idea_ids) & left.get((proposal.theme_id, proposal.kind), set())
    states = set(db.session.scalars(sa.select(Proposal.state)))
    assert states <= {ProposalState.ACCEPTED, ProposalState.DISMISSED, ProposalState.OPEN}
    confirmed = db.session.scalars(sa.select(ThemeIdea.idea_id).where(ThemeIdea.source == MemberSource.HUMAN)).all()
    kept_out = db.session.scalars(sa.select(ExcludedIdea.idea_id)).all()
    assert confirmed or kept_out


def open_proposals_of(sample):
    return [proposal for theme in sample.themes for proposal in open_proposals(sample.campaign.id, theme.id)]
