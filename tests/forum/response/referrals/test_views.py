from __future__ import annotations

import io
from contextlib import closing, contextmanager
from datetime import timedelta
from html import unescape

import pikepdf
import pytest
from werkzeug.datastructures import FileStorage
from werkzeug.test import stream_encode_multipart

from forum.analysis.curation.services import decide_theme, edit_theme, reopen_theme
from forum.analysis.themes.models import ThemeState
from forum.core import clock
from forum.core.access import STAFF_ROLES, Role
from forum.core.extensions import db
from forum.response.delivery.services import update_milestone
from forum.response.referrals.letter_pdf import letter_pdf
from forum.response.referrals.models import Answer, AssignmentState, Referral, ReferralFile, ReferralIdea
from forum.system.audit.models import AuditEntry
from forum.voice.ideas.models import IdeaState
from tests.factories import SCRIPT

ANSWER = {"decision": "ACCEPTED", "reason": "하겠습니다", "seen_version": "0"}


def text(response) -> str:
    return unescape(response.get_data(as_text=True))


@pytest.mark.parametrize("role", list(Role))
def test_the_letter_stays_between_forum_and_ministry_until_the_answer(client, make, role):
    referral = make.referral(letter="아직 공개하지 않는 글")
    if role not in {Role.ANONYMOUS, Role.GUEST, Role.SYSTEM}:
        client.login(make.account(role))
    page = text(client.get(f"/referrals/{referral.id}"))
    assert ("아직 공개하지 않는 글" in page) is (role in {Role.ANALYST, Role.COUNCIL_MEMBER})
    assert referral.code in page
    make.answer(referral)
    assert "아직 공개하지 않는 글" in text(client.get(f"/referrals/{referral.id}"))


@pytest.mark.parametrize("role", [role for role in Role if role not in {Role.ANONYMOUS, Role.GUEST, Role.SYSTEM}])
def test_strangers_find_no_referral_to_act_on_and_staff_leave_a_trace(client, make, role):
    referral = make.referral()
    client.login(make.account(role))
    for act in ("acknowledge", "review", "correction", "transfer", "opinion", "answer", "complete"):
        assert client.post(f"/referrals/{referral.id}/{act}", data=ANSWER).status_code == 404, act
    milestone = make.milestone(make.answer(make.referral()))
    assert client.post(f"/milestones/{milestone.id}", data={"percent_done": "50"}).status_code == 404
    assert client.get("/ministry").status_code == (200 if role is Role.MINISTRY_OFFICER else 403)
    refused = db.session.query(AuditEntry).filter(AuditEntry.action.startswith("refused:")).count()
    assert refused == (8 if role in STAFF_ROLES else 0)


