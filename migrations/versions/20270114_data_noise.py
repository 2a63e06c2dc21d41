"""data noise: budgets of sensitive datasets, what was spent of them, and noisy answers

Why: counts and sums with noise tell nothing of single people, as long as all answers together stay within a budget.
So the database refuses to spend more than it, and none of the rows is ever changed or removed.
What happens to existing rows: nothing.
Runs both ways; a downgrade forgets budgets and answers. Budgets fixed anew after it would not know what was told.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20270114_data_noise"
down_revision = "20270114_data_joins"
branch_labels = None
depends_on = None

TABLES = ("data_privacy_budget", "data_budget_spend", "data_noisy_answer")


def upgrade() -> None:
    op.create_table(
        "data_privacy_budget",
        sa.Column("dataset_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("total_millis", sa.Integer(), nullable=False),
        sa.Column("rows_per_person", sa.Integer(), nullable=False),
        sa.Column("set_by_id", sa.Integer(), nullable=True),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("total_millis BETWEEN 1 AND 10000", name=op.f("ck_data_privacy_budget_epsilon_in_range")),
        sa.CheckConstraint("rows_per_person BETWEEN 1 AND 1000", name=op.f("ck_data_privacy_budget_rows_in_range")),
        sa.ForeignKeyConstraint(["dataset_id"], ["dataset.id"], name=op.f("fk_data_privacy_budget_dataset_id")),
        sa.ForeignKeyConstraint(["set_by_id"], ["account.id"], name=op.f("fk_data_privacy_budget_set_by_id")),
        sa.PrimaryKeyConstraint("dataset_id", name=op.f("pk_data_privacy_budget")),
        sa.UniqueConstraint("dataset_id", "total_millis", name=op.f("uq_data_privacy_budget_dataset_id_total_millis")),
    )
    op.create_table(
        "data_budget_spend",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("dataset_id", sa.Integer(), nullable=False),
        sa.Column("total_millis", sa.Integer(), nullable=False),
        sa.Column("spent_before", sa.Integer(), nullable=False),
        sa.Column("epsilon_millis", sa.Integer(), nullable=False),
        sa.Column("spent_after", sa.Integer(), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("question", sa.JSON(), nullable=False),
        sa.Column("question_hash", sa.String(length=64), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "epsilon_millis >= 1 AND spent_before >= 0", name=op.f("ck_data_budget_spend_costs_something")
        ),
        sa.CheckConstraint("spent_after = spent_before + epsilon_millis", name=op.f("ck_data_budget_spend_adds_up")),
        sa.CheckConstraint("spent_after <= total_millis", name=op.f("ck_data_budget_spend_stays_within_the_budget")),
        sa.ForeignKeyConstraint(["asked_by_id"], ["account.id"], name=op.f("fk_data_budget_spend_asked_by_id")),
        sa.ForeignKeyConstraint(
            ["dataset_id", "total_millis"],
            ["data_privacy_budget.dataset_id", "data_privacy_budget.total_millis"],
            name=op.f("fk_data_budget_spend_dataset_id_total_millis"),
        ),
        sa.ForeignKeyConstraint(["file_id"], ["data_file.id"], name=op.f("fk_data_budget_spend_file_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_budget_spend")),
        sa.UniqueConstraint("dataset_id", "question_hash", name=op.f("uq_data_budget_spend_dataset_id_question_hash")),
        sa.UniqueConstraint("dataset_id", "spent_before", name=op.f("uq_data_budget_spend_dataset_id_spent_before")),
    )
    op.create_index(op.f("ix_data_budget_spend_file_id"), "data_budget_spend", ["file_id"], unique=False)
    op.create_table(
        "data_noisy_answer",
        sa.Column("spend_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.Column("scale", sa.Double(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("scale > 0", name=op.f("ck_data_noisy_answer_has_noise")),
        sa.ForeignKeyConstraint(["spend_id"], ["data_budget_spend.id"], name=op.f("fk_data_noisy_answer_spend_id")),
        sa.PrimaryKeyConstraint("spend_id", name=op.f("pk_data_noisy_answer")),
    )
    for table in TABLES:
        _never_change(table)


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
    if op.get_bind().dialect.name != "sqlite":
        for table in TABLES:
            op.execute(f"DROP FUNCTION {table}_stays()")


def _never_change(table: str) -> None:
    """Create triggers that refuse to change or remove a row."""
    why = f"{table} is append-only"
    if op.get_bind().dialect.name == "sqlite":
        for act in ("UPDATE", "DELETE"):
            op.execute(
                f"""CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table} BEGIN
                      SELECT RAISE(ABORT, '{why}'); END"""
            )
        return
    op.execute(
        f"""CREATE FUNCTION {table}_stays() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
              RAISE EXCEPTION '{why}' USING ERRCODE = 'check_violation';
            END $$"""
    )
    op.execute(
        f"""CREATE TRIGGER {table}_stays BEFORE UPDATE OR DELETE ON {table}
              FOR EACH ROW EXECUTE FUNCTION {table}_stays()"""
    )
