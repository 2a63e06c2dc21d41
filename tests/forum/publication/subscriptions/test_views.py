from __future__ import annotations

import pytest
import sqlalchemy as sa

from forum.core.extensions import db
from forum.publication.subscriptions.links import token_of
from forum.publication.subscriptions.models import DigestSubscription, Rhythm

FORM = {"address": "reader@example.org", "rhythm": "MONTHLY", "agrees": "y"}


@pytest.fixture
def campaign(make):
    return make.campaign(slug="netzero", title="<b>우리 동네</b> 포럼")


def one() -> DigestSubscription | None:
    return db.session.scalar(sa.select(DigestSubscription))


def test_somebody_without_an_account_asks_confirms_changes_and_leaves(client, campaign):
    answer = client.post("/c/netzero/digests/mail", data=FORM)
    assert answer.status_code == 303
    assert "메일을 보냈어요" in client.get(answer.location).text
    token = token_of(one())
    page = client.get(f"/digest-mail/{token}").text
    assert ("메일 받기" in page, one().confirmed_at) == (True, None)  # opening the link confirms nothing
    client.post(f"/digest-mail/{token}", data={"rhythm": "MONTHLY"})
    assert (one().rhythm, one().confirmed_at is not None) == (Rhythm.MONTHLY, True)
    client.post(f"/digest-mail/{token}", data={"rhythm": "WEEKLY"})
    assert one().rhythm is Rhythm.WEEKLY
    assert "그만 받을까요" in client.get(f"/digest-mail/{token}/leave").text
    assert one() is not None
    assert "보내지 않아요" in client.post(f"/digest-mail/{token}/leave").text
    assert one() is None
    for path in (f"/digest-mail/{token}", f"/digest-mail/{token}/leave"):
        assert "보내지 않아요" in client.get(path).text


def test_what_was_typed_stays_beside_the_error(client, campaign):
    answer = client.post("/c/netzero/digests/mail", data=FORM | {"address": "reader<at>example"})
    assert answer.status_code == 400
    assert ("reader&lt;at&gt;example" in answer.text, one()) == (True, None)


def test_the_answer_is_the_same_for_an_address_that_is_known(client, campaign):
    first = client.post("/c/netzero/digests/mail", data=FORM)
    second = client.post("/c/netzero/digests/mail", data=FORM)
    assert (first.status_code, first.location, first.text) == (second.status_code, second.location, second.text)


def test_a_forged_link_is_not_found(client, campaign):
    client.post("/c/netzero/digests/mail", data=FORM)
    token = token_of(one())
    for forged in ("x", token[:-2], token + "a"):
        assert client.get(f"/digest-mail/{forged}").status_code == 404
        assert client.post(f"/digest-mail/{forged}/leave").status_code == 404
