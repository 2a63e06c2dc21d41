"""joint sessions: how often the host has changed

Why: the host of a session can hand it to another facilitator. The host before has seen the recovery code of the host,
so the number of changes is part of that code; the codes of the rooms stay as they were printed.
What happens to existing rows: nobody has changed (0), and every code that was printed works on.
Runs both ways; after a downgrade the host's code of a session that was handed over is the first one again.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261221_hosts_hand_over"
down_revision = "20261219_day_reports"
branch_labels = None
depends_on = None


def upgrade() -> None:
    column = sa.Column("n_handovers", sa.SmallInteger(), server_default="0", nullable=False)
    op.add_column("joint_session", column)


def downgrade() -> None:
    op.drop_column("joint_session", "n_handovers")
