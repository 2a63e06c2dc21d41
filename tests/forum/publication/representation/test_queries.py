from __future__ import annotations

import pytest

from forum.core.extensions import db
from forum.publication.representation.models import Dimension, ParticipantCount
from forum.publication.representation.population import age_group, populations
from forum.publication.representation.queries import breakdown, representation

AGES = populations()[Dimension.AGE]


def shares(counts: dict[str, int]) -> dict[str, int | None]:
    found = breakdown(Dimension.AGE, counts, AGES)
    return {group.name: group.share for group in found.groups}


@pytest.fixture
def counted(make):
    def store(ages: dict[str, int], regions: dict[str, int]):
        campaign = make.campaign()
        for dimension, cells in ((Dimension.AGE, ages), (Dimension.REGION, regions)):
            db.session.add_all(
                ParticipantCount(campaign_id=campaign.id, dimension=dimension, code=code, people=n)
                for code, n in cells.items()
            )
        db.session.flush()
        return campaign

    return store


def test_the_shipped_population_is_whole():
    assert [group.code for group in AGES.groups] == ["10", "20", "30", "40", "50", "60", "70"]
    residents_from_ten = 51_091_769 - 2_890_297  # of the ministry's file, all 17 regions
    assert AGES.people == populations()[Dimension.REGION].people == residents_from_ten
    assert {one.as_of.isoformat() for one in populations().values()} == {"2026-06-30"}


@pytest.mark.parametrize(("age", "code"), [(8, "10"), (14, "10"), (19, "10"), (20, "20"), (69, "60"), (102, "70")])
def test_age_groups(age, code):
    assert age_group(2026 - age, 2026) == code


def test_shares_are_of_those_who_told_and_small_groups_are_hidden():
    found = breakdown(Dimension.AGE, {"10": 50, "20": 5, "30": 45, "40": 0, "": 25}, AGES)
    assert [group.share for group in found.groups] == [50, 5, 45, None, None, None, None]
    assert [group.population_share for group in found.groups] == [10, 12, 14, 16, 18, 17, 15]
    assert found.untold_share == 20
    assert found.in_words == (
        "10대는 인구보다 많이 참여하고 있어요: 참여자 가운데 50%, 인구 가운데 10%. "
        "30대는 인구보다 많이 참여하고 있어요: 참여자 가운데 45%, 인구 가운데 14%. "
        "40대, 50대, 60대, 70대 이상은 수를 숨겼어요. 다 합치면 참여자 가운데 0%, 인구 가운데 66%."
    )


def test_one_small_group_hides_another_and_few_untold_are_not_shown():
    counts = {"10": 30, "20": 30, "30": 30, "40": 30, "50": 20, "60": 9, "70": 4, "": 4}
    assert [name for name, share in shares(counts).items() if share is None] == ["60대", "70대 이상"]
    assert breakdown(Dimension.AGE, counts, AGES).untold_share is None


def test_a_dimension_that_few_told_is_left_out(counted):
    found = representation(counted({"20": 40}, {"11": 19, "": 21}).id)
    assert [one.label for one in found.breakdowns] == ["나이"]
    assert found.people == 40


@pytest.mark.parametrize("ages", [{}, {"20": 19}], ids=["never-counted", "few"])
def test_too_early_to_say_who_is_missing(client, counted, ages):
    campaign = counted(ages, ages)
    assert representation(campaign.id) is None
    assert "보여 드리기에는 일러요" in client.get(f"/c/{campaign.slug}").text


def test_the_campaign_says_who_is_missing(client, counted):
    campaign = counted({"10": 60, "20": 20, "70": 3}, {"11": 70, "26": 13})
    page = client.get(f"/c/{campaign.slug}").text
    assert "20대" in page
    assert "약 80명" in page
    assert "2026년 6월 30일" in page
    assert "수를 숨겼어요. 다 합치면" in page