@pytest.mark.parametrize(
    "role", [role for role in Role if role not in {Role.ANONYMOUS, Role.GUEST, Role.SYSTEM, Role.ANALYST}]
)
def test_only_analysts_see_the_form_that_forwards(client, make, role):
    theme = make.theme(state=ThemeState.APPROVED)
    client.login(make.account(role))
    assert client.get(f"/themes/{theme.id}/forward").status_code == 403
    assert client.post(f"/themes/{theme.id}/forward", data={}).status_code == 403


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"letter": "정성껏 쓴 글"}, "부처를 골라"),
        ({"lead": "NONE", "letter": "정성껏 쓴 글"}, "부처를 골라"),
        ({"lead": "TEST", "co": ["NONE"], "letter": "정성껏 쓴 글"}, "목록에 있는 부처"),
        ({"lead": "TEST", "due_on": "2020-01-01", "letter": "정성껏 쓴 글"}, "오늘보다 앞설 수 없어요"),
        ({"lead": "TEST", "due_on": "내일", "letter": "정성껏 쓴 글"}, "정성껏 쓴 글"),
        ({"lead": "TEST", "letter": "정성껏 쓴 글" + "가" * 5000}, "5,000자까지"),
    ],
)
def test_a_bad_letter_comes_back_as_it_was_typed(client, make, data, words):
    make.ministry(code="TEST")
    theme = make.theme(state=ThemeState.APPROVED)
    client.login(make.analyst())
    response = client.post(f"/themes/{theme.id}/forward", data=data | {"version": theme.version})
    assert response.status_code == 400
    assert words in text(response)
    assert "정성껏 쓴 글" in text(response)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"reason": "  "}, "까닭을 입력해 주세요"),
        ({"decision": ""}, "결정을 하나"),
        ({"decision": "MAYBE"}, "결정을 하나"),
        ({"milestones-0-title": "할 일만"}, "언제까지 할지 기한을"),
        ({"milestones-0-due_on": "2099-01-01"}, "할 일을 입력해 주세요"),
        ({"milestones-0-title": "지난 일", "milestones-0-due_on": "2020-01-01"}, "이미 지난 날이에요"),
        ({"points-0-idea_id": "2000000", "points-0-text": "편지에 없는 것"}, "편지에 없는"),
    ],
)
def test_a_bad_answer_comes_back_and_nothing_is_kept_but_the_refusal(client, make, changes, words):
    referral = make.received(make.referral())
    client.login(make.officer(referral.lead.ministry))
    response = client.post(f"/referrals/{referral.id}/answer", data=ANSWER | {"reason": "정성껏 쓴 까닭"} | changes)
    assert response.status_code == 400
    assert words in text(response)
    assert "reason" in changes or "정성껏 쓴 까닭" in text(response)
    assert db.session.query(Answer).count() == 0
    entry = db.session.query(AuditEntry).filter_by(action="refused:answers.save").one()
    assert (entry.subject_type, entry.subject_id, entry.after) == ("referral", referral.id, {"status": 400})


def test_of_two_officers_the_second_is_told_and_keeps_the_text(client, new_client, make):
    referral = make.received(make.referral())
    ministry = referral.lead.ministry
    first, second = client.login(make.officer(ministry)), new_client().login(make.officer(ministry))
    assert first.post(f"/referrals/{referral.id}/answer", data=ANSWER).status_code == 303
    response = second.post(f"/referrals/{referral.id}/answer", data=ANSWER | {"reason": "둘째가 쓴 까닭"})
    assert response.status_code == 409
    assert "다른 담당자가 초안을 먼저" in text(response)
    assert "둘째가 쓴 까닭" in text(response)


def test_the_ministrys_desk_shows_its_own_referrals_alone(client, make):
    own, other = make.referral(), make.referral()
    page = text(client.login(make.officer(own.lead.ministry)).get("/ministry"))
    assert own.theme.title in page
    assert other.theme.title not in page


def test_the_board_shows_every_clock_and_what_is_overdue(client, make):

    campaign = make.campaign()
    late, due = clock.now() - timedelta(days=40), clock.today()
    make.referral(make.theme(campaign, state=ThemeState.APPROVED), sent_at=late, due_on=due - timedelta(days=10))
    make.referral(make.theme(campaign, state=ThemeState.APPROVED), due_on=due + timedelta(days=30))
    answered = make.answer(make.referral(make.theme(campaign, state=ThemeState.APPROVED)))
    page = text(client.get(f"/c/{campaign.slug}/referrals"))
    assert "기한 10일 지남" in page
    assert "30일 남음" in page
    assert answered.decision.label in page
    assert "지킨 비율" in page
    assert "100%" in page


def test_the_board_says_first_what_is_late_and_its_tabs_narrow_it(client, make):
    campaign, ago = make.campaign(), clock.now() - timedelta(days=40)
    late = make.theme(campaign, state=ThemeState.APPROVED, title="늦은 주제")
    make.referral(late, make.ministry(name="늦은부"), sent_at=ago, due_on=clock.today() - timedelta(days=10))
    make.answer(make.referral(make.theme(campaign, state=ThemeState.APPROVED, title="답을 받은 주제")))
    path = f"/c/{campaign.slug}/referrals"
    page = text(client.get(path))
    assert "답변 기한을 넘긴 것이 1건 있어요." in page
    assert "늦은부의 답변이 10일 늦었어요" in page
    main = page.split("<main")[1]
    assert main.index("늦은 주제") < main.index("답을 받은 주제")
    answered = text(client.get(f"{path}?state=answered"))
    assert "답을 받은 주제" in answered
    assert "늦은 주제" not in answered
    assert client.get(f"{path}?state=no-such&page=99").status_code == 200


