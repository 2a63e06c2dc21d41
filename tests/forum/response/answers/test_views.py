from __future__ import annotations

from html import unescape

import pytest

from forum.analysis.themes.models import ThemeState
from forum.core.access import Role
from forum.core.extensions import db
from forum.response.answers.services import save_draft, submit_draft, withdraw_draft
from forum.response.answers.words import AnswerInput
from forum.response.referrals.models import Answer, AssignmentState, Decision
from forum.web.idempotency import FIELD, new_key
from tests.factories import SCRIPT

READ = {"has_read": "y"}  # what the approver ticks before publishing


def text(response) -> str:
    return unescape(response.get_data(as_text=True))


@pytest.fixture
def draft(make):
    """A submitted draft that only its ministry may see."""
    referral = make.received(make.referral())
    officer = make.officer(referral.lead.ministry)
    answer = save_draft(referral, officer, AnswerInput(Decision.ACCEPTED, f"아직 비밀인 까닭 {SCRIPT}", "교통과"))
    submit_draft(answer, officer, answer.revision)
    return answer


@pytest.mark.parametrize("role", [role for role in Role if role not in {Role.ANONYMOUS, Role.GUEST, Role.SYSTEM}])
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
    assert client.post(f"/answers/{draft.id}/approve", data=READ | {"seen_revision": "1"}).status_code == 303
    assert client.post(f"/answers/{draft.id}/approve", data=READ | {"seen_revision": "1"}).status_code == 409
    assert "아직 비밀인" in text(client.get(f"/referrals/{draft.referral_id}"))


def test_nothing_is_published_before_the_approver_says_that_they_read_it(client, make, draft):
    client.login(make.approver(draft.referral.lead.ministry))
    response = client.post(f"/answers/{draft.id}/approve", data={"seen_revision": "1"})
    assert (response.status_code, draft.published_at) == (400, None)
    assert "모두 읽고 이 칸에 표시해 주세요" in text(response)


def test_only_those_who_cannot_approve_are_offered_to_withdraw_the_draft(client, new_client, make, draft):
    client.login(draft.author)
    assert "결재 거두기" in text(client.get(f"/answers/{draft.id}"))
    approver = new_client().login(make.approver(draft.referral.lead.ministry))
    assert "결재 거두기" not in text(approver.get(f"/answers/{draft.id}"))


def test_the_reason_for_a_return_stands_where_the_draft_is_mended_and_where_it_is_approved(
    client, new_client, make, draft
):
    approver = new_client().login(make.approver(draft.referral.lead.ministry))
    note = "둘째 문단을 쉽게 써 주세요"
    approver.post(f"/answers/{draft.id}/return", data={"seen_revision": "1", "note": note})
    client.login(draft.author)
    form = f"/referrals/{draft.referral_id}/answer"
    for path in ("/ministry", form, f"/referrals/{draft.referral_id}"):
        assert note in text(client.get(path)), path
    typed = {
        "decision": "PARTLY",
        "reason": "쉽게 쓴 까닭",
        "seen_version": "0",
        "seen_revision": "1",
        "and_submit": "1",
    }
    key = {FIELD: new_key()}  # what the page says is kept with it
    sent = client.post(form, data=typed | key)
    assert sent.location == f"/answers/{draft.id}"
    page = text(approver.get(f"/answers/{draft.id}"))
    for words in (note, "결정이 바뀌었어요: 수용 → 일부 수용", "까닭을 고쳤어요.", "문의할 곳을 고쳤어요."):
        assert words in page
    assert client.get(form).location == f"/answers/{draft.id}"  # it cannot be saved now


def test_an_approver_is_warned_before_writing_on_a_draft(client, new_client, make, draft):
    withdraw_draft(draft, draft.author, 1)
    form, warning = f"/referrals/{draft.referral_id}/answer", "저장하면 이 답변을 결재할 수 없어요"
    approver = new_client().login(make.approver(draft.referral.lead.ministry))
    assert warning in text(approver.get(form))
    desk = text(approver.get("/ministry"))
    assert "담당자가 쓰는 중" in desk
    assert form not in desk
    client.login(draft.author)
    assert warning not in text(client.get(form))


def test_each_mistake_is_a_link_to_its_field(client, make):
    referral = make.received(make.referral())
    idea_id = referral.theme.members[0].idea_id
    client.login(make.officer(referral.lead.ministry))
    typed = {
        "milestones-0-title": "",  # a blank row is no promise
        "milestones-1-title": "첫 일",
        "points-0-idea_id": str(idea_id),
        "points-0-decision": "PARTLY",
        "seen_version": "0",
        "seen_revision": "0",
    }
    page = text(client.post(f"/referrals/{referral.id}/answer", data=typed))
    for field in ("decision", "reason", "milestones-1-due_on", "points-0-text"):
        assert f'<a href="#{field}">' in page, field
        assert f'id="{field}-error"' in page, field
    assert 'data-unsaved="yes"' in page


