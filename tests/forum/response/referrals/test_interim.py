"""A ministry says where it stands before it answers; neither its state nor its clock changes."""

from __future__ import annotations

from datetime import timedelta
from html import unescape

import pytest
import sqlalchemy as sa

from forum.core import clock
from forum.core.errors import InvalidInput, NotFound, WrongState
from forum.core.extensions import db
from forum.people.accounts.models import Account
from forum.response.answers.services import approve_answer
from forum.response.deadlines.queries import differences
from forum.response.referrals.interim import (
    MAX_INTERIMS,
    give_interim_answer,
    interims_of,
    last_event_of,
    short_interim_words,
)
from forum.response.referrals.models import Answer, AssignmentState, EventType, ReferralEvent
from forum.response.referrals.queries import get_referral, quoted_ideas
from forum.response.referrals.stages import stages_of
from forum.response.referrals.states import INTERIM_STATES
from forum.system.audit.models import AuditEntry
from forum.system.notices.models import Notice
from tests.factories import SCRIPT
from tests.races import act_elsewhere, at_once


@pytest.fixture
def waiting(make):
    """A letter that is under review, its officer, and a supporter who is told."""
    referral, fan = make.received(make.referral()), make.citizen()
    officer = make.officer(referral.lead.ministry)
    make.vote(quoted_ideas(referral.id)[0].idea, fan)
    db.session.commit()
    return referral, officer, fan


def say(referral, officer, text="두 부서에 물어보고 있어요.", day=None, seen=None):
    seen = last_event_of(referral.lead) if seen is None else seen
    return give_interim_answer(referral, officer, text, day, seen=seen)


def test_it_is_public_told_audited_and_changes_neither_state_nor_clock(client, waiting):
    referral, officer, fan = waiting
    before = referral.lead.state, referral.due_on, referral.lead.clock.due_on
    day = clock.today() + timedelta(days=90)
    event = say(referral, officer, f"담당자에게 물으면 돼요: 010-1234-5678 {SCRIPT}", day)
    db.session.commit()
    assert (referral.lead.state, referral.due_on, referral.lead.clock.due_on) == before
    assert "돼요: ***-****-****" in event.reason
    assert (event.until_on, event.state_before, event.state_after) == (day, before[0], before[0])
    [told] = db.session.scalars(sa.select(Notice).where(Notice.account_id == fan.id, Notice.kind == "interim_answered"))
    assert "중간 답변" in told.text
    entry = db.session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "referrals.interim_answered")).one()
    assert "010" not in str(entry.after)
    assert differences()[1] == []
    for path in (
        f"/referrals/{referral.id}",
        f"/themes/{referral.theme_id}",
        f"/c/{referral.theme.campaign.slug}/referrals",
    ):
        page = unescape(client.get(path).get_data(as_text=True))
        assert "까지 답하려고 한대요" in page, path
        assert "중간 답변" in page, path
        assert SCRIPT not in client.get(path).get_data(as_text=True)


def test_what_is_refused(make, waiting):
    referral, officer, _fan = waiting
    with pytest.raises(NotFound):
        say(referral, make.officer(make.ministry()))
    with pytest.raises(InvalidInput) as refused:
        say(referral, officer, "주민번호 900101-1234567", clock.today() - timedelta(days=1))
    assert set(refused.value.errors) == {"text", "expected_on"}
    with pytest.raises(InvalidInput):
        say(referral, officer, "  ", clock.today() + timedelta(days=400))
    seen = last_event_of(referral.lead)
    say(referral, officer)
    with pytest.raises(WrongState, match="새 일이 생겼어요"):  # a double click, or a colleague
        say(referral, officer, seen=seen)
    for _n in range(MAX_INTERIMS - 1):
        say(referral, officer)
    with pytest.raises(WrongState, match="20번까지"):
        say(referral, officer)
    make.answer(referral)
    with pytest.raises(WrongState, match="이미 답변한 문서"):
        say(referral, officer)
    assert interims_of([referral.id]) == {}
    unread = make.referral()
    with pytest.raises(WrongState, match="먼저 접수"):
        say(unread, make.officer(unread.lead.ministry))


def test_after_the_due_date_it_is_taken_and_the_page_still_says_late(client, make, waiting):
    referral, officer, _fan = waiting
    expected = clock.today() + timedelta(days=2)
    for phase in referral.theme.campaign.phases:
        phase.closes_at = None
    say(referral, officer, day=expected)
    db.session.commit()
    with clock.at(clock.now() + timedelta(days=60)):
        say(referral, officer, "아직 예산을 기다려요.")
        db.session.commit()
        client.login(officer)
        page = client.get(f"/referrals/{referral.id}").get_data(as_text=True)
        assert "답변이 늦어지고 있어요" in page
        assert "아직 예산을 기다려요." in page
        [event] = interims_of([referral.id])[referral.id]
        assert short_interim_words(event).startswith("중간 답변")
        event = db.session.scalars(sa.select(ReferralEvent).where(ReferralEvent.until_on == expected)).one()
        assert "답하려던 날" in short_interim_words(event)


