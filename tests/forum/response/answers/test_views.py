from __future__ import annotations

from html import unescape

import pytest

from forum.core.access import Role
from forum.core.extensions import db
from forum.response.answers.services import AnswerInput, save_draft, submit_draft
from forum.response.referrals.models import Answer, AssignmentState, Decision
from tests.factories import SCRIPT


def text(response) -> str:
    return unescape(response.get_data(as_text=True))


@pytest.fixture
def draft(make):
    """A submitted draft that only its ministry may see."""
    referral = make.received(make.referral())
    officer = make.officer(referral.lead.ministry)
    answer = save_draft(referral, officer, AnswerInput(Decision.ACCEPTED, f"아직 비밀인 까닭 {SCRIPT}", "교통과"))
    submit_draft(answer, officer)
    return answer


@pytest.mark.parametrize("role", [role for role in Role if role not in {Role.ANONYMOUS, Role.SYSTEM}])
def test_a_draft_is_hidden_from_everybody_but_its_ministry(client, make, draft, role):
    client.login(make.account(role))
    assert client.get(f"/answers/{draft.id}").status_code == 404
    assert client.get(f"/referrals/{draft.referral_id}/answer").status_code == 404
    assert "아직 비밀인" not in text(client.get(f"/referrals/{draft.referral_id}"))
    for act in ("submit", "withdraw", "return", "approve"):
        assert client.post(f"/answers/{draft.id}/{act}", data={"note": "고치세요"}).status_code == 404, act


def test_the_approver_reads_and_publishes(client, make, draft):
    client.login(make.approver(draft.referral.lead.ministry))
    page = client.get(f"/answers/{draft.id}").get_data(as_text=True)
    assert SCRIPT not in page
    assert "승인하고 공개하기" in page
    assert client.post(f"/answers/{draft.id}/approve").status_code == 303
    assert client.post(f"/answers/{draft.id}/approve").status_code == 409
    assert "아직 비밀인" in text(client.get(f"/referrals/{draft.referral_id}"))


def test_the_author_is_shown_no_button_and_is_refused(client, draft):
    client.login(draft.author)
    assert "승인하고 공개하기" not in text(client.get(f"/answers/{draft.id}"))
    response = client.post(f"/answers/{draft.id}/approve")
    assert response.status_code == 403
    assert "자기가 쓴 답변은 승인할 수 없습니다" in text(response)


def test_a_return_without_a_note_comes_back_with_the_page(client, make, draft):
    client.login(make.approver(draft.referral.lead.ministry))
    response = client.post(f"/answers/{draft.id}/return", data={"note": "   "})
    assert response.status_code == 400
    assert "고칠 점을 입력해 주세요" in text(response)
    assert client.post(f"/answers/{draft.id}/return", data={"note": "전화번호를 적어 주세요"}).status_code == 303
    assert "전화번호를 적어 주세요" in text(client.get(f"/answers/{draft.id}"))


def test_the_form_opens_with_the_draft_and_saves_it_again(client, make):
    referral = make.received(make.referral())
    idea_id = referral.theme.members[0].idea_id
    client.login(make.officer(referral.lead.ministry))
    form = {
        "decision": "PARTLY",
        "reason": "정성껏 쓴 까닭",
        "contact_office": "교통과 044-000-0000",
        "milestones-0-title": "첫 일",
        "milestones-0-due_on": "2099-01-01",
        "milestones-0-weight": "3",
        "points-0-idea_id": str(idea_id),
        "points-0-text": "이 제안은 내년에 합니다",
        "seen_version": "0",
        "seen_revision": "0",
    }
    assert client.post(f"/referrals/{referral.id}/answer", data=form).status_code == 303
    page = text(client.get(f"/referrals/{referral.id}/answer"))
    for words in ("정성껏 쓴 까닭", "교통과 044", "첫 일", "이 제안은 내년에 합니다", 'name="seen_revision" value="1"'):
        assert words in page
    assert client.post(f"/referrals/{referral.id}/answer", data=form | {"seen_revision": "1"}).status_code == 303
    answer = db.session.query(Answer).one()
    assert (answer.revision, answer.milestones[0].weight, answer.points[0].idea_id) == (2, 3, idea_id)


def test_an_author_asks_for_a_re_examination_on_a_page(client, make):
    referral = make.answer(decision=Decision.DECLINED).referral
    author = referral.theme.members[0].idea.author.account
    client.login(author)
    assert "재심사 요청" in text(client.get(f"/referrals/{referral.id}"))
    assert client.get(f"/referrals/{referral.id}/reexamination").status_code == 200
    response = client.post(f"/referrals/{referral.id}/reexamination", data={"reason": " "})
    assert response.status_code == 400
    form = {"reason": "이 점을 다시 살펴 주세요"}
    assert client.post(f"/referrals/{referral.id}/reexamination", data=form).status_code == 303
    db.session.refresh(referral.lead)
    assert referral.lead.state is AssignmentState.REEXAMINING
    page = text(client.get(f"/referrals/{referral.id}"))
    assert "이 점을 다시 살펴 주세요" in page
    assert author.display_name not in page.split("이 문서가 걸어온 길")[1].split("</main>")[0]


def test_a_stranger_gets_no_page_to_ask_on(client, make):
    referral = make.answer(decision=Decision.DECLINED).referral
    client.login(make.citizen())
    assert client.get(f"/referrals/{referral.id}/reexamination").status_code == 403


def test_only_who_may_ask_for_a_re_examination_is_offered_it(client, make):
    referral = make.answer(decision=Decision.DECLINED).referral
    for reader, offered in ((make.analyst(), True), (make.citizen(), False), (make.admin(), False)):
        client.login(reader)
        assert ("재심사 요청</a>" in text(client.get(f"/referrals/{referral.id}"))) is offered
