"""scorecards: criteria, scores and what they gave

Why: members score tasks by criteria whose weights are fixed before scoring opens; nothing is scored after it closes.
What happens to existing rows: nothing.
Runs both ways; a downgrade forgets them.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20270103_scorecards"
down_revision = "20270102_council_rounds"
branch_labels = None
depends_on = None

KINDS = (
    "idea",
    "comment",
    "idea_photo",
    "gathering",
    "gathering_minutes",
    "minutes_answer",
    "milestone_rating",
    "pledge",
)
NEW_KINDS = ("scorecard",)
ABOUT_TEXTS = ("report", "hiding", "consent_hidden_text")

REFUSALS: dict[str, tuple[str, str, str, str]] = {
    "criterion_is_fixed_insert": (
        "council_criterion",
        "INSERT",
        "EXISTS (SELECT 1 FROM council_stage WHERE round_id = NEW.round_id AND kind IN ('SUBCOMMITTEE', "
        "'PEOPLE_TEAM', 'DELEGATES') AND state <> 'PLANNED')",
        "scoring has opened: criteria are fixed",
    ),
    "criterion_is_fixed_update": (
        "council_criterion",
        "UPDATE",
        "EXISTS (SELECT 1 FROM council_stage WHERE round_id = NEW.round_id AND kind IN ('SUBCOMMITTEE', "
        "'PEOPLE_TEAM', 'DELEGATES') AND state <> 'PLANNED')",
        "scoring has opened: criteria are fixed",
    ),
    "criterion_is_fixed_delete": (
        "council_criterion",
        "DELETE",
        "EXISTS (SELECT 1 FROM council_stage WHERE round_id = OLD.round_id AND kind IN ('SUBCOMMITTEE', "
        "'PEOPLE_TEAM', 'DELEGATES') AND state <> 'PLANNED')",
        "scoring has opened: criteria are fixed",
    ),
    "scorecard_in_open_stage": (
        "scorecard",
        "INSERT",
        "NOT EXISTS (SELECT 1 FROM council_stage JOIN council_task ON council_task.round_id = "
        "council_stage.round_id WHERE council_stage.id = NEW.stage_id AND council_task.id = NEW.task_id AND "
        "council_stage.state = 'OPEN' AND council_stage.kind IN ('SUBCOMMITTEE', 'PEOPLE_TEAM', 'DELEGATES') "
        "AND council_task.state = 'IN_ROUND')",
        "this task cannot be scored now",
    ),
    "scorecard_without_tie": (
        "scorecard",
        "INSERT",
        "EXISTS (SELECT 1 FROM conflict_statement WHERE task_id = NEW.task_id AND (seat_id = NEW.seat_id OR "
        "team_member_id = NEW.team_member_id)) OR EXISTS (SELECT 1 FROM council_task WHERE id = NEW.task_id "
        "AND proposer_seat_id = NEW.seat_id)",
        "this member has a tie to the task",
    ),
    "scorecard_takes_part": ("scorecard", "INSERT", "takes part:NEW.author_id", "this participant may not take part"),
    "criterion_score_in_open_stage_insert": (
        "criterion_score",
        "INSERT",
        "NOT EXISTS (SELECT 1 FROM scorecard JOIN council_stage ON council_stage.id = scorecard.stage_id "
        "WHERE scorecard.id = NEW.scorecard_id AND council_stage.state = 'OPEN')",
        "scoring is closed",
    ),
    "criterion_score_in_open_stage_update": (
        "criterion_score",
        "UPDATE",
        "NOT EXISTS (SELECT 1 FROM scorecard JOIN council_stage ON council_stage.id = scorecard.stage_id "
        "WHERE scorecard.id = NEW.scorecard_id AND council_stage.state = 'OPEN')",
        "scoring is closed",
    ),
    "criterion_score_in_open_stage_delete": (
        "criterion_score",
        "DELETE",
        "NOT EXISTS (SELECT 1 FROM scorecard JOIN council_stage ON council_stage.id = scorecard.stage_id "
        "WHERE scorecard.id = OLD.scorecard_id AND council_stage.state = 'OPEN')",
        "scoring is closed",
    ),
    "council_stage_result_append_only_update": (
        "council_stage_result",
        "UPDATE",
        "",
        "results of a stage are append-only",
    ),
    "council_stage_result_append_only_delete": (
        "council_stage_result",
        "DELETE",
        "",
        "results of a stage are append-only",
    ),
    "council_task_result_append_only_update": (
        "council_task_result",
        "UPDATE",
        "",
        "results of a stage are append-only",
    ),
    "council_task_result_append_only_delete": (
        "council_task_result",
        "DELETE",
        "",
        "results of a stage are append-only",
    ),
}
"""Triggers: on which table, at which act, on what condition, and why."""


def upgrade() -> None:
    op.create_table(
        "council_criterion",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("question", sa.String(length=200), nullable=False),
        sa.Column("weight", sa.SmallInteger(), nullable=False),
        sa.Column(
            "beside",
            sa.Enum(
                "NOTHING",
                "COMMON_GROUND",
                "UNDER_20",
                name="criterion_beside",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.CheckConstraint("name <> ''", name=op.f("ck_council_criterion_has_a_name")),
        sa.CheckConstraint("weight BETWEEN 1 AND 100", name=op.f("ck_council_criterion_weighs_something")),
        sa.ForeignKeyConstraint(["round_id"], ["council_round.id"], name=op.f("fk_council_criterion_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_council_criterion")),
        sa.UniqueConstraint("round_id", "name", name=op.f("uq_council_criterion_round_id_name")),
        sa.UniqueConstraint("round_id", "position", name=op.f("uq_council_criterion_round_id_position")),
    )
    op.create_table(
        "council_stage_result",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("stage_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("job_id", sa.Integer(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("n_cards", sa.Integer(), nullable=False),
        sa.Column("n_taken_out", sa.Integer(), nullable=False),
        sa.Column("parameters", sa.JSON(), nullable=False),
        sa.CheckConstraint(
            "n_taken_out BETWEEN 0 AND n_cards", name=op.f("ck_council_stage_result_taken_out_of_the_cards")
        ),
        sa.CheckConstraint("number >= 1", name=op.f("ck_council_stage_result_counts_from_one")),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_council_stage_result_job_id")),
        sa.ForeignKeyConstraint(["stage_id"], ["council_stage.id"], name=op.f("fk_council_stage_result_stage_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_council_stage_result")),
        sa.UniqueConstraint("stage_id", "number", name=op.f("uq_council_stage_result_stage_id_number")),
    )
    op.create_table(
        "council_task_result",
        sa.Column("result_id", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("mean", sa.Double(), nullable=True),
        sa.Column("median", sa.Double(), nullable=True),
        sa.Column("spread", sa.Double(), nullable=True),
        sa.Column("rank_low", sa.Integer(), nullable=True),
        sa.Column("rank_high", sa.Integer(), nullable=True),
        sa.Column("distribution", sa.JSON(), nullable=False),
        sa.CheckConstraint("(n = 0) = (median IS NULL)", name=op.f("ck_council_task_result_something_was_scored")),
        sa.CheckConstraint(
            "mean BETWEEN 1 AND 5 AND median BETWEEN 1 AND 5",
            name=op.f("ck_council_task_result_scores_are_one_to_five"),
        ),
        sa.CheckConstraint("rank >= 1 AND n >= 0", name=op.f("ck_council_task_result_counts_are_possible")),
        sa.CheckConstraint("rank_low <= rank_high", name=op.f("ck_council_task_result_interval_is_in_order")),
        sa.CheckConstraint("spread BETWEEN 0 AND 4", name=op.f("ck_council_task_result_spread_is_possible")),
        sa.ForeignKeyConstraint(
            ["result_id"], ["council_stage_result.id"], name=op.f("fk_council_task_result_result_id")
        ),
        sa.ForeignKeyConstraint(["task_id"], ["council_task.id"], name=op.f("fk_council_task_result_task_id")),
        sa.PrimaryKeyConstraint("result_id", "task_id", name=op.f("pk_council_task_result")),
    )
    op.create_table(
        "scorecard",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("stage_id", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("seat_id", sa.Integer(), nullable=True),
        sa.Column("team_member_id", sa.Integer(), nullable=True),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("far_asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("far_reason", sa.Text(), nullable=False),
        sa.Column("shows_name", sa.Boolean(), nullable=False),
        sa.Column("is_hidden", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("taken_out_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "far_reason = '' OR far_asked_at IS NOT NULL", name=op.f("ck_scorecard_answers_what_was_asked")
        ),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_scorecard_has_a_reason")),
        sa.CheckConstraint("(seat_id IS NULL) <> (team_member_id IS NULL)", name=op.f("ck_scorecard_is_of_one_person")),
        sa.CheckConstraint("revision >= 1", name=op.f("ck_scorecard_revision_counts_from_one")),
        sa.ForeignKeyConstraint(["author_id"], ["participant.id"], name=op.f("fk_scorecard_author_id")),
        sa.ForeignKeyConstraint(["seat_id"], ["council_seat.id"], name=op.f("fk_scorecard_seat_id")),
        sa.ForeignKeyConstraint(["stage_id"], ["council_stage.id"], name=op.f("fk_scorecard_stage_id")),
        sa.ForeignKeyConstraint(["task_id"], ["council_task.id"], name=op.f("fk_scorecard_task_id")),
        sa.ForeignKeyConstraint(
            ["team_member_id"], ["council_team_member.id"], name=op.f("fk_scorecard_team_member_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scorecard")),
        sa.UniqueConstraint("stage_id", "task_id", "seat_id", name=op.f("uq_scorecard_stage_id_task_id_seat_id")),
        sa.UniqueConstraint(
            "stage_id", "task_id", "team_member_id", name=op.f("uq_scorecard_stage_id_task_id_team_member_id")
        ),
    )
    op.create_index(op.f("ix_scorecard_author_id"), "scorecard", ["author_id"], unique=False)
    op.create_index(op.f("ix_scorecard_stage_id"), "scorecard", ["stage_id"], unique=False)
    op.create_index(op.f("ix_scorecard_task_id"), "scorecard", ["task_id"], unique=False)
    op.create_table(
        "criterion_score",
        sa.Column("scorecard_id", sa.Integer(), nullable=False),
        sa.Column("criterion_id", sa.Integer(), nullable=False),
        sa.Column("value", sa.SmallInteger(), nullable=False),
        sa.CheckConstraint("value BETWEEN 1 AND 5", name=op.f("ck_criterion_score_is_one_to_five")),
        sa.ForeignKeyConstraint(
            ["criterion_id"], ["council_criterion.id"], name=op.f("fk_criterion_score_criterion_id")
        ),
        sa.ForeignKeyConstraint(["scorecard_id"], ["scorecard.id"], name=op.f("fk_criterion_score_scorecard_id")),
        sa.PrimaryKeyConstraint("scorecard_id", "criterion_id", name=op.f("pk_criterion_score")),
    )
    op.execute("DROP VIEW published_text")
    op.execute(view_of((*KINDS, *NEW_KINDS)))
    for table in NEW_KINDS:
        guard_text(table)
    for name, (table, act, when, why) in REFUSALS.items():
        _, found, author = when.partition("takes part:")
        _refuse(name, table, act, _may_not_take_part(author) if found else when, why)


def downgrade() -> None:
    for table in ABOUT_TEXTS:
        for kind in NEW_KINDS:
            op.execute(f"DELETE FROM {table} WHERE text_kind = '{kind}'")
    op.execute("DROP VIEW published_text")
    op.execute(view_of(KINDS))
    op.drop_table("criterion_score")
    op.drop_table("scorecard")
    op.drop_table("council_task_result")
    op.drop_table("council_stage_result")
    op.drop_table("council_criterion")
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


def _may_not_take_part(author: str) -> str:
    """Return the condition that the author has no account that may take part: no guest, and no child who waits.

    A consent that is being revoked is waited for, as by an idea.
    """
    lock = "" if op.get_bind().dialect.name == "sqlite" else "FOR SHARE OF account"
    return f"""NOT EXISTS (SELECT 1 FROM participant JOIN account ON account.id = participant.account_id
                 WHERE participant.id = {author} AND account.active AND NOT account.waits_for_consent {lock})"""


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
