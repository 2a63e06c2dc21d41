"""Every text that people type is registered as a kind of text, or texts.csv says what it is instead.

A kind that is registered is reported, hidden, shown, taken down, left behind, masked and limited without a line about
it in moderation, guardians, mydata or operations: the tests here go through all of it for each kind.
"""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest
import sqlalchemy as sa

from config import TEXT_LIMITS, Config
from forum.administration.mydata.services import delete_account
from forum.administration.operations.queries import recount
from forum.core import clock
from forum.core.access import ANONYMOUS, SYSTEM
from forum.core.database import Base
from forum.core.extensions import db
from forum.deliberation.hearings.models import HearingWay, InvitationState
from forum.deliberation.rounds.models import StageDecision, StageKind
from forum.deliberation.rounds.queries import Member
from forum.response.pledges.models import PledgeBy
from forum.system.texts.registry import TEXT_KINDS, text_kinds
from forum.voice.guardians.models import GuardianConsent
from forum.voice.guardians.services import give_consent, request_consent, revoke_consent
from forum.voice.ideas.search import tokens_of
from forum.voice.moderation.queries import queue
from forum.voice.moderation.services import hide, report, restore

LISTED = Path(__file__).with_name("texts.csv")
CANARY = "카나리아글귀"


def listed() -> dict[tuple[str, str], dict[str, str]]:
    with LISTED.open(encoding="utf-8", newline="") as file:
        return {(row["table"], row["column"]): row for row in csv.DictReader(file)}


def text_columns() -> set[tuple[str, str]]:
    """Return every column that can hold free text; codes with a CHECK cannot."""
    return {
        (table.name, column.name)
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, (sa.String, sa.JSON)) and not isinstance(column.type, sa.Enum)
    }


@pytest.mark.usefixtures("app")
def test_every_text_column_says_whose_words_it_holds():
    assert not text_columns() - set(listed()), "add a line to tests/project/texts.csv"
    assert not set(listed()) - text_columns(), "these columns are gone: take their lines out of texts.csv"


@pytest.mark.usefixtures("app")
def test_what_people_publish_is_of_a_registered_kind_and_the_rest_says_why_not():
    rows = listed()
    kinds = {row["kind"] for row in rows.values()} - {""}
    assert kinds == set(TEXT_KINDS)
    for place, row in rows.items():
        assert row["typed_by"] in {"people", "staff", "program"}, place
        assert bool(row["kind"]) != bool(row["why_not"]), f"{place}: a kind, or why it is none"
        assert not row["kind"] or row["table"] == row["kind"], place


@pytest.mark.usefixtures("app")
def test_every_kind_has_its_limits_and_stands_in_the_view():
    assert {f"{code.upper()}_LIMIT_PER_{sender}" for code in TEXT_KINDS for sender in ("PERSON", "NETWORK")} <= set(
        TEXT_LIMITS
    )
    assert all(hasattr(Config, name) for name in TEXT_LIMITS)
    in_view = set(re.findall("'([a-z_]+)'", _view_sql()))
    assert in_view == set(TEXT_KINDS)


def _view_sql() -> str:
    if db.engine.dialect.name == "sqlite":
        return str(db.session.scalar(sa.text("SELECT sql FROM sqlite_master WHERE name = 'published_text'")))
    return str(db.session.scalar(sa.text("SELECT pg_get_viewdef('published_text'::regclass)")))


def write(make, code, author):
    """Add a text of this kind; a new kind needs a factory."""
    words = {WORD_COLUMN[code] if code == "gathering" else "body": CANARY}
    if code == "idea":
        words |= {"title": CANARY, "search_tokens": tokens_of(CANARY, CANARY)}
    if code == "idea_photo":
        return make.idea_photo(make.everyday_idea(author=author), caption=CANARY)
    if code == "milestone_rating":  # comments are shown from five ratings on
        round_ = make.rating_round()
        for _ in range(4):
            make.rating(round_)
        return make.rating(round_, author, comment=CANARY)
    if code == "pledge":
        group = {"made_by": PledgeBy.CLASS, "group_name": CANARY, "group_size": 20}
        return make.pledge(None, author, is_public=True, **group)
    if code == "hearing_invitation":
        said = {"state": InvitationState.ACCEPTED, "way": HearingWay.TEXT, "answered_at": clock.now()}
        consent = {"is_minor": True, "consent_asked_at": clock.now(), "consent_given_at": clock.now()}
        return make.invitation(None, author, statement=CANARY, **said, **consent)
    if code == "hearing_question":
        return make.question(None, author, text=CANARY)
    if code == "signed_opinion":
        return make.signed_opinion(author, text=CANARY)
    if code == "scorecard":
        round_ = make.council_round(present=StageKind.SUBCOMMITTEE)
        task, first = make.task(round_), round_.stage(StageKind.LONG_LIST)
        db.session.add(StageDecision(stage_id=first.id, task_id=task.id, round_id=round_.id, goes_on=True))
        card = make.scorecard(task, Member(seat=make.seat(round_.term, author)), reason=CANARY)
        make.stage_result(round_.present_stage)
        return card
    if code == "data_need":
        return make.data_need(None, author, wanted=CANARY)
    if code == "data_request_review":
        make.data_panel_seat(author)
        return make.data_review(make.data_request(), author, words=CANARY)
    if code == "data_request":
        return make.data_request(None, author, purpose=CANARY)
    if code == "data_use":
        return make.data_use(None, author, finding=CANARY)
    who = {"author_id": author.participant.id} if code == "gathering" else {"author": author}
    return getattr(make, code)(**who, **words)


