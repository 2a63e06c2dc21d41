from __future__ import annotations

import json
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from forum.core import clock
from forum.core.access import ANONYMOUS, Role
from forum.core.errors import Forbidden, InvalidInput, WrongState
from forum.core.extensions import db
from forum.core.workdays import after_working_days
from forum.response.datafiles.access import may_have, may_have_now
from forum.response.datarequests.deciding import (
    answer_appeal,
    approve_request,
    change_terms,
    refuse_request,
    revoke_approval,
)
from forum.response.datarequests.models import DataRequest, Mark, Publishing, RequestState
from forum.response.datarequests.queries import days_to_access, decisions_in_time, requests_to_review, seat_of
from forum.response.datarequests.reviewing import add_seat, end_seat, publish_criteria
from forum.response.datarequests.services import accept_terms, appeal, confirm_erasure, withdraw_request
from forum.response.datarequests.tasks import forget_words, keep_clocks
from forum.response.datarequests.terms import agreement, erase_by, fingerprint
from forum.response.datasets.models import DatasetState, Sensitivity
from forum.system.audit.models import AuditEntry
from forum.system.notices.models import Notice, OutboxMail
from forum.system.texts.limits import TooManyTexts
from tests.forum.response.datarequests.steps import (
    accept,
    approve,
    ask,
    refuse,
    review,
    review_by_panel,
    seat_panel,
    terms,
    words,
)

DAY = timedelta(days=1)


@pytest.fixture
def desk(make):
    """A panel, a restricted dataset with a file, and its steward."""
    panel, dataset = seat_panel(make), make.restricted_dataset()
    steward = make.data_steward(dataset.holder).account
    file = make.data_file(dataset.versions[-1])
    return {"panel": panel, "dataset": dataset, "steward": steward, "file": file}


def told(account) -> list[str]:
    return list(db.session.scalars(sa.select(Notice.text).where(Notice.account_id == account.id).order_by(Notice.id)))


@pytest.mark.parametrize(
    ("role", "may"),
    [
        (Role.CITIZEN, True),
        (Role.FACILITATOR, True),
        (Role.COUNCIL_MEMBER, True),
        (Role.MINISTRY_OFFICER, True),
        (Role.ANALYST, False),
        (Role.ADMIN, False),
    ],
)
def test_who_asks(make, desk, role, may):
    actor = make.account(role)
    if may:
        assert ask(desk["dataset"], actor).state is RequestState.REVIEW
    else:
        with pytest.raises(Forbidden):
            ask(desk["dataset"], actor)


def test_neither_visitors_nor_children_who_wait_nor_the_holders_stewards_ask(make, desk):
    for actor in (ANONYMOUS, make.child(), make.citizen(confirmed=False), desk["steward"]):
        with pytest.raises(Forbidden):
            ask(desk["dataset"], actor)


@pytest.mark.parametrize(
    "values",
    [
        {"sensitivity": Sensitivity.OPEN},
        {"sensitivity": Sensitivity.AGGREGATE},
        {"state": DatasetState.TALKING},
        {"state": DatasetState.ENDED},
    ],
)
def test_only_restricted_datasets_on_offer_take_requests(make, desk, values):
    with pytest.raises(WrongState):
        ask(make.restricted_dataset(**values), make.citizen())


def test_without_criteria_or_with_too_small_a_panel_nobody_asks(make):
    dataset, author = make.restricted_dataset(), make.citizen()
    with pytest.raises(WrongState, match="심사 기준"):
        ask(dataset, author)
    panel = seat_panel(make)
    ask(dataset, author)
    assert [one.dataset_id for one in requests_to_review(panel[0])] == [dataset.id]
    end_seat(seat_of(panel[0]), make.analyst())
    with pytest.raises(WrongState, match="심사위원"):
        ask(make.restricted_dataset(), make.citizen())


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"purpose": " "}, "purpose"),
        ({"purpose": "가" * 1_001}, "purpose"),
        ({"users": "900101-1234568"}, "users"),
        ({"safeguards": ""}, "safeguards"),
        ({"use_kind": None}, "use_kind"),
        ({"n_users": 0}, "n_users"),
        ({"n_users": 101}, "n_users"),
        ({"from_on": date(2001, 1, 1)}, "from_on"),
        ({"until_on": date(2001, 1, 1)}, "until_on"),
        ({"until_on": date(2099, 1, 1)}, "until_on"),
    ],
)
def test_a_bad_request_is_refused_at_its_field(make, changes, field):
    with pytest.raises(InvalidInput) as refused:
        words(**changes).checked()
    assert list(refused.value.errors) == [field]


def test_a_phone_number_in_the_purpose_is_masked(make, desk):
    made = ask(desk["dataset"], make.citizen(), purpose="010-1234-5678로 알려 주세요.")
    assert "1234" not in made.purpose


