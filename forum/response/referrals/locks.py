"""The lock that every act on a letter takes first.

It is the row of the referral, and comes before all rows below it: assignments, clocks, answers, milestones. Only the
row of the theme is locked before it, when a letter is sent.
"""

from __future__ import annotations

import sqlalchemy as sa

from forum.core.extensions import db
from forum.response.referrals.models import Referral
from forum.response.referrals.queries import reload_referral


def lock_referral(referral: Referral) -> None:
    """Lock a letter until the commit, and reload it with its assignments, clocks, answers, milestones and phases.

    Of two acts on one letter the second waits here and then finds what the first one left. What was asked before the
    lock has to be asked again. Rows that only refer to the letter, such as certificates, do not wait for this lock.
    """
    db.session.execute(sa.select(Referral.id).where(Referral.id == referral.id).with_for_update(key_share=True))
    reload_referral(referral)
