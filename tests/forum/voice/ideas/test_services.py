from __future__ import annotations

import unicodedata

import pytest
import sqlalchemy as sa

from forum.core import clock
from forum.core.access import Role
from forum.core.errors import Forbidden, InvalidInput, WrongState
from forum.core.extensions import db
from forum.core.reference import Sector
from forum.system.texts.limits import TooManyTexts
from forum.voice.campaigns.models import PhaseKind
from forum.voice.ideas.models import Comment, CommentState, Idea, IdeaRevision, IdeaState
from forum.voice.ideas.queries import Filters, idea_page
from forum.voice.ideas.search import SEARCH_TOKENS_VERSION
from forum.voice.ideas.services import add_comment, edit_idea, save_draft, submit_idea, withdraw_idea
from forum.voice.moderation.models import Hiding
from tests.races import changed_meanwhile

GOOD = {"title": "학교 지붕에 태양광을", "body": "빈 지붕에 발전기를 올립시다."}


def test_an_idea_is_taken_with_its_tally_and_search_tokens(make):
    author = make.citizen()
    idea = submit_idea(make.campaign(), author, **GOOD, sector="TRANSITION", region_code="11")
    assert (idea.author_id, idea.sector, idea.region.short_name) == (author.participant.id, Sector.TRANSITION, "서울")
    assert idea.tally.votes == 0
    assert "태양광" in idea.search_tokens.split()


def test_nfd_becomes_nfc(make):
    idea = submit_idea(make.campaign(), make.citizen(), unicodedata.normalize("NFD", "탄소중립"), "바로 지금")
    assert idea.title == "탄소중립"


def test_word_processor_html_becomes_paragraphs_and_a_typed_script_stays_text(make):
    campaign = make.campaign()
    pasted = "<p class='MsoNormal'>첫 문단&nbsp;입니다.</p><p><span>둘째 문단</span></p>"
    assert submit_idea(campaign, make.citizen(), "붙여넣기", pasted).body == "첫 문단 입니다.\n\n둘째 문단"
    typed = "<script>alert(1)</script> 라고 쓰면?"
    assert submit_idea(campaign, make.citizen(), "글", typed).body == typed


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": " "}, "title"),
        ({"title": "가" * 101}, "title"),
        ({"title": "가\x00"}, "title"),
        ({"body": "\u3164"}, "body"),
        ({"body": "가" * 5001}, "body"),
        ({"body": "\ud83d"}, "body"),
        ({"body": "제 번호 900101-1234567"}, "body"),
        ({"title": "900101-1234567"}, "title"),
        ({"sector": "SPACE"}, "sector"),
        ({"region_code": "99"}, "region_code"),
    ],
)
def test_bad_input_is_named_at_its_field_and_nothing_is_kept(make, changes, field):
    campaign = make.campaign()
    with pytest.raises(InvalidInput) as refused:
        submit_idea(campaign, make.citizen(), **(GOOD | changes))
    assert list(refused.value.errors) == [field]
    assert db.session.scalar(sa.select(sa.func.count(Idea.id))) == 0


def test_both_fields_are_named_at_once(make):
    with pytest.raises(InvalidInput) as refused:
        submit_idea(make.campaign(), make.citizen(), "", "")
    assert set(refused.value.errors) == {"title", "body"}


def test_a_closed_phase_says_since_when(make):
    campaign = make.campaign(open_phases=(PhaseKind.VOTING,))
    with pytest.raises(WrongState, match=r"제안 단계는 .*에 끝났어요"):
        submit_idea(campaign, make.citizen(), **GOOD)


@pytest.mark.parametrize("role", [role for role in Role if role not in {Role.CITIZEN, Role.FACILITATOR, Role.GUEST}])
def test_staff_and_visitors_do_not_propose(make, role):
    with pytest.raises(Forbidden):
        submit_idea(make.campaign(), make.actor(role), **GOOD)


