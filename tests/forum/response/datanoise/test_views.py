"""The page of noisy figures, from the budget to the answer, with OpenDP and without it."""

from __future__ import annotations

import pytest

from forum.core.extensions import db
from forum.response.datafiles.services import withdraw_file
from forum.response.datanoise import noise
from forum.response.datanoise.queries import budget_of, spent_of
from forum.response.datasets.models import DatasetState, Sensitivity

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
TEXT = "달,유형,사용량\n" + "2026-01-01,학교,12.5\n" * 6
ASKED = {"by": "유형", "keys": "학교\n<script>", "total": "사용량", "lower": "0", "upper": "10", "epsilon": "0.5"}


@pytest.fixture
def file(make):
    version = make.dataset_version(make.dataset(sensitivity=Sensitivity.AGGREGATE, state=DatasetState.TALKING))
    return make.data_file(version, TEXT)


@pytest.fixture
def with_noise(monkeypatch):
    """Stand in for OpenDP, which may not be installed: each figure is a unit less."""
    monkeypatch.setattr(noise, "is_available", lambda: True)
    monkeypatch.setattr(noise, "draw", lambda exact, *_paid: [units - 1 for units in exact])


def url_of(file, rest=""):
    return f"/datasets/files/{file.id}/noise{rest}"


@pytest.mark.usefixtures("with_noise")
def test_a_steward_fixes_a_budget_asks_and_everybody_reads_the_answer(client, new_client, make, file, work):
    client.login(make.data_steward(file.version.dataset.holder).account)
    assert url_of(file) in client.get(f"/datasets/files/{file.id}").text
    assert "예산 정하기" in client.get(url_of(file)).text
    for wrong in ({"total": "0", "rows": "1"}, {"total": "1", "rows": ""}, {"total": "11", "rows": "1"}):
        refused = client.post(url_of(file, "/budget"), data=wrong)
        assert (refused.status_code, "예산 정하기" in refused.text) == (400, True)
    assert client.post(url_of(file, "/budget"), data={"total": "1", "rows": "2"}).status_code == 303
    assert '<input type="hidden" name="seen" value="0">' in client.get(url_of(file)).text
    assert "집계하기" not in client.get(f"/datasets/files/{file.id}").text
    late = client.post(url_of(file, "/questions"), data=ASKED | {"seen": "1"})
    assert (late.status_code, "다른 사람이 먼저" in late.text, "학교\n" in late.text) == (409, True, True)
    wrong = client.post(url_of(file, "/questions"), data=ASKED | {"seen": "0", "lower": "20", "epsilon": "0.4"})
    assert (wrong.status_code, 'value="0.4"' in wrong.text) == (400, True)
    assert client.post(url_of(file, "/questions"), data=ASKED | {"seen": "0"}).status_code == 303
    assert "답을 만들고 있어요: 1개" in client.get(url_of(file)).text
    work()
    shown = new_client().get(url_of(file)).text
    assert '<td data-label="사용량" class="number">59.999</td>' in shown
    assert "&lt;script&gt;" in shown
    assert "<dd>0.5</dd>" in shown
    assert "119.8 안쪽으로" in shown  # 2 rows × 10 / 0.5 = 40, times ln 20
    assert "10보다 큰 값은 10으로" in shown
    assert "예산을 쓰고 묻기" not in shown
    assert "값 1개가 있어요" in new_client().get(f"/datasets/files/{file.id}").text


def test_without_opendp_the_page_says_how_to_get_it_and_nothing_else_changes(client, new_client, make, file):
    steward = make.data_steward(file.version.dataset.holder).account
    client.login(steward)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(noise, "is_available", lambda: False)
        page = client.get(url_of(file)).text
        assert "netzero-forum[dp]" in page
        assert "예산 정하기" not in page
        refused = client.post(url_of(file, "/budget"), data={"total": "1", "rows": "2"})
        assert (refused.status_code, "OpenDP" in refused.text) == (409, True)
        assert "집계하기" in client.get(f"/datasets/files/{file.id}").text
        assert "netzero-forum[dp]" not in new_client().get(url_of(file)).text
    db.session.expire_all()
    assert (budget_of(file.version.dataset_id), spent_of(file.version.dataset_id)) == (None, 0)


def test_a_withdrawn_file_and_an_open_one_have_no_such_page(client, make, file):
    assert client.get(url_of(file)).status_code == 200
    withdraw_file(file, make.analyst(), "잘못된 달이 있어요.", seen=file.revision)
    db.session.commit()
    assert client.get(url_of(file)).status_code == 404
    assert client.get(url_of(make.data_file())).status_code == 404
