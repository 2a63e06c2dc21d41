"""moderation: reports, hidings with a reason, one appeal each

Why: from its first day a public forum needs a way to hide what breaks its rules, with a published reason and an appeal.
What happens to existing rows: ideas may be HIDDEN from now on; all existing comments are visible.
Runs both ways. Downgrading restores the earlier state of what is hidden, and counts hidden comments again.

SQLite cannot change a CHECK. The table is created again from its own SQL with that one constraint changed, so that its
other constraints, indexes and triggers stay as they are, whatever earlier migrations made of them.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261124_moderation"
down_revision = "20261124_audit_seal"
branch_labels = None
depends_on = None

OLD = "state IN ('OPEN', 'WITHDRAWN', 'MERGED')"
NEW = "state IN ('OPEN', 'WITHDRAWN', 'MERGED', 'HIDDEN')"
REASONS = ("PERSONAL_DATA", "ABUSE", "DEFAMATION", "SPAM", "SEXUAL", "ILLEGAL", "OFF_TOPIC")
STATES = ("OPEN", "WITHDRAWN", "MERGED", "HIDDEN")
ONE_THING = "(idea_id IS NULL) <> (comment_id IS NULL)"
IS_OPEN = sa.text("lifted_at IS NULL")


def upgrade() -> None:
    _change_idea_states(OLD, NEW)
    column = "state VARCHAR(32) DEFAULT 'VISIBLE' NOT NULL"
    op.execute(
        f"ALTER TABLE comment ADD COLUMN {column} CONSTRAINT ck_comment_comment_state "
        "CHECK (state IN ('VISIBLE', 'HIDDEN'))"
    )
    create_report()
    create_hiding()


def downgrade() -> None:
    op.execute(
        "UPDATE idea_tally SET comments = (SELECT count(*) FROM comment WHERE comment.idea_id = idea_tally.idea_id)"
    )
    in_force = "FROM hiding h WHERE h.idea_id = idea.id AND h.lifted_at IS NULL"
    op.execute(
        f"UPDATE idea SET state = (SELECT h.state_before {in_force}), "
        f"merged_into_id = (SELECT h.merged_into_before_id {in_force}) WHERE EXISTS (SELECT 1 {in_force})"
    )
    op.drop_table("hiding")
    op.drop_table("report")
    op.execute("ALTER TABLE comment DROP COLUMN state")
    _change_idea_states(NEW, OLD)


def _change_idea_states(before: str, after: str) -> None:
    connection = op.get_bind()
    if connection.dialect.name != "sqlite":
        op.execute("ALTER TABLE idea DROP CONSTRAINT ck_idea_idea_state")
        op.execute(f"ALTER TABLE idea ADD CONSTRAINT ck_idea_idea_state CHECK ({after})")
        return
    parts = connection.execute(
        sa.text("SELECT type, sql FROM sqlite_master WHERE tbl_name = 'idea' AND sql IS NOT NULL")
    ).all()
    (table,) = (sql for kind, sql in parts if kind == "table")
    if table.count(before) != 1:
        raise RuntimeError("the states of idea are not as the migrations before this one left them")
    made = table.replace(before, after).replace("TABLE idea", "TABLE idea_anew", 1).replace('"idea"', '"idea_anew"', 1)
    connection.exec_driver_sql("PRAGMA legacy_alter_table=ON")  # foreign keys of other tables still name "idea"
    connection.exec_driver_sql(made)
    connection.exec_driver_sql("INSERT INTO idea_anew SELECT * FROM idea")
    connection.exec_driver_sql("DROP TABLE idea")
    connection.exec_driver_sql("ALTER TABLE idea_anew RENAME TO idea")
    connection.exec_driver_sql("PRAGMA legacy_alter_table=OFF")
    for kind, sql in parts:
        if kind != "table":
            connection.exec_driver_sql(sql)


def create_report() -> None:
    op.create_table(
        "report",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("idea_id", sa.Integer(), nullable=True),
        sa.Column("comment_id", sa.Integer(), nullable=True),
        sa.Column("reporter_id", sa.Integer(), nullable=False),
        sa.Column("reason", _enum(REASONS, "report_reason"), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(ONE_THING, name=op.f("ck_report_is_about_one_thing")),
        sa.ForeignKeyConstraint(["idea_id"], ["idea.id"], name=op.f("fk_report_idea_id")),
        sa.ForeignKeyConstraint(["comment_id"], ["comment.id"], name=op.f("fk_report_comment_id")),
        sa.ForeignKeyConstraint(["reporter_id"], ["participant.id"], name=op.f("fk_report_reporter_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report")),
        sa.UniqueConstraint("reporter_id", "idea_id", name=op.f("uq_report_reporter_id_idea_id")),
        sa.UniqueConstraint("reporter_id", "comment_id", name=op.f("uq_report_reporter_id_comment_id")),
    )
    op.create_index(op.f("ix_report_idea_id"), "report", ["idea_id"])
    op.create_index(op.f("ix_report_comment_id"), "report", ["comment_id"])
    op.create_index(op.f("ix_report_reporter_id_created_at"), "report", ["reporter_id", "created_at"])


def create_hiding() -> None:
    op.create_table(
        "hiding",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("idea_id", sa.Integer(), nullable=True),
        sa.Column("comment_id", sa.Integer(), nullable=True),
        sa.Column("reason", _enum(REASONS, "hiding_reason"), nullable=False),
        sa.Column("hidden_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("hidden_by_id", sa.Integer(), nullable=True),
        sa.Column("state_before", _enum(STATES, "hiding_state_before"), nullable=True),
        sa.Column("merged_into_before_id", sa.Integer(), nullable=True),
        sa.Column("appeal_text", sa.Text(), nullable=True),
        sa.Column("appealed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("appeal_decision", _enum(("KEPT", "SHOWN"), "appeal_decision"), nullable=True),
        sa.Column("appeal_answer", sa.Text(), nullable=True),
        sa.Column("appeal_decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("appeal_decided_by_id", sa.Integer(), nullable=True),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lifted_by_id", sa.Integer(), nullable=True),
        sa.Column("lift_reason", _enum(("MISTAKE", "APPEAL", "NO_LONGER"), "lift_reason"), nullable=True),
        sa.CheckConstraint(ONE_THING, name=op.f("ck_hiding_is_about_one_thing")),
        sa.CheckConstraint(
            "(idea_id IS NOT NULL) = (state_before IS NOT NULL)", name=op.f("ck_hiding_remembers_an_ideas_state")
        ),
        sa.CheckConstraint(
            "state_before IS NULL OR state_before <> 'HIDDEN'", name=op.f("ck_hiding_hides_what_was_shown")
        ),
        sa.CheckConstraint(
            "merged_into_before_id IS NULL OR state_before = 'MERGED'",
            name=op.f("ck_hiding_remembers_where_it_was_merged"),
        ),
        sa.CheckConstraint(
            "(appeal_text IS NULL) = (appealed_at IS NULL)", name=op.f("ck_hiding_appeal_has_words_and_a_time")
        ),
        sa.CheckConstraint(
            "(appeal_decision IS NULL) = (appeal_decided_at IS NULL) AND "
            "(appeal_decision IS NULL OR appealed_at IS NOT NULL)",
            name=op.f("ck_hiding_only_an_appeal_is_decided"),
        ),
        sa.CheckConstraint("(lifted_at IS NULL) = (lift_reason IS NULL)", name=op.f("ck_hiding_lifted_with_a_reason")),
        sa.ForeignKeyConstraint(["idea_id"], ["idea.id"], name=op.f("fk_hiding_idea_id")),
        sa.ForeignKeyConstraint(["comment_id"], ["comment.id"], name=op.f("fk_hiding_comment_id")),
        sa.ForeignKeyConstraint(["hidden_by_id"], ["account.id"], name=op.f("fk_hiding_hidden_by_id")),
        sa.ForeignKeyConstraint(["merged_into_before_id"], ["idea.id"], name=op.f("fk_hiding_merged_into_before_id")),
        sa.ForeignKeyConstraint(["appeal_decided_by_id"], ["account.id"], name=op.f("fk_hiding_appeal_decided_by_id")),
        sa.ForeignKeyConstraint(["lifted_by_id"], ["account.id"], name=op.f("fk_hiding_lifted_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hiding")),
    )
    op.create_index(op.f("ix_hiding_hidden_at"), "hiding", ["hidden_at"])
    for thing in ("idea", "comment"):
        op.create_index(
            f"uq_hiding_open_{thing}",
            "hiding",
            [f"{thing}_id"],
            unique=True,
            sqlite_where=IS_OPEN,
            postgresql_where=IS_OPEN,
        )


def _enum(names: tuple[str, ...], name: str) -> sa.Enum:
    return sa.Enum(*names, name=name, native_enum=False, create_constraint=True, length=32)
