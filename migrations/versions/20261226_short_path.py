"""the short path: a check within three working days, and short answers

Why: an everyday idea does not wait for the next analysis. Its letter and answer are those of every theme; these tables
say how it came to the letter, and what kind of short answer it got. A theme needs a run: where a campaign has never
been analysed, it gets one without analysis.
What happens to existing rows: nothing; no run is without analysis. `flask checks start` begins the checks of ideas that
are there already: counting working days is not for a migration.
Runs both ways; a downgrade forgets them. It refuses while themes stand on a run without analysis: without the mark they
would pass for found by one.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261226_short_path"
down_revision = "20261225_everyday_ideas"
branch_labels = None
depends_on = None


FIXED = ("short_answer", "answer_photo")
PUBLISHED = "EXISTS (SELECT 1 FROM answer WHERE id = {0}.answer_id AND published_at IS NOT NULL)"
# What an answer decides is what its kind stands for, and "already fixed" is shown, or it is said why not.
BROKEN = """new.published_at IS NOT NULL AND EXISTS (
  SELECT 1 FROM short_answer s WHERE s.answer_id = new.id AND (
    new.decision <> CASE s.kind WHEN 'ALREADY_FIXED' THEN 'ALREADY' WHEN 'FIXED_NOW' THEN 'ACCEPTED'
                                WHEN 'PILOT' THEN 'PARTLY' ELSE 'DECLINED' END
    OR (s.kind = 'ALREADY_FIXED' AND s.why_no_photo = ''
        AND NOT EXISTS (SELECT 1 FROM answer_photo p WHERE p.answer_id = new.id))))"""
NEVER_CURRENT = "NOT (without_analysis AND is_current)"


def upgrade() -> None:
    # The constraint comes with its column: to add it later, SQLite would copy the table and lose its triggers.
    op.execute(
        f"""ALTER TABLE theme_run ADD COLUMN without_analysis BOOLEAN DEFAULT false NOT NULL
              CONSTRAINT ck_theme_run_without_analysis_never_current CHECK ({NEVER_CURRENT})"""
    )
    op.create_index(
        "uq_theme_run_without_analysis",
        "theme_run",
        ["campaign_id"],
        unique=True,
        sqlite_where=sa.text("without_analysis"),
        postgresql_where=sa.text("without_analysis"),
    )
    op.create_table(
        "everyday_check",
        sa.Column("idea_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("started_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column(
            "outcome",
            sa.Enum(
                "SENT",
                "SAME",
                "NOT_HERE",
                "CLOSED",
                name="everyday_check_outcome",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("referral_id", sa.Integer(), nullable=True),
        sa.Column("same_as_id", sa.Integer(), nullable=True),
        sa.Column("office_name", sa.String(length=60), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.Column("reminded_on", sa.Date(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "coalesce(outcome = 'SAME', false) = (same_as_id IS NOT NULL)",
            name=op.f("ck_everyday_check_same_as_another"),
        ),
        sa.CheckConstraint(
            "coalesce(outcome = 'SENT', false) = (referral_id IS NOT NULL)",
            name=op.f("ck_everyday_check_sent_with_a_letter"),
        ),
        sa.CheckConstraint(
            "coalesce(outcome = 'CLOSED', false) OR (outcome IS NULL) = (decided_by_id IS NULL)",
            name=op.f("ck_everyday_check_decided_by"),
        ),
        sa.CheckConstraint(
            "outcome IS NULL OR outcome <> 'NOT_HERE' OR reason <> ''",
            name=op.f("ck_everyday_check_refused_with_a_reason"),
        ),
        sa.CheckConstraint(
            "(outcome IS NULL) = (decided_at IS NULL) AND (outcome IS NULL) = (decided_on IS NULL)",
            name=op.f("ck_everyday_check_decided_at_a_time"),
        ),
        sa.CheckConstraint("due_on >= started_on", name=op.f("ck_everyday_check_due_not_before_it_starts")),
        sa.CheckConstraint("revision >= 1", name=op.f("ck_everyday_check_revision_counts_from_one")),
        sa.CheckConstraint(
            "same_as_id IS NULL OR same_as_id <> idea_id", name=op.f("ck_everyday_check_never_the_same_as_itself")
        ),
        sa.ForeignKeyConstraint(["decided_by_id"], ["account.id"], name=op.f("fk_everyday_check_decided_by_id")),
        sa.ForeignKeyConstraint(["idea_id"], ["idea.id"], name=op.f("fk_everyday_check_idea_id")),
        sa.ForeignKeyConstraint(["referral_id"], ["referral.id"], name=op.f("fk_everyday_check_referral_id")),
        sa.ForeignKeyConstraint(["same_as_id"], ["idea.id"], name=op.f("fk_everyday_check_same_as_id")),
        sa.PrimaryKeyConstraint("idea_id", name=op.f("pk_everyday_check")),
    )
    op.create_index(op.f("ix_everyday_check_referral_id"), "everyday_check", ["referral_id"], unique=False)
    op.create_index(op.f("ix_everyday_check_same_as_id"), "everyday_check", ["same_as_id"], unique=False)
    op.create_index(
        "ix_everyday_check_waiting",
        "everyday_check",
        ["due_on", "idea_id"],
        unique=False,
        sqlite_where=sa.text("outcome IS NULL"),
        postgresql_where=sa.text("outcome IS NULL"),
    )
    op.create_table(
        "short_answer",
        sa.Column("answer_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "ALREADY_FIXED",
                "FIXED_NOW",
                "PILOT",
                "NO",
                name="short_answer_kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("why_no_photo", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["answer_id"], ["answer.id"], name=op.f("fk_short_answer_answer_id")),
        sa.PrimaryKeyConstraint("answer_id", name=op.f("pk_short_answer")),
    )
    op.create_table(
        "answer_photo",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("answer_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("caption", sa.String(length=200), nullable=False),
        sa.Column("taken_on", sa.Date(), nullable=True),
        sa.Column("added_by_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("caption <> ''", name=op.f("ck_answer_photo_says_what_it_shows")),
        sa.CheckConstraint("position BETWEEN 1 AND 3", name=op.f("ck_answer_photo_has_a_place")),
        sa.CheckConstraint("width > 0 AND height > 0", name=op.f("ck_answer_photo_has_a_size")),
        sa.ForeignKeyConstraint(["added_by_id"], ["account.id"], name=op.f("fk_answer_photo_added_by_id")),
        sa.ForeignKeyConstraint(["answer_id"], ["answer.id"], name=op.f("fk_answer_photo_answer_id")),
        sa.ForeignKeyConstraint(["sha256"], ["blob.sha256"], name=op.f("fk_answer_photo_sha256")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer_photo")),
        sa.UniqueConstraint("answer_id", "position", name=op.f("uq_answer_photo_answer_id_position")),
    )
    op.create_index(op.f("ix_answer_photo_answer_id"), "answer_photo", ["answer_id"], unique=False)
    op.create_index(op.f("ix_answer_photo_sha256"), "answer_photo", ["sha256"], unique=False)

    if op.get_bind().dialect.name == "sqlite":
        guard_on_sqlite()
    else:
        guard_on_postgres()


def guard_on_sqlite() -> None:
    for table in FIXED:
        for act, row in (("INSERT", "new"), ("UPDATE", "old"), ("DELETE", "old")):
            op.execute(
                f"""CREATE TRIGGER {table}_published_no_{act.lower()} BEFORE {act} ON {table}
                      WHEN {PUBLISHED.format(row)} BEGIN
                      SELECT RAISE(ABORT, 'a published answer is never changed'); END"""
            )
    op.execute(
        f"""CREATE TRIGGER answer_is_what_its_kind_says BEFORE UPDATE ON answer
              WHEN {BROKEN} BEGIN
              SELECT RAISE(ABORT, 'a short answer decides what its kind says, and shows it'); END"""
    )


def guard_on_postgres() -> None:
    op.execute(
        f"""CREATE FUNCTION refuse_part_of_published_answer() RETURNS trigger LANGUAGE plpgsql AS $$
              BEGIN
                IF (TG_OP <> 'INSERT' AND {PUBLISHED.format("OLD")})
                   OR (TG_OP <> 'DELETE' AND {PUBLISHED.format("NEW")}) THEN
                  RAISE EXCEPTION 'a published answer is never changed'
                    USING ERRCODE = 'integrity_constraint_violation';
                END IF;
                RETURN COALESCE(NEW, OLD);
              END $$"""
    )
    for table in FIXED:
        op.execute(
            f"""CREATE TRIGGER {table}_published BEFORE INSERT OR UPDATE OR DELETE ON {table}
                  FOR EACH ROW EXECUTE FUNCTION refuse_part_of_published_answer()"""
        )
    op.execute(
        f"""CREATE FUNCTION check_answer_kind() RETURNS trigger LANGUAGE plpgsql AS $$
              BEGIN
                IF {BROKEN} THEN
                  RAISE EXCEPTION 'a short answer decides what its kind says, and shows it'
                    USING ERRCODE = 'integrity_constraint_violation';
                END IF;
                RETURN NEW;
              END $$"""
    )
    op.execute(
        """CREATE TRIGGER answer_is_what_its_kind_says BEFORE UPDATE ON answer
             FOR EACH ROW EXECUTE FUNCTION check_answer_kind()"""
    )


def downgrade() -> None:
    connection = op.get_bind()
    on = "" if connection.dialect.name == "sqlite" else " ON answer"
    is_used = "SELECT 1 FROM theme WHERE run_id IN (SELECT id FROM theme_run WHERE without_analysis) LIMIT 1"
    if connection.execute(sa.text(is_used)).first() is not None:
        raise RuntimeError("themes stand on a run without analysis: this version is needed to show them")
    op.execute(f"DROP TRIGGER answer_is_what_its_kind_says{on}")
    op.drop_table("answer_photo")
    op.drop_table("short_answer")
    op.drop_table("everyday_check")
    if on:
        op.execute("DROP FUNCTION refuse_part_of_published_answer()")
        op.execute("DROP FUNCTION check_answer_kind()")
        op.execute("ALTER TABLE theme_run DROP CONSTRAINT ck_theme_run_without_analysis_never_current")
    op.drop_index("uq_theme_run_without_analysis", "theme_run")
    op.execute("ALTER TABLE theme_run DROP COLUMN without_analysis")
