from __future__ import annotations

import io
from datetime import date

import pikepdf
import pytest
import sqlalchemy as sa

from forum.analysis.themes.models import ThemeState
from forum.core.access import Role
from forum.core.errors import Forbidden, Gone, NotFound, WrongState
from forum.core.extensions import db
from forum.people.accounts.models import Account
from forum.response.answers.words import AnswerInput
from forum.response.certificates import tasks
from forum.response.certificates.models import Certificate, NameConsent, RevocationReason
from forum.response.certificates.permissions import can_agree_to_be_named
from forum.response.certificates.queries import get_certificate, successor_of
from forum.response.certificates.services import (
    agree_to_be_named,
    certificate_pdf,
    shown_words,
    take_name_back,
)
from forum.response.referrals.models import Decision
from forum.system.audit.models import AuditEntry
from forum.system.notices.models import Notice
from forum.voice.ideas.models import IdeaState
from tests.races import act_elsewhere
from tests.unguarded import unguarded


def issue_certificates():
    """Run the worker's task, which reads what was committed."""
    db.session.commit()
    return tasks.issue_certificates()


@pytest.fixture
def accepted(make):
    """A certificate of an idea whose theme was accepted, and its author."""
    answer = make.answer(decision=Decision.ACCEPTED)
    issue_certificates()
    certificate = db.session.scalar(sa.select(Certificate).order_by(Certificate.id))
    return get_certificate(certificate.id), certificate.participant.account, answer


def certificates():
    return list(db.session.scalars(sa.select(Certificate).order_by(Certificate.id)))


def answer_again(make, referral, decision, decided=None, version=1):
    """The next answer of the letter's ministry, with decisions of their own on some ideas."""
    officer = make.officer(referral.lead.ministry)
    lines = dict.fromkeys(decided or {}, "이 제안에 답합니다")
    draft = AnswerInput(decision, "까닭입니다", points=lines, point_decisions=decided or {})
    return make.publish(referral, officer, draft, seen_version=version)


@pytest.mark.parametrize("decision", list(Decision), ids=lambda it: it.name)
def test_only_ideas_that_the_answer_accepts_get_a_certificate(make, decision):
    make.answer(decision=decision)  # two ideas, of which the summary cites one
    made = issue_certificates()
    assert made == (1 if decision is Decision.ACCEPTED else 0)
    assert issue_certificates() == 0
    assert db.session.scalar(sa.select(sa.func.count(Notice.id)).where(Notice.kind == "certificate")) == made


def test_a_certificate_says_no_more_than_the_ministry_did(make):
    referral = make.received(make.referral())
    wanted, part = [member.idea_id for member in referral.theme.members]
    answer_again(make, referral, Decision.PARTLY, {wanted: Decision.ACCEPTED, part: Decision.PARTLY}, version=0)
    assert issue_certificates() == 2
    said = {one.idea_id: shown_words(one).told for one in certificates()}
    texts = set(db.session.scalars(sa.select(Notice.text).where(Notice.kind == "certificate")))
    assert texts == set(said.values())
    assert "정책이 되었어요" in said[wanted]
    assert "일부가 정책에 반영되었어요" in said[part]
    assert "정책이 되었어요" not in said[part]
    assert {one.idea_id: shown_words(one).heading for one in certificates()} == {
        wanted: "정책이 된 제안",
        part: "일부가 정책에 반영된 제안",
    }


def test_withdrawn_ideas_imported_ones_and_closed_accounts_get_none(make):
    campaign = make.campaign()
    withdrawn, closed, imported = make.idea(campaign), make.idea(campaign), make.idea(campaign, external_id="x-1")
    answer = make.answer(make.referral(make.theme(campaign, [withdrawn, closed, imported], state=ThemeState.APPROVED)))
    withdrawn.state = IdeaState.WITHDRAWN
    closed.author.account.active = False
    db.session.flush()
    assert issue_certificates() == 0
    assert answer.published_at is not None


def test_nobody_is_named_who_did_not_agree_and_the_word_can_be_taken_back(accepted):
    certificate, author, _answer = accepted
    assert certificate.shown_name == ""
    agree_to_be_named(certificate, author)
    assert certificate.shown_name == author.display_name
    with pytest.raises(WrongState, match="이미"):
        agree_to_be_named(certificate, author)
    take_name_back(certificate, author)
    assert certificate.shown_name == ""
    with pytest.raises(WrongState):
        take_name_back(certificate, author)
    agree_to_be_named(certificate, author)
    assert db.session.scalar(sa.select(sa.func.count(NameConsent.id))) == 2  # both consents stay on record


@pytest.mark.parametrize("role", list(Role), ids=lambda it: it.name)
def test_nobody_agrees_for_another(make, accepted, role):
    certificate, _author, _answer = accepted
    for act in (agree_to_be_named, take_name_back):
        with pytest.raises(Forbidden):
            act(certificate, make.actor(role))


def test_a_closed_account_is_named_no_more(accepted):
    certificate, author, _answer = accepted
    agree_to_be_named(certificate, author)
    author.active = False
    assert certificate.shown_name == ""


