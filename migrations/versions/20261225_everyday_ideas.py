"""everyday ideas: kind, place and photos

Why: a broken crossing is told by where it is and how it looks. Both are apart from the idea: ideas of a forum have
neither. A photo is a text of people by its caption: it joins the view of texts that are reported and hidden. A draft
keeps what its form asks beside the words.
What happens to existing rows: drafts get an empty object of details.
Runs both ways; a downgrade forgets them.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261225_everyday_ideas"
down_revision = "20261224_blobs"
branch_labels = None
depends_on = None

KINDS = ("idea", "comment", "gathering", "gathering_minutes", "minutes_answer")
ABOUT_TEXTS = ("report", "hiding", "consent_hidden_text")


def view_of(kinds: tuple[str, ...]) -> str:
    return "CREATE VIEW published_text AS " + " UNION ALL ".join(
        f"SELECT '{kind}' AS kind, id, author_id FROM {kind}" for kind in kinds
    )


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
        sa.CheckConstraint("state <> 'REMOVED' OR sha256 IS NULL", name=op.f("ck_idea_photo_removed_without_its_blob")),
        sa.CheckConstraint(
            "state <> 'VISIBLE' OR sha256 IS NOT NULL", name=op.f("ck_idea_photo_visible_with_its_blob")
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
    op.add_column("idea_draft", sa.Column("details", sa.JSON(), server_default="{}", nullable=False))
    op.execute("DROP VIEW published_text")
    op.execute(view_of((*KINDS[:2], "idea_photo", *KINDS[2:])))
    guard_photos()


def guard_photos() -> None:
    """Refuse the deletion of a photo that a report or hiding is about, as for ideas."""
    if op.get_bind().dialect.name != "sqlite":
        op.execute(
            """CREATE TRIGGER idea_photo_is_named BEFORE DELETE ON idea_photo
                 FOR EACH ROW EXECUTE FUNCTION refuse_loss_of_named_text()"""
        )
        return
    named = " OR ".join(
        f"EXISTS (SELECT 1 FROM {table} AS a WHERE a.text_kind = 'idea_photo' AND a.text_id = old.id)"
        for table in ABOUT_TEXTS
    )
    op.execute(
        f"""CREATE TRIGGER idea_photo_is_named BEFORE DELETE ON idea_photo WHEN {named} BEGIN
              SELECT RAISE(ABORT, 'something is about this text'); END"""
    )


def downgrade() -> None:
    for table in ABOUT_TEXTS:
        op.execute(f"DELETE FROM {table} WHERE text_kind = 'idea_photo'")
    op.execute("DROP VIEW published_text")
    op.execute(view_of(KINDS))
    op.drop_column("idea_draft", "details")
    op.drop_table("idea_photo")
    op.drop_table("everyday_details")
