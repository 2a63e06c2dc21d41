from __future__ import annotations

import hashlib
import io
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from forum.core import clock
from forum.core.access import ANONYMOUS
from forum.core.errors import Forbidden, Gone, InvalidInput, NotFound, WrongState
from forum.core.extensions import db
from forum.response.datafiles import access, models, parts, tasks, uploads
from forum.response.datafiles.access import may_have, register_grant
from forum.response.datafiles.models import DataDownload, DataFile, DataFileState, DataUpload
from forum.response.datafiles.parts import folder_of, uploads_folder
from forum.response.datafiles.services import check_link, give_link, withdraw_file
from forum.response.datafiles.uploads import add_file, begin_upload, cancel_upload, finish_upload, receive_part
from forum.response.datasets.models import Dataset, DatasetState, Sensitivity
from forum.response.datasets.rating import wrong_points
from forum.response.datasets.services import Description, change_dataset
from forum.system.audit.models import AuditEntry
from forum.system.blobs.services import ask_for_removal
from forum.system.blobs.store import current_store
from forum.system.jobs.models import JobState
from forum.system.notices.models import Notice

pytestmark = pytest.mark.usefixtures("no_uploads")
TEXT = "달,유형,사용량\n" + "2026-01-01,학교,12.5\n" * 6


@pytest.fixture
def small_parts(monkeypatch):
    """Parts of 40 bytes; the database's own limit stays."""
    for module in (models, parts, uploads):
        monkeypatch.setattr(module, "PART_BYTES", 40)
    return 40


def published(make, **values):
    return make.dataset_version(make.dataset(**values))


def sent(upload, steward, data, numbers):
    for number in numbers:
        receive_part(upload, steward, number, io.BytesIO(data[40 * (number - 1) : 40 * number]))


def test_a_file_comes_in_parts_is_checked_and_given_out(make, work, small_parts):
    version, data = published(make), TEXT.encode()
    steward = make.data_steward(version.dataset.holder).account
    upload = begin_upload(version, steward, "C:\\자료\\전기.csv", len(data))
    sent(upload, steward, data, [2, 1, 2])  # in any order, and twice
    with pytest.raises(WrongState):
        finish_upload(upload, steward)
    again = begin_upload(version, steward, "전기.csv", len(data))
    assert (again.id, {one.number for one in again.parts}) == (upload.id, {1, 2})
    sent(upload, steward, data, range(3, upload.n_parts + 1))
    file = finish_upload(upload, steward)
    folder = folder_of(upload.folder)
    assert work() == [JobState.DONE]
    assert (file.state, file.n_rows, file.encoding, file.k, file.upload_id) == (
        DataFileState.READY,
        6,
        "UTF-8",
        None,
        None,
    )
    assert current_store().get(file.blob_sha256) == data
    assert not folder.exists()
    assert db.session.scalar(sa.select(sa.func.count()).select_from(DataUpload)) == 0
    actions = db.session.scalars(sa.select(AuditEntry.action).order_by(AuditEntry.id)).all()
    assert [one for one in actions if one.startswith("datafiles.")] == ["datafiles.upload", "datafiles.publish"]


def test_parts_that_are_not_whole_or_of_another_file_are_refused(make, small_parts):
    version, data = published(make), TEXT.encode()
    analyst = make.analyst()
    upload = begin_upload(version, analyst, "전기.csv", len(data))
    for number, body, sha256 in ((1, data[:39], ""), (1, data[:41], ""), (1, data[:40], "0" * 64), (99, b"x", "")):
        with pytest.raises(InvalidInput):
            receive_part(upload, analyst, number, io.BytesIO(body), sha256)
    sent(upload, analyst, data, [1])
    with pytest.raises(WrongState):
        receive_part(upload, analyst, 1, io.BytesIO(b"x" * 40))
    assert [path.name for path in folder_of(upload.folder).iterdir()] == ["1"]
    assert (folder_of(upload.folder) / "1").read_bytes() == data[:40]
    cancel_upload(upload)
    assert begin_upload(version, analyst, "전기.csv", len(data)).parts == []


def test_a_file_that_fails_the_check_never_reaches_the_store(make, work):
    version = published(make)
    file = add_file(version, make.analyst(), "전기.csv", io.BytesIO((TEXT + "2026-13-01,학교,1\n").encode()))
    work()
    assert (file.state, file.blob_sha256) == (DataFileState.REFUSED, None)
    assert file.report["problems"] == [{"code": "TYPE", "column": "달", "n": 1, "rows": [8]}]
    assert not current_store().has(file.sha256)
    assert add_file(version, make.analyst(), "전기.csv", io.BytesIO(TEXT.encode())).state is DataFileState.CHECKING


