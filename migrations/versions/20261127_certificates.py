"""certificates only for what an answer accepts, and revoked for good

Why: an answer "partly accepted" gave a certificate to every idea of its theme. A line to an idea may now have a
decision of its own, and a certificate keeps which decision it certifies. A certificate that does not hold is revoked
with a reason and keeps its number: rows are never deleted, a revoked one never changes, and SQLite gives no number
twice. After a revocation the same idea may get another certificate, so only those in force are unique.
What happens to existing rows: lines have no decision of their own. A certificate certifies the letter's latest answer
(수용 where that is neither 수용 nor 일부 수용: it is about to be revoked). The worker revokes what the rule does not
give, with a notice to the author.
Runs both ways; a downgrade deletes revoked certificates, which the older version would show as valid.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261127_certificates"
down_revision = "20261127_follow"
branch_labels = None
depends_on = None

CODES = "'ACCEPTED', 'PARTLY', 'ALREADY', 'LATER', 'DECLINED'"
REASONS = "'ANSWER_CHANGED', 'ISSUED_IN_ERROR', 'REPLACED'"
IN_FORCE = "revoked_at IS NULL"
LATEST = """(SELECT decision FROM answer WHERE answer.referral_id = certificate.referral_id AND published_at IS NOT NULL
    ORDER BY version DESC LIMIT 1)"""
KEPT = "a certificate is never deleted, and a revoked one never changes"


CHECKS = {
    "certificate_decision": f"decision IN ({CODES})",
    "certificate_revocation": f"revoked_reason IN ({REASONS})",
    "certifies_acceptance": "decision IN ('ACCEPTED', 'PARTLY')",
    "revoked_has_a_reason": "(revoked_at IS NULL) = (revoked_reason IS NULL)",
    "revoked_after_issued": "revoked_at IS NULL OR revoked_at >= issued_at",
}


def upgrade() -> None:
    op.execute(
        f"""ALTER TABLE answer_point ADD COLUMN decision VARCHAR(32)
              CONSTRAINT ck_answer_point_point_decision CHECK (decision IN ({CODES}))"""
    )
    if op.get_bind().dialect.name == "sqlite":
        copy_table(
            [
                sa.Column("decision", sa.String(32), nullable=False),
                sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
                sa.Column("revoked_reason", sa.String(32), nullable=True),
                *(sa.CheckConstraint(rule, name=op.f(f"ck_certificate_{name}")) for name, rule in CHECKS.items()),
            ],
            {"decision": f"CASE WHEN {LATEST} = 'PARTLY' THEN 'PARTLY' ELSE 'ACCEPTED' END"},
            sqlite_autoincrement=True,
        )
    else:
        op.execute("ALTER TABLE certificate ADD COLUMN decision VARCHAR(32)")
        op.execute(f"UPDATE certificate SET decision = CASE WHEN {LATEST} = 'PARTLY' THEN 'PARTLY' ELSE 'ACCEPTED' END")
        op.alter_column("certificate", "decision", nullable=False)
        op.add_column("certificate", sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True))
        op.add_column("certificate", sa.Column("revoked_reason", sa.String(32), nullable=True))
        for name, rule in CHECKS.items():
            op.create_check_constraint(op.f(f"ck_certificate_{name}"), "certificate", rule)
        op.drop_constraint("uq_certificate_referral_id_idea_id", "certificate", type_="unique")
    op.create_index(
        "uq_certificate_in_force",
        "certificate",
        ["referral_id", "idea_id"],
        unique=True,
        sqlite_where=sa.text(IN_FORCE),
        postgresql_where=sa.text(IN_FORCE),
    )
    guard()


def copy_table(parts: list[sa.Column | sa.Constraint], values: dict[str, str], **options: bool) -> None:
    """Replace the table on SQLite, which can neither add numbers that are used once nor drop a constraint.

    :param parts: columns and constraints besides those of the first version
    :param values: SQL of the columns that are copied from something else
    """
    old = ("id", "referral_id", "idea_id", "participant_id", "issued_at")
    op.create_table(
        "certificate_new",
        *(sa.Column(name, sa.Integer(), nullable=False) for name in old[:-1]),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        *parts,
        *(
            sa.ForeignKeyConstraint([f"{table}_id"], [f"{table}.id"], name=op.f(f"fk_certificate_{table}_id"))
            for table in ("idea", "participant", "referral")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificate")),
        **options,
    )
    names, sources = ", ".join([*old, *values]), ", ".join([*old, *values.values()])
    op.execute(f"INSERT INTO certificate_new ({names}) SELECT {sources} FROM certificate")
    op.execute("DROP TABLE certificate")  # with its indexes and triggers; foreign keys are off during a migration
    op.execute("ALTER TABLE certificate_new RENAME TO certificate")
    for column in ("idea_id", "participant_id"):
        op.create_index(op.f(f"ix_certificate_{column}"), "certificate", [column])


def guard() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for act, when in (("DELETE", ""), ("UPDATE", "WHEN old.revoked_at IS NOT NULL")):
            op.execute(
                f"""CREATE TRIGGER certificate_no_{act.lower()} BEFORE {act} ON certificate {when} BEGIN
                      SELECT RAISE(ABORT, '{KEPT}'); END"""
            )
        return
    op.execute(
        f"""CREATE FUNCTION keep_certificate() RETURNS trigger LANGUAGE plpgsql AS $$
              BEGIN
                IF TG_OP = 'DELETE' OR OLD.revoked_at IS NOT NULL THEN
                  RAISE EXCEPTION '{KEPT}' USING ERRCODE = 'integrity_constraint_violation';
                END IF;
                RETURN NEW;
              END $$"""
    )
    op.execute(
        """CREATE TRIGGER certificate_kept BEFORE UPDATE OR DELETE ON certificate
             FOR EACH ROW EXECUTE FUNCTION keep_certificate()"""
    )


def downgrade() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    if sqlite:
        op.execute("DROP TRIGGER certificate_no_delete")
        op.execute("DROP TRIGGER certificate_no_update")
    else:
        op.execute("DROP TRIGGER certificate_kept ON certificate")
        op.execute("DROP FUNCTION keep_certificate()")
    revoked = "SELECT id FROM certificate WHERE revoked_at IS NOT NULL"
    op.execute(f"DELETE FROM name_consent WHERE certificate_id IN ({revoked})")
    op.execute("DELETE FROM certificate WHERE revoked_at IS NOT NULL")
    op.drop_index("uq_certificate_in_force", "certificate")
    unique = ["referral_id", "idea_id"], "uq_certificate_referral_id_idea_id"
    if sqlite:
        copy_table([sa.UniqueConstraint(*unique[0], name=op.f(unique[1]))], {})
    else:
        for name in CHECKS:
            op.drop_constraint(op.f(f"ck_certificate_{name}"), "certificate", type_="check")
        for column in ("revoked_reason", "revoked_at", "decision"):
            op.drop_column("certificate", column)
        op.create_unique_constraint(unique[1], "certificate", unique[0])
    op.execute("ALTER TABLE answer_point DROP COLUMN decision")
