from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask_security.utils import hash_password

from forum.core import clock
from forum.core.errors import WrongState
from forum.core.extensions import db
from forum.people.passes.codes import spaced
from forum.people.passes.links import PassLink, register_link
from forum.people.passes.models import PassKind
from forum.system.texts.models import TextCount
from forum.voice.ideas.models import IdeaState
from forum.voice.votes.models import Vote
from forum.web.idempotency import IdempotencyRecord
from tests.factories import SCRIPT

KEY = {"Idempotency-Key": "a-key-of-a-form"}


@pytest.fixture(autouse=True)
def no_links_of_others(monkeypatch):
    monkeypatch.setattr("forum.people.passes.links._links", {})


def page(client, path="/pass"):
    response = client.get(path)
    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "private, no-store"
    return response.text


def test_the_page_shows_the_code_once_more_and_what_was_written(client, make):
    guest, gathering = make.guest(), make.gathering(state="RUNNING")
    idea = make.room_idea(gathering, make.entry(gathering, guest))
    make.vote(idea, make.guest()), make.vote(make.room_idea(gathering), guest)
    gone = make.room_idea(gathering, title="거둔 제안", state=IdeaState.WITHDRAWN, author_id=guest.participant.id)
    text = page(client.hold_pass(guest.code))
    assert spaced(guest.code) in text
    assert "출석을 확인했어요" in text
    assert "적어 두면 다른 기기에서도 열 수 있어요" in text
    assert "모임이 끝나고 7일 뒤까지" in text
    assert f'href="/ideas/{idea.id}"' in text
    assert "공개 · 투표 1" in text
    assert "제안 1개에 투표했어요" in text
    assert gone.title in text
    assert f'href="/ideas/{gone.id}"' not in text
    assert SCRIPT not in text


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"is_admitted": False}, "진행자가 출석을 확인하면"),
        ({"kind": PassKind.PAPER}, "종이에 쓴 제안을"),
        ({"acts_until": clock.now(), "expires_at": clock.now() + timedelta(days=7)}, "모임이 끝났어요"),
    ],
)
def test_the_page_says_what_the_pass_is_good_for_now(client, make, values, words):
    assert words in page(client.hold_pass(make.guest(**values).code))


def test_the_page_costs_as_many_statements_for_twelve_ideas_as_for_two(client, make, count_queries):
    guest, gathering = make.guest(), make.gathering(state="RUNNING")
    entry = make.entry(gathering, guest)
    client.hold_pass(guest.code)
    found = []
    for n in (2, 10):
        for _n in range(n):
            make.vote(make.room_idea(gathering, entry), guest)
        found.append(count_queries(lambda: page(client)))
    assert found == [5, 5]


def test_links_of_higher_slices_are_shown(client, make):
    guest = make.guest()
    register_link("minutes", lambda one: PassLink("회의록 확인하기", f"/minutes/{one.pass_id}"))
    register_link("nothing", lambda _one: None)
    register_link("room", lambda _one: PassLink("모임방으로 가기", "/room", is_main=True), order=10)
    text = page(client.hold_pass(guest.code))
    assert text.index("모임방으로 가기") < text.index("회의록 확인하기")
    assert f'href="/minutes/{guest.id}"' in text


def test_without_a_pass_the_page_says_what_one_is(client, make):
    assert "참여권 번호 넣기" in page(client)
    expired = make.guest(acts_until=clock.now() - timedelta(days=8), expires_at=clock.now() - timedelta(days=1))
    assert "이제 열리지 않아요" in page(client.hold_pass(expired.code))


def test_a_pass_opens_on_a_second_phone_however_its_code_is_typed(client, new_client, make):
    guest = make.guest()
    typed = f" {guest.code[:5].lower()} - {guest.code[5:]} "
    phone = new_client()
    assert "참여권 열기" in page(phone, "/pass/open")
    assert phone.post("/pass/open", data={"code": typed}).status_code == 303
    assert spaced(guest.code) in page(phone)
    assert spaced(guest.code) in page(client.hold_pass(guest.code)), "the first phone keeps it"


@pytest.mark.parametrize("code", ["", "ABCDE", "ABCDE-FGHJK", SCRIPT, "가나다라마바사아자차", "\x00" * 10])
def test_a_wrong_code_opens_nothing_and_is_counted(client, code):
    response = client.post("/pass/open", data={"code": code})
    assert response.status_code == 400
    assert SCRIPT not in response.text
    n = db.session.scalar(sa.select(sa.func.sum(TextCount.n)).where(TextCount.sender == "everybody"))
    assert n == (1 if code.strip() else None)


def test_a_guesser_is_slowed_and_others_are_not(client, make):
    with clock.at(clock.now()):
        for _n in range(60):
            assert client.post("/pass/open", data={"code": "ABCDE-FGHJK"}).status_code == 400
        guest = make.guest()
        slowed = client.post("/pass/open", data={"code": guest.code})
        assert slowed.status_code == 429
        assert int(slowed.headers["Retry-After"]) > 0
        elsewhere = {"REMOTE_ADDR": "198.51.100.7"}
        assert client.post("/pass/open", data={"code": guest.code}, environ_base=elsewhere).status_code == 303


