"""What the digest takes from the votes together: groups, common ground, voices, the ideas at its front."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from forum.analysis.opinions.lens import AGE
from forum.analysis.opinions.models import OpinionScore
from forum.analysis.opinions.queries import current_snapshot
from forum.analysis.opinions.services import start_snapshot
from forum.analysis.shortlists.models import Slate, SlateStanding
from forum.analysis.themes.models import ThemeState
from forum.core.access import SYSTEM
from forum.core.extensions import db
from forum.publication.digests.models import DigestKind
from forum.voice.ideas.models import IdeaState
from tests.forum.analysis.opinions.crowd import crowd
from tests.forum.publication.digests.collecting.told import collected, content_of
from tests.unguarded import unguarded


@pytest.fixture
def split(make, work):
    """Two camps of 40 that all back four ideas and differ on eight; a theme of three of these ideas."""
    found = crowd(make)
    ideas = [*found.shared, *found.dividing]
    run = make.run(found.campaign, [ideas])
    members = [found.shared[0], *found.dividing[:2]]
    values = {"run_id": run.id, "cluster_id": run.clusters[0].id}
    theme = make.theme(found.campaign, members, state=ThemeState.APPROVED, **values)
    start_snapshot(found.campaign, SYSTEM)
    work()
    db.session.commit()
    return found, theme


def set_ages(cells_of) -> None:
    """Store what the lens shows of ideas: {idea: {age group: [votes, agreeing]}}."""
    by_id = {idea.id: cells for idea, cells in cells_of.items()}
    with unguarded("opinion_score") as connection:
        for idea_id, cells in by_id.items():
            own = OpinionScore.idea_id == idea_id
            connection.execute(sa.update(OpinionScore).where(own).values(lens={AGE: cells}))


def test_groups_common_ground_and_the_front_come_from_the_snapshot(split):
    found, _theme = split
    whole = collected(found.campaign)
    content, snapshot = whole.content, current_snapshot(found.campaign.id)
    assert whole.snapshot_id == snapshot.id
    assert (content.opinion.number, content.opinion.n_people) == (1, 80)
    assert [group.letter for group in content.opinion.groups] == ["가", "나"]
    assert all(people >= 5 for *_place, people in content.opinion.places)
    assert all(group.sentences for group in content.opinion.groups)
    shared = {idea.id for idea in found.shared}
    assert content.headline.basis == "GROUND"
    assert set(content.headline.idea_ids[:4]) == shared
    values = [content.idea(key).ground.common.value for key in content.headline.idea_ids]
    assert values == sorted(values, reverse=True)
    assert {one.idea_id for one in content.dividing} <= {idea.id for idea in found.dividing}
    ground = content.idea(found.shared[0].id).ground
    assert 0 <= ground.common.low <= ground.common.value <= ground.common.high <= 1
    assert [group.letter for group in ground.groups] == ["가", "나"]
    (chapter,) = content.themes
    assert chapter.best_ground.id == found.shared[0].id
    assert [(voice.stands_for, voice.idea_id in shared) for voice in chapter.voices] == [
        ("AGREEING", True),
        ("DISSENTING", False),
    ]


def test_a_narrow_digest_speaks_of_its_own_ideas_only(split):
    found, theme = split
    content = content_of(found.campaign, kind=DigestKind.THEME, theme_id=theme.id)
    own = {idea.id for idea in content.ideas}
    assert {one.idea_id for one in content.dividing} <= own
    assert set(content.headline.idea_ids) <= own
    said = " ".join(words for group in content.opinion.groups for words in group.sentences)
    assert not [idea.title for idea in found.dividing[2:] if idea.title in said]


def test_the_voice_of_the_future_is_chosen_by_the_cells_of_many_young_people(split):
    found, _theme = split
    first, second = found.dividing[:2]
    set_ages({first: {"0": [8, 8], "30": [70, 10]}, second: {"0": [30, 20], "20": [10, 9]}})
    voices = {voice.stands_for: voice for voice in content_of(found.campaign).themes[0].voices}
    assert voices["FUTURE"].idea_id in {first.id, second.id} - {voices["DISSENTING"].idea_id}
    assert voices["FUTURE"].label == "30살 아래가 많이 찬성한 제안"
    set_ages({first: {"30": [70, 60]}, second: {"20": [10, 1]}})
    assert "FUTURE" not in {voice.stands_for for voice in content_of(found.campaign).themes[0].voices}


def test_a_slate_that_may_be_told_stands_at_the_front_without_what_was_withdrawn(split, make):
    found, _theme = split
    listed = found.dividing[:3]
    shortlist = make.shortlist(found.campaign, listed, size=2, is_open=False)
    make.slate(shortlist, listed)
    untold = make.slate(make.shortlist(found.campaign, found.shared, is_open=False), found.shared)
    own = Slate.shortlist_id == untold.shortlist_id
    with unguarded("slate") as connection:
        connection.execute(sa.update(Slate).where(own).values(standing=SlateStanding.UNTOLD))
    content = content_of(found.campaign)
    assert (content.headline.basis, content.slate.number) == ("SLATE", shortlist.number)
    assert set(content.headline.idea_ids) <= {idea.id for idea in listed}
    assert content.headline.why.startswith("후보 투표 1회에서 5명의 투표로 고른 대표안이에요.")
    chosen = content.slate.idea_ids[0]
    next(idea for idea in listed if idea.id == chosen).state = IdeaState.WITHDRAWN
    db.session.commit()
    assert chosen not in content_of(found.campaign).headline.idea_ids


def test_without_groups_the_front_is_what_has_most_support(make):
    campaign = make.campaign()
    ideas = [make.idea(campaign) for _n in range(3)]
    make.run(campaign, [ideas])
    ideas[0].tally.agree, ideas[0].tally.disagree = 90, 10
    ideas[1].tally.agree = 6
    ideas[2].tally.agree = 3
    db.session.commit()
    content = content_of(campaign)
    assert (content.opinion, content.headline.basis) == (None, "SUPPORT")
    assert content.headline.idea_ids == (ideas[0].id, ideas[1].id)
