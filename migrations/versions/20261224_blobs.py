"""blobs: large files of people, by their SHA-256

Why: photos come with everyday ideas. Their bytes are in a store outside the database (a folder, or S3); the row says
that they are there, and keeps them while the store is gone. `blob_removal` names bytes that are being deleted, so that
who keeps the same bytes at that moment does not lose them.
What happens to existing rows: nothing.
Runs both ways; a downgrade forgets them.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261224_blobs"
down_revision = "20261223_room_actions"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "blob",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("media_type", sa.String(length=80), nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("waiting", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("media_type <> ''", name=op.f("ck_blob_has_a_media_type")),
        sa.CheckConstraint("length(sha256) = 64", name=op.f("ck_blob_has_a_sha256")),
        sa.CheckConstraint("size > 0", name=op.f("ck_blob_is_not_empty")),
        sa.CheckConstraint("waiting IS NULL OR length(waiting) = size", name=op.f("ck_blob_waits_whole")),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_blob")),
    )
    op.create_index(op.f("ix_blob_kept_at"), "blob", ["kept_at"])
    waits = sa.text("waiting IS NOT NULL")
    op.create_index("ix_blob_waiting", "blob", ["kept_at", "size"], sqlite_where=waits, postgresql_where=waits)
    op.create_table(
        "blob_removal",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "done_at IS NULL OR done_at >= asked_at", name=op.f("ck_blob_removal_done_after_it_was_asked")
        ),
        sa.CheckConstraint("length(sha256) = 64", name=op.f("ck_blob_removal_has_a_sha256")),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_blob_removal")),
    )


def downgrade() -> None:
    op.drop_table("blob_removal")
    op.drop_table("blob")
