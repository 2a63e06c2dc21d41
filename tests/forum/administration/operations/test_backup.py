"""Backup and restore: the same rows on both engines, consistent while people vote; damaged files are refused."""

from __future__ import annotations

import contextvars
import json
import os
import shutil
import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from forum import create_app
from forum.administration.operations.archive import Manifest
from forum.administration.operations.commands import make_backup
from forum.administration.operations.permissions import can_back_up
from forum.administration.operations.queries import recount
from forum.administration.operations.services import restore_backup
from forum.analysis.themes.models import ThemeState
from forum.core import clock
from forum.core.access import SYSTEM, Role
from forum.core.database import Base, reading
from forum.core.errors import Forbidden, InvalidInput, WrongState
from forum.core.extensions import db
from forum.people.accounts.models import Account
from forum.publication.digests.plan import DigestRequest
from forum.publication.digests.services import start_digest
from forum.system.audit.models import AuditEntry
from forum.system.audit.queries import chain_head, verify_chain
from forum.system.audit.services import record
from forum.system.audit.tasks import seal_all_entries
from forum.system.notices.models import MailState, OutboxMail
from forum.system.notices.services import queue_mail
from forum.voice.ideas.models import Idea, IdeaState
from forum.voice.ideas.search import containing
from forum.voice.votes.services import cast_votes
from tests import conftest
from tests.servers import PostgresBase


@pytest.fixture
def whole(app, make, work):
    """A forum with rows in all tables that refer to others."""
    campaign = make.campaign()
    ideas = [make.idea(campaign) for _ in range(5)]
    ideas[0].merged_into_id, ideas[0].state = ideas[4].id, IdeaState.MERGED  # refers to a later row
    make.vote(ideas[1])
    make.vote(ideas[1], value=-1)
    make.comment(ideas[2])
    run = make.run(campaign, [ideas[1:3]], [ideas[3]])
    make.answer(make.referral(make.theme(campaign, ideas[1:3], state=ThemeState.APPROVED, run_id=run.id)))
    for n in range(3):
        record(SYSTEM, "themes.edit", run, after={"n": n, "말": "감사 \u2028 기록"})
    queue_mail("haeun@example.org", "제목", "본문", "waiting:1")
    db.session.commit()
    start_digest(campaign, SYSTEM, DigestRequest(formats=("json",)))
    work()
    seal_all_entries()
    queue_mail("haeun@example.org", "제목", "본문", "waiting:2")
    db.session.commit()
    return campaign


Elsewhere = Callable[[], AbstractContextManager[Flask]]


@contextmanager
def context_of(place: Flask) -> Iterator[Flask]:
    with place.app_context():
        yield place
        db.session.remove()


@pytest.fixture(params=["sqlite", "postgresql"])
def elsewhere(request, other_app) -> Elsewhere:
    """Return a context in which an application runs on an empty, migrated database of this engine."""
    return partial(context_of, other_app(request.param))


@pytest.fixture(params=["sqlite", "postgresql"])
def without_tables(request, tmp_path, bases) -> Iterator[Elsewhere]:
    """Return a context in which an application runs on a database of this engine that has no tables yet."""
    undo = []
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'restored.sqlite'}"
    else:
        base = bases("postgresql")[1]
        assert isinstance(base, PostgresBase)
        name = f"{base.database}_restored"
        base._administer(f"CREATE DATABASE \"{name}\" TEMPLATE template0 ENCODING 'UTF8'")
        undo.append(lambda: base._administer(f'DROP DATABASE "{name}" WITH (FORCE)'))
        url = base.server.set(database=name).render_as_string(hide_password=False)
    place: Flask = create_app(conftest.test_config(url, tmp_path / "restored"))
    yield partial(context_of, place)
    with place.app_context():
        db.engine.dispose()
    for act in undo:
        act()


def hashes(manifest: Manifest) -> dict[str, tuple[int, str]]:
    return {entry.name: (entry.rows, entry.sha256) for entry in manifest.tables}


