"""follow: people choose what they hear of, and which mails come

Why: only authors and supporters heard of a theme's way, and nobody could stop a mail. `follow` holds what an account
follows: the kind and the id of a thing, without a foreign key, since the kinds are in several tables. `mail_opt_out`
holds the streams of mail that an account has left. A mail of a stream names its account, for the link that leaves it.
What happens to existing rows: mails that were written before belong to no stream; they have no such link.
Runs both ways. Downgrading forgets who followed what and which mails were stopped.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261127_follow"
down_revision = "20261127_first_idea"
branch_labels = None
depends_on = None

STREAMS = ("DAILY", "OWN")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "follow",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("object_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.CheckConstraint("kind <> '' AND object_id > 0", name=op.f("ck_follow_names_a_thing")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_follow_account_id")),
        sa.PrimaryKeyConstraint("account_id", "kind", "object_id", name=op.f("pk_follow")),
    )
    op.create_index(op.f("ix_follow_kind_object_id"), "follow", ["kind", "object_id"])
    op.create_table(
        "mail_opt_out",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("stream", _enum("mail_stream"), nullable=False),
        sa.Column("left_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_mail_opt_out_account_id")),
        sa.PrimaryKeyConstraint("account_id", "stream", name=op.f("pk_mail_opt_out")),
    )
    with op.batch_alter_table("outbox_mail") as batch:
        batch.add_column(sa.Column("stream", _enum("outbox_stream"), nullable=True))
        batch.add_column(sa.Column("account_id", sa.Integer(), nullable=True))
        batch.create_foreign_key(op.f("fk_outbox_mail_account_id"), "account", ["account_id"], ["id"])
        batch.create_check_constraint(
            op.f("ck_outbox_mail_stream_names_its_account"), "(stream IS NULL) = (account_id IS NULL)"
        )


def downgrade() -> None:
    with op.batch_alter_table("outbox_mail") as batch:
        batch.drop_constraint(op.f("ck_outbox_mail_stream_names_its_account"), type_="check")
        batch.drop_constraint(op.f("ck_outbox_mail_outbox_stream"), type_="check")
        batch.drop_constraint(op.f("fk_outbox_mail_account_id"), type_="foreignkey")
        batch.drop_column("account_id")
        batch.drop_column("stream")
    op.drop_table("mail_opt_out")
    op.drop_table("follow")


def _enum(name: str) -> sa.Enum:
    return sa.Enum(*STREAMS, name=name, native_enum=False, create_constraint=True, length=32)
