from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from forum.administration.mydata.services import delete_account
from forum.administration.operations.queries import recount
from forum.analysis.opinions.votes import read_votes
from forum.analysis.shortlists.models import ShortlistVoter
from forum.analysis.shortlists.queries import ballots, count_votes
from forum.core import clock
from forum.core.access import SYSTEM
from forum.core.errors import Forbidden, InvalidInput, WrongState
from forum.core.extensions import db
from forum.people.accounts.models import Account
from forum.publication.representation.models import Dimension
from forum.publication.representation.services import count_participants
from forum.system.audit.models import AuditEntry
from forum.system.notices.models import Notice, OutboxMail
from forum.voice.campaigns.models import PhaseKind
from forum.voice.ideas.models import IdeaState, IdeaTally
from forum.voice.ideas.services import edit_idea
from forum.voice.integrity.models import (
    ExclusionCase,
    FindingState,
    ObjectionDecision,
    VoteFinding,
    VoteFindingPerson,
)
from forum.voice.integrity.services import (
    decide_objection,
    dismiss_finding,
    exclude_people,
    forget_judged_people,
    lift_exclusion,
    look_at_votes,
    object_to,
    store_signals,
)
from forum.voice.integrity.signals import Signal
from forum.voice.votes import services
from forum.voice.votes.batches import Refusal, Row, RowStatus, cast_rows
from forum.voice.votes.models import Vote, VoteExclusion
from forum.voice.votes.queries import VotesExcluded, own_vote, votes_beside
from forum.voice.votes.services import cast_votes, confirm_votes
from tests.races import at_once, changed_meanwhile

WHY = "같은 투표가 되풀이되었어요"


def is_clean() -> bool:
    """`flask forum check` finds nothing."""
    wrong = [(finding.name, finding.differences) for finding in recount() if finding.differences]
    assert wrong == []
    return True


def counts(idea) -> tuple[int, int, int]:
    query = sa.select(IdeaTally.agree, IdeaTally.disagree, IdeaTally.pass_).where(IdeaTally.idea_id == idea.id)
    agree, disagree, passed = db.session.execute(query).one()
    return agree, disagree, passed


class Place:
    """A campaign with three ideas, an honest voter, and two accounts of one person with votes on all of them."""

    def __init__(self, make) -> None:
        self.campaign, self.moderator, self.other = make.campaign(), make.analyst(), make.admin()
        self.ideas = [make.idea(self.campaign) for _ in range(3)]
        self.honest, self.copies = make.citizen(), [make.citizen(), make.citizen()]
        for person in [self.honest, *self.copies]:
            for idea, value in zip(self.ideas, (1, -1, 0), strict=True):
                make.vote(idea, person, value)
        self.finding = make.finding(self.campaign, self.copies)
        self.ids = [one.participant.id for one in self.copies]

    def exclude(self, **changes) -> list[ExclusionCase]:
        values = {"finding": self.finding, "actor": self.moderator, "participant_ids": self.ids}
        return exclude_people(**(values | {"reason": "MANY_ACCOUNTS", "words": WHY} | changes))


@pytest.fixture
def place(make) -> Place:
    return Place(make)


# what an exclusion does


def test_excluded_votes_stay_and_leave_the_tallies(place):
    cases = place.exclude()
    assert [counts(idea) for idea in place.ideas] == [(1, 0, 0), (0, 1, 0), (0, 0, 1)]
    marked = db.session.scalars(sa.select(Vote.excluded_by_id).where(Vote.participant_id.in_(place.ids))).all()
    assert sorted(marked) == sorted([case.exclusion_id for case in cases] * 3)
    assert is_clean()


def test_lifting_lets_the_same_votes_count_again(place):
    first, _second = place.exclude()
    lift_exclusion(first, place.other)
    assert [counts(idea) for idea in place.ideas] == [(2, 0, 0), (0, 2, 0), (0, 0, 2)]
    assert not first.is_open
    assert first.lifted_by_id == place.other.id
    assert is_clean()


def test_votes_of_other_campaigns_count_on(place, make):
    elsewhere = make.idea()
    make.vote(elsewhere, place.copies[0])
    place.exclude()
    assert counts(elsewhere) == (1, 0, 0)
    cast_votes({elsewhere.id: -1}, place.copies[0])
    assert counts(elsewhere) == (0, 1, 0)


