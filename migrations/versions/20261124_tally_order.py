"""indexes for lists ordered by agreement and by discussion

Why: at 100,000 ideas such a list sorted all of them for each reader (244 ms in PostgreSQL; 0.4 ms with the index). A
changed tally is written to two more indexes.
What happens to existing rows: they stay as they are.
Runs both ways.
"""

from __future__ import annotations

from alembic import op

revision = "20261124_tally_order"
down_revision = "20261124_analysts_desk"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("idea_tally") as batch_op:
        batch_op.create_index(batch_op.f("ix_idea_tally_agree_idea_id"), ["agree", "idea_id"])
        batch_op.create_index(batch_op.f("ix_idea_tally_comments_idea_id"), ["comments", "idea_id"])


def downgrade() -> None:
    with op.batch_alter_table("idea_tally") as batch_op:
        batch_op.drop_index(batch_op.f("ix_idea_tally_comments_idea_id"))
        batch_op.drop_index(batch_op.f("ix_idea_tally_agree_idea_id"))
