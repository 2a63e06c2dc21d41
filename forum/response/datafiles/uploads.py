"""Take files in, part by part or at once, and ask for their check.

The bytes lie on the disk before a row says so. A part that comes twice is one part; one of another file is refused.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import timedelta
from typing import IO

import sqlalchemy as sa

from forum.core import clock
from forum.core.access import Actor
from forum.core.database import lock_name
from forum.core.errors import InvalidInput, ServiceUnavailable, WrongState
from forum.core.extensions import db
from forum.core.i18n import _
from forum.core.text import clean_line, refuse_resident_numbers
from forum.response.datafiles.facts import DATA_FILES
from forum.response.datafiles.models import (
    MAX_FILE_BYTES,
    MAX_NAME_CHARS,
    PART_BYTES,
    DataFile,
    DataUpload,
    UploadPart,
)
from forum.response.datafiles.parts import (
    StoredPart,
    drop_part,
    free_bytes,
    place_part,
    remove_folder,
    write_part,
    write_parts,
)
from forum.response.datafiles.queries import (
    CHECK_JOB,
    bytes_on_their_way,
    file_in_use,
    job_key,
    open_upload,
)
from forum.response.datasets.locking import HAS_ENDED, require_describe
from forum.response.datasets.models import Dataset, DatasetState, DatasetVersion
from forum.system.audit.services import record, text_hash
from forum.system.jobs.services import enqueue_job

UPLOADS_STAY = timedelta(hours=48)
QUOTA_BYTES = 2 << 30
"""Of one person at a time, on their way or waiting for their check."""
FREE_BYTES = 1 << 30
"""So much of the disk stays free."""
MEGABYTE = 1 << 20
_OTHER_KINDS = (".zip", ".xlsx", ".xls", ".gz", ".7z", ".parquet", ".json", ".hwp", ".pdf")


def begin_upload(version: DatasetVersion, actor: Actor, name: str, size_bytes: int) -> DataUpload:
    """Begin an upload, or return the one of the same file that was begun before. The caller commits.

    :raise NotFound, Forbidden: as `require_describe`
    :raise WrongState: the version is a draft or has a file, the dataset has ended, or too much is on its way
    :raise InvalidInput: too large, empty, or a kind of file that is not taken
    :raise ServiceUnavailable: the disk is nearly full
    """
    _require_place(version, actor)
    name = _file_name(name)
    _require_size(size_bytes)
    before = open_upload(version.id, actor, name, size_bytes)
    if before is not None:
        return before
    return _add_upload(version, actor, name, size_bytes, uuid.uuid4().hex)


def receive_part(upload: DataUpload, actor: Actor, number: int, body: IO[bytes], sha256: str = "") -> UploadPart:
    """Keep one part, on the disk and then in a row. The caller commits.

    :param sha256: as the browser computed it; empty if it could not
    :raise NotFound, Forbidden, WrongState: as `begin_upload`; or this part has come with other bytes
    :raise InvalidInput: no such part, or not its size, or not its SHA-256
    """
    _require_place(upload.version, actor)
    if not 1 <= number <= upload.n_parts:
        raise InvalidInput(_("그런 조각은 없어요. 처음부터 다시 올려 주세요."))
    written = write_part(upload.folder, body)
    try:
        return _keep_part(upload, number, written, sha256)
    finally:
        drop_part(written)  # unless it has its place


def finish_upload(upload: DataUpload, actor: Actor) -> DataFile:
    """Ask for the check of a file whose parts are all there. The caller commits.

    :raise NotFound, Forbidden: as `begin_upload`
    :raise WrongState: parts are missing, or as `begin_upload`
    """
    _require_place(upload.version, actor)
    db.session.refresh(upload, with_for_update={"of": DataUpload})
    db.session.refresh(upload, ["parts"])
    _require_place(upload.version, actor)
    if upload.finished_at is not None:
        raise WrongState(_("벌써 다 올린 파일이에요."))
    if len(upload.parts) != upload.n_parts or sum(part.size for part in upload.parts) != upload.size_bytes:
        raise WrongState(_("아직 오지 않은 조각이 있어요. 이어서 올려 주세요."))
    upload.finished_at = clock.now()
    file = DataFile(
        version_id=upload.version_id,
        upload_id=upload.id,
        name=upload.name,
        size_bytes=upload.size_bytes,
        uploaded_by_id=upload.account_id,
    )
    db.session.add(file)
    db.session.flush()
    after = {"version": upload.version_id, "bytes": upload.size_bytes, "name": text_hash(upload.name)}
    record(actor, "datafiles.upload", file, after=after, facts=DATA_FILES.of([file.id]))
    ask_for_check(file, actor)
    return file


def cancel_upload(upload: DataUpload) -> None:
    """Forget an upload that goes on. The caller commits, and removes its folder after that."""
    db.session.refresh(upload, with_for_update={"of": DataUpload})
    if upload.finished_at is not None:
        raise WrongState(_("벌써 다 올린 파일이에요."))
    db.session.delete(upload)
    db.session.flush()


def add_file(version: DatasetVersion, actor: Actor, name: str, body: IO[bytes], most: int = MAX_FILE_BYTES) -> DataFile:
    """Take a whole file at once and ask for its check. The caller commits.

    :param most: bytes
    :raise NotFound, Forbidden, WrongState, InvalidInput, ServiceUnavailable: as `begin_upload`; the disk is left clean
    """
    _require_place(version, actor)
    name = _file_name(name)
    folder = uuid.uuid4().hex
    try:
        parts = write_parts(folder, body, most)
        size = sum(part.size for part in parts)
        _require_size(size, most)
        upload = _add_upload(version, actor, name, size, folder)
        _add_parts(upload, parts)
        return finish_upload(upload, actor)
    except BaseException:
        remove_folder(folder)
        raise


def ask_for_check(file: DataFile, actor: Actor) -> int:
    """Enqueue the check of a file. The caller commits. Return the job's id."""
    return enqueue_job(CHECK_JOB, dedupe_key=job_key(file.id), actor=actor, file_id=file.id).id


