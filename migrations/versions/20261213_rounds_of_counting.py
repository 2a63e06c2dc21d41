"""rounds of counting: vote sheets that two people counted differently are counted again by both

Why: counts are compared only with counts of the same round. Otherwise the second person could try numbers until they
meet the first one's, and nobody would have counted twice.
What happens to existing rows: every count becomes one of round 1, in which nothing has differed yet.
Runs both ways; a downgrade forgets the rounds. On SQLite the column comes with its CHECK, so that no table is copied.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261213_rounds_of_counting"
down_revision = "20261209_gatherings"
branch_labels = None
depends_on = None

CHECK = "CONSTRAINT ck_sheet_count_round_counts_from_one CHECK (round >= 1)"


def upgrade() -> None:
    op.execute(f"ALTER TABLE sheet_count ADD COLUMN round SMALLINT DEFAULT '1' NOT NULL {CHECK}")
    op.add_column("sheet_count", sa.Column("differs", sa.JSON(), server_default="[]", nullable=False))


def downgrade() -> None:
    op.drop_column("sheet_count", "differs")
    if op.get_bind().dialect.name != "sqlite":
        op.drop_column("sheet_count", "round")
        return
    _drop_check_in_schema()
    op.drop_column("sheet_count", "round")


def _drop_check_in_schema() -> None:
    """SQLite refuses to drop a column that a CHECK names, so the CHECK leaves the stored schema first."""
    op.execute("PRAGMA writable_schema = ON")
    changed = sa.text("UPDATE sqlite_schema SET sql = replace(sql, :check, '') WHERE name = 'sheet_count'")
    op.execute(changed.bindparams(check=CHECK))
    op.execute("PRAGMA writable_schema = RESET")
