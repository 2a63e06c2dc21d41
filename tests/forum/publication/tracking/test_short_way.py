from __future__ import annotations

import re
from datetime import timedelta

import pytest

from forum.analysis.themes.models import ThemeState
from forum.core import clock
from forum.core.extensions import db
from forum.publication.tracking.journey import journey_of
from forum.publication.tracking.present import Place
from forum.publication.tracking.queries import outcomes, thread_of, timeline_of
from forum.publication.tracking.short_way import ShortReached, own_pilots, short_present
from forum.response.pilots.models import PilotDecision, PilotOrigin, PilotState, ReadingPhase
from forum.response.shortpath.models import CheckOutcome, ShortAnswerKind
from forum.voice.campaigns.models import CampaignKind
from forum.voice.ideas.models import IdeaState
from forum.voice.ideas.queries import get_idea
from tests.factories import SCRIPT

DUE = clock.today()


def fresh(idea):
    db.session.flush()
    db.session.expire_all()
    return get_idea(idea.id)


def way(idea):
    return [(one.name, one.state, one.note) for one in journey_of(thread_of(fresh(idea)))]


def told(idea):
    """Title and detail of each entry of the timeline."""
    return [(one.title, one.detail) for one in timeline_of(fresh(idea))]


def ended(make, idea, outcome, **values):
    now = clock.now()
    decided = {"decided_at": now, "decided_on": clock.today(), "decided_by_id": make.analyst().id}
    return make.everyday_check(idea, outcome=outcome, **(decided | values))


def sent(make, idea):
    """The letter of an everyday idea, which ended its check."""
    letter = make.referral(make.theme(idea.campaign, [idea], state=ThemeState.APPROVED))
    ended(make, idea, CheckOutcome.SENT, referral_id=letter.id, office_name="마포구 도로과")
    return letter


def measured(make, pilot):
    """Measured before, started, and measured after."""
    make.reading(pilot)
    pilot.state = PilotState.RUNNING
    db.session.flush()
    make.reading(pilot, ReadingPhase.AFTER)


def decided(make, pilot, decision):
    pilot.state, pilot.decision, pilot.decision_reason = PilotState.DECIDED, decision, "멈춘 차가 늘었어요."
    pilot.decided_at, pilot.decided_by_id = clock.now(), pilot.created_by_id
    db.session.flush()


def test_a_check_has_a_public_clock_and_says_that_it_is_late(make):
    idea = make.everyday_idea()
    check = make.everyday_check(idea)
    assert [one[:2] for one in way(idea)] == [("제안", "done"), ("확인", "now"), ("전달", "ahead"), ("답변", "ahead")]
    assert "확인해요" in way(idea)[1][2]
    assert [title for title, _detail in told(idea)][-3:] == ["확인", "맡은 곳에 전달", "맡은 곳의 답변"]
    check.started_on, check.due_on = clock.today() - timedelta(days=9), clock.today() - timedelta(days=2)
    assert way(idea)[1][2] == "확인이 2일 늦어지고 있어요"
    assert any("2일 늦어지고" in detail for _title, detail in told(idea))


def test_an_idea_that_is_not_for_the_forum_ends_there_with_the_reason(make):
    idea = make.everyday_idea()
    ended(make, idea, CheckOutcome.NOT_HERE, reason="개인끼리의 일이에요.")
    assert way(idea)[-1] == ("확인", "now", "이 포럼에서 다룰 수 없어요")
    assert ("분석가가 이 포럼에서 다룰 수 없다고 알렸어요", "개인끼리의 일이에요.") in told(idea)


def test_a_fixed_idea_ends_at_the_answer_with_its_kind_and_photos(make):
    idea = make.everyday_idea()
    letter = sent(make, idea)
    assert way(idea)[3][:2] == ("답변", "now")
    make.short_answer(ShortAnswerKind.FIXED_NOW, referral=letter, n_photos=2)
    stations = way(idea)
    assert stations[-1] == ("답변", "done", "이번에 고쳤어요(사진 2장)")
    assert stations[2][2] == letter.lead.ministry.name
    entries = told(idea)
    assert any(title.endswith("답변했어요: 이번에 고쳤어요(사진 2장)") for title, _detail in entries)
    assert any("맡은 곳: 마포구 도로과." in detail for _title, detail in entries)
    assert not any("약속한 일" in title for title, _detail in entries)


