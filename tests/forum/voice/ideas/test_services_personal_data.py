"""A phone number in a post: its author reads it, nobody else does, wherever the post appears."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from forum.core.access import SYSTEM
from forum.core.errors import InvalidInput, WrongState
from forum.core.extensions import db
from forum.voice.ideas.importing import open_source
from forum.voice.ideas.models import Comment, CommentOriginal, Idea, IdeaOriginal, IdeaRevision
from forum.voice.ideas.queries import words_for
from forum.voice.ideas.services import (
    add_comment,
    edit_idea,
    submit_idea,
)
from forum.voice.ideas.tasks import import_ideas, mask_existing

PHONE = "010-1234-5678"
TITLE, BODY = f"텃밭 문의 {PHONE}", f"옥상 텃밭을 함께 가꿀 사람은 {PHONE} 또는 kim@example.org 로 알려 주세요."
CANARIES = ("1234", "5678", "kim@")


def post(make, author=None, campaign=None):
    return submit_idea(campaign or make.campaign(), author or make.citizen(), TITLE, BODY)


def test_what_everybody_reads_and_searches_holds_no_number(make):
    idea = post(make)
    row = db.session.execute(sa.select(Idea.title, Idea.body, Idea.search_tokens).where(Idea.id == idea.id)).one()
    assert not [canary for canary in CANARIES if canary in " ".join(row)]
    assert idea.title == "텃밭 문의 ***-****-****"


def test_only_the_author_reads_the_words_as_typed(make):
    author = make.citizen()
    idea = post(make, author)
    assert words_for(author, idea) == (TITLE, BODY)
    for other in (make.citizen(), make.analyst(), make.admin(), SYSTEM):
        assert words_for(other, idea) == (idea.title, idea.body)


def test_no_page_shows_the_number_to_others_and_the_author_is_told(make, client, new_client):
    author, campaign = make.citizen(), make.campaign()
    client.login(author)
    data = {"title": TITLE, "body": BODY}
    page = client.get(client.post(f"/c/{campaign.slug}/ideas/new", data=data).headers["Location"]).text
    assert PHONE in page
    assert "다른 사람에게 ***로 가려져요" in page
    idea = db.session.scalars(sa.select(Idea)).one()
    lists = f"/c/{campaign.slug}", f"/c/{campaign.slug}/ideas", f"/c/{campaign.slug}/ideas?q=텃밭"
    for path in (f"/ideas/{idea.id}", *lists):
        page = new_client().get(path).text
        assert "텃밭 문의" in page.replace("<mark>", "").replace("</mark>", "")
        assert not [canary for canary in CANARIES if canary in page], path


def test_the_author_sees_before_sending_what_will_be_hidden(make, client):
    client.login(make.citizen())
    data = {"title": TITLE, "body": BODY, "look": "1"}
    page = client.post(f"/c/{make.campaign().slug}/ideas/new", data=data).text
    assert "개인정보로 보이는 곳(이메일, 전화번호)" in page
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Idea)) == 0


def test_the_edit_form_holds_the_words_as_typed(make, client):
    author = make.citizen()
    idea = post(make, author)
    assert PHONE in client.login(author).get(f"/ideas/{idea.id}/edit").text


def test_an_edit_without_the_number_forgets_it(make):
    author = make.citizen()
    idea = post(make, author)
    edit_idea(idea, author, "텃밭 문의", "옥상 텃밭을 함께 가꿀 사람을 찾습니다.")
    assert db.session.get(IdeaOriginal, idea.id) is None
    assert words_for(author, idea).title == "텃밭 문의"
    kept = db.session.scalars(sa.select(IdeaRevision)).one()
    assert not [canary for canary in CANARIES if canary in kept.title + kept.body]


def test_saving_an_unchanged_form_is_no_revision(make):
    author = make.citizen()
    idea = post(make, author)
    edit_idea(idea, author, TITLE, BODY)
    assert idea.revision == 1


def test_the_same_words_twice_are_still_the_same_idea(make):
    author, campaign = make.citizen(), make.campaign()
    post(make, author, campaign)
    with pytest.raises(WrongState, match="이미 올리셨어요"):
        post(make, author, campaign)


def test_a_comment_is_masked_for_others_and_whole_for_its_author(make, client, new_client):
    idea, author = make.idea(), make.citizen()
    add_comment(idea, author, f"저도 관심 있어요 {PHONE}")
    assert PHONE not in new_client().get(f"/ideas/{idea.id}").text
    assert PHONE in client.login(author).get(f"/ideas/{idea.id}").text


def test_an_imported_idea_is_masked_and_its_number_kept_nowhere(make, tmp_path):
    path = tmp_path / "ideas.csv"
    path.write_text(f"external_id,title,body\nA1,{TITLE},{BODY}\n", encoding="utf-8")
    campaign = make.campaign()
    db.session.commit()
    import_ideas(campaign, SYSTEM, open_source(path, 10_000))
    idea = db.session.scalars(sa.select(Idea)).one()
    assert not [canary for canary in CANARIES if canary in idea.title + idea.body + idea.search_tokens]
    assert db.session.scalars(sa.select(IdeaOriginal)).all() == []


@pytest.mark.parametrize("text", ["900101-1234567", "900101-1******", "９００１０１\n－１２３４５６７"])
def test_a_resident_number_is_neither_stored_nor_logged(make, text, capfd):
    author, campaign = make.citizen(), make.campaign()
    with pytest.raises(InvalidInput, match="주민등록번호") as refused:
        submit_idea(campaign, author, "제안", f"제 번호는 {text} 입니다")
    assert "900101" not in refused.value.message
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Idea)) == 0
    assert "900101" not in capfd.readouterr().err


def test_rows_from_before_are_masked_by_command_and_keep_their_original(app, make):
    author = make.citizen()
    idea, comment = make.idea(author=author), make.comment(author=author)
    imported = make.idea(external_id="X1")
    # As an older version left them: written past the model.
    db.session.execute(sa.update(Idea).where(Idea.id.in_([idea.id, imported.id])).values(title=TITLE, body=BODY))
    db.session.execute(sa.update(Comment).where(Comment.id == comment.id).values(body=PHONE))
    db.session.commit()
    ids = idea.id, imported.id, comment.id, author.id
    assert mask_existing() == 3
    assert mask_existing() == 0
    idea, imported = (db.session.get_one(Idea, key) for key in ids[:2])
    comment = db.session.get_one(Comment, ids[2])
    for text in (idea.title, idea.body, idea.search_tokens, imported.body, comment.body):
        assert not [canary for canary in CANARIES if canary in text]
    assert db.session.get_one(IdeaOriginal, ids[0]).body == BODY
    assert db.session.get(IdeaOriginal, ids[1]) is None
    assert db.session.get_one(CommentOriginal, ids[2]).body == PHONE
    assert "0건" in app.test_cli_runner().invoke(args=["ideas", "mask"]).output


def test_a_display_name_is_no_phone_number(make, client):
    account = make.citizen()
    client.login(account)
    page = client.post("/profile", data={"display_name": PHONE, "birth_year": "2000", "region_code": ""})
    assert page.status_code == 400
    assert "전화번호나 이메일 말고" in page.text
