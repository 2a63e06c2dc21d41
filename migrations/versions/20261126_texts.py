"""texts: reports, hidings and revoked consents name a text of any kind

Why: a report or a hiding was about an idea or a comment, each in a column of its own, and more kinds of text are to
come. Now such a row names the kind and the id. The view `published_text` lists the texts of all kinds; triggers look
texts up in it, since a foreign key cannot name several tables. A new kind replaces the view. `hiding.is_held` marks
texts that the program hid as one of many near-copies. `text_count` holds how many texts a person or network sent.
What happens to existing rows: all are kept, with their ids; the two tables of a revoked consent become one.
Runs both ways. Downgrading shows held texts again, and loses rows about kinds other than ideas and comments.
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "20261126_texts"
down_revision = "20261124_word_statistics"
branch_labels = None
depends_on = None

REASONS = ("PERSONAL_DATA", "ABUSE", "DEFAMATION", "SPAM", "SEXUAL", "ILLEGAL", "OFF_TOPIC")
STATES = ("OPEN", "WITHDRAWN", "MERGED", "HIDDEN")
SHOW_REASONS = ("MISTAKE", "APPEAL", "NO_LONGER")
ONE_THING = "(idea_id IS NULL) <> (comment_id IS NULL)"
IS_OPEN = sa.text("lifted_at IS NULL")
MOMENT = sa.DateTime(timezone=True)
VIEW = """CREATE VIEW published_text AS
    SELECT 'idea' AS kind, id, author_id FROM idea
    UNION ALL SELECT 'comment' AS kind, id, author_id FROM comment"""
ABOUT_TEXTS = ("report", "hiding", "consent_hidden_text")
TEXTS = ("idea", "comment")
KIND = "CASE WHEN idea_id IS NULL THEN 'comment' ELSE 'idea' END"
HIDING_FACTS = (
    "appeal_text, appealed_at, appeal_decision, appeal_answer, appeal_decided_at, appeal_decided_by_id, lifted_at, "
    "lifted_by_id, lift_reason"
)


def upgrade() -> None:
    op.execute(VIEW)
    _keep("report", "hiding")
    op.execute(
        "CREATE TABLE kept_consent AS SELECT 'idea' AS text_kind, idea_id AS text_id, consent_id, was_state, "
        "was_merged_into_id AS was_target_id FROM consent_hidden_idea"
    )
    op.execute(
        "INSERT INTO kept_consent SELECT 'comment', comment_id, consent_id, 'VISIBLE', NULL FROM consent_hidden_comment"
    )
    for table in ("consent_hidden_idea", "consent_hidden_comment"):
        op.drop_table(table)
    create_report()
    create_hiding()
    create_consent_hidden_text()
    create_text_count()
    op.execute(
        "INSERT INTO report (id, text_kind, text_id, reporter_id, reason, words, created_at, settled_at) "
        f"SELECT id, {KIND}, coalesce(idea_id, comment_id), reporter_id, reason, words, created_at, settled_at "
        "FROM kept_report"
    )
    op.execute(
        "INSERT INTO hiding (id, text_kind, text_id, reason, hidden_at, hidden_by_id, is_held, state_before, "
        f"target_before_id, {HIDING_FACTS}) SELECT id, {KIND}, coalesce(idea_id, comment_id), reason, hidden_at, "
        f"hidden_by_id, {_false()}, coalesce(state_before, 'VISIBLE'), merged_into_before_id, {HIDING_FACTS} "
        "FROM kept_hiding"
    )
    op.execute(
        "INSERT INTO consent_hidden_text (text_kind, text_id, consent_id, was_state, was_target_id) "
        "SELECT text_kind, text_id, consent_id, was_state, was_target_id FROM kept_consent"
    )
    _drop_kept("report", "hiding", "consent")
    if op.get_bind().dialect.name == "sqlite":
        guard_on_sqlite()
    else:
        guard_on_postgres()


def create_report() -> None:
    op.create_table(
        "report",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("text_kind", sa.String(32), nullable=False),
        sa.Column("text_id", sa.Integer(), nullable=False),
        sa.Column("reporter_id", sa.Integer(), nullable=False),
        sa.Column("reason", _enum(REASONS, "report_reason"), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("settled_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["reporter_id"], ["participant.id"], name=op.f("fk_report_reporter_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report")),
        sa.UniqueConstraint(
            "reporter_id", "text_kind", "text_id", name=op.f("uq_report_reporter_id_text_kind_text_id")
        ),
    )
    op.create_index(op.f("ix_report_text_kind_text_id"), "report", ["text_kind", "text_id"])
    op.create_index(op.f("ix_report_reporter_id_created_at"), "report", ["reporter_id", "created_at"])


def create_hiding() -> None:
    op.create_table(
        "hiding",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("text_kind", sa.String(32), nullable=False),
        sa.Column("text_id", sa.Integer(), nullable=False),
        sa.Column("reason", _enum(REASONS, "hiding_reason"), nullable=False),
        sa.Column("hidden_at", MOMENT, nullable=False),
        sa.Column("hidden_by_id", sa.Integer(), nullable=True),
        sa.Column("is_held", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("state_before", sa.String(32), nullable=False),
        sa.Column("target_before_id", sa.Integer(), nullable=True),
        *_appeal_and_end((*SHOW_REASONS, "CHECKED")),
        sa.CheckConstraint("state_before NOT IN ('', 'HIDDEN')", name=op.f("ck_hiding_hides_what_was_shown")),
        sa.CheckConstraint(
            "target_before_id IS NULL OR state_before = 'MERGED'", name=op.f("ck_hiding_remembers_where_it_was_merged")
        ),
        sa.CheckConstraint(
            "NOT is_held OR (hidden_by_id IS NULL AND appealed_at IS NULL)",
            name=op.f("ck_hiding_held_until_somebody_has_read_it"),
        ),
        *_hiding_constraints(),
    )
    op.create_index(op.f("ix_hiding_hidden_at"), "hiding", ["hidden_at"])
    op.create_index(op.f("ix_hiding_text_kind_text_id"), "hiding", ["text_kind", "text_id"])
    op.create_index(
        "uq_hiding_open",
        "hiding",
        ["text_kind", "text_id"],
        unique=True,
        sqlite_where=IS_OPEN,
        postgresql_where=IS_OPEN,
    )


def create_consent_hidden_text() -> None:
    op.create_table(
        "consent_hidden_text",
        sa.Column("text_kind", sa.String(32), nullable=False),
        sa.Column("text_id", sa.Integer(), nullable=False),
        sa.Column("consent_id", sa.Integer(), nullable=False),
        sa.Column("was_state", sa.String(32), nullable=False),
        sa.Column("was_target_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["consent_id"], ["guardian_consent.id"], name=op.f("fk_consent_hidden_text_consent_id")
        ),
        sa.PrimaryKeyConstraint("text_kind", "text_id", name=op.f("pk_consent_hidden_text")),
    )
    op.create_index(op.f("ix_consent_hidden_text_consent_id"), "consent_hidden_text", ["consent_id"])


def create_text_count() -> None:
    op.create_table(
        "text_count",
        sa.Column("sender", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("span_seconds", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("begins_at", MOMENT, nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.CheckConstraint("n >= 1", name=op.f("ck_text_count_counts_from_one")),
        sa.PrimaryKeyConstraint("sender", "kind", "span_seconds", "begins_at", name=op.f("pk_text_count")),
    )
    op.create_index(op.f("ix_text_count_begins_at"), "text_count", ["begins_at"])


def guard_on_sqlite() -> None:
    for table in ABOUT_TEXTS:
        for act, when in (("insert", "INSERT"), ("update", "UPDATE OF text_kind, text_id")):
            op.execute(
                f"""CREATE TRIGGER {table}_is_about_a_text_{act} BEFORE {when} ON {table}
                      WHEN NOT EXISTS (SELECT 1 FROM published_text AS t
                                       WHERE t.kind = new.text_kind AND t.id = new.text_id) BEGIN
                      SELECT RAISE(ABORT, 'there is no such text'); END"""
            )
    for text in TEXTS:
        named = " OR ".join(
            f"EXISTS (SELECT 1 FROM {table} AS a WHERE a.text_kind = '{text}' AND a.text_id = old.id)"
            for table in ABOUT_TEXTS
        )
        op.execute(
            f"""CREATE TRIGGER {text}_is_named BEFORE DELETE ON {text} WHEN {named} BEGIN
                  SELECT RAISE(ABORT, 'something is about this text'); END"""
        )


def guard_on_postgres() -> None:
    refused = "USING ERRCODE = 'integrity_constraint_violation'"
    op.execute(
        f"""CREATE FUNCTION refuse_unknown_text() RETURNS trigger LANGUAGE plpgsql AS $$
              BEGIN
                IF NOT EXISTS (SELECT 1 FROM published_text AS t
                               WHERE t.kind = NEW.text_kind AND t.id = NEW.text_id) THEN
                  RAISE EXCEPTION 'there is no such text' {refused};
                END IF;
                RETURN NEW;
              END $$"""
    )
    named = " OR ".join(
        f"EXISTS (SELECT 1 FROM {table} AS a WHERE a.text_kind = TG_TABLE_NAME AND a.text_id = OLD.id)"
        for table in ABOUT_TEXTS
    )
    op.execute(
        f"""CREATE FUNCTION refuse_loss_of_named_text() RETURNS trigger LANGUAGE plpgsql AS $$
              BEGIN
                IF {named} THEN
                  RAISE EXCEPTION 'something is about this text' {refused};
                END IF;
                RETURN OLD;
              END $$"""
    )
    for table in ABOUT_TEXTS:
        op.execute(
            f"""CREATE TRIGGER {table}_is_about_a_text BEFORE INSERT OR UPDATE OF text_kind, text_id ON {table}
                  FOR EACH ROW EXECUTE FUNCTION refuse_unknown_text()"""
        )
    for text in TEXTS:
        op.execute(
            f"""CREATE TRIGGER {text}_is_named BEFORE DELETE ON {text}
                  FOR EACH ROW EXECUTE FUNCTION refuse_loss_of_named_text()"""
        )


def downgrade() -> None:
    _drop_guards()
    _show_held_texts()
    op.drop_table("text_count")
    _keep("report", "hiding", "consent_hidden_text")
    create_old_report()
    create_old_hiding()
    create_old_consent_tables()
    idea, comment = (f"CASE WHEN text_kind = '{text}' THEN text_id END" for text in TEXTS)
    known = "WHERE text_kind IN ('idea', 'comment')"
    op.execute(
        "INSERT INTO report (id, idea_id, comment_id, reporter_id, reason, words, created_at, settled_at) "
        f"SELECT id, {idea}, {comment}, reporter_id, reason, words, created_at, settled_at FROM kept_report {known}"
    )
    op.execute(
        "INSERT INTO hiding (id, idea_id, comment_id, reason, hidden_at, hidden_by_id, state_before, "
        f"merged_into_before_id, {HIDING_FACTS}) SELECT id, {idea}, {comment}, reason, hidden_at, hidden_by_id, "
        "CASE WHEN text_kind = 'idea' THEN state_before END, "
        f"target_before_id, {HIDING_FACTS.replace('lift_reason', _old_reason())} FROM kept_hiding {known}"
    )
    op.execute(
        "INSERT INTO consent_hidden_idea (idea_id, consent_id, was_state, was_merged_into_id) SELECT text_id, "
        "consent_id, was_state, was_target_id FROM kept_consent_hidden_text WHERE text_kind = 'idea'"
    )
    op.execute(
        "INSERT INTO consent_hidden_comment (comment_id, consent_id) SELECT text_id, consent_id "
        "FROM kept_consent_hidden_text WHERE text_kind = 'comment'"
    )
    _drop_kept("report", "hiding", "consent_hidden_text")
    op.execute("DROP VIEW published_text")


def _old_reason() -> str:
    return "CASE WHEN lift_reason = 'CHECKED' THEN 'MISTAKE' ELSE lift_reason END"


def _show_held_texts() -> None:
    held = "FROM hiding h WHERE h.text_kind = '{}' AND h.text_id = {}.id AND h.is_held AND h.lifted_at IS NULL"
    idea, comment = held.format("idea", "idea"), held.format("comment", "comment")
    op.execute(
        f"UPDATE idea SET state = (SELECT h.state_before {idea}), merged_into_id = (SELECT h.target_before_id {idea}) "
        f"WHERE EXISTS (SELECT 1 {idea})"
    )
    op.execute(
        "UPDATE idea_tally SET comments = comments + (SELECT count(*) FROM comment WHERE "
        f"comment.idea_id = idea_tally.idea_id AND EXISTS (SELECT 1 {comment}))"
    )
    op.execute(f"UPDATE comment SET state = 'VISIBLE' WHERE EXISTS (SELECT 1 {comment})")
    op.execute("DELETE FROM hiding WHERE is_held")


def _drop_guards() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for table in ABOUT_TEXTS:
            for act in ("insert", "update"):
                op.execute(f"DROP TRIGGER {table}_is_about_a_text_{act}")
        for text in TEXTS:
            op.execute(f"DROP TRIGGER {text}_is_named")
        return
    for table in ABOUT_TEXTS:
        op.execute(f"DROP TRIGGER {table}_is_about_a_text ON {table}")
    for text in TEXTS:
        op.execute(f"DROP TRIGGER {text}_is_named ON {text}")
    op.execute("DROP FUNCTION refuse_unknown_text()")
    op.execute("DROP FUNCTION refuse_loss_of_named_text()")


def create_old_report() -> None:
    op.create_table(
        "report",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("idea_id", sa.Integer(), nullable=True),
        sa.Column("comment_id", sa.Integer(), nullable=True),
        sa.Column("reporter_id", sa.Integer(), nullable=False),
        sa.Column("reason", _enum(REASONS, "report_reason"), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("settled_at", MOMENT, nullable=True),
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


def create_old_hiding() -> None:
    op.create_table(
        "hiding",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("idea_id", sa.Integer(), nullable=True),
        sa.Column("comment_id", sa.Integer(), nullable=True),
        sa.Column("reason", _enum(REASONS, "hiding_reason"), nullable=False),
        sa.Column("hidden_at", MOMENT, nullable=False),
        sa.Column("hidden_by_id", sa.Integer(), nullable=True),
        sa.Column("state_before", _enum(STATES, "hiding_state_before"), nullable=True),
        sa.Column("merged_into_before_id", sa.Integer(), nullable=True),
        *_appeal_and_end(SHOW_REASONS),
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
        sa.ForeignKeyConstraint(["idea_id"], ["idea.id"], name=op.f("fk_hiding_idea_id")),
        sa.ForeignKeyConstraint(["comment_id"], ["comment.id"], name=op.f("fk_hiding_comment_id")),
        sa.ForeignKeyConstraint(["merged_into_before_id"], ["idea.id"], name=op.f("fk_hiding_merged_into_before_id")),
        *_hiding_constraints(),
    )
    op.create_index(op.f("ix_hiding_hidden_at"), "hiding", ["hidden_at"])
    for text in TEXTS:
        op.create_index(
            f"uq_hiding_open_{text}",
            "hiding",
            [f"{text}_id"],
            unique=True,
            sqlite_where=IS_OPEN,
            postgresql_where=IS_OPEN,
        )


def create_old_consent_tables() -> None:
    op.create_table(
        "consent_hidden_idea",
        sa.Column("idea_id", sa.Integer(), nullable=False),
        sa.Column("consent_id", sa.Integer(), nullable=False),
        sa.Column("was_state", _enum(STATES, "consent_hidden_idea_state"), nullable=False),
        sa.Column("was_merged_into_id", sa.Integer()),
        sa.ForeignKeyConstraint(["idea_id"], ["idea.id"], name=op.f("fk_consent_hidden_idea_idea_id")),
        sa.ForeignKeyConstraint(
            ["consent_id"], ["guardian_consent.id"], name=op.f("fk_consent_hidden_idea_consent_id")
        ),
        sa.ForeignKeyConstraint(
            ["was_merged_into_id"], ["idea.id"], name=op.f("fk_consent_hidden_idea_was_merged_into_id")
        ),
        sa.PrimaryKeyConstraint("idea_id", name=op.f("pk_consent_hidden_idea")),
    )
    op.create_index(op.f("ix_consent_hidden_idea_consent_id"), "consent_hidden_idea", ["consent_id"])
    op.create_table(
        "consent_hidden_comment",
        sa.Column("comment_id", sa.Integer(), nullable=False),
        sa.Column("consent_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["comment_id"], ["comment.id"], name=op.f("fk_consent_hidden_comment_comment_id")),
        sa.ForeignKeyConstraint(
            ["consent_id"], ["guardian_consent.id"], name=op.f("fk_consent_hidden_comment_consent_id")
        ),
        sa.PrimaryKeyConstraint("comment_id", name=op.f("pk_consent_hidden_comment")),
    )
    op.create_index(op.f("ix_consent_hidden_comment_consent_id"), "consent_hidden_comment", ["consent_id"])


def _appeal_and_end(show_reasons: Sequence[str]) -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("appeal_text", sa.Text(), nullable=True),
        sa.Column("appealed_at", MOMENT, nullable=True),
        sa.Column("appeal_decision", _enum(("KEPT", "SHOWN"), "appeal_decision"), nullable=True),
        sa.Column("appeal_answer", sa.Text(), nullable=True),
        sa.Column("appeal_decided_at", MOMENT, nullable=True),
        sa.Column("appeal_decided_by_id", sa.Integer(), nullable=True),
        sa.Column("lifted_at", MOMENT, nullable=True),
        sa.Column("lifted_by_id", sa.Integer(), nullable=True),
        sa.Column("lift_reason", _enum(show_reasons, "lift_reason"), nullable=True),
    )


def _hiding_constraints() -> tuple[sa.Constraint, ...]:
    """Return the constraints that are the same before and after."""
    return (
        sa.CheckConstraint(
            "(appeal_text IS NULL) = (appealed_at IS NULL)", name=op.f("ck_hiding_appeal_has_words_and_a_time")
        ),
        sa.CheckConstraint(
            "(appeal_decision IS NULL) = (appeal_decided_at IS NULL) AND "
            "(appeal_decision IS NULL OR appealed_at IS NOT NULL)",
            name=op.f("ck_hiding_only_an_appeal_is_decided"),
        ),
        sa.CheckConstraint("(lifted_at IS NULL) = (lift_reason IS NULL)", name=op.f("ck_hiding_lifted_with_a_reason")),
        sa.ForeignKeyConstraint(["hidden_by_id"], ["account.id"], name=op.f("fk_hiding_hidden_by_id")),
        sa.ForeignKeyConstraint(["appeal_decided_by_id"], ["account.id"], name=op.f("fk_hiding_appeal_decided_by_id")),
        sa.ForeignKeyConstraint(["lifted_by_id"], ["account.id"], name=op.f("fk_hiding_lifted_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hiding")),
    )


def _keep(*tables: str) -> None:
    """Put the rows aside and drop the tables: constraints and indexes keep their names for the tables made anew."""
    for table in tables:
        op.execute(f"CREATE TABLE kept_{table} AS SELECT * FROM {table}")
        op.drop_table(table)


def _drop_kept(*tables: str) -> None:
    """Drop what was put aside, and let new rows be numbered after the old ones."""
    for table in tables:
        op.drop_table(f"kept_{table}")
    if op.get_bind().dialect.name != "sqlite":
        for table in ("report", "hiding"):
            op.execute(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), "
                f"(SELECT coalesce(max(id), 0) + 1 FROM {table}), false)"
            )


def _false() -> str:
    return "0" if op.get_bind().dialect.name == "sqlite" else "false"


def _enum(names: Sequence[str], name: str) -> sa.Enum:
    return sa.Enum(*names, name=name, native_enum=False, create_constraint=True, length=32)
