"""reports stay: a published report of the day and its files never change

Why: people quote a report, and its files are compared with their hashes; so the database refuses what no code does,
as it does for published digests. A report is published when its row is written.
What happens to existing rows: nothing; those of before are kept like that too.
Runs both ways; a downgrade drops the triggers and keeps the reports.
"""

from __future__ import annotations

from alembic import op

revision = "20261222_reports_stay"
down_revision = "20261221_hosts_hand_over"
branch_labels = None
depends_on = None

TABLES = ("day_report", "day_report_file")
ACTS = ("UPDATE", "DELETE")


def upgrade() -> None:
    for table in TABLES:
        if op.get_bind().dialect.name != "sqlite":
            op.execute(
                f"""CREATE TRIGGER {table}_published BEFORE UPDATE OR DELETE ON {table}
                      FOR EACH ROW EXECUTE FUNCTION refuse_change()"""
            )
            continue
        for act in ACTS:
            op.execute(
                f"""CREATE TRIGGER {table}_published_{act.lower()} BEFORE {act} ON {table} BEGIN
                      SELECT RAISE(ABORT, 'published'); END"""
            )


def downgrade() -> None:
    for table in TABLES:
        if op.get_bind().dialect.name != "sqlite":
            op.execute(f"DROP TRIGGER {table}_published ON {table}")
            continue
        for act in ACTS:
            op.execute(f"DROP TRIGGER {table}_published_{act.lower()}")
