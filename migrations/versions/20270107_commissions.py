"""commissions: chosen tasks go to ministries

Why: a task that the council chose goes out as a letter with a clock, and its lead ministry reports each quarter.
What happens to existing rows: nothing.
Runs both ways; a downgrade forgets them.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20270107_commissions"
down_revision = "20270106_advisory_slates"
branch_labels = None
depends_on = None

REFUSALS: dict[str, tuple[str, str, str, str]] = {
    "commission_append_only_update": ("commission", "UPDATE", "", "commissions are append-only"),
    "commission_append_only_delete": ("commission", "DELETE", "", "commissions are append-only"),
    "quarterly_report_stays_update": (
        "quarterly_report",
        "UPDATE",
        "OLD.published_at IS NOT NULL",
        "published reports never change",
    ),
    "quarterly_report_stays_delete": (
        "quarterly_report",
        "DELETE",
        "OLD.published_at IS NOT NULL",
        "published reports never change",
    ),
}
"""Triggers: on which table, at which act, on what condition, and why."""


def upgrade() -> None:
    op.create_table(
        "commission",
        sa.Column("task_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("referral_id", sa.Integer(), nullable=False),
        sa.Column("made_theme", sa.Boolean(), nullable=False),
        sa.Column("sent_by_id", sa.Integer(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["referral_id"], ["referral.id"], name=op.f("fk_commission_referral_id")),
        sa.ForeignKeyConstraint(["sent_by_id"], ["account.id"], name=op.f("fk_commission_sent_by_id")),
        sa.ForeignKeyConstraint(["task_id"], ["council_task.id"], name=op.f("fk_commission_task_id")),
        sa.PrimaryKeyConstraint("task_id", name=op.f("pk_commission")),
        sa.UniqueConstraint("referral_id", name=op.f("uq_commission_referral_id")),
    )
    op.create_table(
        "quarterly_report",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("quarter_from", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reminded_on", sa.Date(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "published_at IS NULL OR text <> ''", name=op.f("ck_quarterly_report_published_says_something")
        ),
        sa.CheckConstraint(
            "(published_at IS NULL) = (author_id IS NULL)", name=op.f("ck_quarterly_report_published_by_somebody")
        ),
        sa.CheckConstraint("due_on > quarter_from", name=op.f("ck_quarterly_report_due_after_it_began")),
        sa.CheckConstraint("revision >= 1", name=op.f("ck_quarterly_report_revision_counts_from_one")),
        sa.ForeignKeyConstraint(["author_id"], ["account.id"], name=op.f("fk_quarterly_report_author_id")),
        sa.ForeignKeyConstraint(["task_id"], ["commission.task_id"], name=op.f("fk_quarterly_report_task_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quarterly_report")),
        sa.UniqueConstraint("task_id", "quarter_from", name=op.f("uq_quarterly_report_task_id_quarter_from")),
    )
    op.create_index(op.f("ix_quarterly_report_due_on"), "quarterly_report", ["due_on"], unique=False)
    for name, rule in REFUSALS.items():
        _refuse(name, *rule)


def downgrade() -> None:
    op.drop_table("quarterly_report")
    op.drop_table("commission")
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
