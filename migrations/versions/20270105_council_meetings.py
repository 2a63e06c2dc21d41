"""meetings of the council: agenda, attendance, motions, minutes

Why: the council meets, votes by name in the open, and publishes minutes that both joint chairs signed.
What happens to existing rows: nothing.
Runs both ways; a downgrade forgets them.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20270105_council_meetings"
down_revision = "20270104_hearings"
branch_labels = None
depends_on = None

REFUSALS: dict[str, tuple[str, str, str, str]] = {
    "motion_stays_closed": ("council_motion", "UPDATE", "OLD.state = 'CLOSED'", "a closed motion never changes"),
    "motion_opened_stays": ("council_motion", "DELETE", "OLD.state <> 'PLANNED'", "an opened motion is never deleted"),
    "ballot_in_open_motion_insert": (
        "council_ballot",
        "INSERT",
        "NOT EXISTS (SELECT 1 FROM council_motion WHERE id = NEW.motion_id AND state = 'OPEN')",
        "the motion is not open",
    ),
    "ballot_in_open_motion_update": (
        "council_ballot",
        "UPDATE",
        "NOT EXISTS (SELECT 1 FROM council_motion WHERE id = NEW.motion_id AND state = 'OPEN') AND "
        "(OLD.choice <> NEW.choice OR CAST(OLD.approved AS TEXT) <> CAST(NEW.approved AS TEXT) OR "
        "OLD.motion_id <> NEW.motion_id OR OLD.seat_id <> NEW.seat_id)",
        "the motion is not open",
    ),
    "ballot_in_open_motion_delete": (
        "council_ballot",
        "DELETE",
        "NOT EXISTS (SELECT 1 FROM council_motion WHERE id = OLD.motion_id AND state = 'OPEN')",
        "the motion is not open",
    ),
    "ballot_of_somebody_present": (
        "council_ballot",
        "INSERT",
        "NOT EXISTS (SELECT 1 FROM council_attendance JOIN council_agenda_item ON "
        "council_agenda_item.meeting_id = council_attendance.meeting_id JOIN council_motion ON "
        "council_motion.item_id = council_agenda_item.id WHERE council_motion.id = NEW.motion_id AND "
        "council_attendance.seat_id = NEW.seat_id AND council_attendance.left_at IS NULL)",
        "this member is not present",
    ),
    "minutes_stay_published_update": (
        "council_minutes",
        "UPDATE",
        "OLD.state = 'PUBLISHED'",
        "published minutes never change",
    ),
    "minutes_stay_published_delete": (
        "council_minutes",
        "DELETE",
        "OLD.state = 'PUBLISHED'",
        "published minutes never change",
    ),
    "agenda_file_append_only_update": ("council_agenda_file", "UPDATE", "", "papers never change"),
}
"""Triggers: on which table, at which act, on what condition, and why."""


def upgrade() -> None:
    op.create_table(
        "council_meeting",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("term_id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=True),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=100), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("place", sa.String(length=120), nullable=False),
        sa.Column("video_url", sa.String(length=500), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "PLANNED",
                "OPEN",
                "CLOSED",
                "CANCELLED",
                name="council_meeting_state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("cancel_reason", sa.String(length=200), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(state = 'CANCELLED') = (cancel_reason <> '')", name=op.f("ck_council_meeting_cancelled_with_a_reason")
        ),
        sa.CheckConstraint(
            "(state = 'CLOSED') = (closed_at IS NOT NULL)", name=op.f("ck_council_meeting_closed_has_a_time")
        ),
        sa.CheckConstraint(
            "(state IN ('OPEN', 'CLOSED')) = (opened_at IS NOT NULL)", name=op.f("ck_council_meeting_opened_has_a_time")
        ),
        sa.CheckConstraint("place <> '' OR video_url <> ''", name=op.f("ck_council_meeting_is_somewhere")),
        sa.CheckConstraint("title <> ''", name=op.f("ck_council_meeting_has_a_title")),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_council_meeting_ends_after_it_starts")),
        sa.CheckConstraint("number >= 1 AND revision >= 1", name=op.f("ck_council_meeting_counts_from_one")),
        sa.ForeignKeyConstraint(["round_id"], ["council_round.id"], name=op.f("fk_council_meeting_round_id")),
        sa.ForeignKeyConstraint(["term_id"], ["council_term.id"], name=op.f("fk_council_meeting_term_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_council_meeting")),
        sa.UniqueConstraint("term_id", "number", name=op.f("uq_council_meeting_term_id_number")),
    )
    op.create_index(op.f("ix_council_meeting_round_id"), "council_meeting", ["round_id"], unique=False)
    op.create_index(op.f("ix_council_meeting_term_id"), "council_meeting", ["term_id"], unique=False)
    op.create_table(
        "council_attendance",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("meeting_id", sa.Integer(), nullable=False),
        sa.Column("seat_id", sa.Integer(), nullable=False),
        sa.Column(
            "way",
            sa.Enum(
                "IN_PERSON",
                "ONLINE",
                name="council_attendance_way",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("by_substitute", sa.Boolean(), nullable=False),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "left_at IS NULL OR left_at >= arrived_at", name=op.f("ck_council_attendance_leaves_after_arriving")
        ),
        sa.ForeignKeyConstraint(["meeting_id"], ["council_meeting.id"], name=op.f("fk_council_attendance_meeting_id")),
        sa.ForeignKeyConstraint(["seat_id"], ["council_seat.id"], name=op.f("fk_council_attendance_seat_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_council_attendance")),
    )
    op.create_index(op.f("ix_council_attendance_meeting_id"), "council_attendance", ["meeting_id"], unique=False)
    op.create_index(op.f("ix_council_attendance_seat_id"), "council_attendance", ["seat_id"], unique=False)
    op.create_index(
        "uq_council_attendance_present",
        "council_attendance",
        ["meeting_id", "seat_id"],
        unique=True,
        sqlite_where=sa.text("left_at IS NULL"),
        postgresql_where=sa.text("left_at IS NULL"),
    )
    op.create_table(
        "council_minutes",
        sa.Column("meeting_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "DRAFT", "PUBLISHED", name="council_minutes_state", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("civil_chair_id", sa.Integer(), nullable=True),
        sa.Column("civil_signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("government_chair_id", sa.Integer(), nullable=True),
        sa.Column("government_signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(state = 'PUBLISHED') = (published_at IS NOT NULL)", name=op.f("ck_council_minutes_published_has_a_time")
        ),
        sa.CheckConstraint(
            "state <> 'PUBLISHED' OR (civil_chair_id IS NOT NULL AND government_chair_id IS NOT NULL)",
            name=op.f("ck_council_minutes_both_chairs_signed"),
        ),
        sa.CheckConstraint(
            "(civil_chair_id IS NULL) = (civil_signed_at IS NULL)",
            name=op.f("ck_council_minutes_civil_chair_signed_at"),
        ),
        sa.CheckConstraint(
            "(government_chair_id IS NULL) = (government_signed_at IS NULL)",
            name=op.f("ck_council_minutes_government_chair_signed_at"),
        ),
        sa.CheckConstraint("revision >= 1", name=op.f("ck_council_minutes_revision_counts_from_one")),
        sa.ForeignKeyConstraint(
            ["civil_chair_id"], ["council_seat.id"], name=op.f("fk_council_minutes_civil_chair_id")
        ),
        sa.ForeignKeyConstraint(
            ["government_chair_id"], ["council_seat.id"], name=op.f("fk_council_minutes_government_chair_id")
        ),
        sa.ForeignKeyConstraint(["meeting_id"], ["council_meeting.id"], name=op.f("fk_council_minutes_meeting_id")),
        sa.PrimaryKeyConstraint("meeting_id", name=op.f("pk_council_minutes")),
    )
    op.create_table(
        "council_agenda_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("meeting_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=100), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("title <> ''", name=op.f("ck_council_agenda_item_has_a_title")),
        sa.CheckConstraint("position >= 1", name=op.f("ck_council_agenda_item_position_counts_from_one")),
        sa.ForeignKeyConstraint(["meeting_id"], ["council_meeting.id"], name=op.f("fk_council_agenda_item_meeting_id")),
        sa.ForeignKeyConstraint(["task_id"], ["council_task.id"], name=op.f("fk_council_agenda_item_task_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_council_agenda_item")),
        sa.UniqueConstraint("meeting_id", "position", name=op.f("uq_council_agenda_item_meeting_id_position")),
    )
    op.create_index(op.f("ix_council_agenda_item_task_id"), "council_agenda_item", ["task_id"], unique=False)
    op.create_table(
        "council_agenda_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("uploaded_by_id", sa.Integer(), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("name <> ''", name=op.f("ck_council_agenda_file_has_a_name")),
        sa.CheckConstraint("length(sha256) = 64", name=op.f("ck_council_agenda_file_has_a_sha256")),
        sa.CheckConstraint("size_bytes > 0", name=op.f("ck_council_agenda_file_is_not_empty")),
        sa.ForeignKeyConstraint(["item_id"], ["council_agenda_item.id"], name=op.f("fk_council_agenda_file_item_id")),
        sa.ForeignKeyConstraint(["uploaded_by_id"], ["account.id"], name=op.f("fk_council_agenda_file_uploaded_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_council_agenda_file")),
    )
    op.create_index(op.f("ix_council_agenda_file_item_id"), "council_agenda_file", ["item_id"], unique=False)
    op.create_table(
        "council_motion",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(length=300), nullable=False),
        sa.Column(
            "rule",
            sa.Enum(
                "MAJORITY",
                "TWO_THIRDS",
                "APPROVAL",
                name="council_motion_rule",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "tie_rule",
            sa.Enum(
                "FAILS", "AGAIN", "SEED", name="council_tie_rule", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("places", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "PLANNED",
                "OPEN",
                "CLOSED",
                name="council_motion_state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "outcome",
            sa.Enum(
                "PASSED",
                "FAILED",
                "TIED",
                "NO_QUORUM",
                name="council_motion_outcome",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("n_seats", sa.Integer(), nullable=True),
        sa.Column("n_present", sa.Integer(), nullable=True),
        sa.Column("n_needed", sa.Integer(), nullable=True),
        sa.Column("n_voters", sa.Integer(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(state = 'CLOSED') = (closed_at IS NOT NULL)", name=op.f("ck_council_motion_closed_has_a_time")
        ),
        sa.CheckConstraint(
            "(state = 'CLOSED') = (outcome IS NOT NULL)", name=op.f("ck_council_motion_closed_has_an_outcome")
        ),
        sa.CheckConstraint(
            "(state = 'PLANNED') = (opened_at IS NULL)", name=op.f("ck_council_motion_opened_has_a_time")
        ),
        sa.CheckConstraint(
            "outcome <> 'PASSED' OR n_present >= n_needed", name=op.f("ck_council_motion_passed_with_a_quorum")
        ),
        sa.CheckConstraint("rule = 'APPROVAL' OR places = 1", name=op.f("ck_council_motion_only_approval_has_places")),
        sa.CheckConstraint("text <> ''", name=op.f("ck_council_motion_asks_something")),
        sa.CheckConstraint(
            "(outcome IS NULL) = (n_present IS NULL) AND (n_present IS NULL) = (n_needed IS NULL) AND (n_present "
            "IS NULL) = (n_seats IS NULL)",
            name=op.f("ck_council_motion_outcome_has_its_numbers"),
        ),
        sa.CheckConstraint("number >= 1 AND revision >= 1", name=op.f("ck_council_motion_counts_from_one")),
        sa.CheckConstraint("places BETWEEN 1 AND 20", name=op.f("ck_council_motion_has_places")),
        sa.CheckConstraint("n_voters BETWEEN 0 AND n_present", name=op.f("ck_council_motion_voters_are_present")),
        sa.ForeignKeyConstraint(["item_id"], ["council_agenda_item.id"], name=op.f("fk_council_motion_item_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_council_motion")),
        sa.UniqueConstraint("item_id", "number", name=op.f("uq_council_motion_item_id_number")),
    )
    op.create_table(
        "council_ballot",
        sa.Column("motion_id", sa.Integer(), nullable=False),
        sa.Column("seat_id", sa.Integer(), nullable=False),
        sa.Column(
            "choice",
            sa.Enum(
                "YES",
                "NO",
                "ABSTAIN",
                name="council_ballot_choice",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("approved", sa.JSON(), nullable=False),
        sa.Column("by_substitute", sa.Boolean(), nullable=False),
        sa.Column("dissent", sa.Text(), nullable=False),
        sa.Column("cast_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["motion_id"], ["council_motion.id"], name=op.f("fk_council_ballot_motion_id")),
        sa.ForeignKeyConstraint(["seat_id"], ["council_seat.id"], name=op.f("fk_council_ballot_seat_id")),
        sa.PrimaryKeyConstraint("motion_id", "seat_id", name=op.f("pk_council_ballot")),
    )
    op.create_index(op.f("ix_council_ballot_seat_id"), "council_ballot", ["seat_id"], unique=False)
    op.create_table(
        "council_motion_option",
        sa.Column("motion_id", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("approvals", sa.Integer(), nullable=True),
        sa.Column("place", sa.Integer(), nullable=True),
        sa.CheckConstraint("approvals >= 0", name=op.f("ck_council_motion_option_approvals_are_counted")),
        sa.CheckConstraint("place >= 1", name=op.f("ck_council_motion_option_place_counts_from_one")),
        sa.ForeignKeyConstraint(["motion_id"], ["council_motion.id"], name=op.f("fk_council_motion_option_motion_id")),
        sa.ForeignKeyConstraint(["task_id"], ["council_task.id"], name=op.f("fk_council_motion_option_task_id")),
        sa.PrimaryKeyConstraint("motion_id", "task_id", name=op.f("pk_council_motion_option")),
    )
    for name, rule in REFUSALS.items():
        _refuse(name, *rule)


def downgrade() -> None:
    op.drop_table("council_motion_option")
    op.drop_table("council_ballot")
    op.drop_table("council_motion")
    op.drop_table("council_agenda_file")
    op.drop_table("council_agenda_item")
    op.drop_table("council_minutes")
    op.drop_table("council_attendance")
    op.drop_table("council_meeting")
    if op.get_bind().dialect.name != "sqlite":
        for name in REFUSALS:
            op.execute(f"DROP FUNCTION {name}()")


def _refuse(name: str, table: str, act: str, when: str, why: str) -> None:
    """Create a trigger that refuses the act where the condition holds; an empty one always does."""
    if op.get_bind().dialect.name == "sqlite":
        condition = f"WHEN {when}" if when else ""
        op.execute(f"CREATE TRIGGER {name} BEFORE {act} ON {table} {condition} BEGIN SELECT RAISE(ABORT, '{why}'); END")
        return
    returned = "OLD" if act == "DELETE" else "NEW"
    refuse = f"RAISE EXCEPTION '{why}' USING ERRCODE = 'check_violation';"
    op.execute(
        f"""CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
              {f"IF ({when}) THEN {refuse} END IF;" if when else refuse}
              RETURN {returned};
            END $$"""
    )
    op.execute(f"CREATE TRIGGER {name} BEFORE {act} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()")
