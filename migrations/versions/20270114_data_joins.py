"""data joins: how few rows of a file are alike for whoever has another file too

Why: a file that is safe alone may not be so beside another one; those who open it or have it are warned with numbers.
What happens to existing rows: nothing; `flask datasets measure-joins` measures files that were published before.
Runs both ways; a downgrade forgets what was measured, which can be measured again.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20270114_data_joins"
down_revision = "20270113_data_uses"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "data_join_risk",
        sa.Column("file_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("other_file_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("shared", sa.JSON(), nullable=False),
        sa.Column("n_rows", sa.BigInteger(), nullable=True),
        sa.Column("k", sa.BigInteger(), nullable=True),
        sa.Column("measured_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("file_id <> other_file_id", name=op.f("ck_data_join_risk_joins_another_file")),
        sa.CheckConstraint("CAST(shared AS VARCHAR) <> '[]'", name=op.f("ck_data_join_risk_shares_a_column")),
        sa.CheckConstraint("n_rows IS NULL OR n_rows >= 0", name=op.f("ck_data_join_risk_counts_rows")),
        sa.CheckConstraint(
            "(k IS NOT NULL) = (coalesce(n_rows, 0) > 0)", name=op.f("ck_data_join_risk_k_where_rows_match")
        ),
        sa.CheckConstraint("k IS NULL OR (k >= 1 AND k <= n_rows)", name=op.f("ck_data_join_risk_k_counts_rows")),
        sa.ForeignKeyConstraint(["file_id"], ["data_file.id"], name=op.f("fk_data_join_risk_file_id")),
        sa.ForeignKeyConstraint(["other_file_id"], ["data_file.id"], name=op.f("fk_data_join_risk_other_file_id")),
        sa.PrimaryKeyConstraint("file_id", "other_file_id", name=op.f("pk_data_join_risk")),
    )
    op.create_index(op.f("ix_data_join_risk_other_file_id"), "data_join_risk", ["other_file_id"], unique=False)


def downgrade() -> None:
    op.drop_table("data_join_risk")