def test_a_pilot_is_told_from_the_promise_to_the_offices_that_took_it_over(make):
    idea = make.everyday_idea()
    letter = sent(make, idea)
    make.short_answer(ShortAnswerKind.PILOT, referral=letter)
    assert way(idea)[-1] == ("시범", "now", "약속한 시범을 기다려요")
    assert told(idea)[-1][0] == "약속한 시범"
    pilot = make.pilot(letter)
    assert way(idea)[-1][1:] == ("now", "준비 중")
    make.reading(pilot)
    pilot.state = PilotState.RUNNING
    make.reading(pilot, ReadingPhase.AFTER)
    assert way(idea)[-1][1:] == ("now", "해 보는 중")
    decided(make, pilot, PilotDecision.SPREAD)
    other = make.pilot(letter, origin=PilotOrigin.SPREAD, parent_id=pilot.id, ministry_id=make.ministry().id)
    stations = journey_of(thread_of(fresh(idea)))
    assert (stations[-1].state, stations[-1].note) == ("done", "다른 곳에도 알려요 · 1곳이 이어받음")
    assert stations[-1].url == f"/pilots/{pilot.id}"
    urls = [one.url for one in timeline_of(idea)]
    assert f"/pilots/{other.id}" in urls
    assert f"/referrals/{letter.id}" in urls
    entries = dict(told(idea))
    after = next(detail for title, detail in entries.items() if "한 뒤 값을 쟀어요" in title)
    assert "40%에서 70%" in after
    assert "진짜 차이는" in after
    assert entries[
        f"{pilot.ministry.name}{'이' if '이 해 본' in str(entries) else '가'} 해 본 것을 다른 곳에도 알리기로 했어요"
    ]


def test_a_merged_idea_follows_the_one_that_it_was_merged_into_and_back(make):
    first = make.everyday_idea()
    letter = sent(make, first)
    later = make.everyday_idea(first.campaign)
    later.state, later.merged_into_id = IdeaState.MERGED, first.id
    ended(make, later, CheckOutcome.SAME, same_as_id=first.id)
    stations = journey_of(thread_of(fresh(later)))
    assert (stations[1].note, stations[1].url) == ("먼저 나온 제안에 합침", f"/ideas/{first.id}")
    assert stations[2].url == f"/referrals/{letter.id}"
    urls = {one.url for one in timeline_of(later)}
    assert {f"/ideas/{first.id}", f"/referrals/{letter.id}"} <= urls
    assert f"/ideas/{later.id}" in {one.url for one in timeline_of(fresh(first))}
    found = outcomes([first.id, later.id])
    assert (found[later.id].place, found[later.id].path) == (Place.ANSWER, f"/referrals/{letter.id}")
    assert found[later.id] == found[first.id]


def test_a_hidden_target_is_not_named(make):
    first, later = make.everyday_idea(title="비밀스러운 제목"), None
    later = make.everyday_idea(first.campaign)
    later.state, later.merged_into_id = IdeaState.MERGED, first.id
    ended(make, later, CheckOutcome.SAME, same_as_id=first.id)
    first.state = IdeaState.HIDDEN
    assert "비밀" not in repr(journey_of(thread_of(fresh(later)))) + repr(timeline_of(later))


@pytest.mark.parametrize(
    ("kind", "pilots", "words", "place"),
    [
        (ShortAnswerKind.NO, (), "답변: ", Place.ANSWER),
        (ShortAnswerKind.PILOT, (PilotState.RUNNING,), "해 보고 있어요", Place.PROMISE),
    ],
)
def test_lists_of_own_ideas_say_where_an_everyday_idea_is(make, kind, pilots, words, place):
    idea = make.everyday_idea()
    letter = sent(make, idea)
    make.short_answer(kind, referral=letter)
    if pilots:
        pilot = make.pilot(letter)
        make.reading(pilot)
        pilot.state = pilots[0]
    db.session.flush()
    found = outcomes([idea.id])[idea.id]
    assert found.place is place
    assert found.text.startswith(str(kind.label))
    assert not pilots or words in found.text
    assert found.names[1] == "확인"


