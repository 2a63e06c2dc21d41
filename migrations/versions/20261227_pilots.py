"""pilots: tried in one place, measured before and after, taken over

Why: an office may answer that it tries first. What it measured, what it decided and who took it over is shown.
What happens to existing rows: nothing.
Runs both ways; a downgrade forgets them.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261227_pilots"
down_revision = "20261226_short_path"
branch_labels = None
depends_on = None

PLAN = (
    "referral_id, ministry_id, origin, parent_id, title, summary, region_code, place, starts_on, ends_on, "
    "measure_kind, measure, unit, better, measured_how, created_by_id, created_at"
).split(", ")
OVER = "('DECIDED', 'CANCELLED')"
FUNCTIONS = (
    "pilot_plan_is_fixed",
    "pilot_never_goes_back",
    "pilot_decision_is_fixed",
    "pilot_is_kept",
    "pilot_reading_in_time_insert",
    "pilot_reading_in_time_update",
    "pilot_reading_in_time_delete",
    "pilot_report_append_only_update",
    "pilot_report_append_only_delete",
)


def upgrade() -> None:
    op.create_table(
        "pilot",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("referral_id", sa.Integer(), nullable=False),
        sa.Column("ministry_id", sa.Integer(), nullable=False),
        sa.Column(
            "origin",
            sa.Enum(
                "ANSWER", "CHANGED", "SPREAD", name="pilot_origin", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "PLANNED",
                "RUNNING",
                "DECIDED",
                "CANCELLED",
                name="pilot_state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("title", sa.String(length=100), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("region_code", sa.String(length=2), nullable=True),
        sa.Column("place", sa.String(length=120), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column(
            "measure_kind",
            sa.Enum(
                "SHARE",
                "COUNT",
                "MEAN",
                name="pilot_measure_kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("measure", sa.String(length=120), nullable=False),
        sa.Column("unit", sa.String(length=10), nullable=False),
        sa.Column(
            "better",
            sa.Enum("LOWER", "HIGHER", name="pilot_better", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("measured_how", sa.Text(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "decision",
            sa.Enum(
                "STOP", "CHANGE", "SPREAD", name="pilot_decision", native_enum=False, create_constraint=True, length=32
            ),
            nullable=True,
        ),
        sa.Column("decision_reason", sa.Text(), nullable=False),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("soon_reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(origin = 'ANSWER') = (parent_id IS NULL)", name=op.f("ck_pilot_follows_another_unless_promised")
        ),
        sa.CheckConstraint(
            "(state = 'DECIDED') = (decision IS NOT NULL)", name=op.f("ck_pilot_decided_has_a_decision")
        ),
        sa.CheckConstraint(
            "(state IN ('DECIDED', 'CANCELLED')) = (decided_at IS NOT NULL) AND "
            "(decided_at IS NULL) = (decided_by_id IS NULL)",
            name=op.f("ck_pilot_decided_by_somebody_at_a_time"),
        ),
        sa.CheckConstraint("decided_at IS NULL OR decision_reason <> ''", name=op.f("ck_pilot_decided_with_a_reason")),
        sa.CheckConstraint("measure <> ''", name=op.f("ck_pilot_names_what_is_measured")),
        sa.CheckConstraint("title <> ''", name=op.f("ck_pilot_has_a_title")),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_pilot_ends_not_before_it_starts")),
        sa.CheckConstraint("parent_id IS NULL OR parent_id <> id", name=op.f("ck_pilot_never_follows_itself")),
        sa.CheckConstraint("revision >= 1", name=op.f("ck_pilot_revision_counts_from_one")),
        sa.ForeignKeyConstraint(["created_by_id"], ["account.id"], name=op.f("fk_pilot_created_by_id")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["account.id"], name=op.f("fk_pilot_decided_by_id")),
        sa.ForeignKeyConstraint(["ministry_id"], ["ministry.id"], name=op.f("fk_pilot_ministry_id")),
        sa.ForeignKeyConstraint(["parent_id"], ["pilot.id"], name=op.f("fk_pilot_parent_id")),
        sa.ForeignKeyConstraint(["referral_id"], ["referral.id"], name=op.f("fk_pilot_referral_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pilot")),
    )
    op.create_index(op.f("ix_pilot_ministry_id"), "pilot", ["ministry_id"], unique=False)
    op.create_index(op.f("ix_pilot_parent_id"), "pilot", ["parent_id"], unique=False)
    op.create_index(op.f("ix_pilot_referral_id"), "pilot", ["referral_id"], unique=False)
    op.create_index(
        "uq_pilot_changed_once",
        "pilot",
        ["parent_id"],
        unique=True,
        sqlite_where=sa.text("origin = 'CHANGED' AND state <> 'CANCELLED'"),
        postgresql_where=sa.text("origin = 'CHANGED' AND state <> 'CANCELLED'"),
    )
    op.create_index(
        "uq_pilot_promised_once",
        "pilot",
        ["referral_id"],
        unique=True,
        sqlite_where=sa.text("origin = 'ANSWER' AND state <> 'CANCELLED'"),
        postgresql_where=sa.text("origin = 'ANSWER' AND state <> 'CANCELLED'"),
    )
    op.create_index(
        "uq_pilot_taken_over_once",
        "pilot",
        ["parent_id", "ministry_id"],
        unique=True,
        sqlite_where=sa.text("origin = 'SPREAD' AND state <> 'CANCELLED'"),
        postgresql_where=sa.text("origin = 'SPREAD' AND state <> 'CANCELLED'"),
    )
    op.create_table(
        "pilot_reading",
        sa.Column("pilot_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "phase",
            sa.Enum(
                "BEFORE", "AFTER", name="pilot_reading_phase", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column(
            "before_phase",
            sa.Enum(
                "BEFORE", "AFTER", name="pilot_reading_before", native_enum=False, create_constraint=True, length=32
            ),
            nullable=True,
        ),
        sa.Column("measured_from", sa.Date(), nullable=False),
        sa.Column("measured_until", sa.Date(), nullable=False),
        sa.Column("measured_by", sa.String(length=100), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("k", sa.Integer(), nullable=True),
        sa.Column("mean", sa.Double(), nullable=True),
        sa.Column("sd", sa.Double(), nullable=True),
        sa.Column("recorded_by_id", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(phase = 'AFTER') = (before_phase IS NOT NULL)", name=op.f("ck_pilot_reading_after_follows_a_before")
        ),
        sa.CheckConstraint(
            "before_phase IS NULL OR before_phase = 'BEFORE'", name=op.f("ck_pilot_reading_follows_only_a_before")
        ),
        sa.CheckConstraint("measured_by <> ''", name=op.f("ck_pilot_reading_says_who_measured")),
        sa.CheckConstraint(
            "(mean IS NULL) = (sd IS NULL) AND (mean IS NULL) = (k IS NOT NULL)", name=op.f("ck_pilot_reading_one_kind")
        ),
        sa.CheckConstraint("k >= 0", name=op.f("ck_pilot_reading_never_negative")),
        sa.CheckConstraint("measured_until >= measured_from", name=op.f("ck_pilot_reading_measured_until_after_from")),
        sa.CheckConstraint("n > 0", name=op.f("ck_pilot_reading_measured_something")),
        sa.CheckConstraint("sd >= 0", name=op.f("ck_pilot_reading_spread_is_never_negative")),
        sa.ForeignKeyConstraint(
            ["pilot_id", "before_phase"],
            ["pilot_reading.pilot_id", "pilot_reading.phase"],
            name="fk_pilot_reading_before",
        ),
        sa.ForeignKeyConstraint(["pilot_id"], ["pilot.id"], name=op.f("fk_pilot_reading_pilot_id")),
        sa.ForeignKeyConstraint(["recorded_by_id"], ["account.id"], name=op.f("fk_pilot_reading_recorded_by_id")),
        sa.PrimaryKeyConstraint("pilot_id", "phase", name=op.f("pk_pilot_reading")),
    )
    op.create_table(
        "pilot_report",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("pilot_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("caption", sa.String(length=200), nullable=False),
        sa.CheckConstraint(
            "(sha256 IS NULL) = (caption = '') AND (sha256 IS NULL) = (width IS NULL) AND "
            "(sha256 IS NULL) = (height IS NULL)",
            name=op.f("ck_pilot_report_photo_is_whole"),
        ),
        sa.CheckConstraint("text <> ''", name=op.f("ck_pilot_report_says_something")),
        sa.ForeignKeyConstraint(["author_id"], ["account.id"], name=op.f("fk_pilot_report_author_id")),
        sa.ForeignKeyConstraint(["pilot_id"], ["pilot.id"], name=op.f("fk_pilot_report_pilot_id")),
        sa.ForeignKeyConstraint(["sha256"], ["blob.sha256"], name=op.f("fk_pilot_report_sha256")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pilot_report")),
    )
    op.create_index(op.f("ix_pilot_report_pilot_id"), "pilot_report", ["pilot_id"], unique=False)
    op.create_index(op.f("ix_pilot_report_sha256"), "pilot_report", ["sha256"], unique=False)
    op.create_table(
        "pilot_promise_reminder",
        sa.Column("answer_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["answer_id"], ["answer.id"], name=op.f("fk_pilot_promise_reminder_answer_id")),
        sa.PrimaryKeyConstraint("answer_id", name=op.f("pk_pilot_promise_reminder")),
    )
    create_triggers()


def create_triggers() -> None:
    """Keep the plan from the start on, a reading from the next step on, the decision, and every report, for good."""
    plan = " OR ".join(f"NEW.{column} IS DISTINCT FROM OLD.{column}" for column in PLAN)
    decided = " OR ".join(
        f"NEW.{column} IS DISTINCT FROM OLD.{column}"
        for column in ("state", "decision", "decision_reason", "decided_by_id", "decided_at")
    )
    rules = {
        "pilot_plan_is_fixed": (
            "pilot",
            "UPDATE",
            f"OLD.state <> 'PLANNED' AND ({plan})",
            "the plan of a started pilot is fixed",
        ),
        "pilot_never_goes_back": (
            "pilot",
            "UPDATE",
            "OLD.state = 'RUNNING' AND NEW.state = 'PLANNED'",
            "a pilot never goes back",
        ),
        "pilot_decision_is_fixed": ("pilot", "UPDATE", f"OLD.state IN {OVER} AND ({decided})", "a decision is fixed"),
        "pilot_is_kept": ("pilot", "DELETE", "OLD.state <> 'PLANNED'", "a started pilot is kept"),
    }
    for act, row in (("INSERT", "NEW"), ("UPDATE", "OLD"), ("DELETE", "OLD")):
        closed = (
            f"(SELECT state FROM pilot WHERE id = {row}.pilot_id) <> "
            f"CASE {row}.phase WHEN 'BEFORE' THEN 'PLANNED' ELSE 'RUNNING' END"
        )
        rules[f"pilot_reading_in_time_{act.lower()}"] = ("pilot_reading", act, closed, "not the time for this reading")
    for act in ("UPDATE", "DELETE"):
        rules[f"pilot_report_append_only_{act.lower()}"] = ("pilot_report", act, "", "reports are append-only")
    for name, (table, act, when, why) in rules.items():
        _refuse(name, table, act, when, why)


def _refuse(name: str, table: str, act: str, when: str, why: str) -> None:
    """Create a trigger that refuses the act where the condition holds; an empty one always does."""
    if op.get_bind().dialect.name == "sqlite":
        condition = f"WHEN {when.replace('IS DISTINCT FROM', 'IS NOT')}" if when else ""
        op.execute(f"CREATE TRIGGER {name} BEFORE {act} ON {table} {condition} BEGIN SELECT RAISE(ABORT, '{why}'); END")
        return
    body = why.replace("'", "''")
    returned = "OLD" if act == "DELETE" else "NEW"
    refuse = f"RAISE EXCEPTION '{body}' USING ERRCODE = 'check_violation';"
    op.execute(
        f"""CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
              {f"IF ({when}) THEN {refuse} END IF;" if when else refuse}
              RETURN {returned};
            END $$"""
    )
    op.execute(f"CREATE TRIGGER {name} BEFORE {act} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()")


def downgrade() -> None:
    op.drop_table("pilot_promise_reminder")
    op.drop_table("pilot_report")
    op.drop_table("pilot_reading")
    op.drop_table("pilot")
    if op.get_bind().dialect.name != "sqlite":
        for name in FUNCTIONS:
            op.execute(f"DROP FUNCTION {name}()")