def test_an_answer_that_accepts_the_idea_no_longer_revokes_its_certificate_with_a_notice(make, accepted):
    certificate, author, answer = accepted
    agree_to_be_named(certificate, author)
    answer_again(make, answer.referral, Decision.DECLINED)
    with pytest.raises(NotFound, match="곧 취소"):  # before the worker came by
        get_certificate(certificate.id)
    issue_certificates()
    db.session.expire_all()
    certificate = get_certificate(certificate.id)
    assert (certificate.revoked_reason, certificate.consent) == (RevocationReason.ANSWER_CHANGED, None)
    notice = db.session.scalars(sa.select(Notice).where(Notice.kind == "certificate_revoked")).one()
    assert (notice.account_id, notice.path) == (author.id, f"/certificates/{certificate.id}")
    assert "답변을 고쳐서" in notice.text
    entry = db.session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "certificates.revoke")).one()
    assert entry.after["revoked"] == {str(certificate.id): "ANSWER_CHANGED"}
    with pytest.raises(Gone):
        certificate_pdf(certificate)
    with pytest.raises(WrongState, match="취소된"):
        agree_to_be_named(certificate, author)
    revoked_at = certificate.revoked_at
    issue_certificates()
    assert [one.revoked_at for one in certificates()] == [revoked_at]


def test_certificates_that_should_not_have_been_issued_are_revoked_with_other_words(make):
    referral = make.answer(decision=Decision.PARTLY).referral
    idea = referral.theme.members[0].idea
    wrong = make._add(
        Certificate(referral_id=referral.id, idea_id=idea.id, participant_id=idea.author_id, decision="PARTLY")
    )
    issue_certificates()
    db.session.refresh(wrong)
    assert wrong.revoked_reason is RevocationReason.ISSUED_IN_ERROR
    assert "잘못 나간 증서" in db.session.scalars(sa.select(Notice.text)).all()[-1]


def test_a_changed_decision_replaces_the_certificate_and_a_new_acceptance_gets_a_new_number(make, accepted):
    first, _author, answer = accepted
    referral, idea_id = answer.referral, first.idea_id
    for version, decision in enumerate((Decision.PARTLY, Decision.LATER, Decision.ACCEPTED), start=1):
        answer_again(make, referral, Decision.PARTLY, {idea_id: decision}, version)
        issue_certificates()
    db.session.expire_all()
    history = [one for one in certificates() if one.idea_id == idea_id]
    assert [one.revoked_reason and one.revoked_reason.name for one in history] == ["REPLACED", "ANSWER_CHANGED", None]
    assert [one.decision.name for one in history] == ["ACCEPTED", "PARTLY", "ACCEPTED"]
    assert len({one.id for one in history}) == 3
    assert successor_of(history[0]) is history[2]


def test_a_number_that_was_used_is_not_used_again(accepted):
    """Not even if somebody with the keys of the database deletes the last one."""
    certificate, _author, _answer = accepted
    number = certificate.id
    columns = ("referral_id", "idea_id", "participant_id", "issued_at", "decision")
    values = {name: getattr(certificate, name) for name in columns}
    with unguarded("certificate") as connection:
        connection.execute(sa.delete(Certificate).where(Certificate.id == number))
    db.session.execute(sa.insert(Certificate).values(values))
    assert db.session.scalar(sa.select(sa.func.max(Certificate.id))) > number


def test_the_pdf_is_tagged_korean_and_says_whose_it_is(accepted):
    certificate, author, _answer = accepted
    agree_to_be_named(certificate, author)
    with pikepdf.open(io.BytesIO(certificate_pdf(certificate))) as pdf:
        assert str(pdf.Root.Lang) == "ko"
        assert bool(pdf.Root.MarkInfo.Marked)
        assert pdf.Root.StructTreeRoot is not None
        assert bool(pdf.Root.ViewerPreferences.DisplayDocTitle)
        with pdf.open_metadata() as metadata:
            assert metadata["pdfuaid:part"] == "1"
            assert certificate.idea.title in metadata["dc:title"]
        assert len(pdf.pages) == 1


@pytest.mark.parametrize(
    "change",
    [{"active": False}, {"waits_for_consent": True, "needs_consent_until": date(2099, 1, 1)}],
    ids=["left", "consent taken back"],
)
def test_nobody_is_named_who_left_or_lost_the_consent_meanwhile(app, accepted, change):
    certificate, author, _answer = accepted
    account_id, certificate_id = author.id, certificate.id
    db.session.commit()
    certificate, author = get_certificate(certificate_id), db.session.get_one(Account, account_id)
    assert can_agree_to_be_named(author, certificate)
    act_elsewhere(app, lambda: db.session.execute(sa.update(Account).where(Account.id == account_id).values(**change)))
    with pytest.raises(Forbidden):
        agree_to_be_named(certificate, author)
    assert db.session.scalar(sa.select(sa.func.count(NameConsent.id))) == 0
