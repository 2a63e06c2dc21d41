"""pledges: what citizens do themselves

Why: people practise together what was agreed. A pledge belongs to a theme that a ministry accepted, and to at most one
of its milestones or pilots. A check-in is made in its own period, once.
What happens to existing rows: nothing.
Runs both ways; a downgrade forgets them.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261230_pledges"
down_revision = "20261229_interim_answers"
branch_labels = None
depends_on = None

KINDS = ("idea", "comment", "idea_photo", "gathering", "gathering_minutes", "minutes_answer", "milestone_rating")
ABOUT_TEXTS = ("report", "hiding", "consent_hidden_text")


def upgrade() -> None:
    op.create_table(
        "pledge",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("theme_id", sa.Integer(), nullable=False),
        sa.Column("milestone_id", sa.Integer(), nullable=True),
        sa.Column("pilot_id", sa.Integer(), nullable=True),
        sa.Column("item", sa.String(length=40), nullable=False),
        sa.Column(
            "made_by",
            sa.Enum(
                "PERSON",
                "CLASS",
                "VILLAGE",
                "SHOP",
                name="pledge_by",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("group_name", sa.String(length=60), nullable=False),
        sa.Column("group_size", sa.Integer(), nullable=False),
        sa.Column(
            "rhythm",
            sa.Enum("DAY", "WEEK", "MONTH", name="pledge_rhythm", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("is_public", sa.Boolean(), nullable=False),
        sa.Column("reminds", sa.Boolean(), nullable=False),
        sa.Column("reminder_weekday", sa.SmallInteger(), nullable=False),
        sa.Column("reminded_on", sa.Date(), nullable=True),
        sa.Column("stopped_on", sa.Date(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "VISIBLE",
                "HIDDEN",
                "REMOVED",
                name="pledge_state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(made_by = 'PERSON') = (group_name = '') OR state = 'REMOVED'", name=op.f("ck_pledge_group_has_a_name")
        ),
        sa.CheckConstraint("made_by <> 'PERSON' OR group_size = 1", name=op.f("ck_pledge_person_is_one")),
        sa.CheckConstraint(
            "state <> 'REMOVED' OR (group_name = '' AND stopped_on IS NOT NULL)", name=op.f("ck_pledge_removed_is_over")
        ),
        sa.CheckConstraint("group_size BETWEEN 1 AND 1000", name=op.f("ck_pledge_group_has_a_size")),
        sa.CheckConstraint("milestone_id IS NULL OR pilot_id IS NULL", name=op.f("ck_pledge_goes_with_one_thing")),
        sa.CheckConstraint("reminder_weekday BETWEEN 0 AND 6", name=op.f("ck_pledge_reminded_on_a_weekday")),
        sa.CheckConstraint("revision >= 1", name=op.f("ck_pledge_revision_counts_from_one")),
        sa.CheckConstraint(
            "stopped_on IS NULL OR stopped_on >= starts_on", name=op.f("ck_pledge_stops_after_it_starts")
        ),
        sa.ForeignKeyConstraint(["author_id"], ["participant.id"], name=op.f("fk_pledge_author_id")),
        sa.ForeignKeyConstraint(["milestone_id"], ["milestone.id"], name=op.f("fk_pledge_milestone_id")),
        sa.ForeignKeyConstraint(["pilot_id"], ["pilot.id"], name=op.f("fk_pledge_pilot_id")),
        sa.ForeignKeyConstraint(["theme_id"], ["theme.id"], name=op.f("fk_pledge_theme_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pledge")),
    )
    op.create_index(op.f("ix_pledge_author_id"), "pledge", ["author_id"], unique=False)
    op.create_index(op.f("ix_pledge_theme_id"), "pledge", ["theme_id"], unique=False)
    op.create_index(
        "uq_pledge_kept_once",
        "pledge",
        ["author_id", "theme_id", "item", "made_by", "group_name"],
        unique=True,
        sqlite_where=sa.text("stopped_on IS NULL"),
        postgresql_where=sa.text("stopped_on IS NULL"),
    )
    op.create_table(
        "check_in",
        sa.Column("pledge_id", sa.Integer(), nullable=False),
        sa.Column("period_from", sa.Date(), nullable=False),
        sa.Column("period_until", sa.Date(), nullable=False),
        sa.Column("recorded_on", sa.Date(), nullable=False),
        sa.Column(
            "outcome",
            sa.Enum(
                "DONE", "SOME", "RESTED", name="check_in_outcome", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("n_kept", sa.Integer(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("n_kept BETWEEN 0 AND 1000", name=op.f("ck_check_in_count_is_within_a_group")),
        sa.CheckConstraint(
            "recorded_on BETWEEN period_from AND period_until", name=op.f("ck_check_in_recorded_in_its_period")
        ),
        sa.ForeignKeyConstraint(["pledge_id"], ["pledge.id"], name=op.f("fk_check_in_pledge_id")),
        sa.PrimaryKeyConstraint("pledge_id", "period_from", name=op.f("pk_check_in")),
    )
    op.execute("DROP VIEW published_text")
    op.execute(view_of((*KINDS, "pledge")))
    guard_text("pledge")
    _refuse("pledge_takes_part", "pledge", "INSERT", _may_not_take_part(), "this participant may not take part")
    for act in ("INSERT", "UPDATE"):
        off = (
            "NEW.period_from < (SELECT starts_on FROM pledge WHERE id = NEW.pledge_id) AND "
            "NEW.period_until < (SELECT starts_on FROM pledge WHERE id = NEW.pledge_id) OR "
            "NEW.recorded_on > (SELECT stopped_on FROM pledge WHERE id = NEW.pledge_id) OR "
            "NEW.n_kept > (SELECT group_size FROM pledge WHERE id = NEW.pledge_id)"
        )
        _refuse(f"check_in_fits_{act.lower()}", "check_in", act, off, "this check-in does not fit its pledge")


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
        op.execute(f"DELETE FROM {table} WHERE text_kind = 'pledge'")
    op.execute("DROP VIEW published_text")
    op.execute(view_of(KINDS))
    op.drop_table("check_in")
    op.drop_table("pledge")
    if op.get_bind().dialect.name != "sqlite":
        for name in ("check_in_fits_insert", "check_in_fits_update", "pledge_takes_part"):
            op.execute(f"DROP FUNCTION {name}()")
