"""vote_shown_probability: with what probability a page showed the idea that was voted on

Why: a queue shows some ideas more often than others. Shares can be weighted back to a fair draw only if each vote keeps
the probability of its own. Votes that are sent later are put in their order by when they were cast, and a clearing
leaves nothing but its event: a small index finds a person's clearings, which are few.
What happens to existing rows: nothing; no draw stands behind earlier votes, so they have no probability.
Runs both ways; a downgrade forgets the probabilities.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261130_vote_shown_probability"
down_revision = "20261129_campaign_words"
branch_labels = None
depends_on = None

CLEARED = sa.text("value IS NULL")


def upgrade() -> None:
    # As SQL: to add a CHECK, Alembic would make the table anew on SQLite, without its triggers.
    op.execute(
        """ALTER TABLE vote ADD COLUMN shown_probability FLOAT
           CONSTRAINT ck_vote_shown_probability_is_one CHECK (shown_probability > 0 AND shown_probability <= 1)"""
    )
    op.create_index(
        "ix_vote_event_clearings",
        "vote_event",
        ["participant_id", "idea_id"],
        postgresql_where=CLEARED,
        sqlite_where=CLEARED,
    )


def downgrade() -> None:
    op.drop_index("ix_vote_event_clearings", "vote_event")
    op.execute("ALTER TABLE vote DROP COLUMN shown_probability")
