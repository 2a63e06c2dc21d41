"""shortlists, their ideas, and the slates told from them

Why: an analyst asks everybody about a few ideas, and a fair slate of them is published with a proof. Triggers refuse
any change of a closed shortlist and of a slate, and a slate of a shortlist that is still open.
What happens to existing rows: nothing.
Runs both ways; a downgrade forgets the shortlists and their slates.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261203_shortlists"
down_revision = "20261202_opinion_consent"
branch_labels = None
depends_on = None

ALWAYS_FIXED = ("id", "campaign_id", "number", "size", "seed", "opened_at", "opened_by_id")
FIXED_WHEN_CLOSED = ("state", "revision", "closed_at")


def upgrade() -> None:
    create_tables()
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in on_sqlite() if is_sqlite else on_postgres():
        op.execute(statement)


def create_tables() -> None:
    op.create_table(
        "shortlist",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("seed", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("n_voters", sa.Integer(), server_default="0", nullable=False),
        sa.Column("n_seen_all", sa.Integer(), server_default="0", nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_by_id", sa.Integer(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('OPEN', 'CLOSED')", name=op.f("ck_shortlist_shortlist_state")),
        sa.CheckConstraint("number >= 1 AND revision >= 1", name=op.f("ck_shortlist_counts_from_one")),
        sa.CheckConstraint("size BETWEEN 1 AND 10", name=op.f("ck_shortlist_has_places")),
        sa.CheckConstraint("length(seed) = 32", name=op.f("ck_shortlist_has_a_seed")),
        sa.CheckConstraint("n_seen_all BETWEEN 0 AND n_voters", name=op.f("ck_shortlist_voters_are_counted")),
        sa.CheckConstraint("(state = 'CLOSED') = (closed_at IS NOT NULL)", name=op.f("ck_shortlist_closed_has_a_time")),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_shortlist_campaign_id")),
        sa.ForeignKeyConstraint(["opened_by_id"], ["account.id"], name=op.f("fk_shortlist_opened_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shortlist")),
        sa.UniqueConstraint("campaign_id", "number", name=op.f("uq_shortlist_campaign_id_number")),
    )
    op.create_index(
        "uq_shortlist_open",
        "shortlist",
        ["campaign_id"],
        unique=True,
        sqlite_where=sa.text("state = 'OPEN'"),
        postgresql_where=sa.text("state = 'OPEN'"),
    )
    op.create_table(
        "shortlist_idea",
        sa.Column("shortlist_id", sa.Integer(), nullable=False),
        sa.Column("idea_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["shortlist_id"], ["shortlist.id"], name=op.f("fk_shortlist_idea_shortlist_id")),
        sa.ForeignKeyConstraint(["idea_id"], ["idea.id"], name=op.f("fk_shortlist_idea_idea_id")),
        sa.PrimaryKeyConstraint("shortlist_id", "idea_id", name=op.f("pk_shortlist_idea")),
        sa.UniqueConstraint("shortlist_id", "position", name=op.f("uq_shortlist_idea_shortlist_id_position")),
    )
    op.create_index(op.f("ix_shortlist_idea_idea_id"), "shortlist_idea", ["idea_id"])
    op.create_table(
        "slate",
        sa.Column("shortlist_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("job_id", sa.Integer(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("n_people", sa.Integer(), nullable=False),
        sa.Column("seen_all_share", sa.Double(), nullable=False),
        sa.Column("standing", sa.String(length=32), nullable=False),
        sa.Column("holds_share", sa.Double(), nullable=True),
        sa.Column("worst_by_approvals", sa.Double(), nullable=True),
        sa.Column("proof", sa.JSON(), nullable=True),
        sa.CheckConstraint(
            "standing IN ('COMPLETE', 'GAPS', 'UNTOLD', 'TOO_FEW')", name=op.f("ck_slate_slate_standing")
        ),
        sa.CheckConstraint(
            "n_people >= 0 AND seen_all_share BETWEEN 0 AND 1", name=op.f("ck_slate_figures_are_possible")
        ),
        sa.CheckConstraint("(standing = 'TOO_FEW') = (proof IS NULL)", name=op.f("ck_slate_a_slate_has_a_proof")),
        sa.CheckConstraint("holds_share IS NULL OR standing = 'GAPS'", name=op.f("ck_slate_only_gaps_are_drawn")),
        sa.CheckConstraint(
            "holds_share IS NULL OR holds_share BETWEEN 0 AND 1", name=op.f("ck_slate_holds_share_is_a_share")
        ),
        sa.ForeignKeyConstraint(["shortlist_id"], ["shortlist.id"], name=op.f("fk_slate_shortlist_id")),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_slate_job_id")),
        sa.PrimaryKeyConstraint("shortlist_id", name=op.f("pk_slate")),
    )
    op.create_table(
        "shortlist_voter",
        sa.Column("shortlist_id", sa.Integer(), nullable=False),
        sa.Column("participant_id", sa.Integer(), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["shortlist_id"], ["shortlist.id"], name=op.f("fk_shortlist_voter_shortlist_id")),
        sa.ForeignKeyConstraint(["participant_id"], ["participant.id"], name=op.f("fk_shortlist_voter_participant_id")),
        sa.PrimaryKeyConstraint("shortlist_id", "participant_id", name=op.f("pk_shortlist_voter")),
    )
    op.create_index(op.f("ix_shortlist_voter_participant_id"), "shortlist_voter", ["participant_id"])


def is_closed(row: str) -> str:
    return f"(SELECT state FROM shortlist WHERE id = {row}.shortlist_id) = 'CLOSED'"


def fixed(how: str) -> str:
    """Return the condition on which a shortlist's UPDATE is refused."""

    def differs(columns: tuple[str, ...]) -> str:
        return " OR ".join(f"new.{column} {how} old.{column}" for column in columns)

    return f"{differs(ALWAYS_FIXED)} OR (old.state = 'CLOSED' AND ({differs(FIXED_WHEN_CLOSED)}))"


