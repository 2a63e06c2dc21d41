"""campaign_words: a campaign's synonyms and its user words in one row

Why: analysts also add words that the dictionary splits (공매 + 도); both lists are one page, saved together.
What happens to existing rows: synonyms move to the new table with their version; the user words are empty.
Runs both ways; a downgrade forgets the user words, and keeps the rows and versions of the synonyms.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261129_campaign_words"
down_revision = "20261128_subjects"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "campaign_words",
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("user_words", sa.Text(), server_default="", nullable=False),
        sa.Column("synonyms", sa.Text(), server_default="", nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("version >= 1", name=op.f("ck_campaign_words_version_counts_from_one")),
        sa.CheckConstraint("length(user_words) <= 10000", name=op.f("ck_campaign_words_user_words_are_no_book")),
        sa.CheckConstraint("length(synonyms) <= 10000", name=op.f("ck_campaign_words_synonyms_are_no_book")),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_campaign_words_campaign_id")),
        sa.PrimaryKeyConstraint("campaign_id", name=op.f("pk_campaign_words")),
    )
    op.execute(
        "INSERT INTO campaign_words (campaign_id, synonyms, version, changed_at)"
        " SELECT campaign_id, words, version, changed_at FROM synonym_list"
    )
    op.drop_table("synonym_list")


def downgrade() -> None:
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
    op.execute(
        "INSERT INTO synonym_list (campaign_id, words, version, changed_at)"
        " SELECT campaign_id, synonyms, version, changed_at FROM campaign_words"
    )
    op.drop_table("campaign_words")