def test_a_person_without_votes_and_a_closed_phase_are_no_hindrance(place, make):
    late = make.citizen()
    place.finding.people = [*place.finding.people, VoteFindingPerson(participant_id=late.participant.id)]
    voting = next(phase for phase in place.campaign.phases if phase.kind is PhaseKind.VOTING)
    voting.closes_at = clock.now()
    place.ideas[0].state = IdeaState.WITHDRAWN
    db.session.flush()
    cases = place.exclude(participant_ids=[*place.ids, late.participant.id])
    assert len(cases) == 3
    lift_exclusion(cases[0], place.other)
    assert is_clean()


def test_who_counts_votes_leaves_them_out(place, make):
    shortlist = make.shortlist(place.campaign, place.ideas[:2])
    for person in (place.honest, *place.copies):
        db.session.add(ShortlistVoter(shortlist_id=shortlist.id, participant_id=person.participant.id))
    db.session.flush()

    def counted() -> tuple[int, ...]:
        people = count_participants(place.campaign.id)[Dimension.AGE].total() - len(place.ideas)  # their authors
        return count_votes(shortlist).voters, len(ballots(shortlist)), len(read_votes(place.campaign.id).value), people

    assert counted() == (3, 6, 9, 3)
    place.exclude()
    assert counted() == (1, 2, 3, 1)
    assert len(read_votes(place.campaign.id, with_excluded=True).value) == 9


def test_an_idea_whose_votes_are_all_excluded_is_not_edited(place, make):
    author = make.citizen()
    idea = make.idea(place.campaign, author=author)
    make.vote(idea, place.copies[0])
    place.exclude()
    assert counts(idea) == (0, 0, 0)
    with pytest.raises(WrongState, match="다시 셀 수 있는"):
        edit_idea(idea, author, "다른 제목", "다른 것을 바라요")


# no further votes


def test_no_further_vote_no_change_and_no_clearing_while_it_lasts(place, make):
    case, _other = place.exclude()
    new = make.idea(place.campaign)
    for act in (
        lambda: cast_votes({new.id: 1}, place.copies[0]),
        lambda: cast_votes({place.ideas[0].id: -1}, place.copies[0]),
        lambda: cast_votes({place.ideas[0].id: None}, place.copies[0]),
        lambda: cast_votes({one.id: 1 for one in [*place.ideas, new]}, place.copies[0]),
        lambda: confirm_votes([place.ideas[0].id], place.copies[0]),
    ):
        with pytest.raises(VotesExcluded, match="집계에서 뺐어요"):
            act()
    cast_votes({new.id: 1}, place.honest)
    assert is_clean()
    lift_exclusion(case, place.other)
    cast_votes({new.id: 1}, place.copies[0])
    assert counts(new) == (2, 0, 0)


def test_each_row_of_a_batch_says_so(place, make):
    place.exclude()
    withdrawn = make.idea(place.campaign, state=IdeaState.WITHDRAWN)
    results = cast_rows(place.campaign, [Row(place.ideas[0].id, 1), Row(withdrawn.id, 1)], place.copies[0])
    assert [(one.status, one.refusal) for one in results] == [
        (RowStatus.REFUSED, Refusal.EXCLUDED),
        (RowStatus.REFUSED, Refusal.WITHDRAWN),
    ]
    assert "이의" in results[0].reason


def test_pages_say_so_before_anybody_clicks(place, make):
    place.exclude()
    copy, other = place.copies[0], make.idea()
    assert own_vote(place.ideas[0], copy).value == 1
    assert "집계에서 뺐어요" in own_vote(place.ideas[0], copy).why_not
    assert not votes_beside(place.campaign, [one.id for one in place.ideas], copy).may_vote
    assert votes_beside(place.campaign, [place.ideas[0].id], copy).own == {place.ideas[0].id: 1}
    assert not own_vote(other, copy).why_not
    assert not own_vote(place.ideas[0], place.honest).why_not


