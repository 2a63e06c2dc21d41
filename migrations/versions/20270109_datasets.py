"""datasets: a registry of private data of public interest

Why: companies, groups and public bodies hold data that would settle ideas; a registry says what there is.
What happens to existing rows: nothing.
Runs both ways; a downgrade forgets the registry.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20270109_datasets"
down_revision = "20270108_council_papers"
branch_labels = None
depends_on = None

IS_PUBLISHED = "EXISTS (SELECT 1 FROM dataset_version v WHERE v.id = {row}.version_id AND v.published_at IS NOT NULL)"
REFUSALS: dict[str, tuple[str, str, str, str]] = {
    "dataset_version_stays_update": (
        "dataset_version",
        "UPDATE",
        "OLD.published_at IS NOT NULL",
        "published versions never change",
    ),
    "dataset_version_stays_delete": (
        "dataset_version",
        "DELETE",
        "OLD.published_at IS NOT NULL",
        "published versions never change",
    ),
    "dataset_column_stays_insert": (
        "dataset_column",
        "INSERT",
        IS_PUBLISHED.format(row="NEW"),
        "the dictionary of a published version never changes",
    ),
    "dataset_column_stays_update": (
        "dataset_column",
        "UPDATE",
        IS_PUBLISHED.format(row="OLD"),
        "the dictionary of a published version never changes",
    ),
    "dataset_column_stays_delete": (
        "dataset_column",
        "DELETE",
        IS_PUBLISHED.format(row="OLD"),
        "the dictionary of a published version never changes",
    ),
    "dataset_quality_note_append_only_update": (
        "dataset_quality_note",
        "UPDATE",
        "",
        "quality notes are append-only",
    ),
    "dataset_quality_note_append_only_delete": (
        "dataset_quality_note",
        "DELETE",
        "",
        "quality notes are append-only",
    ),
}
"""Triggers: on which table, at which act, on what condition, and why."""


def upgrade() -> None:
    op.create_table(
        "data_holder",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "COMPANY",
                "ASSOCIATION",
                "PUBLIC_BODY",
                name="data_holder_kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("homepage", sa.String(length=500), nullable=False),
        sa.Column("contact_office", sa.String(length=80), nullable=False),
        sa.Column("contact_email", sa.String(length=254), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "contact_office <> '' AND contact_email <> ''", name=op.f("ck_data_holder_says_who_answers")
        ),
        sa.CheckConstraint("name <> ''", name=op.f("ck_data_holder_has_a_name")),
        sa.CheckConstraint("revision >= 1", name=op.f("ck_data_holder_revision_counts_from_one")),
        sa.ForeignKeyConstraint(["created_by_id"], ["account.id"], name=op.f("fk_data_holder_created_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_holder")),
        sa.UniqueConstraint("name", name=op.f("uq_data_holder_name")),
    )
    op.create_table(
        "data_steward",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("holder_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("added_by_id", sa.Integer(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "ended_at IS NULL OR ended_at >= added_at", name=op.f("ck_data_steward_ends_after_it_began")
        ),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_data_steward_account_id")),
        sa.ForeignKeyConstraint(["added_by_id"], ["account.id"], name=op.f("fk_data_steward_added_by_id")),
        sa.ForeignKeyConstraint(["holder_id"], ["data_holder.id"], name=op.f("fk_data_steward_holder_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_steward")),
    )
    op.create_index(op.f("ix_data_steward_account_id"), "data_steward", ["account_id"], unique=False)
    op.create_index(
        "uq_data_steward_holder_id_account_id",
        "data_steward",
        ["holder_id", "account_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "dataset",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("holder_id", sa.Integer(), nullable=False),
        sa.Column("identifier", sa.String(length=500), nullable=True),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("keywords", sa.JSON(), nullable=False),
        sa.Column(
            "sector",
            sa.Enum(
                "TRANSITION",
                "INDUSTRY",
                "BUILDING",
                "TRANSPORT",
                "AGRICULTURE",
                "WASTE",
                "SINK",
                "ADAPTATION",
                "EDUCATION",
                name="dataset_sector",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("row_means", sa.String(length=120), nullable=False),
        sa.Column("region_code", sa.String(length=2), nullable=True),
        sa.Column("period_from", sa.Date(), nullable=True),
        sa.Column("period_until", sa.Date(), nullable=True),
        sa.Column(
            "refresh",
            sa.Enum(
                "NEVER",
                "DAILY",
                "WEEKLY",
                "MONTHLY",
                "QUARTERLY",
                "ANNUAL",
                "IRREGULAR",
                name="dataset_refresh",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "sensitivity",
            sa.Enum(
                "OPEN",
                "RESTRICTED",
                "AGGREGATE",
                name="dataset_sensitivity",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "licence",
            sa.Enum(
                "CC0",
                "CC_BY_4",
                "CC_BY_SA_4",
                "KOGL_1",
                "TERMS",
                name="dataset_licence",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("terms", sa.Text(), nullable=False),
        sa.Column("price_won", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "PROPOSED",
                "TALKING",
                "OFFERED",
                "ENDED",
                name="dataset_state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("proposed_by_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("offered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_reason", sa.String(length=300), nullable=False),
        sa.Column("quality_points", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(state = 'ENDED') = (ended_at IS NOT NULL) AND (state = 'ENDED') = (end_reason <> '')",
            name=op.f("ck_dataset_ended_with_a_reason"),
        ),
        sa.CheckConstraint("licence <> 'TERMS' OR terms <> ''", name=op.f("ck_dataset_has_terms")),
        sa.CheckConstraint("state <> 'OFFERED' OR offered_at IS NOT NULL", name=op.f("ck_dataset_offered_at_a_time")),
        sa.CheckConstraint(
            "title <> '' AND summary <> '' AND row_means <> ''", name=op.f("ck_dataset_says_what_it_is")
        ),
        sa.CheckConstraint(
            "period_until IS NULL OR (period_from IS NOT NULL AND period_until >= period_from)",
            name=op.f("ck_dataset_period_in_order"),
        ),
        sa.CheckConstraint("price_won >= 0", name=op.f("ck_dataset_costs_nothing_or_more")),
        sa.CheckConstraint("quality_points BETWEEN 0 AND 405", name=op.f("ck_dataset_points_in_range")),
        sa.CheckConstraint("revision >= 1", name=op.f("ck_dataset_revision_counts_from_one")),
        sa.ForeignKeyConstraint(["holder_id"], ["data_holder.id"], name=op.f("fk_dataset_holder_id")),
        sa.ForeignKeyConstraint(["proposed_by_id"], ["account.id"], name=op.f("fk_dataset_proposed_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dataset")),
        sa.UniqueConstraint("holder_id", "identifier", name=op.f("uq_dataset_holder_id_identifier")),
    )
    op.create_index(op.f("ix_dataset_holder_id"), "dataset", ["holder_id"], unique=False)
    op.create_index("ix_dataset_state_id", "dataset", ["state", "id"], unique=False)
    op.create_table(
        "dataset_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("dataset_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("changes", sa.Text(), nullable=False),
        sa.Column("sample_rows", sa.JSON(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "number = 1 OR published_at IS NULL OR changes <> ''", name=op.f("ck_dataset_version_says_what_changed")
        ),
        sa.CheckConstraint("number >= 1", name=op.f("ck_dataset_version_numbers_count_from_one")),
        sa.CheckConstraint("revision >= 1", name=op.f("ck_dataset_version_revision_counts_from_one")),
        sa.ForeignKeyConstraint(["created_by_id"], ["account.id"], name=op.f("fk_dataset_version_created_by_id")),
        sa.ForeignKeyConstraint(["dataset_id"], ["dataset.id"], name=op.f("fk_dataset_version_dataset_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dataset_version")),
        sa.UniqueConstraint("dataset_id", "number", name=op.f("uq_dataset_version_dataset_id_number")),
    )
    op.create_index(
        "uq_dataset_version_draft",
        "dataset_version",
        ["dataset_id"],
        unique=True,
        sqlite_where=sa.text("published_at IS NULL"),
        postgresql_where=sa.text("published_at IS NULL"),
    )
    op.create_table(
        "dataset_column",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("meaning", sa.String(length=300), nullable=False),
        sa.Column(
            "type",
            sa.Enum(
                "TEXT",
                "INTEGER",
                "NUMBER",
                "DATE",
                "DATETIME",
                "BOOLEAN",
                "CODE",
                name="dataset_column_type",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("unit", sa.String(length=30), nullable=False),
        sa.Column("is_identifying", sa.Boolean(), nullable=False),
        sa.Column("is_sensitive", sa.Boolean(), nullable=False),
        sa.CheckConstraint("name <> '' AND meaning <> ''", name=op.f("ck_dataset_column_says_what_it_is")),
        sa.CheckConstraint("position >= 0", name=op.f("ck_dataset_column_positions_count_from_zero")),
        sa.ForeignKeyConstraint(["version_id"], ["dataset_version.id"], name=op.f("fk_dataset_column_version_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dataset_column")),
        sa.UniqueConstraint("version_id", "name", name=op.f("uq_dataset_column_version_id_name")),
        sa.UniqueConstraint("version_id", "position", name=op.f("uq_dataset_column_version_id_position")),
    )
    op.create_table(
        "dataset_distribution",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("access_url", sa.String(length=500), nullable=False),
        sa.Column("download_url", sa.String(length=500), nullable=False),
        sa.Column(
            "format",
            sa.Enum(
                "CSV",
                "JSON",
                "XLSX",
                "PARQUET",
                "GEOJSON",
                name="dataset_distribution_format",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("size_bytes", sa.BigInteger(), nullable=True),
        sa.Column("access_answers_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("download_answers_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "download_url <> '' OR download_answers_at IS NULL",
            name=op.f("ck_dataset_distribution_answers_where_it_is"),
        ),
        sa.CheckConstraint("title <> '' AND access_url <> ''", name=op.f("ck_dataset_distribution_is_somewhere")),
        sa.CheckConstraint(
            "size_bytes IS NULL OR size_bytes >= 0", name=op.f("ck_dataset_distribution_size_is_no_debt")
        ),
        sa.ForeignKeyConstraint(
            ["version_id"], ["dataset_version.id"], name=op.f("fk_dataset_distribution_version_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dataset_distribution")),
    )
    op.create_index(op.f("ix_dataset_distribution_asked_at"), "dataset_distribution", ["asked_at"], unique=False)
    op.create_index(op.f("ix_dataset_distribution_version_id"), "dataset_distribution", ["version_id"], unique=False)
    op.create_table(
        "dataset_quality_note",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("dataset_id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("by_holder", sa.Boolean(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("text <> ''", name=op.f("ck_dataset_quality_note_says_something")),
        sa.ForeignKeyConstraint(["author_id"], ["account.id"], name=op.f("fk_dataset_quality_note_author_id")),
        sa.ForeignKeyConstraint(["dataset_id"], ["dataset.id"], name=op.f("fk_dataset_quality_note_dataset_id")),
        sa.ForeignKeyConstraint(
            ["version_id"], ["dataset_version.id"], name=op.f("fk_dataset_quality_note_version_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dataset_quality_note")),
    )
    op.create_index(op.f("ix_dataset_quality_note_dataset_id"), "dataset_quality_note", ["dataset_id"], unique=False)
    for name, rule in REFUSALS.items():
        _refuse(name, *rule)


def downgrade() -> None:
    op.drop_table("dataset_quality_note")
    op.drop_table("dataset_distribution")
    op.drop_table("dataset_column")
    op.drop_table("dataset_version")
    op.drop_table("dataset")
    op.drop_table("data_steward")
    op.drop_table("data_holder")
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