def differences() -> list[object]:
    with reading():
        found = [finding for finding in recount() if finding.differences]
        assert verify_chain().error == ""
        db.session.rollback()
    return found


# Round trip
def test_every_row_comes_back_the_same_on_either_engine(whole, without_tables, tmp_path):
    before, _sha = make_backup(tmp_path / "first.zip", SYSTEM)
    assert sum(rows for rows, _ in hashes(before).values()) > 50
    with without_tables():
        assert restore_backup(tmp_path / "first.zip", SYSTEM, send_mail=True).rows == before.rows
        db.session.commit()
        assert differences() == []
        assert (chain_head().seq, chain_head().hash) == (before.audit_head["seq"], before.audit_head["hash"])
        last = db.session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()
        assert (last.action, last.subject_type, last.after["rows"]) == ("operations.restore", "forum", before.rows)
        after, _sha = make_backup(tmp_path / "second.zip", SYSTEM)
    kept = {name: found for name, found in hashes(before).items() if name != "audit_entry"}
    assert {name: found for name, found in hashes(after).items() if name != "audit_entry"} == kept
    assert hashes(after)["audit_entry"][0] == hashes(before)["audit_entry"][0] + 2  # the restore and the second backup


def test_life_goes_on_where_it_was_restored(whole, elsewhere, tmp_path, make):
    """Ids continue after the old ones, search works, and append-only tables still are."""
    make_backup(tmp_path / "file.zip", SYSTEM)
    with elsewhere():
        restore_backup(tmp_path / "file.zip", SYSTEM)
        db.session.commit()
        count = sa.select(sa.func.count()).select_from(Idea)
        old, newest = db.session.scalar(count), db.session.scalar(sa.select(sa.func.max(Idea.id)))
        idea = make.idea()
        assert idea.id > newest
        make.vote(idea)
        record(SYSTEM, "themes.edit", idea)
        db.session.commit()
        assert db.session.scalar(count.where(containing(["학교"], match_all=True))) == old + 1
        seal_all_entries()
        assert differences() == []
        with pytest.raises(sa.exc.DBAPIError):
            db.session.execute(sa.text("UPDATE audit_entry SET action = 'x'"))
        db.session.rollback()


def test_a_backup_taken_under_votes_is_one_moment(app, make, elsewhere, tmp_path):
    """Votes, events and tallies are three tables: read at different times they would be inconsistent."""
    ideas, people = [make.idea().id for _ in range(4)], [make.citizen().id for _ in range(2)]
    db.session.commit()
    stop, counts = threading.Event(), []

    def vote(person: int) -> None:
        with app.app_context():
            n = 0
            while not stop.is_set():
                for idea in ideas:
                    cast_votes({idea: (1, 0, -1)[n % 3]}, db.session.get_one(Account, person))
                    db.session.commit()
                    n += 1
                    stop.wait(0.002)  # SQLite has one writer at a time, and the backup writes an entry too
            counts.append(n)

    threads = [threading.Thread(target=vote, args=(person,)) for person in people]
    for thread in threads:
        thread.start()
    manifests = []
    try:
        for n in range(5):
            manifests.append(make_backup(tmp_path / f"{n}.zip", SYSTEM)[0])
    finally:
        stop.set()
        for thread in threads:
            thread.join(30)
    assert min(counts) > 0
    events = [hashes(manifest)["vote_event"][0] for manifest in manifests]
    assert events == sorted(events)
    assert events[-1] > events[0], "nobody voted meanwhile, so this showed nothing"
    with elsewhere():
        restore_backup(tmp_path / "4.zip", SYSTEM)
        db.session.commit()
        assert differences() == []
        assert db.session.scalar(sa.text("SELECT count(*) FROM vote_event")) == events[-1]