def test_the_form_shows_all_ideas_of_the_letter_on_request_and_keeps_what_is_typed(client, make):
    campaign = make.campaign()
    theme = make.theme(campaign, [make.idea(campaign) for _ in range(5)], state=ThemeState.APPROVED)
    referral = make.received(make.referral(theme))
    first, *_between, other = sorted(member.idea_id for member in referral.theme.members)
    client.login(make.officer(referral.lead.ministry))
    path = f"/referrals/{referral.id}/answer"
    page = text(client.get(path))
    assert "5건 가운데 3건을 먼저 보여요" in page
    assert f'id="point-{other}"' not in page
    typed = {"points-0-idea_id": str(first), "points-0-text": "쓰던 답", "all_ideas": "1"}
    page = text(client.post(path, data=typed))
    assert f'id="point-{other}"' in page
    assert "쓰던 답" in page
    assert "먼저 보여요" not in page


def rewrite(draft, text):
    """What a colleague does between the approver's page and the button."""
    withdraw_draft(draft, draft.author, draft.revision)
    save_draft(draft.referral, draft.author, AnswerInput(Decision.DECLINED, text), seen_revision=draft.revision)
    submit_draft(draft, draft.author, draft.revision)


def test_words_never_seen_are_not_published_but_shown(client, make, draft):
    client.login(make.approver(draft.referral.lead.ministry))
    assert 'name="seen_revision" value="1"' in text(client.get(f"/answers/{draft.id}"))
    rewrite(draft, "바꾼 까닭")
    response = client.post(f"/answers/{draft.id}/approve", data=READ | {"seen_revision": "1"})
    page = text(response)
    assert (response.status_code, draft.published_at) == (409, None)
    assert "초안이 바뀌었어요" in page
    assert "바꾼 까닭" in page
    assert 'name="seen_revision" value="2"' in page
    assert client.post(f"/answers/{draft.id}/approve", data=READ | {"seen_revision": "2"}).status_code == 303


def test_a_revision_that_is_missing_or_garbled_was_not_seen(client, make, draft):
    client.login(make.approver(draft.referral.lead.ministry))
    for act in ("approve", "return", "withdraw"):
        assert client.post(f"/answers/{draft.id}/{act}", data=READ | {"note": "고치세요"}).status_code == 409, act
    for seen in ("", "2", "¹", "1" * 5000):
        response = client.post(f"/answers/{draft.id}/approve", data=READ | {"seen_revision": seen})
        assert response.status_code == 409, seen
    assert (draft.published_at, draft.submitted_at is None) == (None, False)


def test_a_note_to_words_that_changed_meanwhile_is_not_lost(client, make, draft):
    client.login(make.approver(draft.referral.lead.ministry))
    form = {"seen_revision": "1", "note": "둘째 문단을 쉽게 써 주세요"}
    rewrite(draft, "바꾼 까닭")
    response = client.post(f"/answers/{draft.id}/return", data=form)
    page = text(response)
    assert response.status_code == 409
    assert "둘째 문단을 쉽게 써 주세요</textarea>" in page
    withdraw_draft(draft, draft.author, draft.revision)
    response = client.post(f"/answers/{draft.id}/return", data=form | {"seen_revision": "2"})
    assert response.status_code == 409
    assert "둘째 문단을 쉽게 써 주세요" in text(response)  # there is no field for it now


def test_the_author_is_shown_no_button_and_is_refused(client, draft):
    client.login(draft.author)
    assert "승인하고 공개하기" not in text(client.get(f"/answers/{draft.id}"))
    response = client.post(f"/answers/{draft.id}/approve")
    assert response.status_code == 403
    assert "자기가 쓴 답변은 승인할 수 없어요" in text(response)


def test_a_return_without_a_note_comes_back_with_the_page(client, make, draft):
    client.login(make.approver(draft.referral.lead.ministry))
    form = {"seen_revision": "1"}
    response = client.post(f"/answers/{draft.id}/return", data=form | {"note": "   "})
    assert response.status_code == 400
    assert "고칠 점을 입력해 주세요" in text(response)
    form["note"] = "전화번호를 적어 주세요"
    assert client.post(f"/answers/{draft.id}/return", data=form).status_code == 303
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
        "points-0-decision": "PARTLY",
        "seen_version": "0",
        "seen_revision": "0",
    }
    assert client.post(f"/referrals/{referral.id}/answer", data=form).status_code == 303
    page = text(client.get(f"/referrals/{referral.id}/answer"))
    for words in ("정성껏 쓴 까닭", "교통과 044", "첫 일", "이 제안은 내년에 합니다", 'name="seen_revision" value="1"'):
        assert words in page
    assert '<option selected value="PARTLY">일부 수용</option>' in page
    form |= {"seen_revision": "1"}
    assert client.post(f"/referrals/{referral.id}/answer", data=form | {"points-0-decision": "FREE"}).status_code == 400
    again = client.post(f"/referrals/{referral.id}/answer", data=form)
    assert again.status_code == 303
    assert "바뀐 것이 없어" in text(client.get(again.location))
    form["milestones-0-title"] = "첫 일을 앞당김"
    assert client.post(f"/referrals/{referral.id}/answer", data=form).status_code == 303
    answer = db.session.query(Answer).one()
    assert (answer.revision, answer.milestones[0].weight, answer.points[0].idea_id) == (2, 3, idea_id)
    assert answer.points[0].decision is Decision.PARTLY


