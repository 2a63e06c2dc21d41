"""votes that do not count, why, and the evidence that moderators are shown

Why: a moderator may exclude somebody's votes in a campaign; they stay and are marked. Triggers refuse further votes of
that person there, a mark that belongs to another person or campaign, and an end of an exclusion before its marks are
taken off. A vote holds its participant from the check on, so that it cannot pass an exclusion that is being written.
What happens to existing rows: every vote counts, as before. The triggers that ask whether a vote is lawful no longer
fire where only the mark changes: votes are also excluded after the phase, and of accounts that were closed.
Runs both ways; a downgrade forgets findings and exclusions, and all votes count again, in the tallies too.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261204_vote_integrity"
down_revision = "20261203_shortlists"
branch_labels = None
depends_on = None

CAST = "idea_id, participant_id, value, cast_at, shown_probability"
"""Columns of a vote that change when somebody votes."""
WAITS = """EXISTS (SELECT 1 FROM participant JOIN account ON account.id = participant.account_id
             WHERE participant.id = new.participant_id AND (account.waits_for_consent OR NOT account.active))"""
OPEN_NOW = """SELECT 1 FROM idea JOIN phase ON phase.campaign_id = idea.campaign_id AND phase.kind = 'VOTING'
                WHERE idea.id = new.idea_id AND idea.state = 'OPEN' AND phase.opens_at <= new.cast_at
                  AND (phase.closes_at IS NULL OR new.cast_at < phase.closes_at)"""
IS_EXCLUDED = """EXISTS (SELECT 1 FROM vote_exclusion JOIN idea ON idea.campaign_id = vote_exclusion.campaign_id
                   WHERE idea.id = new.idea_id AND vote_exclusion.participant_id = new.participant_id
                     AND vote_exclusion.lifted_at IS NULL)"""
IS_MARKED_WRONG = """new.excluded_by_id IS NOT NULL AND NOT EXISTS (
                       SELECT 1 FROM vote_exclusion JOIN idea ON idea.campaign_id = vote_exclusion.campaign_id
                        WHERE vote_exclusion.id = new.excluded_by_id AND idea.id = new.idea_id
                          AND vote_exclusion.participant_id = new.participant_id
                          AND vote_exclusion.lifted_at IS NULL)"""
FIXED = ("id", "campaign_id", "participant_id", "began_at")
HAS_MARKS = "new.lifted_at IS NOT NULL AND EXISTS (SELECT 1 FROM vote WHERE vote.excluded_by_id = new.id)"
IS_IN_USE = "votes are marked by it"
EXCLUDED = "votes of this participant do not count"
NOT_ITS_VOTE = "not a vote of this exclusion"


def upgrade() -> None:
    create_exclusions()
    create_findings()
    create_cases()
    op.add_column("opinion_score", sa.Column("with_excluded", sa.JSON(), nullable=True))
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    if is_sqlite:
        op.execute(
            """ALTER TABLE vote ADD COLUMN excluded_by_id INTEGER
                 CONSTRAINT fk_vote_excluded_by_id REFERENCES vote_exclusion (id)"""
        )
    else:
        op.add_column("vote", sa.Column("excluded_by_id", sa.Integer(), nullable=True))
        op.create_foreign_key(op.f("fk_vote_excluded_by_id"), "vote", "vote_exclusion", ["excluded_by_id"], ["id"])
    is_marked = sa.text("excluded_by_id IS NOT NULL")
    op.create_index("ix_vote_excluded", "vote", ["excluded_by_id"], sqlite_where=is_marked, postgresql_where=is_marked)
    for statement in on_sqlite() if is_sqlite else on_postgres():
        op.execute(statement)


def create_exclusions() -> None:
    op.create_table(
        "vote_exclusion",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("participant_id", sa.Integer(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "lifted_at IS NULL OR lifted_at >= began_at", name=op.f("ck_vote_exclusion_lifted_after_it_began")
        ),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_vote_exclusion_campaign_id")),
        sa.ForeignKeyConstraint(["participant_id"], ["participant.id"], name=op.f("fk_vote_exclusion_participant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vote_exclusion")),
    )
    is_open = sa.text("lifted_at IS NULL")
    op.create_index(
        "uq_vote_exclusion_open",
        "vote_exclusion",
        ["participant_id", "campaign_id"],
        unique=True,
        sqlite_where=is_open,
        postgresql_where=is_open,
    )
    op.create_index(op.f("ix_vote_exclusion_campaign_id"), "vote_exclusion", ["campaign_id"])


def create_findings() -> None:
    op.create_table(
        "vote_finding",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("measured", sa.JSON(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("measured_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("words", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('BURST', 'SAME_PATTERN', 'TOO_FAST', 'SAME_HOUR')", name=op.f("ck_vote_finding_finding_kind")
        ),
        sa.CheckConstraint("state IN ('OPEN', 'DISMISSED', 'ACTED')", name=op.f("ck_vote_finding_finding_state")),
        sa.CheckConstraint("revision >= 1", name=op.f("ck_vote_finding_counts_from_one")),
        sa.CheckConstraint(
            "(state = 'OPEN') = (decided_at IS NULL) AND (decided_at IS NULL) = (decided_by_id IS NULL)",
            name=op.f("ck_vote_finding_decided_by_somebody"),
        ),
        sa.CheckConstraint(
            "state <> 'DISMISSED' OR (words IS NOT NULL AND words <> '')",
            name=op.f("ck_vote_finding_dismissed_with_a_reason"),
        ),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_vote_finding_campaign_id")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["account.id"], name=op.f("fk_vote_finding_decided_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vote_finding")),
    )
    is_open = sa.text("state = 'OPEN'")
    op.create_index(
        "uq_vote_finding_open",
        "vote_finding",
        ["campaign_id", "kind", "key"],
        unique=True,
        sqlite_where=is_open,
        postgresql_where=is_open,
    )
    op.create_table(
        "vote_finding_person",
        sa.Column("finding_id", sa.Integer(), nullable=False),
        sa.Column("participant_id", sa.Integer(), nullable=False),
        sa.Column("n_votes", sa.Integer(), nullable=False),
        sa.CheckConstraint("n_votes >= 0", name=op.f("ck_vote_finding_person_votes_are_counted")),
        sa.ForeignKeyConstraint(["finding_id"], ["vote_finding.id"], name=op.f("fk_vote_finding_person_finding_id")),
        sa.ForeignKeyConstraint(
            ["participant_id"], ["participant.id"], name=op.f("fk_vote_finding_person_participant_id")
        ),
        sa.PrimaryKeyConstraint("finding_id", "participant_id", name=op.f("pk_vote_finding_person")),
    )
    op.create_index(op.f("ix_vote_finding_person_participant_id"), "vote_finding_person", ["participant_id"])
    op.create_table(
        "vote_look",
        sa.Column("campaign_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last_event_id", sa.BigInteger(), nullable=False),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_vote_look_campaign_id")),
        sa.PrimaryKeyConstraint("campaign_id", name=op.f("pk_vote_look")),
    )


def create_cases() -> None:
    op.create_table(
        "vote_exclusion_case",
        sa.Column("exclusion_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("finding_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=32), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by_id", sa.Integer(), nullable=False),
        sa.Column("objection_text", sa.Text(), nullable=True),
        sa.Column("objected_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("objection_decision", sa.String(length=32), nullable=True),
        sa.Column("objection_answer", sa.Text(), nullable=True),
        sa.Column("objection_decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("objection_decided_by_id", sa.Integer(), nullable=True),
        sa.Column("lifted_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "reason IN ('MANY_ACCOUNTS', 'PROGRAM', 'OTHERS_ACCOUNT', 'PAID')",
            name=op.f("ck_vote_exclusion_case_exclusion_reason"),
        ),
        sa.CheckConstraint(
            "objection_decision IN ('KEPT', 'LIFTED')", name=op.f("ck_vote_exclusion_case_objection_decision")
        ),
        sa.CheckConstraint("words <> ''", name=op.f("ck_vote_exclusion_case_says_why")),
        sa.CheckConstraint(
            "(objection_text IS NULL) = (objected_at IS NULL)",
            name=op.f("ck_vote_exclusion_case_objection_has_words_and_a_time"),
        ),
        sa.CheckConstraint(
            "(objection_decision IS NULL) = (objection_decided_at IS NULL) AND "
            "(objection_decision IS NULL) = (objection_decided_by_id IS NULL) AND "
            "(objection_decision IS NULL) = (objection_answer IS NULL) AND "
            "(objection_decision IS NULL OR objected_at IS NOT NULL)",
            name=op.f("ck_vote_exclusion_case_only_an_objection_is_decided"),
        ),
        sa.ForeignKeyConstraint(
            ["exclusion_id"], ["vote_exclusion.id"], name=op.f("fk_vote_exclusion_case_exclusion_id")
        ),
        sa.ForeignKeyConstraint(["finding_id"], ["vote_finding.id"], name=op.f("fk_vote_exclusion_case_finding_id")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["account.id"], name=op.f("fk_vote_exclusion_case_decided_by_id")),
        sa.ForeignKeyConstraint(
            ["objection_decided_by_id"],
            ["account.id"],
            name=op.f("fk_vote_exclusion_case_objection_decided_by_id"),
        ),
        sa.ForeignKeyConstraint(["lifted_by_id"], ["account.id"], name=op.f("fk_vote_exclusion_case_lifted_by_id")),
        sa.PrimaryKeyConstraint("exclusion_id", name=op.f("pk_vote_exclusion_case")),
    )
    op.create_index(op.f("ix_vote_exclusion_case_finding_id"), "vote_exclusion_case", ["finding_id"])


def on_sqlite() -> list[str]:
    def trigger(name: str, moment: str, condition: str, message: str) -> str:
        when = f"WHEN {condition}" if condition else ""
        return f"CREATE TRIGGER {name} BEFORE {moment} {when} BEGIN SELECT RAISE(ABORT, '{message}'); END"

    fixed = f"old.lifted_at IS NOT NULL OR {_differs('IS NOT')}"
    statements = ["DROP TRIGGER vote_is_lawful_update", "DROP TRIGGER vote_takes_part_update"]
    statements += [
        trigger("vote_is_lawful_update", f"UPDATE OF {CAST} ON vote", f"NOT EXISTS ({OPEN_NOW})", "not open to votes"),
        trigger("vote_takes_part_update", f"UPDATE OF {CAST} ON vote", WAITS, "this participant may not take part"),
        trigger("vote_exclusion_fixed", "UPDATE ON vote_exclusion", fixed, "exclusions are kept"),
        trigger("vote_exclusion_used", "UPDATE OF lifted_at ON vote_exclusion", HAS_MARKS, IS_IN_USE),
        trigger("vote_exclusion_kept", "DELETE ON vote_exclusion", "", "exclusions are kept"),
    ]
    for act, moment, mark in (
        ("insert", "INSERT ON vote", "INSERT ON vote"),
        ("update", f"UPDATE OF {CAST} ON vote", "UPDATE OF excluded_by_id ON vote"),
    ):
        statements.append(trigger(f"vote_counts_{act}", moment, IS_EXCLUDED, EXCLUDED))
        statements.append(trigger(f"vote_mark_{act}", mark, IS_MARKED_WRONG, NOT_ITS_VOTE))
    return statements


def on_postgres() -> list[str]:
    def function(name: str, condition: str, message: str, before: str = "") -> str:
        return f"""CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                     {before}
                     IF {condition} THEN
                       RAISE EXCEPTION '{message}' USING ERRCODE = 'integrity_constraint_violation';
                     END IF;
                     RETURN new; END $$"""

    def trigger(name: str, moment: str, does: str, condition: str = "") -> str:
        when = f"WHEN ({condition})" if condition else ""
        return f"CREATE TRIGGER {name} BEFORE {moment} FOR EACH ROW {when} EXECUTE FUNCTION {does}()"

    # Who excludes holds the participant FOR UPDATE: this waits for them, and the question after it sees what they did.
    hold = "PERFORM 1 FROM participant WHERE id = new.participant_id FOR KEY SHARE;"
    fixed = f"old.lifted_at IS NOT NULL OR {_differs('IS DISTINCT FROM')}"
    return [
        "DROP TRIGGER vote_is_lawful ON vote",
        "DROP TRIGGER vote_takes_part ON vote",
        trigger("vote_is_lawful", f"INSERT OR UPDATE OF {CAST} ON vote", "refuse_unlawful_vote"),
        trigger("vote_takes_part", f"INSERT OR UPDATE OF {CAST} ON vote", "refuse_voter_who_waits"),
        function("refuse_excluded_vote", IS_EXCLUDED, EXCLUDED, hold),
        trigger("vote_counts", f"INSERT OR UPDATE OF {CAST} ON vote", "refuse_excluded_vote"),
        function("refuse_wrong_mark", IS_MARKED_WRONG, NOT_ITS_VOTE),
        trigger(
            "vote_mark",
            "INSERT OR UPDATE OF excluded_by_id ON vote",
            "refuse_wrong_mark",
            "new.excluded_by_id IS NOT NULL",
        ),
        trigger("vote_exclusion_fixed", "UPDATE ON vote_exclusion", "refuse_change", fixed),
        function("refuse_lift_with_marks", HAS_MARKS, IS_IN_USE),
        trigger("vote_exclusion_used", "UPDATE OF lifted_at ON vote_exclusion", "refuse_lift_with_marks"),
        trigger("vote_exclusion_kept", "DELETE ON vote_exclusion", "refuse_change"),
    ]


def _differs(how: str) -> str:
    return " OR ".join(f"new.{column} {how} old.{column}" for column in FIXED)


def downgrade() -> None:
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    names = ("vote_counts", "vote_mark", "vote_is_lawful", "vote_takes_part")
    if is_sqlite:
        for name in names[:2]:
            op.execute(f"DROP TRIGGER {name}_insert")
        for name in names:
            op.execute(f"DROP TRIGGER {name}_update")
        op.execute("DROP TRIGGER vote_exclusion_used")
    else:
        for name in names:
            op.execute(f"DROP TRIGGER {name} ON vote")
    for value, column in ((1, "agree"), (0, '"pass"'), (-1, "disagree")):
        marked = f"FROM vote WHERE vote.idea_id = idea_tally.idea_id AND excluded_by_id IS NOT NULL AND value = {value}"
        op.execute(
            f"""UPDATE idea_tally SET {column} = {column} + (SELECT count(*) {marked})
                 WHERE EXISTS (SELECT 1 {marked})"""
        )
    op.drop_index("ix_vote_excluded", "vote")
    op.execute("ALTER TABLE vote DROP COLUMN excluded_by_id")
    op.drop_column("opinion_score", "with_excluded")
    for table in ("vote_exclusion_case", "vote_look", "vote_finding_person", "vote_finding", "vote_exclusion"):
        op.drop_table(table)
    if is_sqlite:
        for name, condition, message in (
            ("vote_is_lawful_update", f"NOT EXISTS ({OPEN_NOW})", "not open to votes"),
            ("vote_takes_part_update", WAITS, "this participant may not take part"),
        ):
            op.execute(
                f"""CREATE TRIGGER {name} BEFORE UPDATE ON vote WHEN {condition} BEGIN
                      SELECT RAISE(ABORT, '{message}'); END"""
            )
        return
    for name in ("refuse_excluded_vote", "refuse_wrong_mark", "refuse_lift_with_marks"):
        op.execute(f"DROP FUNCTION {name}()")
    for name, does in (("vote_is_lawful", "refuse_unlawful_vote"), ("vote_takes_part", "refuse_voter_who_waits")):
        op.execute(f"CREATE TRIGGER {name} BEFORE INSERT OR UPDATE ON vote FOR EACH ROW EXECUTE FUNCTION {does}()")
