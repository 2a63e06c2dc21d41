"""advisory slates: the list that a calculation would choose

Why: the council's own choice stands beside what members' and citizens' votes ask for by a published rule.
What happens to existing rows: nothing.
Runs both ways; a downgrade forgets them.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20270106_advisory_slates"
down_revision = "20270105_council_meetings"
branch_labels = None
depends_on = None

REFUSALS: dict[str, tuple[str, str, str, str]] = {
    "advisory_ballot_task_append_only_update": (
        "advisory_ballot_task",
        "UPDATE",
        "",
        "what stands for a task on a ballot is append-only",
    ),
    "advisory_ballot_task_append_only_delete": (
        "advisory_ballot_task",
        "DELETE",
        "",
        "what stands for a task on a ballot is append-only",
    ),
    "advisory_slate_append_only_update": ("advisory_slate", "UPDATE", "", "advisory slates are append-only"),
    "advisory_slate_append_only_delete": ("advisory_slate", "DELETE", "", "advisory slates are append-only"),
}
"""Triggers: on which table, at which act, on what condition, and why."""


def upgrade() -> None:
    op.create_table(
        "advisory_ballot",
        sa.Column("round_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("shortlist_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["council_round.id"], name=op.f("fk_advisory_ballot_round_id")),
        sa.ForeignKeyConstraint(["shortlist_id"], ["shortlist.id"], name=op.f("fk_advisory_ballot_shortlist_id")),
        sa.PrimaryKeyConstraint("round_id", name=op.f("pk_advisory_ballot")),
        sa.UniqueConstraint("shortlist_id", name=op.f("uq_advisory_ballot_shortlist_id")),
    )
    op.create_table(
        "advisory_ballot_task",
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("idea_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["idea_id"], ["idea.id"], name=op.f("fk_advisory_ballot_task_idea_id")),
        sa.ForeignKeyConstraint(
            ["round_id"], ["advisory_ballot.round_id"], name=op.f("fk_advisory_ballot_task_round_id")
        ),
        sa.ForeignKeyConstraint(["task_id"], ["council_task.id"], name=op.f("fk_advisory_ballot_task_task_id")),
        sa.PrimaryKeyConstraint("round_id", "task_id", name=op.f("pk_advisory_ballot_task")),
        sa.UniqueConstraint("round_id", "idea_id", name=op.f("uq_advisory_ballot_task_round_id_idea_id")),
    )
    op.create_index(op.f("ix_advisory_ballot_task_idea_id"), "advisory_ballot_task", ["idea_id"], unique=False)
    op.create_index(op.f("ix_advisory_ballot_task_task_id"), "advisory_ballot_task", ["task_id"], unique=False)
    op.create_table(
        "advisory_slate",
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column(
            "side",
            sa.Enum("MEMBERS", "CITIZENS", name="advisory_side", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("job_id", sa.Integer(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("n_people", sa.Integer(), nullable=False),
        sa.Column(
            "standing",
            sa.Enum(
                "COMPLETE",
                "GAPS",
                "UNTOLD",
                "TOO_FEW",
                name="advisory_standing",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("tasks", sa.JSON(), nullable=False),
        sa.Column("proof", sa.JSON(none_as_null=True), nullable=True),
        sa.CheckConstraint(
            "(standing = 'TOO_FEW') = (proof IS NULL)", name=op.f("ck_advisory_slate_a_slate_has_a_proof")
        ),
        sa.CheckConstraint("n_people >= 0", name=op.f("ck_advisory_slate_people_are_counted")),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_advisory_slate_job_id")),
        sa.ForeignKeyConstraint(["round_id"], ["council_round.id"], name=op.f("fk_advisory_slate_round_id")),
        sa.PrimaryKeyConstraint("round_id", "side", name=op.f("pk_advisory_slate")),
    )
    op.create_table(
        "departure_reason",
        sa.Column("task_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("written_by_id", sa.Integer(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.CheckConstraint("text <> ''", name=op.f("ck_departure_reason_says_something")),
        sa.CheckConstraint("revision >= 1", name=op.f("ck_departure_reason_revision_counts_from_one")),
        sa.ForeignKeyConstraint(["task_id"], ["council_task.id"], name=op.f("fk_departure_reason_task_id")),
        sa.ForeignKeyConstraint(["written_by_id"], ["account.id"], name=op.f("fk_departure_reason_written_by_id")),
        sa.PrimaryKeyConstraint("task_id", name=op.f("pk_departure_reason")),
    )
    op.create_table(
        "finalist_rating",
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("seat_id", sa.Integer(), nullable=False),
        sa.Column("value", sa.SmallInteger(), nullable=False),
        sa.Column("rated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("value IN (-1, 0, 1)", name=op.f("ck_finalist_rating_is_yes_pass_or_no")),
        sa.ForeignKeyConstraint(["seat_id"], ["council_seat.id"], name=op.f("fk_finalist_rating_seat_id")),
        sa.ForeignKeyConstraint(["task_id"], ["council_task.id"], name=op.f("fk_finalist_rating_task_id")),
        sa.PrimaryKeyConstraint("task_id", "seat_id", name=op.f("pk_finalist_rating")),
    )
    op.create_index(op.f("ix_finalist_rating_seat_id"), "finalist_rating", ["seat_id"], unique=False)
    for name, rule in REFUSALS.items():
        _refuse(name, *rule)


def downgrade() -> None:
    op.drop_table("finalist_rating")
    op.drop_table("departure_reason")
    op.drop_table("advisory_slate")
    op.drop_table("advisory_ballot_task")
    op.drop_table("advisory_ballot")
    if op.get_bind().dialect.name != "sqlite":
        for name in REFUSALS:
            op.execute(f"DROP FUNCTION {name}()")


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