def test_the_clocks_count_working_days_from_the_next_day(make, desk):
    today = clock.today()
    made = ask(desk["dataset"], make.citizen())
    assert (made.panel_due_on, made.due_on) == (after_working_days(today, 10), after_working_days(today, 20))


def test_one_person_has_one_request_for_a_dataset_at_a_time(make, desk):
    author = make.citizen()
    first = ask(desk["dataset"], author)
    with pytest.raises(WrongState, match="이미 신청"):
        ask(desk["dataset"], author)
    withdraw_request(first, author, seen=1)
    assert ask(desk["dataset"], author).id != first.id


def test_too_many_requests_of_one_person_are_refused(app, make, desk, monkeypatch):
    monkeypatch.setitem(app.config, "DATA_REQUEST_LIMIT_PER_PERSON", "1 per hour")
    author = make.citizen()
    ask(desk["dataset"], author)
    with pytest.raises(TooManyTexts):
        ask(make.restricted_dataset(), author)


def test_nobody_reviews_twice_nor_their_own_nor_their_holders(make, desk):
    panel, analyst = desk["panel"], make.analyst()
    own = ask(desk["dataset"], panel[0])
    with pytest.raises(Forbidden):
        review(own, panel[0])
    assert requests_to_review(panel[0]) == []
    review(own, panel[1])
    with pytest.raises(WrongState, match="이미 심사"):
        review(own, panel[1])
    add_seat(analyst, desk["steward"].email)
    for outsider in (desk["steward"], make.citizen(), analyst):
        with pytest.raises(Forbidden):
            review(own, outsider)
    assert requests_to_review(desk["steward"]) == []


def test_a_review_needs_a_mark_for_each_criterion(make, desk):
    made = ask(desk["dataset"], make.citizen())
    some = {made.criteria.items[0].id: Mark.YES}
    for changes in ({"marks": some}, {"words": ""}):
        with pytest.raises(InvalidInput):
            review(made, desk["panel"][0], **changes)
    assert made.reviews == []


def test_an_edition_of_criteria_is_that_of_the_day(make, desk):
    made, analyst = ask(desk["dataset"], make.citizen()), make.analyst()
    with pytest.raises(WrongState):
        publish_criteria(analyst, [("새 기준인가요?", "")], seen=0)
    publish_criteria(analyst, [("새 기준인가요?", "")], seen=1)
    later = ask(make.restricted_dataset(), make.citizen())
    assert (made.criteria.number, later.criteria.number) == (1, 2)
    review(made, desk["panel"][0])


def test_the_holder_waits_for_the_panel_but_not_for_ever(make, desk):
    made, steward = ask(desk["dataset"], make.citizen()), desk["steward"]
    review_by_panel(made, desk["panel"][:2])
    with pytest.raises(WrongState, match="심사위원 3명"):
        refuse(made, steward)
    with clock.at(clock.now() + 30 * DAY):
        refuse(made, steward)
    assert made.state is RequestState.REFUSED
    assert decisions_in_time() == (0, 1)


def test_only_the_holder_or_an_analyst_decides_and_nobody_on_their_own(make, desk):
    made = ask(desk["dataset"], make.citizen())
    review_by_panel(made, desk["panel"])
    other = make.data_steward().account
    for outsider in (other, desk["panel"][0], made.author.account, make.account(Role.MINISTRY_OFFICER)):
        with pytest.raises(Forbidden):
            refuse(made, outsider)
    make.data_steward(desk["dataset"].holder, made.author.account)  # became a steward after asking
    with pytest.raises(Forbidden):
        approve(made, made.author.account)
    approve(made, make.analyst())
    assert made.decisions[0].by_holder is False


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"until_on": None}, "until_on"),
        ({"until_on": date(2099, 1, 1)}, "until_on"),
        ({"most_users": 0}, "most_users"),
        ({"publishing": None}, "publishing"),
        ({"erase_within_days": 366}, "erase_within_days"),
        ({"more": "900101-1234568"}, "more"),
    ],
)
def test_bad_terms_are_refused_at_their_field_and_nothing_is_decided(make, desk, changes, field):
    made = ask(desk["dataset"], make.citizen())
    review_by_panel(made, desk["panel"])
    with pytest.raises(InvalidInput) as refused:
        approve_request(made, desk["steward"], "", terms(**changes), seen=made.revision)
    assert set(refused.value.errors) == {field, "reason"}
    assert (made.decisions, made.terms) == ([], [])