def test_an_idea_without_a_check_goes_the_usual_way(make):
    idea = make.idea(make.campaign(kind=CampaignKind.EVERYDAY))
    assert way(idea)[1][:2] == ("정책 주제", "now")
    assert outcomes([idea.id])[idea.id].names == ()


def test_pilots_of_others_are_not_those_of_the_office_that_answered(make):
    pilot = make.pilot()
    decided(make, pilot, PilotDecision.SPREAD)
    taken = make.pilot(pilot.referral, origin=PilotOrigin.SPREAD, parent_id=pilot.id, ministry_id=make.ministry().id)
    decided(make, taken, PilotDecision.CHANGE)
    again = make.pilot(pilot.referral, origin=PilotOrigin.CHANGED, parent_id=taken.id, ministry_id=taken.ministry_id)
    assert own_pilots([pilot, taken, again]) == [pilot]


@pytest.mark.parametrize(
    ("states", "words", "has_ended"),
    [
        ((), "약속한 시범을 기다려요", False),
        ((PilotState.PLANNED,), "시범을 준비하고 있어요", False),
        ((PilotState.DECIDED, PilotState.PLANNED), "시범을 준비하고 있어요", False),
        ((PilotState.DECIDED,), "해 보고 정했어요", True),
        ((PilotState.CANCELLED,), "재지 않고 그만두었어요", True),
    ],
)
def test_a_promised_pilot_is_awaited_until_it_is_decided(states, words, has_ended):
    present = short_present(ShortReached(CheckOutcome.SENT, DUE, 0, True, True, ShortAnswerKind.PILOT, states))
    assert (present.place, present.words, present.has_ended) == (Place.PROMISE, words, has_ended)


def links(response) -> set[str]:
    return set(re.findall(r'href="(/[^"#?]*)', response.get_data(as_text=True)))


def test_each_hop_is_a_link_both_ways(make, client):
    idea = make.everyday_idea()
    letter = sent(make, idea)
    make.short_answer(ShortAnswerKind.PILOT, referral=letter, n_photos=1)
    pilot = make.walked_pilot(letter, PilotState.DECIDED, PilotDecision.SPREAD)
    spread = {"origin": PilotOrigin.SPREAD, "parent_id": pilot.id, "ministry_id": make.ministry().id}
    taken = make.walked_pilot(letter, PilotState.RUNNING, **spread)
    db.session.commit()
    pages = {
        name: links(client.get(path))
        for name, path in {
            "idea": f"/ideas/{idea.id}",
            "letter": f"/referrals/{letter.id}",
            "pilot": f"/pilots/{pilot.id}",
            "taken": f"/pilots/{taken.id}",
        }.items()
    }
    assert {f"/referrals/{letter.id}", f"/pilots/{pilot.id}", f"/pilots/{taken.id}"} <= pages["idea"]
    assert {f"/ideas/{idea.id}", f"/pilots/{pilot.id}", f"/pilots/{taken.id}"} <= pages["letter"]
    assert {f"/referrals/{letter.id}", f"/pilots/{taken.id}"} <= pages["pilot"]
    assert {f"/referrals/{letter.id}", f"/pilots/{pilot.id}"} <= pages["taken"]


def test_an_ideas_page_shows_what_the_office_did_with_its_photo(make, client):
    idea = make.everyday_idea()
    make.short_answer(ShortAnswerKind.FIXED_NOW, referral=sent(make, idea), n_photos=1)
    db.session.commit()
    page = client.get(f"/ideas/{idea.id}").get_data(as_text=True)
    assert "이번에 고쳤어요." in page
    assert '<img src="/answers/photos/' in page
    assert SCRIPT not in page


def test_own_ideas_stand_at_the_stations_of_everyday_ideas(make, client):
    author = make.citizen()
    idea = make.everyday_idea(author=author)
    make.everyday_check(idea)
    db.session.commit()
    client.login(author)
    page = client.get("/mine").get_data(as_text=True)
    assert "다섯 단계 가운데 2번째, 확인:" in page
    assert "확인해요" in page
