"""An answer that promises a pilot gives a certificate for a part, which says that it is tried and nothing more."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from forum.analysis.themes.models import ThemeState
from forum.core.extensions import db
from forum.response.answers.services import approve_answer, save_draft, submit_draft
from forum.response.answers.words import AnswerInput
from forum.response.certificates.models import Certificate, RevocationReason
from forum.response.certificates.services import certificate_pdf
from forum.response.certificates.tasks import issue_certificates
from forum.response.pilots.models import PilotDecision, PilotOrigin, PilotState
from forum.response.referrals.models import Decision, ReferralIdea
from forum.response.shortpath.models import DECISIONS, ShortAnswer, ShortAnswerKind
from forum.system.notices.models import Notice

TRIED = "맡은 기관이 이 제안을 먼저 작게 해 보기로 했습니다."
BECAME = "이 제안의 일부가 정책에 반영되었습니다."


@pytest.fixture
def promised(make):
    """A letter whose answer accepts its idea partly: a pilot."""
    return answered(make, ShortAnswerKind.PILOT)


def answered(make, kind, referral=None, decision=None):
    """Publish an answer that decides on each idea of the letter, and say what kind it is, if it is a short one."""
    seen = referral.published_answer.version if referral else 0
    if referral is None:
        idea = make.everyday_idea()
        theme = make.theme(idea.campaign, [idea], state=ThemeState.APPROVED)
        referral = make.received(make.referral(theme))
    decision = decision or DECISIONS[kind]
    ids = db.session.scalars(sa.select(ReferralIdea.idea_id).where(ReferralIdea.referral_id == referral.id)).all()
    points, decided = dict.fromkeys(ids, "한 곳에서 해 볼게요."), dict.fromkeys(ids, decision)
    draft = AnswerInput(decision, "먼저 살펴봤어요.", points=points, point_decisions=decided)
    officer = make.officer(referral.lead.ministry)
    answer = save_draft(referral, officer, draft, seen)
    if kind is not None:
        db.session.add(ShortAnswer(answer_id=answer.id, kind=kind))  # fixed with the answer
    submit_draft(answer, officer, answer.revision)
    approve_answer(answer, make.approver(referral.lead.ministry), answer.revision)
    db.session.commit()
    return answer


def certificates() -> list[Certificate]:
    return list(db.session.scalars(sa.select(Certificate).order_by(Certificate.id)))


def test_a_promised_pilot_gives_a_certificate_that_says_it_is_tried(client, promised):
    assert issue_certificates() == 1
    (certificate,) = certificates()
    assert certificate.decision is Decision.PARTLY
    page = client.get(f"/certificates/{certificate.id}").text
    assert TRIED in page
    assert BECAME not in page
    assert certificate_pdf(certificate).startswith(b"%PDF")
    (told,) = db.session.scalars(sa.select(Notice.text).where(Notice.kind == "certificate"))
    assert "먼저 작게 해 보기로 했어요" in told


def test_another_answer_in_part_says_what_it_said(client, make, promised):
    referral = promised.referral
    answered(make, None, referral, Decision.PARTLY)
    issue_certificates()
    (certificate,) = certificates()
    assert BECAME in client.get(f"/certificates/{certificate.id}").text


def test_what_is_done_for_good_after_the_pilot_replaces_the_certificate(client, make, promised):
    issue_certificates()
    pilot = make.walked_pilot(promised.referral, PilotState.DECIDED, PilotDecision.SPREAD)
    taken = make.pilot(
        promised.referral,
        origin=PilotOrigin.SPREAD,
        parent_id=pilot.id,
        ministry_id=make.ministry(name="이어받는 구청").id,
        created_by=pilot.created_by_id,
    )
    answered(make, ShortAnswerKind.FIXED_NOW, promised.referral)
    assert issue_certificates() == 1
    old, new = certificates()
    assert (old.revoked_reason, new.decision) == (RevocationReason.REPLACED, Decision.ACCEPTED)
    page = client.get(f"/certificates/{new.id}").text
    assert "이 제안을 받아들여 고쳤다고 답했습니다." in page
    assert "정책이 되었습니다" not in page
    assert taken.ministry.name not in page  # the office that took it over has no certificate; the list names it
    assert taken.ministry.name in client.get(f"/pilots/{pilot.id}").text