def test_a_vote_that_asked_too_early_is_refused_by_the_database_in_words(place, make, monkeypatch):
    """It passed the check before the exclusion was committed, and is written after it."""
    new = make.idea(place.campaign)
    place.exclude()
    monkeypatch.setattr(services, "require_votable", lambda ids, who: None)
    with pytest.raises(VotesExcluded):
        cast_votes({new.id: 1}, place.copies[0])
    db.session.rollback()


def test_votes_that_race_with_an_exclusion_are_marked_or_refused(app, place, make):
    more = [make.idea(place.campaign).id for _ in range(4)]
    finding_id, moderator_id = place.finding.id, place.moderator.id
    ids, ideas = list(place.ids), [one.id for one in place.ideas]
    accounts = [one.id for one in place.copies]

    def exclude() -> None:
        finding, moderator = db.session.get_one(VoteFinding, finding_id), db.session.get_one(Account, moderator_id)
        exclude_people(finding, moderator, ids, "PROGRAM", WHY)

    def voting(account_id: int, votes: dict[int, int | None]):
        return lambda: cast_votes(votes, db.session.get_one(Account, account_id))

    acts = [voting(account_id, {idea_id: 1}) for account_id in accounts for idea_id in more]
    acts += [voting(accounts[0], dict.fromkeys(ideas, -1)), voting(accounts[1], {ideas[0]: None})]
    results = at_once(app, [*acts[:5], exclude, *acts[5:]])
    assert results[5] is None
    assert {type(one) for one in results} <= {type(None), VotesExcluded}
    unmarked = sa.select(sa.func.count()).where(Vote.participant_id.in_(ids), Vote.excluded_by_id.is_(None))
    assert db.session.scalar(unmarked) == 0
    assert is_clean()


# who may, and when


@pytest.mark.parametrize("who", ["system", "citizen", "officer", "themselves"])
def test_nobody_but_a_moderator_excludes_votes_and_never_their_own(place, make, who):
    actor = {"system": SYSTEM, "citizen": place.honest, "officer": make.officer(), "themselves": place.moderator}[who]
    if who == "themselves":
        place.finding.people = [VoteFindingPerson(participant_id=place.moderator.participant.id)]
        place.ids = [place.moderator.participant.id]
    with pytest.raises(Forbidden):
        place.exclude(actor=actor)
    assert counts(place.ideas[0]) == (3, 0, 0)


@pytest.mark.parametrize(
    "changes",
    [{"reason": "LIKES_IT"}, {"words": " "}, {"words": "주민번호 900101-1234568 이에요"}, {"participant_ids": []}],
)
def test_an_exclusion_needs_people_a_listed_reason_and_words(place, changes):
    with pytest.raises(InvalidInput):
        place.exclude(**changes)


def test_only_people_of_the_finding_can_be_chosen(place):
    with pytest.raises(InvalidInput):
        place.exclude(participant_ids=[*place.ids, place.honest.participant.id])


def test_a_finding_is_judged_once(place):
    place.exclude(participant_ids=place.ids[:1])
    for act in (place.exclude, lambda: dismiss_finding(place.finding, place.other, WHY)):
        with pytest.raises(WrongState, match="그사이에 판단"):
            act()


def test_two_moderators_and_a_double_click_exclude_once(app, place):
    finding_id, ids = place.finding.id, list(place.ids)
    actors = [place.moderator.id, place.moderator.id, place.other.id]

    def excluding(account_id: int):
        def act() -> None:
            finding = db.session.get_one(VoteFinding, finding_id)
            exclude_people(finding, db.session.get_one(Account, account_id), ids, "PROGRAM", WHY, 1)

        return act

    results = at_once(app, [excluding(one) for one in actors])
    assert sorted(type(one).__name__ for one in results) == ["NoneType", "WrongState", "WrongState"]
    assert db.session.scalar(sa.select(sa.func.count()).select_from(VoteExclusion)) == 2
    assert is_clean()


def test_a_finding_that_was_measured_again_has_to_be_read_again(place):
    for act in (lambda: place.exclude(seen_revision=0), lambda: dismiss_finding(place.finding, place.other, WHY, 7)):
        with pytest.raises(WrongState, match="다시 쟀더니"):
            act()


