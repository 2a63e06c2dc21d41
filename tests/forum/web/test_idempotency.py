"""The same request twice: in sequence (a double click, a retry) and at the same time, in threads."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
import sqlalchemy as sa

from forum.core import clock
from forum.core.extensions import db
from forum.voice.ideas.models import Comment, Idea, IdeaTally
from forum.voice.votes.models import VoteEvent
from forum.web.idempotency import (
    MAX_REPLAYED_BODY_BYTES,
    IdempotencyRecord,
    form_tokens,
    new_key,
    no_replay,
    purge_idempotency_records,
)
from tests.conftest import ForumClient

KEY = "k" * 32
TEXT = {"title": "옥상에 텃밭을", "body": "학교 옥상에 텃밭을 만들면 여름에 시원합니다."}


def rule_value(model) -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


def post_idea(client, campaign, key=KEY, **changes):
    return client.post(f"/c/{campaign.slug}/ideas/new", data=TEXT | {"idempotency_key": key} | changes)


@pytest.fixture
def author(make, client):
    author = make.citizen()
    client.login(author)
    return author


def test_the_same_form_twice_makes_one_idea_and_gives_the_same_answer(make, client, author):
    campaign = make.campaign()
    first, second = post_idea(client, campaign), post_idea(client, campaign)
    assert (first.status_code, second.status_code) == (303, 303)
    assert first.headers["Location"] == second.headers["Location"]
    assert "Idempotent-Replayed" not in first.headers
    assert second.headers["Idempotent-Replayed"] == "true"
    assert rule_value(Idea) == 1


def test_what_was_said_at_the_first_time_is_said_at_the_second(make, client, author):
    campaign = make.campaign()
    location, said = post_idea(client, campaign).headers["Location"], "이 화면에서 앞으로의 진행을"
    assert said in client.get(location).text
    assert said not in client.get(location).text
    post_idea(client, campaign)
    assert client.get(location).text.count(said) == 1


def test_the_same_key_with_other_words_is_refused_in_words_and_does_nothing(make, client, author):
    campaign = make.campaign()
    post_idea(client, campaign)
    refused = post_idea(client, campaign, title="전혀 다른 제안")
    assert refused.status_code == 422
    assert "이미 보낸 화면이에요" in refused.text
    assert rule_value(Idea) == 1


def test_the_same_key_at_another_address_is_another_request(make, client, author):
    post_idea(client, make.campaign())
    assert post_idea(client, make.campaign()).status_code == 422


def test_the_key_of_another_person_is_another_key(make, client, new_client, author):
    campaign, other = make.campaign(), make.citizen()
    post_idea(client, campaign)
    assert post_idea(new_client().login(other), campaign, title="다른 사람의 제안").status_code == 303
    assert rule_value(Idea) == 2


def test_a_refusal_is_not_kept_so_the_mended_form_goes_through(make, client, author):
    campaign = make.campaign()
    assert post_idea(client, campaign, title="").status_code == 400
    assert rule_value(IdempotencyRecord) == 0
    assert post_idea(client, campaign).status_code == 303


def test_an_answer_without_an_act_is_not_kept(make, client, author):
    campaign = make.campaign()
    assert post_idea(client, campaign, look="1").status_code == 200
    assert rule_value(IdempotencyRecord) == 0
    assert post_idea(client, campaign).status_code == 303


def test_work_and_answer_are_committed_together_or_not_at_all(app, make, client, author, monkeypatch):
    """A view fails after its commit. Without a key its work would remain; with a key nothing remains."""
    campaign = make.campaign()
    monkeypatch.setattr("forum.voice.ideas.views.flash", lambda *args: 1 / 0)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    try:
        assert post_idea(client, campaign).status_code == 500
    finally:
        app.config["PROPAGATE_EXCEPTIONS"] = None
    assert (rule_value(Idea), rule_value(IdempotencyRecord)) == (0, 0)
    monkeypatch.undo()
    assert post_idea(client, campaign).status_code == 303
    assert (rule_value(Idea), rule_value(IdempotencyRecord)) == (1, 1)


def test_a_view_that_takes_its_commit_back_is_an_error_and_no_lie(app, make, client, author, monkeypatch):
    campaign = make.campaign()
    monkeypatch.setattr("forum.voice.ideas.views.flash", lambda *args: db.session.rollback())
    app.config["PROPAGATE_EXCEPTIONS"] = False
    try:
        assert post_idea(client, campaign).status_code == 500
    finally:
        app.config["PROPAGATE_EXCEPTIONS"] = None
    assert rule_value(Idea) == 0


@pytest.mark.parametrize("key", ["short", "k" * 256, "띄어 쓴 열쇠말입니다", "with space inside"])
def test_a_key_that_no_program_makes_is_refused(make, client, author, key):
    assert post_idea(client, make.campaign(), key=key).status_code == 400
    assert rule_value(Idea) == 0


def test_json_is_the_same_request_in_any_order_of_its_names(make, client, author):
    idea = make.idea()
    url, headers = f"/ideas/{idea.id}/vote", {"Idempotency-Key": KEY, "Content-Type": "application/json"}
    first = client.post(url, data='{"value": 1, "x": 2}', headers=headers)
    second = client.post(url, data='{"x":2,"value":1}', headers=headers)
    assert first.json == second.json
    assert second.headers["Idempotent-Replayed"] == "true"
    assert client.post(url, data='{"value": -1}', headers=headers).status_code == 422


def test_a_fragment_for_htmx_is_not_handed_out_as_a_page(make, client, author):
    url, data = f"/ideas/{make.idea().id}/vote", {"value": "agree", "idempotency_key": KEY}
    fragment = client.post(url, data=data, headers={"HX-Request": "true"})
    again = client.post(url, data=data, headers={"HX-Request": "true"})
    assert (again.status_code, again.text, again.mimetype) == (200, fragment.text, "text/html")
    assert client.post(url, data=data).status_code == 422


def test_a_vote_without_a_key_asks_nothing_of_the_kept_answers(app, make, client, author):
    idea, seen = make.idea(), []
    db.session.commit()
    sa.event.listen(db.engine, "before_cursor_execute", note := lambda *args: seen.append(args[2]))
    try:
        assert client.post(f"/ideas/{idea.id}/vote", data={"value": "agree"}).status_code == 303
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", note)
    assert seen
    assert not [statement for statement in seen if "kept_answer" in statement]


def test_visitors_and_sign_in_pages_keep_nothing(make, client):
    account = make.citizen()
    data = {"email": account.email, "password": "wrong", "idempotency_key": KEY}
    client.post("/account/login", data=data)
    client.login(account)
    assert client.post("/account/logout", data={"idempotency_key": KEY}).status_code == 302
    assert rule_value(IdempotencyRecord) == 0


def test_every_form_carries_a_key_of_its_own(make, client, author):
    page = client.get(f"/ideas/{make.idea().id}").text
    keys = [part[:32] for part in page.split('name="idempotency_key" value="')[1:]]
    assert len(keys) >= 2
    assert len(set(keys)) == len(keys)


def test_an_answer_too_long_to_keep_is_not_given_twice_but_its_work_is_not_done_twice_either(
    app, make, client, author, monkeypatch
):
    url, data = f"/ideas/{make.idea().id}/vote", {"value": "agree", "idempotency_key": KEY}
    monkeypatch.setitem(app.view_functions, "votes.cast", _answering("x" * (MAX_REPLAYED_BODY_BYTES + 1)))
    assert client.post(url, data=data).status_code == 200
    assert client.post(url, data=data).status_code == 422
    assert rule_value(Comment) == 1


def test_what_is_marked_is_never_kept(app, make, client, author, monkeypatch):
    idea = make.idea()
    monkeypatch.setitem(app.view_functions, "votes.cast", no_replay(_answering("비밀")))
    client.post(f"/ideas/{idea.id}/vote", data={"idempotency_key": KEY})
    assert db.session.scalar(sa.select(IdempotencyRecord.body)) is None


def _answering(text: str):
    """Return a view that adds a comment and answers with `text`."""

    def view(idea_id: int) -> str:
        author_id = db.session.scalar(sa.select(Idea.author_id).where(Idea.id == idea_id))
        db.session.add(Comment(idea_id=idea_id, author_id=author_id, body="댓글"))
        db.session.commit()
        return text

    return view


def test_a_file_is_part_of_the_request(app):
    from io import BytesIO

    from forum.web.idempotency import hash_request

    def hash_of(content: bytes, name: str = "a.csv") -> str:
        with app.test_request_context("/x", method="POST", data={"file": (BytesIO(content), name), "n": "1"}):
            return hash_request()

    assert hash_of(b"one") == hash_of(b"one")
    assert len({hash_of(b"one"), hash_of(b"two"), hash_of(b"one", "b.csv")}) == 3


def test_tokens_are_no_part_of_the_request_but_everything_else_is(app):
    from forum.web.idempotency import hash_request

    def hash_of(path: str = "/x", **form: str) -> str:
        with app.test_request_context(path, method="POST", data=form):
            return hash_request()

    assert hash_of(a="1", csrf_token="one", idempotency_key="two") == hash_of(a="1")
    assert len({hash_of(a="1"), hash_of(a="2"), hash_of(b="1"), hash_of("/y", a="1"), hash_of("/x?p=1", a="1")}) == 5


def all_at_once(app, author, n: int, path: str, data: dict[str, str]):
    """Send the same request from n threads at the same time, each on its own connection; return the responses."""
    clients = [app.test_client().login(author) for _ in range(n)]
    db.session.commit()  # on SQLite the open transaction would block the threads
    barrier = Barrier(n, timeout=20)

    def say(one: ForumClient):
        barrier.wait()
        return super(ForumClient, one).open(path, method="POST", data=data)

    with ThreadPoolExecutor(n) as pool:
        futures = [pool.submit(say, one) for one in clients]
        answers = [future.result(timeout=30) for future in futures]
    db.session.expire_all()
    return answers


def test_many_at_once_do_it_once_and_all_hear_it(app, make, author):
    """One thread does the work; the others wait and get its response."""
    idea, n = make.idea(), 6
    data = {"body": "같은 댓글을 급하게 여러 번 눌렀어요", "idempotency_key": KEY}
    answers = all_at_once(app, author, n, f"/ideas/{idea.id}/comments", data)
    assert [answer.status_code for answer in answers] == [303] * n
    assert len({answer.headers["Location"] for answer in answers}) == 1
    assert sum("Idempotent-Replayed" in answer.headers for answer in answers) == n - 1
    assert rule_value(Comment) == 1
    assert db.session.get_one(IdeaTally, idea.id).comments == 1


def test_without_keys_the_same_threads_say_it_many_times(app, make, author):
    """Control: without a key each request takes effect."""
    idea, n = make.idea(), 4
    all_at_once(app, author, n, f"/ideas/{idea.id}/comments", {"body": "같은 댓글"})
    assert rule_value(Comment) == n


def test_the_database_refuses_a_second_row_for_actor_and_key(app):
    row = {"actor": "account:1", "key": KEY, "request_hash": "0" * 64, "headers": {}, "flashes": []}
    db.session.execute(sa.insert(IdempotencyRecord).values(row))
    with pytest.raises(sa.exc.IntegrityError):
        db.session.execute(sa.insert(IdempotencyRecord).values(row))
    db.session.rollback()


def test_keys_are_forgotten_after_two_days_and_not_before_one(app, work):
    for hours in (1, 25, 47, 49):
        at = clock.now() - timedelta(hours=hours)
        db.session.add(
            IdempotencyRecord(actor="account:1", key=f"key-{hours:05}", request_hash="0" * 64, created_at=at)
        )
    db.session.commit()
    assert purge_idempotency_records() == 1
    work()
    assert set(db.session.scalars(sa.select(IdempotencyRecord.key))) == {"key-00001", "key-00025", "key-00047"}


def test_an_idempotent_vote_makes_one_event(make, client, author):
    idea = make.idea()
    for _ in range(3):
        client.post(f"/ideas/{idea.id}/vote", data={"value": "agree", "idempotency_key": KEY})
    assert rule_value(VoteEvent) == 1


def test_a_fresh_key_each_time(app):
    with app.test_request_context("/"):
        assert form_tokens() != form_tokens()
    assert new_key() != new_key()
