"""gatherings: small meetings, their rooms, paper and minutes

Why: people who do not post take part in small in-person meetings. A gathering has people (`gathering_entry`), ideas on
its table (`idea_room`: where one was born, it keeps that room on the whole thread), tallies of the moment it ended,
vote sheets counted by two people, and minutes that its room confirms. A gathering, its minutes and an objection to them
are texts of people: they join the view of texts that are reported and hidden.
What happens to existing rows: nothing.
Runs both ways; a downgrade forgets gatherings and what was reported about their texts. The ideas written there stay.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261209_gatherings"
down_revision = "20261208_guest_passes"
branch_labels = None
depends_on = None

OLD_VIEW = """CREATE VIEW published_text AS
    SELECT 'idea' AS kind, id, author_id FROM idea
    UNION ALL SELECT 'comment' AS kind, id, author_id FROM comment"""
TEXTS = ("gathering", "gathering_minutes", "minutes_answer")
VIEW = OLD_VIEW + "".join(f" UNION ALL SELECT '{text}' AS kind, id, author_id FROM {text}" for text in TEXTS)
ABOUT_TEXTS = ("report", "hiding", "consent_hidden_text")


def upgrade() -> None:
    create_gatherings()
    create_rooms()
    create_paper()
    create_minutes()
    op.execute("DROP VIEW published_text")
    op.execute(VIEW)
    guard_texts()


def create_gatherings() -> None:
    op.create_table(
        "gathering",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("organiser_id", sa.Integer(), nullable=False),
        sa.Column("copied_from_id", sa.Integer(), nullable=True),
        sa.Column("title", sa.String(length=100), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("host_name", sa.String(length=80), nullable=False),
        sa.Column(
            "age_group",
            sa.Enum(
                "ANYONE",
                "CHILDREN",
                "TEENS",
                "YOUNG_ADULTS",
                "ADULTS",
                "SENIORS",
                name="gathering_age_group",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("region_code", sa.String(length=2), nullable=True),
        sa.Column("place_name", sa.String(length=100), nullable=False),
        sa.Column("address", sa.String(length=200), nullable=False),
        sa.Column("access_notes", sa.Text(), nullable=False),
        sa.Column("online_url", sa.String(length=500), nullable=False),
        sa.Column("agenda", sa.Text(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seats", sa.SmallInteger(), nullable=False),
        sa.Column("held_seats", sa.SmallInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "DRAFT",
                "PLANNED",
                "RUNNING",
                "FINISHED",
                "CANCELLED",
                name="gathering_state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("is_hidden", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("join_code", sa.String(length=8), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("announced_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancel_reason", sa.String(length=300), nullable=False),
        sa.Column("n_present", sa.SmallInteger(), nullable=True),
        sa.Column("last_event_id", sa.BigInteger(), nullable=True),
        sa.Column("last_number", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("lists_until", sa.Date(), nullable=True),
        sa.Column("lists_deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'CANCELLED') = (cancelled_at IS NOT NULL)", name=op.f("ck_gathering_cancelled_has_a_time")
        ),
        sa.CheckConstraint(
            "(state = 'FINISHED') = (finished_at IS NOT NULL) AND (finished_at IS NULL) = (n_present IS NULL) AND "
            "(finished_at IS NULL) = (last_event_id IS NULL)",
            name=op.f("ck_gathering_finished_with_its_counts"),
        ),
        sa.CheckConstraint(
            "(state IN ('PLANNED', 'RUNNING')) = (join_code IS NOT NULL)",
            name=op.f("ck_gathering_code_while_it_is_used"),
        ),
        sa.CheckConstraint(
            "(state IN ('RUNNING', 'FINISHED')) <= (started_at IS NOT NULL)",
            name=op.f("ck_gathering_running_was_started"),
        ),
        sa.CheckConstraint(
            "cancelled_at IS NULL OR cancel_reason <> ''", name=op.f("ck_gathering_cancelled_with_a_reason")
        ),
        sa.CheckConstraint(
            "state <> 'PLANNED' OR announced_at IS NOT NULL", name=op.f("ck_gathering_planned_was_announced")
        ),
        sa.CheckConstraint("state = 'DRAFT' OR starts_at IS NOT NULL", name=op.f("ck_gathering_announced_with_a_time")),
        sa.CheckConstraint("title <> ''", name=op.f("ck_gathering_has_a_title")),
        sa.CheckConstraint("(starts_at IS NULL) = (ends_at IS NULL)", name=op.f("ck_gathering_has_both_times")),
        sa.CheckConstraint(
            "copied_from_id IS NULL OR copied_from_id <> id", name=op.f("ck_gathering_never_copied_from_itself")
        ),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_gathering_ends_after_it_starts")),
        sa.CheckConstraint("held_seats BETWEEN 0 AND seats", name=op.f("ck_gathering_holds_no_more_than_its_seats")),
        sa.CheckConstraint("n_present BETWEEN 0 AND seats", name=op.f("ck_gathering_no_more_present_than_seats")),
        sa.CheckConstraint("revision >= 1", name=op.f("ck_gathering_revision_counts_from_one")),
        sa.CheckConstraint("seats BETWEEN 1 AND 300", name=op.f("ck_gathering_has_seats")),
        sa.ForeignKeyConstraint(["author_id"], ["participant.id"], name=op.f("fk_gathering_author_id")),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_gathering_campaign_id")),
        sa.ForeignKeyConstraint(["copied_from_id"], ["gathering.id"], name=op.f("fk_gathering_copied_from_id")),
        sa.ForeignKeyConstraint(["organiser_id"], ["account.id"], name=op.f("fk_gathering_organiser_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gathering")),
        sa.UniqueConstraint("id", "campaign_id", name=op.f("uq_gathering_id_campaign_id")),
    )
    op.create_index(op.f("ix_gathering_author_id"), "gathering", ["author_id"])
    op.create_index(
        op.f("ix_gathering_campaign_id_state_starts_at"), "gathering", ["campaign_id", "state", "starts_at"]
    )
    op.create_index(op.f("ix_gathering_copied_from_id"), "gathering", ["copied_from_id"])
    op.create_index(op.f("ix_gathering_organiser_id"), "gathering", ["organiser_id"])
    op.create_index("uq_gathering_join_code", "gathering", ["join_code"], unique=True)
    op.create_table(
        "gathering_helper",
        sa.Column("gathering_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("added_by_id", sa.Integer(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_gathering_helper_account_id")),
        sa.ForeignKeyConstraint(["added_by_id"], ["account.id"], name=op.f("fk_gathering_helper_added_by_id")),
        sa.ForeignKeyConstraint(["gathering_id"], ["gathering.id"], name=op.f("fk_gathering_helper_gathering_id")),
        sa.PrimaryKeyConstraint("gathering_id", "account_id", name=op.f("pk_gathering_helper")),
    )
    op.create_index(op.f("ix_gathering_helper_account_id"), "gathering_helper", ["account_id"])
    op.create_table(
        "gathering_registration",
        sa.Column("gathering_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "SEATED",
                "WAITING",
                "CANCELLED",
                name="registration_state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state <> 'SEATED' OR seated_at IS NOT NULL", name=op.f("ck_gathering_registration_seated_has_a_time")
        ),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_gathering_registration_account_id")),
        sa.ForeignKeyConstraint(
            ["gathering_id"], ["gathering.id"], name=op.f("fk_gathering_registration_gathering_id")
        ),
        sa.PrimaryKeyConstraint("gathering_id", "account_id", name=op.f("pk_gathering_registration")),
    )
    op.create_index(op.f("ix_gathering_registration_account_id"), "gathering_registration", ["account_id"])
    op.create_index(
        op.f("ix_gathering_registration_gathering_id_state_asked_at"),
        "gathering_registration",
        ["gathering_id", "state", "asked_at"],
    )


def create_rooms() -> None:
    op.create_table(
        "gathering_tablet",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("gathering_id", sa.Integer(), nullable=False),
        sa.Column("secret_hash", sa.String(length=64), nullable=False),
        sa.Column("opened_by_id", sa.Integer(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["gathering_id"], ["gathering.id"], name=op.f("fk_gathering_tablet_gathering_id")),
        sa.ForeignKeyConstraint(["opened_by_id"], ["account.id"], name=op.f("fk_gathering_tablet_opened_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gathering_tablet")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_gathering_tablet_secret_hash")),
    )
    op.create_index(op.f("ix_gathering_tablet_gathering_id"), "gathering_tablet", ["gathering_id"])
    op.create_table(
        "gathering_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("gathering_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.SmallInteger(), nullable=False),
        sa.Column(
            "way",
            sa.Enum(
                "ACCOUNT",
                "PHONE",
                "TABLET",
                "PAPER",
                name="entry_way",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("pass_id", sa.Integer(), nullable=True),
        sa.Column("participant_id", sa.Integer(), nullable=True),
        sa.Column("tablet_id", sa.Integer(), nullable=True),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("admitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("admitted_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(way = 'TABLET') = (tablet_id IS NOT NULL)", name=op.f("ck_gathering_entry_tablet_is_named")
        ),
        sa.CheckConstraint(
            "way <> 'ACCOUNT' OR pass_id IS NULL", name=op.f("ck_gathering_entry_account_needs_no_pass")
        ),
        sa.CheckConstraint(
            "(admitted_at IS NULL) = (admitted_by_id IS NULL)", name=op.f("ck_gathering_entry_admitted_by_somebody")
        ),
        sa.CheckConstraint("number >= 1", name=op.f("ck_gathering_entry_number_counts_from_one")),
        sa.ForeignKeyConstraint(["admitted_by_id"], ["account.id"], name=op.f("fk_gathering_entry_admitted_by_id")),
        sa.ForeignKeyConstraint(["gathering_id"], ["gathering.id"], name=op.f("fk_gathering_entry_gathering_id")),
        sa.ForeignKeyConstraint(["participant_id"], ["participant.id"], name=op.f("fk_gathering_entry_participant_id")),
        sa.ForeignKeyConstraint(["pass_id"], ["guest_pass.id"], name=op.f("fk_gathering_entry_pass_id")),
        sa.ForeignKeyConstraint(["tablet_id"], ["gathering_tablet.id"], name=op.f("fk_gathering_entry_tablet_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gathering_entry")),
        sa.UniqueConstraint("gathering_id", "number", name=op.f("uq_gathering_entry_gathering_id_number")),
        sa.UniqueConstraint(
            "gathering_id", "participant_id", name=op.f("uq_gathering_entry_gathering_id_participant_id")
        ),
        sa.UniqueConstraint("pass_id", name=op.f("uq_gathering_entry_pass_id")),
    )
    op.create_index(op.f("ix_gathering_entry_participant_id"), "gathering_entry", ["participant_id"])
    op.create_table(
        "idea_room",
        sa.Column("gathering_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("idea_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.SmallInteger(), nullable=False),
        sa.Column(
            "way",
            sa.Enum(
                "ACCOUNT",
                "PHONE",
                "TABLET",
                "PAPER",
                "BROUGHT",
                name="room_idea_way",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("entry_id", sa.Integer(), nullable=True),
        sa.Column("slip_number", sa.SmallInteger(), nullable=True),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(way = 'BROUGHT') = (entry_id IS NULL)", name=op.f("ck_idea_room_written_by_somebody_here")
        ),
        sa.CheckConstraint("(way = 'PAPER') = (slip_number IS NOT NULL)", name=op.f("ck_idea_room_paper_has_a_slip")),
        sa.CheckConstraint("number >= 1", name=op.f("ck_idea_room_number_counts_from_one")),
        sa.ForeignKeyConstraint(["entry_id"], ["gathering_entry.id"], name=op.f("fk_idea_room_entry_id")),
        sa.ForeignKeyConstraint(
            ["gathering_id", "campaign_id"],
            ["gathering.id", "gathering.campaign_id"],
            name=op.f("fk_idea_room_gathering_id_campaign_id"),
        ),
        sa.ForeignKeyConstraint(
            ["idea_id", "campaign_id"], ["idea.id", "idea.campaign_id"], name=op.f("fk_idea_room_idea_id_campaign_id")
        ),
        sa.PrimaryKeyConstraint("gathering_id", "idea_id", name=op.f("pk_idea_room")),
        sa.UniqueConstraint("gathering_id", "number", name=op.f("uq_idea_room_gathering_id_number")),
        sa.UniqueConstraint("gathering_id", "slip_number", name=op.f("uq_idea_room_gathering_id_slip_number")),
    )
    op.create_index(
        "uq_idea_room_born",
        "idea_room",
        ["idea_id"],
        unique=True,
        sqlite_where=sa.text("way <> 'BROUGHT'"),
        postgresql_where=sa.text("way <> 'BROUGHT'"),
    )
    op.create_table(
        "room_tally",
        sa.Column("gathering_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("idea_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("agree", sa.Integer(), nullable=False),
        sa.Column("disagree", sa.Integer(), nullable=False),
        sa.Column("pass", sa.Integer(), nullable=False),
        sa.CheckConstraint('agree >= 0 AND disagree >= 0 AND "pass" >= 0', name=op.f("ck_room_tally_never_negative")),
        sa.ForeignKeyConstraint(
            ["gathering_id", "idea_id"],
            ["idea_room.gathering_id", "idea_room.idea_id"],
            name=op.f("fk_room_tally_gathering_id_idea_id"),
        ),
        sa.PrimaryKeyConstraint("gathering_id", "idea_id", name=op.f("pk_room_tally")),
    )


def create_paper() -> None:
    op.create_table(
        "sheet_count",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("gathering_id", sa.Integer(), nullable=False),
        sa.Column("counted_by_id", sa.Integer(), nullable=False),
        sa.Column("n_sheets", sa.SmallInteger(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("n_sheets >= 1", name=op.f("ck_sheet_count_counts_sheets")),
        sa.CheckConstraint("revision >= 1", name=op.f("ck_sheet_count_revision_counts_from_one")),
        sa.ForeignKeyConstraint(["counted_by_id"], ["account.id"], name=op.f("fk_sheet_count_counted_by_id")),
        sa.ForeignKeyConstraint(["gathering_id"], ["gathering.id"], name=op.f("fk_sheet_count_gathering_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sheet_count")),
        sa.UniqueConstraint("gathering_id", "counted_by_id", name=op.f("uq_sheet_count_gathering_id_counted_by_id")),
    )
    op.create_table(
        "sheet_count_row",
        sa.Column("count_id", sa.Integer(), nullable=False),
        sa.Column("idea_id", sa.Integer(), nullable=False),
        sa.Column("agree", sa.SmallInteger(), nullable=False),
        sa.Column("disagree", sa.SmallInteger(), nullable=False),
        sa.Column("pass", sa.SmallInteger(), nullable=False),
        sa.CheckConstraint(
            'agree >= 0 AND disagree >= 0 AND "pass" >= 0', name=op.f("ck_sheet_count_row_never_negative")
        ),
        sa.ForeignKeyConstraint(
            ["count_id"], ["sheet_count.id"], name=op.f("fk_sheet_count_row_count_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["idea_id"], ["idea.id"], name=op.f("fk_sheet_count_row_idea_id")),
        sa.PrimaryKeyConstraint("count_id", "idea_id", name=op.f("pk_sheet_count_row")),
    )
    op.create_table(
        "paper_result",
        sa.Column("gathering_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("n_sheets", sa.SmallInteger(), nullable=False),
        sa.Column("first_by_id", sa.Integer(), nullable=False),
        sa.Column("second_by_id", sa.Integer(), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("first_by_id <> second_by_id", name=op.f("ck_paper_result_counted_by_two")),
        sa.CheckConstraint("n_sheets >= 1", name=op.f("ck_paper_result_counts_sheets")),
        sa.ForeignKeyConstraint(["first_by_id"], ["account.id"], name=op.f("fk_paper_result_first_by_id")),
        sa.ForeignKeyConstraint(["gathering_id"], ["gathering.id"], name=op.f("fk_paper_result_gathering_id")),
        sa.ForeignKeyConstraint(["second_by_id"], ["account.id"], name=op.f("fk_paper_result_second_by_id")),
        sa.PrimaryKeyConstraint("gathering_id", name=op.f("pk_paper_result")),
        sa.UniqueConstraint("gathering_id", "n_sheets", name=op.f("uq_paper_result_gathering_id_n_sheets")),
    )
    op.create_table(
        "paper_tally",
        sa.Column("gathering_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("idea_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("n_sheets", sa.SmallInteger(), nullable=False),
        sa.Column("agree", sa.SmallInteger(), nullable=False),
        sa.Column("disagree", sa.SmallInteger(), nullable=False),
        sa.Column("pass", sa.SmallInteger(), nullable=False),
        sa.CheckConstraint(
            'agree + disagree + "pass" <= n_sheets', name=op.f("ck_paper_tally_no_more_marks_than_sheets")
        ),
        sa.CheckConstraint('agree >= 0 AND disagree >= 0 AND "pass" >= 0', name=op.f("ck_paper_tally_never_negative")),
        sa.ForeignKeyConstraint(
            ["gathering_id", "idea_id"],
            ["idea_room.gathering_id", "idea_room.idea_id"],
            name=op.f("fk_paper_tally_gathering_id_idea_id"),
        ),
        sa.ForeignKeyConstraint(
            ["gathering_id", "n_sheets"],
            ["paper_result.gathering_id", "paper_result.n_sheets"],
            name=op.f("fk_paper_tally_gathering_id_n_sheets"),
        ),
        sa.PrimaryKeyConstraint("gathering_id", "idea_id", name=op.f("pk_paper_tally")),
    )
    op.create_index(op.f("ix_paper_tally_idea_id"), "paper_tally", ["idea_id"])


def create_minutes() -> None:
    op.create_table(
        "gathering_minutes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("gathering_id", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "DRAFT",
                "ASKED",
                "CONFIRMED",
                "UNCONFIRMED",
                "REFUSED",
                name="minutes_state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("is_hidden", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("agreements", sa.Text(), nullable=False),
        sa.Column("open_questions", sa.Text(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("round", sa.SmallInteger(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state IN ('CONFIRMED', 'UNCONFIRMED', 'REFUSED')) = (decided_at IS NOT NULL)",
            name=op.f("ck_gathering_minutes_decided_has_a_time"),
        ),
        sa.CheckConstraint(
            "state = 'DRAFT' OR asked_at IS NOT NULL", name=op.f("ck_gathering_minutes_asked_before_it_is_out")
        ),
        sa.CheckConstraint(
            "(asked_at IS NULL) = (closes_at IS NULL)", name=op.f("ck_gathering_minutes_asked_until_a_day")
        ),
        sa.CheckConstraint("closes_at > asked_at", name=op.f("ck_gathering_minutes_closes_after_it_was_asked")),
        sa.CheckConstraint("round >= 1 AND revision >= 1", name=op.f("ck_gathering_minutes_counts_from_one")),
        sa.ForeignKeyConstraint(["author_id"], ["participant.id"], name=op.f("fk_gathering_minutes_author_id")),
        sa.ForeignKeyConstraint(["gathering_id"], ["gathering.id"], name=op.f("fk_gathering_minutes_gathering_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gathering_minutes")),
        sa.UniqueConstraint("gathering_id", name=op.f("uq_gathering_minutes_gathering_id")),
    )
    op.create_index(op.f("ix_gathering_minutes_author_id"), "gathering_minutes", ["author_id"])
    op.create_table(
        "minutes_answer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("minutes_id", sa.Integer(), nullable=False),
        sa.Column("round", sa.SmallInteger(), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("agrees", sa.Boolean(), nullable=False),
        sa.Column("objection", sa.Text(), nullable=False),
        sa.Column("is_hidden", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("agrees <> (objection <> '')", name=op.f("ck_minutes_answer_who_disagrees_says_why")),
        sa.ForeignKeyConstraint(["author_id"], ["participant.id"], name=op.f("fk_minutes_answer_author_id")),
        sa.ForeignKeyConstraint(["entry_id"], ["gathering_entry.id"], name=op.f("fk_minutes_answer_entry_id")),
        sa.ForeignKeyConstraint(["minutes_id"], ["gathering_minutes.id"], name=op.f("fk_minutes_answer_minutes_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_minutes_answer")),
        sa.UniqueConstraint(
            "minutes_id", "round", "entry_id", name=op.f("uq_minutes_answer_minutes_id_round_entry_id")
        ),
    )
    op.create_index(op.f("ix_minutes_answer_author_id"), "minutes_answer", ["author_id"])
    op.create_table(
        "minutes_quote",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("minutes_id", sa.Integer(), nullable=False),
        sa.Column("idea_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(withdrawn_at IS NULL) = (text <> '')", name=op.f("ck_minutes_quote_withdrawn_is_gone")),
        sa.ForeignKeyConstraint(["idea_id"], ["idea.id"], name=op.f("fk_minutes_quote_idea_id")),
        sa.ForeignKeyConstraint(["minutes_id"], ["gathering_minutes.id"], name=op.f("fk_minutes_quote_minutes_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_minutes_quote")),
        sa.UniqueConstraint("minutes_id", "idea_id", name=op.f("uq_minutes_quote_minutes_id_idea_id")),
    )


def guard_texts() -> None:
    """Refuse the deletion of a text that a report or hiding is about, as for ideas."""
    for text in TEXTS:
        if op.get_bind().dialect.name != "sqlite":
            op.execute(
                f"""CREATE TRIGGER {text}_is_named BEFORE DELETE ON {text}
                      FOR EACH ROW EXECUTE FUNCTION refuse_loss_of_named_text()"""
            )
            continue
        named = " OR ".join(
            f"EXISTS (SELECT 1 FROM {table} AS a WHERE a.text_kind = '{text}' AND a.text_id = old.id)"
            for table in ABOUT_TEXTS
        )
        op.execute(
            f"""CREATE TRIGGER {text}_is_named BEFORE DELETE ON {text} WHEN {named} BEGIN
                  SELECT RAISE(ABORT, 'something is about this text'); END"""
        )


def downgrade() -> None:
    for table in ABOUT_TEXTS:
        op.execute(f"DELETE FROM {table} WHERE text_kind IN ({', '.join(repr(text) for text in TEXTS)})")
    op.execute("DROP VIEW published_text")
    op.execute(OLD_VIEW)
    for table in (
        "minutes_quote",
        "minutes_answer",
        "gathering_minutes",
        "paper_tally",
        "paper_result",
        "sheet_count_row",
        "sheet_count",
        "room_tally",
        "idea_room",
        "gathering_entry",
        "gathering_tablet",
        "gathering_registration",
        "gathering_helper",
        "gathering",
    ):
        op.drop_table(table)
