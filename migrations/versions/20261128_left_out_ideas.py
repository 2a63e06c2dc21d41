"""left-out ideas: posts that only say yes, ideas that loosely belong, and the nearest cluster

Why: "공감합니다" with nothing else names no subject, and an idea that is hardly like a theme made its numbers wrong.
A run now leaves both out, says why, and names the nearest cluster, so that an analyst can add an idea by hand.
What happens to existing rows: nothing; finished runs keep their members, and no nearest cluster is known of them.
Downgrading calls EMPTY_APPROVAL NO_KNOWN_WORD and LOOSE TOO_FEW_FELLOWS, which is what an older version would mostly
have said, and drops the nearest clusters.
Runs both ways.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261128_left_out_ideas"
down_revision = "20261127_fewest_votes"
branch_labels = None
depends_on = None

OLD = ("NO_TEXT", "BAD_TEXT", "NO_KNOWN_WORD", "TOO_FEW_FELLOWS")
NEW = ("NO_TEXT", "BAD_TEXT", "EMPTY_APPROVAL", "NO_KNOWN_WORD", "TOO_FEW_FELLOWS", "LOOSE")
CHECK = "ck_unthemed_idea_unthemed_reason"
AS_BEFORE = "CASE reason WHEN 'EMPTY_APPROVAL' THEN 'NO_KNOWN_WORD' WHEN 'LOOSE' THEN 'TOO_FEW_FELLOWS' ELSE reason END"
NEAREST = "fk_unthemed_idea_nearest_cluster_id"


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        copy_table(NEW, "reason, has_body, NULL", with_nearest=True)
    else:
        op.add_column("unthemed_idea", sa.Column("nearest_cluster_id", sa.Integer()))
        op.create_foreign_key(op.f(NEAREST), "unthemed_idea", "cluster", ["nearest_cluster_id"], ["id"])
        op.create_index(op.f("ix_unthemed_idea_nearest_cluster_id"), "unthemed_idea", ["nearest_cluster_id"])
        op.drop_constraint(op.f(CHECK), "unthemed_idea", type_="check")
        op.create_check_constraint(op.f(CHECK), "unthemed_idea", one_of(NEW))


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        copy_table(OLD, f"{AS_BEFORE}, has_body", with_nearest=False)
        return
    op.drop_column("unthemed_idea", "nearest_cluster_id")
    op.drop_constraint(op.f(CHECK), "unthemed_idea", type_="check")
    op.execute("ALTER TABLE unthemed_idea DISABLE TRIGGER USER")  # they refuse any change of a finished run
    op.execute(f"UPDATE unthemed_idea SET reason = {AS_BEFORE}")
    op.execute("ALTER TABLE unthemed_idea ENABLE TRIGGER USER")
    op.create_check_constraint(op.f(CHECK), "unthemed_idea", one_of(OLD))


def one_of(codes: tuple[str, ...]) -> str:
    return f"reason IN ({', '.join(map(repr, codes))})"


def copy_table(codes: tuple[str, ...], values: str, with_nearest: bool) -> None:
    """Replace the table on SQLite, which cannot change a CHECK, with its index and every trigger that names it."""
    triggers = op.get_bind().execute(
        sa.text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND sql LIKE '%unthemed_idea%'")
    )
    kept = {row.name: row.sql for row in triggers}
    for name in kept:
        op.execute(f"DROP TRIGGER {name}")
    foreign_key = sa.ForeignKey("cluster.id", name=op.f(NEAREST))
    nearest = [sa.Column("nearest_cluster_id", sa.Integer(), foreign_key)] if with_nearest else []
    op.create_table(
        "unthemed_idea_new",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("idea_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(32), nullable=False),
        sa.Column("has_body", sa.Boolean(), nullable=False),
        *nearest,
        sa.CheckConstraint(one_of(codes), name=op.f(CHECK)),
        sa.ForeignKeyConstraint(["idea_id"], ["idea.id"], name=op.f("fk_unthemed_idea_idea_id")),
        sa.ForeignKeyConstraint(["run_id"], ["theme_run.id"], name=op.f("fk_unthemed_idea_run_id")),
        sa.PrimaryKeyConstraint("run_id", "idea_id", name=op.f("pk_unthemed_idea")),
    )
    op.execute(f"INSERT INTO unthemed_idea_new SELECT run_id, idea_id, {values} FROM unthemed_idea")
    op.execute("DROP TABLE unthemed_idea")
    op.execute("ALTER TABLE unthemed_idea_new RENAME TO unthemed_idea")
    op.create_index(op.f("ix_unthemed_idea_idea_id"), "unthemed_idea", ["idea_id"])
    if with_nearest:
        op.create_index(op.f("ix_unthemed_idea_nearest_cluster_id"), "unthemed_idea", ["nearest_cluster_id"])
    for statement in kept.values():
        op.execute(sa.text(statement.replace(":", r"\:")))