def test_the_page_of_a_draft_says_who_will_get_a_certificate_and_who_loses_it(client, make):
    first = make.answer()  # accepts the whole summary, which cites the first idea
    referral, (cited, other) = first.referral, [member.idea for member in first.referral.theme.members]
    draft = AnswerInput(
        Decision.PARTLY, "나누어 합니다", points={other.id: "먼저 합니다"}, point_decisions={other.id: Decision.PARTLY}
    )
    answer = save_draft(referral, make.officer(referral.lead.ministry), draft, seen_version=1)
    client.login(make.approver(referral.lead.ministry))
    page = text(client.get(f"/answers/{answer.id}"))
    gets, _middle, loses = page.partition("공개하면 증서가 취소되는 제안 1건")
    assert "공개하면 증서를 받는 제안 1건" in gets
    assert f"#{other.id}</a>" in gets.split("공개하면 증서를 받는")[1]
    assert "이 제안에 한 결정: 일부 수용" in gets
    assert f"#{cited.id}</a>" in loses


def test_an_author_asks_for_a_re_examination_on_a_page(client, make):
    referral = make.answer(decision=Decision.DECLINED).referral
    author = referral.theme.members[0].idea.author.account
    client.login(author)
    assert "재심사 요청" in text(client.get(f"/referrals/{referral.id}"))
    assert client.get(f"/referrals/{referral.id}/reexamination").status_code == 200
    form = {"seen_version": "1", "reason": " "}
    response = client.post(f"/referrals/{referral.id}/reexamination", data=form)
    assert response.status_code == 400
    form["reason"] = "이 점을 다시 살펴 주세요"
    assert client.post(f"/referrals/{referral.id}/reexamination", data=form).status_code == 303
    db.session.refresh(referral.lead)
    assert referral.lead.state is AssignmentState.REEXAMINING
    page = text(client.get(f"/referrals/{referral.id}"))
    assert "이 점을 다시 살펴 주세요" in page
    assert author.display_name not in page.split("이 문서가 걸어온 길")[1].split("</main>")[0]


def test_an_answer_that_replaced_the_one_that_was_read_is_shown_first(client, make):
    answer = make.answer(decision=Decision.DECLINED, reason="처음 까닭")
    referral = answer.referral
    client.login(referral.theme.members[0].idea.author.account)
    path, form = f"/referrals/{referral.id}/reexamination", {"reason": "이 점을 다시 살펴 주세요"}
    assert 'name="seen_version" value="1"' in text(client.get(path))
    make.publish(referral, answer.author, AnswerInput(Decision.PARTLY, "고쳐 쓴 까닭"), seen_version=1)
    for seen in ({"seen_version": "1"}, {}):
        response = client.post(path, data=form | seen)
        assert (response.status_code, len(referral.lead.clocks)) == (409, 1)
        for words in ("새 답변이 나왔어요", "고쳐 쓴 까닭", "이 점을 다시", 'name="seen_version" value="2"'):
            assert words in text(response)
    assert client.post(path, data=form | {"seen_version": "2"}).status_code == 303


def test_a_stranger_gets_no_page_to_ask_on(client, make):
    referral = make.answer(decision=Decision.DECLINED).referral
    client.login(make.citizen())
    assert client.get(f"/referrals/{referral.id}/reexamination").status_code == 403


def test_only_who_may_ask_for_a_re_examination_is_offered_it(client, make):
    referral = make.answer(decision=Decision.DECLINED).referral
    for reader, offered in ((make.analyst(), True), (make.citizen(), False), (make.admin(), False)):
        client.login(reader)
        assert ("재심사 요청</a>" in text(client.get(f"/referrals/{referral.id}"))) is offered


def test_one_more_row_for_a_step_keeps_what_is_typed_and_saves_nothing(client, make):
    referral = make.received(make.referral())
    client.login(make.officer(referral.lead.ministry))
    path = f"/referrals/{referral.id}/answer"
    assert client.get(path).text.count('class="row three"') == 1
    typed = {"reason": "쓰던 까닭", "milestones-0-title": "첫 단계", "seen_version": "0", "more": "1"}
    page = text(client.post(path, data=typed))
    assert page.count('class="row three"') == 2
    for words in ("쓰던 까닭", "첫 단계"):
        assert words in page
    piece = text(client.post(path, data=typed, headers={"HX-Request": "true"}))
    assert piece.lstrip().startswith("<fieldset")
    assert piece.count('class="row three"') == 2
    assert text(client.get(f"{path}?rows=2")).count('class="row three"') == 2  # where the browser comes back to
    assert db.session.query(Answer).count() == 0
