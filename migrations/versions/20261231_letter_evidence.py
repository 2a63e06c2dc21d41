"""letter evidence: what came of a theme before a letter about it

Why: what was tried, kept and rated is evidence for the ministry that gets a letter. It is kept as it was sent.
What happens to existing rows: nothing.
Runs both ways; a downgrade forgets them.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261231_letter_evidence"
down_revision = "20261230_pledges"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "letter_evidence",
        sa.Column("referral_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["referral_id"], ["referral.id"], name=op.f("fk_letter_evidence_referral_id")),
        sa.PrimaryKeyConstraint("referral_id", name=op.f("pk_letter_evidence")),
    )
    for act in ("UPDATE", "DELETE"):
        name = f"letter_evidence_append_only_{act.lower()}"
        _refuse(name, "letter_evidence", act, "", "evidence in a letter stays")


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


def downgrade() -> None:
    op.drop_table("letter_evidence")
    if op.get_bind().dialect.name != "sqlite":
        for act in ("update", "delete"):
            op.execute(f"DROP FUNCTION letter_evidence_append_only_{act}()")
