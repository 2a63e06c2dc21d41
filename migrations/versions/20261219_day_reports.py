"""day reports: what a joint session came to, as a page and files

Why: rooms want to see what they came to while they still sit together. A digest is of an analysis (`digest.run_id`,
also in its files' key), and a session may take place before the first one; so its report is a table of its own.
What happens to existing rows: nothing. Sessions that ended before have no report.
Runs both ways; a downgrade forgets the reports.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261219_day_reports"
down_revision = "20261215_joint"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "day_report",
        sa.Column("session_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("job_id", sa.Integer(), nullable=True),
        sa.Column("data_cut_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.CheckConstraint("published_at >= data_cut_at", name=op.f("ck_day_report_published_after_it_was_counted")),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_day_report_job_id")),
        sa.ForeignKeyConstraint(["session_id"], ["joint_session.id"], name=op.f("fk_day_report_session_id")),
        sa.PrimaryKeyConstraint("session_id", name=op.f("pk_day_report")),
    )
    op.create_table(
        "day_report_file",
        sa.Column("session_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("format", sa.String(length=8), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("n_pages", sa.Integer(), nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("length(sha256) = 64", name=op.f("ck_day_report_file_has_a_sha256")),
        sa.CheckConstraint("n_pages > 0", name=op.f("ck_day_report_file_has_pages")),
        sa.CheckConstraint("size_bytes > 0", name=op.f("ck_day_report_file_is_not_empty")),
        sa.ForeignKeyConstraint(["session_id"], ["day_report.session_id"], name=op.f("fk_day_report_file_session_id")),
        sa.PrimaryKeyConstraint("session_id", "format", name=op.f("pk_day_report_file")),
    )


def downgrade() -> None:
    op.drop_table("day_report_file")
    op.drop_table("day_report")
