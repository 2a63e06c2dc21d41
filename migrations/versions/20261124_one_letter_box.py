"""one mailbox, one account

Why: with +tags, and dots at Gmail, one person could have any number of accounts, each with a vote.
What happens to existing rows: each account gets the key of its mailbox. Of several accounts of one mailbox only the
oldest gets it, since people have to decide which of them to close.
Runs both ways.
"""

from __future__ import annotations

import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "20261124_one_letter_box"
down_revision = "20261124_reset_links"
branch_labels = None
depends_on = None

ACCOUNT = sa.table("account", sa.column("id"), sa.column("email"), sa.column("mailbox_key"))


def upgrade() -> None:
    op.add_column("account", sa.Column("mailbox_key", sa.String(254), nullable=True))
    bind, seen = op.get_bind(), set()
    for account_id, email in bind.execute(sa.select(ACCOUNT.c.id, ACCOUNT.c.email).order_by(ACCOUNT.c.id)).all():
        key = mailbox_key(email)
        if key not in seen:
            seen.add(key)
            bind.execute(sa.update(ACCOUNT).where(ACCOUNT.c.id == account_id).values(mailbox_key=key))
    op.create_index(op.f("uq_account_mailbox_key"), "account", ["mailbox_key"], unique=True)


def downgrade() -> None:
    op.drop_index(op.f("uq_account_mailbox_key"), "account")
    op.drop_column("account", "mailbox_key")


def mailbox_key(email: str) -> str:
    """Copy of `mailbox_key` of accounts as of this migration."""
    local, _, domain = unicodedata.normalize("NFKC", email).strip().casefold().rpartition("@")
    local = local.partition("+")[0]
    if domain in ("gmail.com", "googlemail.com"):
        local, domain = local.replace(".", ""), "gmail.com"
    return f"{local}@{domain}"
