"""policies: versions of the privacy notice, consent, terms and help pages, and who agreed to which

Why: people were asked for personal data without a notice, and nobody agreed to anything. Each document has numbered
versions now, which are only added; `flask forum setup` stores the shipped ones. Agreements are only added too.
What happens to existing rows: every account has agreed to nothing yet, and is asked before its next act. Accounts of
the sample are invented and are not asked.
Runs both ways; a downgrade forgets versions and agreements.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261127_policies"
down_revision = "20261127_certificates"
branch_labels = None
depends_on = None

KINDS = ("PRIVACY", "TERMS", "CONSENT", "ACCESSIBILITY", "GUIDE", "CONTACT")
TABLES = ("policy_version", "policy_agreement")


def upgrade() -> None:
    kind = sa.Enum(*KINDS, name="policy_kind", native_enum=False, create_constraint=True, length=32)
    op.create_table(
        "policy_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", kind, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=60), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("shown_text", sa.Text(), server_default="", nullable=False),
        sa.Column("change_note", sa.String(length=300), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("version >= 1", name=op.f("ck_policy_version_version_counts_from_one")),
        sa.CheckConstraint("title <> '' AND text <> ''", name=op.f("ck_policy_version_says_something")),
        sa.ForeignKeyConstraint(["author_id"], ["account.id"], name=op.f("fk_policy_version_author_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_version")),
        sa.UniqueConstraint("kind", "version", name=op.f("uq_policy_version_kind_version")),
    )
    op.create_table(
        "policy_agreement",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("kind", kind, nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("agreed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("version >= 1", name=op.f("ck_policy_agreement_version_counts_from_one")),
        sa.CheckConstraint(
            "kind IN ('CONSENT', 'TERMS')", name=op.f("ck_policy_agreement_is_one_that_people_agree_to")
        ),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_policy_agreement_account_id")),
        sa.PrimaryKeyConstraint("account_id", "kind", "version", name=op.f("pk_policy_agreement")),
    )
    for table in TABLES:
        make_append_only(table)
    op.add_column("account", sa.Column("must_agree", sa.Boolean(), server_default=sa.true(), nullable=False))
    op.execute(sa.text("UPDATE account SET must_agree = :no WHERE is_sample").bindparams(no=False))


def make_append_only(table: str) -> None:
    if op.get_bind().dialect.name == "sqlite":
        for act in ("UPDATE", "DELETE"):
            op.execute(
                f"""CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table} BEGIN
                      SELECT RAISE(ABORT, '{table} is append-only'); END"""
            )
    else:
        op.execute(
            f"""CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}
                  FOR EACH ROW EXECUTE FUNCTION refuse_change()"""
        )


def downgrade() -> None:
    # Not in a batch, which would copy the table and drop its triggers on SQLite.
    op.drop_column("account", "must_agree")
    for table in reversed(TABLES):
        op.drop_table(table)
