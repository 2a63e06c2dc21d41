from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from forum.analysis.themes.models import ThemeState
from forum.core import clock
from forum.core.extensions import db
from forum.core.reference import Sector
from forum.publication.opendata import queries
from forum.publication.opendata.queries import answer_rows, idea_rows, row_counts, theme_rows
from forum.publication.opendata.tables import TABLES
from forum.response.referrals.models import Decision, EventType
from forum.response.shortpath.models import CheckOutcome
from forum.voice.campaigns.queries import get_campaign
from forum.voice.everyday.models import EverydayKind
from forum.voice.ideas.models import IdeaState
from tests.forum.publication.tracking.test_short_way import measured


def records(name: str, campaign) -> list[dict[str, object]]:
    """The rows of a table by their columns' keys."""
    table = TABLES[name]
    keys = [column.key for column in table.columns()]
    return [dict(zip(keys, row, strict=True)) for row in table.rows(campaign)]


def test_an_idea_has_its_words_votes_themes_and_common_ground(make):
    campaign = make.campaign()
    late_in_utc = datetime(2026, 11, 22, 15, 30, tzinfo=UTC)
    idea = make.idea(campaign, sector=Sector.TRANSPORT, region_code="11", created_at=late_in_utc)
    for n in range(5):
        make.vote(idea, make.citizen(), 1 if n < 3 else -1)
    make.comment(idea)
    theme = make.theme(campaign, [idea], state=ThemeState.APPROVED, title="전기 버스")
    make.snapshot(campaign, [idea])
    [row] = records("ideas", campaign)
    assert (row["id"], row["title"], row["body"]) == (idea.id, idea.title, idea.body)
    assert (row["sector"], row["region"], row["created_on"]) == ("수송", "서울", date(2026, 11, 23))
    assert (row["themes"], row["theme_ids"]) == ("전기 버스", str(theme.id))
    assert (row["agree"], row["disagree"], row["pass"], row["comments"]) == (3, 2, 0, 1)
    assert row["support"] == pytest.approx(0.6)
    assert row["support_low"] < 0.6 < row["support_high"]
    assert (row["ground"], row["ground_low"], row["ground_high"], row["badge"]) == (0.6, 0.4, 0.75, False)
    assert str(row["url"]).endswith(f"/ideas/{idea.id}")


def test_an_idea_that_tells_little_leaves_cells_empty(make):
    campaign = make.campaign()
    make.idea(campaign, sector=None, region_code=None)
    make.vote(make.idea(campaign), make.citizen(), 1)
    for row in records("ideas", campaign):
        assert (row["support"], row["support_low"], row["ground"], row["imported_agree"]) == (None,) * 4
    assert (records("ideas", campaign)[0]["sector"], records("ideas", campaign)[0]["region"]) == ("", "")


def test_an_idea_from_a_gathering_names_it_and_has_its_paper_apart(make):
    gathering = make.gathering(state="FINISHED", title="마을회관 모임")
    born, brought = make.room_idea(gathering, make.entry(gathering)), make.room_idea(gathering)
    make.paper(gathering, 9, {born: (5, 2, 1), brought: (3, 0, 0)})
    make.theme(gathering.campaign, [born, brought], state=ThemeState.APPROVED)
    first, second = records("ideas", gathering.campaign)
    assert (first["gathering"], first["gathering_title"], first["room_number"]) == (gathering.id, "마을회관 모임", 1)
    assert (first["room_way"], first["paper_agree"], first["agree"]) == ("휴대전화로 씀", 5, 0)
    assert (second["gathering"], second["gathering_title"], second["paper_agree"]) == (None, "", 3)
    [theme] = records("themes", gathering.campaign)
    assert (theme["paper_agree"], theme["paper_disagree"], theme["paper_pass"]) == (8, 2, 1)
    assert (theme["room_ideas"], theme["agree"]) == (1, 0)


def test_a_hidden_gathering_is_in_no_open_data(make):
    gathering = make.gathering(state="FINISHED", is_hidden=True)
    make.room_idea(gathering, make.entry(gathering))
    [row] = records("ideas", gathering.campaign)
    assert (row["gathering"], row["gathering_title"], row["room_way"]) == (None, "", "")


