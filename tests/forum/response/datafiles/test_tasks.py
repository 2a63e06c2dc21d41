"""A store that is gone, a worker that is killed, uploads that nobody goes on with."""

from __future__ import annotations

import hashlib
import io
from datetime import timedelta

import pytest
import sqlalchemy as sa

from forum.core import clock
from forum.core.extensions import db
from forum.response.datafiles import tasks
from forum.response.datafiles.aggregate import ask_for_aggregate
from forum.response.datafiles.models import DataAggregate, DataFileState, DataUpload
from forum.response.datafiles.parts import folder_of, uploads_folder
from forum.response.datafiles.queries import check_job
from forum.response.datafiles.services import check_again
from forum.response.datafiles.tasks import expire_uploads
from forum.response.datafiles.uploads import add_file, begin_upload
from forum.response.datasets.models import Sensitivity
from forum.system.blobs.store import BlobStore, StoreGone, current_store
from forum.system.jobs.models import JobState
from forum.system.jobs.runner import requeue_stale_jobs

pytestmark = pytest.mark.usefixtures("no_uploads")
TEXT = "달,유형,사용량\n" + "2026-01-01,학교,12.5\n" * 6


class Killed(BaseException):
    """Stands for SIGKILL: nothing after it runs."""


def uploaded(make, **values):
    version = make.dataset_version(make.dataset(**values))
    return add_file(version, make.analyst(), "전기.csv", io.BytesIO(TEXT.encode()))


@pytest.mark.parametrize("step", ["datafiles.checking", "datafiles.checked", "datafiles.publishing"])
def test_a_killed_check_is_done_again_and_publishes_once(make, work, monkeypatch, step):
    file = uploaded(make)

    def kill(name):
        if name == step:
            raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(tasks, "failpoint", kill)
        with pytest.raises(Killed):
            work()
    db.session.rollback()
    db.session.expire_all()
    assert file.state is DataFileState.CHECKING
    with clock.at(clock.now() + timedelta(hours=1)):
        assert requeue_stale_jobs() == [check_job(file.id).id]
        assert work() == [JobState.DONE]
    assert (file.state, check_job(file.id).attempt) == (DataFileState.READY, 2)


def test_while_the_store_is_gone_the_check_fails_and_can_be_asked_for_again(make, work, monkeypatch):
    file = uploaded(make)
    with monkeypatch.context() as patch:
        patch.setattr(BlobStore, "put_pieces", lambda *_arguments: (_ for _ in ()).throw(StoreGone()))
        assert work() == [JobState.FAILED]
    job = check_job(file.id)
    assert "보관하는 곳" in job.error
    assert file.state is DataFileState.CHECKING
    check_again(file, make.analyst(), seen=file.revision)
    assert work() == [JobState.DONE]
    assert file.state is DataFileState.READY


def test_uploads_nobody_goes_on_with_and_strange_folders_are_removed(make, work, monkeypatch):
    version = make.dataset_version(make.dataset())
    upload = begin_upload(version, make.analyst(), "전기.csv", 500)
    waiting = uploaded(make)
    stray = folder_of("f" * 32)
    stray.mkdir(parents=True)
    db.session.commit()
    assert expire_uploads() == 0
    assert stray.exists()
    with clock.at(clock.now() + timedelta(hours=49)):
        assert expire_uploads() == 1  # the other one waits for its check
        assert not stray.exists()
    assert db.session.get(DataUpload, upload.id) is None
    with monkeypatch.context() as patch:
        patch.setattr(BlobStore, "put_pieces", lambda *_arguments: (_ for _ in ()).throw(StoreGone()))
        work()
    with clock.at(clock.now() + timedelta(hours=49)):
        assert expire_uploads() == 1
    db.session.expire_all()
    assert (waiting.state, waiting.report["problems"][0]["code"]) == (DataFileState.REFUSED, "EXPIRED")
    assert list(uploads_folder().glob("*")) == []


def test_an_aggregate_is_made_of_the_file_in_the_store_and_again_in_its_place(make, work):
    version = make.dataset_version(make.dataset(sensitivity=Sensitivity.AGGREGATE))
    text = "달,유형,사용량\n" + "2026-01-01,학교,1.5\n" * 7 + "2026-01-01,병원,2\n" * 6 + "2026-01-01,창고,9\n"
    file, analyst = make.data_file(version, text), make.analyst()
    for _time in range(2):
        ask_for_aggregate(file, analyst, "유형", "사용량")
        assert work()[0] is JobState.DONE
    made = db.session.scalars(sa.select(DataAggregate)).one()
    assert made.cells == [["병원", None], ["창고", None], ["학교", "10.5"]]


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_large_files_stream_through_s3(s3_store):
    data = bytes(range(256)) * 70_000  # three pieces
    sha256 = hashlib.sha256(data).hexdigest()
    store = current_store()
    with pytest.raises(ValueError, match=sha256):
        store.put_pieces(sha256, iter([data, b"more"]))
    assert not store.has(sha256)
    store.put_pieces(sha256, (data[start : start + (8 << 20)] for start in range(0, len(data), 8 << 20)))
    assert store.read_range(sha256, 17_000_000, 1_000) == data[17_000_000:17_001_000]
    assert b"".join(store.pieces(sha256, len(data))) == data
