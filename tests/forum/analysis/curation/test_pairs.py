from __future__ import annotations

import pytest
import sqlalchemy as sa

from forum.analysis.curation.membership import merge_themes
from forum.analysis.curation.models import EditKind, RecordedEdit, ThemeLineage
from forum.analysis.curation.pairs import join_clusters, pairs_of
from forum.analysis.curation.services import adopt_cluster, edit_theme, undo_edit
from forum.analysis.themes.models import Theme, ThemeState
from forum.core.errors import Forbidden, NotFound, WrongState
from forum.core.extensions import db
from tests.forum.analysis.curation.test_services import last_edit, members
from tests.races import at_once

STILL = ("0", "0")


@pytest.fixture
def run(make):
    campaign = make.campaign(slug="real")
    clusters = [[make.idea(campaign) for _ in range(n)] for n in (3, 2, 2)]
    return make.run(campaign, clusters, quality={"nearly_equal": [[1, 2, 0.91], [2, 3, 0.6]]})


@pytest.fixture
def analyst(make):
    return make.analyst()


def test_joining_makes_one_draft_with_the_title_of_the_larger_cluster(run, analyst):
    theme = join_clusters(run, (1, 2), analyst, STILL)
    assert (theme.title, theme.state, theme.cluster_id) == (run.clusters[0].title, ThemeState.DRAFT, run.clusters[0].id)
    assert len(members(theme)) == 5
    kinds = db.session.scalars(sa.select(RecordedEdit.kind).order_by(RecordedEdit.id)).all()
    assert kinds == [EditKind.ADOPT, EditKind.ADOPT, EditKind.MERGE]
    assert pairs_of(run)[0].is_one
    undo_edit(last_edit(), analyst)
    assert len(members(theme)) == 3


def test_a_cluster_with_a_theme_keeps_its_name_whatever_its_size(run, analyst):
    small = adopt_cluster(run.clusters[1], analyst, "사람의 이름")
    pair = pairs_of(run)[0]
    assert (pair.kept.cluster.number, pair.joined.cluster.number) == (2, 1)
    assert join_clusters(run, (2, 1), analyst, (f"{small.id}:{small.version}", "0")) is small
    assert (small.title, len(members(small))) == ("사람의 이름", 5)


def test_a_theme_of_an_earlier_run_that_a_cluster_continues_is_the_one_that_is_kept(run, analyst, make):
    earlier = make.theme(run.campaign, [make.idea(run.campaign)], title="앞선 이름")
    line = {"run_id": run.id, "theme_id": earlier.id, "cluster_id": run.clusters[0].id, "kind": "same"}
    db.session.add(ThemeLineage(**line, is_successor=True))
    db.session.flush()
    theme = join_clusters(run, (1, 2), analyst, (f"{earlier.id}:{earlier.version}", "0"))
    assert (theme.id, theme.title, len(members(theme))) == (earlier.id, "앞선 이름", 3)


@pytest.mark.parametrize(
    "meanwhile",
    [
        lambda run, analyst: adopt_cluster(run.clusters[0], analyst, "먼저"),
        lambda run, analyst: adopt_cluster(run.clusters[1], analyst, "먼저"),
        lambda run, analyst: join_clusters(run, (1, 2), analyst, STILL),
    ],
    ids=["kept adopted", "joined adopted", "joined"],
)
def test_what_has_changed_since_the_page_was_shown_is_not_joined(run, analyst, meanwhile):
    meanwhile(run, analyst)
    n_edits = db.session.scalar(sa.select(sa.func.count(RecordedEdit.id)))
    with pytest.raises(WrongState):
        join_clusters(run, (1, 2), analyst, STILL)
    assert db.session.scalar(sa.select(sa.func.count(RecordedEdit.id))) == n_edits


def test_an_edited_theme_is_not_merged_unseen(run, analyst):
    theme = adopt_cluster(run.clusters[0], analyst, "이름")
    seen = (pairs_of(run)[0].kept.seen, "0")
    edit_theme(theme, analyst, "다른 이름", "", theme.version)
    with pytest.raises(WrongState, match="고쳤어요"):
        join_clusters(run, (1, 2), analyst, seen)


def test_of_two_who_join_at_once_one_is_told(app, run, analyst):
    run_id, analyst_id = run.id, analyst.id

    def act():
        account = db.session.get_one(type(analyst), analyst_id)
        join_clusters(db.session.get_one(type(run), run_id), (1, 2), account, STILL)

    db.session.commit()
    results = at_once(app, [act, act])
    assert sum(result is None for result in results) == 1
    live = db.session.scalars(sa.select(Theme).where(Theme.state == ThemeState.DRAFT)).all()
    assert [len(members(theme)) for theme in live] == [5]


def test_a_decided_theme_is_named_as_what_stands_in_the_way(run, analyst, make):
    approved = make.theme(run.campaign, state=ThemeState.APPROVED, run_id=run.id, cluster_id=run.clusters[0].id)
    pair = pairs_of(run)[0]
    assert "다시 검토하기" in pair.obstacle
    with pytest.raises(WrongState, match="다시 검토하기"):
        join_clusters(run, (1, 2), analyst, (pair.kept.seen, "0"))
    assert approved.state is ThemeState.APPROVED


def test_pairs_follow_mergers(run, analyst):
    first, second = (adopt_cluster(cluster, analyst, cluster.title) for cluster in run.clusters[:2])
    merge_themes(first, second, analyst, first.version, second.version)
    assert [pair.is_one for pair in pairs_of(run)] == [True, False]
    assert pairs_of(run)[1].kept.theme is second


@pytest.mark.parametrize("numbers", [(1, 3), (1, 1), (9, 1), (1, -1)])
def test_only_a_pair_that_the_run_found_is_joined(run, analyst, numbers):
    with pytest.raises(NotFound):
        join_clusters(run, numbers, analyst, STILL)


def test_only_analysts_join(run, make):
    with pytest.raises(Forbidden):
        join_clusters(run, (1, 2), make.admin(), STILL)


def test_the_run_s_page_offers_its_pairs_and_an_older_run_has_none(run, client, analyst, make):
    client.login(analyst)
    page = client.get(f"/runs/{run.id}").text
    assert page.count("하나로 합치기</button>") == 2
    assert f'action="/runs/{run.id}/clusters/1/join"' in page
    typed = {"other": "2", "seen": "0", "other_seen": "0"}
    answer = client.post(f"/runs/{run.id}/clusters/1/join", data=typed)
    theme = db.session.scalars(sa.select(Theme).where(Theme.state == ThemeState.DRAFT)).one()
    assert answer.headers["Location"].endswith(f"/desk/themes/{theme.id}")
    late = client.post(f"/runs/{run.id}/clusters/1/join", data=typed)
    assert late.status_code == 409
    assert "먼저" in late.text or "다른 분석가" in late.text
    assert "이미 한 주제예요" in client.get(f"/runs/{run.id}").text
    assert "하나로 합칠까요" not in client.get(f"/runs/{make.run(make.campaign()).id}").text
