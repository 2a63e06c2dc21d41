from __future__ import annotations

from datetime import timedelta

from forum.administration.mydata.tasks import delete_overdue_accounts
from forum.administration.operations.queries import recount
from forum.core import clock
from forum.core.access import ANONYMOUS
from forum.core.extensions import db
from forum.voice.guardians.services import give_consent, request_consent, revoke_consent
from forum.voice.ideas.texts import DELETED_TITLE


def assert_the_recount_is_clean() -> None:
    assert [line for finding in recount() for line in finding.differences] == []


def test_after_a_revocation_the_child_is_deleted_in_time_and_not_before(make):
    child = make.child()
    consent = request_consent(child, child, "eomma@example.org")
    give_consent(consent, ANONYMOUS, "김보호", {})
    idea = make.idea(author=child)
    make.comment(make.idea(), child)
    db.session.flush()
    revoke_consent(consent, ANONYMOUS)
    assert_the_recount_is_clean()
    db.session.commit()
    with clock.at(clock.now() + timedelta(days=4, hours=23)):
        assert delete_overdue_accounts() == 0
    with clock.at(clock.now() + timedelta(days=5, seconds=1)):
        assert delete_overdue_accounts() == 1
        assert delete_overdue_accounts() == 0
    assert not child.active
    assert idea.title == DELETED_TITLE
    assert consent.guardian_email is None
    assert_the_recount_is_clean()


def test_a_child_for_whom_nobody_consents_is_forgotten_after_thirty_days(make):
    child, other = make.child(), make.child(waits_for_consent=False)
    db.session.commit()
    with clock.at(clock.now() + timedelta(days=29)):
        assert delete_overdue_accounts() == 0
    with clock.at(clock.now() + timedelta(days=31)):
        assert delete_overdue_accounts() == 1
    assert not child.active
    assert other.active
