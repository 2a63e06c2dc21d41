"""vote event index: an idea's events in their order, so that those after one of them are found alone

Why: each minute the worker asks of each campaign whether it has new votes. By the index of the idea alone it read all
events of the campaign, or all newer events of the other campaigns.
What happens to existing rows: nothing; the index of the idea alone is replaced.
Runs both ways.
"""

from __future__ import annotations

from alembic import op

revision = "20261205_vote_event_index"
down_revision = "20261204_vote_integrity"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_vote_event_idea_id_id", "vote_event", ["idea_id", "id"])
    op.drop_index("ix_vote_event_idea_id", "vote_event")


def downgrade() -> None:
    op.create_index("ix_vote_event_idea_id", "vote_event", ["idea_id"])
    op.drop_index("ix_vote_event_idea_id_id", "vote_event")
