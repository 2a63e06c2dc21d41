"""What becomes of a photo when it is hidden, its author leaves, a guardian revokes, or two act at once."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from forum.administration.mydata.services import delete_account
from forum.administration.operations.queries import recount
from forum.core.access import ANONYMOUS, SYSTEM
from forum.core.errors import WrongState
from forum.core.extensions import db
from forum.people.accounts.models import Account
from forum.system.blobs.services import store_bytes
from forum.voice.everyday.models import EverydayKind
from forum.voice.everyday.part import KindAndPlace
from forum.voice.guardians.models import GuardianConsent
from forum.voice.guardians.services import give_consent, request_consent, revoke_consent
from forum.voice.ideas.models import Idea
from forum.voice.ideas.services import edit_idea
from forum.voice.moderation.services import hide, restore
from forum.voice.photos.models import IdeaPhoto, PhotoState
from forum.voice.photos.services import SentPhoto
from tests.races import at_once

PLACE = KindAndPlace(EverydayKind.SAFETY, "", "시험공원")


def edit(idea: Idea, author: Account, *photos: SentPhoto, seen: int = 1) -> None:
    words = {"title": idea.title, "body": idea.body, "region_code": "11"}
    edit_idea(idea, author, **words, parts={"everyday": PLACE, "photos": list(photos)}, seen_revision=seen)


def sent(position: int, data: bytes = b"RIFF", **more: object) -> SentPhoto:
    return SentPhoto(position, store_bytes(data, "image/webp"), 4, 3, "", **more)  # type: ignore[arg-type]


def states() -> list[tuple[PhotoState, bool]]:
    db.session.expire_all()
    query = sa.select(IdeaPhoto).order_by(IdeaPhoto.id)
    return [(photo.state, photo.sha256 is not None) for photo in db.session.scalars(query)]


def wrong() -> list[str]:
    return [difference for finding in recount() for difference in finding.differences]


@pytest.mark.parametrize("keep", [True, False])
def test_who_leaves_takes_the_pictures_along_unless_the_posts_stay(make, keep):
    author = make.citizen()
    make.idea_photo(make.everyday_idea(author=author))
    delete_account(author, SYSTEM, keep_posts=keep)
    assert states() == [(PhotoState.VISIBLE, True) if keep else (PhotoState.REMOVED, False)]


def test_a_hidden_photo_of_somebody_who_left_has_no_picture_and_none_when_it_is_shown_again(make):
    author, analyst = make.citizen(), make.analyst()
    photo = make.idea_photo(make.everyday_idea(author=author))
    hide(photo, analyst, "PERSONAL_DATA")
    delete_account(author, SYSTEM, keep_posts=False)
    assert states() == [(PhotoState.HIDDEN, False)]
    assert wrong() == []
    restore(photo, analyst, "MISTAKE")
    assert states() == [(PhotoState.REMOVED, False)]
    assert wrong() == []


def test_a_revoked_consent_hides_the_photo_with_the_idea_and_a_new_one_shows_both(make, client):
    child = make.child(waits_for_consent=False)
    (given,) = db.session.scalars(sa.select(GuardianConsent)).all()
    photo = make.idea_photo(make.everyday_idea(author=child))
    revoke_consent(given, ANONYMOUS)
    assert states() == [(PhotoState.HIDDEN, True)]
    assert client.get(f"/photos/{photo.id}").status_code == 404
    give_consent(request_consent(child, child, "eomma@example.org"), ANONYMOUS, "김보호", {})
    assert states() == [(PhotoState.VISIBLE, True)]
    assert client.get(f"/photos/{photo.id}").status_code == 200


def test_of_two_pages_of_one_author_that_fill_the_same_place_one_is_refused(app, make):
    author = make.citizen()
    idea = make.everyday_idea(author=author)
    idea_id, author_id = idea.id, author.id

    def fill(data: bytes) -> None:
        mine = sent(1, data)
        edit(db.session.get_one(Idea, idea_id), db.session.get_one(Account, author_id), mine)

    results = at_once(app, [lambda: fill(b"RIFF1"), lambda: fill(b"RIFF2")])
    assert sorted(type(result) for result in results if result) == [WrongState]
    assert states() == [(PhotoState.VISIBLE, True)]


def test_a_photo_hidden_while_its_author_removes_it_is_hidden_or_gone_and_never_both(app, make):
    author, analyst = make.citizen(), make.analyst()
    idea = make.everyday_idea(author=author)
    photo_id, idea_id, author_id, analyst_id = make.idea_photo(idea).id, idea.id, author.id, analyst.id

    def remove() -> None:
        gone = SentPhoto(1, None, 0, 0, "", is_removed=True)
        edit(db.session.get_one(Idea, idea_id), db.session.get_one(Account, author_id), gone)

    def hide_it() -> None:
        hide(db.session.get_one(IdeaPhoto, photo_id), db.session.get_one(Account, analyst_id), "SPAM")

    results = at_once(app, [remove, hide_it])
    assert states() == [(PhotoState.HIDDEN, results[0] is not None)]  # removed first, there is no picture to hide
    assert results[1] is None
    assert wrong() == []


def test_the_same_picture_twice_is_one_blob_and_stays_while_one_needs_it(make):
    author = make.citizen()
    idea = make.everyday_idea(author=author)
    edit(idea, author, sent(1), sent(2))
    edit(idea, author, SentPhoto(1, None, 0, 0, "", is_removed=True), seen=2)
    assert states() == [(PhotoState.REMOVED, False), (PhotoState.VISIBLE, True)]
