"""Runs with vectors, the encoding job, the lineage of clusters, and groups of duplicates."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from forum.analysis.embeddings import services as embeddings
from forum.analysis.themes.models import ClusterLineage, ClusterMember, DuplicateGroup, Granularity, ThemeRun
from forum.analysis.themes.queries import ENCODE_JOB, RUN_JOB, current_run, duplicate_groups, lineage_of
from forum.analysis.themes.services import start_duplicate_search, start_run
from forum.core.access import SYSTEM, Role
from forum.core.errors import Forbidden
from forum.core.extensions import db
from forum.system.jobs.models import Job, JobState
from forum.voice.ideas.models import IdeaState
from nlp.similarity.embedding_store import EmbeddingStore
from tests.forum.analysis.embeddings.test_services import ByHand

SUBJECTS = (
    (
        "따릉이 대여소",
        "공공자전거 따릉이 대여소",
        ("지하철역 앞", "학교 정문 옆", "아파트 후문", "강변 산책로", "시장 골목"),
    ),
    (
        "일회용컵 보증금",
        "카페 일회용컵 보증금",
        ("손님이 많은 가게", "대학가 거리", "휴게소 매장", "영화관 안", "배달 음식점"),
    ),
    (
        "가로수 그늘",
        "도로 가로수 그늘",
        ("버스가 서는 길", "초등학교 통학로", "공장 둘레", "새로 난 도로", "전통시장 입구"),
    ),
)
ENDINGS = ("늘려 주세요", "확대합시다", "지원해 주세요", "만들어요", "많이 둡시다")


@pytest.fixture
def campaign(make):
    campaign = make.campaign()
    for n, ending in enumerate(ENDINGS):
        for title, what, places in SUBJECTS:
            make.idea(campaign, title=f"{places[n]} {title} {ending}", body=f"{places[n]}에는 {what} 없어서 불편합니다")
    return campaign


@pytest.fixture
def encoder(app, monkeypatch):
    one = ByHand()
    monkeypatch.setattr(embeddings, "get_encoder", lambda name: one)
    return one


def jobs(kind):
    return db.session.scalars(sa.select(Job).where(Job.kind == kind).order_by(Job.id)).all()


def test_a_run_does_not_wait_for_vectors_and_is_repeated_once_when_they_are_there(campaign, encoder, work):
    start_run(campaign, SYSTEM, Granularity.FINE)
    assert set(work()) == {JobState.DONE}
    _first, second = jobs(RUN_JOB)
    assert [run.n_with_vectors for run in db.session.scalars(sa.select(ThemeRun).order_by(ThemeRun.id))] == [0, 15]
    assert len(jobs(ENCODE_JOB)) == 1
    run = current_run(campaign.id)
    assert run is not None
    assert (run.job_id, run.encoder) == (second.id, "by hand 1")
    assert run.parameters["granularity"] == "fine"
    assert work() == []


def test_without_encoder_nothing_is_encoded_and_nothing_repeated(campaign, work):
    start_run(campaign, SYSTEM)
    assert work() == [JobState.DONE]
    assert jobs(ENCODE_JOB) == []


def test_a_new_idea_is_encoded_alone_and_the_analysis_repeated(campaign, encoder, make, work):
    start_run(campaign, SYSTEM)
    work()
    before = encoder.texts
    make.idea(campaign, title="마을버스 배차를 늘려 주세요", body="막차가 너무 이릅니다")
    start_run(campaign, SYSTEM)
    work()
    assert encoder.texts == before + 2
    assert current_run(campaign.id).n_with_vectors == 16


def test_an_encoder_that_cannot_run_fails_its_job_in_words_and_leaves_the_run(campaign, encoder, work, monkeypatch):
    def broken(_texts):
        raise RuntimeError("no model")

    monkeypatch.setattr(encoder, "encode", broken)
    start_run(campaign, SYSTEM)
    assert work() == [JobState.DONE, JobState.FAILED]
    assert current_run(campaign.id).n_with_vectors == 0
    assert len(jobs(RUN_JOB)) == 1


def test_a_run_counts_people_and_arguments(campaign, work):
    start_run(campaign, SYSTEM)
    work()
    run = current_run(campaign.id)
    assert run.clusters
    for cluster in run.clusters:
        assert 0 < cluster.people <= cluster.size
        assert cluster.arguments + cluster.copies == cluster.size


def test_a_run_keeps_its_nearly_equal_clusters_by_their_numbers(campaign, work, monkeypatch):
    monkeypatch.setattr("nlp.pipeline.nearly_equal_themes", lambda _vectors, _labels: ((0, 1, 0.9),))
    start_run(campaign, SYSTEM)
    work()
    run = current_run(campaign.id)
    ((first, second, likeness),) = run.quality["nearly_equal"]
    assert likeness == 0.9
    assert 1 <= first < second <= len(run.clusters)


def test_each_run_says_what_became_of_the_last_ones_clusters(campaign, make, work):
    start_run(campaign, SYSTEM)
    work()
    assert lineage_of(current_run(campaign.id)) == []
    old = current_run(campaign.id)
    start_run(campaign, SYSTEM)
    work()
    links = lineage_of(current_run(campaign.id))
    assert {link.kind for link in links} == {"same"}
    assert {link.earlier_id for link in links} == {cluster.id for cluster in old.clusters}
    assert all(link.score == 1 and link.is_successor for link in links)
    kept, pairs = current_run(campaign.id).quality["pairs_kept"]
    assert kept == pairs > 0
    assert "pairs_kept" not in old.quality


def test_a_link_of_lineage_has_an_end(campaign, make):
    run = make.run(campaign)
    db.session.add(ClusterLineage(run_id=run.id, kind="new"))
    with pytest.raises(sa.exc.IntegrityError, match="link_has_an_end"):
        db.session.flush()


def test_ideas_that_ask_the_same_stand_in_groups_that_are_renewed_as_a_whole(campaign, make, work):
    twin = make.idea(
        campaign, title="따릉이 대여소를 늘려 주세요", body="지하철역 앞에 공공자전거 대여소가 모자랍니다 0"
    )
    start_duplicate_search(campaign, make.analyst())
    assert work() == [JobState.DONE]
    groups, more = duplicate_groups(campaign.id, 0, 20)
    assert any(twin.id in [idea.id for idea in ideas] for ideas in groups.values())
    assert not more
    n_rows = db.session.scalar(sa.select(sa.func.count()).select_from(DuplicateGroup))
    start_duplicate_search(campaign, SYSTEM)
    work()
    assert db.session.scalar(sa.select(sa.func.count()).select_from(DuplicateGroup)) == n_rows


def test_the_page_of_groups_says_by_meaning_only_of_ideas_that_had_a_vector(campaign, encoder, client, make, work):
    client.login(make.analyst())
    page = f"/c/{campaign.slug}/duplicates"
    start_duplicate_search(campaign, SYSTEM)
    work()
    assert "뜻도 견주었어요" not in client.get(page).text
    start_run(campaign, SYSTEM)
    work()  # the encoding job enqueues the duplicate search again
    assert "제안 15건은 뜻도 견주었어요" in client.get(page).text


def test_new_vectors_are_in_the_shared_file_when_their_encoding_is_done(campaign, encoder, app, work):
    start_run(campaign, SYSTEM)
    work()
    assert len(EmbeddingStore(Path(app.config["INSTANCE_DIR"]) / "vectors" / str(campaign.id))) == 15


def test_ideas_that_are_no_longer_open_leave_their_group_and_a_group_of_one_the_page(campaign, client, make, work):
    twins = [make.idea(campaign, title="지하철 막차 연장", body=f"막차가 너무 이릅니다 {n}") for n in range(2)]
    start_duplicate_search(campaign, SYSTEM)
    work()
    page = client.login(make.analyst()).get(f"/c/{campaign.slug}/duplicates").text
    assert page.count("지하철 막차 연장") == 2
    twins[0].state = IdeaState.HIDDEN
    assert "지하철 막차 연장" not in client.get(f"/c/{campaign.slug}/duplicates").text


@pytest.mark.parametrize("role", [Role.CITIZEN, Role.FACILITATOR, Role.MINISTRY_OFFICER, Role.COUNCIL_MEMBER])
def test_who_may_not_look_for_them(make, role):
    with pytest.raises(Forbidden):
        start_duplicate_search(make.campaign(), make.actor(role))


def test_the_button_takes_the_granularity_and_refuses_an_unknown_one(client, make, campaign):
    client.login(make.analyst())
    assert client.post(f"/c/{campaign.slug}/runs", data={"granularity": "BROAD"}).status_code == 303
    assert jobs(RUN_JOB)[0].arguments["granularity"] == "BROAD"
    assert client.post(f"/c/{campaign.slug}/runs", data={"granularity": "HUGE"}).status_code == 400


def test_the_page_of_a_run_says_what_it_is_worth(client, make):
    quality = {"stability": 0.8, "cohesion": 0.5, "unthemed_share": 0.1, "shaky": [1], "n_resamples": 5}
    run = make.run(quality=quality)
    page = client.login(make.analyst()).get(f"/runs/{run.id}").text
    for words in ("얼마나 믿을 수 있나요", "조심해서 볼 묶음", "낱말로만 견주었어요", "5번 다시 분석"):
        assert words in page


def test_pages_show_what_became_of_clusters_and_what_asks_the_same(client, make, campaign, work):
    client.login(make.analyst())
    start_run(campaign, SYSTEM)
    work()
    assert "지난 회차와 견주기" not in client.get(f"/runs/{current_run(campaign.id).id}").text
    start_run(campaign, SYSTEM)
    start_duplicate_search(campaign, SYSTEM)
    work()
    assert "지난 회차와 견주기" in client.get(f"/runs/{current_run(campaign.id).id}").text
    assert "같은 뜻의 제안" in client.get(f"/c/{campaign.slug}/duplicates").text


def test_further_themes_of_an_idea_are_kept_with_their_score(campaign, work, monkeypatch):
    from dataclasses import replace

    from nlp import pipeline

    plain = pipeline.analyse

    def with_further(*arguments, **named):
        theming = plain(*arguments, **named)
        first, second, *rest = theming.themes
        return replace(theming, themes=(replace(first, secondary=second.members[:1]), second, *rest))

    monkeypatch.setattr(pipeline, "analyse", with_further)
    start_run(campaign, SYSTEM)
    work()
    further = db.session.scalars(sa.select(ClusterMember).where(~ClusterMember.is_main)).all()
    assert len(further) == 1
    assert 0 <= further[0].score <= 1
