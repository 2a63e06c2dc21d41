"""digest_kinds: what a digest is about, the days it looks at and its opinion snapshot; pages of its files

Why: besides a whole campaign's digest there are digests of one ministry's letters and briefs of one theme, each of a
period. The database keeps which: a ministry's digest has a ministry, a theme's brief a theme of its own campaign, and
the snapshot that it was made from is of its campaign too.
What happens to existing rows: they are digests of a whole campaign, of all days, without a snapshot; how many pages
their files have is unknown.
Runs both ways; a downgrade forgets all this and keeps the digests with their files.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261206_digest_kinds"
down_revision = "20261205_vote_event_index"
branch_labels = None
depends_on = None

OLD_COLUMNS = (
    "id",
    "campaign_id",
    "run_id",
    "job_id",
    "state",
    "data_cut_at",
    "counts",
    "built_by_id",
    "created_at",
    "published_at",
)
CHECKS = {
    "digest_kind": "kind IN ('CAMPAIGN', 'MINISTRY', 'THEME')",
    "digest_period": "period_kind IN ('ALL', 'WEEK', 'MONTH', 'PHASE', 'CUSTOM')",
    "digest_phase": "phase_kind IN ('PROPOSING', 'VOTING', 'REVIEW', 'REFERRAL', 'ANSWER')",
    "a_ministrys_has_a_ministry": "(kind = 'MINISTRY') = (ministry_id IS NOT NULL)",
    "a_themes_has_a_theme": "(kind = 'THEME') = (theme_id IS NOT NULL)",
    "all_has_no_first_day": "(period_kind = 'ALL') = (period_from IS NULL)",
    "a_period_has_both_ends": "(period_from IS NULL) = (period_to IS NULL)",
    "days_are_in_order": "period_from <= period_to",
    "a_phases_has_a_phase": "(period_kind = 'PHASE') = (phase_kind IS NOT NULL)",
}
KEYS = {
    "fk_digest_ministry_id": (["ministry_id"], "ministry", ["id"]),
    "fk_digest_theme_of_campaign": (["theme_id", "campaign_id"], "theme", ["id", "campaign_id"]),
    "fk_digest_snapshot_of_campaign": (["snapshot_id", "campaign_id"], "opinion_snapshot", ["id", "campaign_id"]),
}
FILES_OF_PUBLISHED = "(SELECT state FROM digest WHERE id = old.digest_id) = 'PUBLISHED'"


def upgrade() -> None:
    op.create_index("uq_opinion_snapshot_id_campaign_id", "opinion_snapshot", ["id", "campaign_id"], unique=True)
    if op.get_bind().dialect.name == "sqlite":
        copy_table([*new_columns(), *new_constraints()])
    else:
        for column in new_columns():
            op.add_column("digest", column)
        for name, rule in CHECKS.items():
            op.create_check_constraint(op.f(f"ck_digest_{name}"), "digest", rule)
        for name, (columns, table, targets) in KEYS.items():
            op.create_foreign_key(name, "digest", table, columns, targets)
    op.create_index("ix_digest_newest", "digest", ["campaign_id", "kind", "id"])
    op.execute(
        "ALTER TABLE digest_file ADD COLUMN n_pages INTEGER CONSTRAINT ck_digest_file_has_pages CHECK (n_pages > 0)"
    )


def new_columns() -> list[sa.Column[object]]:
    return [
        sa.Column("kind", sa.String(length=32), server_default="CAMPAIGN", nullable=False),
        sa.Column("ministry_id", sa.Integer(), nullable=True),
        sa.Column("theme_id", sa.Integer(), nullable=True),
        sa.Column("period_kind", sa.String(length=32), server_default="ALL", nullable=False),
        sa.Column("period_from", sa.Date(), nullable=True),
        sa.Column("period_to", sa.Date(), nullable=True),
        sa.Column("phase_kind", sa.String(length=32), nullable=True),
        sa.Column("snapshot_id", sa.Integer(), nullable=True),
    ]


def new_constraints() -> list[sa.Constraint]:
    checks = [sa.CheckConstraint(rule, name=op.f(f"ck_digest_{name}")) for name, rule in CHECKS.items()]
    keys = [
        sa.ForeignKeyConstraint(columns, [f"{table}.{target}" for target in targets], name=name)
        for name, (columns, table, targets) in KEYS.items()
    ]
    return [*checks, *keys]


def copy_table(parts: list[sa.Column[object] | sa.Constraint]) -> None:
    """Replace the table on SQLite, which can add neither a key of two columns nor remove one.

    :param parts: columns and constraints besides those of the first version
    """
    for act in ("update", "delete"):  # SQLite renames no table while a trigger names one that is missing
        op.execute(f"DROP TRIGGER digest_file_published_{act}")
    op.create_table(
        "digest_new",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("job_id", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("data_cut_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("built_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        *parts,
        sa.CheckConstraint("state IN ('BUILDING', 'PUBLISHED', 'FAILED')", name=op.f("ck_digest_digest_state")),
        sa.CheckConstraint(
            "(state = 'PUBLISHED') = (published_at IS NOT NULL)", name=op.f("ck_digest_published_has_a_time")
        ),
        sa.ForeignKeyConstraint(["built_by_id"], ["account.id"], name=op.f("fk_digest_built_by_id")),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name="fk_digest_campaign"),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_digest_job_id")),
        sa.ForeignKeyConstraint(
            ["run_id", "campaign_id"], ["theme_run.id", "theme_run.campaign_id"], name="fk_digest_run_of_campaign"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_digest")),
        sa.UniqueConstraint("id", "run_id", name=op.f("uq_digest_id_run_id")),
    )
    names = ", ".join(OLD_COLUMNS)
    op.execute(f"INSERT INTO digest_new ({names}) SELECT {names} FROM digest")
    op.execute("DROP TABLE digest")  # with its triggers; foreign keys are off during a migration
    op.execute("ALTER TABLE digest_new RENAME TO digest")
    for act in ("UPDATE", "DELETE"):
        for table, when in (("digest", "old.state = 'PUBLISHED'"), ("digest_file", FILES_OF_PUBLISHED)):
            op.execute(
                f"""CREATE TRIGGER {table}_published_{act.lower()} BEFORE {act} ON {table} WHEN {when} BEGIN
                      SELECT RAISE(ABORT, 'published'); END"""
            )


def downgrade() -> None:
    op.execute("ALTER TABLE digest_file DROP COLUMN n_pages")
    op.drop_index("ix_digest_newest", "digest")
    if op.get_bind().dialect.name == "sqlite":
        copy_table([])
    else:
        for name in KEYS:
            op.drop_constraint(name, "digest", type_="foreignkey")
        for name in CHECKS:
            op.drop_constraint(op.f(f"ck_digest_{name}"), "digest", type_="check")
        for column in reversed(new_columns()):
            op.drop_column("digest", column.name)
    op.drop_index("uq_opinion_snapshot_id_campaign_id", "opinion_snapshot")