def test_a_letter_begins_with_its_answer_and_its_marks_are_links(client, make):
    idea = make.idea(title="학교 지붕 태양광")
    theme = make.theme(idea.campaign, [idea], state=ThemeState.APPROVED)
    letter = f"첫 줄 [#{idea.id}]을 보아 주십시오.\n둘째 줄입니다."
    referral = make.referral(theme, letter=letter)
    waiting = text(client.get(f"/referrals/{referral.id}"))
    assert f"{referral.lead.ministry.name}의 답변을 기다려요" in waiting
    make.answer(referral, reason=f"제안 [#{idea.id}]대로 하겠습니다.")
    page = text(client.get(f"/referrals/{referral.id}"))
    assert page.index("대로 하겠습니다") < page.index("전달한 편지")
    assert page.count(f'<a class="citation" href="/ideas/{idea.id}">#{idea.id}</a>') == 2
    assert "보아 주십시오.<br>둘째 줄입니다." in page
    assert f"<h1>{theme.title}</h1>" in page


def test_the_board_and_a_letter_cost_the_same_however_much_there_is(client, make, count_queries):
    def cost(path):
        return count_queries(lambda: client.get(path))

    small, big = make.campaign(), make.campaign()
    for campaign, times in ((small, 1), (big, 6)):
        for _ in range(times):
            ideas = [make.idea(campaign) for _ in range(times)]
            theme = make.theme(campaign, ideas, state=ThemeState.APPROVED)
            answer = make.answer(make.referral(theme))
            for _ in range(times):
                make.milestone(answer)
    db.session.commit()
    boards = [cost(f"/c/{campaign.slug}/referrals") for campaign in (small, big)]
    assert boards[0] == boards[1]
    letters = db.session.query(Referral).order_by(Referral.id).all()
    assert cost(f"/referrals/{letters[0].id}") == cost(f"/referrals/{letters[-1].id}")
    officer = make.officer(letters[0].lead.ministry)
    client.login(officer)

    def done_letter():
        make.answer(make.referral(make.theme(state=ThemeState.APPROVED), letters[0].lead.ministry))

    done_letter()
    before = cost("/ministry")
    for _ in range(4):
        done_letter()
    assert cost("/ministry") == before


def test_everybody_reads_who_stopped_a_clock_when_and_why(client, make):
    referral = make.received(make.referral(), AssignmentState.ACKNOWLEDGED)
    officer = make.officer(referral.lead.ministry)
    until = (clock.today() + timedelta(days=5)).isoformat()
    form = {"reason": f"지도가 없습니다 {SCRIPT}", "until_on": until}
    assert client.login(officer).post(f"/referrals/{referral.id}/correction", data=form).status_code == 303
    page = client.get(f"/referrals/{referral.id}").get_data(as_text=True)
    assert SCRIPT not in page
    for words in ("보완 요청", "시계가 멈췄어요", "지도가 없습니다", referral.lead.ministry.name, "시계 멈춤"):
        assert words in unescape(page)


def test_the_words_of_a_withdrawn_idea_stay_with_those_the_letter_was_written_to(client, new_client, make):
    author = make.citizen(display_name="떠난 사람")
    idea = make.idea(author=author, title="거둘 제안", body="거둘 글")
    referral = make.answer(make.referral(make.theme(idea.campaign, [idea], state=ThemeState.APPROVED))).referral
    idea.state = IdeaState.WITHDRAWN
    visitor, officer = client, new_client().login(make.officer(referral.lead.ministry))
    db.session.commit()
    public, own = (text(one.get(f"/referrals/{referral.id}")) for one in (visitor, officer))
    assert "거둘 제안" not in public
    assert "거둘 제안" in own
    for page in (public, own):
        assert "가려진 제안자" in page
        assert "떠난 사람" not in page