def test_who_may_upload_and_where(make):
    version = published(make)
    other = make.data_steward(make.data_holder()).account
    draft = make.dataset_version(make.dataset(), published=False)
    ended = published(make, state=DatasetState.ENDED)
    secret = published(make, state=DatasetState.PROPOSED)
    cases = (
        (version, other, Forbidden),
        (version, make.citizen(), Forbidden),
        (secret, other, NotFound),
        (draft, make.analyst(), WrongState),
        (ended, make.analyst(), WrongState),
    )
    for place, actor, error in cases:
        with pytest.raises(error):
            add_file(place, actor, "전기.csv", io.BytesIO(TEXT.encode()))
    make.data_file(version)
    with pytest.raises(WrongState):
        add_file(version, make.analyst(), "전기.csv", io.BytesIO(TEXT.encode()))
    assert list(uploads_folder().glob("*")) == []


@pytest.mark.parametrize(
    ("name", "body"), [("a.zip", b"PK"), ("a.XLSX", b"PK"), ("빈.csv", b""), ("큰.csv", b"x" * 99)]
)
def test_what_is_not_taken_leaves_nothing_on_the_disk(make, name, body):
    with pytest.raises(InvalidInput):
        add_file(published(make), make.analyst(), name, io.BytesIO(body), most=50)
    assert list(uploads_folder().glob("*")) == []


def test_one_person_cannot_fill_the_disk(make, monkeypatch):
    monkeypatch.setattr(uploads, "QUOTA_BYTES", 1_000)
    analyst = make.analyst()
    begin_upload(published(make), analyst, "하나.csv", 600)
    with pytest.raises(WrongState):
        begin_upload(published(make), analyst, "둘.csv", 600)
    begin_upload(published(make), make.analyst(), "둘.csv", 600)


def test_who_may_have_a_file(make):
    everybody = (ANONYMOUS, make.citizen())
    for sensitivity in Sensitivity:
        version = published(make, sensitivity=sensitivity)
        steward, file = make.data_steward(version.dataset.holder).account, make.data_file(version)
        assert [may_have(file, one) for one in everybody] == [sensitivity is Sensitivity.OPEN] * 2
        assert may_have(file, steward)
        assert may_have(file, make.analyst())
        version.dataset.state, version.dataset.ended_at, version.dataset.end_reason = (
            DatasetState.ENDED,
            clock.now(),
            "끝",
        )
        assert not may_have(file, steward)


def test_a_higher_slice_grants_restricted_files_and_never_rows_of_aggregates(make, monkeypatch):
    monkeypatch.setattr(access, "_grants", {})
    citizen, other = make.citizen(), make.citizen()
    register_grant("requests", lambda file, actor: actor.id == citizen.id)
    file = make.data_file(published(make, sensitivity=Sensitivity.RESTRICTED))
    rows = make.data_file(published(make, sensitivity=Sensitivity.AGGREGATE), TEXT + "2026-02-01,병원,3\n")
    assert (may_have(file, citizen), may_have(file, other), may_have(rows, citizen)) == (True, False, False)


def test_a_link_is_for_one_account_one_file_and_fifteen_minutes(make):
    version = published(make, sensitivity=Sensitivity.RESTRICTED)
    steward, file = make.data_steward(version.dataset.holder).account, make.data_file(version)
    other = make.data_file(published(make, sensitivity=Sensitivity.RESTRICTED), TEXT + "2026-02-01,병원,3\n")
    token = give_link(file, steward)
    check_link(file, steward, token)
    logged = db.session.scalars(sa.select(DataDownload)).one()
    assert (logged.file_id, logged.account_id) == (file.id, steward.id)
    for broken, target, actor in ((token, file, make.analyst()), (token, other, steward), (token + "x", file, steward)):
        with pytest.raises(Forbidden):
            check_link(target, actor, broken)
    with pytest.raises(Forbidden):
        give_link(file, make.citizen())


def test_a_withdrawn_file_ends_its_links_and_its_bytes(make):
    file, analyst = make.data_file(), make.analyst()
    with pytest.raises(WrongState):
        withdraw_file(file, analyst, "잘못된 달", seen=file.revision + 1)
    with pytest.raises(InvalidInput):
        withdraw_file(file, analyst, "  ", seen=file.revision)
    withdraw_file(file, analyst, "잘못된 달", seen=file.revision)
    assert (file.state, file.blob_sha256, file.reason) == (DataFileState.WITHDRAWN, None, "잘못된 달")
    with pytest.raises(Gone):
        give_link(file, analyst)
    with pytest.raises(WrongState):
        withdraw_file(file, analyst, "또", seen=file.revision)


