from __future__ import annotations

import io
import re
from html import unescape

import pytest
import sqlalchemy as sa
from PIL import Image
from sqlalchemy.exc import OperationalError

from forum.core.extensions import db
from forum.system.blobs import store
from forum.system.blobs.models import Blob
from forum.voice.campaigns.models import CampaignKind, PhaseKind
from forum.voice.ideas.models import Idea, IdeaState
from forum.voice.photos.models import IdeaPhoto, PhotoState
from tests.forum.voice.photos.sent import everyday_form, picture


@pytest.fixture
def campaign(make):
    return make.campaign(kind=CampaignKind.EVERYDAY)


def photos() -> list[IdeaPhoto]:
    db.session.expire_all()
    return list(db.session.scalars(sa.select(IdeaPhoto).order_by(IdeaPhoto.id)))


def n_ideas() -> int:
    return db.session.scalar(sa.select(sa.func.count(Idea.id))) or 0


def test_a_photo_is_written_shown_and_served(client, make, campaign):
    author = make.citizen()
    sent = everyday_form(photo_1=(picture(), "IMG_0001.JPG"), caption_1="지워진 <b>줄</b>")
    written = client.login(author).post(f"/c/{campaign.slug}/ideas/new", data=sent)
    assert written.status_code == 303
    (photo,) = photos()
    assert (photo.position, photo.width, photo.height, photo.state) == (1, 64, 48, PhotoState.VISIBLE)
    page = client.get(written.location).text
    tag = re.search(rf'<img src="/photos/{photo.id}"[^>]*>', page)
    assert tag is not None
    assert all(part in tag[0] for part in ('alt="지워진 &lt;b&gt;줄', 'width="64"', 'height="48"', 'loading="lazy"'))
    assert "마포구 시험초등학교 앞" in page
    listing = client.get(f"/c/{campaign.slug}/ideas").text
    assert f'src="/photos/{photo.id}"' in listing
    assert "마포구" in listing
    served = client.get(f"/photos/{photo.id}")
    assert (served.status_code, served.mimetype) == (200, "image/webp")
    assert Image.open(io.BytesIO(served.data)).size == (64, 48)
    again = client.get(f"/photos/{photo.id}", headers={"If-None-Match": served.headers["ETag"]})
    assert again.status_code == 304


def test_who_votes_sees_photo_and_place_in_the_list_and_in_the_queue(client, make, campaign):
    photo = make.idea_photo(make.everyday_idea(campaign, place="시험공원 앞"))
    client.login(make.citizen())
    for path in (f"/c/{campaign.slug}/vote/list", f"/c/{campaign.slug}/vote"):
        page = client.get(path).text
        assert f'src="/photos/{photo.id}"' in page
        assert "시험공원 앞" in page


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ((io.BytesIO(b"<svg xmlns='http://www.w3.org/2000/svg'/>"), "a.jpg"), "JPEG, PNG, WebP"),
        ((io.BytesIO(b""), "a.jpg"), "빈 파일"),
        ((io.BytesIO(picture().read()[:300]), "a.jpg"), "열 수 없는 사진"),
    ],
)
def test_a_refused_photo_keeps_every_text(client, make, campaign, file, words):
    sent = everyday_form(photo_2=(io.BytesIO(file[0].getvalue()), file[1]), caption_2="두 번째 사진 설명")
    refused = client.login(make.citizen()).post(f"/c/{campaign.slug}/ideas/new", data=sent)
    said = unescape(refused.text)
    assert refused.status_code == 400
    assert words in said
    assert "사진은 다시 골라 주세요" in said
    for name in ("title", "body", "district", "place", "caption_2"):
        assert str(sent[name]) in said
    assert '<option selected value="SAFETY">' in said
    assert (n_ideas(), photos()) == (0, [])


def test_300_photos_at_once_are_refused(client, make, campaign):
    client.login(make.citizen())
    for field in ("photo_1", "photos"):
        many = everyday_form(**{field: [(picture((4, 4)), f"{n}.jpg") for n in range(300)]})
        refused = client.post(f"/c/{campaign.slug}/ideas/new", data=many)
        assert refused.status_code == 400
        assert str(many["body"]) in refused.text
    assert (n_ideas(), photos()) == (0, [])


def test_texts_are_there_again_after_409(client, make):
    closed = make.campaign(kind=CampaignKind.EVERYDAY, open_phases=(PhaseKind.VOTING,))
    sent = everyday_form(photo_1=(picture(), "a.jpg"), caption_1="설명이에요")
    refused = client.login(make.citizen()).post(f"/c/{closed.slug}/ideas/new", data=sent)
    assert refused.status_code == 409
    assert all(str(sent[name]) in refused.text for name in ("title", "body", "place", "caption_1"))
    assert "사진은 다시 골라 주세요" in refused.text