def test_a_closed_account_is_named_no_more(client, make):
    author = make.citizen(display_name="떠난 사람")
    idea = make.idea(author=author)
    referral = make.answer(make.referral(make.theme(idea.campaign, [idea], state=ThemeState.APPROVED))).referral
    author.active = False
    assert "탈퇴한 제안자" in text(client.get(f"/referrals/{referral.id}"))


@pytest.mark.parametrize("role", list(Role))
def test_the_letter_on_paper_is_for_the_same_eyes(client, make, role):
    referral = make.referral(letter="아직 공개하지 않는 글")
    if role not in {Role.ANONYMOUS, Role.GUEST, Role.SYSTEM}:
        client.login(make.account(role))
    response = client.get(f"/referrals/{referral.id}/letter.pdf")
    assert response.status_code == (200 if role in {Role.ANALYST, Role.COUNCIL_MEMBER} else 404)
    make.answer(referral)
    response = client.get(f"/referrals/{referral.id}/letter.pdf")
    assert response.data.startswith(b"%PDF-")
    assert response.headers["Content-Disposition"].startswith("attachment")
    assert response.headers["Content-Disposition"].isascii()  # gunicorn refuses a header beyond Latin-1
    assert "filename*=UTF-8''%" in response.headers["Content-Disposition"]
    assert response.headers["X-Content-Type-Options"] == "nosniff"


def test_the_letter_is_tagged_korean_and_whole(make):
    theme = make.theme(state=ThemeState.APPROVED, title="학교 태양광 #1 *별* $수식$")
    pdf = letter_pdf(make.referral(theme), with_withdrawn=True)
    with pikepdf.open(io.BytesIO(pdf)) as document:
        assert str(document.Root.Lang) == "ko"
        assert bool(document.Root.MarkInfo.Marked)
        with document.open_metadata() as metadata:
            assert metadata["pdfuaid:part"] == "1"
            assert "학교 태양광 #1 *별* $수식$" in metadata["dc:title"]


PDF = b"%PDF-1.7 letter"


@contextmanager
def sent(client, path, data):
    """The response to a large request; its temporary file is closed afterwards."""
    stream, length, boundary = stream_encode_multipart(data)
    kind = f'multipart/form-data; boundary="{boundary}"'
    with closing(stream):
        yield client.post(path, input_stream=stream, content_type=kind, content_length=length)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("큰.pdf", PDF + b"x" * 10 * 1024 * 1024, "5MB까지"),
        ("악성.pdf", b"MZ\x90\x00", "받을 수 없는 형식"),
        ("그림.svg", b"<svg/>", "받을 수 없는 형식"),
    ],
)
def test_a_file_that_is_not_taken_says_so_and_keeps_the_letter(client, make, name, content, words):
    make.ministry(code="TEST")
    theme = make.theme(state=ThemeState.APPROVED)
    client.login(make.analyst())
    data = {"lead": "TEST", "letter": "정성껏 쓴 글", "upload": FileStorage(io.BytesIO(content), name)}
    with sent(client, f"/themes/{theme.id}/forward", data) as response:
        assert response.status_code == 400
        assert words in text(response)
        assert "정성껏 쓴 글" in text(response)
    assert db.session.query(Referral).count() == 0
    assert db.session.query(AuditEntry).filter_by(action="refused:referrals.forward").count() == 1


def test_a_theme_that_was_edited_since_does_not_go_out_as_it_was_never_seen(client, make):
    make.ministry(code="TEST")
    theme, colleague = make.theme(state=ThemeState.APPROVED), make.analyst()
    client.login(make.analyst())
    assert 'name="version" value="1"' in text(client.get(f"/themes/{theme.id}/forward"))
    reopen_theme(theme, colleague, theme.version)
    edit_theme(theme, colleague, "바뀐 이름", theme.summary, theme.version)
    decide_theme(theme, colleague, ThemeState.APPROVED, "", theme.version)
    data = {"lead": "TEST", "letter": "정성껏 쓴 글"}
    for seen in ({"version": "1"}, {}, {"version": "일"}):
        response = client.post(f"/themes/{theme.id}/forward", data=data | seen)
        assert response.status_code == 409
    for words in ("이 화면을 연 뒤에", "바뀐 이름", "정성껏 쓴 글", f'name="version" value="{theme.version}"'):
        assert words in text(response)
    assert client.post(f"/themes/{theme.id}/forward", data=data | {"version": theme.version}).status_code == 303