def told(account):
    """The notices of somebody that go into the daily mail too."""
    own = sa.select(Notice.text).where(Notice.account_id == account.id, Notice.in_daily_mail)
    return db.session.scalars(own.order_by(Notice.id)).all()


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_who_uploaded_a_file_hears_of_the_check_and_keepers_of_a_withdrawal_by_others(make, work):
    version = published(make)
    steward, analyst = make.data_steward(version.dataset.holder), make.analyst()
    ended = make.data_steward(version.dataset.holder)
    account, former = steward.account, ended.account
    add_file(version, former, "옛.csv", io.BytesIO((TEXT + "x,학교,1\n").encode()))
    ended.ended_at = clock.now()
    work()
    add_file(version, account, "나쁜.csv", io.BytesIO((TEXT + "x,학교,1\n").encode()))
    work()
    file = add_file(version, account, "전기.csv", io.BytesIO(TEXT.encode()))
    work()
    withdraw_file(file, analyst, "잘못된 달", seen=file.revision)
    assert [[word for word in ("돌려보냈", "받을 수", "거두었") if word in text] for text in told(account)] == [
        ["돌려보냈"],
        ["받을 수"],
        ["거두었"],
    ]
    assert (told(former), told(analyst)) == ([], [])
    withdraw_file(make.data_file(make.dataset_version(make.dataset(version.dataset.holder))), account, "달", seen=1)
    assert len(told(account)) == 3


def test_the_points_of_a_dataset_follow_its_file(make, work):
    version, analyst = published(make), make.analyst()
    before = version.dataset.quality_points
    file = add_file(version, analyst, "전기.csv", io.BytesIO(TEXT.encode()))
    db.session.commit()
    work()
    assert version.dataset.quality_points > before
    withdraw_file(file, analyst, "잘못된 달", seen=file.revision)
    assert (version.dataset.quality_points, wrong_points()) == (before, (1, []))


def test_rows_that_point_to_few_people_are_never_opened_to_everybody(make, work, monkeypatch):
    dataset = make.dataset(sensitivity=Sensitivity.RESTRICTED, terms="연구에만")
    version = make.dataset_version(dataset, published=False)
    version.columns[1].is_identifying = True
    db.session.flush()
    version.published_at = clock.now()
    db.session.flush()
    analyst, dataset_id = make.analyst(), dataset.id
    opened = replace(Description.of(dataset), sensitivity=Sensitivity.OPEN)
    file = add_file(version, analyst, "전기.csv", io.BytesIO(b"".join(TEXT.encode().splitlines(True)[:3])))
    db.session.commit()
    with monkeypatch.context() as patch:
        patch.setattr(tasks, "failpoint", lambda name: name == "datafiles.checked" and open_now(dataset_id))
        work()
    assert (file.state, file.report["problems"][0]["code"]) == (DataFileState.REFUSED, "K")
    make.data_file(make.dataset_version(closed := make.dataset(sensitivity=Sensitivity.RESTRICTED, terms="연구")), k=2)
    with pytest.raises(InvalidInput) as refused:
        change_dataset(closed, analyst, replace(opened, title="다른 이름"), seen=closed.revision)
    assert list(refused.value.errors) == ["sensitivity"]


def open_now(dataset_id):
    db.session.execute(sa.update(Dataset).where(Dataset.id == dataset_id).values(sensitivity=Sensitivity.OPEN))
    db.session.commit()


def test_bytes_that_were_being_deleted_are_put_again(make, work):
    file = add_file(published(make), make.analyst(), "전기.csv", io.BytesIO(TEXT.encode()))
    sha256 = hashlib.sha256(TEXT.encode()).hexdigest()
    ask_for_removal(sha256)
    assert work()[0] is JobState.DONE
    assert file.state is DataFileState.READY
    with clock.at(clock.now() + timedelta(hours=50)):
        work()
    assert current_store().get(sha256) == TEXT.encode()


def test_two_files_in_use_of_one_version_are_refused_by_the_database(make):
    file = make.data_file()
    with pytest.raises(sa.exc.IntegrityError):
        make.data_file(db.session.get(models.DatasetVersion, file.version_id))
    db.session.rollback()
    assert db.session.scalar(sa.select(sa.func.count()).select_from(DataFile)) == 0
