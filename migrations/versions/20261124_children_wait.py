"""age check: people under 14 wait for a guardian's consent

Why: people under 14 take part only with a guardian's consent (PIPA 22-2). Of their date of birth only the day they turn
14 is stored. Triggers refuse ideas, comments and votes of accounts that wait or are closed, so that a missing check in
a page or a command has no effect.
What happens to existing rows: nobody under 14 could register before, so nobody waits.
Runs both ways.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261124_children_wait"
down_revision = "20261123_spine"
branch_labels = None
depends_on = None

# table -> (column with its author, statements that are refused)
TABLES = {
    "idea": ("author_id", ("INSERT",)),
    "comment": ("author_id", ("INSERT",)),
    "vote": ("participant_id", ("INSERT", "UPDATE")),
}
CHECK = "NOT waits_for_consent OR needs_consent_until IS NOT NULL"


def upgrade() -> None:
    op.add_column("account", sa.Column("needs_consent_until", sa.Date(), nullable=True))
    if op.get_bind().dialect.name == "sqlite":
        # The constraint is added with its column: SQLite would have to copy the table to add it later.
        op.execute(
            f"""ALTER TABLE account ADD COLUMN waits_for_consent BOOLEAN DEFAULT 0 NOT NULL
                  CONSTRAINT ck_account_only_children_wait CHECK ({CHECK})"""
        )
        guard_on_sqlite()
    else:
        op.add_column(
            "account", sa.Column("waits_for_consent", sa.Boolean(), server_default=sa.false(), nullable=False)
        )
        op.execute(f"ALTER TABLE account ADD CONSTRAINT ck_account_only_children_wait CHECK ({CHECK})")
        guard_on_postgres()


def guard_on_sqlite() -> None:
    for table, (column, acts) in TABLES.items():
        for act in acts:
            op.execute(
                f"""CREATE TRIGGER {table}_takes_part_{act.lower()} BEFORE {act} ON {table}
                      WHEN EXISTS (SELECT 1 FROM participant JOIN account ON account.id = participant.account_id
                                   WHERE participant.id = new.{column}
                                     AND (account.waits_for_consent OR NOT account.active)) BEGIN
                      SELECT RAISE(ABORT, 'this participant may not take part'); END"""
            )


def guard_on_postgres() -> None:
    """Create the triggers. An idea or comment waits for a consent that is being revoked; a vote does not, for speed."""
    for name, column, lock in (("author", "author_id", "FOR SHARE OF account"), ("voter", "participant_id", "")):
        op.execute(
            f"""CREATE FUNCTION refuse_{name}_who_waits() RETURNS trigger LANGUAGE plpgsql AS $$
                  DECLARE refused boolean;
                  BEGIN
                    SELECT account.waits_for_consent OR NOT account.active INTO refused
                      FROM participant JOIN account ON account.id = participant.account_id
                     WHERE participant.id = NEW.{column} {lock};
                    IF refused THEN
                      RAISE EXCEPTION 'this participant may not take part'
                        USING ERRCODE = 'integrity_constraint_violation';
                    END IF;
                    RETURN NEW;
                  END $$"""
        )
    for table, (column, acts) in TABLES.items():
        name = "author" if column == "author_id" else "voter"
        op.execute(
            f"""CREATE TRIGGER {table}_takes_part BEFORE {" OR ".join(acts)} ON {table}
                  FOR EACH ROW EXECUTE FUNCTION refuse_{name}_who_waits()"""
        )


def downgrade() -> None:
    postgres = op.get_bind().dialect.name != "sqlite"
    for table, (_column, acts) in TABLES.items():
        if postgres:
            op.execute(f"DROP TRIGGER {table}_takes_part ON {table}")
            continue
        for act in acts:
            op.execute(f"DROP TRIGGER {table}_takes_part_{act.lower()}")
    if postgres:
        op.execute("DROP FUNCTION refuse_author_who_waits()")
        op.execute("DROP FUNCTION refuse_voter_who_waits()")
        op.execute("ALTER TABLE account DROP CONSTRAINT ck_account_only_children_wait")
    op.execute("ALTER TABLE account DROP COLUMN waits_for_consent")
    op.execute("ALTER TABLE account DROP COLUMN needs_consent_until")