def test_somebody_who_is_excluded_already_is_not_excluded_twice(place, make):
    place.exclude(participant_ids=place.ids[:1])
    again = make.finding(place.campaign, place.copies)
    with pytest.raises(WrongState, match="이미 투표를 뺀"):
        place.exclude(finding=again)
    assert len(place.exclude(finding=again, participant_ids=place.ids[1:])) == 1


def test_a_judgement_of_another_moderator_is_noticed_under_the_lock(place):
    other = {"state": FindingState.DISMISSED, "decided_at": clock.now(), "decided_by_id": place.other.id, "words": WHY}
    changed_meanwhile(place.finding, **other)
    with pytest.raises(WrongState):
        place.exclude()


# telling, objecting, deciding


def test_the_person_is_told_why_and_how_to_object_and_the_audit_names_no_vote(place):
    cases = place.exclude()
    notices = db.session.scalars(sa.select(Notice).where(Notice.kind == "integrity.excluded")).all()
    assert {one.account_id for one in notices} == {one.id for one in place.copies}
    assert all("한 사람이 여러 계정으로 투표" in one.text and one.path == "/excluded-votes" for one in notices)
    mail = db.session.scalars(sa.select(OutboxMail).where(OutboxMail.subject.contains("집계에서 뺐어요"))).all()
    assert len(mail) == 2
    assert all("/excluded-votes" in one.body for one in mail)
    assert not any(idea.title in one.body for one in mail for idea in place.ideas)
    entries = db.session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "integrity.exclude")).all()
    assert {one.subject_id for one in entries} == {case.exclusion_id for case in cases}
    assert all(one.actor_id == place.moderator.id and WHY not in str(one.after) for one in entries)


def test_the_person_objects_once(place):
    case, other = place.exclude()
    with pytest.raises(Forbidden):
        object_to(other, place.copies[0], "제 계정은 하나예요")
    with pytest.raises(InvalidInput):
        object_to(case, place.copies[0], "네")
    object_to(case, place.copies[0], "제 계정은 하나예요. 010-1234-5678로 물어봐 주세요")
    assert "1234" not in case.objection_text
    with pytest.raises(WrongState, match="한 번만"):
        object_to(case, place.copies[0], "제 계정은 하나예요")


def test_nobody_objects_to_what_counts_again(place):
    case, _other = place.exclude()
    lift_exclusion(case, place.moderator)
    with pytest.raises(WrongState, match="다시 세는"):
        object_to(case, place.copies[0], "제 계정은 하나예요")
    with pytest.raises(WrongState, match="다시 세는"):
        lift_exclusion(case, place.other)


def test_another_moderator_decides_and_the_votes_count_again(place):
    case, _other = place.exclude()
    object_to(case, place.copies[0], "형과 같은 집에서 투표했어요")
    with pytest.raises(Forbidden, match="다른 운영진"):
        decide_objection(case, place.moderator, "LIFTED", "맞는 말씀이에요")
    with pytest.raises(WrongState, match="먼저 판단"):
        lift_exclusion(case, place.moderator)
    decide_objection(case, place.other, "LIFTED", "두 사람인 것을 확인했어요")
    assert case.objection_decision is ObjectionDecision.LIFTED
    assert not case.is_open
    assert counts(place.ideas[0]) == (2, 0, 0)
    texts = db.session.scalars(sa.select(Notice.text).where(Notice.account_id == place.copies[0].id)).all()
    assert any("이의를 받아들여" in text for text in texts)
    with pytest.raises(WrongState, match="판단을 기다리는 이의가 없어요"):
        decide_objection(case, place.other, "KEPT", "다시 생각했어요")
    assert is_clean()


def test_an_objection_that_is_not_accepted_leaves_the_votes_out(place):
    case, _other = place.exclude()
    object_to(case, place.copies[0], "저는 사람이에요")
    with pytest.raises(InvalidInput):
        decide_objection(case, place.other, "MAYBE", "글쎄요 그래요")
    decide_objection(case, place.other, "KEPT", "접속 기록이 같아요")
    assert case.is_open
    assert counts(place.ideas[0]) == (1, 0, 0)
    with pytest.raises(WrongState):
        object_to(case, place.copies[0], "한 번 더 봐 주세요")
    lift_exclusion(case, place.other)  # a moderator may still find out that it was wrong
    assert is_clean()


