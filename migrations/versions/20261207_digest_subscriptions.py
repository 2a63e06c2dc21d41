"""mail about new digests without an account, and what a digest's page shows

Why: policymakers want to hear of a new digest without signing up, and to read it on the site. An address is kept from
the day its owner confirms it until they leave. A mail in the outbox can name what its reader may leave. A digest keeps
its page and pictures beside its files.
What happens to existing rows: nothing; older digests have no parts, and their page shows the counts as before.
Runs both ways; a downgrade forgets the addresses and the parts.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261207_digest_subscriptions"
down_revision = "20261206_digest_kinds"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "digest_subscription",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column("address_key", sa.String(length=254), nullable=False),
        sa.Column("nonce", sa.String(length=16), nullable=False),
        sa.Column("rhythm", sa.String(length=32), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_mail_on", sa.Date(), nullable=True),
        sa.Column("last_digest_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("rhythm IN ('WEEKLY', 'MONTHLY')", name=op.f("ck_digest_subscription_digest_rhythm")),
        sa.CheckConstraint(
            "(confirmed_at IS NULL) = (next_mail_on IS NULL)",
            name=op.f("ck_digest_subscription_only_confirmed_gets_mail"),
        ),
        sa.CheckConstraint(
            "confirmed_at IS NULL OR confirmed_at >= asked_at",
            name=op.f("ck_digest_subscription_confirmed_after_asked"),
        ),
        sa.CheckConstraint("length(nonce) = 16", name=op.f("ck_digest_subscription_has_a_nonce")),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_digest_subscription_campaign_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_digest_subscription")),
        sa.UniqueConstraint("campaign_id", "address_key", name=op.f("uq_digest_subscription_campaign_id_address_key")),
    )
    op.create_index(op.f("ix_digest_subscription_next_mail_on"), "digest_subscription", ["next_mail_on"])
    op.create_index(op.f("ix_digest_subscription_address_key"), "digest_subscription", ["address_key"])
    op.create_table(
        "digest_part",
        sa.Column("digest_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("media_type", sa.String(length=80), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("length(sha256) = 64", name=op.f("ck_digest_part_has_a_sha256")),
        sa.CheckConstraint("length(content) > 0", name=op.f("ck_digest_part_is_not_empty")),
        sa.ForeignKeyConstraint(["digest_id"], ["digest.id"], name=op.f("fk_digest_part_digest_id")),
        sa.PrimaryKeyConstraint("digest_id", "name", name=op.f("pk_digest_part")),
    )
    with op.batch_alter_table("outbox_mail") as batch:
        batch.add_column(sa.Column("leaving", sa.String(length=64), nullable=True))
        batch.create_check_constraint(op.f("ck_outbox_mail_leaves_one_thing"), "leaving IS NULL OR stream IS NULL")


def downgrade() -> None:
    with op.batch_alter_table("outbox_mail") as batch:
        batch.drop_constraint(op.f("ck_outbox_mail_leaves_one_thing"), type_="check")
        batch.drop_column("leaving")
    op.drop_table("digest_part")
    op.drop_table("digest_subscription")