def test_texts_are_there_again_after_413(client, make, app, campaign, monkeypatch):
    monkeypatch.setitem(app.config, "UPLOAD_REQUEST_MAX_BYTES", 100_000)
    sent = everyday_form(caption_1="설명이에요", photo_1=(io.BytesIO(b"x" * 300_000), "a.jpg"), caption_3="뒤의 설명")
    address = f"/c/{campaign.slug}/ideas/new"
    refused = client.login(make.citizen()).post(address, data=sent)
    assert refused.status_code == 413
    assert str(sent["body"]) in refused.text
    page = unescape(client.get(address).text)
    assert all(str(sent[name]) in page for name in ("title", "body", "place", "caption_1", "caption_3"))


@pytest.mark.parametrize("size", [300_000, 41 * 1024 * 1024])
def test_a_request_that_is_cut_off_or_beyond_all_bounds_is_413_and_no_fault(
    client, make, app, campaign, monkeypatch, size
):
    monkeypatch.setitem(app.config, "UPLOAD_REQUEST_MAX_BYTES", 100_000)
    refused = client.login(make.citizen()).post(
        f"/c/{campaign.slug}/ideas/new",
        input_stream=io.BytesIO(b'--x\r\nContent-Disposition: form-data; name="title"\r\n\r\nhalf a ti'),
        content_type="multipart/form-data; boundary=x",
        environ_overrides={"CONTENT_LENGTH": str(size)},
    )
    assert refused.status_code == 413
    assert "half a ti" not in refused.text


def test_while_the_store_is_gone_the_photo_waits_and_is_shown(client, make, campaign, monkeypatch):
    def gone(*_args: object) -> None:
        raise store.StoreGone

    monkeypatch.setattr(store.BlobStore, "put", gone)
    sent = everyday_form(photo_1=(picture(), "a.jpg"))
    assert client.login(make.citizen()).post(f"/c/{campaign.slug}/ideas/new", data=sent).status_code == 303
    (photo,) = photos()
    assert db.session.get_one(Blob, photo.sha256).waiting is not None
    assert client.get(f"/photos/{photo.id}").status_code == 200


def test_a_full_disk_between_store_and_row_leaves_nothing_visible_and_every_text(client, make, campaign, monkeypatch):
    def broken(*_args: object) -> None:
        raise OperationalError("INSERT INTO blob", {}, Exception("database or disk is full"))

    monkeypatch.setattr("forum.voice.photos.services.keep_blob", broken)
    before = {found.sha256 for found in store.current_store().listing()}
    sent = everyday_form(photo_1=(picture((33, 21), colour="purple"), "a.jpg"))
    refused = client.login(make.citizen()).post(f"/c/{campaign.slug}/ideas/new", data=sent)
    assert refused.status_code == 503
    said = unescape(refused.text)
    assert all(str(sent[name]) in said for name in ("title", "body", "kind", "district", "place"))
    assert '<input class="krds-input" type="file" id="file-1" name="photo_1">' in said
    assert (n_ideas(), photos()) == (0, [])
    (orphan,) = {found.sha256 for found in store.current_store().listing()} - before
    store.current_store().delete(orphan)  # in life it is deleted after 48 hours: nothing points at it


def test_photos_are_added_replaced_removed_and_explained_anew(client, make, campaign):
    author = make.citizen()
    idea = make.everyday_idea(campaign, author=author)
    one, two = make.idea_photo(idea, position=1), make.idea_photo(idea, position=2)
    address = f"/ideas/{idea.id}/edit"
    page = client.login(author).get(address).text
    assert f'src="/photos/{one.id}"' in page
    sent = everyday_form(
        seen_revision="1",
        caption_1="새 설명",
        photo_2=(picture(colour="red"), "b.jpg"),
        caption_2="바꾼 사진",
        photo_3=(picture(colour="blue"), "c.jpg"),
    )
    assert client.post(address, data=sent).status_code == 303
    found = photos()
    assert [(photo.position, photo.state, photo.caption) for photo in found if photo.sha256] == [
        (1, PhotoState.VISIBLE, "새 설명"),
        (2, PhotoState.VISIBLE, "바꾼 사진"),
        (3, PhotoState.VISIBLE, ""),
    ]
    assert [photo.id for photo in found if photo.state is PhotoState.REMOVED] == [two.id]
    assert client.get(f"/photos/{two.id}").status_code == 410
    db.session.refresh(idea)
    assert idea.revision == 2
    assert client.post(address, data=everyday_form(seen_revision="1", remove_1="y")).status_code == 409
    assert client.post(address, data=everyday_form(seen_revision="2", remove_1="y")).status_code == 303
    assert [photo.position for photo in photos() if photo.sha256] == [2, 3]


def test_a_caption_without_a_photo_is_not_lost_in_silence(client, make, campaign):
    client.login(make.citizen())
    refused = client.post(f"/c/{campaign.slug}/ideas/new", data=everyday_form(caption_1="지워진 줄"))
    assert refused.status_code == 400
    assert "사진을 아직 고르지 않았어요" in refused.text
    assert n_ideas() == 0


def test_who_withdraws_an_idea_takes_its_photos_away(client, make, campaign):
    author = make.citizen()
    photo = make.idea_photo(make.everyday_idea(campaign, author=author))
    client.login(author).post(f"/ideas/{photo.idea_id}/withdraw", data={"confirmed": "yes"})
    (gone,) = photos()
    assert (gone.state, gone.sha256) == (PhotoState.REMOVED, None)
    assert client.get(f"/photos/{photo.id}").status_code == 410  # its author may know
    assert client.login(make.citizen()).get(f"/photos/{photo.id}").status_code == 404


