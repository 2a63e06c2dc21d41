"""The council's rounds as open data: nothing of planned rounds, open stages or open motions, no name with a score."""

from __future__ import annotations

import pytest

from forum.core.extensions import db
from forum.deliberation.rounds.models import RoundState
from forum.publication.opendata.queries import row_counts
from forum.publication.opendata.tables import TABLES
from tests.forum.publication.opendata.weighing import weigh

NAMES = ("tasks", "scores", "ballots", "conflicts")


@pytest.fixture
def round_(make):
    return weigh(make)


def rows_of(name, campaign):
    columns = [column.key for column in TABLES[name].columns()]
    return [dict(zip(columns, row, strict=True)) for row in TABLES[name].rows(campaign)]


def test_each_table_has_as_many_rows_as_the_page_says(round_, client):
    counts = row_counts(round_.campaign)
    assert {name: len(rows_of(name, round_.campaign)) for name in NAMES} == {name: counts[name] for name in NAMES}
    assert [counts[name] for name in NAMES] == [1, 1, 1, 2]
    for name in NAMES:
        with client.get(f"/c/{round_.campaign.slug}/data/{name}.csv") as sent:
            assert sent.status_code == 200
            sent.get_data()


def test_only_the_newest_result_of_a_closed_stage_is_given(round_):
    [row] = rows_of("scores", round_.campaign)
    assert (row["stage"], row["result"], row["rank"], row["median"]) == ("분과 심의", 2, 1, 4.0)
    assert "김위원" not in str(row)


def test_ballots_are_by_name_with_their_dissent(round_):
    [row] = rows_of("ballots", round_.campaign)
    assert (row["member"], row["choice"], row["outcome"]) == ("김위원", "반대", "부결")
    assert row["dissent"] == "더 따져야 해요"


def test_statements_name_members_and_no_citizen_of_a_team(round_):
    by_seat, by_team = rows_of("conflicts", round_.campaign)
    assert (by_seat["member"], by_seat["is_late"]) == ("김위원", False)
    assert (by_team["member"], by_team["office"], by_team["is_late"]) == ("국민포럼팀 위원", "", True)
    assert round_.team_account.display_name not in str(by_team)


def test_a_planned_round_and_another_campaign_give_nothing(round_, make):
    other = make.campaign()
    assert [rows_of(name, other) for name in NAMES] == [[]] * len(NAMES)
    round_.state = RoundState.PLANNED
    db.session.commit()
    assert [rows_of(name, round_.campaign) for name in NAMES] == [[]] * len(NAMES)
    assert [row_counts(round_.campaign)[name] for name in NAMES] == [0] * len(NAMES)
