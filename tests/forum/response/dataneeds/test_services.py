from __future__ import annotations

import pytest
import sqlalchemy as sa

from forum.analysis.themes.models import ThemeState
from forum.core.access import ANONYMOUS, SYSTEM, Role
from forum.core.errors import Forbidden, InvalidInput, NotFound, WrongState
from forum.core.extensions import db
from forum.deliberation.rounds.models import RoundState, TaskState
from forum.response.dataneeds.deciding import (
    offer_dataset,
    refuse_need,
    reopen_need,
    settle_need,
    take_offer_back,
)
from forum.response.dataneeds.models import DataNeed, NeedState
from forum.response.dataneeds.queries import NeedFilters, get_need, needs_page, own_needs
from forum.response.dataneeds.services import (
    NeedWords,
    ask_need,
    change_need,
    join_need,
    leave_need,
    withdraw_need,
)
from forum.response.dataneeds.subjects import of_thing, subject_named
from forum.response.datasets.models import DatasetState
from forum.system.audit.models import AuditEntry
from forum.system.notices.models import Notice, OutboxMail
from forum.system.texts.limits import TooManyTexts
from forum.voice.ideas.models import IdeaState

WORDS = NeedWords("상가는 밤에 전기를 얼마나 쓰나요?", "시간대별 전기 사용량", "어디부터 줄일지 정할 수 있어요.")


def n_people(need: DataNeed) -> int:
    return get_need(need.id, SYSTEM).n_people


def told(account) -> list[str]:
    return list(db.session.scalars(sa.select(Notice.text).where(Notice.account_id == account.id)))


@pytest.mark.parametrize("kind", ["idea", "theme", "referral", "task"])
def test_people_ask_about_four_kinds_of_things(make, kind):
    thing = make.theme(state=ThemeState.APPROVED) if kind == "theme" else getattr(make, kind)()
    need = ask_need(of_thing(thing), make.citizen(), WORDS)
    assert (need.state, need.campaign_id) == (NeedState.OPEN, of_thing(thing).campaign.id)
    assert [one.need for one in needs_page(NeedFilters(), 1, 20)] == [need]
    assert needs_page(NeedFilters(campaign_id=need.campaign_id + 1), 1, 20) == []
    assert subject_named({kind: [thing.id]}).thing == thing


@pytest.mark.parametrize(
    ("role", "may"),
    [
        (Role.CITIZEN, True),
        (Role.FACILITATOR, True),
        (Role.COUNCIL_MEMBER, True),
        (Role.ANALYST, False),
        (Role.MINISTRY_OFFICER, False),
        (Role.ADMIN, False),
    ],
)
def test_who_asks_and_joins(make, role, may):
    actor, idea, need = make.account(role), make.idea(), make.data_need()
    for act in (lambda: ask_need(of_thing(idea), actor, WORDS), lambda: join_need(need, actor)):
        if may:
            act()
        else:
            with pytest.raises(Forbidden):
                act()


def test_neither_visitors_nor_children_who_wait_nor_authors_join(make):
    need = make.data_need(author=(author := make.citizen()))
    for actor in (ANONYMOUS, make.child(), make.citizen(confirmed=False), author):
        with pytest.raises(Forbidden):
            join_need(need, actor)


def test_what_is_closed_or_hidden_takes_no_needs_and_hides_those_it_has(make):
    person = make.citizen()
    closed = [
        (make.idea(), {"state": IdeaState.WITHDRAWN}),
        (make.idea(), {"state": IdeaState.HIDDEN}),
        (make.theme(state=ThemeState.APPROVED), {"state": ThemeState.DRAFT}),
    ]
    for thing, gone in closed:
        need, subject = make.data_need(thing), of_thing(thing)
        for name, value in gone.items():
            setattr(thing, name, value)
        db.session.flush()
        with pytest.raises(WrongState):
            ask_need(subject, person, WORDS)
        with pytest.raises(WrongState):
            join_need(need, person)
        with pytest.raises(NotFound):
            get_need(need.id, person)
        with pytest.raises(NotFound):
            subject_named({subject.kind.name: [thing.id]})
    assert needs_page(NeedFilters(), 1, 20) == []
    task = make.task(make.council_round(present=None))
    assert task.round.state is RoundState.PLANNED
    left = make.task(state=TaskState.WITHDRAWN, reason="거두어요.")
    for one in (task, left):
        with pytest.raises(WrongState):
            ask_need(of_thing(one), person, WORDS)


@pytest.mark.parametrize(
    ("question", "wanted"),
    [("", "자료"), ("가" * 121, "자료"), ("무엇?", "가" * 10_000), ("무엇?", "900101-1234568"), ("무엇?", "\u3164")],
)
def test_words_are_checked(make, question, wanted):
    with pytest.raises(InvalidInput):
        ask_need(of_thing(make.idea()), make.citizen(), NeedWords(question, wanted, "좋아요"))


def test_phone_numbers_are_masked_and_kept_for_the_author(make):
    need = ask_need(of_thing(make.idea()), make.citizen(), NeedWords("무엇?", "010-1234-5678에 물어요", "좋아요"))
    assert "5678" not in need.wanted
    assert "5678" in (need.wanted_typed or "")
    assert need.benefit_typed is None


def test_an_address_names_exactly_one_thing(make):
    idea, theme = make.idea(), make.theme(state=ThemeState.APPROVED)
    for args in (
        {},
        {"idea": [idea.id], "theme": [theme.id]},
        {"idea": [idea.id, 1]},
        {"idea": [-1]},
        {"theme": [2**31 - 1]},
    ):
        with pytest.raises(NotFound):
            subject_named(args)


