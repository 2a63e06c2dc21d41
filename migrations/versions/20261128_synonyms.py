"""synonyms: a campaign's own words for the same thing

Why: the search for repeated ideas knows shipped synonyms (안전모, 헬멧); each place and each campaign has words of its
own, which analysts may now add.
What happens to existing rows: there are none; a campaign without a row uses the shipped synonyms alone.
Runs both ways; a downgrade forgets the added words.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261128_synonyms"
down_revision = "20261128_left_out_ideas"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "synonym_list",
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("version >= 1", name=op.f("ck_synonym_list_version_counts_from_one")),
        sa.CheckConstraint("length(words) <= 10000", name=op.f("ck_synonym_list_is_no_book")),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_synonym_list_campaign_id")),
        sa.PrimaryKeyConstraint("campaign_id", name=op.f("pk_synonym_list")),
    )


def downgrade() -> None:
    op.drop_table("synonym_list")
