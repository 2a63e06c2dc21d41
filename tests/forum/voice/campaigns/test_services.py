from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from forum.core import clock
from forum.core.access import SYSTEM, Role
from forum.core.errors import Forbidden, InvalidInput, WrongState
from forum.core.extensions import db
from forum.people.accounts.models import Account
from forum.system.audit.models import AuditEntry
from forum.voice.campaigns.models import Campaign, CampaignKind, Phase, PhaseKind
from forum.voice.campaigns.queries import get_campaign, is_open
from forum.voice.campaigns.services import Span, add_campaign, default_spans, edit_campaign, state_hash
from tests.races import act_elsewhere

NOON = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)


def n_campaigns():
    return db.session.scalar(sa.select(sa.func.count()).select_from(Campaign))


def test_a_new_forum_is_open_for_everything_at_once(app):
    campaign = add_campaign(SYSTEM, "real", "실제 제안", CampaignKind.FORUM)
    assert all(is_open(campaign, kind) for kind in PhaseKind)
    assert all(phase.closes_at for phase in campaign.phases)


def test_an_everyday_campaign_never_closes(app):
    campaign = add_campaign(SYSTEM, "everyday", "일상", CampaignKind.EVERYDAY)
    assert {phase.closes_at for phase in campaign.phases} == {None}


def test_a_campaign_keeps_the_phases_it_is_given(app):
    span = Span(NOON, NOON + timedelta(hours=1))
    campaign = add_campaign(SYSTEM, "short", "짧은 포럼", CampaignKind.FORUM, spans={PhaseKind.VOTING: span})
    assert [(phase.kind, phase.opens_at, phase.closes_at) for phase in campaign.phases] == [(PhaseKind.VOTING, *span)]


@pytest.mark.parametrize("slug", ["ab", "netzero-2026", "a1", "2026", "a" * 40])
def test_good_slugs(app, slug):
    assert add_campaign(SYSTEM, f" {slug} ", "포럼", CampaignKind.FORUM).slug == slug


@pytest.mark.parametrize(
    "slug", ["", "a", "a" * 41, "Upper", "한글", "a b", "a_b", "-a", "a-", "a/b", "..", "a\x00", "a\nb", "１２", "a'b"]
)
def test_bad_slugs_are_refused_at_their_field_and_nothing_is_made(app, slug):
    with pytest.raises(InvalidInput) as refused:
        add_campaign(SYSTEM, slug, "포럼", CampaignKind.FORUM)
    assert list(refused.value.errors) == ["slug"]
    assert n_campaigns() == 0


def test_a_slug_is_taken_once(make):
    make.campaign(slug="taken")
    with pytest.raises(InvalidInput, match="이미 쓰이고"):
        add_campaign(SYSTEM, "taken", "다른 포럼", CampaignKind.FORUM)


@pytest.mark.parametrize("title", ["", "   ", "\u3164", "제" * 101, "제목\x00", "\ud800"])
def test_bad_titles_are_refused_at_their_field(app, title):
    with pytest.raises(InvalidInput) as refused:
        add_campaign(SYSTEM, "forum", title, CampaignKind.FORUM)
    assert list(refused.value.errors) == ["title"]


def test_a_summary_may_be_empty_but_not_endless(app):
    assert add_campaign(SYSTEM, "one", "포럼", CampaignKind.FORUM, "").summary == ""
    with pytest.raises(InvalidInput) as refused:
        add_campaign(SYSTEM, "two", "포럼", CampaignKind.FORUM, "글" * 2_001)
    assert list(refused.value.errors) == ["summary"]


@pytest.mark.parametrize("closes_at", [NOON, NOON - timedelta(seconds=1), NOON - timedelta(days=400)])
def test_a_phase_closes_after_it_opens(app, closes_at):
    with pytest.raises(InvalidInput) as refused:
        add_campaign(SYSTEM, "forum", "포럼", CampaignKind.FORUM, spans={PhaseKind.ANSWER: Span(NOON, closes_at)})
    assert list(refused.value.errors) == ["answer_closes"]


def test_every_wrong_phase_is_named_at_once(app):
    spans = {PhaseKind.PROPOSING: Span(NOON, NOON), PhaseKind.VOTING: Span(NOON, NOON)}
    with pytest.raises(InvalidInput) as refused:
        add_campaign(SYSTEM, "forum", "포럼", CampaignKind.FORUM, spans=spans)
    assert set(refused.value.errors) == {"proposing_closes", "voting_closes"}


@pytest.mark.parametrize("role", [role for role in Role if role not in {Role.ADMIN, Role.SYSTEM}])
def test_others_neither_make_nor_edit_a_campaign(make, role):
    actor, campaign = make.actor(role), make.campaign(title="그대로")
    with pytest.raises(Forbidden):
        add_campaign(actor, "forum", "포럼", CampaignKind.FORUM)
    with pytest.raises(Forbidden):
        edit_campaign(campaign, actor, "바꿈", "", {}, state_hash(campaign))
    assert campaign.title == "그대로"


def test_editing_moves_adds_and_drops_phases(make):
    campaign, admin = make.campaign(), make.admin()
    spans = default_spans(CampaignKind.FORUM, NOON)
    del spans[PhaseKind.ANSWER]
    edit_campaign(campaign, admin, "새 제목", "새 소개", spans, state_hash(campaign))
    assert (campaign.title, campaign.summary) == ("새 제목", "새 소개")
    assert {phase.kind: Span(phase.opens_at, phase.closes_at) for phase in campaign.phases} == spans
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Phase)) == 4
    edit_campaign(campaign, admin, "새 제목", "새 소개", default_spans(CampaignKind.FORUM, NOON), state_hash(campaign))
    assert len(campaign.phases) == 5


def test_staff_acts_are_written_down_without_their_texts(make):
    admin = make.admin()
    with clock.at(NOON):
        campaign = add_campaign(admin, "forum", "비밀스러운 제목", CampaignKind.FORUM)
        edit_campaign(campaign, admin, "다른 제목", "", default_spans(CampaignKind.FORUM), state_hash(campaign))
    entries = db.session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id)).all()
    assert [(entry.action, entry.actor_id, entry.subject_id) for entry in entries] == [
        ("campaigns.add", admin.id, campaign.id),
        ("campaigns.edit", admin.id, campaign.id),
    ]
    assert entries[1].before["title"] != entries[1].after["title"]
    assert "제목" not in f"{entries[0].after}{entries[1].before}{entries[1].after}"


def test_what_another_admin_changed_meanwhile_is_not_overwritten(app, make):
    campaign, admin, other = make.campaign(), make.admin(), make.admin()
    seen, spans = state_hash(campaign), default_spans(CampaignKind.FORUM, NOON)
    other_id, slug = other.id, campaign.slug
    db.session.commit()
    campaign = get_campaign(slug)
    assert state_hash(campaign) == seen

    def edit():
        again = get_campaign(slug)
        edit_campaign(again, db.session.get_one(Account, other_id), "먼저 고침", "", spans, state_hash(again))

    act_elsewhere(app, edit)
    with pytest.raises(WrongState, match="다른 관리자"):
        edit_campaign(campaign, admin, "나중에 고침", "", {}, seen)
    assert (campaign.title, len(campaign.phases)) == ("먼저 고침", 5)
