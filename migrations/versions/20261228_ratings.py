"""ratings: what people who took part say of a milestone that a ministry marked done

Why: a ministry alone said what is done. Those who proposed or voted are asked too, once for each time that it is
marked done. Comments join the view of texts that are reported and hidden.
What happens to existing rows: a milestone that is done gets its first round, in which nobody is asked by mail again.
Runs both ways; a downgrade forgets them.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261228_ratings"
down_revision = "20261227_pilots"
branch_labels = None
depends_on = None

KINDS = ("idea", "comment", "idea_photo", "gathering", "gathering_minutes", "minutes_answer")
ABOUT_TEXTS = ("report", "hiding", "consent_hidden_text")
REFUSED = "this participant may not take part"


def upgrade() -> None:
    op.create_table(
        "rating_round",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("milestone_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.SmallInteger(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "ended_because",
            sa.Enum(
                "REOPENED", "REPLACED", name="rating_round_end", native_enum=False, create_constraint=True, length=32
            ),
            nullable=True,
        ),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (ended_because IS NULL)", name=op.f("ck_rating_round_ended_for_a_reason")
        ),
        sa.CheckConstraint(
            "ended_at IS NULL OR ended_at >= opened_at", name=op.f("ck_rating_round_ends_after_it_opened")
        ),
        sa.CheckConstraint("number >= 1", name=op.f("ck_rating_round_counts_from_one")),
        sa.ForeignKeyConstraint(["milestone_id"], ["milestone.id"], name=op.f("fk_rating_round_milestone_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rating_round")),
        sa.UniqueConstraint("milestone_id", "number", name=op.f("uq_rating_round_milestone_id_number")),
    )
    op.create_index(
        "uq_rating_round_open",
        "rating_round",
        ["milestone_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "milestone_rating",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column(
            "happened",
            sa.Enum(
                "YES",
                "PARTLY",
                "NO",
                "UNSURE",
                name="rating_happened",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("helps", sa.SmallInteger(), nullable=True),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "VISIBLE",
                "HIDDEN",
                "REMOVED",
                name="rating_state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state <> 'REMOVED' OR comment = ''", name=op.f("ck_milestone_rating_removed_without_its_comment")
        ),
        sa.CheckConstraint("helps BETWEEN 0 AND 10", name=op.f("ck_milestone_rating_helps_is_0_to_10")),
        sa.CheckConstraint("revision >= 1", name=op.f("ck_milestone_rating_revision_counts_from_one")),
        sa.ForeignKeyConstraint(["author_id"], ["participant.id"], name=op.f("fk_milestone_rating_author_id")),
        sa.ForeignKeyConstraint(["round_id"], ["rating_round.id"], name=op.f("fk_milestone_rating_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_milestone_rating")),
        sa.UniqueConstraint("round_id", "author_id", name=op.f("uq_milestone_rating_round_id_author_id")),
    )
    op.create_index(op.f("ix_milestone_rating_author_id"), "milestone_rating", ["author_id"], unique=False)
    op.execute("DROP VIEW published_text")
    op.execute(view_of((*KINDS, "milestone_rating")))
    guard_text("milestone_rating")
    for act in ("INSERT", "UPDATE"):
        ended = "(SELECT ended_at FROM rating_round WHERE id = NEW.round_id) IS NOT NULL AND NEW.state <> 'REMOVED'"
        if act == "UPDATE":  # hiding and showing again stay possible
            ended += " AND (NEW.happened <> OLD.happened OR COALESCE(NEW.helps, -1) <> COALESCE(OLD.helps, -1))"
        _refuse(f"milestone_rating_in_time_{act.lower()}", "milestone_rating", act, ended, "this round has ended")
    _refuse("milestone_rating_takes_part", "milestone_rating", "INSERT", _may_not_take_part(), REFUSED)
    _refuse("rating_round_ended_once", "rating_round", "UPDATE", "OLD.ended_at IS NOT NULL", "this round has ended")
    op.execute(
        """INSERT INTO rating_round (milestone_id, number, opened_at, asked_at)
           SELECT milestone.id, 1, milestone.updated_at, milestone.updated_at
           FROM milestone JOIN answer ON answer.id = milestone.answer_id
           WHERE milestone.is_closed AND answer.published_at IS NOT NULL AND answer.version = (
             SELECT max(other.version) FROM answer AS other
             WHERE other.referral_id = answer.referral_id AND other.published_at IS NOT NULL)"""
    )


def _may_not_take_part() -> str:
    """Return the condition that the author has no account that may take part: no guest, and no child who waits.

    A consent that is being revoked is waited for, as by an idea.
    """
    lock = "" if op.get_bind().dialect.name == "sqlite" else "FOR SHARE OF account"
    return f"""NOT EXISTS (SELECT 1 FROM participant JOIN account ON account.id = participant.account_id
                 WHERE participant.id = NEW.author_id AND account.active AND NOT account.waits_for_consent {lock})"""


def _refuse(name: str, table: str, act: str, when: str, why: str) -> None:
    """Create a trigger that refuses the act where the condition holds; an empty one always does."""
    if op.get_bind().dialect.name == "sqlite":
        condition = f"WHEN {when}" if when else ""
        op.execute(f"CREATE TRIGGER {name} BEFORE {act} ON {table} {condition} BEGIN SELECT RAISE(ABORT, '{why}'); END")
        return
    returned = "OLD" if act == "DELETE" else "NEW"
    refuse = f"RAISE EXCEPTION '{why}' USING ERRCODE = 'check_violation';"
    op.execute(
        f"""CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
              {f"IF ({when}) THEN {refuse} END IF;" if when else refuse}
              RETURN {returned};
            END $$"""
    )
    op.execute(f"CREATE TRIGGER {name} BEFORE {act} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()")


def guard_text(table: str) -> None:
    """Refuse the deletion of a row that a report or hiding is about, as for ideas."""
    if op.get_bind().dialect.name != "sqlite":
        op.execute(
            f"""CREATE TRIGGER {table}_is_named BEFORE DELETE ON {table}
                  FOR EACH ROW EXECUTE FUNCTION refuse_loss_of_named_text()"""
        )
        return
    named = " OR ".join(
        f"EXISTS (SELECT 1 FROM {about} AS a WHERE a.text_kind = '{table}' AND a.text_id = old.id)"
        for about in ABOUT_TEXTS
    )
    op.execute(
        f"""CREATE TRIGGER {table}_is_named BEFORE DELETE ON {table} WHEN {named} BEGIN
              SELECT RAISE(ABORT, 'something is about this text'); END"""
    )


def view_of(kinds: tuple[str, ...]) -> str:
    return "CREATE VIEW published_text AS " + " UNION ALL ".join(
        f"SELECT '{kind}' AS kind, id, author_id FROM {kind}" for kind in kinds
    )


def downgrade() -> None:
    for table in ABOUT_TEXTS:
        op.execute(f"DELETE FROM {table} WHERE text_kind = 'milestone_rating'")
    op.execute("DROP VIEW published_text")
    op.execute(view_of(KINDS))
    op.drop_table("milestone_rating")
    op.drop_table("rating_round")
    if op.get_bind().dialect.name != "sqlite":
        for name in (
            "milestone_rating_in_time_insert",
            "milestone_rating_in_time_update",
            "milestone_rating_takes_part",
            "rating_round_ended_once",
        ):
            op.execute(f"DROP FUNCTION {name}()")
