from __future__ import annotations

import io
import json
import re
from collections import Counter
from datetime import timedelta

import pytest
import sqlalchemy as sa
from PIL import Image

from forum.administration.operations.checks import recorded_rows
from forum.administration.operations.queries import recount
from forum.analysis.opinions.pages import ground_page
from forum.analysis.opinions.queries import current_snapshot
from forum.analysis.shortlists.models import Slate, SlateStanding
from forum.analysis.themes.models import ClusterMember, Theme, ThemeIdea, ThemeRun, ThemeState
from forum.analysis.themes.queries import vote_sums
from forum.analysis.words.models import CampaignWords
from forum.core import clock
from forum.core.access import SYSTEM
from forum.core.extensions import db
from forum.core.workdays import answer_due, working_day_from
from forum.deliberation.gatherings.models import Gathering, GatheringState, Registration, RegistrationState
from forum.deliberation.joint.models import JointRoom, JointSession, StepKind
from forum.deliberation.minutes.models import GatheringMinutes, MinutesAnswer, MinutesState
from forum.deliberation.rooms.models import IdeaRoom, RoomIdeaWay
from forum.deliberation.sheets.models import PaperResult
from forum.development.sample.letters import LEAD_MINISTRY
from forum.development.sample.loader import has_campaigns, is_half_loaded, load_sample
from forum.development.sample.people import SIGN_INS
from forum.development.sample.voices import FOLDER, everyday_rows, sample_rows
from forum.people.accounts.models import Account, Participant
from forum.people.ministries.services import load_ministries
from forum.publication.dayreports.models import DayReport
from forum.response.dataneeds.models import NeedState
from forum.response.dataneeds.queries import LISTED, NeedFilters, count_waiting, needs_page
from forum.response.datarequests.models import RequestState
from forum.response.datarequests.queries import counts_by_state, days_to_access, decisions_in_time
from forum.response.datauses.charting import chart_of, small_figures
from forum.response.datauses.models import WrittenAs
from forum.response.datauses.queries import uses_page, waiting_uses
from forum.response.delivery.models import MilestoneRating
from forum.response.delivery.queries import rounds_to_rate, two_sides_of_milestones
from forum.response.evidence.queries import earlier_results, evidence_in_letter
from forum.response.pilots.models import Pilot, PilotDecision, PilotOrigin, PilotReport, PilotState
from forum.response.pilots.queries import result_of_pilot
from forum.response.pledges.models import Pledge, PledgeBy
from forum.response.pledges.queries import figures_of_themes, waits_for_check_in
from forum.response.referrals.interim import interims_of
from forum.response.referrals.models import (
    Answer,
    AssignmentState,
    EventType,
    Milestone,
    MinistryAssignment,
    Referral,
    ReferralEvent,
    ReferralIdea,
)
from forum.response.referrals.promises import MilestoneStanding, late_reasons, standing_of
from forum.response.shortpath.models import AnswerPhoto, CheckOutcome, EverydayCheck, ShortAnswer
from forum.system.audit.models import AuditEntry
from forum.system.blobs.services import read_blob
from forum.system.notices.models import Notice
from forum.voice.campaigns.models import Campaign, CampaignKind, PhaseKind
from forum.voice.everyday.models import EverydayDetails, EverydayKind
from forum.voice.ideas.models import Comment, Idea
from forum.voice.moderation.queries import held_texts
from forum.voice.photos.models import IdeaPhoto
from forum.voice.votes.models import Vote
from nlp.opinion.verify_slate import faults

IDEAS_TOGETHER = 6  # written in the rooms of the joint session


@pytest.fixture
def ministries(app):
    load_ministries()
    db.session.commit()


