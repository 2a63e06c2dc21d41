"""subjects: the broad groups that the clusters of a run are in

Why: fifty themes in one list hide what they are about; a run now finds two nested levels.
What happens to existing rows: nothing; clusters of earlier runs are in no subject, and their runs have none.
Runs both ways; a downgrade drops what the next run finds again.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261128_subjects"
down_revision = "20261128_weak_title"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("theme_run", sa.Column("subjects", sa.JSON(), server_default="[]", nullable=False))
    op.add_column("cluster", sa.Column("subject_number", sa.Integer()))


def downgrade() -> None:
    op.drop_column("cluster", "subject_number")
    op.drop_column("theme_run", "subjects")
