from __future__ import annotations

from html import unescape

import pytest
import sqlalchemy as sa

from forum.administration.mydata.services import delete_account
from forum.core.access import SYSTEM
from forum.core.errors import InvalidInput, WrongState
from forum.core.extensions import db
from forum.voice.campaigns.models import CampaignKind
from forum.voice.everyday.models import EverydayDetails, EverydayKind
from forum.voice.ideas.models import Idea, IdeaDraft
from forum.voice.ideas.queries import Filters, idea_page
from forum.voice.ideas.services import edit_idea, read_parts, submit_idea
from tests.forum.voice.photos.sent import everyday_form

OWN = ("title", "body", "region_code")


def everyday(make):
    return make.campaign(kind=CampaignKind.EVERYDAY)


def submit(campaign, author, **changes) -> Idea:
    sent = everyday_form(**changes)
    own = {name: sent[name] for name in OWN}
    return submit_idea(campaign, author, **own, parts=read_parts(campaign, author, sent))


def test_an_everyday_idea_says_of_what_kind_it_is_and_where(make):
    idea = submit(everyday(make), make.citizen())
    details = db.session.get_one(EverydayDetails, idea.id)
    assert (details.kind, details.where, idea.region_code, idea.sector) == (
        EverydayKind.SAFETY,
        "마포구 시험초등학교 앞",
        "11",
        None,
    )


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"kind": ""}, "kind"),
        ({"kind": "SPACE"}, "kind"),
        ({"region_code": ""}, "region_code"),
        ({"region_code": "99"}, "region_code"),
        ({"district": "가" * 21}, "district"),
        ({"place": "가" * 121}, "place"),
        ({"place": "900101-1234567"}, "place"),
        ({"caption_1": "가" * 201}, "caption_1"),
        ({"caption_2": "900101-1234567"}, "caption_2"),
    ],
)
def test_what_is_missing_or_wrong_is_said_at_its_field_and_nothing_is_stored(make, changes, field):
    campaign, author = everyday(make), make.citizen()
    with pytest.raises(InvalidInput) as refused:
        submit(campaign, author, title="", **changes)
    assert set(refused.value.errors) == {"title", field}  # both are said at once
    assert db.session.scalar(sa.select(sa.func.count(Idea.id))) == 0


def test_a_public_place_keeps_its_address_and_loses_a_telephone_number(make):
    address = "서울시 마포구 월드컵북로 400"
    idea = submit(everyday(make), make.citizen(), place=f"{address} 010-1234-5678")
    assert db.session.get_one(EverydayDetails, idea.id).place == f"{address} ***-****-****"


def test_an_idea_of_a_forum_has_no_kind_and_no_place(make, client):
    campaign = make.campaign()
    page = client.login(make.citizen()).get(f"/c/{campaign.slug}/ideas/new").text
    assert 'name="sector"' in page
    assert 'name="kind"' not in page
    assert "multipart" not in page
    assert read_parts(campaign, make.citizen(), everyday_form()) == {}


def test_the_form_asks_for_kind_and_place_and_not_for_a_sector(make, client):
    page = unescape(client.login(make.citizen()).get(f"/c/{everyday(make).slug}/ideas/new").text)
    assert all(f'name="{name}"' in page for name in ("kind", "region_code", "district", "place", "photo_3"))
    assert 'name="sector"' not in page
    assert "얼굴이나 차 번호판" in page
    assert "집 동·호수는 쓰지 마세요" in page


def test_an_edit_changes_the_place_and_an_older_page_is_refused(make, client):
    campaign, author = everyday(make), make.citizen()
    idea = submit(campaign, author)
    address = f"/ideas/{idea.id}/edit"
    page = client.login(author).get(address).text
    assert 'name="seen_revision" type="hidden" value="1"' in page
    sent = everyday_form(place="시험공원 앞", kind="ENVIRONMENT", seen_revision="1")
    assert client.post(address, data=sent).status_code == 303
    details = db.session.get_one(EverydayDetails, idea.id, populate_existing=True)
    assert (details.kind, details.place) == (EverydayKind.ENVIRONMENT, "시험공원 앞")
    db.session.refresh(idea)
    assert idea.revision == 2
    late = client.post(address, data=everyday_form(title="늦은 제목", seen_revision="1"))
    assert late.status_code == 409
    said = unescape(late.text)
    assert "늦은 제목" in said
    assert "지금 올라와 있는 제안" in said
    assert 'value="2"' in said  # saved again, it is what the writer wants
    assert client.post(address, data=everyday_form(title="늦은 제목", seen_revision="2")).status_code == 303
    assert client.post(address, data=everyday_form(title="본 적 없는 제목")).status_code == 409


def test_an_idea_of_a_room_gets_its_kind_when_it_is_edited(make):
    campaign, author = everyday(make), make.citizen()
    idea = submit_idea(campaign, author, "방에서 쓴 제안", "방에서 썼어요.")
    assert db.session.get(EverydayDetails, idea.id) is None
    sent = everyday_form()
    own = {name: sent[name] for name in OWN}
    edit_idea(idea, author, **own, parts=read_parts(campaign, author, sent), seen_revision=1)
    assert db.session.get_one(EverydayDetails, idea.id).kind is EverydayKind.SAFETY
    with pytest.raises(WrongState):
        edit_idea(idea, author, **own, parts=read_parts(campaign, author, sent), seen_revision=1)


def test_the_list_is_filtered_by_kind_and_region(make, client):
    campaign = everyday(make)
    one = make.everyday_idea(campaign, title="가로등", kind=EverydayKind.SAFETY, region_code="11")
    two = make.everyday_idea(campaign, title="텃밭", kind=EverydayKind.ENVIRONMENT, region_code="26")
    for args, found in (
        ({"kind": "SAFETY"}, {one.id}),
        ({"kind": "ENVIRONMENT", "region": "26"}, {two.id}),
        ({"kind": "ENVIRONMENT", "region": "11"}, set()),
        ({"kind": "NOTHING"}, {one.id, two.id}),
    ):
        page = idea_page(campaign, Filters.parse(args), "", 20)
        assert ({idea.id for idea in page.ideas}, page.total) == (found, len(found))
    page = unescape(client.get(f"/c/{campaign.slug}/ideas?kind=SAFETY").text)
    assert '<option value="SAFETY" selected>안전</option>' in page
    assert "가로등" in page
    assert "텃밭" not in page
    assert 'name="sector"' not in page


def test_a_draft_keeps_kind_and_place(make, client):
    campaign, author = everyday(make), make.citizen()
    client.login(author).post(f"/c/{campaign.slug}/ideas/draft", data=everyday_form(caption_1="지워진 줄"))
    (draft,) = db.session.scalars(sa.select(IdeaDraft)).all()
    kept = {"kind": "SAFETY", "district": "마포구", "place": "시험초등학교 앞", "caption_1": "지워진 줄"}
    assert draft.details == kept
    page = unescape(client.get(f"/c/{campaign.slug}/ideas/new").text)
    assert 'value="시험초등학교 앞"' in page
    assert '<option selected value="SAFETY">' in page


def test_who_leaves_takes_the_place_along_with_the_words(make):
    author = make.citizen()
    idea = make.everyday_idea(author=author)
    delete_account(author, SYSTEM, keep_posts=False)
    db.session.expire_all()
    assert db.session.get_one(EverydayDetails, idea.id).where == ""