def test_a_double_click_makes_one_idea(make):
    campaign, author = make.campaign(), make.citizen()
    submit_idea(campaign, author, **GOOD)
    with pytest.raises(WrongState, match="이미 올리셨어요"):
        submit_idea(campaign, author, GOOD["title"] + " ", GOOD["body"])
    assert submit_idea(campaign, make.citizen(), **GOOD).id  # somebody else may say the same


def test_an_edit_keeps_what_stood_there(make):
    author = make.citizen()
    idea = make.idea(author=author, title="전", body="앞의 글")
    edit_idea(idea, author, "후", "뒤의 글")
    kept = db.session.scalars(sa.select(IdeaRevision)).one()
    assert (kept.title, kept.body, idea.title, idea.revision) == ("전", "앞의 글", "후", 2)
    assert idea.search_tokens_version == SEARCH_TOKENS_VERSION


def test_an_edit_that_changes_nothing_makes_no_revision(make):
    author = make.citizen()
    idea = make.idea(author=author, title="그대로", body="그대로")
    edit_idea(idea, author, "그대로", "그대로", region_code="26")
    assert (idea.revision, idea.region_code) == (1, "26")


def test_nobody_edits_after_a_vote(make):
    author = make.citizen()
    idea = make.idea(author=author)
    make.vote(idea)
    with pytest.raises(WrongState, match="투표한 사람이 있어"):
        edit_idea(idea, author, "바꾼 제목", "바꾼 글")


def test_nobody_edits_or_withdraws_somebody_elses_idea(make):
    idea = make.idea()
    for act in (lambda who: edit_idea(idea, who, "가", "나"), lambda who: withdraw_idea(idea, who)):
        with pytest.raises(Forbidden):
            act(make.citizen())
    assert idea.state is IdeaState.OPEN


def test_a_withdrawn_idea_leaves_the_list(make):
    author = make.citizen()
    idea = make.idea(author=author)
    withdraw_idea(idea, author)
    assert idea_page(idea.campaign, Filters(), "", 20).ideas == []


def test_a_comment_is_counted(make):
    idea = make.idea()
    add_comment(idea, make.analyst(), "  좋아요\n\n\n\n정말로 ")
    db.session.expire_all()
    assert idea.tally.comments == 1
    assert db.session.scalars(sa.select(Comment)).one().body == "좋아요\n\n정말로"


@pytest.mark.parametrize("text", ["", " \u3164", "가" * 1001, "가\x00", "900101-1234567"])
def test_bad_comments_are_refused(make, text):
    with pytest.raises(InvalidInput):
        add_comment(make.idea(), make.citizen(), text)


def test_nobody_comments_on_a_withdrawn_idea(make):
    with pytest.raises(WrongState):
        add_comment(make.idea(state=IdeaState.WITHDRAWN), make.citizen(), "늦은 말")


@pytest.mark.parametrize("act", ["edit", "withdraw"])
def test_an_idea_hidden_meanwhile_is_neither_edited_nor_withdrawn(make, act):
    """The author's act used to pass over the hiding, and left a hidden idea that nobody could show again."""
    author = make.citizen()
    idea = make.idea(author=author)
    make.hiding(make.idea())
    changed_meanwhile(idea, state="HIDDEN")
    with pytest.raises(Forbidden):
        edit_idea(idea, author, "새 제목", "새 글") if act == "edit" else withdraw_idea(idea, author)
    assert idea.state is IdeaState.HIDDEN


def test_an_idea_hidden_meanwhile_gets_no_comment(make):
    idea, citizen = make.idea(), make.citizen()
    changed_meanwhile(idea, state="HIDDEN")
    with pytest.raises(WrongState):
        add_comment(idea, citizen, "늦은 말")


def test_an_idea_that_got_votes_meanwhile_is_not_edited(make):
    author = make.citizen()
    idea = make.idea(author=author)
    changed_meanwhile(idea.tally, agree=1)
    with pytest.raises(WrongState, match="투표한 사람이 있어"):
        edit_idea(idea, author, "새 제목", "새 글")


