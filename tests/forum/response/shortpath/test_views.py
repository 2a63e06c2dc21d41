"""The whole way of an everyday idea through HTTP, on both engines."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
import sqlalchemy as sa
from PIL import Image

from forum.analysis.themes.models import ThemeState
from forum.core import clock
from forum.core.extensions import db
from forum.people.accounts.models import Account
from forum.people.ministries.models import Ministry, MinistryKind
from forum.response.referrals.models import Answer, Decision, Referral
from forum.response.shortpath.models import (
    AnswerPhoto,
    CheckOutcome,
    EverydayCheck,
    ShortAnswer,
    ShortAnswerKind,
)
from forum.response.shortpath.services import merge_as_same, seen_of, send_idea
from forum.system.blobs.models import Blob
from forum.voice.campaigns.models import CampaignKind
from forum.voice.everyday.models import EverydayKind
from forum.voice.ideas.models import Idea, IdeaState
from tests.factories import SCRIPT
from tests.races import at_once


def text(response) -> str:
    return unescape(response.get_data(as_text=True))


def jpeg(colour: str = "red") -> tuple[io.BytesIO, str]:
    content = io.BytesIO()
    Image.new("RGB", (64, 48), colour).save(content, "JPEG")
    content.seek(0)
    return content, "고친 곳.jpg"


def seen_on(page: str) -> str:
    return re.findall(r'name="seen" value="([^"]+)"', page)[0]


@pytest.fixture
def everyday(make):
    return make.campaign(kind=CampaignKind.EVERYDAY)


@pytest.fixture
def office(make):
    return make.ministry(code="LOCAL-11", kind=MinistryKind.LOCAL)


@pytest.fixture
def check(make, everyday):
    return make.everyday_check(make.everyday_idea(everyday))


@pytest.fixture
def letter(make, check, office):
    """A letter that ended a check, acknowledged by its office."""
    referral = send_idea(check, make.analyst(), office, seen=seen_of(check))
    make.received(referral)
    db.session.commit()
    return referral


def answer_form(**values: Any) -> dict[str, Any]:
    return {"reason": f"다시 칠했습니다. {SCRIPT}", "seen_version": "0", "seen_revision": "0"} | values


def publish(client, make, letter, form: dict[str, Any]) -> Answer:
    """Write, submit and publish an answer through the pages, by two officers of the office."""
    ministry = letter.lead.ministry
    client.login(make.officer(ministry))
    path = f"/referrals/{letter.id}/answer"
    sent = client.post(path, data=form | {"and_submit": "1"}, content_type="multipart/form-data")
    assert sent.status_code == 303, text(sent)
    client.login(make.approver(ministry))
    revision = re.findall(r'name="seen_revision" value="(\d+)"', text(client.get(sent.location)))[0]
    done = client.post(f"{sent.location}/approve", data={"has_read": "y", "seen_revision": revision})
    assert done.status_code == 303, text(done)
    return db.session.scalars(
        sa.select(Answer).where(Answer.referral_id == letter.id).order_by(Answer.id.desc())
    ).first()


def test_the_clock_is_public_and_says_when_it_is_late(client, make, everyday):
    idea = make.everyday_idea(everyday)
    today = clock.today()
    check = make.everyday_check(idea, due_on=today + timedelta(days=4))
    assert "확인 중" in text(client.get(f"/ideas/{idea.id}"))
    check.started_on, check.due_on = today - timedelta(days=9), today - timedelta(days=2)
    db.session.commit()
    assert "확인이 2일 늦어지고 있어요" in text(client.get(f"/ideas/{idea.id}"))
    assert "확인" not in text(client.get(f"/ideas/{make.idea().id}")).split("<main")[1].split("투표")[0]


@pytest.mark.usefixtures("office")
def test_an_analyst_sends_an_idea_to_the_office_of_its_region(client, make, check):
    client.login(make.analyst())
    listing = text(client.get("/desk/checks"))
    assert check.idea.title.replace(SCRIPT, "") in listing
    assert SCRIPT not in client.get("/desk/checks").get_data(as_text=True)
    page = text(client.get(f"/ideas/{check.idea_id}/check"))
    assert "제안한 곳이 이 지역이에요." in page
    form = {"seen": seen_on(page), "office": "LOCAL-11", "office_name": "마포구 교통과", "letter": "살펴 주세요."}
    assert client.post(f"/ideas/{check.idea_id}/check/send", data=form).status_code == 303
    referral = db.session.scalars(sa.select(Referral)).one()
    assert (check.outcome, check.referral_id) == (CheckOutcome.SENT, referral.id)
    shown = text(client.get(f"/ideas/{check.idea_id}"))
    assert "마포구 교통과" in shown
    assert "보낸 문서 보기" in shown
    again = client.post(f"/ideas/{check.idea_id}/check/send", data=form)  # a double click
    assert again.status_code == 409
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Referral)) == 1


def test_no_office_and_an_unknown_one_are_refused_with_what_was_typed(client, make, check):
    client.login(make.analyst())
    seen = seen_on(text(client.get(f"/ideas/{check.idea_id}/check")))
    refused = client.post(f"/ideas/{check.idea_id}/check/send", data={"seen": seen, "letter": "꼭 봐 주세요"})
    assert refused.status_code == 400
    assert "꼭 봐 주세요" in text(refused)
    typed = {"seen": seen, "office_typed": "없는 부처"}
    assert "없는 부처" in text(client.post(f"/ideas/{check.idea_id}/check/send", data=typed))
    assert check.outcome is None


def test_a_similar_idea_is_offered_with_what_was_answered_and_merged(client, make, everyday, office):
    words = {"title": "마포구 횡단보도를 다시 칠해 주세요", "search_tokens": "마포 횡단보도 칠하"}
    first = make.everyday_idea(everyday, **words, body="지워진 횡단보도를 다시 칠해 주세요.")
    of_first = make.everyday_check(first)
    referral = send_idea(of_first, make.analyst(), office, seen=seen_of(of_first))
    make.answer(referral, decision=Decision.LATER, reason="내년에 칠하겠습니다.")
    idea = make.everyday_idea(everyday, **words, body="지워진 횡단보도를 칠해 주세요.")
    check = make.everyday_check(idea)
    client.login(make.analyst())
    page = text(client.get(f"/ideas/{idea.id}/check"))
    assert "내년에 칠하겠습니다." in page
    sent = client.post(f"/ideas/{idea.id}/check/same", data={"seen": seen_on(page), "target": f"#{first.id}"})
    assert sent.status_code == 303
    assert (idea.state, idea.merged_into_id) == (IdeaState.MERGED, first.id)
    shown = text(client.get(f"/ideas/{idea.id}"))
    assert "먼저 나온 제안과 합쳤어요" in shown
    assert "내년에 칠하겠습니다." in shown
    back = client.post(f"/ideas/{idea.id}/check/back", data={"seen": seen_of(check)})
    assert (back.status_code, idea.state, check.outcome) == (303, IdeaState.OPEN, None)


def test_what_is_not_for_here_says_why_to_everybody(client, new_client, make, check):
    client.login(make.analyst())
    path = f"/ideas/{check.idea_id}/check"
    seen = seen_on(text(client.get(path)))
    assert client.post(f"{path}/refuse", data={"seen": seen, "reason": " "}).status_code == 400
    assert client.post(f"{path}/refuse", data={"seen": seen, "reason": f"경찰에 112로 {SCRIPT}"}).status_code == 303
    page = new_client().get(f"/ideas/{check.idea_id}")
    assert "경찰에 112로" in text(page)
    assert SCRIPT not in page.get_data(as_text=True)


def test_another_page_and_a_missing_one(client, make, check):
    client.login(make.analyst())
    path = f"/ideas/{check.idea_id}/check"
    for act in ("send", "same", "refuse", "back"):
        assert client.post(f"{path}/{act}", data={"seen": "9.9", "reason": "까닭", "target": "1"}).status_code in {
            400,
            409,
        }
    assert client.get(f"/ideas/{make.idea().id}/check").status_code == 404
    assert check.outcome is None


def test_two_analysts_at_once_end_a_check_once(app, make, check, office):
    analysts, idea_id, seen = [make.analyst().id, make.analyst().id], check.idea_id, seen_of(check)
    office_id = office.id

    def act(account_id: int):
        def send() -> None:
            one = db.session.get_one(EverydayCheck, idea_id)
            send_idea(one, db.session.get_one(Account, account_id), db.session.get_one(Ministry, office_id), seen=seen)

        return send

    results = at_once(app, [act(one) for one in analysts])
    assert sorted(result is None for result in results) == [False, True]
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Referral)) == 1


def test_two_ideas_merged_into_each_other_at_once_end_as_one(app, make, everyday):
    first, second = make.everyday_idea(everyday), make.everyday_idea(everyday)
    ids = first.id, second.id
    checks = {key: seen_of(make.everyday_check(one)) for key, one in zip(ids, (first, second), strict=True)}
    analysts = [make.analyst().id, make.analyst().id]
    moment = clock.now()
    first.created_at = second.created_at = moment

    def act(idea_id: int, other: int, account_id: int):
        def merge() -> None:
            one = db.session.get_one(EverydayCheck, idea_id)
            actor, target = db.session.get_one(Account, account_id), db.session.get_one(Idea, other)
            merge_as_same(one, actor, target, seen=checks[idea_id])

        return merge

    results = at_once(app, [act(ids[1], ids[0], analysts[0]), act(ids[0], ids[1], analysts[1])])
    assert sum(result is None for result in results) == 1
    merged = [one for one in (first, second) if one.state is IdeaState.MERGED]
    assert len(merged) == 1


def test_already_fixed_with_a_photo(client, new_client, make, check, letter):
    form = answer_form(
        kind="ALREADY_FIXED", photo_1=jpeg(), caption_1=f"다시 칠한 횡단보도 {SCRIPT}", taken_1="2026-11-20"
    )
    answer = publish(client, make, letter, form)
    assert (answer.decision, db.session.get_one(ShortAnswer, answer.id).kind) == (
        Decision.ALREADY,
        ShortAnswerKind.ALREADY_FIXED,
    )
    visitor = new_client()
    page = visitor.get(f"/referrals/{letter.id}")
    assert "이미 고쳤어요" in text(page)
    assert SCRIPT not in page.get_data(as_text=True)
    photo = db.session.scalars(sa.select(AnswerPhoto)).one()
    shown = visitor.get(f"/answers/photos/{photo.id}")
    assert (shown.status_code, shown.mimetype) == (200, "image/webp")
    with Image.open(io.BytesIO(shown.data)) as opened:
        assert opened.size == (64, 48)
    assert visitor.get("/answers/photos/999999").status_code == 404
    assert visitor.get(f"/ideas/{check.idea_id}").status_code == 200


def test_already_fixed_shows_it_or_says_why_not(client, make, letter):
    client.login(make.officer(letter.lead.ministry))
    path = f"/referrals/{letter.id}/answer"
    bare = answer_form(kind="ALREADY_FIXED", and_submit="1")
    refused = client.post(path, data=bare)
    assert refused.status_code == 409
    assert "사진을 붙이거나" in text(refused)
    assert db.session.scalar(sa.select(Answer.id)) is None
    assert client.post(path, data=bare | {"why_no_photo": "밤에만 켜지는 등이에요."}).status_code == 303


def test_a_refusal_has_a_reason_and_says_no(client, new_client, make, letter):
    client.login(make.officer(letter.lead.ministry))
    assert client.post(f"/referrals/{letter.id}/answer", data=answer_form(kind="NO", reason=" ")).status_code == 400
    answer = publish(client, make, letter, answer_form(kind="NO", reason="도로가 사유지예요."))
    assert answer.decision is Decision.DECLINED
    assert "고치기 어려워요" in text(new_client().get(f"/referrals/{letter.id}"))


def test_a_pilot_is_no_more_than_accepted_in_part(client, new_client, make, letter):
    answer = publish(client, make, letter, answer_form(kind="PILOT"))
    assert answer.decision is Decision.PARTLY
    page = text(new_client().get(f"/referrals/{letter.id}"))
    assert "일부 수용: 먼저 작게 해 봐요" in page


def test_an_answer_needs_a_kind_and_its_decision_cannot_be_chosen(client, make, letter):
    client.login(make.officer(letter.lead.ministry))
    path = f"/referrals/{letter.id}/answer"
    page = text(client.get(path))
    assert "무엇을 했나요" in page
    assert 'name="decision"' not in page
    assert client.post(path, data=answer_form(decision="ACCEPTED")).status_code == 400
    assert client.post(path, data=answer_form(kind="PILOT", decision="ACCEPTED")).status_code == 303
    assert db.session.scalars(sa.select(Answer.decision)).one() is Decision.PARTLY


def test_a_letter_before_checks_keeps_the_five_decisions(client, make, everyday):
    referral = make.received(make.referral(make.theme(everyday, state=ThemeState.APPROVED)))
    client.login(make.officer(referral.lead.ministry))
    assert 'name="decision"' in text(client.get(f"/referrals/{referral.id}/answer"))


def test_photos_of_a_draft_are_its_offices_and_a_change_of_them_is_a_revision(client, new_client, make, letter):
    client.login(make.officer(letter.lead.ministry))
    path = f"/referrals/{letter.id}/answer"
    one = answer_form(kind="FIXED_NOW", photo_1=jpeg(), caption_1="고친 뒤")
    client.post(path, data=one, content_type="multipart/form-data")
    answer = db.session.scalars(sa.select(Answer)).one()
    photo = db.session.scalars(sa.select(AnswerPhoto)).one()
    path_of_photo = f"/answers/photos/{photo.id}"
    assert (answer.revision, client.get(path_of_photo).status_code) == (1, 200)
    for other in (None, make.citizen(), make.analyst(), make.officer()):
        browser = new_client()
        if other is not None:
            browser.login(other)
        assert browser.get(path_of_photo).status_code == 404
    same = answer_form(kind="FIXED_NOW", caption_1="고친 뒤", seen_revision="1")
    client.post(path, data=same)
    assert db.session.get_one(Answer, answer.id).revision == 1
    client.post(path, data=same | {"caption_1": "고친 뒤의 길"})
    assert (db.session.get_one(Answer, answer.id).revision, photo.caption) == (2, "고친 뒤의 길")
    client.post(path, data=same | {"drop_1": "y", "seen_revision": "2"})
    assert db.session.scalar(sa.select(sa.func.count()).select_from(AnswerPhoto)) == 0
    assert client.get(path_of_photo).status_code == 404


def test_an_approver_never_publishes_photos_that_they_did_not_see(client, make, letter):
    client.login(make.officer(letter.lead.ministry))
    path = f"/referrals/{letter.id}/answer"
    client.post(path, data=answer_form(kind="FIXED_NOW"))
    answer = db.session.scalars(sa.select(Answer)).one()
    more = answer_form(kind="FIXED_NOW", photo_2=jpeg(), caption_2="고친 뒤", seen_revision="1", and_submit="1")
    client.post(path, data=more, content_type="multipart/form-data")
    client.login(make.approver(letter.lead.ministry))
    data = {"has_read": "y", "seen_revision": "1"}
    assert client.post(f"/answers/{answer.id}/approve", data=data).status_code == 409
    assert client.post(f"/answers/{answer.id}/approve", data=data | {"seen_revision": "2"}).status_code == 303


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"photo_1": (io.BytesIO(b"<svg/>"), "a.svg"), "caption_1": "그림"}, "사진만 보낼 수"),
        ({"photo_1": (io.BytesIO(b"\xff\xd8\xff" + b"0" * 40), "a.jpg"), "caption_1": "깨짐"}, "사진"),
        ({"caption_1": "설명만"}, "설명만 있고 사진이 없어요"),
        ({"caption_1": "900101-1234567"}, "주민등록번호"),
        ({"kind": "NEVER"}, "하나 골라 주세요"),
    ],
)
def test_what_is_wrong_with_a_photo_is_said_at_its_field(client, make, letter, sent, field):
    for value in sent.values():
        if isinstance(value, tuple):
            value[0].seek(0)
    sent = {k: (io.BytesIO(v[0].getvalue()), v[1]) if isinstance(v, tuple) else v for k, v in sent.items()}
    client.login(make.officer(letter.lead.ministry))
    form = answer_form(kind="FIXED_NOW") | sent
    refused = client.post(f"/referrals/{letter.id}/answer", data=form, content_type="multipart/form-data")
    assert refused.status_code == 400
    assert field in text(refused)
    assert db.session.scalar(sa.select(Answer.id)) is None
    assert db.session.scalar(sa.select(Blob.sha256)) is None


def test_a_photo_without_its_caption_is_refused(client, make, letter):
    client.login(make.officer(letter.lead.ministry))
    form = answer_form(kind="FIXED_NOW", photo_3=jpeg())
    refused = client.post(f"/referrals/{letter.id}/answer", data=form, content_type="multipart/form-data")
    assert refused.status_code == 400
    assert "무엇을 보여 주는지" in text(refused)


def test_an_office_that_is_not_ones_own_is_not_there(client, make, letter):
    client.login(make.officer())
    assert client.get(f"/referrals/{letter.id}/answer").status_code == 404
    assert client.post(f"/referrals/{letter.id}/answer", data=answer_form(kind="NO")).status_code == 404


def test_a_later_version_of_a_short_answer_follows(client, new_client, make, letter):
    first = publish(client, make, letter, answer_form(kind="PILOT"))
    form = answer_form(kind="FIXED_NOW", photo_1=jpeg(), caption_1="이제 고친 길", seen_version="1")
    second = publish(client, make, letter, form)
    assert (second.version, second.decision, first.decision) == (2, Decision.ACCEPTED, Decision.PARTLY)
    page = text(new_client().get(f"/referrals/{letter.id}"))
    assert page.index("이번에 고쳤어요") < page.index("먼저 작게 해 볼게요")


def test_a_published_short_answer_is_fixed(client, make, letter):
    answer = publish(client, make, letter, answer_form(kind="FIXED_NOW", photo_1=jpeg(), caption_1="고친 길"))
    for statement in (
        sa.update(ShortAnswer).where(ShortAnswer.answer_id == answer.id).values(kind=ShortAnswerKind.NO),
        sa.delete(ShortAnswer).where(ShortAnswer.answer_id == answer.id),
        sa.update(AnswerPhoto).values(caption="다른 말"),
        sa.delete(AnswerPhoto),
    ):
        with pytest.raises(sa.exc.DBAPIError, match="never changed"):
            db.session.execute(statement)
        db.session.rollback()


def test_the_list_of_checks_costs_the_same_however_many_there_are(client, make, everyday, count_queries):
    client.login(make.analyst())
    make.everyday_check(make.everyday_idea(everyday))
    client.get("/desk/checks")
    one = count_queries(lambda: client.get("/desk/checks"))
    for _n in range(5):
        make.everyday_check(make.everyday_idea(everyday))
    assert count_queries(lambda: client.get("/desk/checks")) == one


def test_checks_are_filtered_by_state_and_kind(client, make, everyday):
    late = make.everyday_check(
        make.everyday_idea(everyday),
        started_on=clock.today() - timedelta(days=9),
        due_on=clock.today() - timedelta(days=3),
    )
    soon = make.everyday_check(make.everyday_idea(everyday, kind=EverydayKind.WELFARE))
    client.login(make.analyst())
    page = text(client.get("/desk/checks"))
    assert page.index(f"/ideas/{late.idea_id}/check") < page.index(f"/ideas/{soon.idea_id}/check")
    assert f"/ideas/{soon.idea_id}/check" not in text(client.get("/desk/checks?show=late"))
    assert f"/ideas/{late.idea_id}/check" not in text(client.get("/desk/checks?kind=WELFARE"))
    assert client.get("/desk/checks?show=done&kind=NOTHING&page=x").status_code == 200


@pytest.mark.parametrize("role", ["citizen", "officer", "admin", "council_member", "facilitator"])
def test_only_analysts_see_the_checks(client, make, check, role):
    client.login(getattr(make, role)())
    for path in ("/desk/checks", f"/ideas/{check.idea_id}/check"):
        assert client.get(path).status_code == 403
