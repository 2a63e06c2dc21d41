"""interim answers: where a ministry stands before the due date

Why: people heard nothing between the receipt and the answer. An interim answer changes neither the state nor the clock.
What happens to existing rows: nothing.
Runs both ways; a downgrade forgets interim answers.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261229_interim_answers"
down_revision = "20261228_ratings"
branch_labels = None
depends_on = None

ACTS = ("'OPINION_GIVEN'", "'OPINION_GIVEN', 'INTERIM_ANSWERED'")
REASONS = ("'REEXAMINATION_ASKED') OR", "'REEXAMINATION_ASKED', 'INTERIM_ANSWERED') OR")
ALL_ACTS = (
    "'SENT', 'RECEIVED', 'DEEMED', 'CORRECTION_ASKED', 'CORRECTION_GIVEN', 'CORRECTION_LAPSED', 'TRANSFERRED', "
    "'REVIEW_STARTED', 'OPINION_GIVEN', 'ANSWERED', 'REVISED', 'REEXAMINATION_ASKED', 'DELIVERY_STARTED', "
    "'PROGRESS_REPORTED', 'COMPLETED', 'REMINDED'"
)
WITH_REASON = "act NOT IN ('CORRECTION_ASKED', 'TRANSFERRED', 'REEXAMINATION_ASKED') OR reason <> ''"


def upgrade() -> None:
    _change(0, 1)


def downgrade() -> None:
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    trigger = "referral_event_no_delete" if is_sqlite else "referral_event_append_only"
    if is_sqlite:
        op.execute(f"DROP TRIGGER {trigger}")
    else:
        op.execute(f"ALTER TABLE referral_event DISABLE TRIGGER {trigger}")
    op.execute("DELETE FROM referral_event WHERE act = 'INTERIM_ANSWERED'")
    if is_sqlite:
        op.execute(
            f"""CREATE TRIGGER {trigger} BEFORE DELETE ON referral_event BEGIN
                  SELECT RAISE(ABORT, 'referral_event is append-only'); END"""
        )
    else:
        op.execute(f"ALTER TABLE referral_event ENABLE TRIGGER {trigger}")
    _change(1, 0)


def _change(before: int, after: int) -> None:
    """Change the two CHECKs of the act. SQLite keeps its triggers that way, as a copy of the table would not."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute("PRAGMA writable_schema = ON")
        for words in (ACTS, REASONS):
            changed = sa.text(
                "UPDATE sqlite_schema SET sql = replace(sql, :old, :new) "
                "WHERE type = 'table' AND name = 'referral_event'"
            )
            op.execute(changed.bindparams(old=words[before], new=words[after]))
        op.execute("PRAGMA writable_schema = RESET")
        return
    checks = {
        "referral_act": f"act IN ({ALL_ACTS})".replace(ACTS[0], ACTS[after]),
        "stop_and_transfer_have_a_reason": WITH_REASON.replace(REASONS[0], REASONS[after]),
    }
    for name, condition in checks.items():
        op.execute(f"ALTER TABLE referral_event DROP CONSTRAINT ck_referral_event_{name}")
        op.execute(f"ALTER TABLE referral_event ADD CONSTRAINT ck_referral_event_{name} CHECK ({condition})")
