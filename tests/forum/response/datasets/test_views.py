from __future__ import annotations

import pytest
import sqlalchemy as sa

from forum.core.extensions import db
from forum.core.reference import Sector
from forum.response.datasets import panels as places
from forum.response.datasets.distributions import KeptFile, _providers, register_kept_files
from forum.response.datasets.models import DataHolder, Dataset, DatasetState, DataSteward, FileFormat
from forum.web.panels import Panel, _panels, register_panel

SCRIPT = "<script>"
HOLDER = {
    "name": "예시 전력",
    "kind": "COMPANY",
    "contact_office": "데이터팀",
    "contact_email": "data@power.example.org",
}
DESCRIBED = {
    "title": "건물 유형별 전기 사용량",
    "summary": "건물 유형마다 한 달에 쓴 전기를 모았어요.",
    "row_means": "건물 유형 하나의 한 달",
    "sector": "BUILDING",
    "refresh": "MONTHLY",
    "sensitivity": "OPEN",
    "licence": "CC_BY_4",
    "keywords": "전기, 건물",
    "price_won": "0",
}
ONE_ENGINE = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)


def post(client, url, status=303, **form):
    answer = client.post(url, data=form)
    assert answer.status_code == status, answer.text
    return answer


def test_a_dataset_walks_from_holder_to_offer_and_end(client, make):
    """The whole way through HTTP: an analyst, a steward, and a citizen who reads."""
    analyst, steward, citizen = make.analyst(), make.citizen(), make.citizen()
    client.login(analyst)
    post(client, "/data-holders/new", 400, **HOLDER | {"contact_email": "nobody"})
    holder_url = post(client, "/data-holders/new", **HOLDER).location
    holder = db.session.scalars(sa.select(DataHolder)).one()
    stewards_url = f"{holder_url}/stewards"
    post(client, stewards_url, 400, seen="1", email="nobody@example.org")
    post(client, stewards_url, seen="1", email=steward.email)
    assert steward.display_name in client.get(stewards_url).text

    client.login(steward)
    assert "내가 맡은 자료" in client.get("/datasets").text
    assert holder.name in client.get("/datasets/desk").text
    assert "담당자 1명" not in client.get(holder_url).text
    refused = post(client, f"{holder_url}/datasets/new", 400, **DESCRIBED | {"title": ""})
    assert DESCRIBED["summary"] in refused.text
    url = post(client, f"{holder_url}/datasets/new", **DESCRIBED).location
    post(client, f"{url}/move/TALKING", 403, seen="1")
    assert client.get(url).status_code == 200

    client.login(citizen)
    assert client.get(url).status_code == 404
    assert DESCRIBED["title"] not in client.get("/datasets").text
    assert client.get("/datasets/desk").status_code == 403

    client.login(analyst)
    assert DESCRIBED["title"] in client.get("/datasets/desk").text
    post(client, f"{url}/move/TALKING", seen="1")
    post(client, f"{url}/move/OFFERED", 409, seen="2")

    client.login(steward)
    assert "공개한 판이 없어요" in client.get(url).text
    assert client.get(f"{url}/dictionary").status_code == 409
    post(client, f"{url}/versions", seen="2")
    wrong = post(client, f"{url}/dictionary", 400, seen="3", columns="달,어느 달")
    assert "1번째 줄" in wrong.text
    stale = post(client, f"{url}/dictionary", 409, seen="2", columns="달,어느 달,날짜")
    assert 'name="seen" value="3"' in stale.text
    assert "달,어느 달,날짜" in stale.text
    post(client, f"{url}/dictionary", seen="3", columns="달\t어느 달\t날짜\n사용량\t쓴 전기\t수\tkWh")
    post(client, f"{url}/rows", 400, seen="4", rows="1월,2")
    post(client, f"{url}/rows", seen="4", rows="2026-01-01,1234.5")
    row = {
        "rows-0-title": "",
        "rows-1-title": "월별 파일",
        "rows-1-access_url": "https://power.example.org/1",
        "rows-1-format": "CSV",
    }
    bad = post(client, f"{url}/versions/1/addresses", 400, seen="5", **row | {"rows-1-access_url": "http://x.example"})
    assert "rows-1-access_url-error" in bad.text
    post(client, f"{url}/versions/1/addresses", seen="5", **row)
    post(client, f"{url}/publish", seen="6", changes="")
    post(client, f"{url}/notes/new", seen="7", number="1", text="2월은 이틀이 빠져요.")
    post(client, f"{url}/edit", seen="8", **DESCRIBED | {"title": "건물 유형별 월 전기 사용량"})

    client.login(analyst)
    post(client, f"{url}/move/OFFERED", seen="9")
    client.login(citizen)
    page = client.get(url).text
    for words in (
        "제공 중",
        "kWh",
        "1234.5",
        "예시 행",
        "2월은 이틀이",
        "https://power.example.org/1",
        "월 전기 사용량",
    ):
        assert words in page
    assert "할 일" not in page
    assert client.get(f"{url}/versions/1").status_code == 200
    assert "월 전기 사용량" in client.get(holder_url).text
    client.login(steward)
    post(client, f"{url}/end", 400, seen="10", reason="")
    post(client, f"{url}/end", seen="10", reason="더 모으지 않아요.")
    assert "더 모으지 않아요." in client.get(url).text

    client.login(analyst)
    steward_id = db.session.scalar(sa.select(DataSteward.id))
    post(client, f"/data-holders/stewards/{steward_id}/end", seen="2")
    client.login(steward)
    assert client.get("/datasets/desk").status_code == 403