# It takes a minute, and what it plays are the services, each of which is tested on both engines.
@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_the_sample_brings_every_page_to_life_and_recounts(ministries):
    told = list(load_sample())
    assert len(told) == 7
    assert (
        db.session.scalar(sa.select(sa.func.count(Idea.id)))
        == len(sample_rows()) + len(everyday_rows()) + IDEAS_TOGETHER
    )
    states = set(db.session.scalars(sa.select(Theme.state)))
    assert states == {ThemeState.DRAFT, ThemeState.APPROVED, ThemeState.REJECTED}
    assert set(db.session.scalars(sa.select(MinistryAssignment.state))) == set(AssignmentState)
    assert not db.session.scalar(sa.select(sa.exists().where(~Account.is_sample)))
    assert not db.session.scalar(sa.select(sa.exists().where(~Campaign.is_sample)))
    assert [line for finding in [*recount(), *recorded_rows()] for line in finding.differences] == []
    assert [hiding.text_kind for hiding in held_texts()] == ["comment"]
    assert not is_half_loaded()
    the_newest_ideas_wait_for_the_next_analysis()
    what_happened_is_numbered_in_the_order_of_time()
    the_citizen_comes_back_to_something()
    the_everyday_campaign_listens_all_year_and_has_had_its_review()
    everyday_ideas_went_the_short_path()
    a_pilot_was_measured_and_spread()
    letters_follow_the_rule_of_one_month()
    reasons_hold_against_the_votes_beside_them()
    the_forum_has_words_of_its_own()
    a_fair_slate_is_told_of_the_shortlist()
    groups_back_and_divide_and_ages_differ()
    a_gathering_took_place_and_its_ideas_went_on()
    another_copies_it_and_people_wait_for_a_seat()
    needs_for_data_were_settled_refused_offered_and_joined()
    data_was_requested_reviewed_and_given()
    one_need_was_settled_by_what_somebody_found_out_and_another_finding_waits()
    three_rooms_met_at_once_and_their_report_came_within_a_minute()


def needs_for_data_were_settled_refused_offered_and_joined():
    found = {one.need.state: one for state in LISTED for one in needs_page(NeedFilters(state), 1, 20)}
    assert set(found) == set(LISTED)
    assert found[NeedState.SETTLED].need.offers[0].dataset.title == "건물 유형별 월 전기 사용량"
    assert found[NeedState.OPEN].n_people == 11
    assert count_waiting() == 0


def data_was_requested_reviewed_and_given():
    assert counts_by_state() == {RequestState.REVIEW: 1, RequestState.APPROVED: 1, RequestState.REFUSED: 1}
    assert (list(days_to_access().values()), decisions_in_time()) == ([5], (2, 2))


def one_need_was_settled_by_what_somebody_found_out_and_another_finding_waits():
    [told] = uses_page(None, 1, 20)
    assert (told.settles_need, told.corrected_at, told.needs_check) == (True, None, False)
    assert chart_of(told).words.startswith("가장 큰 것은 ‘병원’(17.8kWh)")
    [waiting] = waiting_uses(SYSTEM)
    assert (waiting.written_as, small_figures(waiting)) == (WrittenAs.HOLDER, ["밤 10시 3"])


def promises_have_two_sides_and_another_ministry_hears_of_them():
    steps = {milestone.title: milestone for milestone in db.session.scalars(sa.select(Milestone))}
    sides = two_sides_of_milestones([milestone.id for milestone in steps.values()])
    differs = sides[steps["고장 난 충전기의 지원금을 돌려받는 기준 만들기"].id]
    agrees = sides[steps["휠체어 접근 충전 자리 기준 만들기"].id]
    assert (differs.done, differs.helps, differs.has_gap, differs.n_people) == (10, 4, True, 10)
    assert (agrees.done, agrees.has_gap, agrees.n_people) == (10, False, 7)
    shown = sa.select(MilestoneRating.round_id).where(MilestoneRating.comment != "")
    assert sorted(Counter(db.session.scalars(shown)).values()) == [2, 4]
    citizen = db.session.scalars(sa.select(Account).where(Account.email == "citizen@sample.invalid")).one()
    [waiting] = rounds_to_rate(citizen.participant.id)
    assert waiting.milestone.title == "고장 난 충전기의 지원금을 돌려받는 기준 만들기"
    late = {title: step.id for title, step in steps.items() if standing_of(step) is MilestoneStanding.LATE}
    assert set(late) == {"기사 면허 따는 비용을 돕는 방안 내놓기", "하루 두 번뿐인 노선의 목록 알리기"}
    assert set(late_reasons(list(late.values()))) == {late["기사 면허 따는 비용을 돕는 방안 내놓기"]}
    letters = db.session.scalars(sa.select(Referral)).all()
    assert len(interims_of([letter.id for letter in letters])) == 2
    [told] = [letter for letter in letters if evidence_in_letter(letter.id)]
    assert "차이가 커요" in evidence_in_letter(told.id)[0].words
    assert told.lead.ministry.code != LEAD_MINISTRY
    everyday = db.session.scalars(sa.select(Campaign).where(Campaign.kind == CampaignKind.EVERYDAY)).one()
    assert earlier_results(everyday), "the writing page says what came of earlier ideas"


