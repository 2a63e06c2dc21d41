from __future__ import annotations

from html import unescape

import pytest

from forum.core.extensions import db
from forum.response.answers.words import AnswerInput
from forum.response.certificates import tasks
from forum.response.certificates.models import Certificate
from forum.response.referrals.models import Decision
from forum.voice.ideas.models import IdeaState
from tests.factories import SCRIPT


def text(response) -> str:
    return unescape(response.get_data(as_text=True))


def issue_certificates():
    """Run the worker's task, which reads what was committed."""
    db.session.commit()
    return tasks.issue_certificates()


@pytest.fixture
def certificate(make):
    make.answer()
    issue_certificates()
    return db.session.query(Certificate).order_by(Certificate.id).first()


def test_everybody_sees_the_certificate_and_nobody_the_name_until_the_author_agrees(client, new_client, certificate):
    author, path = certificate.participant.account, f"/certificates/{certificate.id}"
    author.display_name = "태양광 좋아"
    page = client.get(path).get_data(as_text=True)
    assert SCRIPT not in page
    assert "이름을 밝히지 않은 제안자" in page
    own = new_client().login(author)
    assert "이름을 밝히는 데 동의해요" in text(own.get(path))
    assert own.post(f"{path}/name").status_code == 303
    assert "태양광 좋아" in text(client.get(path))
    assert own.post(f"{path}/unname").status_code == 303
    assert "태양광 좋아" not in text(client.get(path))


def test_the_pdf_is_an_attachment_for_everybody(client, certificate):
    response = client.get(f"/certificates/{certificate.id}.pdf")
    assert response.data.startswith(b"%PDF-")
    assert response.headers["Content-Disposition"].startswith("attachment")
    assert client.get("/certificates/9999.pdf").status_code == 404


def test_a_revoked_certificate_says_so_for_good(client, make, certificate):
    path, idea = f"/certificates/{certificate.id}", certificate.idea
    answer = certificate.referral.published_answer
    make.publish(
        answer.referral, answer.author, AnswerInput(Decision.DECLINED, "할 수 없게 되었습니다"), seen_version=1
    )
    issue_certificates()
    page = text(client.get(path))
    assert "취소된 증서예요" in page
    assert "새 답변은 이 제안을 받아들이지 않았어요" in page
    assert idea.title in page
    gone = client.get(f"{path}.pdf")
    assert (gone.status_code, "취소된 증서라" in text(gone)) == (410, True)
    journey = text(client.get(f"/ideas/{idea.id}"))
    assert "증서 보기" not in journey
    assert f"증서 제{certificate.id}호가 취소되었어요" in journey
    idea.state = IdeaState.HIDDEN
    db.session.commit()
    page = text(client.get(path))
    assert "취소된 증서예요" in page
    assert idea.title not in page


def test_a_certificate_of_an_idea_that_is_not_shown_is_not_found(client, certificate):
    certificate.idea.state = IdeaState.HIDDEN
    db.session.commit()
    assert client.get(f"/certificates/{certificate.id}").status_code == 404


def test_a_partly_accepted_idea_is_called_so_on_every_page(client, make):
    referral = make.received(make.referral())
    idea = referral.theme.members[0].idea
    partly = {"points": {idea.id: "먼저 한 곳에서"}, "point_decisions": {idea.id: Decision.PARTLY}}
    officer = make.officer(referral.lead.ministry)
    make.publish(referral, officer, AnswerInput(Decision.PARTLY, "나누어 합니다", **partly))
    issue_certificates()
    for path in (f"/certificates/{db.session.query(Certificate).one().id}", f"/ideas/{idea.id}"):
        page = text(client.get(path))
        assert "일부가 정책에 반영" in page, path
        assert "정책이 되었" not in page, path
        assert "정책이 된 제안" not in page.split("<main")[1], path


def test_the_ideas_page_leads_to_its_certificate(client, certificate):
    assert f"/certificates/{certificate.id}" in text(client.get(f"/ideas/{certificate.idea_id}"))