def test_a_hidden_idea_shows_its_photo_to_author_and_moderators_alone(client, make, campaign):
    author = make.citizen()
    photo = make.idea_photo(make.everyday_idea(campaign, author=author, state=IdeaState.HIDDEN))
    assert client.get(f"/photos/{photo.id}").status_code == 404
    for account, status in ((author, 200), (make.analyst(), 200), (make.citizen(), 404), (make.officer(), 404)):
        assert client.login(account).get(f"/photos/{photo.id}").status_code == status


def test_a_hidden_photo_keeps_its_place_and_is_not_changed(client, make, campaign):
    author = make.citizen()
    idea = make.everyday_idea(campaign, author=author)
    photo = make.idea_photo(idea, state=PhotoState.HIDDEN)
    make.hiding(photo)
    assert f"/photos/{photo.id}" not in client.get(f"/ideas/{idea.id}").text
    page = client.login(author).get(f"/ideas/{idea.id}").text
    assert f"/photos/{photo.id}" in page
    assert "이의 내기" in page
    address = f"/ideas/{idea.id}/edit"
    for change in ({"remove_1": "y"}, {"photo_1": (picture(), "a.jpg")}):
        assert client.post(address, data=everyday_form(seen_revision="1", **change)).status_code == 409
    assert client.post(address, data=everyday_form(seen_revision="1")).status_code == 303
    assert [one.state for one in photos()] == [PhotoState.HIDDEN]


def test_a_visitor_keeps_the_texts_and_is_told_to_choose_the_photo_again(client, campaign):
    address = f"/c/{campaign.slug}/ideas/new"
    assert 'type="file"' not in client.get(address).text
    sent = everyday_form(photo_1=(picture(), "a.jpg"))
    written = client.post(address, data=sent)
    assert (written.status_code, written.location.startswith("/account/register")) == (303, True)
    assert "사진은 가입하거나 로그인한 뒤에 다시 골라 주세요" in client.get(written.location).text
    page = unescape(client.get(address).text)
    assert all(str(sent[name]) in page for name in ("title", "body", "place"))
    assert (photos(), n_ideas()) == ([], 0)


def test_a_child_that_waits_for_consent_sends_no_photo(client, make, campaign):
    sent = everyday_form(photo_1=(picture(), "a.jpg"))
    refused = client.login(make.child()).post(f"/c/{campaign.slug}/ideas/new", data=sent)
    assert refused.status_code == 403
    assert (photos(), db.session.scalar(sa.select(sa.func.count(Blob.sha256)))) == ([], 0)


@pytest.mark.parametrize("sender", ["PERSON", "NETWORK"])
def test_photos_are_counted_by_person_and_network_and_the_texts_stay(client, make, app, campaign, monkeypatch, sender):
    monkeypatch.setitem(app.config, f"IDEA_PHOTO_LIMIT_PER_{sender}", "2 per day")
    client.login(make.citizen())
    address = f"/c/{campaign.slug}/ideas/new"
    two = {f"photo_{n}": (picture(), "a.jpg") for n in (1, 2)}
    assert client.post(address, data=everyday_form(title="첫 제안", **two)).status_code == 303
    third = everyday_form(title="둘째 제안", body="다른 글이에요.", photo_1=(picture(colour="red"), "b.jpg"))
    refused = client.post(address, data=third)
    assert refused.status_code == 429
    assert "다른 글이에요." in refused.text
    assert (n_ideas(), len(photos())) == (1, 2)
    assert client.post(address, data=everyday_form(title="사진 없는 제안", body="또 다른 글")).status_code == 303


def test_the_same_form_sent_twice_is_one_idea_and_another_photo_is_another_request(client, make, campaign):
    client.login(make.citizen())
    address, key = f"/c/{campaign.slug}/ideas/new", {"idempotency_key": "a-key-of-this-form"}
    first, second = (client.post(address, data=everyday_form(photo_1=(picture(), "a.jpg"), **key)) for _ in range(2))
    assert (first.status_code, second.status_code, second.location) == (303, 303, first.location)
    assert (n_ideas(), len(photos())) == (1, 1)
    other = client.post(address, data=everyday_form(photo_1=(picture(colour="red"), "a.jpg"), **key))
    assert other.status_code == 422
    assert str(everyday_form()["body"]) in other.text


def test_a_reported_photo_is_shown_to_who_reports_and_who_judges(client, make, campaign):
    photo = make.idea_photo(make.everyday_idea(campaign))
    tag = f'src="/photos/{photo.id}"'
    client.login(make.citizen())
    assert f"/report/photos/{photo.id}" in client.get(f"/ideas/{photo.idea_id}").text
    assert tag in client.get(f"/report/photos/{photo.id}").text
    assert client.post(f"/report/photos/{photo.id}", data={"reason": "SPAM"}).status_code == 303
    assert tag in client.login(make.analyst()).get(f"/moderation/photos/{photo.id}").text