def _keep_part(upload: DataUpload, number: int, written: StoredPart, sha256: str) -> UploadPart:
    wanted = PART_BYTES if number < upload.n_parts else upload.size_bytes - PART_BYTES * (number - 1)
    if written.size != wanted or sha256 not in {"", written.sha256}:
        raise InvalidInput(_("조각이 온전히 오지 않았어요. 다시 보내 주세요."))
    db.session.refresh(upload, with_for_update={"of": DataUpload})
    if upload.finished_at is not None:
        raise WrongState(_("벌써 다 올린 파일이에요."))
    part = db.session.get(UploadPart, (upload.id, number))
    if part is None:
        place_part(written, number)
        part = UploadPart(upload_id=upload.id, number=number, sha256=written.sha256, size=written.size)
        db.session.add(part)
    elif part.sha256 != written.sha256:
        raise WrongState(_("앞서 올리던 것과 다른 파일이에요. 올리기를 그만두고 처음부터 다시 올려 주세요."))
    upload.touched_at = clock.now()
    db.session.flush()
    return part


def _add_upload(version: DatasetVersion, actor: Actor, name: str, size: int, folder: str) -> DataUpload:
    lock_name(db.session, f"datafiles.quota.{actor.id}")
    if bytes_on_their_way(actor.id) + size > QUOTA_BYTES:
        words = _(
            "올리는 중이거나 검사를 기다리는 파일이 모두 %(n)sMB를 넘어요. 앞의 것이 끝난 뒤 올려 주세요.",
            n=QUOTA_BYTES // MEGABYTE,
        )
        raise WrongState(words)
    if free_bytes() < size + FREE_BYTES:
        raise ServiceUnavailable(_("지금은 큰 파일을 둘 자리가 없어요."))
    upload = DataUpload(version_id=version.id, account_id=actor.id, folder=folder, name=name, size_bytes=size)
    db.session.add(upload)
    db.session.flush()
    return upload


def _add_parts(upload: DataUpload, parts: Sequence[StoredPart]) -> None:
    db.session.add_all(
        UploadPart(upload_id=upload.id, number=number, sha256=part.sha256, size=part.size)
        for number, part in enumerate(parts, 1)
    )
    db.session.flush()


def _require_place(version: DatasetVersion, actor: Actor) -> None:
    dataset = db.session.scalars(sa.select(Dataset).where(Dataset.id == version.dataset_id)).one()
    require_describe(dataset, actor)
    if dataset.state is DatasetState.ENDED:
        raise WrongState(str(HAS_ENDED))
    if version.published_at is None:
        raise WrongState(_("공개한 판에만 파일을 올릴 수 있어요. 데이터 사전을 쓰고 판을 먼저 공개해 주세요."))
    if file_in_use(version.id) is not None:
        raise WrongState(_("이 판에는 벌써 파일이 있어요. 그 파일을 거둔 뒤, 또는 새 판에 올려 주세요."))


def _file_name(name: str) -> str:
    name = clean_line(name.replace("\\", "/").rpartition("/")[2], "upload", _("파일 이름"), max_chars=MAX_NAME_CHARS)
    refuse_resident_numbers(name, "upload")
    if name.lower().endswith(_OTHER_KINDS):
        raise InvalidInput({"upload": _("지금은 CSV 파일만 받아요. 압축을 풀거나 CSV로 저장해 올려 주세요.")})
    return name


def _require_size(size: int, most: int = MAX_FILE_BYTES) -> None:
    if size <= 0:
        raise InvalidInput({"upload": _("빈 파일이에요. 다른 파일을 골라 주세요.")})
    if size > most:
        raise InvalidInput({"upload": _("파일은 %(n)sMB까지 올릴 수 있어요.", n=most // MEGABYTE)})
