"""election pauses, and mails that wait for them

Why: before an election gatherings and mailings rest (공직선거법). A pause has dates; a mail says whether it is a
mailing, which waits, and until when it is any use.
What happens to existing rows: daily mails and mails about digests in the outbox are mailings.
Runs both ways; a downgrade forgets the pauses, and mails that waited for one are sent.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261214_pauses"
down_revision = "20261213_rounds_of_counting"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "election_pause",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("begins_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("set_by_id", sa.Integer(), nullable=True),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("name <> ''", name=op.f("ck_election_pause_has_a_name")),
        sa.CheckConstraint("ends_on >= begins_on", name=op.f("ck_election_pause_ends_after_it_begins")),
        sa.CheckConstraint(
            "ended_by_id IS NULL OR ended_at IS NOT NULL", name=op.f("ck_election_pause_ended_by_somebody_at_a_time")
        ),
        sa.CheckConstraint("ended_at >= set_at", name=op.f("ck_election_pause_ended_after_it_was_set")),
        sa.ForeignKeyConstraint(["ended_by_id"], ["account.id"], name=op.f("fk_election_pause_ended_by_id")),
        sa.ForeignKeyConstraint(["set_by_id"], ["account.id"], name=op.f("fk_election_pause_set_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_election_pause")),
    )
    op.create_index(op.f("ix_election_pause_ends_on"), "election_pause", ["ends_on"])
    op.create_index(
        "uq_election_pause_set_once",
        "election_pause",
        ["name", "begins_on", "ends_on"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    with op.batch_alter_table("outbox_mail") as batch:
        batch.add_column(sa.Column("is_mailing", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch.add_column(sa.Column("useful_until", sa.DateTime(timezone=True), nullable=True))
    is_mailing = "stream = 'DAILY' OR leaving IS NOT NULL"
    op.execute(f"UPDATE outbox_mail SET is_mailing = true WHERE {is_mailing}")


def downgrade() -> None:
    with op.batch_alter_table("outbox_mail") as batch:
        batch.drop_column("useful_until")
        batch.drop_column("is_mailing")
    op.drop_table("election_pause")
