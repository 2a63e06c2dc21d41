"""The page of a preview, with files in the store; the database is not the point."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from forum.core import clock
from forum.core.access import Role
from forum.core.extensions import db
from forum.response.datafiles.models import DataFileState
from forum.response.datasets.models import Sensitivity
from forum.response.dataviews import tasks
from forum.response.dataviews.prepared import copies_folder, in_utf8
from forum.response.dataviews.queries import PREPARE_JOB, source_of
from forum.response.dataviews.tasks import keep_copies
from forum.system.jobs.models import Job, JobState
from forum.system.jobs.runner import requeue_stale_jobs, run_job

TEXT = "달,유형,사용량\n" + "2026-01-01,학교,12.5\n" * 9 + "2026-02-01,<script>,2000\n" * 6 + "2026-03-01,병원,7\n" * 2


@pytest.fixture
def engine_name() -> str:
    return "sqlite"


@pytest.fixture
def prepared(make):
    """Make a file of a dataset, and its copy as the worker would."""

    def prepare(text=TEXT, **values):
        file = make.data_file(make.dataset_version(make.dataset(**values)), text)
        for copy in copies_folder().glob("*"):
            copy.unlink()
        assert copied() == [JobState.DONE]
        assert source_of(file).path.exists()
        return file

    return prepare


def copied() -> list[JobState | None]:
    """Make the copies that are missing, as a worker does."""
    db.session.commit()
    keep_copies()
    states = [run_job(job_id) for job_id in db.session.scalars(sa.select(Job.id).where(Job.kind == PREPARE_JOB)).all()]
    db.session.expire_all()
    return states


def address(file) -> str:
    return f"/datasets/{file.version.dataset_id}/versions/{file.version.number}/preview"


def test_a_visitor_sees_rows_and_asks_for_others(prepared, client):
    file = prepared()
    page = client.get(address(file))
    assert page.status_code == 200
    assert "모두 17행이에요." in page.text
    assert "<td>&lt;script&gt;</td>" in page.text
    found = client.get(address(file), query_string={"column": "사용량", "op": "AT_LEAST", "value": "100", "sort": "달"})
    assert "조건에 맞는 행이 6개예요." in found.text
    assert "학교" not in found.text.split('role="status"')[1]
    none = client.get(address(file), query_string={"column": "유형", "op": "EQUALS", "value": "'; DROP TABLE t; --"})
    assert "조건에 맞는 행이 없어요" in none.text


def test_groups_are_told_drawn_and_written(prepared, client):
    file = prepared()
    page = client.get(address(file), query_string={"by": "유형", "sum": "사용량"}).text
    assert "12,000kWh로 가장 커요." in page
    assert len(re.findall(r'<rect class="bar"', page)) == 3
    assert '<td data-label="행" class="number">9</td>' in page


@pytest.mark.parametrize("query", ["by=유형&sum=유형", "column=달&op=AT_LEAST&value=어제", "sort=달&sort=유형"])
def test_what_does_not_fit_is_told_on_the_page_and_stays_in_the_form(query, prepared, client):
    page = client.get(f"{address(prepared())}?{query}")
    assert (page.status_code, page.text.count('role="alert"')) == (400, 1)
    if "어제" in query:
        assert 'value="어제"' in page.text


def test_rows_that_are_not_open_are_shown_as_groups_to_those_who_may_have_the_file(prepared, client, make):
    file = prepared(sensitivity=Sensitivity.RESTRICTED)
    refused = client.get(address(file))
    assert refused.status_code == 403
    client.login(make.account(role=Role.ANALYST))
    page = client.get(address(file)).text
    assert "약 10행이 있어요." in page
    assert not [word for word in ("2026-01-01", 'name="column"') if word in page]
    page = client.get(address(file), query_string={"by": "유형"}).text
    assert "학교" in page
    assert "병원" not in page
    assert "묶음 2개는 숨겼어요" in page
    assert client.get(address(file), query_string={"sort": "달"}).status_code == 400


def test_until_its_copy_is_there_a_file_is_told_to_be_prepared_or_to_have_failed(make, client):
    file = make.data_file(text="달,다른 열\n1,2\n")
    assert "미리보기를 준비하고 있어요" in client.get(address(file)).text
    assert copied() == [JobState.DONE]
    assert "만들지 못했어요" in client.get(address(file)).text
    assert keep_copies() == 0


def test_a_copy_whose_worker_is_killed_before_it_says_so_is_made_again(make, work, monkeypatch):
    file = make.data_file()
    db.session.commit()
    keep_copies()
    job_id = db.session.scalar(sa.select(Job.id).where(Job.kind == PREPARE_JOB))

    class Killed(BaseException):
        """Stands for SIGKILL: nothing after it runs."""

    def kill(_step):
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(tasks, "failpoint", kill)
        with pytest.raises(Killed):
            run_job(job_id)
    db.session.rollback()
    assert source_of(file).path.exists()
    with clock.at(clock.now() + timedelta(hours=1)):
        assert requeue_stale_jobs() == [job_id]
        assert work() == [JobState.DONE]
    assert db.session.get_one(Job, job_id).result["made"]


def test_a_withdrawn_file_is_refused_at_once_and_its_copy_removed(prepared, client):
    file = prepared()
    path = source_of(file).path
    file.state, file.withdrawn_at, file.reason, file.blob_sha256 = DataFileState.WITHDRAWN, clock.now(), "잘못", None
    db.session.commit()
    assert client.get(address(file)).status_code == 404
    keep_copies()
    assert not path.exists()


def test_a_file_in_the_encoding_of_korean_windows_is_read_too():
    data = TEXT.encode("cp949")
    pieces = [data[place : place + 5] for place in range(0, len(data), 5)]  # some letters lie in two pieces
    assert b"".join(in_utf8(pieces, "CP949")).decode() == TEXT
    with pytest.raises(UnicodeDecodeError):
        b"".join(in_utf8([data[:1]], "CP949"))


def test_a_version_without_a_file_has_no_preview_and_no_link_to_one(make, client, prepared):
    version = make.dataset_version(make.dataset())
    db.session.commit()
    path = f"/datasets/{version.dataset_id}/versions/1"
    assert client.get(f"{path}/preview").status_code == 404
    assert "표 미리보기" not in client.get(path).text
    file = prepared()
    assert f'href="{address(file)}"' in client.get(address(file).removesuffix("/preview")).text
