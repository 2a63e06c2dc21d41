"""hearings: proposers explain their own proposals

Why: people who proposed something explain it themselves, answer questions, and see what changed because of it.
What happens to existing rows: nothing.
Runs both ways; a downgrade forgets them.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20270104_hearings"
down_revision = "20270103_scorecards"
branch_labels = None
depends_on = None

KINDS = (
    "idea",
    "comment",
    "idea_photo",
    "gathering",
    "gathering_minutes",
    "minutes_answer",
    "milestone_rating",
    "pledge",
    "scorecard",
)
NEW_KINDS = ("hearing_invitation", "hearing_question", "signed_opinion")
ABOUT_TEXTS = ("report", "hiding", "consent_hidden_text")

REFUSALS: dict[str, tuple[str, str, str, str]] = {
    "hearing_question_takes_part": (
        "hearing_question",
        "INSERT",
        "takes part:NEW.author_id",
        "this participant may not take part",
    ),
    "hearing_question_vote_takes_part": (
        "hearing_question_vote",
        "INSERT",
        "takes part:NEW.participant_id",
        "this participant may not take part",
    ),
    "hearing_held_stays": (
        "hearing",
        "UPDATE",
        "OLD.state = 'HELD' AND NEW.state <> 'HELD' OR OLD.state = 'CANCELLED'",
        "a hearing that is over stays so",
    ),
}
"""Triggers: on which table, at which act, on what condition, and why."""


def upgrade() -> None:
    op.create_table(
        "hearing",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("minutes", sa.SmallInteger(), nullable=False),
        sa.Column("place", sa.String(length=120), nullable=False),
        sa.Column("video_url", sa.String(length=500), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "PLANNED",
                "HELD",
                "CANCELLED",
                name="hearing_state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("cancel_reason", sa.String(length=200), nullable=False),
        sa.Column("what_changed", sa.Text(), nullable=False),
        sa.Column("held_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_by_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(state = 'CANCELLED') = (cancel_reason <> '')", name=op.f("ck_hearing_cancelled_with_a_reason")
        ),
        sa.CheckConstraint("(state = 'HELD') = (held_at IS NOT NULL)", name=op.f("ck_hearing_held_at_a_time")),
        sa.CheckConstraint("place <> '' OR video_url <> ''", name=op.f("ck_hearing_is_somewhere")),
        sa.CheckConstraint("what_changed = '' OR state = 'HELD'", name=op.f("ck_hearing_changed_because_of_it")),
        sa.CheckConstraint("minutes BETWEEN 5 AND 240", name=op.f("ck_hearing_takes_some_minutes")),
        sa.CheckConstraint("revision >= 1", name=op.f("ck_hearing_revision_counts_from_one")),
        sa.ForeignKeyConstraint(["created_by_id"], ["account.id"], name=op.f("fk_hearing_created_by_id")),
        sa.ForeignKeyConstraint(["task_id"], ["council_task.id"], name=op.f("fk_hearing_task_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hearing")),
    )
    op.create_index(op.f("ix_hearing_task_id"), "hearing", ["task_id"], unique=False)
    op.create_index(
        "uq_hearing_task",
        "hearing",
        ["task_id"],
        unique=True,
        sqlite_where=sa.text("state <> 'CANCELLED'"),
        postgresql_where=sa.text("state <> 'CANCELLED'"),
    )
    op.create_table(
        "signed_opinion",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=True),
        sa.Column("theme_id", sa.Integer(), nullable=True),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("affiliation", sa.String(length=80), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("is_hidden", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("invited_by_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.CheckConstraint("(sent_at IS NULL) = (text = '')", name=op.f("ck_signed_opinion_sent_says_something")),
        sa.CheckConstraint("name <> ''", name=op.f("ck_signed_opinion_is_signed")),
        sa.CheckConstraint(
            "(task_id IS NULL) <> (theme_id IS NULL)", name=op.f("ck_signed_opinion_is_about_one_thing")
        ),
        sa.CheckConstraint("revision >= 1", name=op.f("ck_signed_opinion_revision_counts_from_one")),
        sa.ForeignKeyConstraint(["author_id"], ["participant.id"], name=op.f("fk_signed_opinion_author_id")),
        sa.ForeignKeyConstraint(["invited_by_id"], ["account.id"], name=op.f("fk_signed_opinion_invited_by_id")),
        sa.ForeignKeyConstraint(["task_id"], ["council_task.id"], name=op.f("fk_signed_opinion_task_id")),
        sa.ForeignKeyConstraint(["theme_id"], ["theme.id"], name=op.f("fk_signed_opinion_theme_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signed_opinion")),
        sa.UniqueConstraint("task_id", "author_id", name=op.f("uq_signed_opinion_task_id_author_id")),
        sa.UniqueConstraint("theme_id", "author_id", name=op.f("uq_signed_opinion_theme_id_author_id")),
    )
    op.create_index(op.f("ix_signed_opinion_author_id"), "signed_opinion", ["author_id"], unique=False)
    op.create_index(op.f("ix_signed_opinion_task_id"), "signed_opinion", ["task_id"], unique=False)
    op.create_index(op.f("ix_signed_opinion_theme_id"), "signed_opinion", ["theme_id"], unique=False)
    op.create_table(
        "hearing_invitation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("hearing_id", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "INVITED",
                "ACCEPTED",
                "DECLINED",
                name="hearing_invitation_state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "way",
            sa.Enum(
                "IN_PERSON",
                "ONLINE",
                "PROXY",
                "TEXT",
                "VIDEO",
                name="hearing_way",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("proxy_name", sa.String(length=40), nullable=False),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("video_url", sa.String(length=500), nullable=False),
        sa.Column("is_hidden", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("is_minor", sa.Boolean(), nullable=False),
        sa.Column("guardian_email", sa.String(length=254), nullable=True),
        sa.Column("guardian_name", sa.String(length=30), nullable=True),
        sa.Column("consent_asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("consent_given_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("consent_revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(state = 'ACCEPTED') = (way IS NOT NULL)", name=op.f("ck_hearing_invitation_accepted_in_a_way")
        ),
        sa.CheckConstraint(
            "(state = 'INVITED') = (answered_at IS NULL)", name=op.f("ck_hearing_invitation_answered_at_a_time")
        ),
        sa.CheckConstraint("way <> 'PROXY' OR proxy_name <> ''", name=op.f("ck_hearing_invitation_proxy_has_a_name")),
        sa.CheckConstraint(
            "consent_given_at IS NULL OR consent_asked_at IS NOT NULL",
            name=op.f("ck_hearing_invitation_consent_was_asked"),
        ),
        sa.CheckConstraint(
            "consent_revoked_at IS NULL OR consent_given_at IS NOT NULL",
            name=op.f("ck_hearing_invitation_revoked_after_it_was_given"),
        ),
        sa.CheckConstraint("revision >= 1", name=op.f("ck_hearing_invitation_revision_counts_from_one")),
        sa.ForeignKeyConstraint(["author_id"], ["participant.id"], name=op.f("fk_hearing_invitation_author_id")),
        sa.ForeignKeyConstraint(["hearing_id"], ["hearing.id"], name=op.f("fk_hearing_invitation_hearing_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hearing_invitation")),
        sa.UniqueConstraint("hearing_id", "author_id", name=op.f("uq_hearing_invitation_hearing_id_author_id")),
    )
    op.create_index(op.f("ix_hearing_invitation_author_id"), "hearing_invitation", ["author_id"], unique=False)
    op.create_table(
        "hearing_question",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("hearing_id", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("of_member", sa.Boolean(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("text_typed", sa.Text(), nullable=True),
        sa.Column("is_hidden", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("n_votes", sa.Integer(), server_default="0", nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("answer_url", sa.String(length=500), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(answer = '') = (answered_at IS NULL)", name=op.f("ck_hearing_question_answered_at_a_time")
        ),
        sa.CheckConstraint("text <> ''", name=op.f("ck_hearing_question_asks_something")),
        sa.CheckConstraint(
            "(answered_at IS NULL) = (answered_by_id IS NULL)", name=op.f("ck_hearing_question_answered_by_somebody")
        ),
        sa.CheckConstraint("n_votes >= 0", name=op.f("ck_hearing_question_votes_are_counted")),
        sa.CheckConstraint("revision >= 1", name=op.f("ck_hearing_question_revision_counts_from_one")),
        sa.ForeignKeyConstraint(["answered_by_id"], ["account.id"], name=op.f("fk_hearing_question_answered_by_id")),
        sa.ForeignKeyConstraint(["author_id"], ["participant.id"], name=op.f("fk_hearing_question_author_id")),
        sa.ForeignKeyConstraint(["hearing_id"], ["hearing.id"], name=op.f("fk_hearing_question_hearing_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hearing_question")),
    )
    op.create_index(op.f("ix_hearing_question_author_id"), "hearing_question", ["author_id"], unique=False)
    op.create_index(op.f("ix_hearing_question_hearing_id"), "hearing_question", ["hearing_id"], unique=False)
    op.create_table(
        "hearing_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("hearing_id", sa.Integer(), nullable=False),
        sa.Column("invitation_id", sa.Integer(), nullable=True),
        sa.Column("question_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("uploaded_by_id", sa.Integer(), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("name <> ''", name=op.f("ck_hearing_file_has_a_name")),
        sa.CheckConstraint("length(sha256) = 64", name=op.f("ck_hearing_file_has_a_sha256")),
        sa.CheckConstraint("size_bytes > 0", name=op.f("ck_hearing_file_is_not_empty")),
        sa.ForeignKeyConstraint(["hearing_id"], ["hearing.id"], name=op.f("fk_hearing_file_hearing_id")),
        sa.ForeignKeyConstraint(
            ["invitation_id"], ["hearing_invitation.id"], name=op.f("fk_hearing_file_invitation_id")
        ),
        sa.ForeignKeyConstraint(["question_id"], ["hearing_question.id"], name=op.f("fk_hearing_file_question_id")),
        sa.ForeignKeyConstraint(["uploaded_by_id"], ["account.id"], name=op.f("fk_hearing_file_uploaded_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hearing_file")),
    )
    op.create_index(op.f("ix_hearing_file_hearing_id"), "hearing_file", ["hearing_id"], unique=False)
    op.create_table(
        "hearing_question_vote",
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("participant_id", sa.Integer(), nullable=False),
        sa.Column("cast_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["participant_id"], ["participant.id"], name=op.f("fk_hearing_question_vote_participant_id")
        ),
        sa.ForeignKeyConstraint(
            ["question_id"], ["hearing_question.id"], name=op.f("fk_hearing_question_vote_question_id")
        ),
        sa.PrimaryKeyConstraint("question_id", "participant_id", name=op.f("pk_hearing_question_vote")),
    )
    op.create_index(
        op.f("ix_hearing_question_vote_participant_id"), "hearing_question_vote", ["participant_id"], unique=False
    )
    op.execute("DROP VIEW published_text")
    op.execute(view_of((*KINDS, *NEW_KINDS)))
    for table in NEW_KINDS:
        guard_text(table)
    for name, (table, act, when, why) in REFUSALS.items():
        _, found, author = when.partition("takes part:")
        _refuse(name, table, act, _may_not_take_part(author) if found else when, why)


def downgrade() -> None:
    for table in ABOUT_TEXTS:
        for kind in NEW_KINDS:
            op.execute(f"DELETE FROM {table} WHERE text_kind = '{kind}'")
    op.execute("DROP VIEW published_text")
    op.execute(view_of(KINDS))
    op.drop_table("hearing_question_vote")
    op.drop_table("hearing_file")
    op.drop_table("hearing_question")
    op.drop_table("hearing_invitation")
    op.drop_table("signed_opinion")
    op.drop_table("hearing")
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


def _may_not_take_part(author: str) -> str:
    """Return the condition that the author has no account that may take part: no guest, and no child who waits.

    A consent that is being revoked is waited for, as by an idea.
    """
    lock = "" if op.get_bind().dialect.name == "sqlite" else "FOR SHARE OF account"
    return f"""NOT EXISTS (SELECT 1 FROM participant JOIN account ON account.id = participant.account_id
                 WHERE participant.id = {author} AND account.active AND NOT account.waits_for_consent {lock})"""


def guard_text(table: str) -> None:
    """Refuse the deletion of a row that a report or hiding is about, as for ideas."""
    if op.get_bind().dialect.name != "sqlite":
        op.execute(
            f"""CREATE TRIGGER {table}_is_named BEFORE DELETE ON {table}
                  FOR EACH ROW EXECUTE FUNCTION refuse_loss_of_named_text()"""
        )
        return
    named = " OR ".join(
        f"EXISTS (SELECT 1 FROM {about} AS a WHERE a.text_kind = '{table}' AND a.text_id = old.id)"
        for about in ABOUT_TEXTS
    )
    op.execute(
        f"""CREATE TRIGGER {table}_is_named BEFORE DELETE ON {table} WHEN {named} BEGIN
              SELECT RAISE(ABORT, 'something is about this text'); END"""
    )


def view_of(kinds: tuple[str, ...]) -> str:
    return "CREATE VIEW published_text AS " + " UNION ALL ".join(
        f"SELECT '{kind}' AS kind, id, author_id FROM {kind}" for kind in kinds
    )
