"""audit seal: a chain of hashes over the audit entries, append-only even for REPLACE

Why: an audit log that a database administrator can rewrite proves nothing. A worker chains the entries every minute.
Whoever stores the newest link elsewhere can detect what was edited, removed, reordered or cut off since. The chain is a
table of its own, since a hash inside each act's transaction makes every act wait for the one before. SQLite's INSERT OR
REPLACE removes the old row without firing the DELETE trigger, so another trigger refuses it.
What happens to existing rows: entries are unchanged and are sealed within a minute.
Runs both ways.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261124_audit_seal"
down_revision = "20261124_originals"
branch_labels = None
depends_on = None

APPEND_ONLY = {"audit_entry": "id", "vote_event": "id", "audit_seal": "seq"}


def upgrade() -> None:
    op.create_table(
        "audit_seal",
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("prev_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.CheckConstraint("seq >= 1", name=op.f("ck_audit_seal_counts_from_one")),
        sa.CheckConstraint("length(hash) = 64 AND length(prev_hash) = 64", name=op.f("ck_audit_seal_holds_sha256")),
        sa.ForeignKeyConstraint(["entry_id"], ["audit_entry.id"], name=op.f("fk_audit_seal_entry_id")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit_seal")),
        sa.UniqueConstraint("entry_id", name=op.f("uq_audit_seal_entry_id")),
        sa.UniqueConstraint("hash", name=op.f("uq_audit_seal_hash")),
        sa.UniqueConstraint("prev_hash", name=op.f("uq_audit_seal_prev_hash")),
    )
    if op.get_bind().dialect.name == "sqlite":
        guard_on_sqlite()
    else:
        guard_on_postgres()


def guard_on_sqlite() -> None:
    for act in ("UPDATE", "DELETE"):
        op.execute(
            f"""CREATE TRIGGER audit_seal_no_{act.lower()} BEFORE {act} ON audit_seal BEGIN
                  SELECT RAISE(ABORT, 'audit_seal is append-only'); END"""
        )
    for table, key in APPEND_ONLY.items():
        op.execute(
            f"""CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table}
                  WHEN EXISTS (SELECT 1 FROM {table} WHERE {key} = new.{key}) BEGIN
                  SELECT RAISE(ABORT, '{table} is append-only'); END"""
        )


def guard_on_postgres() -> None:
    op.execute(
        """CREATE TRIGGER audit_seal_append_only BEFORE UPDATE OR DELETE ON audit_seal
             FOR EACH ROW EXECUTE FUNCTION refuse_change()"""
    )
    op.execute(
        """CREATE TRIGGER audit_seal_no_truncate BEFORE TRUNCATE ON audit_seal
             FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"""
    )


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for table in ("audit_entry", "vote_event"):
            op.execute(f"DROP TRIGGER {table}_no_replace")
    op.drop_table("audit_seal")
