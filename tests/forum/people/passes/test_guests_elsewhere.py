"""Where the forum goes from what somebody wrote or voted to their account: a guest of a gathering has none."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from forum.administration.operations.queries import recount
from forum.analysis.opinions.votes import read_votes
from forum.core import clock
from forum.core.extensions import db
from forum.people.passes.actor import guest_of
from forum.people.passes.models import PassKind
from forum.people.passes.services import join_pass, withdraw_pass
from forum.publication.representation.services import Dimension, count_participants
from forum.response.answers.acceptance import outcome_of
from forum.response.certificates.models import Certificate
from forum.response.certificates.services import issue_batch_of_certificates
from forum.response.referrals.models import Decision, ReferralIdea
from forum.system.notices.models import OutboxMail
from forum.voice.ideas.models import IdeaState
from forum.voice.ideas.services import submit_idea
from forum.voice.integrity.queries import votes_to_look_at
from forum.voice.moderation.models import Reason, ShowReason
from forum.voice.moderation.services import hide, restore
from forum.voice.votes.services import cast_votes
from tests.factories import SCRIPT


@pytest.fixture
def room(make):
    return make.gathering(state="RUNNING")


@pytest.fixture
def guest(make, room):
    made = make.guest()
    make.entry(room, made)
    return made


@pytest.fixture
def idea(make, room, guest):
    return make.room_idea(room, author_id=guest.participant.id)


def test_a_guest_is_named_by_a_general_word_and_an_import_by_another(client, make, idea):
    imported = make.idea(idea.campaign, external_id="x-1")
    for path in (f"/ideas/{idea.id}", f"/c/{idea.campaign.slug}/ideas"):
        page = client.get(path).text
        assert "모임 참여자" in page
        assert SCRIPT not in page
    assert "이름 없는 시민" in client.get(f"/ideas/{imported.id}").text


def test_a_guests_idea_is_found_liked_and_commented_on_like_others(client, make, idea):
    citizen = make.citizen()
    make.comment(idea, citizen)
    client.login(citizen)
    page = client.get(f"/ideas/{idea.id}").text
    assert citizen.display_name in page
    assert client.post(f"/ideas/{idea.id}/vote", data={"value": "agree"}).status_code == 303


def test_moderation_hides_and_shows_it_and_nobody_is_mailed(client, make, idea):
    analyst, citizen = make.analyst(), make.citizen()
    make.report(idea, citizen)
    client.login(analyst)
    assert client.get(f"/moderation/ideas/{idea.id}").status_code == 200
    assert hide(idea, analyst, Reason.SPAM.name) is not None
    assert idea.state is IdeaState.HIDDEN
    assert client.get(f"/moderation/ideas/{idea.id}").status_code == 200
    restore(idea, make.analyst(), ShowReason.MISTAKE.name)
    assert idea.state is IdeaState.OPEN
    assert db.session.scalar(sa.select(sa.func.count()).select_from(OutboxMail)) == 0


def test_a_flood_of_one_guest_is_held_without_telling_anybody(make, guest):
    campaign = make.campaign()
    words = "모두 이 누리집에 와서 무료 상품을 받아 가세요. 지금 바로 오세요. 오늘만 드리는 선물이 아주 많이 있어요."
    actor = guest_of(guest)
    held = [submit_idea(campaign, actor, "안내", words + str(n)).state for n in range(3)]
    assert held == [IdeaState.OPEN, IdeaState.OPEN, IdeaState.HIDDEN]


def test_a_guest_votes_by_the_same_service_and_the_recount_is_clean(make, guest):
    idea = make.idea(campaign=make.campaign())
    for value in (1, -1):
        cast_votes({idea.id: value}, guest_of(guest))
    assert [line for finding in recount() for line in finding.differences] == []


def test_votes_of_guests_stand_in_the_opinions_without_age_and_region(make, guest, idea):
    make.vote(idea, guest), make.vote(idea, make.citizen())
    votes = read_votes(idea.campaign_id)
    assert guest.participant.id in votes.participant_ids.tolist()
    assert len(votes.value) == 2
    at = votes.participant_ids.tolist().index(guest.participant.id)
    assert (votes.birth_years[at], votes.regions[at]) == (0, "")


def test_signals_do_not_look_at_people_who_sit_in_one_room(make, guest, idea):
    citizen = make.citizen()
    make.vote(idea, guest), make.vote(idea, citizen)
    rows = db.session.execute(votes_to_look_at(idea.campaign_id)).all()
    assert [row[0] for row in rows] == [citizen.participant.id]


def test_the_figures_of_who_takes_part_count_accounts_alone(make, guest, idea):
    make.vote(idea, guest), make.vote(idea, make.citizen())
    assert count_participants(idea.campaign_id)[Dimension.AGE].total() == 1


def test_a_guests_idea_that_became_policy_gets_its_certificate_once_the_pass_is_joined(make, guest):
    answer = make.answer(decision=Decision.ACCEPTED)
    idea = answer.referral.theme.members[0].idea
    idea.author_id = guest.participant.id
    db.session.flush()
    outcome = outcome_of(answer)
    assert [one.idea_id for one in outcome.without] == [idea.id]
    assert issue_batch_of_certificates() is None
    account = make.citizen()
    join_pass(guest, account, account)
    assert issue_batch_of_certificates() == 1
    assert db.session.scalars(sa.select(Certificate.participant_id)).all() == [account.participant.id]


def test_a_letter_names_a_guest_by_a_general_word_until_they_join(make, guest):
    referral = make.referral()
    quoted = db.session.scalars(sa.select(ReferralIdea).where(ReferralIdea.referral_id == referral.id)).first()
    quoted.idea.author_id = guest.participant.id
    db.session.flush()
    db.session.expire_all()
    assert quoted.author_name == "모임 참여자"
    account = make.citizen()
    join_pass(guest, account, account)
    db.session.expire_all()
    assert quoted.author_name == account.display_name


def test_people_of_a_theme_hear_of_its_answer_and_guests_break_nothing(make, guest, work):
    referral = make.received(make.referral())
    referral.theme.members[0].idea.author_id = guest.participant.id
    make.vote(referral.theme.members[0].idea, guest)
    make.answer(referral)
    assert None not in work()


def test_what_a_guest_withdrew_is_gone_from_lists_and_its_words_from_its_page(client, make, guest, room):
    idea = make.room_idea(room, author_id=guest.participant.id, title="빗물로 화분에 물 주기")
    listing = f"/c/{idea.campaign.slug}/ideas"
    assert idea.title in client.get(listing).text
    withdraw_pass(guest, guest_of(guest))
    assert idea.title not in client.get(listing).text
    assert idea.body.partition(" <")[0] not in client.get(f"/ideas/{idea.id}").text


@pytest.mark.parametrize("kind", list(PassKind))
def test_an_expired_guest_leaves_an_anonymous_author(client, make, kind):
    past = clock.now() - timedelta(days=8)
    guest = make.guest(kind, acts_until=past, expires_at=past + timedelta(days=7), code_hash=None)
    idea = make.idea(author_id=guest.participant.id, created_at=past - timedelta(hours=1))
    assert "모임 참여자" in client.get(f"/ideas/{idea.id}").text