def test_a_person_asks_so_many_questions_a_day(app, make):
    app.config["DATA_NEED_LIMIT_PER_PERSON"] = "1 per day"
    person, subject = make.citizen(), of_thing(make.idea())
    ask_need(subject, person, WORDS)
    with pytest.raises(TooManyTexts):
        ask_need(subject, person, NeedWords("또 무엇?", "자료", "좋아요"))


def test_the_author_changes_it_until_somebody_joins(make):
    author, other = make.citizen(), make.citizen()
    need = make.data_need(author=author)
    change_need(need, author, WORDS, seen=1)
    assert (need.question, need.revision) == (WORDS.question, 2)
    with pytest.raises(WrongState):
        change_need(need, author, WORDS, seen=1)
    with pytest.raises(Forbidden):
        change_need(need, other, WORDS, seen=2)
    join_need(need, other)
    with pytest.raises(WrongState):
        change_need(need, author, WORDS, seen=2)


def test_what_was_withdrawn_only_its_author_and_moderators_read(make):
    author, other = make.citizen(), make.citizen()
    need = make.data_need(author=author)
    join_need(need, other)
    withdraw_need(need, author, seen=1)
    assert needs_page(NeedFilters(), 1, 20) == []
    assert [one.need for one in own_needs(author.participant.id)] == [need]
    assert own_needs(other.participant.id) == []
    for reader, may in ((author, True), (make.analyst(), True), (other, False), (ANONYMOUS, False)):
        if may:
            assert get_need(need.id, reader).need == need
        else:
            with pytest.raises(NotFound):
                get_need(need.id, reader)


def test_the_most_wanted_stands_first_and_a_join_counts_once(make):
    first, second, person = make.data_need(), make.data_need(), make.citizen()
    join_need(first, person)
    join_need(first, person)
    assert (n_people(first), n_people(second)) == (2, 1)
    assert [one.need for one in needs_page(NeedFilters(), 1, 20)] == [first, second]
    leave_need(first, person)
    leave_need(first, person)
    assert n_people(first) == 1
    assert [one.need for one in needs_page(NeedFilters(), 1, 20)] == [second, first]


def test_a_child_whose_consent_was_revoked_does_not_count(make):
    need, child = make.data_need(), make.child(waits_for_consent=False)
    join_need(need, child)
    assert n_people(need) == 2
    child.waits_for_consent = True
    db.session.flush()
    assert n_people(need) == 1


def test_a_steward_offers_and_an_analyst_settles(make):
    author, joiner, follower = make.citizen(), make.citizen(), make.citizen()
    idea = make.idea()
    make.follow(follower, idea)
    need = make.data_need(idea, author)
    join_need(need, joiner)
    holder = make.data_holder()
    steward, dataset, analyst = make.data_steward(holder).account, make.dataset(holder), make.analyst()
    with pytest.raises(WrongState):
        settle_need(need, analyst, "밤에 40%를 써요.", seen=1)
    for actor in (author, make.data_steward().account, make.officer()):
        with pytest.raises(Forbidden):
            offer_dataset(need, dataset, actor, seen=1)
    offer_dataset(need, dataset, steward, seen=1)
    offer_dataset(need, dataset, steward, seen=1)
    assert (need.state, len(need.offers)) == (NeedState.OFFERED, 1)
    with pytest.raises(Forbidden):
        settle_need(need, steward, "밤에 40%를 써요.", seen=2)
    with pytest.raises(InvalidInput):
        settle_need(need, analyst, " ", seen=2)
    settle_need(need, analyst, "밤에 40%를 써요.", seen=2)
    assert need.state is NeedState.SETTLED
    assert told(steward) == told(joiner)[1:]  # of the own offer nobody is told
    for person in (author, joiner, follower):
        assert [("풀렸" in text, "나왔" in text) for text in told(person)] == [(False, True), (True, False)]
    assert len(db.session.scalars(sa.select(OutboxMail.id).where(OutboxMail.recipient == author.email)).all()) == 2
    actions = db.session.scalars(sa.select(AuditEntry.action).order_by(AuditEntry.id)).all()
    assert [one for one in actions if one.startswith("data_needs.")] == ["data_needs.offer", "data_needs.settle"]
    with pytest.raises(WrongState):
        take_offer_back(need, dataset, steward, seen=3)
    reopen_need(need, analyst, seen=3)
    assert (need.state, need.state_reason, need.decided_at) == (NeedState.OFFERED, "", None)
    take_offer_back(need, dataset, steward, seen=4)
    take_offer_back(need, dataset, steward, seen=4)
    assert (need.state, need.offers) == (NeedState.OPEN, [])


@pytest.mark.parametrize("state", [DatasetState.PROPOSED, DatasetState.ENDED])
def test_only_datasets_that_one_may_get_are_offered(make, state):
    with pytest.raises(WrongState):
        offer_dataset(make.data_need(), make.dataset(state=state), make.analyst(), seen=1)


def test_a_need_is_refused_with_the_holders_reason_and_opened_again(make):
    author, analyst = make.citizen(), make.analyst()
    need = make.data_need(author=author)
    with pytest.raises(InvalidInput):
        refuse_need(need, analyst, "", seen=1)
    refuse_need(need, analyst, "영업 비밀이라고 했어요. 010-1234-5678", seen=1)
    assert "5678" not in need.state_reason
    assert "얻지 못했" in told(author)[0]
    for act in (
        lambda: refuse_need(need, analyst, "또", seen=2),
        lambda: offer_dataset(need, make.dataset(), analyst, seen=2),
        lambda: join_need(need, make.citizen()),
        lambda: withdraw_need(need, author, seen=2),
        lambda: reopen_need(need, analyst, seen=1),
    ):
        with pytest.raises(WrongState):
            act()
    reopen_need(need, analyst, seen=2)
    assert need.state is NeedState.OPEN
