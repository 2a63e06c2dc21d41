"""first_idea: a draft may wait for its author's address to be confirmed

Why: somebody who writes an idea before they have an account was asked to sign in, and found an empty page after
registering. The idea is kept as the new account's draft now, and posted by the button of the mailed link.
What happens to existing rows: none of them waits. Downgrading keeps the drafts; they are posted by hand then.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261127_first_idea"
down_revision = "20261126_answer_writers"
branch_labels = None
depends_on = None


def upgrade() -> None:
    waits = sa.Column("waits_for_confirmation", sa.Boolean(), server_default=sa.false(), nullable=False)
    op.add_column("idea_draft", waits)


def downgrade() -> None:
    with op.batch_alter_table("idea_draft") as table:
        table.drop_column("waits_for_confirmation")