@ONE_ENGINE
def test_the_list_is_filtered_by_sector_and_state(client, make):
    offered = make.dataset(state=DatasetState.OFFERED, sector=Sector.TRANSPORT, quality_points=351)
    talking, ended = make.dataset(), make.dataset(state=DatasetState.ENDED)
    hidden = make.dataset(state=DatasetState.PROPOSED)
    everything = client.get("/datasets").text
    assert all(f'/datasets/{one.id}"' in everything for one in (offered, talking, ended))
    assert f'/datasets/{hidden.id}"' not in everything
    assert "351점" in everything
    assert SCRIPT not in everything.split("<h1>")[1]
    for query, shown in (
        ("sector=TRANSPORT", {offered}),
        ("state=ENDED", {ended}),
        ("sector=BUILDING&state=TALKING", {talking}),
        ("state=PROPOSED", {offered, talking, ended}),
        ("sector=WASTE", set()),
    ):
        text = client.get(f"/datasets?{query}").text
        assert {one for one in (offered, talking, ended, hidden) if f'/datasets/{one.id}"' in text} == shown


@ONE_ENGINE
def test_pages_say_what_is_not_there_yet(client, make):
    assert "아직 공익데이터가 없어요" in client.get("/datasets").text
    holder = make.data_holder()
    assert "아직 공개한 자료가 없어요" in client.get(f"/data-holders/{holder.id}").text
    assert "아직 공개한 판이 없어요" in client.get(f"/datasets/{make.dataset(holder).id}").text


@ONE_ENGINE
def test_a_version_that_is_written_is_seen_by_those_who_write_it(client, make):
    steward = make.data_steward()
    dataset = make.dataset(steward.holder)
    make.dataset_version(dataset, published=False)
    url = f"/datasets/{dataset.id}/versions/1"
    assert client.get(url).status_code == 404
    page = client.login(steward.account).get(url)
    assert page.status_code == 200
    assert SCRIPT not in page.text.split("<h1>")[1]
    assert client.get(f"/datasets/{dataset.id}/versions/2").status_code == 404


@ONE_ENGINE
def test_others_show_panels_and_kept_files_on_the_pages(client, make, monkeypatch):
    dataset = make.dataset(state=DatasetState.OFFERED)
    monkeypatch.setattr("forum.web.panels._panels", dict(_panels))
    monkeypatch.setattr("forum.response.datasets.distributions._providers", dict(_providers))
    for place in (places.DatasetPlace.PAGE, places.DatasetPlace.VERSION, places.DatasetPlace.LIST):
        register_panel(Panel(place, 1, "datasets/_state.html", lambda subject, actor: (subject, actor)))
    file = KeptFile("보관한 파일", "/files/7", "/files/7/download", FileFormat.CSV, 10)
    register_kept_files("test", lambda ids: {one: [file] for one in ids})
    for url in (f"/datasets/{dataset.id}", f"/datasets/{dataset.id}/versions/1"):
        assert "보관한 파일" in client.get(url).text
    assert client.get("/datasets").status_code == 200


@ONE_ENGINE
def test_sample_data_says_so(client, make):
    analyst = make.analyst(is_sample=True)
    dataset = make.dataset(make.data_holder(created_by_id=analyst.id), state=DatasetState.OFFERED)
    for url in ("/datasets", f"/datasets/{dataset.id}", f"/data-holders/{dataset.holder_id}"):
        assert "연습용 예시예요" in client.get(url).text
    assert "연습용 예시예요" in client.login(make.analyst()).get("/datasets/desk").text


@ONE_ENGINE
def test_looking_changes_nothing(client, make):
    steward = make.data_steward()
    dataset = make.dataset(steward.holder)
    make.dataset_version(dataset, published=False)
    client.login(steward.account)
    before = db.session.scalar(sa.select(Dataset.revision))
    for page in ("edit", "dictionary", "rows", "publish", "notes/new", "end", "versions/1/addresses"):
        assert client.get(f"/datasets/{dataset.id}/{page}").status_code == 200
    assert db.session.scalar(sa.select(Dataset.revision)) == before