def test_access_begins_with_accepting_and_ends_with_the_day_the_terms_the_dataset_or_the_person(make, desk):
    made, file = ask(desk["dataset"], make.citizen()), desk["file"]
    author = made.author.account
    review_by_panel(made, desk["panel"])
    approve(made, desk["steward"])
    assert may_have(file, author) is False
    with pytest.raises(WrongState):
        accept_terms(made, author, seen=made.revision, seen_terms="0" * 64)
    accept(made)
    accept(made)  # twice is once
    assert (may_have(file, author), len(made.terms[-1].acceptances)) == (True, 1)
    assert may_have(file, make.citizen()) is False
    for days, may in ((60, True), (61, False)):
        with clock.at(clock.now() + days * DAY):
            assert may_have(file, author) is may
    other = make.data_file(make.restricted_dataset().versions[-1])
    assert may_have(other, author) is False
    desk["dataset"].terms = "이제 학교 안에서만 써요."
    db.session.flush()
    assert may_have(file, author) is False
    accept(made)
    assert may_have(file, author) is True
    change_terms(made, desk["steward"], terms(publishing=Publishing.NOTHING), seen=made.revision)
    assert may_have(file, author) is False
    accept(made)
    desk["dataset"].state, desk["dataset"].end_reason = DatasetState.ENDED, "더 모으지 않아요"
    desk["dataset"].ended_at = clock.now()
    db.session.flush()
    assert may_have(file, author) is False


def test_a_role_that_does_not_ask_ends_access(make, desk):
    made = ask(desk["dataset"], make.citizen())
    review_by_panel(made, desk["panel"])
    approve(made, desk["steward"], accepts=True)
    author_id, file_id = made.author.account_id, desk["file"].id
    assert may_have_now(file_id, author_id) is True
    made.author.account.active = False
    db.session.flush()
    assert may_have_now(file_id, author_id) is False


def test_withdrawing_and_revoking_end_access_at_once(make, desk):
    author, other = make.citizen(), make.citizen()
    given_back, revoked = ask(desk["dataset"], author), ask(desk["dataset"], other)
    for made in (given_back, revoked):
        review_by_panel(made, desk["panel"])
        approve(made, desk["steward"], accepts=True)
    withdraw_request(given_back, author, seen=given_back.revision)
    with pytest.raises(InvalidInput):
        revoke_approval(revoked, desk["steward"], " ", seen=revoked.revision)
    revoke_approval(revoked, desk["steward"], "다른 목적에 썼어요.", seen=revoked.revision)
    assert (may_have(desk["file"], author), may_have(desk["file"], other)) == (False, False)
    confirm_erasure(revoked, other, seen=revoked.revision)
    with pytest.raises(WrongState):
        confirm_erasure(revoked, other, seen=revoked.revision)
    assert "지웠다고" in told(desk["steward"])[-1]


def test_an_appeal_is_answered_by_another_and_looked_at_once_more(make, desk):
    first, second, author = make.analyst(), make.analyst(), make.citizen()
    made = ask(desk["dataset"], author)
    review_by_panel(made, desk["panel"])
    refuse(made, first)
    with pytest.raises(Forbidden):
        appeal(made, make.citizen(), "다시 봐 주세요.", seen=made.revision)
    appeal(made, author, "다시 봐 주세요.", seen=made.revision)
    with pytest.raises(WrongState, match="한 번만"):
        appeal(made, author, "또 봐 주세요.", seen=made.revision)
    for outsider in (first, desk["steward"], author):
        with pytest.raises(Forbidden):
            answer_appeal(made, outsider, True, "다시 볼게요.", seen=made.revision)
    answer_appeal(made, second, True, "다시 볼게요.", seen=made.revision)
    assert (made.state, made.round, made.due_on > clock.today()) == (RequestState.REVIEW, 2, True)
    review_by_panel(made, desk["panel"])
    refuse_request(made, desk["steward"], "그래도 줄 수 없어요.", seen=made.revision)
    assert [one.round for one in made.decisions] == [1, 2]
    with pytest.raises(WrongState, match="한 번만"):
        appeal(made, author, "또 봐 주세요.", seen=made.revision)


def test_an_appeal_comes_within_thirty_days(make, desk):
    made = ask(desk["dataset"], make.citizen())
    review_by_panel(made, desk["panel"])
    refuse(made, desk["steward"])
    with clock.at(clock.now() + 40 * DAY), pytest.raises(WrongState, match="30일"):
        appeal(made, made.author.account, "다시 봐 주세요.", seen=made.revision)


def test_days_to_access_are_counted_to_the_first_acceptance(make, desk):
    made = ask(desk["dataset"], make.citizen())
    ask(desk["dataset"], make.citizen())
    review_by_panel(made, desk["panel"])
    with clock.at(clock.now() + 5 * DAY):
        approve(made, desk["steward"], accepts=True)
    with clock.at(clock.now() + 9 * DAY):
        change_terms(made, desk["steward"], terms(may_join=True), seen=made.revision)
        accept(made)
    assert days_to_access() == {made.id: 5}
    assert decisions_in_time() == (1, 1)


