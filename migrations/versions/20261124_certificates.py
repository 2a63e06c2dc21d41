"""certificates: 정책이 된 제안, with the author's name only while they consent

Why: the author of an idea that became policy gets a page that says so. Consent to be named is a row of its own, so that
giving and revoking it both stay on record, and the certificate itself contains no name.
What happens to existing rows: the worker issues certificates for answers that were accepted before.
Runs both ways.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261124_certificates"
down_revision = "20261124_one_mail_a_day"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "certificate",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("referral_id", sa.Integer(), nullable=False),
        sa.Column("idea_id", sa.Integer(), nullable=False),
        sa.Column("participant_id", sa.Integer(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["idea_id"], ["idea.id"], name=op.f("fk_certificate_idea_id")),
        sa.ForeignKeyConstraint(["participant_id"], ["participant.id"], name=op.f("fk_certificate_participant_id")),
        sa.ForeignKeyConstraint(["referral_id"], ["referral.id"], name=op.f("fk_certificate_referral_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificate")),
        sa.UniqueConstraint("referral_id", "idea_id", name=op.f("uq_certificate_referral_id_idea_id")),
    )
    op.create_index(op.f("ix_certificate_idea_id"), "certificate", ["idea_id"])
    op.create_index(op.f("ix_certificate_participant_id"), "certificate", ["participant_id"])
    op.create_table(
        "name_consent",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("certificate_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "revoked_at IS NULL OR revoked_at >= given_at", name=op.f("ck_name_consent_revoked_after_given")
        ),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_name_consent_account_id")),
        sa.ForeignKeyConstraint(["certificate_id"], ["certificate.id"], name=op.f("fk_name_consent_certificate_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_name_consent")),
    )
    op.create_index(op.f("ix_name_consent_account_id"), "name_consent", ["account_id"])
    op.create_index(
        "uq_name_consent_in_force",
        "name_consent",
        ["certificate_id"],
        unique=True,
        sqlite_where=sa.text("revoked_at IS NULL"),
        postgresql_where=sa.text("revoked_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_table("name_consent")
    op.drop_table("certificate")
