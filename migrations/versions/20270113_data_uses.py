"""data uses: what people found out with datasets, and the datasets of each

Why: what a dataset showed, with a chart and the code, stands beside the idea, theme, letter or task it is about.
What happens to existing rows: nothing.
Runs both ways; a downgrade forgets them, with the reports about them.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20270113_data_uses"
down_revision = "20270112_data_requests"
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
    "data_request",
    "data_request_review",
)
NEW_KINDS = ("data_use",)
SUBJECTS = ("idea_id", "theme_id", "referral_id", "task_id")
ABOUT_TEXTS = ("report", "hiding", "consent_hidden_text")
TAKES_PART = "data_use_takes_part"


def upgrade() -> None:
    op.create_table(
        "data_use",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("idea_id", sa.Integer(), nullable=True),
        sa.Column("theme_id", sa.Integer(), nullable=True),
        sa.Column("referral_id", sa.Integer(), nullable=True),
        sa.Column("task_id", sa.Integer(), nullable=True),
        sa.Column("need_id", sa.Integer(), nullable=True),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("written_as", _codes("data_use_written_as", "PERSON", "HOLDER", "ANALYST"), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("finding", sa.Text(), nullable=False),
        sa.Column("effect", sa.Text(), nullable=False),
        sa.Column("title_typed", sa.String(length=120), nullable=True),
        sa.Column("finding_typed", sa.Text(), nullable=True),
        sa.Column("effect_typed", sa.Text(), nullable=True),
        sa.Column("code_url", sa.String(length=500), nullable=False),
        sa.Column("chart_title", sa.String(length=80), nullable=False),
        sa.Column("chart_unit", sa.String(length=20), nullable=False),
        sa.Column("chart_rows", sa.JSON(), nullable=False),
        sa.Column(
            "state",
            _codes("data_use_state", "WAITING", "PUBLISHED", "RETURNED", "WITHDRAWN", "REMOVED"),
            nullable=False,
        ),
        sa.Column("needs_check", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("checked_by_id", sa.Integer(), nullable=True),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("corrected_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_hidden", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        _check(
            "about_one_thing", " + ".join(f"(CASE WHEN {name} IS NULL THEN 0 ELSE 1 END)" for name in SUBJECTS) + " = 1"
        ),
        _check("says_something", "state = 'REMOVED' OR (title <> '' AND finding <> '')"),
        _check("links_by_https", "code_url = '' OR code_url LIKE 'https://%'"),
        _check("published_at_a_time", "state <> 'PUBLISHED' OR published_at IS NOT NULL"),
        _check("published_after_a_check", "state <> 'PUBLISHED' OR NOT needs_check OR checked_at IS NOT NULL"),
        _check("waits_for_a_check", "state <> 'WAITING' OR (needs_check AND checked_at IS NULL)"),
        _check("returned_with_a_reason", "(state = 'RETURNED') = (reason <> '')"),
        _check("returned_by_a_check", "state <> 'RETURNED' OR checked_at IS NOT NULL"),
        _check("checked_by_somebody", "(checked_at IS NULL) = (checked_by_id IS NULL)"),
        _check("corrected_after_publication", "corrected_at IS NULL OR published_at IS NOT NULL"),
        _check("settles_a_need", "settled_at IS NULL OR need_id IS NOT NULL"),
        _check("revision_counts_from_one", "revision >= 1"),
        sa.ForeignKeyConstraint(["author_id"], ["participant.id"], name=op.f("fk_data_use_author_id")),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_data_use_campaign_id")),
        sa.ForeignKeyConstraint(["checked_by_id"], ["account.id"], name=op.f("fk_data_use_checked_by_id")),
        sa.ForeignKeyConstraint(["idea_id"], ["idea.id"], name=op.f("fk_data_use_idea_id")),
        sa.ForeignKeyConstraint(["need_id"], ["data_need.id"], name=op.f("fk_data_use_need_id")),
        sa.ForeignKeyConstraint(["referral_id"], ["referral.id"], name=op.f("fk_data_use_referral_id")),
        sa.ForeignKeyConstraint(["task_id"], ["council_task.id"], name=op.f("fk_data_use_task_id")),
        sa.ForeignKeyConstraint(["theme_id"], ["theme.id"], name=op.f("fk_data_use_theme_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_use")),
    )
    for column in ("author_id", "campaign_id", "idea_id", "need_id", "referral_id", "task_id", "theme_id"):
        op.create_index(op.f(f"ix_data_use_{column}"), "data_use", [column], unique=False)
    op.create_index("ix_data_use_state_published_at", "data_use", ["state", "published_at"], unique=False)
    op.create_table(
        "data_use_dataset",
        sa.Column("use_id", sa.Integer(), nullable=False),
        sa.Column("dataset_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["dataset_id"], ["dataset.id"], name=op.f("fk_data_use_dataset_dataset_id")),
        sa.ForeignKeyConstraint(["use_id"], ["data_use.id"], name=op.f("fk_data_use_dataset_use_id")),
        sa.PrimaryKeyConstraint("use_id", "dataset_id", name=op.f("pk_data_use_dataset")),
    )
    op.create_index(op.f("ix_data_use_dataset_dataset_id"), "data_use_dataset", ["dataset_id"], unique=False)
    op.execute("DROP VIEW published_text")
    op.execute(view_of((*KINDS, *NEW_KINDS)))
    for table in NEW_KINDS:
        guard_text(table)
    _refuse_who_may_not_take_part()


def downgrade() -> None:
    for table in ABOUT_TEXTS:
        for kind in NEW_KINDS:
            op.execute(f"DELETE FROM {table} WHERE text_kind = '{kind}'")
    op.execute("DROP VIEW published_text")
    op.execute(view_of(KINDS))
    op.drop_table("data_use_dataset")
    op.drop_table("data_use")
    if op.get_bind().dialect.name != "sqlite":
        op.execute(f"DROP FUNCTION {TAKES_PART}()")


def _codes(name: str, *codes: str) -> sa.Enum:
    return sa.Enum(*codes, name=name, native_enum=False, create_constraint=True, length=32)


def _check(name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_data_use_{name}"))


def _refuse_who_may_not_take_part() -> None:
    """Refuse a use of a guest, or of a child who waits. A consent that is being revoked is waited for, as by ideas."""
    why = "this participant may not take part"
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            f"""CREATE TRIGGER {TAKES_PART} BEFORE INSERT ON data_use WHEN {_may_not_take_part("")}
                BEGIN SELECT RAISE(ABORT, '{why}'); END"""
        )
        return
    op.execute(
        f"""CREATE FUNCTION {TAKES_PART}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
              IF ({_may_not_take_part("FOR SHARE OF account")}) THEN
                RAISE EXCEPTION '{why}' USING ERRCODE = 'check_violation';
              END IF;
              RETURN NEW;
            END $$"""
    )
    op.execute(f"CREATE TRIGGER {TAKES_PART} BEFORE INSERT ON data_use FOR EACH ROW EXECUTE FUNCTION {TAKES_PART}()")


def _may_not_take_part(lock: str) -> str:
    """Return the condition that the author has no account that may take part."""
    return f"""NOT EXISTS (SELECT 1 FROM participant JOIN account ON account.id = participant.account_id
                 WHERE participant.id = NEW.author_id AND account.active AND NOT account.waits_for_consent {lock})"""


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
