"""links for a new password

Why: a link must be invalid once a newer one was requested. The account stores the minute of the newest request.
What happens to existing rows: links that were sent already become invalid, once; a new one can be requested.
Runs both ways.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261124_reset_links"
down_revision = "20261124_certificates"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("account", sa.Column("reset_asked_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("account", "reset_asked_at")