def test_a_moderator_who_says_why_sees_on_what_and_when_somebody_voted_and_not_how(place, make):
    make.vote(place.ideas[0], make.citizen())
    db.session.get_one(Vote, (place.ideas[1].id, place.ids[1])).value = 1
    rows = look_at_votes(place.finding, place.moderator, place.ids[0], "같은지 보려고 해요")
    seen = [(one.idea.id, one.n_same, one.n_voters) for one in rows]
    assert seen == list(zip([idea.id for idea in place.ideas], (2, 1, 2), (2, 2, 2), strict=True))
    assert not hasattr(rows[0], "value")
    entry = db.session.scalar(sa.select(AuditEntry).where(AuditEntry.action == "integrity.look_at_votes"))
    assert entry.after["participant"] == place.ids[0]
    assert "같은지" not in str(entry.after)
    for actor, who, error in (
        (place.moderator, place.honest.participant.id, InvalidInput),
        (place.honest, place.ids[0], Forbidden),
        (SYSTEM, place.ids[0], Forbidden),
    ):
        with pytest.raises(error):
            look_at_votes(place.finding, actor, who, "같은지 보려고 해요")


# people who leave


def test_leaving_deletes_excluded_votes_and_keeps_the_number(place):
    case, _other = place.exclude()
    object_to(case, place.copies[0], "제 계정은 하나예요")
    delete_account(place.copies[0], SYSTEM, keep_posts=True)
    db.session.expire_all()
    assert case.objection_text == "탈퇴하면서 지웠어요."
    assert case.is_open
    assert [one.participant_id for one in place.finding.people] == place.ids[1:]
    assert counts(place.ideas[0]) == (1, 0, 0)
    assert is_clean()


# findings


def signal(people: dict[int, int], key: str = "1", kind: str = "SAME_PATTERN") -> Signal:
    return Signal(kind, key, people, {"ideas": [], "near": 0, "from": 0.0, "until": 1.0})


def test_what_is_found_again_is_brought_up_to_date(place, make):
    people = {make.citizen().participant.id: 10 for _ in range(6)}
    more = people | {make.citizen().participant.id: 10}
    assert store_signals(place.campaign.id, [signal(people)], 1) == 1
    [found] = db.session.scalars(sa.select(VoteFinding).where(VoteFinding.key == "1"))
    assert (found.revision, found.measured["people"]) == (1, 6)
    assert store_signals(place.campaign.id, [signal(people)], 2) == 0
    assert found.revision == 1
    assert store_signals(place.campaign.id, [signal(more, "another pattern")], 3) == 0
    assert (found.revision, {one.participant_id for one in found.people}) == (2, set(more))


def test_what_was_judged_comes_back_only_with_five_more_people(place, make):
    people = {make.citizen().participant.id: 10 for _ in range(6)}
    store_signals(place.campaign.id, [signal(people)], 1)
    [found] = db.session.scalars(sa.select(VoteFinding).where(VoteFinding.key == "1"))
    dismiss_finding(found, place.moderator, "한 반이에요, 전화로 확인했어요")
    more = people | {make.citizen().participant.id: 10 for _ in range(4)}
    assert store_signals(place.campaign.id, [signal(more)], 2) == 0
    with clock.at(clock.now() + timedelta(days=91)):
        assert forget_judged_people() == 6
        db.session.expire_all()
        assert store_signals(place.campaign.id, [signal(more)], 3) == 0
        more |= {make.citizen().participant.id: 10}
        assert store_signals(place.campaign.id, [signal(more)], 4) == 1


def test_people_of_open_findings_are_kept(place):
    with clock.at(clock.now() + timedelta(days=400)):
        assert forget_judged_people() == 0


def test_a_dismissal_says_why(place):
    with pytest.raises(InvalidInput):
        dismiss_finding(place.finding, place.moderator, "")
    for actor in (SYSTEM, place.honest):
        with pytest.raises(Forbidden):
            dismiss_finding(place.finding, actor, WHY)
    dismiss_finding(place.finding, place.moderator, WHY, 1)
    assert place.finding.state is FindingState.DISMISSED
    assert counts(place.ideas[0]) == (3, 0, 0)