def people_and_groups_keep_their_word_beside_the_state():
    themes = {theme.title: theme.id for theme in db.session.scalars(sa.select(Theme))}
    figures = figures_of_themes(list(themes.values()))
    shown = figures[themes["청소년과 농어촌 주민을 위한 대중교통 요금·배차 개선"]]
    assert shown.people == {PledgeBy.PERSON: 7, PledgeBy.CLASS: 24, PledgeBy.VILLAGE: 18}
    assert (shown.n_people, shown.n_pledges, shown.n_kept) == (49, 10, 8)
    hidden = figures[themes["전기차 충전소 확충과 고장·안전 관리"]]
    assert hidden.people == {PledgeBy.CLASS: 14}, "a shop of three is hidden, and what would give it away"
    assert hidden.n_people is None
    pledges = db.session.scalars(sa.select(Pledge).join(Pledge.author).join(Participant.account).order_by(Pledge.id))
    own = [one for one in pledges if one.author.account.email in {"citizen@sample.invalid", "teacher@sample.invalid"}]
    assert [(one.made_by, one.is_public) for one in own] == [
        (PledgeBy.PERSON, False),
        (PledgeBy.PERSON, True),
        (PledgeBy.CLASS, True),
    ]
    assert waits_for_check_in(own[-1])


def a_gathering_took_place_and_its_ideas_went_on():
    alone = sa.and_(Gathering.state == GatheringState.FINISHED, Gathering.id.not_in(sa.select(JointRoom.gathering_id)))
    past = db.session.scalars(sa.select(Gathering).where(alone)).one()
    ways = db.session.scalars(sa.select(IdeaRoom.way).where(IdeaRoom.gathering_id == past.id)).all()
    assert {way.value for way in ways} == {"PHONE", "TABLET", "PAPER", "BROUGHT"}
    assert db.session.scalar(sa.select(PaperResult.n_sheets).where(PaperResult.gathering_id == past.id)) == 5
    minutes = db.session.scalars(sa.select(GatheringMinutes).where(GatheringMinutes.gathering_id == past.id)).one()
    assert (minutes.state, minutes.round) == (MinutesState.CONFIRMED, 1)
    assert [bool(answer.objection) for answer in db.session.scalars(sa.select(MinutesAnswer))].count(True) == 1
    born = sa.select(IdeaRoom.idea_id).where(IdeaRoom.way != RoomIdeaWay.BROUGHT)
    sent = set(db.session.scalars(sa.select(ReferralIdea.idea_id).where(ReferralIdea.idea_id.in_(born))))
    assert len(sent) >= 3


def another_copies_it_and_people_wait_for_a_seat():
    to_come = db.session.scalars(sa.select(Gathering).where(Gathering.state == GatheringState.PLANNED)).one()
    assert to_come.copied_from is not None
    states = db.session.scalars(sa.select(Registration.state).where(Registration.gathering_id == to_come.id)).all()
    assert (states.count(RegistrationState.SEATED), states.count(RegistrationState.WAITING)) == (8, 2)


def three_rooms_met_at_once_and_their_report_came_within_a_minute():
    session = db.session.scalars(sa.select(JointSession)).one()
    assert [step.kind for step in session.steps] == list(StepKind)
    report = db.session.scalars(sa.select(DayReport)).one()
    assert report.session_id == session.id
    assert report.published_at - session.finished_at < timedelta(minutes=1)
    assert (report.counts["rooms"], report.counts["rooms_online"]) == (3, 1)
    assert report.counts["ideas"] == IDEAS_TOGETHER
    assert report.counts["paper"] == 18, "three ideas on six sheets"
    said = json.dumps(report.document, ensure_ascii=False)
    for words in (
        "폭염을 피할 그늘과 밤에도 여는 쉼터",
        "다회용기 확대와 컵 보증금",
        "어느 주제와도 비슷하지 않은 제안 2건",
    ):
        assert words in said
    assert {file.format for file in report.files} == {"pdf", "hwpx", "html"}