@pytest.mark.parametrize("state", [IdeaState.HIDDEN, IdeaState.WITHDRAWN, IdeaState.MERGED])
def test_only_open_ideas_are_given(make, state):
    campaign = make.campaign()
    kept = make.idea(campaign)
    merged = {"merged_into_id": kept.id} if state is IdeaState.MERGED else {}
    gone = make.idea(campaign, state=state, **merged)
    make.idea(make.campaign())  # of another forum
    theme = make.theme(campaign, [kept, gone], state=ThemeState.APPROVED)
    assert [row["id"] for row in records("ideas", campaign)] == [kept.id]
    assert [(row["id"], row["ideas"]) for row in records("themes", campaign)] == [(theme.id, 1)]
    counts = row_counts(campaign)
    names = (
        "answers",
        "interim",
        "ratings",
        "pledges",
        "tasks",
        "scores",
        "ballots",
        "conflicts",
        "needs",
        "data_uses",
    )
    assert counts == {"ideas": 1, "themes": 1, "outcomes": 3} | dict.fromkeys(names, 0)


def test_all_ideas_come_however_many_are_read_at_once(make, monkeypatch):
    monkeypatch.setattr(queries, "IDEAS_AT_ONCE", 2)
    campaign = make.campaign()
    ideas = [make.idea(campaign) for _ in range(5)]
    assert [row[0] for row in idea_rows(campaign)] == [idea.id for idea in ideas]


@pytest.mark.parametrize("state", [ThemeState.DRAFT, ThemeState.REJECTED])
def test_only_approved_themes_are_given_and_named(make, state):
    campaign = make.campaign()
    idea = make.idea(campaign)
    make.theme(campaign, [idea], state=state, decision_reason="까닭")
    assert list(theme_rows(campaign)) == []
    assert records("ideas", campaign)[0]["themes"] == ""
    assert row_counts(campaign)["themes"] == 0


def test_a_theme_has_its_sums_and_newest_letter_and_the_largest_comes_first(make):
    campaign = make.campaign()
    small = make.theme(campaign, [make.idea(campaign)], state=ThemeState.APPROVED)
    ideas = [make.idea(campaign), make.idea(campaign)]
    large = make.theme(campaign, ideas, state=ThemeState.APPROVED)
    for idea in ideas:
        for _ in range(3):
            make.vote(idea, make.citizen(), 1)
    referral = make.referral(large)
    make.milestone(make.answer(referral), percent_done=40)
    first, second = records("themes", campaign)
    assert (first["id"], second["id"]) == (large.id, small.id)
    assert (first["ideas"], first["agree"], first["support"]) == (2, 6, 1.0)
    assert (first["number"], first["decision"], first["percent_done"]) == (referral.code, "수용", 0.4)
    assert (second["state"], second["number"], second["decision"]) == ("전달 전", "", "")


def test_a_letter_has_its_published_answer_and_never_a_draft(make):
    campaign = make.campaign()
    theme = make.theme(campaign, [make.idea(campaign)], state=ThemeState.APPROVED)
    answered = make.referral(theme)
    make.answer(answered, decision=Decision.PARTLY, reason="예산에 담겠습니다.")
    waiting = make.referral(theme)
    make.answer(waiting, reason="아직 비밀인 초안", published_at=None)
    first, second = records("answers", campaign)
    assert (first["number"], first["decision"], first["reason"]) == (answered.code, "일부 수용", "예산에 담겠습니다.")
    assert (first["answered_on"], first["days_late"]) == (clock.today(), 0)
    assert (second["number"], second["decision"], second["reason"], second["answered_on"]) == (
        waiting.code, "", "", None,
    )  # fmt: skip


def test_a_letter_that_waits_too_long_says_how_long(make):
    campaign = make.campaign()
    theme = make.theme(campaign, [make.idea(campaign)], state=ThemeState.APPROVED)
    letter = make.referral(theme, sent_at=clock.now() - timedelta(days=90))
    late = (clock.today() - letter.due_on).days
    assert late > 0
    assert [row["days_late"] for row in records("answers", campaign)] == [late]


@pytest.mark.parametrize("name", TABLES)
def test_more_rows_send_no_more_statements(make, count_queries, name):
    slug, done = make.campaign().slug, {"percent_done": 100, "is_closed": True, "finished_on": clock.today()}

    def statements() -> int:
        campaign = get_campaign(slug)
        theme = make.theme(campaign, [make.idea(campaign)], state=ThemeState.APPROVED)
        step = make.milestone(make.answer(make.referral(theme)), **done)
        make.rating(make.rating_round(step))
        make.pledge(theme)
        make.need_offer(make.data_need(theme))
        db.session.flush()
        db.session.expunge_all()
        campaign = get_campaign(slug)
        return count_queries(lambda: list(TABLES[name].rows(campaign)))

    few = statements()
    assert [statements() for _ in range(2)] == [few, few]