def test_an_officer_gives_it_on_the_page_and_a_colleague_was_quicker(app, client, waiting):
    referral, officer, _fan = waiting
    client.login(officer)
    path = f"/referrals/{referral.id}/interim"
    assert path in client.get(f"/referrals/{referral.id}").get_data(as_text=True)
    seen = last_event_of(referral.lead)
    ids = referral.id, officer.id

    def colleague():
        say(get_referral(ids[0]), db.session.get_one(Account, ids[1]), "동료가 먼저 썼어요.")

    act_elsewhere(app, colleague)
    typed = {"text": "내가 쓴 글", "expected_on": "", "seen": str(seen)}
    page = client.post(path, data=typed)
    text = page.get_data(as_text=True)
    assert page.status_code == 409
    assert "내가 쓴 글" in text
    assert "동료가 먼저 썼어요." in text
    assert client.post(path, data=typed | {"seen": str(last_event_of(referral.lead))}).status_code == 303
    assert client.get(path).status_code == 200


def test_an_interim_answer_and_the_answer_at_once(app, make, waiting):
    referral, officer, _fan = waiting
    draft = make.answer(referral, published_at=None, submitted_at=clock.now(), author_id=officer.id)
    approver = make.approver(referral.lead.ministry)
    ids, seen = (referral.id, officer.id, approver.id, draft.id, draft.revision), last_event_of(referral.lead)

    def interim():
        say(get_referral(ids[0]), db.session.get_one(Account, ids[1]), seen=seen)

    def answer():
        approve_answer(db.session.get_one(Answer, ids[3]), db.session.get_one(Account, ids[2]), ids[4])

    results = at_once(app, [interim, answer])
    assert results[1] is None
    acts = [event.act for event in db.session.scalars(sa.select(ReferralEvent).order_by(ReferralEvent.id))]
    n_interim = acts.count(EventType.INTERIM_ANSWERED)
    assert (n_interim, type(results[0])) in {(1, type(None)), (0, WrongState)}
    assert acts[-1] is EventType.ANSWERED
    assert get_referral(ids[0]).lead.state is AssignmentState.ANSWERED
    assert differences()[1] == []


def test_the_recount_finds_one_that_cannot_have_been_given(make):
    referral = make.referral()
    make.event(referral.lead, EventType.INTERIM_ANSWERED, AssignmentState.SENT, AssignmentState.SENT, reason="글")
    assert any("중간 답변" in what for what in differences()[1])


S = AssignmentState
WAYS = {
    (S.SENT, True, False): "[전달] 접수 검토 답변 이행",
    (S.ACKNOWLEDGED, True, False): "전달 [접수] 검토 답변 이행",
    (S.CORRECTION, True, True): "전달 접수 [중간 답변] 검토 답변 이행",
    (S.REVIEWING, True, False): "전달 접수 [검토] 답변 이행",
    (S.REVIEWING, True, True): "전달 접수 검토 [중간 답변] 답변 이행",
    (S.REVIEWING, False, False): "전달 접수 [검토] 의견",
    (S.TRANSFERRED, False, False): "전달 접수 [이송]",
    (S.ANSWERED, False, False): "전달 접수 검토 [의견]",
    (S.ANSWERED, True, False): "전달 접수 검토 [답변] 이행",
    (S.REEXAMINING, True, False): "전달 접수 검토 답변 [재심사] 다시 답변",
    (S.REEXAMINING, True, True): "전달 접수 검토 답변 재심사 [중간 답변] 다시 답변",
    (S.DELIVERING, True, False): "전달 접수 검토 답변 [이행]",
    (S.COMPLETED, True, False): "전달 접수 검토 답변 [이행 완료]",
}


class _Part:
    """What `stages_of` reads of an assignment of a letter whose answer promised something."""

    def __init__(self, state, is_lead):
        self.state, self.is_lead = state, is_lead

    @property
    def referral(self):
        return self

    published_answer = type("Answered", (), {"milestones": [1]})


@pytest.mark.parametrize(("state", "is_lead", "has_interim"), WAYS)
def test_the_row_of_stages_marks_the_present_one(state, is_lead, has_interim):
    stages = stages_of(_Part(state, is_lead), has_interim)
    drawn = " ".join(f"[{one.name}]" if one.state == "now" else one.name for one in stages)
    assert drawn == WAYS[state, is_lead, has_interim]
    assert [one.state for one in stages] == sorted((one.state for one in stages), key=["done", "now", "ahead"].index)


def test_each_state_is_either_before_the_answer_or_after_it():
    assert {state for state, _lead, given in WAYS if given} <= INTERIM_STATES
