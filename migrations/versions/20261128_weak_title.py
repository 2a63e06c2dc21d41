"""titles that an analyst should look at

Why: some groups of ideas have no phrase that half of them hold; their title is two keywords, and the desk says so.
What happens to existing rows: nothing; titles of earlier runs count as checked, because nobody recorded otherwise.
Runs both ways; a downgrade drops what the next run finds again.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261128_weak_title"
down_revision = "20261128_synonyms"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("cluster", sa.Column("weak_title", sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    op.drop_column("cluster", "weak_title")
