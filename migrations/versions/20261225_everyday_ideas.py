"""everyday ideas: kind, place and photos

Why: a broken crossing is told by where it is and how it looks. Both are apart from the idea: ideas of a forum have
neither.
What happens to existing rows: nothing.
Runs both ways; a downgrade forgets them.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261225_everyday_ideas"
down_revision = "20261224_blobs"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "everyday_details",
        sa.Column("idea_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "SAFETY",
                "ENVIRONMENT",
                "TRANSPORT",
                "WELFARE",
                "EDUCATION",
                "SERVICE",
                "OTHER",
                name="everyday_kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("district", sa.String(length=20), nullable=False),
        sa.Column("place", sa.String(length=120), nullable=False),
        sa.ForeignKeyConstraint(["idea_id"], ["idea.id"], name=op.f("fk_everyday_details_idea_id")),
        sa.PrimaryKeyConstraint("idea_id", name=op.f("pk_everyday_details")),
    )
    op.create_index(op.f("ix_everyday_details_kind"), "everyday_details", ["kind"], unique=False)
    op.create_table(
        "idea_photo",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("idea_id", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("caption", sa.String(length=200), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "VISIBLE",
                "HIDDEN",
                "REMOVED",
                name="idea_photo_state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(state = 'REMOVED') = (sha256 IS NULL)", name=op.f("ck_idea_photo_removed_without_its_blob")
        ),
        sa.CheckConstraint("position BETWEEN 1 AND 3", name=op.f("ck_idea_photo_has_a_place")),
        sa.CheckConstraint("width > 0 AND height > 0", name=op.f("ck_idea_photo_has_a_size")),
        sa.ForeignKeyConstraint(["author_id"], ["participant.id"], name=op.f("fk_idea_photo_author_id")),
        sa.ForeignKeyConstraint(["idea_id"], ["idea.id"], name=op.f("fk_idea_photo_idea_id")),
        sa.ForeignKeyConstraint(["sha256"], ["blob.sha256"], name=op.f("fk_idea_photo_sha256")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_idea_photo")),
    )
    op.create_index(op.f("ix_idea_photo_author_id"), "idea_photo", ["author_id"], unique=False)
    op.create_index(op.f("ix_idea_photo_idea_id"), "idea_photo", ["idea_id"], unique=False)
    op.create_index(op.f("ix_idea_photo_sha256"), "idea_photo", ["sha256"], unique=False)
    op.create_index(
        "uq_idea_photo_place",
        "idea_photo",
        ["idea_id", "position"],
        unique=True,
        sqlite_where=sa.text("state <> 'REMOVED'"),
        postgresql_where=sa.text("state <> 'REMOVED'"),
    )


def downgrade() -> None:
    op.drop_table("idea_photo")
    op.drop_table("everyday_details")
