"""referral history and clocks: a referral is a letter with a public history

Why: each ministry's part gets one of nine states, its own clocks and an append-only history, so that no clock can be
stopped without a record. The letter keeps the ideas as they read when it was sent.
What happens to existing rows: each part gets the events that its columns imply (sent, received, answered) and one
clock. Ideas are quoted from the theme as they read today. A due date on a day off moves to the next working day.
Runs both ways. Downgrading moves a part whose state the older code does not know to the nearest one it knows.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import holidays
import sqlalchemy as sa
from alembic import op

revision = "20261124_letters_and_clocks"
down_revision = "20261124_signin_attempts"
branch_labels = None
depends_on = None

OLD_STATES = ("SENT", "ACKNOWLEDGED", "ANSWERED")
STATES = (
    "SENT",
    "ACKNOWLEDGED",
    "CORRECTION",
    "TRANSFERRED",
    "REVIEWING",
    "ANSWERED",
    "REEXAMINING",
    "DELIVERING",
    "COMPLETED",
)
ACTS = (
    "SENT",
    "RECEIVED",
    "DEEMED",
    "CORRECTION_ASKED",
    "CORRECTION_GIVEN",
    "CORRECTION_LAPSED",
    "TRANSFERRED",
    "REVIEW_STARTED",
    "OPINION_GIVEN",
    "ANSWERED",
    "REVISED",
    "REEXAMINATION_ASKED",
    "DELIVERY_STARTED",
    "PROGRESS_REPORTED",
    "COMPLETED",
    "REMINDED",
)
ROLES = (
    "ANONYMOUS",
    "CITIZEN",
    "FACILITATOR",
    "ANALYST",
    "MINISTRY_OFFICER",
    "COUNCIL_MEMBER",
    "ADMIN",
    "SYSTEM",
)
SEOUL = ZoneInfo("Asia/Seoul")


def enum(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)


def upgrade() -> None:
    change_parts()
    op.add_column("referral", sa.Column("title", sa.String(200), server_default="", nullable=False))
    on_milestone = (
        "weight SMALLINT DEFAULT 1 NOT NULL CONSTRAINT ck_milestone_weight_is_1_to_100 CHECK (weight BETWEEN 1 AND 100)"
    )
    op.execute(f"ALTER TABLE milestone ADD COLUMN {on_milestone}")
    op.add_column("milestone", sa.Column("evidence_url", sa.String(500), server_default="", nullable=False))
    create_tables()
    write_history(op.get_bind())
    guard()


def change_parts() -> None:
    op.add_column("referral_part", sa.Column("arrived_on", sa.Date(), nullable=True))
    sent = "(SELECT {} FROM referral WHERE referral.id = referral_part.referral_id)"
    op.execute(f"UPDATE referral_part SET arrived_on = {sent.format('sent_on')}")
    remake_parts(STATES, NEW_CHECKS, OLD_CHECKS, with_arrival=True)


OLD_CHECKS = {
    "acknowledged_has_a_time": "state <> 'ACKNOWLEDGED' OR acknowledged_at IS NOT NULL",
    "acknowledged_by_somebody": "(acknowledged_at IS NULL) = (acknowledged_by_id IS NULL)",
}
NEW_CHECKS = {
    "acknowledged_by_whom_and_when": "acknowledged_by_id IS NULL OR acknowledged_at IS NOT NULL",
    "received_has_a_time": "(state = 'SENT') = (acknowledged_at IS NULL)",
    "transferred_does_not_lead": "state <> 'TRANSFERRED' OR NOT is_lead",
}


def remake_parts(states: tuple[str, ...], checks: dict[str, str], gone: dict[str, str], *, with_arrival: bool) -> None:
    """Change the states and checks of `referral_part`: in place on PostgreSQL, by copying the table on SQLite."""
    listed = f"state IN ({', '.join(repr(state) for state in states)})"
    checks = {"part_state": listed} | checks
    if op.get_bind().dialect.name != "sqlite":
        for name in ("part_state", *gone):
            op.execute(f"ALTER TABLE referral_part DROP CONSTRAINT ck_referral_part_{name}")
        for name, words in checks.items():
            op.execute(f"ALTER TABLE referral_part ADD CONSTRAINT ck_referral_part_{name} CHECK ({words})")
        if with_arrival:
            op.execute("ALTER TABLE referral_part ALTER COLUMN arrived_on SET NOT NULL")
        else:
            op.execute("ALTER TABLE referral_part DROP COLUMN arrived_on")
        return
    arrival = "arrived_on DATE NOT NULL," if with_arrival else ""
    written = ", ".join(f"CONSTRAINT ck_referral_part_{name} CHECK ({words})" for name, words in checks.items())
    op.execute(
        f"""CREATE TABLE referral_part_new (
              id INTEGER NOT NULL, referral_id INTEGER NOT NULL, ministry_id INTEGER NOT NULL, is_lead BOOLEAN NOT NULL,
              {arrival} state VARCHAR(32) NOT NULL, acknowledged_at DATETIME, acknowledged_by_id INTEGER,
              CONSTRAINT pk_referral_part PRIMARY KEY (id),
              CONSTRAINT fk_referral_part_acknowledged_by_id FOREIGN KEY(acknowledged_by_id) REFERENCES account (id),
              CONSTRAINT fk_referral_part_ministry_id FOREIGN KEY(ministry_id) REFERENCES ministry (id),
              CONSTRAINT fk_referral_part_referral_id FOREIGN KEY(referral_id) REFERENCES referral (id),
              CONSTRAINT uq_referral_part_referral_id_ministry_id UNIQUE (referral_id, ministry_id),
              {written})"""
    )
    names = "id, referral_id, ministry_id, is_lead, state, acknowledged_at, acknowledged_by_id"
    names += ", arrived_on" if with_arrival else ""
    op.execute(f"INSERT INTO referral_part_new ({names}) SELECT {names} FROM referral_part")
    op.execute("DROP TABLE referral_part")
    op.execute("ALTER TABLE referral_part_new RENAME TO referral_part")
    op.execute("CREATE INDEX ix_referral_part_ministry_id ON referral_part (ministry_id)")
    op.execute("CREATE UNIQUE INDEX uq_referral_part_lead ON referral_part (referral_id) WHERE is_lead")


def create_tables() -> None:
    op.create_table(
        "response_clock",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("part_id", sa.Integer(), nullable=False),
        sa.Column("round", sa.SmallInteger(), nullable=False),
        sa.Column("started_on", sa.Date(), nullable=False),
        sa.Column("period_ends_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("stopped_on", sa.Date(), nullable=True),
        sa.Column("stopped_until", sa.Date(), nullable=True),
        sa.Column("stopped_days", sa.Integer(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("outcome", enum("clock_outcome", "ANSWERED", "TRANSFERRED"), nullable=True),
        sa.CheckConstraint("due_on >= period_ends_on", name=op.f("ck_response_clock_due_not_before_the_period_ends")),
        sa.CheckConstraint("period_ends_on >= started_on", name=op.f("ck_response_clock_period_ends_after_it_starts")),
        sa.CheckConstraint("stopped_days >= 0", name=op.f("ck_response_clock_never_runs_backwards")),
        sa.CheckConstraint("(ended_on IS NULL) = (outcome IS NULL)", name=op.f("ck_response_clock_ended_has_a_why")),
        sa.CheckConstraint(
            "ended_on IS NULL OR ended_on >= started_on", name=op.f("ck_response_clock_ends_after_it_starts")
        ),
        sa.CheckConstraint(
            "(stopped_on IS NULL) = (stopped_until IS NULL)", name=op.f("ck_response_clock_a_stop_has_an_end")
        ),
        sa.CheckConstraint(
            "stopped_on IS NULL OR ended_on IS NULL", name=op.f("ck_response_clock_a_stopped_clock_has_not_ended")
        ),
        sa.ForeignKeyConstraint(["part_id"], ["referral_part.id"], name=op.f("fk_response_clock_part_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_response_clock")),
        sa.UniqueConstraint("part_id", "round", name=op.f("uq_response_clock_part_id_round")),
    )
    op.create_index(op.f("ix_response_clock_due_on"), "response_clock", ["due_on"])
    op.create_index(
        "uq_response_clock_running",
        "response_clock",
        ["part_id"],
        unique=True,
        sqlite_where=sa.text("ended_on IS NULL"),
        postgresql_where=sa.text("ended_on IS NULL"),
    )
    op.create_table(
        "referral_idea",
        sa.Column("referral_id", sa.Integer(), nullable=False),
        sa.Column("idea_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(300), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("is_representative", sa.Boolean(), nullable=False),
        sa.Column("agree", sa.Integer(), nullable=False),
        sa.Column("disagree", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["idea_id"], ["idea.id"], name=op.f("fk_referral_idea_idea_id")),
        sa.ForeignKeyConstraint(["referral_id"], ["referral.id"], name=op.f("fk_referral_idea_referral_id")),
        sa.PrimaryKeyConstraint("referral_id", "idea_id", name=op.f("pk_referral_idea")),
    )
    op.create_index(op.f("ix_referral_idea_idea_id"), "referral_idea", ["idea_id"])
    create_events()
    op.create_table(
        "referral_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("referral_id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("kind", enum("referral_file_kind", "LETTER", "CORRECTION", "EVIDENCE"), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("media_type", sa.String(100), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("uploaded_by_id", sa.Integer(), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(sha256) = 64", name=op.f("ck_referral_file_has_a_sha256")),
        sa.CheckConstraint("size_bytes > 0", name=op.f("ck_referral_file_is_not_empty")),
        sa.CheckConstraint("name <> ''", name=op.f("ck_referral_file_has_a_name")),
        sa.ForeignKeyConstraint(["event_id"], ["referral_event.id"], name=op.f("fk_referral_file_event_id")),
        sa.ForeignKeyConstraint(["referral_id"], ["referral.id"], name=op.f("fk_referral_file_referral_id")),
        sa.ForeignKeyConstraint(["uploaded_by_id"], ["account.id"], name=op.f("fk_referral_file_uploaded_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referral_file")),
    )
    op.create_index(op.f("ix_referral_file_referral_id"), "referral_file", ["referral_id"])


def create_events() -> None:
    op.create_table(
        "referral_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("referral_id", sa.Integer(), nullable=False),
        sa.Column("part_id", sa.Integer(), nullable=True),
        sa.Column("act", enum("referral_act", *ACTS), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("actor_role", enum("referral_event_role", *ROLES), nullable=False),
        sa.Column("state_before", enum("event_state_before", *STATES), nullable=True),
        sa.Column("state_after", enum("event_state_after", *STATES), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("answer_version", sa.Integer(), nullable=True),
        sa.Column("milestone_id", sa.Integer(), nullable=True),
        sa.Column("percent_before", sa.SmallInteger(), nullable=True),
        sa.Column("percent_after", sa.SmallInteger(), nullable=True),
        sa.Column("evidence_url", sa.String(500), nullable=False),
        sa.Column("key", sa.String(80), nullable=True),
        sa.CheckConstraint(
            "actor_id IS NOT NULL OR actor_role = 'SYSTEM'", name=op.f("ck_referral_event_has_an_actor")
        ),
        sa.CheckConstraint(
            "act NOT IN ('CORRECTION_ASKED', 'TRANSFERRED', 'REEXAMINATION_ASKED') OR reason <> ''",
            name=op.f("ck_referral_event_stop_and_transfer_have_a_reason"),
        ),
        sa.CheckConstraint(
            "act <> 'CORRECTION_ASKED' OR until_on IS NOT NULL", name=op.f("ck_referral_event_a_stop_has_a_last_day")
        ),
        sa.ForeignKeyConstraint(["actor_id"], ["account.id"], name=op.f("fk_referral_event_actor_id")),
        sa.ForeignKeyConstraint(["milestone_id"], ["milestone.id"], name=op.f("fk_referral_event_milestone_id")),
        sa.ForeignKeyConstraint(["part_id"], ["referral_part.id"], name=op.f("fk_referral_event_part_id")),
        sa.ForeignKeyConstraint(["referral_id"], ["referral.id"], name=op.f("fk_referral_event_referral_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referral_event")),
        sa.UniqueConstraint("key", name=op.f("uq_referral_event_key")),
    )
    op.create_index(op.f("ix_referral_event_referral_id"), "referral_event", ["referral_id"])


def guard() -> None:
    if op.get_bind().dialect.name != "sqlite":
        op.execute(
            """CREATE TRIGGER referral_event_append_only BEFORE UPDATE OR DELETE ON referral_event
                 FOR EACH ROW EXECUTE FUNCTION refuse_change()"""
        )
        op.execute(
            """CREATE TRIGGER referral_event_no_truncate BEFORE TRUNCATE ON referral_event
                 FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"""
        )
        return
    for act in ("UPDATE", "DELETE"):
        op.execute(
            f"""CREATE TRIGGER referral_event_no_{act.lower()} BEFORE {act} ON referral_event BEGIN
                  SELECT RAISE(ABORT, 'referral_event is append-only'); END"""
        )


def working_day_from(day: date) -> date:
    closed = holidays.country_holidays("KR", years=(day.year, day.year + 1))
    while day.weekday() > 4 or day in closed:
        day += timedelta(days=1)
    return day


def seoul_day(moment: datetime) -> date:
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(SEOUL).date()


def write_history(connection: sa.Connection) -> None:
    """Insert the events and clocks that follow from the columns of older referrals."""
    meta = sa.MetaData()
    names = ("referral", "referral_part", "answer", "theme", "theme_idea", "idea", "idea_tally", "response_clock")
    for name in (*names, "referral_event", "referral_idea"):
        sa.Table(name, meta, autoload_with=connection, resolve_fks=False)
    tables = meta.tables
    referral, theme = tables["referral"], tables["theme"]
    title = sa.select(theme.c.title).where(theme.c.id == referral.c.theme_id).scalar_subquery()
    connection.execute(sa.update(referral).values(title=title))
    for row in connection.execute(sa.select(referral)).mappings().all():
        quote_ideas(connection, tables, row)
        due_on = working_day_from(row["due_on"])
        connection.execute(sa.update(referral).where(referral.c.id == row["id"]).values(due_on=due_on))
        parts = tables["referral_part"]
        for part in connection.execute(sa.select(parts).where(parts.c.referral_id == row["id"])).mappings().all():
            write_part(connection, tables, row, part, due_on)


def quote_ideas(connection: sa.Connection, tables: Any, row: Any) -> None:
    member, idea, tally = tables["theme_idea"], tables["idea"], tables["idea_tally"]
    query = (
        sa.select(idea.c.id, idea.c.title, idea.c.body, tally.c.agree, tally.c.disagree)
        .join(member, member.c.idea_id == idea.c.id)
        .join(tally, tally.c.idea_id == idea.c.id)
        .where(member.c.theme_id == row["theme_id"], idea.c.state.in_(["OPEN", "MERGED"]))
        .order_by(tally.c.agree.desc(), idea.c.id)
    )
    for position, found in enumerate(connection.execute(query).mappings().all(), start=1):
        connection.execute(
            sa.insert(tables["referral_idea"]).values(
                referral_id=row["id"],
                idea_id=found["id"],
                position=position,
                title=found["title"],
                body=found["body"],
                is_representative=False,
                agree=found["agree"],
                disagree=found["disagree"],
            )
        )


def write_part(connection: sa.Connection, tables: Any, row: Any, part: Any, due_on: date) -> None:
    answers = tables["answer"]
    published = connection.execute(
        sa.select(answers)
        .where(answers.c.referral_id == row["id"], answers.c.published_at.is_not(None))
        .order_by(answers.c.version)
    )
    given = published.mappings().all() if part["is_lead"] else []
    ended_on = seoul_day(given[0]["published_at"]) if given else None
    connection.execute(
        sa.insert(tables["response_clock"]).values(
            part_id=part["id"],
            round=1,
            started_on=row["sent_on"],
            period_ends_on=row["due_on"],
            due_on=due_on,
            stopped_days=0,
            ended_on=ended_on,
            outcome="ANSWERED" if ended_on else None,
        )
    )

    def add(act: str, at: datetime, actor: int | None, role: str, before: str | None, after: str, **more: Any) -> None:
        who = {"actor_id": actor, "actor_role": role if actor else "SYSTEM"}
        shared = {"reason": "", "evidence_url": "", "due_on": due_on, "at": at, "happened_on": seoul_day(at)}
        states = {"state_before": before, "state_after": after}
        ids = {"referral_id": row["id"], "part_id": part["id"], "act": act}
        connection.execute(sa.insert(tables["referral_event"]).values(**ids, **shared, **states, **who, **more))

    add("SENT", row["sent_at"], row["sent_by_id"], "ANALYST", None, "SENT", until_on=row["due_on"])
    state = "SENT"
    if part["acknowledged_at"]:
        by = part["acknowledged_by_id"]
        add("RECEIVED", part["acknowledged_at"], by, "MINISTRY_OFFICER", state, "ACKNOWLEDGED")
        state = "ACKNOWLEDGED"
    for answer in given:
        if state == "ACKNOWLEDGED":
            at = answer["published_at"]
            add("REVIEW_STARTED", at, answer["author_id"], "MINISTRY_OFFICER", state, "REVIEWING")
            state = "REVIEWING"
        act = "ANSWERED" if state == "REVIEWING" else "REVISED"
        version = {"answer_version": answer["version"]}
        add(act, answer["published_at"], answer["author_id"], "MINISTRY_OFFICER", state, "ANSWERED", **version)
        state = "ANSWERED"


def downgrade() -> None:
    if op.get_bind().dialect.name != "sqlite":
        op.execute("DROP TRIGGER referral_event_append_only ON referral_event")
        op.execute("DROP TRIGGER referral_event_no_truncate ON referral_event")
    for table in ("referral_file", "referral_event", "referral_idea", "response_clock"):
        op.drop_table(table)
    op.execute(
        """UPDATE referral_part SET state = 'ANSWERED'
           WHERE state IN ('REEXAMINING', 'DELIVERING', 'COMPLETED')"""
    )
    op.execute(
        """UPDATE referral_part SET state = 'ACKNOWLEDGED'
           WHERE state IN ('CORRECTION', 'TRANSFERRED', 'REVIEWING')"""
    )
    # A letter that nobody acknowledged counts as received by its sender: the older table requires a name.
    op.execute(
        """UPDATE referral_part SET acknowledged_by_id =
             (SELECT sent_by_id FROM referral WHERE referral.id = referral_part.referral_id)
           WHERE acknowledged_at IS NOT NULL AND acknowledged_by_id IS NULL"""
    )
    remake_parts(OLD_STATES, OLD_CHECKS, NEW_CHECKS, with_arrival=False)
    op.drop_column("referral", "title")
    if op.get_bind().dialect.name != "sqlite":
        op.execute("ALTER TABLE milestone DROP CONSTRAINT ck_milestone_weight_is_1_to_100")
    op.execute("ALTER TABLE milestone DROP COLUMN weight")
    op.execute("ALTER TABLE milestone DROP COLUMN evidence_url")
