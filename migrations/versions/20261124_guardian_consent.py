"""guardians' consent

Why: records a guardian's consent (who, when, how it was checked), and which ideas were hidden when it was revoked.
Triggers keep it consistent with `account.waits_for_consent`: a child who does not wait has a valid consent.
What happens to existing rows: there are no children yet.
Runs both ways.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261124_guardian_consent"
down_revision = "20261124_tally_order"
branch_labels = None
depends_on = None

IN_FORCE = "given_at IS NOT NULL AND revoked_at IS NULL"
UNCOVERED = """new.needs_consent_until IS NOT NULL AND NOT new.waits_for_consent AND NOT EXISTS (
    SELECT 1 FROM guardian_consent AS c
     WHERE c.account_id = new.id AND c.given_at IS NOT NULL AND c.revoked_at IS NULL)"""
STILL_RELIED_ON = """EXISTS (
    SELECT 1 FROM account
     WHERE id = old.account_id AND needs_consent_until IS NOT NULL AND NOT waits_for_consent)"""
WAS_IN_FORCE = "old.given_at IS NOT NULL AND old.revoked_at IS NULL"
NO_LONGER = "new.revoked_at IS NOT NULL OR new.given_at IS NULL OR new.account_id <> old.account_id"


def upgrade() -> None:
    create_tables()
    if op.get_bind().dialect.name == "sqlite":
        guard_on_sqlite()
    else:
        guard_on_postgres()


def create_tables() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "guardian_consent",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("guardian_email", sa.String(254)),
        sa.Column("guardian_name", sa.String(30)),
        sa.Column("guardian_account_id", sa.Integer()),
        sa.Column("verifier", sa.String(100), nullable=False),
        sa.Column("asked_at", moment, nullable=False),
        sa.Column("expires_at", moment, nullable=False),
        sa.Column("given_at", moment),
        sa.Column("refused_at", moment),
        sa.Column("revoked_at", moment),
        sa.Column("delete_after", moment),
        sa.CheckConstraint(
            "guardian_account_id IS NULL OR guardian_account_id <> account_id",
            name=op.f("ck_guardian_consent_never_ones_own_guardian"),
        ),
        sa.CheckConstraint("verifier <> ''", name=op.f("ck_guardian_consent_says_how_it_was_checked")),
        sa.CheckConstraint("given_at IS NULL OR refused_at IS NULL", name=op.f("ck_guardian_consent_given_or_refused")),
        sa.CheckConstraint(
            "revoked_at IS NULL OR (given_at IS NOT NULL AND revoked_at >= given_at)",
            name=op.f("ck_guardian_consent_revoked_after_given"),
        ),
        sa.CheckConstraint(
            "delete_after IS NULL OR revoked_at IS NOT NULL",
            name=op.f("ck_guardian_consent_deletion_follows_revocation"),
        ),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_guardian_consent_account_id")),
        sa.ForeignKeyConstraint(
            ["guardian_account_id"], ["account.id"], name=op.f("fk_guardian_consent_guardian_account_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guardian_consent")),
    )
    op.create_index(op.f("ix_guardian_consent_account_id"), "guardian_consent", ["account_id"])
    op.create_index(op.f("ix_guardian_consent_delete_after"), "guardian_consent", ["delete_after"])
    op.create_index(
        "uq_guardian_consent_in_force",
        "guardian_consent",
        ["account_id"],
        unique=True,
        sqlite_where=sa.text(IN_FORCE),
        postgresql_where=sa.text(IN_FORCE),
    )
    states = sa.Enum(
        "OPEN",
        "WITHDRAWN",
        "MERGED",
        "HIDDEN",
        name="consent_hidden_idea_state",
        native_enum=False,
        create_constraint=True,
        length=32,
    )
    op.create_table(
        "consent_hidden_idea",
        sa.Column("idea_id", sa.Integer(), nullable=False),
        sa.Column("consent_id", sa.Integer(), nullable=False),
        sa.Column("was_state", states, nullable=False),
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


def guard_on_sqlite() -> None:
    for act in ("INSERT", "UPDATE"):
        op.execute(
            f"""CREATE TRIGGER account_child_is_covered_{act.lower()} BEFORE {act} ON account WHEN {UNCOVERED} BEGIN
                  SELECT RAISE(ABORT, 'a child without a consent in force waits'); END"""
        )
    for act, when in (("UPDATE", f"{WAS_IN_FORCE} AND ({NO_LONGER})"), ("DELETE", WAS_IN_FORCE)):
        op.execute(
            f"""CREATE TRIGGER guardian_consent_relied_on_{act.lower()} BEFORE {act} ON guardian_consent
                  WHEN {when} AND {STILL_RELIED_ON} BEGIN
                  SELECT RAISE(ABORT, 'a child still relies on this consent'); END"""
        )


def guard_on_postgres() -> None:
    refused = "USING ERRCODE = 'integrity_constraint_violation'"
    op.execute(
        f"""CREATE FUNCTION refuse_uncovered_child() RETURNS trigger LANGUAGE plpgsql AS $$
              BEGIN
                IF {UNCOVERED} THEN
                  RAISE EXCEPTION 'a child without a consent in force waits' {refused};
                END IF;
                RETURN NEW;
              END $$"""
    )
    op.execute(
        f"""CREATE FUNCTION refuse_end_of_relied_on_consent() RETURNS trigger LANGUAGE plpgsql AS $$
              BEGIN
                IF {WAS_IN_FORCE} AND {STILL_RELIED_ON} THEN
                  IF TG_OP = 'DELETE' THEN
                    RAISE EXCEPTION 'a child still relies on this consent' {refused};
                  ELSIF {NO_LONGER} THEN
                    RAISE EXCEPTION 'a child still relies on this consent' {refused};
                  END IF;
                END IF;
                IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
                RETURN NEW;
              END $$"""
    )
    op.execute(
        """CREATE TRIGGER account_child_is_covered
             BEFORE INSERT OR UPDATE OF needs_consent_until, waits_for_consent ON account
             FOR EACH ROW WHEN (new.needs_consent_until IS NOT NULL AND NOT new.waits_for_consent)
             EXECUTE FUNCTION refuse_uncovered_child()"""
    )
    op.execute(
        """CREATE TRIGGER guardian_consent_relied_on BEFORE UPDATE OR DELETE ON guardian_consent
             FOR EACH ROW EXECUTE FUNCTION refuse_end_of_relied_on_consent()"""
    )


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for act in ("insert", "update"):
            op.execute(f"DROP TRIGGER account_child_is_covered_{act}")
    else:
        op.execute("DROP TRIGGER account_child_is_covered ON account")
    op.drop_table("consent_hidden_comment")
    op.drop_table("consent_hidden_idea")
    op.drop_table("guardian_consent")
    if op.get_bind().dialect.name != "sqlite":
        op.execute("DROP FUNCTION refuse_uncovered_child()")
        op.execute("DROP FUNCTION refuse_end_of_relied_on_consent()")
