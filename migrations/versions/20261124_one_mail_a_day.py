"""daily mail: news for authors and supporters in one mail a day

Why: delivery changes often, and a mail for each change would be a flood. A notice says whether it belongs into the
daily mail, and on which day that mail contained it.
What happens to existing rows: they were mailed one by one before, so none of them waits.
Runs both ways.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261124_one_mail_a_day"
down_revision = "20261124_answers_are_approved"
branch_labels = None
depends_on = None

WAITS = "in_daily_mail AND mailed_on IS NULL"


def upgrade() -> None:
    op.add_column("notice", sa.Column("in_daily_mail", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("notice", sa.Column("mailed_on", sa.Date(), nullable=True))
    op.create_index(
        "ix_notice_waits_for_mail",
        "notice",
        ["account_id"],
        sqlite_where=sa.text(WAITS),
        postgresql_where=sa.text(WAITS),
    )
    op.create_index("ix_notice_mailed", "notice", ["account_id", "mailed_on"])


def downgrade() -> None:
    op.drop_index("ix_notice_mailed", "notice")
    op.drop_index("ix_notice_waits_for_mail", "notice")
    op.drop_column("notice", "mailed_on")
    op.drop_column("notice", "in_daily_mail")
