"""writers of an answer's draft: none of them approves it

Why: only the officer who saved a draft last counted as its author. An approver could write the whole answer, let a
colleague save it once more, and approve it alone. Everybody who wrote a revision is now on record, and the database
refuses an approval by any of them. An answer that is published must name its writers.
What happens to existing rows: the writers of unpublished drafts are the present author and those who saved them by the
audit, which has an entry in the same transaction as each save. Published answers stay as they are: the audit names
their writers.
Runs both ways; what a downgrade drops, the next upgrade takes from the audit again.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261126_answer_writers"
down_revision = "20261126_texts"
branch_labels = None
depends_on = None

WROTE = "EXISTS (SELECT 1 FROM answer_writer WHERE answer_id = new.id AND account_id = new.{})"
APPROVED_BY_A_WRITER = f"new.approved_by_id IS NOT NULL AND {WROTE.format('approved_by_id')}"
PUBLISHED_WITHOUT_WRITERS = (
    f"old.published_at IS NULL AND new.published_at IS NOT NULL AND NOT {WROTE.format('author_id')}"
)
TOO_LATE = """EXISTS (SELECT 1 FROM answer WHERE id = new.answer_id
    AND (published_at IS NOT NULL OR approved_by_id = new.account_id))"""


def upgrade() -> None:
    op.create_table(
        "answer_writer",
        sa.Column("answer_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.CheckConstraint("revision >= 1", name=op.f("ck_answer_writer_revision_counts_from_one")),
        sa.ForeignKeyConstraint(["answer_id"], ["answer.id"], name=op.f("fk_answer_writer_answer_id")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_answer_writer_account_id")),
        sa.PrimaryKeyConstraint("answer_id", "account_id", name=op.f("pk_answer_writer")),
    )
    find_writers_of_drafts()
    if op.get_bind().dialect.name == "sqlite":
        guard_on_sqlite()
    else:
        guard_on_postgres()


def find_writers_of_drafts() -> None:
    connection = op.get_bind()
    answer = sa.table("answer", *map(sa.column, ("id", "author_id", "revision", "published_at")))
    names = map(sa.column, ("id", "actor_id", "action", "subject_id"))
    entry = sa.table("audit_entry", *names, sa.column("after", sa.JSON))
    saves = (
        sa.select(answer.c.id, entry.c.actor_id, entry.c.after)
        .join(entry, sa.and_(entry.c.action == "answers.save_draft", entry.c.subject_id == answer.c.id))
        .where(answer.c.published_at.is_(None), entry.c.actor_id.is_not(None))
        .order_by(entry.c.id)
    )
    first: dict[tuple[int, int], int] = {}
    for answer_id, account_id, after in connection.execute(saves).all():
        first.setdefault((answer_id, account_id), max(1, int(after.get("revision", 1))))
    drafts = sa.select(answer.c.id, answer.c.author_id, answer.c.revision).where(answer.c.published_at.is_(None))
    for answer_id, account_id, last in connection.execute(drafts).all():
        first.setdefault((answer_id, account_id), max(1, last))
    writer = sa.table("answer_writer", *map(sa.column, ("answer_id", "account_id", "revision")))
    for (answer_id, account_id), number in first.items():
        connection.execute(sa.insert(writer).values(answer_id=answer_id, account_id=account_id, revision=number))


def guard_on_sqlite() -> None:
    for act in ("UPDATE", "DELETE"):
        op.execute(
            f"""CREATE TRIGGER answer_writer_no_{act.lower()} BEFORE {act} ON answer_writer BEGIN
                  SELECT RAISE(ABORT, 'who wrote an answer stays on record'); END"""
        )
    op.execute(
        f"""CREATE TRIGGER answer_writer_in_time BEFORE INSERT ON answer_writer WHEN {TOO_LATE} BEGIN
              SELECT RAISE(ABORT, 'a writer comes before the approval'); END"""
    )
    op.execute(
        f"""CREATE TRIGGER answer_writers BEFORE UPDATE ON answer
              WHEN ({APPROVED_BY_A_WRITER}) OR ({PUBLISHED_WITHOUT_WRITERS}) BEGIN
              SELECT RAISE(ABORT, 'an answer is approved by somebody who wrote none of it'); END"""
    )


def guard_on_postgres() -> None:
    op.execute(
        """CREATE TRIGGER answer_writer_append_only BEFORE UPDATE OR DELETE ON answer_writer
             FOR EACH ROW EXECUTE FUNCTION refuse_change()"""
    )
    for name, table, event, is_wrong, message in (
        ("answer_writer_in_time", "answer_writer", "INSERT", TOO_LATE, "a writer comes before the approval"),
        (
            "answer_writers",
            "answer",
            "UPDATE",
            f"({APPROVED_BY_A_WRITER}) OR ({PUBLISHED_WITHOUT_WRITERS})",
            "an answer is approved by somebody who wrote none of it",
        ),
    ):
        op.execute(
            f"""CREATE FUNCTION check_{name}() RETURNS trigger LANGUAGE plpgsql AS $$
                  BEGIN
                    IF {is_wrong} THEN
                      RAISE EXCEPTION '{message}' USING ERRCODE = 'integrity_constraint_violation';
                    END IF;
                    RETURN NEW;
                  END $$"""
        )
        op.execute(f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW EXECUTE FUNCTION check_{name}()")


def downgrade() -> None:
    op.execute("DROP TRIGGER answer_writers" + ("" if op.get_bind().dialect.name == "sqlite" else " ON answer"))
    op.drop_table("answer_writer")
    if op.get_bind().dialect.name != "sqlite":
        op.execute("DROP FUNCTION check_answer_writers()")
        op.execute("DROP FUNCTION check_answer_writer_in_time()")