# how much one person and one network may send


def test_one_person_sends_only_so_many_ideas_comments_and_drafts(app, make, monkeypatch):
    for kind in ("IDEA", "COMMENT", "IDEA_DRAFT"):
        monkeypatch.setitem(app.config, f"{kind}_LIMIT_PER_PERSON", "2 per hour")
    campaign, citizen, idea = make.campaign(), make.citizen(), make.idea()
    acts = (
        lambda n: submit_idea(campaign, citizen, f"제목 {n}", f"{n}째 글"),
        lambda n: add_comment(idea, citizen, f"{n}째 말"),
        lambda n: save_draft(campaign, citizen, f"초안 {n}", ""),
    )
    with clock.at(clock.now()):  # one hour, also when the test runs at its turn
        for act in acts:
            act(1), act(2)
            db.session.commit()
            with pytest.raises(TooManyTexts):
                act(3)
            db.session.rollback()


def test_a_letter_ends_editing_and_an_answer_withdrawing(make):
    sent, answered = make.received(make.referral()), make.answer().referral
    for referral, may_withdraw in ((sent, True), (answered, False)):
        idea = referral.theme.members[0].idea
        author = idea.author.account
        with pytest.raises(WrongState, match="소관부처"):
            edit_idea(idea, author, "다른 제목", "다른 내용입니다")
        if may_withdraw:
            withdraw_idea(idea, author)
            continue
        with pytest.raises(WrongState, match="답변을 받은"):
            withdraw_idea(idea, author)


def test_an_edit_counts_as_an_idea(app, make, monkeypatch):
    monkeypatch.setitem(app.config, "IDEA_LIMIT_PER_PERSON", "1 per day")
    author = make.citizen()
    idea = make.idea(author=author)
    edit_idea(idea, author, "새 제목", "새 글")
    with pytest.raises(TooManyTexts):
        edit_idea(idea, author, "더 새 제목", "더 새 글")


def test_a_school_behind_one_address_sends_a_lesson_full_of_ideas(make):
    campaign = make.campaign()
    with clock.at(clock.now()):
        for n in range(40):
            submit_idea(campaign, make.citizen(), f"{n}번 학생의 제안", f"{n}번째 창가에 화분을", address="203.0.113.7")


def test_a_network_sends_only_so_many(app, make, monkeypatch):
    monkeypatch.setitem(app.config, "COMMENT_LIMIT_PER_NETWORK", "2 per day")
    idea = make.idea()
    for n in range(2):
        add_comment(idea, make.citizen(), f"말 {n}", "203.0.113.7")
    with pytest.raises(TooManyTexts):
        add_comment(idea, make.citizen(), "말 3", "203.0.113.8")
    db.session.rollback()


def test_near_copies_wait_for_a_moderator(make):
    author, idea = make.citizen(), make.idea()
    words = "여기 누리집에서 태양광을 싸게 팝니다. 지금 바로 들어와 확인해 보세요"
    made = [add_comment(idea, author, f"{words} {n}") for n in range(3)]
    assert [comment.state for comment in made] == [CommentState.VISIBLE, CommentState.VISIBLE, CommentState.HIDDEN]
    (hiding,) = db.session.scalars(sa.select(Hiding)).all()
    assert (hiding.is_held, hiding.text_kind, hiding.text_id) == (True, "comment", made[2].id)
    db.session.refresh(idea.tally)
    assert idea.tally.comments == 2


def test_an_idea_of_a_flood_is_in_no_list_until_a_moderator_has_read_it(make):
    campaign = make.campaign()
    body = "우리 아파트 앞 공원에 새 주차장을 만들어 주세요. 주민 모두가 바라는 일입니다"
    made = [submit_idea(campaign, make.citizen(), f"주차장 {n}", body) for n in range(6)]
    assert [idea.state for idea in made] == [IdeaState.OPEN] * 5 + [IdeaState.HIDDEN]
    assert len(idea_page(campaign, Filters(), "", 20).ideas) == 5
