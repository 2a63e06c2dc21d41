from __future__ import annotations

import sqlalchemy as sa

from forum.core.extensions import db
from forum.voice.ideas.models import Idea, IdeaOriginal, IdeaState
from forum.voice.ideas.services import edit_idea
from forum.voice.moderation.models import Hiding, Report
from forum.voice.moderation.services import hold
from forum.web.idempotency import IdempotencyRecord


def test_the_whole_way_from_report_to_a_second_look(make, client, new_client):
    author, reader, analyst, admin = make.citizen(), make.citizen(), make.analyst(), make.admin()
    idea = make.idea(author=author, title="싸게 파는 전기 장판")
    page = client.login(reader).get(f"/ideas/{idea.id}").text
    assert f"/report/ideas/{idea.id}" in page
    assert client.post(f"/report/ideas/{idea.id}", data={"reason": "SPAM", "words": "광고"}).status_code == 303

    staff = new_client().login(analyst)
    assert "신고한 사람 1명" in staff.get("/moderation").text
    assert (
        staff.post(f"/moderation/ideas/{idea.id}/hide", data={"reason": "SPAM", "seen_revision": "1"}).status_code
        == 303
    )

    assert new_client().get(f"/ideas/{idea.id}").status_code == 404
    assert client.get(f"/ideas/{idea.id}").status_code == 404
    own = new_client().login(author)
    hiding = db.session.scalars(sa.select(Hiding)).one()
    page = own.get(f"/ideas/{idea.id}")
    assert page.status_code == 200
    assert f"/moderation/hidings/{hiding.id}" in page.text
    assert "광고·도배" in page.text
    assert own.post(f"/moderation/hidings/{hiding.id}", data={"words": "팔지 않습니다"}).status_code == 303

    refused = staff.post(f"/moderation/ideas/{idea.id}/appeal", data={"decision": "KEPT", "words": "그대로"})
    assert refused.status_code == 403
    second = new_client().login(admin)
    assert "팔지 않습니다" in second.get(f"/moderation/ideas/{idea.id}").text
    answer = {"decision": "SHOWN", "words": "파는 글이 아닙니다"}
    assert second.post(f"/moderation/ideas/{idea.id}/appeal", data=answer).status_code == 303
    assert new_client().get(f"/ideas/{idea.id}").status_code == 200
    assert "파는 글이 아닙니다" in own.get(f"/moderation/hidings/{hiding.id}").text
    record = new_client().get("/moderation/record").text
    assert "광고·도배" in record
    assert "전기 장판" not in record


def test_a_report_without_a_reason_keeps_what_was_typed(make, client):
    client.login(make.citizen())
    response = client.post(f"/report/ideas/{make.idea().id}", data={"words": "까닭을 안 골랐어요"})
    assert response.status_code == 400
    assert "까닭을 안 골랐어요" in response.text
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Report)) == 0


def test_a_decision_needs_a_choice(make, client):
    client.login(make.admin())
    hiding = make.hiding(make.idea(), appeal_text="이의가 있습니다", appealed_at=sa.func.now())
    db.session.flush()
    path = f"/moderation/ideas/{hiding.text_id}/appeal"
    assert client.post(path, data={"words": "골라야 합니다"}).status_code == 400
    assert client.post(f"/moderation/ideas/{make.idea().id}/appeal", data={"decision": "KEPT"}).status_code == 409


def test_a_hidden_comment_shows_its_reason_to_its_author_alone(make, client, new_client):
    author, idea = make.citizen(), make.idea()
    comment = make.comment(idea, author, body="막말입니다")
    make.hiding(comment)
    assert "막말입니다" not in new_client().get(f"/ideas/{idea.id}").text
    page = client.login(author).get(f"/ideas/{idea.id}").text
    assert "막말입니다" in page
    assert "운영진이 숨긴 댓글이에요" in page


def test_what_was_revealed_is_kept_nowhere(make, client):
    idea = make.idea(body="전화 ***-****-****")
    db.session.add(IdeaOriginal(idea_id=idea.id, title=idea.title, body="전화 010-1234-5678"))
    client.login(make.analyst())
    assert "원문 보기" in client.get(f"/moderation/ideas/{idea.id}").text
    data = {"words": "신고 내용을 확인하려고", "idempotency_key": "k" * 32}
    assert "010-1234-5678" in client.post(f"/moderation/ideas/{idea.id}/reveal", data=data).text
    assert db.session.scalars(sa.select(IdempotencyRecord.body)).all() == [None]


def test_hiding_twice_by_one_form_is_said_on_the_page(make, client):
    client.login(make.analyst())
    hiding = make.hiding(make.idea())
    response = client.post(f"/moderation/ideas/{hiding.text_id}/hide", data={"reason": "SPAM", "seen_revision": "1"})
    assert response.status_code == 409
    assert "이미 숨긴 글이에요" in response.text


def test_a_merged_idea_does_not_lead_to_a_hidden_one(make, client):
    target = make.idea()
    idea = make.idea(state=IdeaState.MERGED, merged_into_id=target.id)
    make.hiding(target)
    page = client.get(f"/ideas/{idea.id}").text
    assert f'href="/ideas/{target.id}"' not in page
    assert db.session.get_one(Idea, idea.id).merged_into_id == target.id


def test_a_moderator_reads_a_held_text_and_shows_it_with_one_button(make, client, new_client):
    author, idea = make.citizen(), make.idea()
    comment = make.comment(idea, author, body="비슷한 글 가운데 하나")
    hold(comment)
    page = client.login(author).get(f"/ideas/{idea.id}").text
    assert "운영진이 읽어 본 뒤에 공개해요" in page
    assert "비슷한 글 가운데 하나" not in new_client().get(f"/ideas/{idea.id}").text
    staff = new_client().login(make.analyst())
    assert "읽기를 기다리는 글 1건" in staff.get("/moderation").text
    case = staff.get(f"/moderation/comments/{comment.id}").text
    assert "광고·도배" not in case.split("<h2>지난 일")[1]
    assert staff.post(f"/moderation/comments/{comment.id}/show", data={"reason": "CHECKED"}).status_code == 303
    assert "비슷한 글 가운데 하나" in new_client().get(f"/ideas/{idea.id}").text


def test_words_edited_meanwhile_are_shown_before_they_are_hidden(make, client):
    idea = make.idea()
    client.login(make.analyst())
    assert 'name="seen_revision" value="1"' in client.get(f"/moderation/ideas/{idea.id}").text
    edit_idea(idea, idea.author.account, "새 제목", "고쳐 쓴 얌전한 글")
    data = {"reason": "SPAM", "seen_revision": "1"}
    refused = client.post(f"/moderation/ideas/{idea.id}/hide", data=data)
    assert refused.status_code == 409
    assert "고쳐 쓴 얌전한 글" in refused.text
    assert 'name="seen_revision" value="2"' in refused.text
