"""approval of answers: written by one officer, approved by another

Why: an answer binds a ministry. It gets a draft, an approver of the same ministry, a contact office and a line for each
representative idea. A published answer is still never edited, and neither are its lines.
What happens to existing rows: published answers keep revision 0, which means that nobody approved them. No officer may
approve until an admin grants that right.
Runs both ways.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261124_answers_are_approved"
down_revision = "20261124_letters_and_clocks"
branch_labels = None
depends_on = None

ANOTHER = "approved_by_id IS NULL OR approved_by_id <> author_id"
APPROVED = "published_at IS NULL OR approved_by_id IS NOT NULL OR revision = 0"
ONLY_OFFICERS = "NOT can_approve_answers OR role = 'MINISTRY_OFFICER'"
PUBLISHED = "EXISTS (SELECT 1 FROM answer WHERE id = {}.answer_id AND published_at IS NOT NULL)"


def upgrade() -> None:
    op.add_column("answer", sa.Column("contact_office", sa.String(120), server_default="", nullable=False))
    op.add_column("answer", sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("answer", sa.Column("return_note", sa.Text(), server_default="", nullable=False))
    # Each constraint is added with its column: to add it later, SQLite would copy the table and lose its triggers.
    op.execute("ALTER TABLE answer ADD COLUMN revision INTEGER DEFAULT 0 NOT NULL")
    op.execute(
        f"""ALTER TABLE answer ADD COLUMN approved_by_id INTEGER
              CONSTRAINT fk_answer_approved_by_id REFERENCES account (id)
              CONSTRAINT ck_answer_approved_by_another CHECK ({ANOTHER})
              CONSTRAINT ck_answer_published_is_approved CHECK ({APPROVED})"""
    )
    op.create_index(
        "uq_answer_draft",
        "answer",
        ["referral_id"],
        unique=True,
        sqlite_where=sa.text("published_at IS NULL"),
        postgresql_where=sa.text("published_at IS NULL"),
    )
    op.execute(
        f"""ALTER TABLE role_grant ADD COLUMN can_approve_answers BOOLEAN DEFAULT false NOT NULL
              CONSTRAINT ck_role_grant_only_officers_approve CHECK ({ONLY_OFFICERS})"""
    )
    op.create_table(
        "answer_point",
        sa.Column("answer_id", sa.Integer(), nullable=False),
        sa.Column("idea_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.CheckConstraint("text <> ''", name=op.f("ck_answer_point_says_something")),
        sa.ForeignKeyConstraint(["answer_id"], ["answer.id"], name=op.f("fk_answer_point_answer_id")),
        sa.ForeignKeyConstraint(["idea_id"], ["idea.id"], name=op.f("fk_answer_point_idea_id")),
        sa.PrimaryKeyConstraint("answer_id", "idea_id", name=op.f("pk_answer_point")),
    )
    guard()


def guard() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for act, row in (("INSERT", "new"), ("UPDATE", "old"), ("DELETE", "old")):
            op.execute(
                f"""CREATE TRIGGER answer_point_published_no_{act.lower()} BEFORE {act} ON answer_point
                      WHEN {PUBLISHED.format(row)} BEGIN
                      SELECT RAISE(ABORT, 'a published answer is never changed'); END"""
            )
        return
    op.execute(
        f"""CREATE FUNCTION refuse_point_of_published_answer() RETURNS trigger LANGUAGE plpgsql AS $$
              BEGIN
                IF (TG_OP <> 'INSERT' AND {PUBLISHED.format("OLD")})
                   OR (TG_OP <> 'DELETE' AND {PUBLISHED.format("NEW")}) THEN
                  RAISE EXCEPTION 'a published answer is never changed'
                    USING ERRCODE = 'integrity_constraint_violation';
                END IF;
                RETURN COALESCE(NEW, OLD);
              END $$"""
    )
    op.execute(
        """CREATE TRIGGER answer_point_published BEFORE INSERT OR UPDATE OR DELETE ON answer_point
             FOR EACH ROW EXECUTE FUNCTION refuse_point_of_published_answer()"""
    )


def downgrade() -> None:
    """Delete unpublished drafts: the older code would treat them as answers that only lack a date."""
    postgres = op.get_bind().dialect.name != "sqlite"
    op.drop_table("answer_point")
    if postgres:
        op.execute("DROP FUNCTION refuse_point_of_published_answer()")
        op.execute("ALTER TABLE role_grant DROP CONSTRAINT ck_role_grant_only_officers_approve")
        op.execute("ALTER TABLE answer DROP CONSTRAINT ck_answer_approved_by_another")
        op.execute("ALTER TABLE answer DROP CONSTRAINT ck_answer_published_is_approved")
    op.execute("DELETE FROM milestone WHERE answer_id IN (SELECT id FROM answer WHERE published_at IS NULL)")
    op.execute("DELETE FROM answer WHERE published_at IS NULL")
    op.drop_index("uq_answer_draft", "answer")
    op.execute("ALTER TABLE role_grant DROP COLUMN can_approve_answers")
    for column in ("approved_by_id", "revision", "return_note", "submitted_at", "contact_office"):
        op.execute(f"ALTER TABLE answer DROP COLUMN {column}")
