"""closed accounts: votes are deleted with their author

Why: when somebody closes their account, their votes and vote events are deleted. Vote events stay append-only for all
others: one may be deleted only if its participant has a row in `departure`, which itself is never changed.
What happens to existing rows: nothing.
Runs both ways.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261124_departures"
down_revision = "20261124_invariants"
branch_labels = None
depends_on = None

STAYS = "NOT EXISTS (SELECT 1 FROM departure WHERE participant_id = old.participant_id)"


def upgrade() -> None:
    op.create_table(
        "departure",
        sa.Column("participant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("keeps_posts", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["participant_id"], ["participant.id"], name=op.f("fk_departure_participant_id")),
        sa.PrimaryKeyConstraint("participant_id", name=op.f("pk_departure")),
    )
    if op.get_bind().dialect.name == "sqlite":
        for act in ("UPDATE", "DELETE"):
            op.execute(
                f"""CREATE TRIGGER departure_no_{act.lower()} BEFORE {act} ON departure BEGIN
                      SELECT RAISE(ABORT, 'departure is append-only'); END"""
            )
        op.execute("DROP TRIGGER vote_event_no_delete")
        op.execute(
            f"""CREATE TRIGGER vote_event_no_delete BEFORE DELETE ON vote_event WHEN {STAYS} BEGIN
                  SELECT RAISE(ABORT, 'vote_event is append-only'); END"""
        )
        return
    op.execute(
        """CREATE TRIGGER departure_append_only BEFORE UPDATE OR DELETE ON departure
             FOR EACH ROW EXECUTE FUNCTION refuse_change()"""
    )
    op.execute(
        f"""CREATE FUNCTION refuse_vote_of_who_stays() RETURNS trigger LANGUAGE plpgsql AS $$
              BEGIN
                IF {STAYS} THEN
                  RAISE EXCEPTION 'vote_event is append-only' USING ERRCODE = 'integrity_constraint_violation';
                END IF;
                RETURN OLD;
              END $$"""
    )
    op.execute("DROP TRIGGER vote_event_append_only ON vote_event")
    op.execute(
        """CREATE TRIGGER vote_event_append_only BEFORE UPDATE ON vote_event
             FOR EACH ROW EXECUTE FUNCTION refuse_change()"""
    )
    op.execute(
        """CREATE TRIGGER vote_event_no_delete BEFORE DELETE ON vote_event
             FOR EACH ROW EXECUTE FUNCTION refuse_vote_of_who_stays()"""
    )


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER vote_event_no_delete")
        op.execute(
            """CREATE TRIGGER vote_event_no_delete BEFORE DELETE ON vote_event BEGIN
                 SELECT RAISE(ABORT, 'vote_event is append-only'); END"""
        )
    else:
        op.execute("DROP TRIGGER vote_event_no_delete ON vote_event")
        op.execute("DROP TRIGGER vote_event_append_only ON vote_event")
        op.execute("DROP FUNCTION refuse_vote_of_who_stays()")
        op.execute(
            """CREATE TRIGGER vote_event_append_only BEFORE UPDATE OR DELETE ON vote_event
                 FOR EACH ROW EXECUTE FUNCTION refuse_change()"""
        )
    op.drop_table("departure")