def test_ratings_and_pledges_of_fewer_than_five_people_stay_hidden(make):
    done = {"percent_done": 100, "is_closed": True, "finished_on": clock.today()}
    letter = make.received(make.referral())
    state, said = letter.lead.state, "지금 재고 있습니다."
    make.event(letter.lead, EventType.INTERIM_ANSWERED, state, state, reason=said)
    asked = make.rating_round(make.milestone(make.answer(letter), **done))
    campaign = letter.theme.campaign
    for n_people in range(1, 6):
        make.rating(asked, helps=4)
        make.pledge(letter.theme)
        [rated] = records("ratings", campaign)
        pledged = {row["made_by"]: (row["people"], row["is_hidden"]) for row in records("pledges", campaign)}
        if n_people < 5:
            assert (rated["raters"], rated["helps"], rated["happened_partly"]) == (None, None, None)
            assert set(pledged.values()) == {(None, True)}
    assert (rated["done"], rated["raters"], rated["helps"], rated["has_gap"]) == (10, 5, 4, True)
    assert (pledged["나"], pledged["우리 반"]) == ((5, False), (0, False))
    assert [(row["words"], row["number"]) for row in records("interim", campaign)] == [(said, letter.code)]
    found = row_counts(campaign)
    assert [found[name] for name in ("ratings", "pledges", "interim")] == [1, 4, 1]


def test_letters_of_other_forums_stay_there(make):
    make.answer(make.referral())
    assert list(answer_rows(make.campaign())) == []


def test_every_column_has_a_line_and_a_name_of_its_own():
    for table in TABLES.values():
        columns = table.columns()
        assert len({column.key for column in columns}) == len({column.label for column in columns}) == len(columns)
        assert all(column.about for column in columns)


def test_an_everyday_idea_has_its_kind_and_place_and_others_do_not(make):
    idea = make.everyday_idea(kind=EverydayKind.TRANSPORT, district="해운대구", place="역 앞 사거리")
    [row] = records("ideas", idea.campaign)
    assert (row["kind"], row["district"], row["place"]) == ("교통", "해운대구", "역 앞 사거리")
    [row] = records("ideas", make.idea(make.campaign()).campaign)
    assert (row["kind"], row["district"], row["place"]) == ("", "", "")


def test_checks_tell_how_they_ended_and_hidden_ideas_are_left_out(make):
    waiting, hidden = make.everyday_idea(), None
    campaign, today = waiting.campaign, clock.today()
    make.everyday_check(waiting, started_on=today - timedelta(days=9), due_on=today - timedelta(days=4))
    refused = make.everyday_idea(campaign)
    ended = {"decided_at": clock.now(), "decided_on": today, "decided_by_id": make.analyst().id}
    make.everyday_check(refused, outcome=CheckOutcome.NOT_HERE, reason="개인의 일이에요.", **ended)
    hidden = make.everyday_idea(campaign, state=IdeaState.HIDDEN)
    make.everyday_check(hidden)
    first, second = records("checks", campaign)
    assert (first["id"], first["outcome"], first["days_late"], first["decided_on"]) == (waiting.id, "확인 중", 4, None)
    assert (second["outcome"], second["reason"]) == ("이 포럼에서 다룰 수 없음", "개인의 일이에요.")
    assert row_counts(campaign)["checks"] == 2


def test_a_pilot_has_its_readings_difference_and_interval_in_words(make):
    pilot = make.pilot()
    measured(make, pilot)
    campaign = pilot.referral.theme.campaign
    [row] = records("pilots", campaign)
    assert (row["before"], row["after"], row["difference"]) == ("100대 가운데 40대", "100대 가운데 70대", "+30%p")
    assert row["low"].startswith("+16")
    assert row["high"].startswith("+42")
    assert "30%p 늘었어요" in row["said"]
    assert (row["number"], row["url"][-len(f"/pilots/{pilot.id}") :]) == (pilot.referral.code, f"/pilots/{pilot.id}")
