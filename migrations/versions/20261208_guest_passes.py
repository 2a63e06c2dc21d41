"""guest passes: people take part in a gathering without an account

Why: a gathering's guests write and vote on a phone, on a tablet that is passed round, or on paper, without an account.
A participant is now either an account or a guest pass. A role GUEST stands for such a person; no account has it.
Triggers refuse ideas, comments and votes of a pass whose holder was not checked in, whose gathering has ended, or that
belongs to an account by now; they refuse votes of paper altogether, because it is counted elsewhere.
What happens to existing rows: nothing. On SQLite the CHECKs are changed in the stored schema, as
https://www.sqlite.org/lang_altertable.html describes for them, so that no table is copied and no trigger is lost.
Runs both ways; a downgrade turns each guest into a closed account, which keeps their ideas and votes.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261208_guest_passes"
down_revision = "20261207_digest_subscriptions"
branch_labels = None
depends_on = None

ROLES = ("ANONYMOUS", "CITIZEN", "FACILITATOR", "ANALYST", "MINISTRY_OFFICER", "COUNCIL_MEMBER", "ADMIN", "SYSTEM")
NEVER_GRANTED = ("ANONYMOUS", "CITIZEN", "SYSTEM")
WITHOUT_GUEST, WITH_GUEST = "'ANONYMOUS', 'CITIZEN'", "'ANONYMOUS', 'GUEST', 'CITIZEN'"
ROLE_CHECKS = {
    ("role_grant", "granted_role"): ("role IN", ROLES),
    ("role_grant", "role_can_be_granted"): ("role NOT IN", NEVER_GRANTED),
    ("audit_entry", "audit_actor_role"): ("actor_role IN", ROLES),
    ("referral_event", "referral_event_role"): ("actor_role IN", ROLES),
}
AN_ACCOUNT = "account_id IS NOT NULL"
EITHER = "(account_id IS NULL) <> (guest_pass_id IS NULL)"
CAST = "idea_id, participant_id, value, cast_at, shown_probability"
"""Columns of a vote that change when somebody votes."""
WAITS = "account.waits_for_consent OR NOT account.active"
MAY_NOT = "guest_pass.admitted_at IS NULL OR guest_pass.joined_at IS NOT NULL OR guest_pass.acts_until <= {when}"
# table -> column with its author, column with its time, what else a guest may not, statements
TABLES = {
    "idea": ("author_id", "created_at", "", {"insert": "INSERT"}),
    "comment": ("author_id", "created_at", "", {"insert": "INSERT"}),
    "vote": (
        "participant_id",
        "cast_at",
        " OR guest_pass.kind = 'PAPER'",
        {"insert": "INSERT", "update": f"UPDATE OF {CAST}"},
    ),
}
REFUSED = "this participant may not take part"


def upgrade() -> None:
    create_pass()
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            """ALTER TABLE participant ADD COLUMN guest_pass_id INTEGER
                 CONSTRAINT fk_participant_guest_pass_id REFERENCES guest_pass (id)"""
        )
        _replace_in_schema("participant", AN_ACCOUNT, EITHER)
        for table in {table for table, _name in ROLE_CHECKS}:
            _replace_in_schema(table, WITHOUT_GUEST, WITH_GUEST)
        guard_on_sqlite(with_guests=True)
    else:
        op.add_column("participant", sa.Column("guest_pass_id", sa.Integer(), nullable=True))
        op.create_foreign_key(
            op.f("fk_participant_guest_pass_id"), "participant", "guest_pass", ["guest_pass_id"], ["id"]
        )
        _change_check("participant", "is_exactly_one_person", EITHER)
        for (table, name), (condition, roles) in ROLE_CHECKS.items():
            listed = ", ".join(f"'{role}'" for role in roles).replace(WITHOUT_GUEST, WITH_GUEST)
            _change_check(table, name, f"{condition} ({listed})")
        guard_on_postgres(with_guests=True)
    op.create_index("uq_participant_guest_pass_id", "participant", ["guest_pass_id"], unique=True)


def create_pass() -> None:
    op.create_table(
        "guest_pass",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("PHONE", "TABLET", "PAPER", name="pass_kind", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("code_hash", sa.String(length=64), nullable=True),
        sa.Column("says_14_or_older", sa.Boolean(), nullable=False),
        sa.Column("terms_version", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("admitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acts_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("joined_to_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(terms_version IS NULL) = (kind = 'PAPER')", name=op.f("ck_guest_pass_agreed_unless_paper")
        ),
        sa.CheckConstraint("says_14_or_older OR kind = 'PAPER'", name=op.f("ck_guest_pass_only_paper_below_14")),
        sa.CheckConstraint(
            "(joined_at IS NULL) = (joined_to_id IS NULL)", name=op.f("ck_guest_pass_joined_to_somebody")
        ),
        sa.CheckConstraint("expires_at >= acts_until", name=op.f("ck_guest_pass_is_read_longest")),
        sa.CheckConstraint(
            "expires_at IS NULL OR acts_until IS NOT NULL", name=op.f("ck_guest_pass_expires_after_it_acted")
        ),
        sa.CheckConstraint("joined_at IS NULL OR code_hash IS NULL", name=op.f("ck_guest_pass_joined_has_no_code")),
        sa.ForeignKeyConstraint(["joined_to_id"], ["account.id"], name=op.f("fk_guest_pass_joined_to_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guest_pass")),
    )
    op.create_index(op.f("ix_guest_pass_expires_at"), "guest_pass", ["expires_at"])
    op.create_index(op.f("ix_guest_pass_joined_to_id"), "guest_pass", ["joined_to_id"])
    op.create_index("uq_guest_pass_code_hash", "guest_pass", ["code_hash"], unique=True)


def _replace_in_schema(table: str, old: str, new: str) -> None:
    """Change the words of a CHECK in SQLite's stored schema."""
    op.execute("PRAGMA writable_schema = ON")
    changed = sa.text("UPDATE sqlite_schema SET sql = replace(sql, :old, :new) WHERE type = 'table' AND name = :name")
    op.execute(changed.bindparams(old=old, new=new, name=table))
    op.execute("PRAGMA writable_schema = RESET")


