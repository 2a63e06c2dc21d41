"""idempotency records: a request that is sent twice takes effect once

Why: a double click, a lost connection or an impatient program must not create two ideas. The key's row is written in
the transaction of the work itself.
What happens to existing rows: there are none.
Runs both ways.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261124_kept_answers"
down_revision = "20261124_children_wait"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "kept_answer",
        sa.Column("actor", sa.String(40), nullable=False),
        sa.Column("key", sa.String(255), nullable=False),
        sa.Column("request_hash", sa.String(64), nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=True),
        sa.Column("headers", sa.JSON(), nullable=False),
        sa.Column("flashes", sa.JSON(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "status IS NULL OR status BETWEEN 200 AND 399", name=op.f("ck_kept_answer_only_what_was_done_is_kept")
        ),
        sa.CheckConstraint("length(request_hash) = 64", name=op.f("ck_kept_answer_hash_is_sha256")),
        sa.PrimaryKeyConstraint("actor", "key", name=op.f("pk_kept_answer")),
    )
    op.create_index(op.f("ix_kept_answer_created_at"), "kept_answer", ["created_at"])


def downgrade() -> None:
    op.drop_table("kept_answer")
