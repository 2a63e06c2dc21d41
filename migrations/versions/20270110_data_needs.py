"""data needs: what people would have to know to settle an idea

Why: people say which question stands in the way of an idea, a theme, a letter or a task, and holders of data see it.
What happens to existing rows: nothing.
Runs both ways; a downgrade forgets them, with the reports about them.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20270110_data_needs"
down_revision = "20270109_datasets"
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
)
NEW_KINDS = ("data_need",)
SUBJECTS = ("idea_id", "theme_id", "referral_id", "task_id")
ABOUT_TEXTS = ("report", "hiding", "consent_hidden_text")

REFUSALS: dict[str, tuple[str, str, str, str]] = {
    "data_need_takes_part": ("data_need", "INSERT", "takes part:NEW.author_id", "this participant may not take part"),
    "data_need_join_takes_part": (
        "data_need_join",
        "INSERT",
        "takes part:NEW.participant_id",
        "this participant may not take part",
    ),
}
"""Triggers: on which table, at which act, on what condition, and why."""


def upgrade() -> None:
    op.create_table(
        "data_need",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("idea_id", sa.Integer(), nullable=True),
        sa.Column("theme_id", sa.Integer(), nullable=True),
        sa.Column("referral_id", sa.Integer(), nullable=True),
        sa.Column("task_id", sa.Integer(), nullable=True),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("question", sa.String(length=120), nullable=False),
        sa.Column("wanted", sa.Text(), nullable=False),
        sa.Column("benefit", sa.Text(), nullable=False),
        sa.Column("question_typed", sa.String(length=120), nullable=True),
        sa.Column("wanted_typed", sa.Text(), nullable=True),
        sa.Column("benefit_typed", sa.Text(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "OPEN",
                "OFFERED",
                "SETTLED",
                "REFUSED",
                "WITHDRAWN",
                "REMOVED",
                name="data_need_state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("state_reason", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_hidden", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(state IN ('SETTLED', 'REFUSED')) = (decided_at IS NOT NULL AND state_reason <> '')",
            name=op.f("ck_data_need_decided_with_a_reason"),
        ),
        sa.CheckConstraint(
            "state = 'REMOVED' OR (question <> '' AND wanted <> '' AND benefit <> '')",
            name=op.f("ck_data_need_says_all"),
        ),
        sa.CheckConstraint(
            " + ".join(f"(CASE WHEN {name} IS NULL THEN 0 ELSE 1 END)" for name in SUBJECTS) + " = 1",
            name=op.f("ck_data_need_about_one_thing"),
        ),
        sa.CheckConstraint("revision >= 1", name=op.f("ck_data_need_revision_counts_from_one")),
        sa.ForeignKeyConstraint(["author_id"], ["participant.id"], name=op.f("fk_data_need_author_id")),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_data_need_campaign_id")),
        sa.ForeignKeyConstraint(["idea_id"], ["idea.id"], name=op.f("fk_data_need_idea_id")),
        sa.ForeignKeyConstraint(["referral_id"], ["referral.id"], name=op.f("fk_data_need_referral_id")),
        sa.ForeignKeyConstraint(["task_id"], ["council_task.id"], name=op.f("fk_data_need_task_id")),
        sa.ForeignKeyConstraint(["theme_id"], ["theme.id"], name=op.f("fk_data_need_theme_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_need")),
    )
    op.create_index(op.f("ix_data_need_author_id"), "data_need", ["author_id"], unique=False)
    op.create_index(op.f("ix_data_need_campaign_id"), "data_need", ["campaign_id"], unique=False)
    op.create_index(op.f("ix_data_need_idea_id"), "data_need", ["idea_id"], unique=False)
    op.create_index(op.f("ix_data_need_referral_id"), "data_need", ["referral_id"], unique=False)
    op.create_index("ix_data_need_state_id", "data_need", ["state", "id"], unique=False)
    op.create_index(op.f("ix_data_need_task_id"), "data_need", ["task_id"], unique=False)
    op.create_index(op.f("ix_data_need_theme_id"), "data_need", ["theme_id"], unique=False)
    op.create_table(
        "data_need_join",
        sa.Column("need_id", sa.Integer(), nullable=False),
        sa.Column("participant_id", sa.Integer(), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["need_id"], ["data_need.id"], name=op.f("fk_data_need_join_need_id")),
        sa.ForeignKeyConstraint(["participant_id"], ["participant.id"], name=op.f("fk_data_need_join_participant_id")),
        sa.PrimaryKeyConstraint("need_id", "participant_id", name=op.f("pk_data_need_join")),
    )
    op.create_index(op.f("ix_data_need_join_participant_id"), "data_need_join", ["participant_id"], unique=False)
    op.create_table(
        "data_need_offer",
        sa.Column("need_id", sa.Integer(), nullable=False),
        sa.Column("dataset_id", sa.Integer(), nullable=False),
        sa.Column("offered_by_id", sa.Integer(), nullable=False),
        sa.Column("offered_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["dataset_id"], ["dataset.id"], name=op.f("fk_data_need_offer_dataset_id")),
        sa.ForeignKeyConstraint(["need_id"], ["data_need.id"], name=op.f("fk_data_need_offer_need_id")),
        sa.ForeignKeyConstraint(["offered_by_id"], ["account.id"], name=op.f("fk_data_need_offer_offered_by_id")),
        sa.PrimaryKeyConstraint("need_id", "dataset_id", name=op.f("pk_data_need_offer")),
    )
    op.create_index(op.f("ix_data_need_offer_dataset_id"), "data_need_offer", ["dataset_id"], unique=False)
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
    op.drop_table("data_need_offer")
    op.drop_table("data_need_join")
    op.drop_table("data_need")
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