def _change_check(table: str, name: str, condition: str) -> None:
    op.execute(f"ALTER TABLE {table} DROP CONSTRAINT ck_{table}_{name}")
    op.execute(f"ALTER TABLE {table} ADD CONSTRAINT ck_{table}_{name} CHECK ({condition})")


def guard_on_sqlite(with_guests: bool) -> None:
    for table, (person, when, more, acts) in TABLES.items():
        guest = f"""OR EXISTS (SELECT 1 FROM participant JOIN guest_pass ON guest_pass.id = participant.guest_pass_id
                     WHERE participant.id = new.{person} AND ({MAY_NOT.format(when=f"new.{when}")}{more}))"""
        for act, moment in acts.items():
            op.execute(f"DROP TRIGGER {table}_takes_part_{act}")
            op.execute(
                f"""CREATE TRIGGER {table}_takes_part_{act} BEFORE {moment} ON {table}
                      WHEN EXISTS (SELECT 1 FROM participant JOIN account ON account.id = participant.account_id
                                    WHERE participant.id = new.{person} AND ({WAITS}))
                           {guest if with_guests else ""} BEGIN
                      SELECT RAISE(ABORT, '{REFUSED}'); END"""
            )


def guard_on_postgres(with_guests: bool) -> None:
    """Replace the functions of the triggers. A guest's row is held: who ends or joins the pass waits, or is seen."""
    for name, table, lock in (("author", "idea", "FOR SHARE OF account"), ("voter", "vote", "")):
        person, when, more, _acts = TABLES[table]
        guest = f"""IF NOT FOUND THEN
                      SELECT {MAY_NOT.format(when=f"NEW.{when}")}{more} INTO refused
                        FROM participant JOIN guest_pass ON guest_pass.id = participant.guest_pass_id
                       WHERE participant.id = NEW.{person} FOR SHARE OF guest_pass;
                    END IF;"""
        op.execute(
            f"""CREATE OR REPLACE FUNCTION refuse_{name}_who_waits() RETURNS trigger LANGUAGE plpgsql AS $$
                  DECLARE refused boolean;
                  BEGIN
                    SELECT {WAITS} INTO refused
                      FROM participant JOIN account ON account.id = participant.account_id
                     WHERE participant.id = NEW.{person} {lock};
                    {guest if with_guests else ""}
                    IF refused THEN
                      RAISE EXCEPTION '{REFUSED}' USING ERRCODE = 'integrity_constraint_violation';
                    END IF;
                    RETURN NEW;
                  END $$"""
        )


def downgrade() -> None:
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    if is_sqlite:
        guard_on_sqlite(with_guests=False)
    else:
        guard_on_postgres(with_guests=False)
    _turn_guests_into_closed_accounts()
    op.drop_index("uq_participant_guest_pass_id", "participant")
    if is_sqlite:
        _replace_in_schema("participant", EITHER, AN_ACCOUNT)
        for table in {table for table, _name in ROLE_CHECKS}:
            _replace_in_schema(table, WITH_GUEST, WITHOUT_GUEST)
    else:
        _change_check("participant", "is_exactly_one_person", AN_ACCOUNT)
        for (table, name), (condition, roles) in ROLE_CHECKS.items():
            _change_check(table, name, f"{condition} ({', '.join(repr(role) for role in roles)})")
    op.execute("ALTER TABLE participant DROP COLUMN guest_pass_id")
    op.drop_table("guest_pass")


def _turn_guests_into_closed_accounts() -> None:
    no, yes = ("0", "1") if op.get_bind().dialect.name == "sqlite" else ("false", "true")
    address = "'guest-' || guest_pass.id || '@left.invalid'"
    op.execute(
        f"""INSERT INTO account (email, email_key, display_name, active, fs_uniquifier, waits_for_consent, must_agree,
                                 is_sample, created_at)
            SELECT {address}, {address}, '모임 손님', {no}, 'guest-' || guest_pass.id, {no}, {yes}, {no},
                   guest_pass.created_at
              FROM guest_pass"""
    )
    own = "guest_pass.id = participant.guest_pass_id"
    made = f"SELECT account.id FROM account, guest_pass WHERE {own} AND account.email = {address}"
    op.execute(f"UPDATE participant SET account_id = ({made}), guest_pass_id = NULL WHERE guest_pass_id IS NOT NULL")
