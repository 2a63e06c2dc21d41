"""Write a backup while the forum runs: every table as of the same moment."""

from __future__ import annotations

import hashlib
import os
import tempfile
import zipfile
from pathlib import Path
from typing import IO

import sqlalchemy as sa
from alembic.migration import MigrationContext
from sqlalchemy.engine import Connection

from forum.administration.operations.archive import BLOBS, FORMAT, MANIFEST, Manifest, TableEntry, encode, tables
from forum.core import clock
from forum.core.database import disable_timeouts, snapshot
from forum.core.errors import InvalidInput
from forum.core.extensions import db
from forum.core.i18n import _
from forum.system.audit.models import AuditSeal
from forum.system.blobs.models import Blob
from forum.system.blobs.store import BlobMissing, current_store

BATCH_SIZE = 1_000
FILE_BATCH_SIZE = 20  # for tables that hold files
MAX_MISSING = 1_000  # lost blobs: the manifest names them


def write_backup(path: Path) -> tuple[Manifest, str]:
    """Write all tables, as of this moment, into a new file that only its owner may read.

    The file gets its name when it is complete and on the disk. Memory does not grow with the number of rows.

    :return: the manifest, and the SHA-256 of the file
    :raise InvalidInput: the file exists, or it cannot be written
    :raise StoreGone: the store of photos and files of data does not answer; nothing is left
    """
    if path.exists():
        raise InvalidInput(f"{path} 파일이 이미 있습니다. 다른 이름을 주세요.")
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as half:
            try:
                manifest = _write(half)
                half.flush()
                os.fsync(half.fileno())
                half.seek(0)
                sha256 = hashlib.file_digest(half, "sha256").hexdigest()
                os.replace(half.name, path)
            except BaseException:
                os.unlink(half.name)
                raise
        _sync_folder(path.parent)
    except OSError as error:
        raise InvalidInput(f"{path} 파일을 쓰지 못했습니다: {error.strerror}") from error
    return manifest, sha256


def _write(file: IO[bytes]) -> Manifest:
    with snapshot(db.engine) as connection, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        disable_timeouts(connection)
        manifest = Manifest(
            format=FORMAT,
            made_at=clock.now().isoformat(),
            engine=connection.dialect.name,
            schema=sorted(MigrationContext.configure(connection).get_current_heads()),
            audit_head=_audit_head(connection),
            tables=[_write_table(connection, archive, table) for table in tables()],
            missing_blobs=_write_blobs(connection, archive),
        )
        archive.writestr(MANIFEST, manifest.as_bytes())
    return manifest


def _write_table(connection: Connection, archive: zipfile.ZipFile, table: sa.Table) -> TableEntry:
    has_files = any(isinstance(column.type, sa.LargeBinary) for column in table.columns)
    query = sa.select(table).order_by(*table.primary_key.columns)
    rows = connection.execution_options(yield_per=FILE_BATCH_SIZE if has_files else BATCH_SIZE).execute(query)
    count, size, digest = 0, 0, hashlib.sha256()
    with archive.open(f"{table.name}.jsonl", "w", force_zip64=True) as file:
        for row in rows:
            line = encode(row)
            file.write(line)
            digest.update(line)
            count, size = count + 1, size + len(line)
    return TableEntry(table.name, [column.name for column in table.columns], count, digest.hexdigest(), size)


def _write_blobs(connection: Connection, archive: zipfile.ZipFile) -> list[str]:
    """Write the bytes of each blob that does not wait in its row, one at a time.

    Bytes are never changed, only deleted: with the rows of one moment they are of that moment.

    :return: the names of those that the store does not have, or not as they were
    :raise StoreGone: the store does not answer
    :raise InvalidInput: so many are lost that the store must be a wrong one
    """
    query = sa.select(Blob.sha256, Blob.size).where(Blob.waiting.is_(None)).order_by(Blob.sha256)
    missing: list[str] = []
    with connection.execution_options(yield_per=BATCH_SIZE).execute(query) as rows:
        for sha256, size in rows:
            if _is_whole(sha256, size):
                # Photos are compressed already, and files of data would take long.
                with archive.open(zipfile.ZipInfo(BLOBS + sha256), "w") as entry:
                    entry.writelines(current_store().pieces(sha256, size))
            else:
                missing.append(sha256)
            if len(missing) > MAX_MISSING:
                words = _(
                    "파일 보관소에 파일이 %(n)d개 넘게 없습니다. BLOB_STORE가 맞는지 확인해 주세요.", n=MAX_MISSING
                )
                raise InvalidInput(words)
    return missing


def _is_whole(sha256: str, size: int) -> bool:
    """Return whether the store has the bytes as they were; a large file is read twice, and never held whole."""
    digest = hashlib.sha256()
    try:
        for piece in current_store().pieces(sha256, size):
            digest.update(piece)
    except BlobMissing:
        return False
    return digest.hexdigest() == sha256


def _audit_head(connection: Connection) -> dict[str, object]:
    newest = connection.execute(
        sa.select(AuditSeal.seq, AuditSeal.hash).order_by(AuditSeal.seq.desc()).limit(1)
    ).first()
    return {"seq": newest[0], "hash": newest[1]} if newest else {}


def _sync_folder(folder: Path) -> None:
    """Sync the folder: only then is the new name durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
