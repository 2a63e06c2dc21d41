"""A later run proposes; analysts accept or dismiss. What people decided is never overwritten."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from forum.analysis.curation.comparison import lock_if_current
from forum.analysis.curation.membership import remove_ideas
from forum.analysis.curation.models import ExcludedIdea, Proposal, ProposalKind, ProposalState, ThemeLineage
from forum.analysis.curation.proposals import accept_proposal, dismiss_proposal
from forum.analysis.curation.services import edit_theme, undo_edit
from forum.analysis.curation.tasks import compare_run
from forum.analysis.themes.models import MemberSource, Theme, ThemeIdea, ThemeRun, ThemeState
from forum.core.access import Role
from forum.core.errors import Forbidden, InvalidInput, WrongState
from forum.core.extensions import db
from forum.system.audit.models import AuditEntry
from forum.system.jobs.models import Job, JobState
from forum.system.jobs.progress import LeaseLost, Progress
from tests.forum.analysis.curation.test_services import last_edit, members, whole

READ_ONLY_KINDS = [kind for kind in ProposalKind if kind is not ProposalKind.GONE]


def compare(run: ThemeRun) -> list[Proposal]:
    """Compare this run as the job does; return its proposals."""
    job = Job(kind="desk.compare_run", dedupe_key=f"run:{run.id}", state=JobState.RUNNING, attempt=1)
    db.session.add(job)
    db.session.commit()
    run_id = run.id
    compare_run(Progress(job.id, 1, {}, None), run_id)
    job.state, job.finished_at = JobState.DONE, run.started_at
    db.session.commit()
    return list(db.session.scalars(sa.select(Proposal).where(Proposal.run_id == run_id).order_by(Proposal.id)))


class Scene:
    """Three drafts of an older run, and a newer run with one change of each kind."""

    def __init__(self, make):
        self.make, self.analyst = make, make.analyst()
        self.campaign = make.campaign()
        self.ideas = {name: make.idea(self.campaign) for name in "abcdefghijuvwxyzmn"}
        self.first = make.run(
            self.campaign, [self.of("abcdefghij"), self.of("uvwxyz"), self.of("mn")], is_current=False
        )
        self.theme, self.other, self.small = (
            make.theme(self.campaign, self.of(letters), run_id=self.first.id)
            for letters in ("abcdefghij", "uvwxyz", "mn")
        )

    def of(self, letters):
        return [self.ideas[letter] for letter in letters]

    def ids(self, letters):
        return {self.ideas[letter].id for letter in letters}

    def rerun(self, clusters, unthemed="", new=""):
        self.ideas |= {letter: self.make.idea(self.campaign) for letter in new}
        db.session.execute(sa.update(ThemeRun).values(is_current=False))
        run = self.make.run(self.campaign, [self.of(c) for c in clusters], self.of(unthemed))
        return {proposal.kind: proposal for proposal in compare(run)}

    def all_kinds(self):
        """p is new, j drifted to the other theme, ghi split off, the small theme merged into the other one."""
        return self.rerun(["abcdefp", "ghi", "uvwxyzjmn"], new="p")


@pytest.fixture
def scene(make):
    return Scene(make)


def test_a_run_proposes_each_kind_of_change_and_changes_nothing_itself(scene):
    before = [whole(theme) for theme in (scene.theme, scene.other, scene.small)]
    found = scene.all_kinds()
    assert {kind: set(proposal.idea_ids) for kind, proposal in found.items()} == {
        ProposalKind.NEW_IDEAS: scene.ids("p"),
        ProposalKind.SPLIT: scene.ids("ghi"),
        ProposalKind.DRIFT: scene.ids("j"),
        ProposalKind.MERGED: scene.ids("mn"),
    }
    assert [whole(theme) for theme in (scene.theme, scene.other, scene.small)] == before
    continued = db.session.scalars(sa.select(ThemeLineage.theme_id).where(ThemeLineage.is_successor)).all()
    assert set(continued) == {scene.theme.id, scene.other.id}


def test_taking_does_what_was_proposed(scene):
    found = scene.all_kinds()
    for kind in READ_ONLY_KINDS:
        accept_proposal(found[kind], scene.analyst, found[kind].theme.version)
    assert set(members(scene.theme)) == scene.ids("abcdefp")
    assert members(scene.theme)[scene.ideas["p"].id] is MemberSource.MACHINE
    assert set(members(scene.other)) == scene.ids("uvwxyzjmn")
    made = db.session.scalars(sa.select(Theme).where(Theme.id > scene.small.id)).one()
    assert (set(members(made)), made.title_source) == (scene.ids("ghi"), MemberSource.MACHINE)
    assert made.cluster_id == found[ProposalKind.SPLIT].cluster_id
    assert scene.small.state is ThemeState.MERGED
    assert {proposal.state for proposal in found.values()} == {ProposalState.ACCEPTED}


@pytest.mark.parametrize("kind", READ_ONLY_KINDS)
def test_taking_and_leaving_are_undone_to_the_last_field_and_open_the_proposal_again(scene, kind):
    themes = (scene.theme, scene.other, scene.small)
    proposal = scene.all_kinds()[kind]
    before = [whole(theme) for theme in themes]
    for decide in (accept_proposal, dismiss_proposal):
        decide(proposal, scene.analyst, proposal.theme.version)
        undo_edit(last_edit(), scene.analyst)
        db.session.expire_all()
        assert [whole(theme) for theme in themes] == before
        assert (proposal.state, proposal.act_id) == (ProposalState.OPEN, None)


def test_what_was_left_is_not_asked_again(scene):
    for proposal in scene.all_kinds().values():
        dismiss_proposal(proposal, scene.analyst, proposal.theme.version)
    assert scene.rerun(["abcdefp", "ghi", "uvwxyzjmn"]) == {}


def test_moved_ideas_stay_where_a_person_put_them_and_names_and_decisions_too(scene):
    remove_ideas(scene.theme, scene.ids("a"), scene.analyst, scene.theme.version)
    edit_theme(scene.theme, scene.analyst, "사람의 이름", "", scene.theme.version)
    assert scene.rerun(["abcdefghij", "uvwxyz", "mn"]) == {}
    assert scene.theme.title == "사람의 이름"
    assert scene.ideas["a"].id not in members(scene.theme)


def test_proposals_that_nobody_decided_on_give_way_to_those_of_a_newer_run(scene):
    old = scene.all_kinds()
    newer = scene.rerun(["abcdefghij", "uvwxyz", "mn", "p"])
    db.session.expire_all()
    assert {proposal.state for proposal in old.values()} == {ProposalState.SUPERSEDED}
    assert newer == {}
    with pytest.raises(WrongState, match="새 분석으로 바뀜"):
        accept_proposal(old[ProposalKind.NEW_IDEAS], scene.analyst, scene.theme.version)


def test_a_theme_that_vanished_is_told_and_there_is_nothing_to_take(scene):
    found = scene.rerun(["abcdefghij", "uvwxyz"], unthemed="mn")
    gone = found[ProposalKind.GONE]
    with pytest.raises(InvalidInput):
        accept_proposal(gone, scene.analyst, scene.small.version)
    dismiss_proposal(gone, scene.analyst, scene.small.version)
    assert set(members(scene.small)) == scene.ids("mn")


def test_a_proposal_is_decided_once_and_by_whoever_saw_the_theme_as_it_is(scene, make):
    proposal = scene.all_kinds()[ProposalKind.NEW_IDEAS]
    seen = scene.theme.version
    edit_theme(scene.theme, make.analyst(display_name="다온"), "바뀐 이름", "", seen)
    for decide in (accept_proposal, dismiss_proposal):
        with pytest.raises(WrongState, match="다온"):
            decide(proposal, scene.analyst, seen)
    accept_proposal(proposal, scene.analyst, scene.theme.version)
    for decide in (accept_proposal, dismiss_proposal):
        with pytest.raises(WrongState, match="이미 ‘받아들임’"):
            decide(proposal, scene.analyst, scene.theme.version)


def test_new_ideas_of_a_theme_that_was_sent_become_a_theme_of_their_own(scene, make):
    theme = scene.theme
    theme.state, theme.decided_by_id, theme.decided_at = ThemeState.APPROVED, scene.analyst.id, theme.created_at
    make.referral(theme)
    found = scene.rerun(["abcdefghijp", "uvwxyz", "mn"], new="p")
    accept_proposal(found[ProposalKind.NEW_IDEAS], scene.analyst, theme.version)
    made = db.session.scalars(sa.select(Theme).where(Theme.title.like("%(후속)"))).one()
    assert (set(members(made)), set(members(theme))) == (scene.ids("p"), scene.ids("abcdefghij"))


def test_a_decided_theme_is_opened_again_before_it_takes_anything(scene):
    proposal = scene.all_kinds()[ProposalKind.NEW_IDEAS]
    theme = scene.theme
    theme.state, theme.decision_reason = ThemeState.REJECTED, "까닭"
    db.session.flush()
    with pytest.raises(WrongState, match="먼저 ‘다시 검토하기’로"):
        accept_proposal(proposal, scene.analyst, theme.version)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ANALYST])
def test_only_analysts_take_or_leave(scene, make, role):
    proposal = scene.all_kinds()[ProposalKind.NEW_IDEAS]
    n_entries = db.session.scalar(sa.select(sa.func.count(AuditEntry.id)))
    for decide in (accept_proposal, dismiss_proposal):
        with pytest.raises(Forbidden):
            decide(proposal, make.actor(role), scene.theme.version)
    assert db.session.scalar(sa.select(sa.func.count(AuditEntry.id))) == n_entries


def test_a_comparison_whose_job_was_lost_stores_nothing(scene):
    run = scene.make.run(scene.campaign, [scene.of("abc")])
    job = Job(kind="desk.compare_run", dedupe_key="x", state=JobState.RUNNING, attempt=2)
    db.session.add(job)
    db.session.commit()
    with pytest.raises(LeaseLost):
        compare_run(Progress(job.id, 1, {}, None), run.id)
    assert not db.session.scalars(sa.select(ThemeLineage)).all()


def test_ideas_that_were_left_are_remembered_without_having_been_members(scene):
    proposal = scene.all_kinds()[ProposalKind.NEW_IDEAS]
    dismiss_proposal(proposal, scene.analyst, scene.theme.version)
    assert set(db.session.scalars(sa.select(ExcludedIdea.idea_id))) == scene.ids("p")
    assert scene.ideas["p"].id not in set(db.session.scalars(sa.select(ThemeIdea.idea_id)))


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)  # SQLite lets one writer in at a time anyway
def test_no_newer_run_becomes_current_while_an_older_one_stores_its_proposals(app, make):
    run_id = make.run().id
    db.session.commit()
    assert lock_if_current(run_id)
    with app.app_context():
        db.session.execute(sa.text("SET LOCAL lock_timeout = '50ms'"))
        with pytest.raises(sa.exc.OperationalError, match="lock timeout"):
            db.session.execute(sa.update(ThemeRun).where(ThemeRun.is_current).values(is_current=False))
        db.session.rollback()
