"""Files that are no backup, or a broken one: the command says so in a sentence, fails, and restores nothing."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from forum.administration.operations.commands import make_backup
from forum.core.access import SYSTEM
from forum.core.database import Base
from forum.core.extensions import db

Files = dict[str, bytes]
DEEP = b"[" * 100_000 + b"]" * 100_000


@pytest.fixture(scope="module")
def backup_of(bases, tmp_path_factory) -> Callable[[], Files]:
    """The files inside a backup with a few rows, made once."""
    from tests.factories import Factories

    made: Files = {}

    def get() -> Files:
        if not made:
            app, base = bases("sqlite")
            path = tmp_path_factory.mktemp("backup") / "file.zip"
            with app.app_context():
                base.clear()
                make = Factories()
                make.vote(make.idea())
                db.session.commit()
                make_backup(path, SYSTEM)
                db.session.remove()
                base.clear()
            with zipfile.ZipFile(path) as archive:
                made.update({name: archive.read(name) for name in archive.namelist()})
        return dict(made)

    return get


@pytest.fixture
def restore(app):
    """Return a function that runs the command over an empty database and gives its exit code and words."""

    def run(path: Path, *options: str) -> tuple[int, str]:
        result = app.test_cli_runner().invoke(args=["forum", "restore", str(path), *options])
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        names = [table.name for table in Base.metadata.sorted_tables]
        question = " UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM {name})" for name in names)
        with_rows = db.session.scalars(sa.text(question)).all()
        assert bool(with_rows) is (result.exit_code == 0)
        return result.exit_code, result.output

    return run


def zipped(files: Files, **options: Any) -> bytes:
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content, **options)
    return memory.getvalue()


def with_manifest(files: Files, change: Callable[[dict[str, Any]], object]) -> Files:
    facts = json.loads(files["manifest.json"])
    changed = change(facts)
    return files | {"manifest.json": json.dumps(facts if changed is None else changed).encode()}


def with_line(files: Files, table: str, line: bytes) -> Files:
    """Put one line into a table's file, with a manifest that agrees: nothing but the line itself is wrong."""
    content = line + b"\n"
    files = files | {f"{table}.jsonl": content}

    def agree(facts: dict[str, Any]) -> None:
        entry = next(each for each in facts["tables"] if each["name"] == table)
        entry |= {"rows": 1, "size_bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}

    return with_manifest(files, agree)


def with_value(files: Files, table: str, column: str, value: object) -> Files:
    names = [each.name for each in Base.metadata.tables[table].columns]
    row = json.loads(files[f"{table}.jsonl"].splitlines()[0])
    row[names.index(column)] = value
    return with_line(files, table, json.dumps(row).encode())


def in_first_table(**values: object) -> Callable[[Files], bytes]:
    return lambda files: zipped(with_manifest(files, lambda facts: facts["tables"][0].update(values)))


def in_manifest(**values: object) -> Callable[[Files], bytes]:
    return lambda files: zipped(with_manifest(files, lambda facts: facts.update(values)))


def encrypted(files: Files) -> bytes:
    """Set the bit that says "encrypted" in the first entry's two headers."""
    content = bytearray(zipped(files))
    central = content.index(b"PK\x01\x02")
    content[6] |= 1
    content[central + 8] |= 1
    return bytes(content)


def other_method(files: Files) -> bytes:
    content = bytearray(zipped(files))
    central = content.index(b"PK\x01\x02")
    content[8:10] = content[central + 10 : central + 12] = (98).to_bytes(2, "little")
    return bytes(content)


def tar_of(files: Files) -> bytes:
    memory = io.BytesIO()
    with tarfile.open(fileobj=memory, mode="w:gz") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return memory.getvalue()


NO_BACKUP: dict[str, Callable[[Files], bytes]] = {
    "an empty file": lambda files: b"",
    "a text": lambda files: "백업".encode(),
    "random bytes": lambda files: os.urandom(5_000),
    "a gzip": lambda files: gzip.compress(zipped(files)),
    "half a gzip": lambda files: gzip.compress(zipped(files))[:200],
    "a tar": tar_of,
    "half a tar": lambda files: tar_of(files)[:500],
    "the beginning of a zip": lambda files: zipped(files)[:1_000],
    "the end of a zip": lambda files: zipped(files)[1_000:],
    "a zip with a hole": lambda files: zipped(files)[:300] + b"\0" * 300 + zipped(files)[600:],
    "an empty zip": lambda files: zipped({}),
    "an encrypted zip": encrypted,
    "an unknown compression": other_method,
    "no manifest": lambda files: zipped({name: files[name] for name in files if name != "manifest.json"}),
    "no table": lambda files: zipped({"manifest.json": files["manifest.json"]}),
    "names that lead elsewhere": lambda files: zipped({f"../../{name}": files[name] for name in files}),
    "a manifest in another code": lambda files: zipped(files | {"manifest.json": "목록".encode("euc-kr")}),
    "a bottomless manifest": lambda files: zipped(files | {"manifest.json": DEEP}),
    "a manifest that is a list": lambda files: zipped(files | {"manifest.json": b"[]"}),
    "a manifest with a huge number": lambda files: zipped(
        files | {"manifest.json": b'{"format": ' + b"9" * 5_000 + b"}"}
    ),
    "a manifest without tables": in_manifest(tables=None),
    "tables that are none": in_manifest(tables=[1, "idea", None]),
    "a schema of numbers": in_manifest(schema=[1, 2]),
    "no schema": in_manifest(schema=None),
    "a nested schema": in_manifest(schema=[["a"], {"b": 1}]),
    "a format of another kind": in_manifest(format="1"),
    "an audit head of another kind": in_manifest(audit_head=[1]),
    "a head that is not there": in_manifest(audit_head={"seq": 10**30, "hash": 1}),
    "a size in words": in_first_table(size_bytes="many"),
    "no size": in_first_table(size_bytes=None),
    "a size below zero": in_first_table(size_bytes=-5),
    "an endless size": in_first_table(size_bytes=10**30),
    "rows in words": in_first_table(rows="1"),
    "a name that is a list": in_first_table(name=["idea"]),
    "a name that leads elsewhere": in_first_table(name="../idea"),
    "columns of another kind": in_first_table(columns=[{"id": 1}]),
    "a line that is no JSON": lambda files: zipped(with_line(files, "vote", b"{")),
    "a bottomless line": lambda files: zipped(with_line(files, "vote", DEEP)),
    "a line of another code": lambda files: zipped(with_line(files, "vote", b"\xff\xfe")),
    "a line that is a number": lambda files: zipped(with_line(files, "vote", b"5")),
    "too few values": lambda files: zipped(with_line(files, "vote", b"[1]")),
    "a day that is none": lambda files: zipped(with_value(files, "idea", "created_at", "2026-02-30")),
    "a time without a zone": lambda files: zipped(with_value(files, "idea", "created_at", "2026-02-03T04:05:06")),
    "a state that is none": lambda files: zipped(with_value(files, "idea", "state", "SOMETHING")),
    "a state of another kind": lambda files: zipped(with_value(files, "idea", "state", {"a": 1})),
    "a number in words": lambda files: zipped(with_value(files, "vote", "value", "one")),
    "a number that is a list": lambda files: zipped(with_value(files, "vote", "value", [1])),
    "a number without end": lambda files: zipped(with_value(files, "vote", "value", 10**40)),
    "a number that is none": lambda files: zipped(with_value(files, "vote", "value", float("nan"))),
    "a text that is a table": lambda files: zipped(with_value(files, "idea", "title", {"a": 1})),
    "a text that is a number": lambda files: zipped(with_value(files, "idea", "title", 5)),
    "a text with half a character": lambda files: zipped(with_value(files, "idea", "title", "\ud800")),
    "nothing where something must be": lambda files: zipped(with_value(files, "idea", "title", None)),
    "a vote that a rule refuses": lambda files: zipped(with_value(files, "vote", "value", 7)),
    "a vote on no idea": lambda files: zipped(with_value(files, "vote", "idea_id", 999_999)),
}


@pytest.mark.parametrize("name", NO_BACKUP)
@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_what_is_no_backup_is_refused_in_a_sentence(restore, backup_of, tmp_path, name):
    path = tmp_path / "file.zip"
    path.write_bytes(NO_BACKUP[name](backup_of()))
    code, words = restore(path)
    assert (code, words.count("오류: ")) == (1, 1)
    assert "Traceback" not in words
    assert "다른 곳에서 동시에" not in words


DATABASE_REFUSES = [
    name for name in NO_BACKUP if name.startswith(("a number", "a text", "a vote", "nothing", "a time"))
]


@pytest.mark.parametrize("name", DATABASE_REFUSES)
@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
def test_what_postgresql_refuses_is_refused_in_a_sentence(restore, backup_of, tmp_path, name):
    test_what_is_no_backup_is_refused_in_a_sentence(restore, backup_of, tmp_path, name)


def test_control_the_whole_file_is_restored(restore, backup_of, tmp_path):
    path = tmp_path / "file.zip"
    path.write_bytes(zipped(backup_of()))
    code, words = restore(path)
    assert code == 0, words
    assert "되살렸습니다" in words


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_what_cannot_be_opened_is_refused(restore, tmp_path):
    for path in (tmp_path, tmp_path / "missing.zip"):
        code, words = restore(path)
        assert code == 2
        assert "Traceback" not in words


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
@pytest.mark.parametrize("sha256", ["0" * 64, "zz", "가", " "])
def test_another_hash_is_refused(restore, backup_of, tmp_path, sha256):
    path = tmp_path / "file.zip"
    path.write_bytes(zipped(backup_of()))
    code, words = restore(path, "--sha256", sha256)
    assert code == 1
    assert "SHA-256" in words