def groups_back_and_divide_and_ages_differ():
    campaign = db.session.scalars(sa.select(Campaign).where(Campaign.kind == CampaignKind.FORUM)).one()
    page = ground_page(current_snapshot(campaign.id))
    assert len(page.groups) >= 2
    assert min(group.size for group in page.groups) >= 30  # so that each has a say in the badge
    assert len(page.backed) >= 3
    assert len(page.dividing) >= 5
    meant = json.loads((FOLDER / "story.json").read_text(encoding="utf-8"))["ages"]
    keys = {row["title"]: row["id"] for row in sample_rows()}
    assert {keys[line.idea.title] for line in page.gaps} & set(meant)


def a_fair_slate_is_told_of_the_shortlist():
    slates = db.session.scalars(sa.select(Slate)).all()  # of the forum's shortlist, and of the council's finished round
    assert len(slates) == 2
    for slate in slates:
        assert slate.standing is SlateStanding.GAPS
        assert slate.n_people >= 30
        assert slate.proof["ejr_plus"] is True
        assert len(slate.proof["items"]) == slate.shortlist.size
        assert list(faults(slate.proof)) == []


def the_forum_has_words_of_its_own():
    run = db.session.scalars(sa.select(ThemeRun).order_by(ThemeRun.id)).first()
    assert run.parameters["user_words"] == ["미곡처리장", "원룸촌"]
    assert "유류비" in db.session.get_one(CampaignWords, run.campaign_id).synonyms


def the_newest_ideas_wait_for_the_next_analysis():
    run_at = db.session.scalar(sa.select(sa.func.min(ThemeRun.data_cut_at)))
    younger = set(db.session.scalars(sa.select(Idea.id).where(Idea.created_at > run_at, Idea.sector.is_not(None))))
    assert len(younger) >= 40
    assert not younger & set(db.session.scalars(sa.select(ClusterMember.idea_id)))
    assert not younger & set(db.session.scalars(sa.select(ThemeIdea.idea_id)))


def what_happened_is_numbered_in_the_order_of_time():
    for moment in (Idea.created_at, Referral.sent_at, AuditEntry.at, Notice.created_at):
        times = db.session.scalars(sa.select(moment).order_by(moment.class_.id)).all()
        assert times == sorted(times)


def the_citizen_comes_back_to_something():
    citizen = db.session.scalars(sa.select(Account).where(Account.email == "citizen@sample.invalid")).one()
    ideas = db.session.scalars(sa.select(Idea).where(Idea.author_id == citizen.participant.id)).all()
    themed = sa.select(ThemeIdea.idea_id).join(Theme, Theme.id == ThemeIdea.theme_id)
    answered = (
        themed.join(Referral, Referral.theme_id == Theme.id)
        .join(Answer, Answer.referral_id == Referral.id)
        .where(Answer.published_at.is_not(None))
    )
    assert len({idea.id for idea in ideas} & set(db.session.scalars(answered))) == 2
    assert len({idea.id for idea in ideas} & set(db.session.scalars(themed))) == 3
    assert min(clock.now() - idea.created_at for idea in ideas).days <= 2
    mine = citizen.participant.id
    assert (db.session.scalar(sa.select(sa.func.count()).where(Vote.participant_id == mine)) or 0) > 20
    assert (db.session.scalar(sa.select(sa.func.count()).where(Comment.author_id == mine)) or 0) == 3
    read = db.session.scalars(sa.select(Notice.read_at.is_not(None)).where(Notice.account_id == citizen.id)).all()
    assert set(read) == {True, False}


def the_everyday_campaign_listens_all_year_and_has_had_its_review():
    everyday = db.session.scalars(sa.select(Campaign).where(Campaign.kind == CampaignKind.EVERYDAY)).one()
    now = clock.now()
    over = {phase.kind for phase in everyday.phases if phase.closes_at is not None and phase.closes_at <= now}
    assert over == {PhaseKind.REVIEW}
    assert all(phase.opens_at <= now for phase in everyday.phases)
    themes = db.session.scalars(sa.select(Theme).where(Theme.campaign_id == everyday.id)).all()
    assert [theme.state for theme in themes] == [ThemeState.APPROVED] * 3, "the review's, and one for each letter"
    kinds = db.session.scalars(sa.select(EverydayDetails.kind)).all()
    assert len(kinds) == len(everyday_rows())
    assert set(kinds) == set(EverydayKind)