def test_progress_that_a_colleague_changed_since_is_shown_and_what_was_typed_stays(client, make):
    answer = make.answer()
    milestone = make.milestone(answer)
    client.login(answer.author)
    assert 'name="seen_percent" value="0"' in text(client.get(f"/milestones/{milestone.id}"))
    update_milestone(milestone, answer.author, 80, "회의를 열었습니다", seen_percent=0)
    data = {"percent_done": "40", "note": "회의를 두 번 열었습니다"}
    for seen in ({"seen_percent": "0"}, {}):
        response = client.post(f"/milestones/{milestone.id}", data=data | seen)
        assert (response.status_code, milestone.percent_done) == (409, 80)
        for words in ("지금 80%", "회의를 두 번 열었습니다", 'name="seen_percent" value="80"'):
            assert words in text(response)
    assert client.post(f"/milestones/{milestone.id}", data=data | {"seen_percent": "80"}).status_code == 303


def test_a_delivery_is_declared_complete_by_the_answer_that_was_seen(client, make):
    answer = make.answer()
    update_milestone(make.milestone(answer), answer.author, 100, "회의를 열었습니다", seen_percent=0)
    client.login(answer.author)
    path = f"/referrals/{answer.referral_id}"
    assert 'name="seen_version" value="1"' in text(client.get(path))
    for seen in ({}, {"seen_version": "2"}):
        response = client.post(f"{path}/complete", data=seen)
        assert response.status_code == 409
        assert "새 답변이 나왔어요" in text(response)
    assert client.post(f"{path}/complete", data={"seen_version": "1"}).status_code == 303


def test_a_request_beyond_all_bounds_is_refused_whole(client, make):
    theme = make.theme(state=ThemeState.APPROVED)
    client.login(make.analyst())
    data = {"lead": "TEST", "upload": FileStorage(io.BytesIO(PDF + b"x" * 33 * 1024 * 1024), "큰.pdf")}
    with sent(client, f"/themes/{theme.id}/forward", data) as response:
        assert response.status_code == 413


def test_a_file_of_the_letter_leaves_as_an_attachment_for_those_who_may_read_it(client, new_client, make):
    make.ministry(code="TEST")
    theme = make.theme(state=ThemeState.APPROVED)
    client.login(make.analyst())
    data = {"lead": "TEST", "letter": "글", "version": theme.version, "upload": (io.BytesIO(PDF), "붙임 1.pdf")}
    assert client.post(f"/themes/{theme.id}/forward", data=data).status_code == 303
    file = db.session.query(ReferralFile).one()
    response = client.get(f"/referrals/files/{file.id}")
    assert (response.data, response.headers["Content-Type"]) == (PDF, "application/pdf")
    assert response.headers["Content-Disposition"].startswith("attachment")
    assert response.headers["Content-Disposition"].isascii()  # gunicorn refuses a header beyond Latin-1
    assert "filename*=UTF-8''%" in response.headers["Content-Disposition"]
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert new_client().get(f"/referrals/files/{file.id}").status_code == 404
    assert client.get("/referrals/files/999").status_code == 404


def test_the_rules_of_the_clock_are_on_a_page_for_everybody(client, app):
    page = text(client.get("/clock"))
    assert "「국민 제안 규정」 제10조제1항(대통령령 제32787호, 2022. 7. 11.)" in page
    assert "「민법」 제157조(법률 제471호, 1958. 2. 22.)" in page
    assert page.count("이 포럼의 규칙") == 5
    assert not [word for word in ("legalize", "k-labor", "2lob", "사본", "확인하지 못") if word in page]


