"""A database administrator can disable triggers. The chain then shows what was changed, and where that begins."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from forum.core.errors import InvalidInput
from forum.core.extensions import db
from forum.system.audit.models import AuditEntry, AuditSeal
from forum.system.audit.queries import ChainHead, chain_head, n_unsealed, parse_heads, verify_chain
from forum.system.audit.services import record
from forum.system.audit.tasks import seal_all_entries
from tests.unguarded import unguarded

TABLES = ("audit_entry", "audit_seal")
LINK = "fk_audit_seal_entry_id"


@contextmanager
def rewriting() -> Iterator[sa.Connection]:
    """Open a connection without the append-only triggers and the seal's foreign key."""
    with unguarded(*TABLES) as connection:
        if db.engine.dialect.name == "postgresql":
            connection.exec_driver_sql(f"ALTER TABLE audit_seal DROP CONSTRAINT {LINK}")
        yield connection


@pytest.fixture(autouse=True)
def foreign_key_again(app) -> Iterator[None]:
    """Restore what `rewriting` dropped, once the tables are empty: on PostgreSQL they outlive the test."""
    yield
    if db.engine.dialect.name == "postgresql":
        db.session.rollback()
        with db.engine.begin() as connection:
            for table in reversed(TABLES):
                connection.exec_driver_sql(f"ALTER TABLE {table} DISABLE TRIGGER USER")
                connection.exec_driver_sql(f"DELETE FROM {table}")
                connection.exec_driver_sql(f"ALTER TABLE {table} ENABLE TRIGGER USER")
            connection.exec_driver_sql(f"ALTER TABLE audit_seal DROP CONSTRAINT IF EXISTS {LINK}")
            connection.exec_driver_sql(
                f"ALTER TABLE audit_seal ADD CONSTRAINT {LINK} FOREIGN KEY (entry_id) REFERENCES audit_entry (id)"
            )


@pytest.fixture
def sealed(make) -> list[int]:
    """Return the ids of ten entries that were sealed in two runs."""
    admin, campaign = make.admin(), make.campaign()
    ids = []
    for number in range(10):
        ids.append(record(admin, "campaigns.edit", campaign, {"n": number}, {"title": "a1b2"}).id)
        if number == 4:
            seal_all_entries()
    seal_all_entries()
    return ids


def test_an_untouched_chain_is_sound_and_a_second_sealing_adds_nothing(sealed):
    verdict = verify_chain([chain_head()])
    assert (verdict.error, verdict.n_links, verdict.n_unsealed) == ("", 10, 0)
    assert seal_all_entries() == 0
    assert chain_head() == verdict.head


def test_an_edited_entry_is_named(sealed):
    with rewriting() as connection:
        connection.execute(sa.text("UPDATE audit_entry SET action = 'campaigns.add' WHERE id = :id"), {"id": sealed[3]})
    assert verify_chain().error == f"봉인 4번: 기록 {sealed[3]}번이 봉인할 때와 다릅니다. 고쳐졌습니다."


def test_an_edited_number_inside_the_facts_is_named(sealed):
    with rewriting() as connection:
        connection.execute(sa.update(AuditEntry).where(AuditEntry.id == sealed[6]).values(before={"n": 60}))
    assert verify_chain().error.startswith("봉인 7번")


def test_a_deleted_entry_is_named(sealed):
    with rewriting() as connection:
        connection.execute(sa.delete(AuditEntry).where(AuditEntry.id == sealed[5]))
    assert verify_chain().error == f"봉인 6번: 기록 {sealed[5]}번이 없습니다. 지워졌습니다."


def test_an_entry_deleted_together_with_its_link_leaves_a_gap(sealed):
    with rewriting() as connection:
        connection.execute(sa.delete(AuditSeal).where(AuditSeal.seq == 6))
        connection.execute(sa.delete(AuditEntry).where(AuditEntry.id == sealed[5]))
    assert verify_chain().error == "봉인 6번: 없습니다. 다음 봉인은 7번입니다."


def test_the_gap_closed_by_renumbering_breaks_the_links(sealed):
    with rewriting() as connection:
        connection.execute(sa.delete(AuditSeal).where(AuditSeal.seq == 6))
        connection.execute(sa.delete(AuditEntry).where(AuditEntry.id == sealed[5]))
        for seq in range(7, 11):
            connection.execute(sa.update(AuditSeal).where(AuditSeal.seq == seq).values(seq=seq - 1))
    assert verify_chain().error.startswith("봉인 6번: 앞 봉인과 이어지지 않습니다.")


