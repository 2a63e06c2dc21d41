"""Keep why a joint session was cancelled.

A cancelled session says why on its page, as a cancelled gathering does. Sessions cancelled before had no page that said
so: they get a sentence. Runs both ways; going back loses the reasons.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261216_joint_hosts"
down_revision = "20261215_joint"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("joint_session") as batch:
        batch.add_column(sa.Column("cancel_reason", sa.String(300), nullable=False, server_default=""))
    op.execute("UPDATE joint_session SET cancel_reason = '취소되었어요.' WHERE state = 'CANCELLED'")
    with op.batch_alter_table("joint_session") as batch:
        batch.alter_column("cancel_reason", server_default=None)
        batch.create_check_constraint(
            op.f("ck_joint_session_cancelled_with_a_reason"), "cancelled_at IS NULL OR cancel_reason <> ''"
        )


def downgrade() -> None:
    with op.batch_alter_table("joint_session") as batch:
        batch.drop_constraint(op.f("ck_joint_session_cancelled_with_a_reason"), type_="check")
        batch.drop_column("cancel_reason")
