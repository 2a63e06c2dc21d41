"""participants of a campaign by age group and region

Why: nobody saw who is missing in a campaign. The figures are counted once a day, so that the campaign's page reads a
few rows, and so that two readings of the page do not tell the age of who came between them.
What happens to existing rows: nothing; the table begins empty, and the first periodic task fills it.
Runs both ways; a downgrade drops what the task counts again.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261127_participant_counts"
down_revision = "20261127_policies"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "participant_count",
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column(
            "dimension",
            sa.Enum(
                "AGE",
                "REGION",
                name="participant_count_dimension",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("code", sa.String(length=2), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("checked_on", sa.Date(), nullable=False),
        sa.CheckConstraint("people >= 0", name=op.f("ck_participant_count_people_not_negative")),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_participant_count_campaign_id")),
        sa.PrimaryKeyConstraint("campaign_id", "dimension", "code", name=op.f("pk_participant_count")),
    )


def downgrade() -> None:
    op.drop_table("participant_count")
