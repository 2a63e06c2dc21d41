"""rounds of the council: stages, tasks, decisions, conflicts

Why: the council chooses a few tasks out of many, in five stages whose decisions stay.
What happens to existing rows: nothing.
Runs both ways; a downgrade forgets them.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20270102_council_rounds"
down_revision = "20270101_council"
branch_labels = None
depends_on = None

REFUSALS: dict[str, tuple[str, str, str, str]] = {
    "stage_decision_append_only_update": (
        "council_stage_decision",
        "UPDATE",
        "",
        "decisions of a stage are append-only",
    ),
    "stage_decision_append_only_delete": (
        "council_stage_decision",
        "DELETE",
        "",
        "decisions of a stage are append-only",
    ),
    "conflict_statement_append_only_update": (
        "conflict_statement",
        "UPDATE",
        "",
        "conflict statements are append-only",
    ),
    "conflict_statement_append_only_delete": (
        "conflict_statement",
        "DELETE",
        "",
        "conflict statements are append-only",
    ),
    "council_round_stays_finished": (
        "council_round",
        "UPDATE",
        "OLD.state = 'FINISHED'",
        "a finished round never changes",
    ),
}
"""Triggers: on which table, at which act, on what condition, and why."""


def upgrade() -> None:
    op.create_table(
        "council_round",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("term_id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=100), nullable=False),
        sa.Column("n_chosen", sa.Integer(), nullable=False),
        sa.Column("seed", sa.String(length=32), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "PLANNED",
                "RUNNING",
                "FINISHED",
                name="council_round_state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("civil_chair_id", sa.Integer(), nullable=True),
        sa.Column("civil_signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("government_chair_id", sa.Integer(), nullable=True),
        sa.Column("government_signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(state = 'FINISHED') = (finished_at IS NOT NULL)", name=op.f("ck_council_round_finished_has_a_time")
        ),
        sa.CheckConstraint(
            "state <> 'FINISHED' OR (civil_chair_id IS NOT NULL AND government_chair_id IS NOT NULL)",
            name=op.f("ck_council_round_both_chairs_signed"),
        ),
        sa.CheckConstraint("title <> ''", name=op.f("ck_council_round_has_a_title")),
        sa.CheckConstraint(
            "(civil_chair_id IS NULL) = (civil_signed_at IS NULL)", name=op.f("ck_council_round_civil_chair_signed_at")
        ),
        sa.CheckConstraint(
            "(government_chair_id IS NULL) = (government_signed_at IS NULL)",
            name=op.f("ck_council_round_government_chair_signed_at"),
        ),
        sa.CheckConstraint("length(seed) = 32", name=op.f("ck_council_round_has_a_seed")),
        sa.CheckConstraint("n_chosen BETWEEN 1 AND 20", name=op.f("ck_council_round_chooses_a_few")),
        sa.CheckConstraint("number >= 1 AND revision >= 1", name=op.f("ck_council_round_counts_from_one")),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_council_round_campaign_id")),
        sa.ForeignKeyConstraint(["civil_chair_id"], ["council_seat.id"], name=op.f("fk_council_round_civil_chair_id")),
        sa.ForeignKeyConstraint(
            ["government_chair_id"], ["council_seat.id"], name=op.f("fk_council_round_government_chair_id")
        ),
        sa.ForeignKeyConstraint(["term_id"], ["council_term.id"], name=op.f("fk_council_round_term_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_council_round")),
        sa.UniqueConstraint("id", "term_id", name=op.f("uq_council_round_id_term_id")),
        sa.UniqueConstraint("term_id", "number", name=op.f("uq_council_round_term_id_number")),
    )
    op.create_index(op.f("ix_council_round_campaign_id"), "council_round", ["campaign_id"], unique=False)
    op.create_index(op.f("ix_council_round_term_id"), "council_round", ["term_id"], unique=False)
    op.create_table(
        "council_stage",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "LONG_LIST",
                "SUBCOMMITTEE",
                "PEOPLE_TEAM",
                "DELEGATES",
                "ASSEMBLY",
                name="council_stage_kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("n_on", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "PLANNED",
                "OPEN",
                "CLOSED",
                "DECIDED",
                name="council_stage_state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'DECIDED') = (decided_at IS NOT NULL)", name=op.f("ck_council_stage_decided_has_a_time")
        ),
        sa.CheckConstraint(
            "(state = 'PLANNED') = (opened_at IS NULL)", name=op.f("ck_council_stage_opened_has_a_time")
        ),
        sa.CheckConstraint(
            "(state IN ('CLOSED', 'DECIDED')) = (closed_at IS NOT NULL)",
            name=op.f("ck_council_stage_closed_has_a_time"),
        ),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_council_stage_ends_after_it_starts")),
        sa.CheckConstraint("n_on BETWEEN 1 AND 200", name=op.f("ck_council_stage_something_goes_on")),
        sa.CheckConstraint("position BETWEEN 1 AND 5", name=op.f("ck_council_stage_is_one_of_five")),
        sa.ForeignKeyConstraint(["round_id"], ["council_round.id"], name=op.f("fk_council_stage_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_council_stage")),
        sa.UniqueConstraint("id", "round_id", name=op.f("uq_council_stage_id_round_id")),
        sa.UniqueConstraint("round_id", "kind", name=op.f("uq_council_stage_round_id_kind")),
        sa.UniqueConstraint("round_id", "position", name=op.f("uq_council_stage_round_id_position")),
    )
    op.create_index(
        "uq_council_stage_present",
        "council_stage",
        ["round_id"],
        unique=True,
        sqlite_where=sa.text("state IN ('OPEN', 'CLOSED')"),
        postgresql_where=sa.text("state IN ('OPEN', 'CLOSED')"),
    )
    op.create_table(
        "council_task",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=100), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column(
            "source",
            sa.Enum(
                "THEME",
                "IDEA",
                "MINUTES",
                "MEMBER",
                name="council_task_source",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("theme_id", sa.Integer(), nullable=True),
        sa.Column("minutes_id", sa.Integer(), nullable=True),
        sa.Column("proposer_seat_id", sa.Integer(), nullable=True),
        sa.Column("lead_idea_id", sa.Integer(), nullable=True),
        sa.Column("has_words", sa.Boolean(), nullable=False),
        sa.Column("subcommittee_id", sa.Integer(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "IN_ROUND",
                "LEFT_OUT",
                "WITHDRAWN",
                "MERGED",
                "CHOSEN",
                name="council_task_state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("out_stage_id", sa.Integer(), nullable=True),
        sa.Column("merged_into_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("added_by_id", sa.Integer(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(source = 'MEMBER') = (proposer_seat_id IS NOT NULL)", name=op.f("ck_council_task_comes_from_a_member")
        ),
        sa.CheckConstraint(
            "(source = 'MINUTES') = (minutes_id IS NOT NULL)", name=op.f("ck_council_task_comes_from_minutes")
        ),
        sa.CheckConstraint(
            "(state = 'LEFT_OUT') = (out_stage_id IS NOT NULL)", name=op.f("ck_council_task_left_out_at_a_stage")
        ),
        sa.CheckConstraint(
            "(state = 'MERGED') = (merged_into_id IS NOT NULL)", name=op.f("ck_council_task_merged_has_a_target")
        ),
        sa.CheckConstraint(
            "source <> 'THEME' OR theme_id IS NOT NULL", name=op.f("ck_council_task_comes_from_a_theme")
        ),
        sa.CheckConstraint(
            "source NOT IN ('THEME', 'IDEA') OR has_words", name=op.f("ck_council_task_citizens_said_it")
        ),
        sa.CheckConstraint(
            "state NOT IN ('WITHDRAWN', 'MERGED') OR reason <> ''", name=op.f("ck_council_task_gone_with_a_reason")
        ),
        sa.CheckConstraint("title <> ''", name=op.f("ck_council_task_has_a_title")),
        sa.CheckConstraint("lead_idea_id IS NULL OR has_words", name=op.f("ck_council_task_an_idea_is_words")),
        sa.CheckConstraint(
            "merged_into_id IS NULL OR merged_into_id <> id", name=op.f("ck_council_task_never_merged_into_itself")
        ),
        sa.CheckConstraint("number >= 1 AND revision >= 1", name=op.f("ck_council_task_counts_from_one")),
        sa.ForeignKeyConstraint(["added_by_id"], ["account.id"], name=op.f("fk_council_task_added_by_id")),
        sa.ForeignKeyConstraint(["lead_idea_id"], ["idea.id"], name=op.f("fk_council_task_lead_idea_id")),
        sa.ForeignKeyConstraint(["merged_into_id"], ["council_task.id"], name=op.f("fk_council_task_merged_into_id")),
        sa.ForeignKeyConstraint(["minutes_id"], ["gathering_minutes.id"], name=op.f("fk_council_task_minutes_id")),
        sa.ForeignKeyConstraint(["out_stage_id"], ["council_stage.id"], name=op.f("fk_council_task_out_stage_id")),
        sa.ForeignKeyConstraint(
            ["proposer_seat_id"], ["council_seat.id"], name=op.f("fk_council_task_proposer_seat_id")
        ),
        sa.ForeignKeyConstraint(["round_id"], ["council_round.id"], name=op.f("fk_council_task_round_id")),
        sa.ForeignKeyConstraint(
            ["subcommittee_id"], ["council_group.id"], name=op.f("fk_council_task_subcommittee_id")
        ),
        sa.ForeignKeyConstraint(["theme_id"], ["theme.id"], name=op.f("fk_council_task_theme_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_council_task")),
        sa.UniqueConstraint("id", "round_id", name=op.f("uq_council_task_id_round_id")),
        sa.UniqueConstraint("round_id", "number", name=op.f("uq_council_task_round_id_number")),
        sa.UniqueConstraint("round_id", "theme_id", name=op.f("uq_council_task_round_id_theme_id")),
    )
    op.create_index(op.f("ix_council_task_theme_id"), "council_task", ["theme_id"], unique=False)
    op.create_table(
        "conflict_statement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("seat_id", sa.Integer(), nullable=True),
        sa.Column("team_member_id", sa.Integer(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("is_late", sa.Boolean(), nullable=False),
        sa.Column("declared_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("text <> ''", name=op.f("ck_conflict_statement_says_something")),
        sa.CheckConstraint(
            "(seat_id IS NULL) <> (team_member_id IS NULL)", name=op.f("ck_conflict_statement_is_of_one_person")
        ),
        sa.ForeignKeyConstraint(["seat_id"], ["council_seat.id"], name=op.f("fk_conflict_statement_seat_id")),
        sa.ForeignKeyConstraint(["task_id"], ["council_task.id"], name=op.f("fk_conflict_statement_task_id")),
        sa.ForeignKeyConstraint(
            ["team_member_id"], ["council_team_member.id"], name=op.f("fk_conflict_statement_team_member_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conflict_statement")),
        sa.UniqueConstraint("task_id", "seat_id", name=op.f("uq_conflict_statement_task_id_seat_id")),
        sa.UniqueConstraint("task_id", "team_member_id", name=op.f("uq_conflict_statement_task_id_team_member_id")),
    )
    op.create_index(op.f("ix_conflict_statement_seat_id"), "conflict_statement", ["seat_id"], unique=False)
    op.create_index(op.f("ix_conflict_statement_task_id"), "conflict_statement", ["task_id"], unique=False)
    op.create_index(
        op.f("ix_conflict_statement_team_member_id"), "conflict_statement", ["team_member_id"], unique=False
    )
    op.create_table(
        "council_stage_decision",
        sa.Column("stage_id", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("goes_on", sa.Boolean(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint("rank IS NULL OR rank >= 1", name=op.f("ck_council_stage_decision_rank_counts_from_one")),
        sa.ForeignKeyConstraint(
            ["stage_id", "round_id"], ["council_stage.id", "council_stage.round_id"], name="fk_decision_of_stage"
        ),
        sa.ForeignKeyConstraint(
            ["task_id", "round_id"], ["council_task.id", "council_task.round_id"], name="fk_decision_on_task"
        ),
        sa.PrimaryKeyConstraint("stage_id", "task_id", name=op.f("pk_council_stage_decision")),
    )
    op.create_index(op.f("ix_council_stage_decision_task_id"), "council_stage_decision", ["task_id"], unique=False)
    op.create_table(
        "council_task_idea",
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("idea_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["idea_id"], ["idea.id"], name=op.f("fk_council_task_idea_idea_id")),
        sa.ForeignKeyConstraint(["task_id"], ["council_task.id"], name=op.f("fk_council_task_idea_task_id")),
        sa.PrimaryKeyConstraint("task_id", "idea_id", name=op.f("pk_council_task_idea")),
    )
    op.create_index(op.f("ix_council_task_idea_idea_id"), "council_task_idea", ["idea_id"], unique=False)
    for name, rule in REFUSALS.items():
        _refuse(name, *rule)


def downgrade() -> None:
    op.drop_table("council_task_idea")
    op.drop_table("council_stage_decision")
    op.drop_table("conflict_statement")
    op.drop_table("council_task")
    op.drop_table("council_stage")
    op.drop_table("council_round")
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
