"""papers of the council's meetings

Why: members read one report before they decide, in the formats of digests.
What happens to existing rows: nothing.
Runs both ways; a downgrade forgets them.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20270108_council_papers"
down_revision = "20270107_commissions"
branch_labels = None
depends_on = None

REFUSALS: dict[str, tuple[str, str, str, str]] = {
    "council_paper_append_only_update": ("council_paper", "UPDATE", "", "papers of a meeting never change"),
    "council_paper_append_only_delete": ("council_paper", "DELETE", "", "papers of a meeting never change"),
    "council_paper_file_append_only_update": ("council_paper_file", "UPDATE", "", "papers of a meeting never change"),
    "council_paper_file_append_only_delete": ("council_paper_file", "DELETE", "", "papers of a meeting never change"),
}
"""Triggers: on which table, at which act, on what condition, and why."""


def upgrade() -> None:
    op.create_table(
        "council_paper",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("meeting_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("job_id", sa.Integer(), nullable=True),
        sa.Column("data_cut_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.CheckConstraint("number >= 1", name=op.f("ck_council_paper_counts_from_one")),
        sa.CheckConstraint("published_at >= data_cut_at", name=op.f("ck_council_paper_published_after_it_was_counted")),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_council_paper_job_id")),
        sa.ForeignKeyConstraint(["meeting_id"], ["council_meeting.id"], name=op.f("fk_council_paper_meeting_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_council_paper")),
        sa.UniqueConstraint("meeting_id", "number", name=op.f("uq_council_paper_meeting_id_number")),
    )
    op.create_table(
        "council_paper_file",
        sa.Column("paper_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("format", sa.String(length=8), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("n_pages", sa.Integer(), nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("length(sha256) = 64", name=op.f("ck_council_paper_file_has_a_sha256")),
        sa.CheckConstraint("n_pages > 0", name=op.f("ck_council_paper_file_has_pages")),
        sa.CheckConstraint("size_bytes > 0", name=op.f("ck_council_paper_file_is_not_empty")),
        sa.ForeignKeyConstraint(["paper_id"], ["council_paper.id"], name=op.f("fk_council_paper_file_paper_id")),
        sa.PrimaryKeyConstraint("paper_id", "format", name=op.f("pk_council_paper_file")),
    )
    for name, rule in REFUSALS.items():
        _refuse(name, *rule)


def downgrade() -> None:
    op.drop_table("council_paper_file")
    op.drop_table("council_paper")
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