def test_the_terms_are_an_agreement_that_programs_read(make, desk):
    made = ask(desk["dataset"], make.citizen())
    review_by_panel(made, desk["panel"])
    approve(made, desk["steward"])
    found = agreement(made.terms[-1])
    use = found["permission"][0]
    until = next(one for one in use["constraint"] if one["operator"] == "lteq" and one["leftOperand"] == "dateTime")
    assert until["rightOperand"]["@value"] == (clock.today() + 60 * DAY).isoformat()
    assert [one["action"] for one in use["duty"]] == ["attribute", "delete", "inform"]
    assert erase_by(made.terms[-1]) == clock.today() + 74 * DAY
    assert made.author.account.display_name not in json.dumps(found, ensure_ascii=False)
    assert len(fingerprint(made.terms[-1])) == 64


def test_who_decides_is_reminded_and_analysts_hear_when_it_is_late(make, desk):
    analyst = make.analyst()
    made = ask(desk["dataset"], make.citizen())
    start, due = clock.now(), (made.due_on - clock.today()).days
    db.session.commit()
    assert keep_clocks() == 0
    for days, sent in ((due - 3, 1), (due - 2, 0), (due + 1, 1), (due + 2, 0), (due + 8, 1)):
        with clock.at(start + days * DAY):
            assert (days - due, keep_clocks()) == (days - due, sent)
            assert keep_clocks() == 0
    assert [("지났어요" in text) for text in told(analyst)] == [True, True]
    assert "까지 정해 주세요" in told(desk["steward"])[1]


def test_whoever_had_data_hears_once_that_the_time_is_over(make, desk):
    made = ask(desk["dataset"], make.citizen())
    review_by_panel(made, desk["panel"])
    approve(made, desk["steward"], accepts=True)
    start, author = clock.now(), made.author.account
    db.session.commit()
    for days, sent in ((60, 0), (61, 1), (62, 0), (92, 0)):
        with clock.at(start + days * DAY):
            assert keep_clocks() == sent
    assert "기간이 끝났어요" in told(author)[-1]


def test_what_the_parties_read_is_forgotten_three_years_after_the_use(make, desk):
    made = ask(desk["dataset"], make.citizen())
    review_by_panel(made, desk["panel"])
    refuse(made, desk["steward"])
    start, made_id = clock.now(), made.id
    db.session.commit()
    for days, n in ((1_180, 0), (1_190, 1), (1_191, 0)):
        with clock.at(start + days * DAY):
            assert forget_words() == n
    kept = db.session.get(DataRequest, made_id)
    assert (kept.users, kept.safeguards, bool(kept.purpose)) == ("", "", True)


def test_each_act_of_staff_is_in_the_audit_without_a_word_that_somebody_wrote(make, desk):
    made = ask(desk["dataset"], make.citizen())
    review_by_panel(made, desk["panel"])
    approve(made, desk["steward"], accepts=True)
    change_terms(made, desk["steward"], terms(may_join=True), seen=made.revision)
    revoke_approval(made, desk["steward"], "다른 목적에 썼어요.", seen=made.revision)
    entries = db.session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id)).all()
    actions = [one.action for one in entries if one.action.startswith("data_requests.")]
    assert actions == [
        "data_requests.publish_criteria",
        *["data_requests.add_seat"] * 3,
        *["data_requests.review"] * 3,
        "data_requests.approve",
        "data_requests.set_terms",
        "data_requests.change_terms",
        "data_requests.revoke",
    ]
    spelled = json.dumps([one.after for one in entries], ensure_ascii=False)
    assert not any(word in spelled for word in ("다른 목적", "쓰임이 분명", "자전거"))


def test_panel_holder_and_person_hear_of_it(make, desk):
    made = ask(desk["dataset"], make.citizen())
    assert "심사해 주세요" in told(desk["panel"][0])[-1]
    assert "신청이 왔어요" in told(desk["steward"])[-1]
    review_by_panel(made, desk["panel"])
    refuse(made, desk["steward"])
    author = made.author.account
    assert "거절됐어요" in told(author)[-1]
    mails = list(db.session.scalars(sa.select(OutboxMail.recipient)))
    assert {author.email, desk["steward"].email, desk["panel"][0].email} <= set(mails)


def test_two_acts_on_one_page_do_not_both_count(make, desk):
    made = ask(desk["dataset"], make.citizen())
    review_by_panel(made, desk["panel"])
    seen = made.revision
    refuse_request(made, desk["steward"], "아직 줄 수 없어요.", seen=seen)
    with pytest.raises(WrongState):
        approve_request(made, make.analyst(), "쓰임이 분명해요.", terms(), seen=seen)
    assert [one.is_approved for one in made.decisions] == [False]
