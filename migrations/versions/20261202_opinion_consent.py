"""opinion consent: a person's own consent to be told where they stand among the opinion groups

Why: opinions are sensitive data, so they are asked apart from all else. The row says that it was given and taken back,
never what was told.
What happens to existing rows: nothing; nobody has consented.
Runs both ways; a downgrade forgets the consents, so that everybody would be asked again.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261202_opinion_consent"
down_revision = "20261201_opinion_snapshots"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
IN_FORCE = sa.text("withdrawn_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "opinion_consent",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("given_at", MOMENT, nullable=False),
        sa.Column("withdrawn_at", MOMENT, nullable=True),
        sa.CheckConstraint(
            "withdrawn_at IS NULL OR withdrawn_at >= given_at", name=op.f("ck_opinion_consent_withdrawn_after_given")
        ),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_opinion_consent_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opinion_consent")),
    )
    op.create_index(op.f("ix_opinion_consent_account_id"), "opinion_consent", ["account_id"])
    op.create_index(
        op.f("uq_opinion_consent_in_force"),
        "opinion_consent",
        ["account_id"],
        unique=True,
        sqlite_where=IN_FORCE,
        postgresql_where=IN_FORCE,
    )


def downgrade() -> None:
    op.drop_table("opinion_consent")