WORD_COLUMN = {
    "idea": "body",
    "comment": "body",
    "idea_photo": "caption",
    "gathering": "summary",
    "gathering_minutes": "summary",
    "minutes_answer": "objection",
    "scorecard": "reason",
    "hearing_invitation": "statement",
    "hearing_question": "text",
    "signed_opinion": "text",
    "milestone_rating": "comment",
    "pledge": "group_name",
    "data_need": "wanted",
    "data_request": "purpose",
    "data_request_review": "words",
    "data_use": "finding",
}
KINDS = tuple(WORD_COLUMN)
KEPT_AS_TYPED = {"idea", "comment", "hearing_question", "data_need", "data_use"}
"""Kinds that keep for their author what is masked for others."""
GONE_WITH_THE_AUTHOR = {"milestone_rating", "pledge", "data_request"}
"""Kinds whose words do not stay, whatever is chosen: ratings and pledges go as a vote does."""


@pytest.mark.usefixtures("app")
def test_these_tests_go_through_every_kind():
    assert set(KINDS) == set(TEXT_KINDS)


@pytest.mark.parametrize("code", KINDS)
def test_a_text_of_every_kind_is_reported_hidden_and_shown_again(make, client, code):
    kind, text, analyst = TEXT_KINDS[code], write(make, code, make.citizen()), make.analyst()
    path = kind.place(text).path.partition("#")[0]
    earlier = kind.state_label(text)
    report(text, make.citizen(), "SPAM")
    assert [(case.kind.code, case.id) for case in queue()] == [(code, text.id)]
    assert CANARY in client.get(path).text
    hide(text, analyst, "SPAM")
    assert (kind.is_hidden(text), kind.is_reachable(text), queue()) == (True, False, [])
    assert CANARY not in client.get(path).text
    assert clean()
    restore(text, analyst, "MISTAKE")
    assert kind.state_label(text) == earlier
    assert CANARY in client.get(path).text
    assert clean()


@pytest.mark.parametrize("code", KINDS)
def test_search_finds_a_text_only_if_its_kind_says_so_and_never_a_hidden_one(make, client, code):
    kind, text = TEXT_KINDS[code], write(make, code, make.citizen())
    place = kind.place(text)
    page, link = f"/search?q={CANARY}", place.path.partition("#")[0]
    assert (link in client.get(page).text) is kind.found_by_search
    hide(text, make.analyst(), "SPAM")
    assert link not in client.get(page).text


@pytest.mark.parametrize("code", KINDS)
def test_a_revoked_consent_hides_texts_of_every_kind_and_a_new_one_shows_them(make, code):
    child = make.child(waits_for_consent=False)
    (given,) = db.session.scalars(sa.select(GuardianConsent)).all()
    kind, text = TEXT_KINDS[code], write(make, code, child)
    revoke_consent(given, ANONYMOUS)
    assert db.session.scalars(sa.select(kind.model.id).where(kind.shown(), kind.model.id == text.id)).all() == []
    assert clean()
    give_consent(request_consent(child, child, "eomma@example.org"), ANONYMOUS, "김보호", {})
    assert db.session.scalars(sa.select(kind.model.id).where(kind.shown(), kind.model.id == text.id)).all() == [text.id]
    assert clean()


@pytest.mark.parametrize("code", KINDS)
@pytest.mark.parametrize("keep", [True, False])
def test_leaving_takes_the_words_of_every_kind_along_unless_they_may_stay(make, code, keep):
    author = make.citizen()
    kind, text = TEXT_KINDS[code], write(make, code, author)
    delete_account(author, SYSTEM, keep_posts=keep)
    assert (CANARY in "".join(kind.words(text))) is (keep and code not in GONE_WITH_THE_AUTHOR)
    assert kind.words_as_typed(text) is None


@pytest.mark.parametrize("code", KINDS)
def test_masking_reaches_texts_of_every_kind(make, code):
    kind, text = TEXT_KINDS[code], write(make, code, make.citizen())
    table = kind.model.__table__
    db.session.execute(
        sa.update(table).where(table.c.id == text.id).values({WORD_COLUMN[code]: "전화 010-1234-5678 주세요"})
    )
    db.session.expire_all()
    assert kind.mask(text)
    assert "5678" not in kind.words(text).body
    typed = kind.words_as_typed(text)
    assert "5678" in typed.body if code in KEPT_AS_TYPED else typed is None


def clean() -> bool:
    assert [(finding.name, finding.differences) for finding in recount() if finding.differences] == []
    return True


def test_the_kinds_are_in_the_order_in_which_their_slices_are(app):
    assert [kind.code for kind in text_kinds()] == list(KINDS)