def test_leaving_forgets_the_pass_on_this_device_alone(client, make):
    guest = make.guest()
    client.hold_pass(guest.code)
    assert client.post("/pass/leave").status_code == 303
    assert "참여권 번호 넣기" in page(client)
    assert client.post("/pass/open", data={"code": guest.code}).status_code == 303


# joining


def test_the_pass_of_this_browser_is_joined_to_the_account(client, make):
    guest, account = make.guest(), make.citizen()
    idea = make.idea(author_id=guest.participant.id)
    client.hold_pass(guest.code)
    assert client.get("/pass/join").status_code == 302, "sign in first"
    client.login(account)
    text = page(client, "/pass/join")
    assert "나중에 한 투표 하나만" in text
    assert "이 기기에 열려 있는 참여권을 합쳐요" in text
    assert idea.title.split(" ")[0] in text
    assert client.post("/pass/join", data={"code": ""}).status_code == 303
    assert idea.author_id == account.participant.id
    assert account.display_name in client.get(f"/ideas/{idea.id}").text
    assert "참여권 번호 넣기" in page(client)


def test_a_typed_code_is_joined_and_the_pass_of_this_browser_stays(client, make):
    here, slip, account = make.guest(), make.guest(PassKind.PAPER), make.citizen()
    client.hold_pass(here.code).login(account)
    assert client.post("/pass/join", data={"code": slip.code}).status_code == 303
    assert (slip.joined_to_id, here.joined_to_id) == (account.id, None)
    assert spaced(here.code) in page(client)


def test_signing_in_keeps_the_pass_of_the_browser(client, make):
    guest, password = make.guest(), "바다가보이는우리학교"
    account = make.citizen(password=hash_password(password))
    client.hold_pass(guest.code)
    client.post("/account/login", data={"email": account.email, "password": password})
    assert client.get("/profile").status_code == 200
    assert spaced(guest.code) in page(client)


def test_a_wrong_code_joins_nothing(client, make):
    client.login(make.citizen())
    for code in ("", "ABCDE-FGHJK"):
        response = client.post("/pass/join", data={"code": code})
        assert response.status_code == 400
        assert response.headers["Cache-Control"] == "private, no-store"


def test_a_staff_account_is_told_why_not(client, make):
    guest = make.guest()
    client.hold_pass(guest.code).login(make.analyst())
    assert "합칠 수 없어요" in page(client, "/pass/join")
    assert client.post("/pass/join", data={"code": ""}).status_code == 403


def test_a_pass_that_was_joined_meanwhile_is_a_409_with_the_form(client, make, monkeypatch):
    def too_late(*_arguments):
        raise WrongState("이 참여권은 이미 계정에 합쳤어요.")

    client.hold_pass(make.guest().code).login(make.citizen())
    monkeypatch.setattr("forum.people.passes.views.join_pass", too_late)
    response = client.post("/pass/join", data={"code": ""})
    assert response.status_code == 409
    assert "이미 계정에 합쳤어요" in response.text


# taking everything back, and keys of guests


def test_everything_is_taken_back_after_a_page_that_asks(client, make):
    guest = make.guest()
    idea = make.idea(author_id=guest.participant.id)
    make.vote(idea, guest)
    client.hold_pass(guest.code)
    assert "되돌릴 수 없어요" in page(client, "/pass/withdraw")
    assert client.post("/pass/withdraw").status_code == 303
    assert idea.state is IdeaState.WITHDRAWN
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Vote)) == 0
    assert "참여권 번호 넣기" in page(client)


def test_without_a_pass_there_is_nothing_to_take_back(client):
    assert client.get("/pass/withdraw").status_code == 404
    assert client.post("/pass/withdraw").status_code == 404


def test_a_second_click_is_answered_as_the_first(client, new_client, make):
    guest = make.guest()
    client.hold_pass(guest.code)
    other = new_client().hold_pass(guest.code)
    assert client.post("/pass/withdraw", headers=KEY).headers["Location"] == "/pass"
    assert other.post("/pass/withdraw", headers=KEY).headers["Location"] == "/pass"


def test_two_guests_with_the_same_key_are_two_requests(client, new_client, make):
    guests = [make.guest(), make.guest()]
    for one, phone in zip(guests, (client, new_client()), strict=True):
        assert phone.hold_pass(one.code).post("/pass/withdraw", headers=KEY).status_code == 303
    assert [one.code_hash for one in guests] == [None, None]
    kept = db.session.scalars(sa.select(IdempotencyRecord.actor).order_by(IdempotencyRecord.actor)).all()
    assert kept == sorted(f"pass:{one.id}" for one in guests)


def test_a_refused_request_of_a_guest_leaves_no_key(client, make):
    guest = make.guest()
    client.hold_pass(guest.code)
    assert client.post("/pass/open", data={"code": "ABCDE-FGHJK"}, headers=KEY).status_code == 400
    assert client.post("/pass/open", data={"code": guest.code}, headers=KEY).status_code == 303


def test_a_visitors_key_is_ignored(client):
    for _n in range(2):
        assert client.post("/pass/leave", headers=KEY).status_code == 303
    assert db.session.scalar(sa.select(sa.func.count()).select_from(IdempotencyRecord)) == 0
