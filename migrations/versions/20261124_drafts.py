"""drafts: ideas that are not submitted yet, and texts of forms that met an expired session

Why: an hour of writing must not be lost with a battery or a cookie.
What happens to existing rows: there are none.
Runs both ways. Downgrading deletes drafts, which the older code cannot show.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261124_drafts"
down_revision = "20261124_departures"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "idea_draft",
        sa.Column("participant_id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(300), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("sector", sa.String(32), nullable=False),
        sa.Column("region_code", sa.String(2), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("title <> '' OR body <> ''", name=op.f("ck_idea_draft_says_something")),
        sa.ForeignKeyConstraint(
            ["participant_id"], ["participant.id"], name=op.f("fk_idea_draft_participant_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_idea_draft_campaign_id")),
        sa.PrimaryKeyConstraint("participant_id", "campaign_id", name=op.f("pk_idea_draft")),
    )
    op.create_index(op.f("ix_idea_draft_saved_at"), "idea_draft", ["saved_at"])
    op.create_table(
        "carried_text",
        sa.Column("token", sa.String(32), nullable=False),
        sa.Column("path", sa.String(300), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_carried_text_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("token", name=op.f("pk_carried_text")),
    )
    op.create_index(op.f("ix_carried_text_created_at"), "carried_text", ["created_at"])


def downgrade() -> None:
    op.drop_table("carried_text")
    op.drop_table("idea_draft")