def everyday_ideas_went_the_short_path():
    checks = db.session.scalars(sa.select(EverydayCheck)).all()
    assert Counter(check.outcome for check in checks) == {
        CheckOutcome.SENT: 2,
        CheckOutcome.SAME: 1,
        None: 4,
    }
    assert all(not check.days_late for check in checks if check.outcome)
    assert [check.days_late > 0 for check in sorted(checks, key=lambda it: it.started_on) if not check.outcome] == [
        True,
        False,
        False,
        False,
    ]
    kinds = db.session.scalars(sa.select(ShortAnswer.kind)).all()
    assert sorted(kind.name for kind in kinds) == ["FIXED_NOW", "PILOT"]
    photos = [*db.session.scalars(sa.select(IdeaPhoto)), *db.session.scalars(sa.select(AnswerPhoto))]
    photos += db.session.scalars(sa.select(PilotReport).where(PilotReport.sha256.is_not(None)))
    assert len(photos) == 5
    assert all("예시 그림" in photo.caption for photo in photos)
    for photo in photos:
        read = Image.open(io.BytesIO(read_blob(photo.blob)))
        assert (read.format, read.size) == ("WEBP", (photo.width, photo.height))


def a_pilot_was_measured_and_spread():
    first, second = db.session.scalars(sa.select(Pilot).order_by(Pilot.id)).all()
    assert (first.decision, first.parent_id) == (PilotDecision.SPREAD, None)
    assert (second.origin, second.parent_id, second.state) == (PilotOrigin.SPREAD, first.id, PilotState.RUNNING)
    assert first.ministry_id != second.ministry_id
    result = result_of_pilot(first)
    assert result is not None
    assert result.interval is not None
    low, high = result.interval
    assert 0 < low < result.difference < high
    assert len(first.reports) == len(second.reports) == 1


def letters_follow_the_rule_of_one_month():
    letters = db.session.scalars(sa.select(Referral).order_by(Referral.id)).all()
    for letter in letters:
        first = letter.lead.clocks[0]
        assert working_day_from(first.period_ends_on) == answer_due(first.started_on)
    [late] = [letter for letter in letters if letter.lead.clock.days_late and letter.published_answer is None]
    reminded = sa.select(ReferralEvent.reason).where(
        ReferralEvent.referral_id == late.id, ReferralEvent.act == EventType.REMINDED
    )
    said = db.session.scalars(reminded.order_by(ReferralEvent.id)).all()
    assert said[:5] == [
        "답변 기한 7일 전이에요.",
        "답변 기한 3일 전이에요.",
        "답변 기한 1일 전이에요.",
        "오늘이 답변 기한이에요.",
        "답변 기한이 1일 지났어요.",
    ]
    quoted = db.session.scalars(sa.select(ReferralIdea)).all()
    assert all(0 < one.agree <= one.idea.tally.agree for one in quoted)


def reasons_hold_against_the_votes_beside_them():
    themes = db.session.scalars(sa.select(Theme).where(Theme.decision_reason != "")).all()
    sums = vote_sums([theme.id for theme in themes])
    for theme in themes:
        reason, votes = theme.decision_reason, sums[theme.id]
        assert not re.search("세대|지역|나이|10대|갈래|팽팽", reason), reason  # no page has votes by group
        if "훨씬 많" in reason:
            assert votes.agree > 5 * votes.disagree, reason
        elif "찬성이 반대보다 많" in reason:
            assert votes.agree > 2 * votes.disagree, reason


def test_a_loading_that_was_cut_off_is_noticed_and_people_are_never_taken_for_it(ministries, make):
    assert not is_half_loaded()
    loading = load_sample()
    next(loading)
    loading.close()
    db.session.rollback()
    assert has_campaigns()
    assert is_half_loaded()
    make.citizen()
    assert not is_half_loaded()


def test_each_role_has_one_sign_in_and_offices_two_since_nobody_approves_their_own_words():
    assert len({email for _role, email, _password in SIGN_INS}) == len(SIGN_INS) == 14
    assert all(email.endswith("@sample.invalid") and len(password) >= 15 for _role, email, password in SIGN_INS[1:])
