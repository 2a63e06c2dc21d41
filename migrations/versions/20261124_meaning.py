"""embeddings: stored vectors, run quality, lineage of clusters, similar ideas

Why: a sentence encoder encodes each idea once, in the background, and runs use what is there. A run states its quality
and how its clusters follow from those of the last run. Analysts see which ideas ask for the same.
What happens to existing rows: runs record that no idea had a vector, and have no quality report; clusters count no
people and no arguments (0 means unknown).
Runs both ways. Downgrading drops what was added; vectors can be computed again.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261124_meaning"
down_revision = "20261124_drafts"
branch_labels = None
depends_on = None

NEW_COLUMNS = {
    "theme_run": (("n_with_vectors", sa.Integer, "0"), ("encoder", sa.String(120), ""), ("quality", sa.JSON, "{}")),
    "cluster": (
        ("people", sa.Integer, "0"),
        ("arguments", sa.Integer, "0"),
        ("agreed", sa.JSON, "[]"),
        ("divided", sa.JSON, "[]"),
    ),
}


def upgrade() -> None:
    for table, columns in NEW_COLUMNS.items():
        for name, kind, default in columns:
            op.add_column(table, sa.Column(name, kind, nullable=False, server_default=default))
    op.add_column("cluster", sa.Column("stability", sa.Double(), nullable=True))
    op.create_table(
        "idea_vector",
        sa.Column("content_hash", sa.String(64), nullable=False),
        sa.Column("encoder", sa.String(120), nullable=False),
        sa.Column("title", sa.LargeBinary(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("content_hash", "encoder", name=op.f("pk_idea_vector")),
    )
    op.create_table(
        "cluster_lineage",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("cluster_id", sa.Integer(), nullable=True),
        sa.Column("earlier_id", sa.Integer(), nullable=True),
        sa.Column("fate", sa.String(16), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("n_shared", sa.Integer(), nullable=False),
        sa.Column("is_heir", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "cluster_id IS NOT NULL OR earlier_id IS NOT NULL", name=op.f("ck_cluster_lineage_link_has_an_end")
        ),
        sa.CheckConstraint("score >= 0 AND score <= 1", name=op.f("ck_cluster_lineage_score_is_a_share")),
        sa.ForeignKeyConstraint(["run_id"], ["theme_run.id"], name=op.f("fk_cluster_lineage_run_id")),
        sa.ForeignKeyConstraint(["cluster_id"], ["cluster.id"], name=op.f("fk_cluster_lineage_cluster_id")),
        sa.ForeignKeyConstraint(["earlier_id"], ["cluster.id"], name=op.f("fk_cluster_lineage_earlier_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cluster_lineage")),
        sa.UniqueConstraint("cluster_id", "earlier_id", name=op.f("uq_cluster_lineage_cluster_id_earlier_id")),
    )
    op.create_index(op.f("ix_cluster_lineage_run_id"), "cluster_lineage", ["run_id"])
    op.create_table(
        "duplicate_group",
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("idea_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_duplicate_group_campaign_id")),
        sa.ForeignKeyConstraint(["idea_id"], ["idea.id"], name=op.f("fk_duplicate_group_idea_id")),
        sa.PrimaryKeyConstraint("campaign_id", "idea_id", name=op.f("pk_duplicate_group")),
    )
    op.create_index(op.f("ix_duplicate_group_idea_id"), "duplicate_group", ["idea_id"])
    op.create_index(op.f("ix_duplicate_group_campaign_id_number"), "duplicate_group", ["campaign_id", "number"])


def downgrade() -> None:
    for table in ("duplicate_group", "cluster_lineage", "idea_vector"):
        op.drop_table(table)
    op.drop_column("cluster", "stability")
    for table, columns in NEW_COLUMNS.items():
        for name, _kind, _default in columns:
            op.drop_column(table, name)
