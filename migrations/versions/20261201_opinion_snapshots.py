"""opinion snapshots: groups, scores and the map of a campaign's votes at one moment

Why: common ground is shown from a snapshot that never changes, so that a digest can name it. No row says who is in
which group. Triggers refuse any change of a finished snapshot, and finish it only with all its ideas.
What happens to existing rows: nothing.
Runs both ways; a downgrade forgets the snapshots.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261201_opinion_snapshots"
down_revision = "20261130_vote_shown_probability"
branch_labels = None
depends_on = None

PARTS = ("opinion_group", "opinion_score")
FIXED = (
    "id",
    "campaign_id",
    "number",
    "job_id",
    "state",
    "votes_cut_at",
    "last_event_id",
    "n_people",
    "n_entering",
    "n_ideas",
    "n_votes",
    "started_at",
    "finished_at",
)
WRONG_COUNT = "(SELECT count(*) FROM opinion_score WHERE snapshot_id = new.id) <> new.n_ideas"


def upgrade() -> None:
    create_tables()
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in on_sqlite() if is_sqlite else on_postgres():
        op.execute(statement)


def create_tables() -> None:
    op.create_table(
        "opinion_snapshot",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("job_id", sa.Integer(), nullable=True),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.Column("votes_cut_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_event_id", sa.BigInteger(), nullable=False),
        sa.Column("n_people", sa.Integer(), nullable=False),
        sa.Column("n_entering", sa.Integer(), nullable=False),
        sa.Column("n_ideas", sa.Integer(), nullable=False),
        sa.Column("n_votes", sa.Integer(), nullable=False),
        sa.Column("parameters", sa.JSON(), nullable=False),
        sa.Column("map", sa.JSON(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('BUILDING', 'FINISHED', 'FAILED')", name=op.f("ck_opinion_snapshot_snapshot_state")
        ),
        sa.CheckConstraint(
            "NOT is_current OR state = 'FINISHED'", name=op.f("ck_opinion_snapshot_current_is_finished")
        ),
        sa.CheckConstraint(
            "(state = 'BUILDING') = (finished_at IS NULL)", name=op.f("ck_opinion_snapshot_ended_has_finish")
        ),
        sa.CheckConstraint(
            "(state = 'FINISHED') = (number IS NOT NULL)", name=op.f("ck_opinion_snapshot_finished_has_number")
        ),
        sa.CheckConstraint(
            "n_entering >= 0 AND n_entering <= n_people AND n_votes >= 0",
            name=op.f("ck_opinion_snapshot_counts_are_possible"),
        ),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_opinion_snapshot_campaign_id")),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_opinion_snapshot_job_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opinion_snapshot")),
        sa.UniqueConstraint("campaign_id", "number", name=op.f("uq_opinion_snapshot_campaign_id_number")),
    )
    op.create_index(
        "uq_opinion_snapshot_current",
        "opinion_snapshot",
        ["campaign_id"],
        unique=True,
        sqlite_where=sa.text("is_current"),
        postgresql_where=sa.text("is_current"),
    )
    op.create_table(
        "opinion_group",
        sa.Column("snapshot_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("x", sa.Double(), nullable=False),
        sa.Column("y", sa.Double(), nullable=False),
        sa.Column("spread_x", sa.Double(), nullable=False),
        sa.Column("spread_y", sa.Double(), nullable=False),
        sa.Column("apart", sa.JSON(), nullable=False),
        sa.CheckConstraint("size > 0 AND number >= 0", name=op.f("ck_opinion_group_has_people")),
        sa.ForeignKeyConstraint(["snapshot_id"], ["opinion_snapshot.id"], name=op.f("fk_opinion_group_snapshot_id")),
        sa.PrimaryKeyConstraint("snapshot_id", "number", name=op.f("pk_opinion_group")),
    )
    op.create_table(
        "opinion_score",
        sa.Column("snapshot_id", sa.Integer(), nullable=False),
        sa.Column("idea_id", sa.Integer(), nullable=False),
        sa.Column("slot", sa.Integer(), nullable=False),
        sa.Column("gain", sa.Double(), nullable=False),
        sa.Column("votes", sa.Integer(), nullable=False),
        sa.Column("share", sa.Double(), nullable=True),
        sa.Column("common_ground", sa.Double(), nullable=True),
        sa.Column("low", sa.Double(), nullable=True),
        sa.Column("high", sa.Double(), nullable=True),
        sa.Column("order_score", sa.Double(), nullable=True),
        sa.Column("consensus", sa.Double(), nullable=True),
        sa.Column("badge", sa.Boolean(), nullable=False),
        sa.Column("cost_to_win", sa.Integer(), nullable=True),
        sa.Column("cost_to_lose", sa.Integer(), nullable=True),
        sa.Column("reweighted_share", sa.Double(), nullable=True),
        sa.Column("reweighted_votes", sa.Double(), nullable=False),
        sa.Column("groups", sa.JSON(), nullable=False),
        sa.Column("loadings", sa.JSON(), nullable=False),
        sa.Column("lens", sa.JSON(), nullable=False),
        sa.CheckConstraint("gain > 0", name=op.f("ck_opinion_score_gain_is_positive")),
        sa.CheckConstraint(
            "common_ground IS NULL OR common_ground BETWEEN 0 AND 100",
            name=op.f("ck_opinion_score_score_is_a_percentage"),
        ),
        sa.CheckConstraint(
            "low IS NULL OR (low <= high AND low >= 0 AND high <= 100)",
            name=op.f("ck_opinion_score_interval_is_in_order"),
        ),
        sa.CheckConstraint("NOT badge OR common_ground IS NOT NULL", name=op.f("ck_opinion_score_badge_has_a_score")),
        sa.ForeignKeyConstraint(["idea_id"], ["idea.id"], name=op.f("fk_opinion_score_idea_id")),
        sa.ForeignKeyConstraint(["snapshot_id"], ["opinion_snapshot.id"], name=op.f("fk_opinion_score_snapshot_id")),
        sa.PrimaryKeyConstraint("snapshot_id", "idea_id", name=op.f("pk_opinion_score")),
    )
    op.create_index(op.f("ix_opinion_score_idea_id"), "opinion_score", ["idea_id"])
    op.create_index("ix_opinion_score_slot", "opinion_score", ["snapshot_id", "slot"])


def on_sqlite() -> list[str]:
    def trigger(name: str, moment: str, condition: str, message: str = "the snapshot is finished") -> str:
        return f"CREATE TRIGGER {name} BEFORE {moment} WHEN {condition} BEGIN SELECT RAISE(ABORT, '{message}'); END"

    statements = [
        trigger(
            "opinion_snapshot_whole",
            "UPDATE OF state ON opinion_snapshot",
            f"new.state = 'FINISHED' AND {WRONG_COUNT}",
            "not every idea is in the snapshot",
        ),
        trigger(
            "opinion_snapshot_fixed",
            f"UPDATE OF {', '.join(FIXED)} ON opinion_snapshot",
            f"old.state = 'FINISHED' AND ({differs('IS NOT')})",
        ),
        trigger("opinion_snapshot_kept", "DELETE ON opinion_snapshot", "old.state = 'FINISHED'"),
    ]
    for table in PARTS:
        for act, row in (("INSERT", "new"), ("UPDATE", "old"), ("DELETE", "old")):
            finished = f"(SELECT state FROM opinion_snapshot WHERE id = {row}.snapshot_id) = 'FINISHED'"
            statements.append(trigger(f"{table}_kept_{act.lower()}", f"{act} ON {table}", finished))
    return statements


def on_postgres() -> list[str]:
    def function(name: str, condition: str, message: str, row: str = "new") -> str:
        return f"""CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                     IF {condition} THEN
                       RAISE EXCEPTION '{message}' USING ERRCODE = 'integrity_constraint_violation';
                     END IF;
                     RETURN {row}; END $$"""

    def trigger(name: str, moment: str, does: str, condition: str = "", each: str = "ROW") -> str:
        when = f"WHEN ({condition})" if condition else ""
        return f"CREATE TRIGGER {name} {moment} FOR EACH {each} {when} EXECUTE FUNCTION {does}()"

    statements = [
        function("refuse_broken_snapshot", WRONG_COUNT, "not every idea is in the snapshot"),
        trigger(
            "opinion_snapshot_whole",
            "BEFORE UPDATE OF state ON opinion_snapshot",
            "refuse_broken_snapshot",
            "new.state = 'FINISHED' AND old.state <> 'FINISHED'",
        ),
        trigger(
            "opinion_snapshot_fixed",
            "BEFORE UPDATE ON opinion_snapshot",
            "refuse_change",
            f"old.state = 'FINISHED' AND ({differs('IS DISTINCT FROM')})",
        ),
        trigger(
            "opinion_snapshot_kept",
            "BEFORE DELETE ON opinion_snapshot",
            "refuse_change",
            "old.state = 'FINISHED'",
        ),
        # Once per statement, not per row: a snapshot writes a row for each idea.
        function(
            "refuse_finished_snapshot",
            "EXISTS (SELECT 1 FROM opinion_snapshot WHERE state = 'FINISHED' AND id IN"
            " (SELECT snapshot_id FROM touched))",
            "the snapshot is finished",
            "NULL",
        ),
    ]
    for table in PARTS:
        for act, rows in (("INSERT", "NEW"), ("UPDATE", "OLD"), ("DELETE", "OLD")):
            moment = f"AFTER {act} ON {table} REFERENCING {rows} TABLE AS touched"
            name = f"{table}_kept_{act.lower()}"
            statements.append(trigger(name, moment, "refuse_finished_snapshot", each="STATEMENT"))
    return statements


def differs(how: str) -> str:
    return " OR ".join(f"new.{column} {how} old.{column}" for column in FIXED)


def downgrade() -> None:
    for table in ("opinion_score", "opinion_group", "opinion_snapshot"):
        op.drop_table(table)
    if op.get_bind().dialect.name != "sqlite":
        for name in ("refuse_broken_snapshot", "refuse_finished_snapshot"):
            op.execute(f"DROP FUNCTION {name}()")