def test_two_entries_that_changed_places_are_noticed(sealed):
    with rewriting() as connection:
        for seq, entry_id in ((2, -1), (3, sealed[1]), (2, sealed[2])):
            connection.execute(sa.update(AuditSeal).where(AuditSeal.seq == seq).values(entry_id=entry_id))
    assert verify_chain().error.startswith("봉인 2번: 기록")


def test_a_tail_that_was_cut_shows_only_against_a_head_kept_outside(sealed):
    kept = chain_head()
    with rewriting() as connection:
        connection.execute(sa.delete(AuditSeal).where(AuditSeal.seq > 8))
        connection.execute(sa.delete(AuditEntry).where(AuditEntry.id.in_(sealed[8:])))
    assert verify_chain().error == ""
    assert verify_chain([kept]).error.startswith("봉인 9번: 없습니다. 밖에 적어 둔 머리는 10번까지였습니다")


def test_a_chain_that_was_made_anew_shows_against_a_head_kept_outside(sealed):
    kept = chain_head()
    with rewriting() as connection:
        connection.execute(sa.delete(AuditSeal).where(AuditSeal.seq > 0))
        connection.execute(sa.update(AuditEntry).where(AuditEntry.id == sealed[0]).values(action="campaigns.add"))
    assert seal_all_entries() == 10
    assert verify_chain().error == ""
    assert verify_chain([kept]).error.startswith("봉인 10번: 밖에 적어 둔 머리와 다릅니다.")


def test_links_that_were_cut_from_entries_that_stayed_come_back_the_same(sealed):
    """Seals are a function of the entries, so lost links can be recomputed."""
    kept = chain_head()
    with rewriting() as connection:
        connection.execute(sa.delete(AuditSeal).where(AuditSeal.seq > 7))
    assert n_unsealed() == 3
    assert seal_all_entries() == 3
    assert verify_chain([kept]).error == ""


def test_a_forged_first_link_is_noticed(sealed):
    with rewriting() as connection:
        connection.execute(sa.update(AuditSeal).where(AuditSeal.seq == 1).values(seq=11))
    assert verify_chain().error == "봉인 1번: 없습니다. 다음 봉인은 2번입니다."


WRONG_WRITES = {
    "edit": "UPDATE {table} SET {key} = {key}",
    "delete": "DELETE FROM {table}",
    "replace": "INSERT OR REPLACE INTO {table} SELECT * FROM {table}",
    "truncate": "TRUNCATE {table} CASCADE",
}


@pytest.mark.parametrize("table", ["audit_entry", "audit_seal"])
@pytest.mark.parametrize("act", WRONG_WRITES)
def test_the_triggers_refuse_every_change(sealed, engine_name, table, act):
    if act == ("truncate" if engine_name == "sqlite" else "replace"):
        statement = "DELETE FROM {table} WHERE 1 = 1"  # the other engine's statement; this is the nearest equivalent
    else:
        statement = WRONG_WRITES[act]
    key = "seq" if table == "audit_seal" else "id"
    with pytest.raises(DBAPIError, match="append-only"), db.engine.begin() as connection:
        connection.exec_driver_sql(statement.format(table=table, key=key))
    assert verify_chain([chain_head()]).n_links == 10


def test_two_workers_at_once_make_one_chain(app, make):
    admin, campaign = make.admin(), make.campaign()
    for number in range(60):
        record(admin, "campaigns.edit", campaign, {"n": number})
    db.session.commit()
    barrier = Barrier(4, timeout=20)

    def work() -> int:
        with app.app_context():
            db.session.execute(sa.text("SELECT 1"))
            db.session.rollback()
            barrier.wait()
            return seal_all_entries()

    with ThreadPoolExecutor(4) as pool:
        done = [future.result(timeout=60) for future in [pool.submit(work) for _ in range(4)]]
    assert sum(done) == 60
    assert (verify_chain().n_links, verify_chain().error, n_unsealed()) == (60, "", 0)


@pytest.mark.parametrize("text", ["", "42", "42 abc", "x " + "0" * 64, "1 " + "0" * 64 + "\n2"])
def test_a_head_that_cannot_be_read_is_refused(text):
    with pytest.raises(InvalidInput):
        parse_heads(text)


def test_heads_are_read_as_they_are_printed():
    heads = [ChainHead(1, "a" * 64), ChainHead(20, "b" * 64)]
    assert parse_heads("\n".join(map(str, heads)) + "\n") == heads