def test_hostile_answers_are_text(client, make):
    referral = make.answer().referral
    assert SCRIPT not in client.get(f"/referrals/{referral.id}").get_data(as_text=True)


@pytest.mark.parametrize("percent", ["", "x", "-1", "101", "1e2", "５０"])
def test_a_percent_that_is_none_changes_nothing(client, make, percent):
    answer = make.answer()
    milestone = make.milestone(answer)
    data = {"percent_done": percent, "seen_percent": "0"}
    response = client.login(answer.author).post(f"/milestones/{milestone.id}", data=data)
    db.session.refresh(milestone)
    assert (response.status_code, milestone.percent_done) == (400, 0)


def test_an_acknowledgement_twice_is_told(client, make):
    referral = make.referral()
    client.login(make.officer(referral.lead.ministry))
    first, second = (client.post(f"/referrals/{referral.id}/acknowledge") for _ in range(2))
    assert (first.status_code, second.status_code) == (303, 409)
    db.session.expire_all()
    assert referral.lead.state is AssignmentState.ACKNOWLEDGED


def test_a_ministry_is_added_by_name_and_a_wrong_name_brings_the_nearest(client, make):
    make.ministry(code="TEST", name="시험기후부")
    make.ministry(code="ELSE", name="딴시험교통부")
    theme = make.theme(state=ThemeState.APPROVED)
    path = f"/themes/{theme.id}/forward"
    client.login(make.analyst())
    typed = {"letter": "정성껏 쓴 글", "version": theme.version}
    page = text(client.post(path, data=typed | {"co_name": "딴시험교통부", "add_co": "1"}))
    assert 'name="co" value="ELSE" checked' in page
    assert "정성껏 쓴 글" in page
    refused = client.post(path, data=typed | {"lead_name": "시험기후", "co": "ELSE"})
    assert refused.status_code == 400
    assert 'name="lead" value="TEST"' in text(refused)
    assert db.session.query(Referral).count() == 0
    asked = {"lead_name": "시험기후", "lead_asked": "시험기후", "lead": "TEST", "co": "ELSE"}
    assert client.post(path, data=typed | asked).status_code == 303
    found = db.session.query(Referral).one()
    assert [one.ministry.code for one in found.assignments] == ["TEST", "ELSE"]


def test_a_guess_and_another_name_at_once_are_refused(client, make):
    make.ministry(code="TEST", name="시험기후부")
    make.ministry(code="ELSE", name="딴시험교통부")
    theme = make.theme(state=ThemeState.APPROVED)
    client.login(make.analyst())
    data = {"lead": "TEST", "lead_name": "딴시험교통부", "version": theme.version}
    response = client.post(f"/themes/{theme.id}/forward", data=data)
    assert response.status_code == 400
    assert "이름을 쓴 부처가 달라요" in text(response)


def test_the_votes_of_the_letters_day_stand_beside_those_of_today(client, make):
    idea = make.idea()
    theme = make.theme(idea.campaign, [idea], state=ThemeState.APPROVED)
    referral = make.referral(theme)
    quoted = db.session.query(ReferralIdea).one()
    quoted.agree, quoted.disagree = 11, 2
    idea.tally.agree, idea.tally.disagree = 35, 5
    db.session.commit()
    letter = unescape(client.get(f"/referrals/{referral.id}").text)
    assert "찬성 11, 반대 2" in letter
    assert "지금 찬성 35, 반대 5" in letter
    assert "찬성 11, 반대 2표였어요" in unescape(client.get(f"/themes/{theme.id}").text)


def test_a_late_letter_says_that_its_month_is_the_forums_own_rule(client, make):
    with clock.at(clock.now() - timedelta(days=60)):
        referral = make.referral()
    assert "이 포럼이 정한 것" in client.get(f"/referrals/{referral.id}").text
    assert "이 포럼이 정한 것" not in client.get(f"/referrals/{make.referral().id}").text
