"""joint sessions: gatherings that share one agenda of timed steps, and actions that arrive late

Why: many rooms and single people online walk through the same steps at the same time. A move names its number, so that
of two people who press at once one is refused; moves are append-only. A phone without network sends what was done
there later: `room_action` holds each action once, under a key that the phone made.
What happens to existing rows: nothing.
Runs both ways; a downgrade forgets the sessions. Ideas and votes that came by them stay.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261215_joint"
down_revision = "20261216_letters_name_rooms"
branch_labels = None
depends_on = None

TABLES = ("room_action", "joint_move", "joint_grant", "joint_room", "joint_step", "joint_session")


def upgrade() -> None:
    create_session()
    create_rooms()
    create_actions()
    keep_moves()


def create_session() -> None:
    op.create_table(
        "joint_session",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("host_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=100), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "PLANNED",
                "RUNNING",
                "FINISHED",
                "CANCELLED",
                name="joint_state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("nonce", sa.String(length=16), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'CANCELLED') = (cancelled_at IS NOT NULL)", name=op.f("ck_joint_session_cancelled_has_a_time")
        ),
        sa.CheckConstraint(
            "(state = 'FINISHED') = (finished_at IS NOT NULL)", name=op.f("ck_joint_session_finished_has_a_time")
        ),
        sa.CheckConstraint(
            "(state IN ('RUNNING', 'FINISHED')) <= (started_at IS NOT NULL)",
            name=op.f("ck_joint_session_running_was_started"),
        ),
        sa.CheckConstraint("title <> ''", name=op.f("ck_joint_session_has_a_title")),
        sa.CheckConstraint("revision >= 1", name=op.f("ck_joint_session_revision_counts_from_one")),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_joint_session_campaign_id")),
        sa.ForeignKeyConstraint(["host_id"], ["account.id"], name=op.f("fk_joint_session_host_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_joint_session")),
        sa.UniqueConstraint("id", "campaign_id", name=op.f("uq_joint_session_id_campaign_id")),
    )
    op.create_index(op.f("ix_joint_session_campaign_id"), "joint_session", ["campaign_id"])
    op.create_index(op.f("ix_joint_session_host_id"), "joint_session", ["host_id"])
    op.create_table(
        "joint_step",
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "OPENING",
                "TALK",
                "WRITE",
                "LOOK",
                "VOTE",
                "CLOSING",
                name="step_kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("title", sa.String(length=60), nullable=False),
        sa.Column("minutes", sa.SmallInteger(), nullable=False),
        sa.CheckConstraint("title <> ''", name=op.f("ck_joint_step_has_a_title")),
        sa.CheckConstraint("minutes BETWEEN 1 AND 180", name=op.f("ck_joint_step_lasts_some_minutes")),
        sa.CheckConstraint("position >= 1", name=op.f("ck_joint_step_position_counts_from_one")),
        sa.ForeignKeyConstraint(["session_id"], ["joint_session.id"], name=op.f("fk_joint_step_session_id")),
        sa.PrimaryKeyConstraint("session_id", "position", name=op.f("pk_joint_step")),
    )


def create_rooms() -> None:
    op.create_table(
        "joint_room",
        sa.Column("gathering_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("is_online", sa.Boolean(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["gathering_id", "campaign_id"],
            ["gathering.id", "gathering.campaign_id"],
            name=op.f("fk_joint_room_gathering_id_campaign_id"),
        ),
        sa.ForeignKeyConstraint(
            ["session_id", "campaign_id"],
            ["joint_session.id", "joint_session.campaign_id"],
            name=op.f("fk_joint_room_session_id_campaign_id"),
        ),
        sa.PrimaryKeyConstraint("gathering_id", name=op.f("pk_joint_room")),
        sa.UniqueConstraint("session_id", "gathering_id", name=op.f("uq_joint_room_session_id_gathering_id")),
    )
    op.create_index(op.f("ix_joint_room_session_id"), "joint_room", ["session_id"])
    op.create_index(
        "uq_joint_room_online",
        "joint_room",
        ["session_id"],
        unique=True,
        sqlite_where=sa.text("is_online"),
        postgresql_where=sa.text("is_online"),
    )
    op.create_table(
        "joint_grant",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("gathering_id", sa.Integer(), nullable=True),
        sa.Column("secret_hash", sa.String(length=64), nullable=False),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["session_id", "gathering_id"],
            ["joint_room.session_id", "joint_room.gathering_id"],
            name=op.f("fk_joint_grant_session_id_gathering_id"),
        ),
        sa.ForeignKeyConstraint(["session_id"], ["joint_session.id"], name=op.f("fk_joint_grant_session_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_joint_grant")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_joint_grant_secret_hash")),
    )
    by_host, by_room = (sa.text(f"revoked_at IS NULL{more}") for more in (" AND gathering_id IS NULL", ""))
    op.create_index(
        "uq_joint_grant_host",
        "joint_grant",
        ["session_id"],
        unique=True,
        sqlite_where=by_host,
        postgresql_where=by_host,
    )
    op.create_index(
        "uq_joint_grant_room",
        "joint_grant",
        ["session_id", "gathering_id"],
        unique=True,
        sqlite_where=by_room,
        postgresql_where=by_room,
    )
    op.create_table(
        "joint_move",
        sa.Column("session_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("begins_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("moved_by_id", sa.Integer(), nullable=True),
        sa.Column("grant_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("(moved_by_id IS NULL) <> (grant_id IS NULL)", name=op.f("ck_joint_move_moved_by_one")),
        sa.CheckConstraint("begins_at >= moved_at", name=op.f("ck_joint_move_begins_after_it_was_made")),
        sa.CheckConstraint("number >= 1", name=op.f("ck_joint_move_number_counts_from_one")),
        sa.ForeignKeyConstraint(["grant_id"], ["joint_grant.id"], name=op.f("fk_joint_move_grant_id")),
        sa.ForeignKeyConstraint(["moved_by_id"], ["account.id"], name=op.f("fk_joint_move_moved_by_id")),
        sa.ForeignKeyConstraint(
            ["session_id", "position"],
            ["joint_step.session_id", "joint_step.position"],
            name=op.f("fk_joint_move_session_id_position"),
        ),
        sa.PrimaryKeyConstraint("session_id", "number", name=op.f("pk_joint_move")),
    )


def create_actions() -> None:
    op.create_table(
        "room_action",
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=36), nullable=False),
        sa.Column("gathering_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("IDEA", "VOTE", name="action_kind", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "DONE",
                "LATE",
                "ACCEPTED",
                "REFUSED",
                name="action_state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("move_number", sa.Integer(), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("idea_id", sa.Integer(), nullable=True),
        sa.Column("value", sa.SmallInteger(), nullable=True),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("refusal", sa.String(length=300), nullable=False),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind <> 'VOTE' OR idea_id IS NOT NULL", name=op.f("ck_room_action_vote_names_its_idea")),
        sa.CheckConstraint(
            "state = 'LATE' OR (title = '' AND body = '')", name=op.f("ck_room_action_words_only_while_it_waits")
        ),
        sa.CheckConstraint(
            "value IS NULL OR (kind = 'VOTE' AND value IN (-1, 0, 1))", name=op.f("ck_room_action_value_of_a_vote")
        ),
        sa.ForeignKeyConstraint(["decided_by_id"], ["account.id"], name=op.f("fk_room_action_decided_by_id")),
        sa.ForeignKeyConstraint(["entry_id"], ["gathering_entry.id"], name=op.f("fk_room_action_entry_id")),
        sa.ForeignKeyConstraint(["gathering_id"], ["gathering.id"], name=op.f("fk_room_action_gathering_id")),
        sa.ForeignKeyConstraint(["idea_id"], ["idea.id"], name=op.f("fk_room_action_idea_id")),
        sa.PrimaryKeyConstraint("entry_id", "key", name=op.f("pk_room_action")),
    )
    op.create_index(op.f("ix_room_action_gathering_id_state"), "room_action", ["gathering_id", "state"])


def keep_moves() -> None:
    """Refuse to change or remove a move."""
    if op.get_bind().dialect.name == "sqlite":
        for act in ("UPDATE", "DELETE"):
            op.execute(
                f"""CREATE TRIGGER joint_move_kept_{act.lower()} BEFORE {act} ON joint_move BEGIN
                      SELECT RAISE(ABORT, 'moves are kept'); END"""
            )
        return
    op.execute(
        """CREATE TRIGGER joint_move_kept BEFORE UPDATE OR DELETE ON joint_move
             FOR EACH ROW EXECUTE FUNCTION refuse_change()"""
    )


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)
