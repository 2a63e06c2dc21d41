"""data files: files of datasets that the forum keeps, their uploads, links and aggregates

Why: holders give their data to the forum, which checks it before anybody gets it, and knows who did.
What happens to existing rows: nothing.
Runs both ways; a downgrade forgets the files, whose bytes the store then deletes after two days.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20270111_data_files"
down_revision = "20270110_data_needs"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "data_upload",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("folder", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("touched_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("name <> ''", name=op.f("ck_data_upload_has_a_name")),
        sa.CheckConstraint("size_bytes > 0", name=op.f("ck_data_upload_is_not_empty")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_data_upload_account_id")),
        sa.ForeignKeyConstraint(["version_id"], ["dataset_version.id"], name=op.f("fk_data_upload_version_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_upload")),
        sa.UniqueConstraint("folder", name=op.f("uq_data_upload_folder")),
    )
    op.create_index(op.f("ix_data_upload_account_id"), "data_upload", ["account_id"], unique=False)
    op.create_index(op.f("ix_data_upload_touched_at"), "data_upload", ["touched_at"], unique=False)
    op.create_index(op.f("ix_data_upload_version_id"), "data_upload", ["version_id"], unique=False)

    op.create_table(
        "data_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("upload_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column(
            "format",
            sa.Enum(
                "CSV",
                "JSON",
                "XLSX",
                "PARQUET",
                "GEOJSON",
                name="data_file_format",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("crc32", sa.BigInteger(), nullable=True),
        sa.Column("blob_sha256", sa.String(length=64), nullable=True),
        sa.Column("encoding", sa.String(length=12), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "CHECKING",
                "READY",
                "REFUSED",
                "WITHDRAWN",
                name="data_file_state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("report", sa.JSON(), nullable=False),
        sa.Column("n_rows", sa.BigInteger(), nullable=True),
        sa.Column("k", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("uploaded_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by_id", sa.Integer(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.CheckConstraint("(state = 'CHECKING') = (checked_at IS NULL)", name=op.f("ck_data_file_checked_at_a_time")),
        sa.CheckConstraint(
            "(state = 'READY') = (blob_sha256 IS NOT NULL)", name=op.f("ck_data_file_ready_has_its_bytes")
        ),
        sa.CheckConstraint(
            "(state = 'WITHDRAWN') = (withdrawn_at IS NOT NULL) AND (state = 'WITHDRAWN') = (reason <> '')",
            name=op.f("ck_data_file_withdrawn_with_a_reason"),
        ),
        sa.CheckConstraint("name <> ''", name=op.f("ck_data_file_has_a_name")),
        sa.CheckConstraint(
            "state <> 'CHECKING' OR upload_id IS NOT NULL", name=op.f("ck_data_file_checking_has_its_parts")
        ),
        sa.CheckConstraint(
            "state NOT IN ('READY', 'WITHDRAWN') OR "
            "(sha256 IS NOT NULL AND crc32 IS NOT NULL AND n_rows IS NOT NULL AND encoding <> '')",
            name=op.f("ck_data_file_given_out_is_checked"),
        ),
        sa.CheckConstraint(
            "blob_sha256 IS NULL OR blob_sha256 = sha256", name=op.f("ck_data_file_bytes_are_those_checked")
        ),
        sa.CheckConstraint("k IS NULL OR k >= 1", name=op.f("ck_data_file_k_counts_from_one")),
        sa.CheckConstraint("n_rows IS NULL OR n_rows > 0", name=op.f("ck_data_file_has_rows")),
        sa.CheckConstraint("revision >= 1", name=op.f("ck_data_file_revision_counts_from_one")),
        sa.CheckConstraint("size_bytes > 0", name=op.f("ck_data_file_is_not_empty")),
        sa.ForeignKeyConstraint(["blob_sha256"], ["blob.sha256"], name=op.f("fk_data_file_blob_sha256")),
        sa.ForeignKeyConstraint(["upload_id"], ["data_upload.id"], name=op.f("fk_data_file_upload_id")),
        sa.ForeignKeyConstraint(["uploaded_by_id"], ["account.id"], name=op.f("fk_data_file_uploaded_by_id")),
        sa.ForeignKeyConstraint(["version_id"], ["dataset_version.id"], name=op.f("fk_data_file_version_id")),
        sa.ForeignKeyConstraint(["withdrawn_by_id"], ["account.id"], name=op.f("fk_data_file_withdrawn_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_file")),
        sa.UniqueConstraint("upload_id", name=op.f("uq_data_file_upload_id")),
    )
    op.create_index(op.f("ix_data_file_blob_sha256"), "data_file", ["blob_sha256"], unique=False)
    op.create_index(op.f("ix_data_file_version_id"), "data_file", ["version_id"], unique=False)
    op.create_index(
        "uq_data_file_in_use",
        "data_file",
        ["version_id"],
        unique=True,
        sqlite_where=sa.text("state IN ('CHECKING', 'READY')"),
        postgresql_where=sa.text("state IN ('CHECKING', 'READY')"),
    )

    op.create_table(
        "data_upload_part",
        sa.Column("upload_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.CheckConstraint("length(sha256) = 64", name=op.f("ck_data_upload_part_has_a_sha256")),
        sa.CheckConstraint("number >= 1", name=op.f("ck_data_upload_part_numbers_count_from_one")),
        sa.CheckConstraint("size > 0 AND size <= 8388608", name=op.f("ck_data_upload_part_is_one_part")),
        sa.ForeignKeyConstraint(["upload_id"], ["data_upload.id"], name=op.f("fk_data_upload_part_upload_id")),
        sa.PrimaryKeyConstraint("upload_id", "number", name=op.f("pk_data_upload_part")),
    )
    op.create_table(
        "data_aggregate",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("by_column", sa.String(length=80), nullable=False),
        sa.Column("sum_column", sa.String(length=80), nullable=False),
        sa.Column("cells", sa.JSON(), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "by_column <> '' AND by_column <> sum_column", name=op.f("ck_data_aggregate_is_by_another_column")
        ),
        sa.ForeignKeyConstraint(["file_id"], ["data_file.id"], name=op.f("fk_data_aggregate_file_id")),
        sa.ForeignKeyConstraint(["made_by_id"], ["account.id"], name=op.f("fk_data_aggregate_made_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_aggregate")),
        sa.UniqueConstraint(
            "file_id", "by_column", "sum_column", name=op.f("uq_data_aggregate_file_id_by_column_sum_column")
        ),
    )
    op.create_table(
        "data_download",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_data_download_account_id")),
        sa.ForeignKeyConstraint(["file_id"], ["data_file.id"], name=op.f("fk_data_download_file_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_download")),
    )
    op.create_index(op.f("ix_data_download_account_id"), "data_download", ["account_id"], unique=False)
    op.create_index(op.f("ix_data_download_file_id"), "data_download", ["file_id"], unique=False)
    op.create_index(op.f("ix_data_download_given_at"), "data_download", ["given_at"], unique=False)


def downgrade() -> None:
    op.drop_table("data_aggregate")
    op.drop_table("data_download")
    op.drop_table("data_file")
    op.drop_table("data_upload_part")
    op.drop_table("data_upload")
