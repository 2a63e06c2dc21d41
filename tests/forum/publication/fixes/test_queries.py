from __future__ import annotations

from datetime import timedelta

from forum.core import clock
from forum.core.extensions import db
from forum.publication.fixes.queries import board_of
from forum.publication.tracking.overview import board_sentences, short_stations
from forum.publication.tracking.queries import campaign_counts
from forum.response.pilots.models import PilotDecision, PilotOrigin, PilotState
from forum.response.shortpath.models import CheckOutcome, ShortAnswerKind
from forum.voice.everyday.models import EverydayKind
from forum.voice.ideas.models import IdeaState
from tests.forum.publication.tracking.test_short_way import decided, ended, sent


def test_other_campaigns_have_no_board(make):
    assert board_of(make.campaign()) is None


def test_an_empty_campaign_has_an_empty_board(make):
    campaign = make.everyday_idea().campaign
    board = board_of(campaign)
    assert (board.waiting, board.checked, board.answered, board.tried, board.spread) == (0, 0, 0, 0, 0)
    assert board_sentences(board) == []


def test_the_board_counts_checks_answers_and_pilots(make):
    fixed = make.everyday_idea(kind=EverydayKind.SAFETY)
    campaign = fixed.campaign
    make.short_answer(ShortAnswerKind.FIXED_NOW, referral=sent(make, fixed), n_photos=1)
    make.idea_photo(fixed)
    tried = make.everyday_idea(campaign, kind=EverydayKind.TRANSPORT, region_code="26")
    letter = sent(make, tried)
    make.short_answer(ShortAnswerKind.PILOT, referral=letter)
    pilot = make.pilot(letter)
    decided(make, pilot, PilotDecision.SPREAD)
    office = make.ministry()
    make.pilot(letter, origin=PilotOrigin.SPREAD, parent_id=pilot.id, ministry_id=office.id)
    given_up = make.pilot(letter, origin=PilotOrigin.SPREAD, parent_id=pilot.id, ministry_id=make.ministry().id)
    given_up.state, given_up.decision_reason = PilotState.CANCELLED, "못 하게 되었어요."
    given_up.decided_at, given_up.decided_by_id = clock.now(), given_up.created_by_id
    long_ago = clock.today() - timedelta(days=20)
    refused = make.everyday_idea(campaign)
    ended(make, refused, CheckOutcome.NOT_HERE, reason="아니에요.", started_on=long_ago, due_on=long_ago)
    make.everyday_check(make.everyday_idea(campaign), started_on=long_ago, due_on=long_ago)
    make.everyday_check(make.everyday_idea(campaign))
    make.everyday_check(make.everyday_idea(campaign, state=IdeaState.HIDDEN))
    db.session.flush()
    board = board_of(campaign)
    assert (board.waiting, board.late) == (2, 1)
    assert (board.sent, board.same, board.not_here, board.in_time) == (2, 0, 1, 2)
    assert (board.answers, board.fixed) == ({ShortAnswerKind.FIXED_NOW: 1, ShortAnswerKind.PILOT: 1}, 1)
    assert (board.planned, board.running, board.decided, board.cancelled) == (0, 0, 1, 0)
    assert (board.decisions, board.spread, board.places) == ({PilotDecision.SPREAD: 1}, 1, 1)
    assert [(one.label, one.value) for one in board.kinds] == [("안전", 4), ("교통", 1)]
    assert {one.label for one in board.regions} == {"서울", "부산"}
    (pair,) = board.pairs
    assert (pair.idea_id, pair.before.idea_id, pair.kind) == (fixed.id, fixed.id, ShortAnswerKind.FIXED_NOW)
    numbers = [one.number for one in short_stations(campaign, campaign_counts(campaign), board)]
    assert numbers == [5, 3, 2, 2, 1, 1]
    said = " ".join(board_sentences(board))
    assert "확인을 기다리는 제안이 2건 있고, 그 가운데 1건은 기한이 지났어요." in said
    assert "확인을 마친 제안 3건 가운데 2건은 3근무일 안에 마쳤어요." in said


def test_a_hidden_photo_or_idea_is_in_no_pair(make):
    fixed = make.everyday_idea()
    make.short_answer(ShortAnswerKind.ALREADY_FIXED, referral=sent(make, fixed), n_photos=1)
    photo = make.idea_photo(fixed)
    make.hiding(photo)
    db.session.flush()
    (pair,) = board_of(fixed.campaign).pairs
    assert pair.before is None
    fixed.state = IdeaState.HIDDEN
    db.session.flush()
    assert board_of(fixed.campaign).pairs == []


def test_the_front_page_shows_the_board_and_ordinary_campaigns_do_not(make, client):
    fixed = make.everyday_idea()
    make.short_answer(ShortAnswerKind.FIXED_NOW, referral=sent(make, fixed), n_photos=1)
    make.idea_photo(fixed)
    ordinary = make.campaign()
    db.session.commit()
    page = client.get(f"/c/{fixed.campaign.slug}").get_data(as_text=True)
    assert "고친 것" in page
    assert "제안할 때:" in page
    assert "<script>alert" not in page
    assert "분야마다 제안" in page
    assert "고친 것" not in client.get(f"/c/{ordinary.slug}").get_data(as_text=True)