def test_control_tables_read_at_different_moments_do_not_agree(app, make, elsewhere, tmp_path, monkeypatch):
    """Control: without the snapshot the test above finds differences."""
    from forum.administration.operations import backup

    write = backup._write_table

    def with_a_vote_between(connection, archive, table):
        entry = write(connection, archive, table)
        if table.name == "idea_tally":
            contextvars.Context().run(vote)  # in a context that is not read-only
            connection.rollback()  # ends the snapshot
        return entry

    def vote():
        with app.app_context():
            cast_votes({idea_id: 1}, db.session.get_one(Account, person_id))
            db.session.commit()

    idea_id, person_id = make.idea().id, make.citizen().id
    db.session.commit()
    monkeypatch.setattr(backup, "_write_table", with_a_vote_between)
    make_backup(tmp_path / "torn.zip", SYSTEM)
    with elsewhere():
        restore_backup(tmp_path / "torn.zip", SYSTEM)
        db.session.commit()
        with reading():
            assert [finding for finding in recount() if finding.differences]


def test_mail_that_was_waiting_is_held_for_an_admin_to_decide(whole, elsewhere, tmp_path):
    make_backup(tmp_path / "file.zip", SYSTEM)
    with elsewhere():
        restore_backup(tmp_path / "file.zip", SYSTEM)
        db.session.commit()
        states = dict(db.session.execute(sa.select(OutboxMail.message_key, OutboxMail.state)).all())
        assert (states["waiting:1"], states["waiting:2"]) == (MailState.SENT, MailState.FAILED)


# Refusals
@pytest.fixture
def file(whole, tmp_path):
    path = tmp_path / "file.zip"
    make_backup(path, SYSTEM)
    return path


