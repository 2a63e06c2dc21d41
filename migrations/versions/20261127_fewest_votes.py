"""fewest votes: an index by the number of votes

Why: the list of ideas to vote on begins with those that have the fewest votes, and must not sort 100,000 of them.
What happens to existing rows: nothing; the index is over an expression, so no column is added.
Runs both ways.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261127_fewest_votes"
down_revision = "20261127_participant_counts"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_idea_tally_votes", "idea_tally", [sa.text('(agree + disagree + "pass")'), "idea_id"])


def downgrade() -> None:
    op.drop_index("ix_idea_tally_votes", "idea_tally")
