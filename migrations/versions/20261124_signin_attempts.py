"""sign-in attempts

Why: guessing passwords must become slow across all web processes, without locking out the owner of an account. The rows
record which attempts failed and from where, as hashes that need the application's key.
What happens to existing rows: there are none.
Runs both ways. Downgrading deletes the attempts, so that all waiting times end.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261124_signin_attempts"
down_revision = "20261124_meaning"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "signin_attempt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_hash", sa.String(32), nullable=False),
        sa.Column("network_hash", sa.String(32), nullable=False),
        sa.Column("device_hash", sa.String(32), nullable=True),
        sa.Column(
            "outcome",
            sa.Enum("FAILED", "SIGNED_IN", name="signin_outcome", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "length(account_hash) = 32 AND length(network_hash) = 32",
            name=op.f("ck_signin_attempt_only_hashes_are_kept"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signin_attempt")),
    )
    op.create_index(op.f("ix_signin_attempt_at"), "signin_attempt", ["at"])
    op.create_index(op.f("ix_signin_attempt_account_hash_at"), "signin_attempt", ["account_hash", "at"])
    op.create_index(op.f("ix_signin_attempt_network_hash_at"), "signin_attempt", ["network_hash", "at"])


def downgrade() -> None:
    op.drop_table("signin_attempt")