def rewritten(path: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    with zipfile.ZipFile(path) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    change(files)
    changed = path.with_name("changed.zip")
    with zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return changed


def in_manifest(**values):
    def change(files):
        facts = json.loads(files["manifest.json"]) | values
        files["manifest.json"] = json.dumps(facts).encode()

    return change


def is_refused(path: Path) -> bool:
    try:
        restore_backup(path, SYSTEM)
    except InvalidInput:
        return True
    return False


CHANGES = {
    "a vote turned": lambda files: files.update({"vote.jsonl": files["vote.jsonl"].replace(b",-1,", b",1,", 1)}),
    "a row gone": lambda files: files.update({"idea.jsonl": files["idea.jsonl"].split(b"\n", 1)[1]}),
    "a row twice": lambda files: files.update({"notice.jsonl": files["notice.jsonl"] * 2 or b"[]\n"}),
    "much too long": lambda files: files.update({"vote.jsonl": b" " * 10_000_000}),
    "a table gone": lambda files: files.pop("vote.jsonl"),
    "no manifest": lambda files: files.pop("manifest.json"),
    "not a manifest": lambda files: files.update({"manifest.json": b"[1, 2]"}),
    "another schema": in_manifest(schema=["20200101_older"]),
    "another format": in_manifest(format=1),
    "fewer tables": in_manifest(tables=[]),
    "another audit head": in_manifest(audit_head={"seq": 1, "hash": "0" * 64}),
}


@pytest.mark.parametrize("elsewhere", ["sqlite"], indirect=True)
@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_a_changed_file_is_refused_and_leaves_nothing(file, elsewhere):
    """All on one backup, as it takes long to make: each finds the place as empty as the one before left it."""
    for name, change in CHANGES.items():
        changed = rewritten(file, change)
        with elsewhere():
            assert is_refused(changed), name
            db.session.rollback()
            for table in sa.inspect(db.engine).get_table_names():
                if table in Base.metadata.tables:
                    assert db.session.scalar(sa.text(f"SELECT count(*) FROM {table}")) == 0, (name, table)


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_whoever_changes_the_manifest_too_is_caught_by_the_hash_kept_elsewhere(whole, tmp_path):
    path = tmp_path / "file.zip"
    _manifest, sha256 = make_backup(path, SYSTEM)
    changed = rewritten(path, in_manifest(made_at="1999-01-01"))
    for wrong, right in ((changed, sha256), (path, "0" * 64)):
        with pytest.raises(InvalidInput, match="SHA-256"):
            restore_backup(wrong, SYSTEM, right)
    with pytest.raises(WrongState):  # the right hash passes, then the database is not empty
        restore_backup(path, SYSTEM, sha256.upper())


def test_a_file_that_was_cut_off_is_no_backup(file, tmp_path):
    content = file.read_bytes()
    half = tmp_path / "half.zip"
    for cut in (0, 10, 0.5):
        half.write_bytes(content[: int(len(content) * cut) if cut < 1 else -cut])
        assert is_refused(half), cut


def test_a_place_with_a_single_row_is_not_empty(file, elsewhere, make):
    with elsewhere() as place:
        place.test_cli_runner().invoke(args=["forum", "setup", "--no-sample"])  # loads the ministries
        with pytest.raises(WrongState, match="비어 있지 않은"):
            restore_backup(file, SYSTEM)


def test_a_place_with_tables_of_another_version_is_refused(file, without_tables):
    with without_tables():
        with db.engine.begin() as connection:
            connection.exec_driver_sql("CREATE TABLE something (id integer)")
        with pytest.raises(WrongState, match="다른 판"):
            restore_backup(file, SYSTEM)


def test_a_file_that_is_there_is_never_written_over(whole, tmp_path):
    path = tmp_path / "file.zip"
    path.write_text("precious")
    with pytest.raises(InvalidInput, match="이미 있습니다"):
        make_backup(path, SYSTEM)
    assert path.read_text() == "precious"
    with pytest.raises(InvalidInput, match="쓰지 못했습니다"):
        make_backup(tmp_path / "no folder" / "file.zip", SYSTEM)


def test_a_backup_that_fails_half_way_leaves_no_file(whole, tmp_path, monkeypatch):
    from forum.administration.operations import backup

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(backup, "_audit_head", full)
    with pytest.raises(InvalidInput, match="No space left"):
        make_backup(tmp_path / "file.zip", SYSTEM)
    assert list(tmp_path.glob("*.zip*")) == []


@pytest.mark.parametrize("role", list(Role), ids=lambda role: role.name)
def test_who_may_take_everything(make, tmp_path, role):
    actor = make.actor(role)
    assert can_back_up(actor) is (role in {Role.ADMIN, Role.SYSTEM})
    if not can_back_up(actor):
        with pytest.raises(Forbidden):
            make_backup(tmp_path / "file.zip", actor)
        with pytest.raises(Forbidden):
            restore_backup(tmp_path / "file.zip", actor)


# The commands
def test_the_commands_say_what_they_did_and_only_the_owner_reads_the_file(app, make, whole, elsewhere, tmp_path):
    path, admin = tmp_path / "file.zip", make.admin()
    make.vouch()
    db.session.commit()
    said = app.test_cli_runner().invoke(args=["forum", "backup", str(path), "--as", admin.email])
    assert said.exit_code == 0, said.output
    sha256 = said.output.partition("sha256 ")[2].split()[0]
    assert path.stat().st_mode & 0o077 == 0
    entry = db.session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "operations.backup")).one()
    assert (entry.actor_id, entry.subject_type, entry.subject_id) == (admin.id, "forum", None)
    with elsewhere() as place:
        run = place.test_cli_runner().invoke
        assert run(args=["forum", "restore", str(path), "--sha256", "1" * 64]).exit_code == 1
        said = run(args=["forum", "restore", str(path), "--sha256", sha256])
        assert said.exit_code == 0, said.output
        assert run(args=["forum", "check"]).exit_code == 0
        assert run(args=["forum", "audit", "verify"]).exit_code == 0
        said = run(args=["forum", "restore", str(path)])
        assert (said.exit_code, "비어 있지 않은" in said.output) == (1, True)


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_a_copy_needs_no_more_than_the_file(whole, elsewhere, tmp_path):
    """A copy under another name, on another machine, is the same backup."""
    make_backup(tmp_path / "file.zip", SYSTEM)
    shutil.copy(tmp_path / "file.zip", tmp_path / "copy")
    os.utime(tmp_path / "copy", (0, clock.now().timestamp()))
    with elsewhere():
        assert restore_backup(tmp_path / "copy", SYSTEM).rows > 0
