"""letters name rooms: which gathering a quoted idea came from, and its paper, as of the day the letter was sent

Why: an idea keeps its room on the whole thread, and a letter is never changed after it was sent. So the gathering's
name and the marks on its vote sheets are copied into the letter, as the idea's words and votes are.
What happens to existing rows: nothing. Letters from before name no gathering, also where an idea came from one.
Runs both ways; a downgrade forgets what letters said of gatherings.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261216_letters_name_rooms"
down_revision = "20261214_pauses"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "referral_idea_room",
        sa.Column("referral_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("idea_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("gathering_id", sa.Integer(), nullable=True),
        sa.Column("gathering_title", sa.String(length=100), nullable=False),
        sa.Column("began_on", sa.Date(), nullable=True),
        sa.Column("number", sa.SmallInteger(), nullable=True),
        sa.Column("paper_agree", sa.Integer(), nullable=False),
        sa.Column("paper_disagree", sa.Integer(), nullable=False),
        sa.Column("paper_pass", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(gathering_id IS NULL) = (gathering_title = '') AND (gathering_id IS NULL) = (began_on IS NULL) AND "
            "(gathering_id IS NULL) = (number IS NULL)",
            name=op.f("ck_referral_idea_room_names_the_whole_gathering"),
        ),
        sa.CheckConstraint(
            "paper_agree >= 0 AND paper_disagree >= 0 AND paper_pass >= 0",
            name=op.f("ck_referral_idea_room_never_negative"),
        ),
        sa.CheckConstraint(
            "gathering_id IS NOT NULL OR paper_agree + paper_disagree + paper_pass > 0",
            name=op.f("ck_referral_idea_room_says_something"),
        ),
        sa.ForeignKeyConstraint(["gathering_id"], ["gathering.id"], name=op.f("fk_referral_idea_room_gathering_id")),
        sa.ForeignKeyConstraint(
            ["referral_id", "idea_id"],
            ["referral_idea.referral_id", "referral_idea.idea_id"],
            name=op.f("fk_referral_idea_room_referral_id_idea_id"),
        ),
        sa.PrimaryKeyConstraint("referral_id", "idea_id", name=op.f("pk_referral_idea_room")),
    )


def downgrade() -> None:
    op.drop_table("referral_idea_room")
