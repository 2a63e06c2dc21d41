from __future__ import annotations

import io
from datetime import date

import pikepdf
import pytest
import sqlalchemy as sa

from forum.analysis.themes.models import ThemeState
from forum.core.access import Role
from forum.core.errors import Forbidden, NotFound, WrongState
from forum.core.extensions import db
from forum.people.accounts.models import Account
from forum.response.answers.words import AnswerInput
from forum.response.certificates.models import Certificate, NameConsent
from forum.response.certificates.permissions import can_agree_to_be_named
from forum.response.certificates.queries import get_certificate
from forum.response.certificates.services import agree_to_be_named, certificate_pdf, take_name_back
from forum.response.certificates.tasks import issue_certificates
from forum.response.referrals.models import Decision
from forum.system.notices.models import Notice
from forum.voice.ideas.models import IdeaState
from tests.races import act_elsewhere


@pytest.fixture
def accepted(make):
    """A certificate of an idea whose theme was accepted, and its author."""
    answer = make.answer(decision=Decision.ACCEPTED)
    issue_certificates()
    certificate = db.session.scalar(sa.select(Certificate).order_by(Certificate.id))
    return get_certificate(certificate.id), certificate.participant.account, answer


@pytest.mark.parametrize("decision", list(Decision), ids=lambda it: it.name)
def test_only_what_was_accepted_gets_a_certificate(make, decision):
    make.answer(decision=decision)
    made = issue_certificates()
    assert made == (2 if decision in {Decision.ACCEPTED, Decision.PARTLY} else 0)
    assert issue_certificates() == 0
    assert db.session.scalar(sa.select(sa.func.count(Notice.id)).where(Notice.kind == "certificate")) == made


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


def test_an_answer_that_was_corrected_to_no_takes_the_certificate_with_it(make, accepted):
    certificate, _author, answer = accepted
    make.publish(
        answer.referral, answer.author, AnswerInput(Decision.DECLINED, "할 수 없게 되었습니다"), seen_version=1
    )
    with pytest.raises(NotFound, match="답변을 고쳐"):
        get_certificate(certificate.id)


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
