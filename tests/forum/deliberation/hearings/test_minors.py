"""Children and minors at hearings: nothing of theirs is shown without their guardian, whatever anybody clicks."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from forum.administration.mydata.services import delete_account
from forum.core import clock
from forum.core.access import ANONYMOUS, SYSTEM, Role
from forum.core.errors import Forbidden, InvalidInput, NotFound, WrongState
from forum.core.extensions import db
from forum.deliberation.hearings.consents import forget_guardians, give_consent, revoke_consent
from forum.deliberation.hearings.invitations import accept, decline, invite
from forum.deliberation.hearings.models import HearingFile, HearingInvitation, HearingWay, InvitationState
from forum.deliberation.hearings.opinions import invite_opinion
from forum.deliberation.hearings.planning import add_file, hold_hearing, remove_file
from forum.deliberation.hearings.queries import (
    consent_token,
    files_of,
    get_file,
    invitation_from_token,
    shown_statements,
)
from forum.deliberation.hearings.reminding import remind_of_tomorrow
from forum.people.accounts.models import Account
from forum.system.notices.models import Notice, OutboxMail
from forum.web.uploads import Upload

GUARDIAN = "guardian@example.org"
PDF = Upload("지붕.pdf", "application/pdf", b"%PDF-1.4 x")


def answered(make: Any, age: int = 16, answer: Any = None, **values: Any) -> tuple[HearingInvitation, Account]:
    """A minor who accepted with a text and a document; the guardian gave this answer."""
    hearing, minor = (
        make.hearing(video_url="https://video.example/room"),
        make.citizen(birth_year=clock.today().year - age),
    )
    invitation = make.invitation(hearing, minor)
    words = {"statement": "우리 학교 지붕이에요.", "guardian_email": GUARDIAN, "upload": PDF, "seen": 1} | values
    accept(invitation, minor, HearingWay.TEXT, **words)
    if answer is not None:
        answer(invitation, ANONYMOUS, *(("보호자",) if answer is give_consent else ()))
    return invitation, minor


def is_shown(invitation: HearingInvitation) -> tuple[bool, bool]:
    """Return whether everybody reads the words, and the document."""
    hearing_id = invitation.hearing_id
    return bool(shown_statements(hearing_id)), bool(files_of(hearing_id))


def mails_to(address: str) -> list[str]:
    return list(db.session.scalars(sa.select(OutboxMail.subject).where(OutboxMail.recipient == address)))


def test_a_taken_back_consent_hides_words_documents_and_the_link_and_a_new_one_shows_them(make, client):
    invitation, minor = answered(make)
    page = f"/council/hearings/{invitation.hearing_id}"
    file = db.session.scalars(sa.select(HearingFile.id)).one()
    assert is_shown(invitation) == (False, False)
    client.login(minor)
    assert "video.example" not in client.get(page).text
    give_consent(invitation, ANONYMOUS, "보호자")
    db.session.commit()
    assert is_shown(invitation) == (True, True)
    assert "video.example" in client.get(page).text
    assert client.get(f"/council/hearings/files/{file}").status_code == 200
    revoke_consent(invitation, ANONYMOUS)
    db.session.commit()
    assert is_shown(invitation) == (False, False)
    assert "video.example" not in client.get(page).text
    assert client.get(f"/council/hearings/files/{file}").status_code == 404
    give_consent(invitation, ANONYMOUS, "보호자")
    assert is_shown(invitation) == (True, True)


def test_a_consent_is_taken_back_after_the_hearing_and_after_the_address_was_erased(make):
    invitation, _minor = answered(make, answer=give_consent)
    hearing, token = invitation.hearing, consent_token(invitation)
    with clock.at(hearing.starts_at + timedelta(days=40)):
        hold_hearing(hearing, make.account(Role.ANALYST), "주차장부터 해요.", seen=hearing.revision)
        assert (forget_guardians(), forget_guardians()) == (1, 0)
        db.session.refresh(invitation)
        assert (invitation.guardian_email, invitation.guardian_name) == (None, None)
        assert is_shown(invitation) == (True, True)
        revoke_consent(invitation_from_token(token), ANONYMOUS)
        assert is_shown(invitation) == (False, False)
        with pytest.raises(WrongState):
            give_consent(invitation_from_token(token), ANONYMOUS, "보호자")


@pytest.mark.parametrize("age", [16, 19])
def test_a_refusal_is_not_undone_by_declining_or_by_another_word(make, age):
    invitation, minor = answered(make, age, revoke_consent, is_minor=True)
    decline(invitation, minor, seen=invitation.revision)
    again = {"statement": "제가 설명할게요.", "is_minor": False, "seen": invitation.revision}
    with pytest.raises(InvalidInput):
        accept(invitation, minor, HearingWay.TEXT, **again)
    accept(invitation, minor, HearingWay.TEXT, **again | {"is_minor": True, "guardian_email": "other@example.org"})
    assert is_shown(invitation) == (False, False)
    assert mails_to("other@example.org"), "another guardian is asked anew"


def test_declining_takes_words_documents_and_the_guardian_along(make):
    invitation, minor = answered(make, answer=give_consent)
    token = consent_token(invitation)
    decline(invitation, minor, seen=invitation.revision)
    assert (invitation.statement, invitation.guardian_email, invitation.consent_given_at) == ("", None, None)
    assert db.session.scalars(sa.select(HearingFile)).all() == []
    with pytest.raises(NotFound):
        invitation_from_token(token)


def test_a_guardian_hears_of_other_words_after_the_consent(make):
    invitation, minor = answered(make, answer=give_consent)
    accept(invitation, minor, HearingWay.TEXT, statement="다른 글이에요.", seen=invitation.revision)
    assert len(mails_to(GUARDIAN)) == 2
    assert is_shown(invitation) == (True, True)
    assert len({*mails_to(GUARDIAN)}) == 2, "the second says that something changed"


def test_neither_the_minor_nor_another_child_answers_for_the_guardian(make, client):
    invitation, minor = answered(make)
    child = make.child()
    for somebody in (minor, child):
        with pytest.raises(Forbidden):
            give_consent(invitation, somebody, "보호자")
        with pytest.raises(Forbidden):
            revoke_consent(invitation, somebody)
    db.session.commit()
    path = f"/council/hearings/consent/{consent_token(invitation)}"
    client.login(minor)
    assert "동의하기" not in re.sub(r"<title>.*?</title>", "", client.get(path).text)
    assert client.post(path, data={"name": "보호자", "agrees": "y"}).status_code == 403


def test_a_child_who_waits_for_the_consent_to_the_account_is_shown_nowhere(make):
    hearing, child = make.hearing(), make.child(waits_for_consent=False)
    invitation = make.invitation(hearing, child)
    accept(invitation, child, HearingWay.IN_PERSON, guardian_email=GUARDIAN, upload=PDF, seen=1)
    give_consent(invitation, ANONYMOUS, "보호자")
    assert is_shown(invitation) == (True, True)
    child.waits_for_consent = True
    db.session.flush()
    assert is_shown(invitation) == (False, False)
    for act in (
        lambda: accept(invitation, child, HearingWay.IN_PERSON, seen=invitation.revision),
        lambda: decline(invitation, child, seen=invitation.revision),
    ):
        with pytest.raises(Forbidden):
            act()
    with pytest.raises(InvalidInput):
        invite(make.hearing(), make.account(Role.ANALYST), child)


def test_a_minor_without_consent_is_not_reminded_and_not_asked_to_sign_an_opinion(make):
    invitation, minor = answered(make)
    with clock.at(invitation.hearing.starts_at - timedelta(hours=3)):
        assert remind_of_tomorrow() == 1
    assert db.session.scalars(sa.select(Notice).where(Notice.account_id == minor.id)).all() == []
    with pytest.raises(InvalidInput):
        invite_opinion(make.account(Role.ANALYST), minor, "온새미", "", task=make.task())


@pytest.mark.parametrize("keep", [True, False])
def test_leaving_takes_documents_and_the_guardian_along_and_nobody_is_awaited(make, keep):
    invitation, minor = answered(make, answer=give_consent)
    waiting = make.invitation(make.hearing(), minor)
    delete_account(minor, SYSTEM, keep_posts=keep)
    for one in (invitation, waiting):
        db.session.refresh(one)
    assert (invitation.guardian_email, bool(invitation.statement)) == (None, keep)
    assert invitation.state is (InvitationState.ACCEPTED if keep else InvitationState.DECLINED)
    assert waiting.state is InvitationState.DECLINED
    assert is_shown(invitation) == (keep, False)


def test_who_sent_a_document_and_the_secretariat_remove_it(make):
    invitation, minor = answered(make)
    hearing, analyst = invitation.hearing, make.account(Role.ANALYST)
    [own] = db.session.scalars(sa.select(HearingFile))
    official = add_file(hearing, analyst, PDF)
    for person, file in ((make.citizen(), own), (minor, official)):
        with pytest.raises(Forbidden):
            remove_file(file, person)
    remove_file(own, minor)
    remove_file(official, analyst)
    with pytest.raises(NotFound):
        get_file(official.id)
    again = add_file(hearing, minor, PDF, invitation_id=invitation.id)
    with clock.at(hearing.starts_at + timedelta(hours=1)):
        hold_hearing(hearing, analyst, "", seen=hearing.revision)
        with pytest.raises(WrongState):
            remove_file(again, minor)
        remove_file(again, analyst)
