"""the council: terms, seats, groups and teams

Why: the council of the plan has civil and government members, sub-committees, people's-forum teams and delegates.
Seats and memberships are rows: who has one keeps the account's own role.
What happens to existing rows: grants of the council role that are in force become seats of a first term, which lasts
two years from the day of the upgrade. Their office is a general word, for an admin to correct.
Runs both ways; a downgrade forgets them.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from alembic import op

revision = "20270101_council"
down_revision = "20261231_letter_evidence"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "council_term",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column(
            "quorum",
            sa.Enum(
                "MAJORITY",
                "HALF",
                "TWO_THIRDS",
                name="quorum_rule",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("needs_both_kinds", sa.Boolean(), nullable=False),
        sa.Column("counts_online", sa.Boolean(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("ends_on > starts_on", name=op.f("ck_council_term_ends_after_it_starts")),
        sa.CheckConstraint("number >= 1 AND revision >= 1", name=op.f("ck_council_term_counts_from_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_council_term")),
        sa.UniqueConstraint("number", name=op.f("uq_council_term_number")),
    )
    op.create_table(
        "council_group",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("term_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "SUBCOMMITTEE",
                "TEAM",
                "DELEGATES",
                name="council_group_kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("about", sa.String(length=200), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.CheckConstraint("name <> ''", name=op.f("ck_council_group_has_a_name")),
        sa.CheckConstraint("revision >= 1", name=op.f("ck_council_group_revision_counts_from_one")),
        sa.ForeignKeyConstraint(["term_id"], ["council_term.id"], name=op.f("fk_council_group_term_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_council_group")),
        sa.UniqueConstraint("id", "term_id", name=op.f("uq_council_group_id_term_id")),
        sa.UniqueConstraint("term_id", "name", name=op.f("uq_council_group_term_id_name")),
    )
    op.create_index(op.f("ix_council_group_term_id"), "council_group", ["term_id"], unique=False)
    op.create_index(
        "uq_council_group_delegates",
        "council_group",
        ["term_id"],
        unique=True,
        sqlite_where=sa.text("kind = 'DELEGATES'"),
        postgresql_where=sa.text("kind = 'DELEGATES'"),
    )
    op.create_table(
        "council_seat",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("term_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("CIVIL", "GOVERNMENT", name="seat_kind", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("office", sa.String(length=80), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("substitute_name", sa.String(length=40), nullable=False),
        sa.Column("substitute_id", sa.Integer(), nullable=True),
        sa.Column("is_chair", sa.Boolean(), nullable=False),
        sa.Column("began_on", sa.Date(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_reason", sa.String(length=200), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.CheckConstraint("(ended_at IS NULL) = (end_reason = '')", name=op.f("ck_council_seat_ended_with_a_reason")),
        sa.CheckConstraint("name <> '' AND office <> ''", name=op.f("ck_council_seat_says_who")),
        sa.CheckConstraint(
            "substitute_id IS NULL OR substitute_name <> ''", name=op.f("ck_council_seat_substitute_has_a_name")
        ),
        sa.CheckConstraint(
            "account_id IS NULL OR account_id <> substitute_id", name=op.f("ck_council_seat_never_ones_own_substitute")
        ),
        sa.CheckConstraint("revision >= 1", name=op.f("ck_council_seat_revision_counts_from_one")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_council_seat_account_id")),
        sa.ForeignKeyConstraint(["substitute_id"], ["account.id"], name=op.f("fk_council_seat_substitute_id")),
        sa.ForeignKeyConstraint(["term_id"], ["council_term.id"], name=op.f("fk_council_seat_term_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_council_seat")),
        sa.UniqueConstraint("id", "term_id", name=op.f("uq_council_seat_id_term_id")),
    )
    op.create_index(op.f("ix_council_seat_account_id"), "council_seat", ["account_id"], unique=False)
    op.create_index(op.f("ix_council_seat_substitute_id"), "council_seat", ["substitute_id"], unique=False)
    op.create_index(op.f("ix_council_seat_term_id"), "council_seat", ["term_id"], unique=False)
    op.create_index(
        "uq_council_seat_account",
        "council_seat",
        ["term_id", "account_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index(
        "uq_council_seat_chair",
        "council_seat",
        ["term_id", "kind"],
        unique=True,
        sqlite_where=sa.text("is_chair AND ended_at IS NULL"),
        postgresql_where=sa.text("is_chair AND ended_at IS NULL"),
    )
    op.create_index(
        "uq_council_seat_substitute",
        "council_seat",
        ["term_id", "substitute_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "council_group_seat",
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column("seat_id", sa.Integer(), nullable=False),
        sa.Column("term_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["group_id", "term_id"], ["council_group.id", "council_group.term_id"], name="fk_group_seat_group"
        ),
        sa.ForeignKeyConstraint(
            ["seat_id", "term_id"], ["council_seat.id", "council_seat.term_id"], name="fk_group_seat_seat"
        ),
        sa.PrimaryKeyConstraint("group_id", "seat_id", name=op.f("pk_council_group_seat")),
    )
    op.create_index(op.f("ix_council_group_seat_seat_id"), "council_group_seat", ["seat_id"], unique=False)
    op.create_table(
        "council_team_member",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "left_at IS NULL OR left_at >= joined_at", name=op.f("ck_council_team_member_leaves_after_joining")
        ),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_council_team_member_account_id")),
        sa.ForeignKeyConstraint(["group_id"], ["council_group.id"], name=op.f("fk_council_team_member_group_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_council_team_member")),
    )
    op.create_index(op.f("ix_council_team_member_account_id"), "council_team_member", ["account_id"], unique=False)
    op.create_index(op.f("ix_council_team_member_group_id"), "council_team_member", ["group_id"], unique=False)
    op.create_index(
        "uq_council_team_member",
        "council_team_member",
        ["group_id", "account_id"],
        unique=True,
        sqlite_where=sa.text("left_at IS NULL"),
        postgresql_where=sa.text("left_at IS NULL"),
    )

    _seat_members()


def _seat_members() -> None:
    """Make seats of the grants of the council role that are in force: of a first term, two years from today."""
    bind = op.get_bind()
    granted = "role = 'COUNCIL_MEMBER' AND revoked_at IS NULL"
    if not bind.scalar(sa.text(f"SELECT count(*) FROM role_grant WHERE {granted}")):
        return
    now = datetime.now(UTC)
    term = sa.table(
        "council_term",
        *(sa.column(name) for name in ("number", "quorum", "revision")),
        *(sa.column(name, sa.Date) for name in ("starts_on", "ends_on")),
        *(sa.column(name, sa.Boolean) for name in ("needs_both_kinds", "counts_online")),
        sa.column("created_at", sa.DateTime(timezone=True)),
    )
    values = {"number": 1, "quorum": "MAJORITY", "needs_both_kinds": True, "counts_online": True, "revision": 1}
    until = now.date() + timedelta(days=2 * 365)
    bind.execute(sa.insert(term).values(**values, starts_on=now.date(), ends_on=until, created_at=now))
    bind.execute(
        sa.text(
            "INSERT INTO council_seat (term_id, kind, name, office, account_id, substitute_name, is_chair, began_on, "
            "end_reason, revision) "
            "SELECT council_term.id, role_grant.council_seat, account.display_name, "
            "CASE role_grant.council_seat WHEN 'CIVIL' THEN '민간위원' ELSE '정부위원' END, account.id, '', false, "
            "council_term.starts_on, '', 1 FROM role_grant JOIN account ON account.id = role_grant.account_id "
            f"CROSS JOIN council_term WHERE {granted}"
        )
    )


def downgrade() -> None:
    op.drop_table("council_team_member")
    op.drop_table("council_group_seat")
    op.drop_table("council_seat")
    op.drop_table("council_group")
    op.drop_table("council_term")
