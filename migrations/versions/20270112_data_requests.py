"""data requests: who asks for restricted data, the panel's reviews, decisions, terms, their acceptance, and appeals

Why: people get restricted data on published criteria and terms, by a clock that everybody sees.
What happens to existing rows: nothing.
Runs both ways; a downgrade forgets the requests, with the reports about them.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20270112_data_requests"
down_revision = "20270111_data_files"
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
    "hearing_invitation",
    "hearing_question",
    "signed_opinion",
    "data_need",
)
NEW_KINDS = ("data_request", "data_request_review")
ABOUT_TEXTS = ("report", "hiding", "consent_hidden_text")

FIXED = "what was said is not changed afterwards"
WORDS_ALONE = (
    "NEW.request_id <> OLD.request_id OR NEW.round <> OLD.round OR NEW.author_id <> OLD.author_id"
    " OR CAST(NEW.marks AS TEXT) <> CAST(OLD.marks AS TEXT) OR NEW.verdict <> OLD.verdict"
    " OR NEW.created_at <> OLD.created_at"
)
"""Of a review the words may be hidden, masked and forgotten; nothing else changes."""
REFUSALS: dict[str, tuple[str, str, str, str]] = {
    **{
        f"{table}_takes_part": (table, "INSERT", "takes part:NEW.author_id", "this participant may not take part")
        for table in ("data_request", "data_request_review")
    },
    **{
        f"{table}_stays_{act.lower()}": (
            table,
            act,
            WORDS_ALONE if (table, act) == ("data_request_review", "UPDATE") else "",
            FIXED,
        )
        for table in (
            "data_criteria",
            "data_criterion",
            "data_request_review",
            "data_request_decision",
            "data_request_terms",
            "data_request_acceptance",
        )
        for act in ("UPDATE", "DELETE")
    },
}
"""Triggers: on which table, at which act, on what condition, and why."""


def upgrade() -> None:
    op.create_table(
        "data_criteria",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("published_by_id", sa.Integer(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("number >= 1", name=op.f("ck_data_criteria_numbers_count_from_one")),
        sa.ForeignKeyConstraint(["published_by_id"], ["account.id"], name=op.f("fk_data_criteria_published_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_criteria")),
        sa.UniqueConstraint("number", name=op.f("uq_data_criteria_number")),
    )
    op.create_table(
        "data_panel_seat",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("added_by_id", sa.Integer(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "ended_at IS NULL OR ended_at >= added_at", name=op.f("ck_data_panel_seat_ends_after_it_began")
        ),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_data_panel_seat_account_id")),
        sa.ForeignKeyConstraint(["added_by_id"], ["account.id"], name=op.f("fk_data_panel_seat_added_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_panel_seat")),
    )
    op.create_index(
        "uq_data_panel_seat_account_id",
        "data_panel_seat",
        ["account_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "data_criterion",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("criteria_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("question", sa.String(length=200), nullable=False),
        sa.Column("explanation", sa.String(length=500), nullable=False),
        sa.CheckConstraint("question <> ''", name=op.f("ck_data_criterion_asks_something")),
        sa.CheckConstraint("position >= 0", name=op.f("ck_data_criterion_positions_count_from_zero")),
        sa.ForeignKeyConstraint(["criteria_id"], ["data_criteria.id"], name=op.f("fk_data_criterion_criteria_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_criterion")),
        sa.UniqueConstraint("criteria_id", "position", name=op.f("uq_data_criterion_criteria_id_position")),
    )
    op.create_table(
        "data_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("dataset_id", sa.Integer(), nullable=False),
        sa.Column("need_id", sa.Integer(), nullable=True),
        sa.Column("criteria_id", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column(
            "use_kind",
            sa.Enum(
                "POLICY",
                "RESEARCH",
                "EDUCATION",
                "JOURNALISM",
                "SERVICE",
                name="data_request_use",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("users", sa.Text(), nullable=False),
        sa.Column("n_users", sa.Integer(), nullable=False),
        sa.Column("safeguards", sa.Text(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "REVIEW",
                "APPROVED",
                "REFUSED",
                "REVOKED",
                "WITHDRAWN",
                "REMOVED",
                name="data_request_state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("panel_due_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("state_reason", sa.Text(), nullable=False),
        sa.Column("is_hidden", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reminded_on", sa.Date(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(state = 'REVOKED') = (state_reason <> '')", name=op.f("ck_data_request_revoked_with_a_reason")
        ),
        sa.CheckConstraint(
            "(state IN ('REVOKED', 'WITHDRAWN')) = (closed_at IS NOT NULL)",
            name=op.f("ck_data_request_closed_at_a_time"),
        ),
        sa.CheckConstraint(
            "state <> 'REVIEW' OR (purpose <> '' AND users <> '' AND safeguards <> '')",
            name=op.f("ck_data_request_says_all"),
        ),
        sa.CheckConstraint("n_users BETWEEN 1 AND 100", name=op.f("ck_data_request_is_for_some_people")),
        sa.CheckConstraint("panel_due_on <= due_on", name=op.f("ck_data_request_panel_comes_first")),
        sa.CheckConstraint("revision >= 1", name=op.f("ck_data_request_revision_counts_from_one")),
        sa.CheckConstraint("round BETWEEN 1 AND 2", name=op.f("ck_data_request_rounds_in_range")),
        sa.CheckConstraint("until_on >= from_on", name=op.f("ck_data_request_period_in_order")),
        sa.ForeignKeyConstraint(["author_id"], ["participant.id"], name=op.f("fk_data_request_author_id")),
        sa.ForeignKeyConstraint(["criteria_id"], ["data_criteria.id"], name=op.f("fk_data_request_criteria_id")),
        sa.ForeignKeyConstraint(["dataset_id"], ["dataset.id"], name=op.f("fk_data_request_dataset_id")),
        sa.ForeignKeyConstraint(["need_id"], ["data_need.id"], name=op.f("fk_data_request_need_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_request")),
    )
    op.create_index(op.f("ix_data_request_author_id"), "data_request", ["author_id"], unique=False)
    op.create_index(op.f("ix_data_request_dataset_id"), "data_request", ["dataset_id"], unique=False)
    op.create_index(op.f("ix_data_request_due_on"), "data_request", ["due_on"], unique=False)
    op.create_index(op.f("ix_data_request_need_id"), "data_request", ["need_id"], unique=False)
    op.create_index("ix_data_request_state_id", "data_request", ["state", "id"], unique=False)
    op.create_index(
        "uq_data_request_open",
        "data_request",
        ["author_id", "dataset_id"],
        unique=True,
        sqlite_where=sa.text("state IN ('REVIEW', 'APPROVED')"),
        postgresql_where=sa.text("state IN ('REVIEW', 'APPROVED')"),
    )
    op.create_table(
        "data_request_appeal",
        sa.Column("request_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("is_granted", sa.Boolean(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("answered_by_id", sa.Integer(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(is_granted IS NULL) = (answer = '') AND (is_granted IS NULL) = (answered_by_id IS NULL)"
            " AND (is_granted IS NULL) = (answered_at IS NULL)",
            name=op.f("ck_data_request_appeal_answered_with_a_reason"),
        ),
        sa.ForeignKeyConstraint(["answered_by_id"], ["account.id"], name=op.f("fk_data_request_appeal_answered_by_id")),
        sa.ForeignKeyConstraint(["request_id"], ["data_request.id"], name=op.f("fk_data_request_appeal_request_id")),
        sa.PrimaryKeyConstraint("request_id", name=op.f("pk_data_request_appeal")),
    )
    op.create_table(
        "data_request_decision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("is_approved", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by_holder", sa.Boolean(), nullable=False),
        sa.Column("decided_by_id", sa.Integer(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_data_request_decision_says_why")),
        sa.CheckConstraint("round BETWEEN 1 AND 2", name=op.f("ck_data_request_decision_rounds_in_range")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["account.id"], name=op.f("fk_data_request_decision_decided_by_id")),
        sa.ForeignKeyConstraint(["request_id"], ["data_request.id"], name=op.f("fk_data_request_decision_request_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_request_decision")),
        sa.UniqueConstraint("request_id", "round", name=op.f("uq_data_request_decision_request_id_round")),
    )
    op.create_table(
        "data_request_review",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("marks", sa.JSON(), nullable=False),
        sa.Column(
            "verdict",
            sa.Enum("FIT", "UNFIT", name="data_request_verdict", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("is_hidden", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("words <> ''", name=op.f("ck_data_request_review_says_why")),
        sa.CheckConstraint("round BETWEEN 1 AND 2", name=op.f("ck_data_request_review_rounds_in_range")),
        sa.ForeignKeyConstraint(["request_id"], ["data_request.id"], name=op.f("fk_data_request_review_request_id")),
        sa.ForeignKeyConstraint(["author_id"], ["participant.id"], name=op.f("fk_data_request_review_author_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_request_review")),
        sa.UniqueConstraint(
            "request_id", "round", "author_id", name=op.f("uq_data_request_review_request_id_round_author_id")
        ),
    )
    op.create_index(op.f("ix_data_request_review_author_id"), "data_request_review", ["author_id"], unique=False)
    op.create_table(
        "data_request_terms",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("most_users", sa.Integer(), nullable=False),
        sa.Column(
            "publishing",
            sa.Enum(
                "NOTHING",
                "CHECKED",
                "FIGURES",
                name="data_request_publishing",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("may_join", sa.Boolean(), nullable=False),
        sa.Column("erase_within_days", sa.Integer(), nullable=False),
        sa.Column("must_report", sa.Boolean(), nullable=False),
        sa.Column("more", sa.Text(), nullable=False),
        sa.Column("set_by_id", sa.Integer(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "erase_within_days BETWEEN 0 AND 365", name=op.f("ck_data_request_terms_erases_within_a_year")
        ),
        sa.CheckConstraint("most_users BETWEEN 1 AND 100", name=op.f("ck_data_request_terms_is_for_some_people")),
        sa.CheckConstraint("number >= 1", name=op.f("ck_data_request_terms_numbers_count_from_one")),
        sa.ForeignKeyConstraint(["request_id"], ["data_request.id"], name=op.f("fk_data_request_terms_request_id")),
        sa.ForeignKeyConstraint(["set_by_id"], ["account.id"], name=op.f("fk_data_request_terms_set_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_request_terms")),
        sa.UniqueConstraint("request_id", "number", name=op.f("uq_data_request_terms_request_id_number")),
    )
    op.create_table(
        "data_request_acceptance",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("terms_id", sa.Integer(), nullable=False),
        sa.Column("terms_sha256", sa.String(length=64), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(terms_sha256) = 64", name=op.f("ck_data_request_acceptance_has_a_sha256")),
        sa.ForeignKeyConstraint(
            ["terms_id"], ["data_request_terms.id"], name=op.f("fk_data_request_acceptance_terms_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_request_acceptance")),
        sa.UniqueConstraint("terms_id", "terms_sha256", name=op.f("uq_data_request_acceptance_terms_id_terms_sha256")),
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
    op.drop_table("data_request_acceptance")
    op.drop_table("data_request_terms")
    op.drop_table("data_request_review")
    op.drop_table("data_request_decision")
    op.drop_table("data_request_appeal")
    op.drop_table("data_request")
    op.drop_table("data_criterion")
    op.drop_table("data_panel_seat")
    op.drop_table("data_criteria")
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
