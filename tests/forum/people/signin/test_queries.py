from __future__ import annotations

import pytest

from forum.core.extensions import db
from forum.people.signin.queries import account_by_session


@pytest.mark.parametrize("role_maker", ["citizen", "officer"])
def test_account_participant_and_role_are_one_statement(make, count_queries, role_maker):
    uniquifier = getattr(make, role_maker)().fs_uniquifier
    db.session.commit()
    db.session.expire_all()

    def load():
        account = account_by_session(uniquifier)
        return account.role, account.participant_id, account.ministry_id, account.is_confirmed

    db.session.expunge_all()
    assert count_queries(load) == 1
