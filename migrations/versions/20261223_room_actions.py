"""room actions: what was sent stays, a decision is taken once, and an idea is written by one action

Why: a phone sends an action again until it has heard of it, and a facilitator decides about late ones. The code holds
what follows from that; now the database does too: the key is a UUID, the person belongs to the room, who decides is on
record, an idea that waits is none yet, and nothing that was decided is decided anew.
What happens to existing rows: nothing. The code has never written others, so all of them pass the new checks.
Runs both ways; a downgrade forgets the rules and keeps the rows.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261223_room_actions"
down_revision = "20261222_reports_stay"
branch_labels = None
depends_on = None

OLD_CHECKS = {
    "vote_names_its_idea": "kind <> 'VOTE' OR idea_id IS NOT NULL",
    "words_only_while_it_waits": "state = 'LATE' OR (title = '' AND body = '')",
    "value_of_a_vote": "value IS NULL OR (kind = 'VOTE' AND value IN (-1, 0, 1))",
}
CHECKS = {
    "key_is_a_uuid": "length(key) = 36",
    "move_counts_from_zero": "move_number >= 0",
    "done_before_it_was_received": "done_at <= received_at",
    "decided_by_somebody": "(decided_at IS NULL) = (decided_by_id IS NULL)",
    "only_what_was_late_is_decided": "(state IN ('ACCEPTED', 'REFUSED')) = (decided_at IS NOT NULL)",
    "refused_with_a_reason": "(state = 'REFUSED') = (refusal <> '')",
    "waiting_idea_has_words": "state <> 'LATE' OR kind <> 'IDEA' OR (title <> '' AND body <> '')",
    "waiting_idea_is_none_yet": "state NOT IN ('LATE', 'REFUSED') OR kind <> 'IDEA' OR idea_id IS NULL",
    "accepted_idea_is_named": "state <> 'ACCEPTED' OR idea_id IS NOT NULL",
}
OLD_KEY = ("fk_room_action_entry_id", ["entry_id"], ["id"])
NEW_KEY = ("fk_room_action_entry_id_gathering_id", ["entry_id", "gathering_id"], ["id", "gathering_id"])
FIXED = ("key", "gathering_id", "kind", "done_at", "received_at", "move_number", "value")
DECIDED = (*FIXED, "state", "idea_id", "refusal", "decided_by_id", "decided_at")
"""What stays of a decided action. `entry_id` may become that of the account to which its guest has moved."""
IS_IDEA = sa.text("kind = 'IDEA'")


def upgrade() -> None:
    op.create_index("uq_gathering_entry_id_gathering_id", "gathering_entry", ["id", "gathering_id"], unique=True)
    if op.get_bind().dialect.name == "sqlite":
        copy_table(OLD_CHECKS | CHECKS, NEW_KEY)
    else:
        for name, rule in CHECKS.items():
            op.create_check_constraint(op.f(f"ck_room_action_{name}"), "room_action", rule)
        op.drop_constraint(OLD_KEY[0], "room_action", type_="foreignkey")
        op.create_foreign_key(NEW_KEY[0], "room_action", "gathering_entry", NEW_KEY[1], NEW_KEY[2])
    op.create_index(
        "uq_room_action_idea",
        "room_action",
        ["idea_id"],
        unique=True,
        sqlite_where=IS_IDEA,
        postgresql_where=IS_IDEA,
    )
    keep_decisions()


def keep_decisions() -> None:
    """Refuse to change what was sent, and what was decided; and to decide what was done at once."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            f"""CREATE TRIGGER room_action_kept BEFORE UPDATE ON room_action WHEN {changes("IS NOT")} BEGIN
                  SELECT RAISE(ABORT, 'what was sent and decided is kept'); END"""
        )
        return
    op.execute(
        f"""CREATE TRIGGER room_action_kept BEFORE UPDATE ON room_action
              FOR EACH ROW WHEN ({changes("IS DISTINCT FROM")}) EXECUTE FUNCTION refuse_change()"""
    )


def changes(how: str) -> str:
    """Return what is no lawful UPDATE. `how` compares two values of which each may be NULL."""
    fixed, decided = (" OR ".join(f"new.{one} {how} old.{one}" for one in names) for names in (FIXED, DECIDED))
    is_decided = "old.state IN ('ACCEPTED', 'REFUSED')"
    skips = "old.state = 'DONE' AND new.state IN ('ACCEPTED', 'REFUSED')"
    returns = "old.state = 'LATE' AND new.state = 'DONE'"
    return f"({fixed}) OR ({is_decided} AND ({decided})) OR ({skips}) OR ({returns})"


def copy_table(checks: dict[str, str], key: tuple[str, list[str], list[str]]) -> None:
    """Replace the table on SQLite, which adds neither a CHECK nor a key to one that is there."""
    columns = [
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=36), nullable=False),
        sa.Column("gathering_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
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
    ]
    op.create_table(
        "room_action_new",
        *columns,
        sa.CheckConstraint("kind IN ('IDEA', 'VOTE')", name=op.f("ck_room_action_action_kind")),
        sa.CheckConstraint(
            "state IN ('DONE', 'LATE', 'ACCEPTED', 'REFUSED')", name=op.f("ck_room_action_action_state")
        ),
        *(sa.CheckConstraint(rule, name=op.f(f"ck_room_action_{name}")) for name, rule in checks.items()),
        sa.ForeignKeyConstraint(["decided_by_id"], ["account.id"], name=op.f("fk_room_action_decided_by_id")),
        sa.ForeignKeyConstraint(key[1], [f"gathering_entry.{one}" for one in key[2]], name=op.f(key[0])),
        sa.ForeignKeyConstraint(["gathering_id"], ["gathering.id"], name=op.f("fk_room_action_gathering_id")),
        sa.ForeignKeyConstraint(["idea_id"], ["idea.id"], name=op.f("fk_room_action_idea_id")),
        sa.PrimaryKeyConstraint("entry_id", "key", name=op.f("pk_room_action")),
    )
    names = ", ".join(column.name for column in columns)
    op.execute(f"INSERT INTO room_action_new ({names}) SELECT {names} FROM room_action")
    op.drop_table("room_action")  # with its triggers and indexes; foreign keys are off during a migration
    op.rename_table("room_action_new", "room_action")
    op.create_index(op.f("ix_room_action_gathering_id_state"), "room_action", ["gathering_id", "state"])


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        copy_table(OLD_CHECKS, OLD_KEY)
    else:
        op.execute("DROP TRIGGER room_action_kept ON room_action")
        op.drop_index("uq_room_action_idea", "room_action")
        op.drop_constraint(NEW_KEY[0], "room_action", type_="foreignkey")
        op.create_foreign_key(OLD_KEY[0], "room_action", "gathering_entry", OLD_KEY[1], OLD_KEY[2])
        for name in CHECKS:
            op.drop_constraint(op.f(f"ck_room_action_{name}"), "room_action", type_="check")
    op.drop_index("uq_gathering_entry_id_gathering_id", "gathering_entry")
