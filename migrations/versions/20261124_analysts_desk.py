"""curation: undoable edits of themes, excluded ideas, lineage of themes, proposals

Why: analysts must be able to undo their edits, edits must survive the next run, and a theme that was sent to a ministry
must keep the ideas that its letter named.
What happens to existing rows: a theme's title counts as machine-made if it still equals its cluster's title. Themes
that were sent are frozen with their members. Edits before this migration cannot be undone, since their inverse was not
recorded; a decided theme that was not sent can be reopened by hand.
Runs both ways. Downgrading turns themes in the new states into drafts, with all their members, and deletes edits,
proposals and excluded ideas.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261124_analysts_desk"
down_revision = "20261124_moderation"
branch_labels = None
depends_on = None

OLD_STATES = ("DRAFT", "APPROVED", "REJECTED")
NEW_STATES = (*OLD_STATES, "OUT_OF_SCOPE", "MERGED", "UNMADE")
SOURCES = ("MACHINE", "HUMAN")
KINDS = (
    "ADOPT",
    "EDIT",
    "ADD_IDEAS",
    "REMOVE_IDEAS",
    "MOVE_IDEAS",
    "MERGE",
    "SPLIT",
    "APPROVE",
    "REJECT",
    "PUT_OUT_OF_SCOPE",
    "REOPEN",
    "LEAVE_PROPOSAL",
)
NEW_CHECKS = {
    "out_of_scope_has_reason": "state <> 'OUT_OF_SCOPE' OR decision_reason <> ''",
    "merged_theme_has_target": "(state = 'MERGED') = (merged_into_id IS NOT NULL)",
    "never_merged_into_itself": "merged_into_id IS NULL OR merged_into_id <> id",
    "sent_stays_approved": "frozen_at IS NULL OR state = 'APPROVED'",
    "theme_title_source": f"title_source IN {SOURCES}",
}
NEW_COLUMNS = ("title_source", "merged_into_id", "frozen_at", "changed_at")


def one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN {values}"


def enum(values: tuple[str, ...], name: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)


def theme_table(states: tuple[str, ...], *more: sa.schema.SchemaItem) -> sa.Table:
    """Return the table as SQLite has it, with the CHECKs that reflection omits; for `batch_alter_table`."""
    return sa.Table(
        "theme",
        sa.MetaData(),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("cluster_id", sa.Integer(), nullable=True),
        sa.Column("title", sa.String(length=100), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("decision_reason", sa.Text(), nullable=False),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(one_of("state", states), name=op.f("ck_theme_theme_state")),
        sa.CheckConstraint(
            "state <> 'APPROVED' OR (title <> '' AND decided_by_id IS NOT NULL AND decided_at IS NOT NULL)",
            name=op.f("ck_theme_approved_has_title_and_approver"),
        ),
        sa.CheckConstraint("state <> 'REJECTED' OR decision_reason <> ''", name=op.f("ck_theme_rejected_has_reason")),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_theme_campaign_id")),
        sa.ForeignKeyConstraint(["cluster_id", "run_id"], ["cluster.id", "cluster.run_id"], name="fk_theme_cluster"),
        sa.ForeignKeyConstraint(["created_by_id"], ["account.id"], name=op.f("fk_theme_created_by_id")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["account.id"], name=op.f("fk_theme_decided_by_id")),
        sa.ForeignKeyConstraint(
            ["run_id", "campaign_id"], ["theme_run.id", "theme_run.campaign_id"], name="fk_theme_run_of_campaign"
        ),
        sa.ForeignKeyConstraint(["run_id"], ["theme_run.id"], name=op.f("fk_theme_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_theme")),
        sa.UniqueConstraint("cluster_id", name=op.f("uq_theme_cluster_id")),
        sa.UniqueConstraint("id", "campaign_id", name=op.f("uq_theme_id_campaign_id")),
        *more,
    )


def new_parts() -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("title_source", sa.String(length=32), nullable=False, server_default="HUMAN"),
        sa.Column("merged_into_id", sa.Integer(), nullable=True),
        sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["merged_into_id"], ["theme.id"], name=op.f("fk_theme_merged_into_id")),
        *(sa.CheckConstraint(rule, name=op.f(f"ck_theme_{name}")) for name, rule in NEW_CHECKS.items()),
    ]


def upgrade() -> None:
    with op.batch_alter_table("theme", copy_from=theme_table(OLD_STATES)) as batch_op:
        batch_op.drop_constraint(op.f("ck_theme_theme_state"), type_="check")
        batch_op.create_check_constraint(op.f("ck_theme_theme_state"), one_of("state", NEW_STATES))
        for part in new_parts():
            if isinstance(part, sa.Column):
                batch_op.add_column(part)
        batch_op.create_foreign_key(op.f("fk_theme_merged_into_id"), "theme", ["merged_into_id"], ["id"])
        for name, rule in NEW_CHECKS.items():
            batch_op.create_check_constraint(op.f(f"ck_theme_{name}"), rule)
    op.execute(
        "UPDATE theme SET title_source = 'MACHINE' "
        "WHERE title = (SELECT title FROM cluster WHERE cluster.id = theme.cluster_id)"
    )
    op.execute("UPDATE theme SET frozen_at = (SELECT min(sent_at) FROM referral WHERE referral.theme_id = theme.id)")
    with op.batch_alter_table("theme_idea") as batch_op:
        batch_op.add_column(sa.Column("is_frozen", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute("UPDATE theme_idea SET is_frozen = true WHERE theme_id IN (SELECT theme_id FROM referral)")
    create_tables()
    guard_frozen_members()


def guard_frozen_members() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for act in ("UPDATE", "DELETE"):
            op.execute(
                f"""CREATE TRIGGER theme_idea_frozen_no_{act.lower()} BEFORE {act} ON theme_idea
                      WHEN old.is_frozen BEGIN
                      SELECT RAISE(ABORT, 'a theme that was sent keeps its members'); END"""
            )
    else:
        op.execute(
            """CREATE TRIGGER theme_idea_frozen BEFORE UPDATE OR DELETE ON theme_idea FOR EACH ROW
                 WHEN (old.is_frozen) EXECUTE FUNCTION refuse_change()"""
        )


def create_tables() -> None:
    op.create_table(
        "theme_act",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("kind", enum(KINDS, "act_kind"), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.String(length=300), nullable=False),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(undone_at IS NULL) = (undone_by_id IS NULL)", name=op.f("ck_theme_act_undone_by_somebody")
        ),
        sa.ForeignKeyConstraint(["actor_id"], ["account.id"], name=op.f("fk_theme_act_actor_id")),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_theme_act_campaign_id")),
        sa.ForeignKeyConstraint(["undone_by_id"], ["account.id"], name=op.f("fk_theme_act_undone_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_theme_act")),
    )
    op.create_index(op.f("ix_theme_act_campaign_id_id"), "theme_act", ["campaign_id", "id"])
    op.create_table(
        "theme_act_theme",
        sa.Column("act_id", sa.Integer(), nullable=False),
        sa.Column("theme_id", sa.Integer(), nullable=False),
        sa.Column("version_after", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["act_id"], ["theme_act.id"], name=op.f("fk_theme_act_theme_act_id")),
        sa.ForeignKeyConstraint(["theme_id"], ["theme.id"], name=op.f("fk_theme_act_theme_theme_id")),
        sa.PrimaryKeyConstraint("act_id", "theme_id", name=op.f("pk_theme_act_theme")),
    )
    op.create_index(op.f("ix_theme_act_theme_theme_id"), "theme_act_theme", ["theme_id"])
    op.create_table(
        "theme_kept_out",
        sa.Column("theme_id", sa.Integer(), nullable=False),
        sa.Column("idea_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["idea_id"], ["idea.id"], name=op.f("fk_theme_kept_out_idea_id")),
        sa.ForeignKeyConstraint(["theme_id"], ["theme.id"], name=op.f("fk_theme_kept_out_theme_id")),
        sa.PrimaryKeyConstraint("theme_id", "idea_id", name=op.f("pk_theme_kept_out")),
    )
    op.create_index(op.f("ix_theme_kept_out_idea_id"), "theme_kept_out", ["idea_id"])
    op.create_table(
        "theme_lineage",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("theme_id", sa.Integer(), nullable=False),
        sa.Column("cluster_id", sa.Integer(), nullable=True),
        sa.Column("fate", sa.String(length=16), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("of_theme", sa.Double(), nullable=False),
        sa.Column("of_cluster", sa.Double(), nullable=False),
        sa.Column("n_shared", sa.Integer(), nullable=False),
        sa.Column("is_heir", sa.Boolean(), nullable=False),
        sa.CheckConstraint("score >= 0 AND score <= 1", name=op.f("ck_theme_lineage_score_is_a_share")),
        sa.ForeignKeyConstraint(["cluster_id", "run_id"], ["cluster.id", "cluster.run_id"], name="fk_lineage_cluster"),
        sa.ForeignKeyConstraint(["run_id"], ["theme_run.id"], name=op.f("fk_theme_lineage_run_id")),
        sa.ForeignKeyConstraint(["theme_id"], ["theme.id"], name=op.f("fk_theme_lineage_theme_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_theme_lineage")),
        sa.UniqueConstraint("theme_id", "cluster_id", name=op.f("uq_theme_lineage_theme_id_cluster_id")),
    )
    op.create_index(op.f("ix_theme_lineage_run_id"), "theme_lineage", ["run_id"])
    op.create_index(op.f("ix_theme_lineage_theme_id"), "theme_lineage", ["theme_id"])
    op.create_table(
        "theme_proposal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("theme_id", sa.Integer(), nullable=False),
        sa.Column("kind", enum(("NEW_IDEAS", "DRIFT", "SPLIT", "MERGED", "GONE"), "proposal_kind"), nullable=False),
        sa.Column("cluster_id", sa.Integer(), nullable=True),
        sa.Column("other_theme_id", sa.Integer(), nullable=True),
        sa.Column("idea_ids", sa.JSON(), nullable=False),
        sa.Column("state", enum(("OPEN", "TAKEN", "LEFT", "SUPERSEDED"), "proposal_state"), nullable=False),
        sa.Column("act_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(state IN ('TAKEN', 'LEFT')) = (act_id IS NOT NULL)", name=op.f("ck_theme_proposal_decided_by_an_act")
        ),
        sa.CheckConstraint(
            "other_theme_id IS NULL OR other_theme_id <> theme_id", name=op.f("ck_theme_proposal_other_is_another")
        ),
        sa.ForeignKeyConstraint(["act_id"], ["theme_act.id"], name=op.f("fk_theme_proposal_act_id")),
        sa.ForeignKeyConstraint(["cluster_id"], ["cluster.id"], name=op.f("fk_theme_proposal_cluster_id")),
        sa.ForeignKeyConstraint(["other_theme_id"], ["theme.id"], name=op.f("fk_theme_proposal_other_theme_id")),
        sa.ForeignKeyConstraint(["run_id"], ["theme_run.id"], name=op.f("fk_theme_proposal_run_id")),
        sa.ForeignKeyConstraint(["theme_id"], ["theme.id"], name=op.f("fk_theme_proposal_theme_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_theme_proposal")),
    )
    op.create_index(op.f("ix_theme_proposal_run_id"), "theme_proposal", ["run_id"])
    op.create_index(op.f("ix_theme_proposal_theme_id"), "theme_proposal", ["theme_id"])


def downgrade() -> None:
    for table in ("theme_proposal", "theme_lineage", "theme_kept_out", "theme_act_theme", "theme_act"):
        op.drop_table(table)
    if op.get_bind().dialect.name == "sqlite":
        for act in ("update", "delete"):
            op.execute(f"DROP TRIGGER theme_idea_frozen_no_{act}")
        op.execute("ALTER TABLE theme_idea DROP COLUMN is_frozen")
    else:
        op.execute("DROP TRIGGER theme_idea_frozen ON theme_idea")
        op.drop_column("theme_idea", "is_frozen")
    op.execute(
        "UPDATE theme SET state = 'DRAFT', merged_into_id = NULL, decided_by_id = NULL, decided_at = NULL "
        "WHERE state IN ('OUT_OF_SCOPE', 'MERGED', 'UNMADE')"
    )
    with op.batch_alter_table("theme", copy_from=theme_table(NEW_STATES, *new_parts())) as batch_op:
        batch_op.drop_constraint(op.f("fk_theme_merged_into_id"), type_="foreignkey")
        for name in (*NEW_CHECKS, "theme_state"):
            batch_op.drop_constraint(op.f(f"ck_theme_{name}"), type_="check")
        for name in NEW_COLUMNS:
            batch_op.drop_column(name)
        batch_op.create_check_constraint(op.f("ck_theme_theme_state"), one_of("state", OLD_STATES))