def on_sqlite() -> list[str]:
    def trigger(name: str, moment: str, condition: str, message: str) -> str:
        when = f"WHEN {condition}" if condition else ""
        return f"CREATE TRIGGER {name} BEFORE {moment} {when} BEGIN SELECT RAISE(ABORT, '{message}'); END"

    closed = "the shortlist is closed"
    statements = [
        trigger("shortlist_fixed", "UPDATE ON shortlist", fixed("IS NOT"), "the shortlist is fixed"),
        trigger("shortlist_kept", "DELETE ON shortlist", "", "shortlists are kept"),
        trigger("slate_of_a_closed_one", "INSERT ON slate", f"NOT {is_closed('new')}", "the shortlist is open"),
        trigger("slate_fixed", "UPDATE ON slate", "", "slates never change"),
        trigger("slate_kept", "DELETE ON slate", "", "slates are kept"),
    ]
    for act, row in (("INSERT", "new"), ("UPDATE", "old"), ("DELETE", "old")):
        statements.append(
            trigger(f"shortlist_idea_kept_{act.lower()}", f"{act} ON shortlist_idea", is_closed(row), closed)
        )
    return statements


def on_postgres() -> list[str]:
    def function(name: str, condition: str, message: str) -> str:
        return f"""CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                     IF {condition} THEN
                       RAISE EXCEPTION '{message}' USING ERRCODE = 'integrity_constraint_violation';
                     END IF;
                     IF TG_OP = 'DELETE' THEN RETURN old; END IF;
                     RETURN new; END $$"""

    def trigger(name: str, moment: str, does: str, condition: str = "") -> str:
        when = f"WHEN ({condition})" if condition else ""
        return f"CREATE TRIGGER {name} BEFORE {moment} FOR EACH ROW {when} EXECUTE FUNCTION {does}()"

    statements = [
        function("refuse_slate_of_open", f"NOT {is_closed('new')}", "the shortlist is open"),
        function("refuse_idea_of_closed", is_closed("new"), "the shortlist is closed"),
        function("refuse_old_idea_of_closed", is_closed("old"), "the shortlist is closed"),
        trigger("shortlist_fixed", "UPDATE ON shortlist", "refuse_change", fixed("IS DISTINCT FROM")),
        trigger("shortlist_kept", "DELETE ON shortlist", "refuse_change"),
        trigger("slate_of_a_closed_one", "INSERT ON slate", "refuse_slate_of_open"),
        trigger("slate_fixed", "UPDATE ON slate", "refuse_change"),
        trigger("slate_kept", "DELETE ON slate", "refuse_change"),
        trigger("shortlist_idea_kept_insert", "INSERT ON shortlist_idea", "refuse_idea_of_closed"),
    ]
    for act in ("UPDATE", "DELETE"):
        name = f"shortlist_idea_kept_{act.lower()}"
        statements.append(trigger(name, f"{act} ON shortlist_idea", "refuse_old_idea_of_closed"))
    return statements


def downgrade() -> None:
    for table in ("shortlist_voter", "slate", "shortlist_idea", "shortlist"):
        op.drop_table(table)
    if op.get_bind().dialect.name != "sqlite":
        for name in ("refuse_slate_of_open", "refuse_idea_of_closed", "refuse_old_idea_of_closed"):
            op.execute(f"DROP FUNCTION {name}()")
