"""Rows for tests. `make.idea()` always works; a test names only what matters to it.

Default texts are Korean and hold a <script> tag, so that escaping is always under test.
"""

from __future__ import annotations

import hashlib
import itertools
import uuid
import zlib
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import sqlalchemy as sa
from sqlalchemy.orm.attributes import set_committed_value

from forum.analysis.curation.services import freeze_theme
from forum.analysis.opinions.models import OpinionGroup, OpinionScore, OpinionSnapshot, SnapshotState
from forum.analysis.shortlists.models import Shortlist, ShortlistIdea, ShortlistState, Slate, SlateStanding
from forum.analysis.themes.models import (
    Cluster,
    ClusterMember,
    MemberSource,
    RunState,
    Theme,
    ThemeIdea,
    ThemeRun,
    ThemeState,
    UnthemedIdea,
    UnthemedReason,
)
from forum.core import clock
from forum.core.access import SYSTEM, Role
from forum.core.extensions import db
from forum.core.reference import Sector
from forum.core.workdays import after_working_days, answer_due, months_after
from forum.deliberation.advisory.models import AdvisorySide, AdvisorySlate
from forum.deliberation.council.models import CouncilGroup, CouncilTerm, GroupKind, GroupSeat, Seat, TeamMember
from forum.deliberation.gatherings.models import (
    Gathering,
    GatheringHelper,
    GatheringState,
    Registration,
    RegistrationState,
)
from forum.deliberation.hearings.models import Hearing, HearingInvitation, HearingQuestion, SignedOpinion
from forum.deliberation.joint.models import (
    ActionKind,
    ActionState,
    JointRoom,
    JointSession,
    JointState,
    JointStep,
    RoomAction,
    StepKind,
)
from forum.deliberation.meetings.models import (
    AgendaItem,
    Attendance,
    AttendanceWay,
    Choice,
    CouncilMeeting,
    MeetingState,
    Motion,
    MotionBallot,
    MotionRule,
    MotionState,
    TieRule,
)
from forum.deliberation.minutes.facts import facts_of
from forum.deliberation.minutes.models import GatheringMinutes, MinutesAnswer, MinutesState
from forum.deliberation.rooms.models import EntryWay, GatheringEntry, GatheringTablet, IdeaRoom, RoomIdeaWay
from forum.deliberation.rounds.models import (
    CouncilRound,
    CouncilTask,
    RoundStage,
    RoundState,
    StageKind,
    StageState,
    TaskIdea,
    TaskSource,
    TaskState,
)
from forum.deliberation.rounds.queries import Member
from forum.deliberation.scorecards.models import Criterion, CriterionScore, Scorecard, StageResult
from forum.deliberation.scorecards.services import publish_result
from forum.deliberation.scorecards.tasks import read_cards
from forum.deliberation.sheets.models import PaperResult, PaperTally
from forum.people.accounts.models import Account, CouncilSeat, Participant, RoleGrant
from forum.people.follows.models import Follow
from forum.people.ministries.models import Ministry, MinistryKind
from forum.people.passes.actor import guest_of
from forum.people.passes.codes import hash_of, new_code
from forum.people.passes.models import GuestPass, PassKind
from forum.response.answers.models import AnswerWriter
from forum.response.commissions.models import Commission
from forum.response.datafiles.models import DataFile, DataFileState
from forum.response.dataneeds.models import DataNeed, NeedJoin, NeedOffer, NeedState
from forum.response.dataneeds.subjects import of_thing
from forum.response.datarequests.models import (
    DataCriteria,
    DataCriterion,
    DataRequest,
    Mark,
    PanelSeat,
    Publishing,
    RequestDecision,
    RequestReview,
    RequestState,
    RequestTerms,
    TermsAcceptance,
    UseKind,
    Verdict,
)
from forum.response.datarequests.terms import fingerprint
from forum.response.datasets.models import (
    ColumnType,
    DataHolder,
    Dataset,
    DatasetColumn,
    DatasetState,
    DatasetVersion,
    DataSteward,
    HolderKind,
    Licence,
    Refresh,
    Sensitivity,
)
from forum.response.datasets.rating import refresh_points
from forum.response.datauses.models import DataUse, UseState, WrittenAs
from forum.response.delivery.models import Happened, MilestoneRating, RatingRound
from forum.response.pilots.models import (
    Better,
    MeasureKind,
    Pilot,
    PilotDecision,
    PilotOrigin,
    PilotReading,
    PilotState,
    ReadingPhase,
)
from forum.response.pledges.models import CheckIn, CheckInOutcome, Pledge, Rhythm
from forum.response.referrals.models import (
    Answer,
    AssignmentState,
    ClockEnd,
    Decision,
    EventType,
    Milestone,
    MinistryAssignment,
    Referral,
    ReferralEvent,
    ReferralIdea,
    ResponseClock,
)
from forum.response.shortpath.models import DECISIONS, AnswerPhoto, EverydayCheck, ShortAnswer, ShortAnswerKind
from forum.system.audit.facts import FACT_KINDS
from forum.system.audit.services import record
from forum.system.blobs.models import Blob
from forum.system.blobs.services import keep_blob, keep_file, store_bytes
from forum.system.blobs.store import current_store
from forum.voice.campaigns.models import Campaign, CampaignKind, Phase, PhaseKind
from forum.voice.everyday.models import EverydayDetails, EverydayKind
from forum.voice.guardians.models import GuardianConsent
from forum.voice.ideas.models import Comment, CommentState, Idea, IdeaState, IdeaTally
from forum.voice.integrity.models import ExclusionCase, FindingKind, VoteFinding, VoteFindingPerson
from forum.voice.integrity.services import exclude_people
from forum.voice.moderation.models import Hiding, Reason, Report
from forum.voice.photos.models import IdeaPhoto, PhotoState
from forum.voice.votes.models import Vote, VoteEvent
from nlp.opinion.scorecards import rank_tasks
from nlp.opinion.slate import slate as choose_slate

_numbers = itertools.count(1)
SCRIPT = "<script>alert('x')</script>"
AGREED = {"agree_consent": 1, "agree_terms": 1}
"""Ticked boxes of the registration form, for the shipped versions."""
TALLY_COLUMN = {1: "agree", 0: "pass_", -1: "disagree"}


class Factories:
    """Each method adds and flushes one thing with whatever it needs around it, and gives it back."""

    def _add(self, thing: Any) -> Any:
        db.session.add(thing)
        db.session.flush()
        return thing

    def vouch(self) -> None:
        """Let the audit vouch for all rows as they stand, as the acts would have done that made them."""
        present = {kind.code: {k: v for batch in kind.all() for k, v in batch.items()} for kind in FACT_KINDS.values()}
        record(SYSTEM, "tests.vouch", None, facts=present)

    # people
    def account(self, role: Role = Role.CITIZEN, confirmed: bool = True, **values: Any) -> Account:
        n = next(_numbers)
        ministry = values.pop("ministry", None)
        email = values.pop("email", f"person{n}@example.org")
        defaults: dict[str, Any] = {
            "email": email,
            "display_name": f"시민{n}",
            "fs_uniquifier": f"uniquifier-{n}",
            "birth_year": 2008,
            "must_agree": False,
            "confirmed_at": clock.now() if confirmed else None,
        }
        account = self._add(Account(participant=Participant(), **(defaults | values)))
        set_committed_value(account, "grant", None)
        if role is not Role.CITIZEN:
            set_committed_value(account, "grant", self._grant(account, role, ministry))
        return account

    def _grant(self, account: Account, role: Role, ministry: Ministry | None) -> RoleGrant:
        grant = RoleGrant(account_id=account.id, role=role)
        if role is Role.MINISTRY_OFFICER:
            grant.ministry_id = (ministry or self.ministry()).id
        if role is Role.COUNCIL_MEMBER:
            grant.council_seat = CouncilSeat.CIVIL
        return self._add(grant)

    def citizen(self, **values: Any) -> Account:
        return self.account(Role.CITIZEN, **values)

    def child(self, waits_for_consent: bool = True, **values: Any) -> Account:
        """Somebody who turns 14 in a year; without a guardian's consent unless told otherwise."""
        turns_14 = clock.today() + timedelta(days=365)
        defaults = {"birth_year": turns_14.year - 14, "needs_consent_until": turns_14}
        child = self.account(waits_for_consent=True, **(defaults | values))
        if not waits_for_consent:
            self.consent(child, given_at=clock.now())
            child.waits_for_consent = False
            db.session.flush()
        return child

    def follow(self, account: Account, thing: Any) -> Follow:
        """The account follows an idea, a theme or a ministry."""
        return self._add(Follow(account_id=account.id, kind=thing.__tablename__, object_id=thing.id))

    def consent(self, child: Account | None = None, **values: Any) -> GuardianConsent:
        """A request to a guardian; given or refused only where `values` say so."""
        defaults: dict[str, Any] = {
            "account_id": (child or self.child()).id,
            "guardian_email": f"guardian{next(_numbers)}@example.org",
            "verifier": "mailed_link",
            "expires_at": clock.now() + timedelta(days=5),
        }
        return self._add(GuardianConsent(**(defaults | values)))

    def facilitator(self, **values: Any) -> Account:
        return self.account(Role.FACILITATOR, **values)

    def analyst(self, **values: Any) -> Account:
        return self.account(Role.ANALYST, **values)

    def officer(self, ministry: Ministry | None = None, **values: Any) -> Account:
        return self.account(Role.MINISTRY_OFFICER, ministry=ministry, **values)

    def council_member(self, **values: Any) -> Account:
        return self.account(Role.COUNCIL_MEMBER, **values)

    def admin(self, **values: Any) -> Account:
        return self.account(Role.ADMIN, **values)

    def actor(self, role: Role) -> Any:
        """Somebody of this role; visitors, the system, and a guest who is checked in among them."""
        from forum.core.access import ANONYMOUS

        if role is Role.GUEST:
            return guest_of(self.guest())
        fixed = {Role.ANONYMOUS: ANONYMOUS, Role.SYSTEM: SYSTEM}
        return fixed.get(role) or self.account(role)

    def ministry(self, **values: Any) -> Ministry:
        n = next(_numbers)
        defaults: dict[str, Any] = {
            "code": f"M{n}",
            "name": f"시험{n}부",
            "kind": MinistryKind.MINISTRY,
            "duties": "시험",
        }
        return self._add(Ministry(**(defaults | values)))

    # campaigns
    def campaign(self, open_phases: tuple[PhaseKind, ...] = tuple(PhaseKind), **values: Any) -> Campaign:
        """A campaign whose `open_phases` are open and whose other phases are over."""
        n = next(_numbers)
        defaults: dict[str, Any] = {"slug": f"forum-{n}", "title": f"시험 포럼 {n}", "kind": CampaignKind.FORUM}
        now = clock.now()
        begun, over, to_come = now - timedelta(days=30), now - timedelta(days=1), now + timedelta(days=30)
        phases = [
            Phase(kind=kind, opens_at=begun, closes_at=to_come if kind in open_phases else over) for kind in PhaseKind
        ]
        return self._add(Campaign(phases=phases, **(defaults | values)))

    # ideas and votes
    def idea(self, campaign: Campaign | None = None, author: Account | None = None, **values: Any) -> Idea:
        n = next(_numbers)
        target = db.session.get(Idea, values["merged_into_id"]) if values.get("merged_into_id") else None
        campaign = campaign or (target.campaign if target else self.campaign())
        if "author_id" not in values and "external_id" not in values:
            values["author_id"] = (author or self.citizen()).participant.id
        defaults: dict[str, Any] = {
            "campaign_id": campaign.id,
            "title": f"학교 지붕에 태양광 {n} {SCRIPT}",
            "body": f"학교 지붕이 비어 있으니 태양광 발전기를 올리면 좋겠습니다. {n} {SCRIPT}",
            "search_tokens": f"학교 지붕 태양광 {n}",
            "search_tokens_version": 1,
        }
        tally = IdeaTally(agree=0, disagree=0, pass_=0, comments=0)
        idea = self._add(Idea(tally=tally, **(defaults | values)))
        db.session.expire(idea, ["tally"])  # statements change it past the session
        return idea

    def blob(self, data: bytes = b"RIFF\x04\x00\x00\x00WEBP", media_type: str = "image/webp") -> Blob:
        """Bytes in the store, with their row."""
        return keep_blob(store_bytes(data, media_type))

    def everyday_idea(self, campaign: Campaign | None = None, **values: Any) -> Idea:
        """An idea of an everyday campaign, with its kind and place; no check has started."""
        campaign = campaign or self.campaign(kind=CampaignKind.EVERYDAY)
        details = {name: values.pop(name) for name in ("kind", "district", "place") if name in values}
        idea = self.idea(campaign, **({"region_code": "11"} | values))
        defaults = {"kind": EverydayKind.SAFETY, "district": "마포구", "place": f"시험로 1 {SCRIPT}"}
        self._add(EverydayDetails(idea_id=idea.id, **(defaults | details)))
        return idea

    def idea_photo(self, idea: Idea | None = None, **values: Any) -> IdeaPhoto:
        idea = idea or self.everyday_idea()
        defaults: dict[str, Any] = {
            "idea_id": idea.id,
            "author_id": idea.author_id,
            "position": 1,
            "sha256": None if values.get("state") is PhotoState.REMOVED else self.blob().sha256,
            "width": 40,
            "height": 30,
            "caption": f"지워진 횡단보도 {SCRIPT}",
        }
        return self._add(IdeaPhoto(**(defaults | values)))

    def everyday_check(self, idea: Idea | None = None, **values: Any) -> EverydayCheck:
        """A check that waits for an analyst; it began today."""
        today = clock.today()
        defaults: dict[str, Any] = {
            "idea_id": (idea or self.everyday_idea()).id,
            "started_on": today,
            "due_on": after_working_days(today, 3),
        }
        return self._add(EverydayCheck(**(defaults | values)))

    def short_answer(self, kind: ShortAnswerKind = ShortAnswerKind.PILOT, **values: Any) -> Answer:
        """A published answer of the short path; `values` are those of `answer`.

        :param n_photos: up to 3
        """
        published_at, n_photos = values.pop("published_at", clock.now()), values.pop("n_photos", 0)
        if values.get("referral") is None:
            everyday = self.campaign(kind=CampaignKind.EVERYDAY)
            values["referral"] = self.referral(self.theme(everyday, state=ThemeState.APPROVED))
        answer = self.answer(**({"decision": DECISIONS[kind]} | values), published_at=None)
        why = "지금은 어두워서 찍지 못했어요." if kind is ShortAnswerKind.ALREADY_FIXED else ""
        self._add(ShortAnswer(answer_id=answer.id, kind=kind, why_no_photo=why))
        for position in range(1, n_photos + 1):
            shown = {"caption": f"다시 칠한 횡단보도 {SCRIPT}", "width": 40, "height": 30}
            self._add(
                AnswerPhoto(
                    answer_id=answer.id,
                    position=position,
                    sha256=self.blob().sha256,
                    added_by_id=answer.author_id,
                    **shown,
                )
            )
        if published_at:  # what belongs to an answer is fixed with it
            answer.approved_by_id = answer.approved_by_id or self.approver(answer.referral.lead.ministry).id
            answer.published_at = published_at
            self._publish(answer.referral, answer)
            db.session.flush()
            db.session.refresh(answer.referral)
        return answer

    def pilot(self, referral: Referral | None = None, **values: Any) -> Pilot:
        """A pilot that the answer to a letter promised; planned for 30 days from today."""
        referral = referral or self.short_answer().referral
        today = clock.today()
        defaults: dict[str, Any] = {
            "referral_id": referral.id,
            "ministry_id": referral.lead.ministry_id,
            "origin": PilotOrigin.ANSWER,
            "title": f"횡단보도를 다시 칠하기 {SCRIPT}",
            "summary": "한 달 동안 한 곳에서 해 봐요.",
            "region_code": "11",
            "place": "시험초등학교 앞",
            "starts_on": today,
            "ends_on": today + timedelta(days=30),
            "measure_kind": MeasureKind.SHARE,
            "measure": "멈춘 차",
            "unit": "대",
            "better": Better.HIGHER,
            "measured_how": "등교 시간에 학교가 세요.",
            "created_by_id": values.pop("created_by", None) or self.officer(referral.lead.ministry).id,
        }
        return self._add(Pilot(**(defaults | values)))

    def reading(self, pilot: Pilot, phase: ReadingPhase = ReadingPhase.BEFORE, **values: Any) -> PilotReading:
        """40 of 100 before, 70 of 100 after, unless told otherwise."""
        is_before = phase is ReadingPhase.BEFORE
        defaults: dict[str, Any] = {
            "pilot_id": pilot.id,
            "phase": phase,
            "before_phase": None if is_before else ReadingPhase.BEFORE,
            "measured_from": pilot.starts_on,
            "measured_until": pilot.starts_on,
            "measured_by": "시험초등학교",
            "n": 100,
            "k": 40 if is_before else 70,
            "recorded_by_id": pilot.created_by_id,
        }
        return self._add(PilotReading(**(defaults | values)))

    def walked_pilot(
        self, referral: Referral | None, state: PilotState, decision: PilotDecision | None = None, **values: Any
    ) -> Pilot:
        """A pilot that went its whole way to this state: measured before, and after too once it runs."""
        pilot = self.pilot(referral, **values)
        self.reading(pilot)
        if state is not PilotState.PLANNED:
            pilot.state = PilotState.RUNNING
            db.session.flush()
            self.reading(pilot, ReadingPhase.AFTER)
        if decision is not None:
            pilot.state, pilot.decision, pilot.decision_reason = PilotState.DECIDED, decision, "잰 값을 보고 정했어요."
            pilot.decided_by_id, pilot.decided_at = pilot.created_by_id, clock.now()
            db.session.flush()
        db.session.refresh(pilot, ["readings"])
        return pilot

    def comment(self, idea: Idea | None = None, author: Account | None = None, **values: Any) -> Comment:
        idea = idea or self.idea()
        author = author or self.citizen()
        defaults = {"idea_id": idea.id, "author_id": author.participant.id, "body": f"좋은 생각입니다 {SCRIPT}"}
        idea.tally.comments += 1
        return self._add(Comment(**(defaults | values)))

    def hiding(self, thing: Idea | Comment | IdeaPhoto | None = None, **values: Any) -> Hiding:
        """Something that is hidden now, with its reason."""
        thing = thing or self.idea()
        if isinstance(thing, Idea):
            about: dict[str, Any] = {"text_kind": "idea", "text_id": thing.id, "state_before": "OPEN"}
            thing.state = IdeaState.HIDDEN
        elif isinstance(thing, IdeaPhoto):
            about = {"text_kind": "idea_photo", "text_id": thing.id, "state_before": "VISIBLE"}
            thing.state = PhotoState.HIDDEN
        else:
            about = {"text_kind": "comment", "text_id": thing.id, "state_before": "VISIBLE"}
            thing.state = CommentState.HIDDEN
            thing.idea.tally.comments -= 1
        return self._add(Hiding(**({"reason": Reason.SPAM} | about | values)))

    def report(self, thing: Idea | Comment, reporter: Account | None = None, **values: Any) -> Report:
        about = {"text_kind": "idea" if isinstance(thing, Idea) else "comment", "text_id": thing.id}
        reporter_id = (reporter or self.citizen()).participant.id
        return self._add(Report(**({"reason": Reason.SPAM, "words": "", "reporter_id": reporter_id} | about | values)))

    def vote(self, idea: Idea | None = None, voter: Account | None = None, value: int = 1) -> Vote:
        """A vote with its event and its place in the tally."""
        idea = idea or self.idea()
        participant_id = (voter or self.citizen()).participant.id
        self._add(VoteEvent(idea_id=idea.id, participant_id=participant_id, value=value))
        column = TALLY_COLUMN[value]
        setattr(idea.tally, column, getattr(idea.tally, column) + 1)
        return self._add(Vote(idea_id=idea.id, participant_id=participant_id, value=value))

    def finding(self, campaign: Campaign, people: list[Account], **values: Any) -> VoteFinding:
        """Something found about these people's votes in a campaign."""
        now = clock.now()
        measured = {"people": len(people), "ideas": [], "near": 0, "from": now.timestamp(), "until": now.timestamp()}
        defaults = {"campaign_id": campaign.id, "kind": FindingKind.SAME_PATTERN, "key": f"k{next(_numbers)}"}
        finding = self._add(VoteFinding(**(defaults | {"measured": measured} | values)))
        finding.people = [VoteFindingPerson(participant_id=one.participant.id, n_votes=3) for one in people]
        db.session.flush()
        return finding

    def exclusion(self, campaign: Campaign, person: Account, **values: Any) -> ExclusionCase:
        """An exclusion of somebody's votes, decided by some moderator."""
        finding = self.finding(campaign, [person])
        words = f"같은 투표가 되풀이되었습니다 {SCRIPT}"
        [case] = exclude_people(finding, self.analyst(), [person.participant.id], "MANY_ACCOUNTS", words)
        for name, value in values.items():
            setattr(case, name, value)
        db.session.flush()
        return case

    # gatherings
    def gathering(self, organiser: Account | None = None, state: str = "PLANNED", **values: Any) -> Gathering:
        """A gathering of ten seats tomorrow; a running or finished one began an hour ago."""
        organiser = organiser or self.facilitator()
        now, wanted = clock.now(), GatheringState[state]
        starts_at = now + timedelta(days=1) if state in {"DRAFT", "PLANNED", "CANCELLED"} else now - timedelta(hours=1)
        defaults: dict[str, Any] = {
            "campaign_id": values.pop("campaign", None) or self.campaign().id,
            "author_id": organiser.participant.id,
            "organiser_id": organiser.id,
            "title": f"마을 모임 {next(_numbers)} {SCRIPT}",
            "summary": "함께 이야기합니다",
            "region_code": "11",
            "place_name": "주민센터 2층",
            "agenda": "여는 말\n이야기\n제안 쓰기\n투표",
            "starts_at": starts_at,
            "ends_at": starts_at + timedelta(hours=2),
            "seats": 10,
            "state": wanted,
        }
        if isinstance(defaults["campaign_id"], Campaign):
            defaults["campaign_id"] = defaults["campaign_id"].id
        if state != "DRAFT":
            defaults["announced_at"] = now - timedelta(days=2)
        if state in {"PLANNED", "RUNNING"}:
            defaults["join_code"] = f"{next(_numbers):08d}"
        if state in {"RUNNING", "FINISHED"}:
            defaults["started_at"] = starts_at
        if state == "FINISHED":
            last = db.session.scalar(sa.select(sa.func.max(VoteEvent.id))) or 0
            defaults |= {"finished_at": now, "n_present": 0, "last_event_id": last, "lists_until": clock.today()}
        if state == "CANCELLED":
            defaults |= {"cancelled_at": now, "cancel_reason": "비가 많이 옵니다"}
        return self._add(Gathering(**(defaults | values)))

    def helper(self, gathering: Gathering, account: Account | None = None) -> Account:
        """An account that helps to run the gathering; a citizen by default."""
        account = account or self.citizen()
        self._add(GatheringHelper(gathering_id=gathering.id, account_id=account.id, added_by_id=gathering.organiser_id))
        return account

    def registration(self, gathering: Gathering, account: Account | None = None, **values: Any) -> Registration:
        """Somebody with a seat since two days; without asking whether there is one."""
        asked_at = clock.now() - timedelta(days=2)
        account_id = (account or self.citizen()).id
        defaults = {"state": RegistrationState.SEATED, "asked_at": asked_at, "seated_at": asked_at}
        return self._add(Registration(gathering_id=gathering.id, account_id=account_id, **(defaults | values)))

    def guest(self, kind: PassKind = PassKind.PHONE, is_admitted: bool = True, **values: Any) -> GuestPass:
        """A guest pass with its participant; its code is `made.code`."""
        code = values.pop("code", None) or new_code()
        defaults: dict[str, Any] = {
            "kind": kind,
            "code_hash": hash_of(code),
            "says_14_or_older": kind is not PassKind.PAPER,
            "terms_version": None if kind is PassKind.PAPER else 1,
            "admitted_at": clock.now() if is_admitted else None,
        }
        made = self._add(GuestPass(**(defaults | values)))
        self._add(Participant(guest_pass_id=made.id))
        made.code = code
        return made

    def entry(
        self, gathering: Gathering, who: Account | GuestPass | None = None, is_admitted: bool = True
    ) -> GatheringEntry:
        """A person in the room: by this account or pass, or by a new pass on a phone."""
        who = who or self.guest(is_admitted=is_admitted)
        way = EntryWay.ACCOUNT if isinstance(who, Account) else EntryWay[who.kind.name]
        tablet = self._tablet(gathering) if way is EntryWay.TABLET else None
        admitted_at = (who.admitted_at if isinstance(who, GuestPass) else None) or clock.now()
        last = sa.select(sa.func.max(GatheringEntry.number)).where(GatheringEntry.gathering_id == gathering.id)
        return self._add(
            GatheringEntry(
                gathering_id=gathering.id,
                number=(db.session.scalar(last) or 0) + 1,
                way=way,
                pass_id=who.id if isinstance(who, GuestPass) else None,
                participant_id=who.participant.id,
                tablet_id=tablet.id if tablet else None,
                admitted_at=admitted_at if is_admitted else None,
                admitted_by_id=gathering.organiser_id if is_admitted else None,
            )
        )

    def _tablet(self, gathering: Gathering) -> GatheringTablet:
        n = next(_numbers)
        return self._add(
            GatheringTablet(gathering_id=gathering.id, secret_hash=f"{n:064d}", opened_by_id=gathering.organiser_id)
        )

    def room_idea(
        self, gathering: Gathering, entry: GatheringEntry | None = None, slip: int | None = None, **values: Any
    ) -> Idea:
        """An idea on the room's table, written there by `entry` or, without one, brought along."""
        if entry is not None:
            values["author_id"] = entry.participant_id
        idea = self.idea(gathering.campaign, **values)
        last = sa.select(sa.func.max(IdeaRoom.number)).where(IdeaRoom.gathering_id == gathering.id)
        self._add(
            IdeaRoom(
                gathering_id=gathering.id,
                idea_id=idea.id,
                campaign_id=gathering.campaign_id,
                number=(db.session.scalar(last) or 0) + 1,
                way=RoomIdeaWay[entry.way.name] if entry else RoomIdeaWay.BROUGHT,
                entry_id=entry.id if entry else None,
                slip_number=slip,
            )
        )
        return idea

    def joint_session(
        self, rooms: list[Gathering] | None = None, state: str = "RUNNING", host: Account | None = None, **values: Any
    ) -> JointSession:
        """A joint session of these rooms, of one new running gathering by default, with the usual six steps."""
        rooms = rooms if rooms is not None else [self.gathering(state="RUNNING")]
        campaign_id = rooms[0].campaign_id if rooms else self.campaign().id
        now, wanted = clock.now(), JointState[state]
        defaults: dict[str, Any] = {
            "campaign_id": campaign_id,
            "host_id": (host or self.facilitator()).id,
            "title": f"열 마을이 함께 {next(_numbers)} {SCRIPT}",
            "starts_at": now,
            "state": wanted,
            "steps": [
                JointStep(position=n, kind=kind, title=str(kind.label), minutes=10)
                for n, kind in enumerate(StepKind, start=1)
            ],
        }
        if state in {"RUNNING", "FINISHED"}:
            defaults["started_at"] = now - timedelta(hours=1)
        if state == "FINISHED":
            defaults["finished_at"] = now
        if state == "CANCELLED":
            defaults |= {"cancelled_at": now, "cancel_reason": "큰비가 와요."}
        made = self._add(JointSession(**(defaults | values)))
        for room in rooms:
            self.joint_room(made, room)
        return made

    def joint_room(self, session: JointSession, gathering: Gathering, **values: Any) -> JointRoom:
        """A gathering's part in a session."""
        ids = {"gathering_id": gathering.id, "session_id": session.id, "campaign_id": session.campaign_id}
        return self._add(JointRoom(**(ids | values)))

    def paper(self, gathering: Gathering, n_sheets: int, marks: dict[Idea, tuple[int, int, int]]) -> PaperResult:
        """An accepted count of a room's vote sheets: agreement, disagreement and passes by idea."""
        first, second = (self.helper(gathering) for _n in range(2))
        result = self._add(
            PaperResult(gathering_id=gathering.id, n_sheets=n_sheets, first_by_id=first.id, second_by_id=second.id)
        )
        for idea, (agree, disagree, pass_) in marks.items():
            counts = {"agree": agree, "disagree": disagree, "pass_": pass_}
            self._add(PaperTally(gathering_id=gathering.id, idea_id=idea.id, n_sheets=n_sheets, **counts))
        return result

    def gathering_minutes(
        self, gathering: Gathering | None = None, state: str = "CONFIRMED", author: Account | None = None, **values: Any
    ) -> GatheringMinutes:
        """Minutes of a finished gathering; published ones unless `state` says otherwise, confirmed by one answer."""
        organiser = author or (gathering.organiser if gathering else self.facilitator())
        until = clock.today() + timedelta(days=30)
        gathering = gathering or self.gathering(organiser, "FINISHED", lists_until=until, n_present=8)
        now, wanted = clock.now(), MinutesState[state]
        defaults: dict[str, Any] = {
            "gathering_id": gathering.id,
            "author_id": organiser.participant.id,
            "state": wanted,
            "summary": values.pop("body", f"함께 이야기했습니다 {SCRIPT}"),
            "facts": facts_of(gathering),
        }
        if state != "DRAFT":
            defaults |= {"asked_at": now - timedelta(hours=1), "closes_at": now + timedelta(days=7)}
        if state in {"CONFIRMED", "UNCONFIRMED", "REFUSED"}:
            defaults["decided_at"] = now
        minutes = self._add(GatheringMinutes(**(defaults | values)))
        if state == "CONFIRMED":
            self._add(self._answer_of_room(minutes, self.citizen(), agrees=True))
        return minutes

    def minutes_answer(
        self, minutes: GatheringMinutes | None = None, author: Account | None = None, **values: Any
    ) -> MinutesAnswer:
        """An objection to published minutes, by somebody who was there; the majority says that they are right."""
        minutes = minutes or self.gathering_minutes()
        for _n in range(2 if minutes.state is MinutesState.CONFIRMED else 0):
            self._add(self._answer_of_room(minutes, self.citizen(), agrees=True))
        words = values.pop("body", f"그렇게 말하지 않았습니다 {SCRIPT}")
        return self._add(self._answer_of_room(minutes, author or self.citizen(), agrees=False, objection=words))

    def _answer_of_room(self, minutes: GatheringMinutes, who: Account, **values: Any) -> MinutesAnswer:
        entry = self.entry(minutes.gathering, who)
        of_round = {"minutes_id": minutes.id, "round": minutes.round, "entry_id": entry.id}
        return MinutesAnswer(author_id=who.participant.id, **of_round, **values)

    def late_action(self, entry: GatheringEntry, **values: Any) -> RoomAction:
        """An idea of this person that came after its step, and waits for who runs the room."""
        defaults: dict[str, Any] = {
            "key": str(uuid.uuid4()),
            "kind": ActionKind.IDEA,
            "state": ActionState.LATE,
            "done_at": clock.now(),
            "title": f"늦게 온 제안 {next(_numbers)} {SCRIPT}",
            "body": "연결이 끊겨서 늦게 보냅니다. 저녁에도 버스가 자주 오면 좋겠습니다",
        }
        of_room = {"entry_id": entry.id, "gathering_id": entry.gathering_id}
        return self._add(RoomAction(**(of_room | defaults | values)))

    # analysis
    def snapshot(self, campaign: Campaign, ideas: list[Idea], is_finished: bool = True) -> OpinionSnapshot:
        """A snapshot with one group and a score of each idea. A finished one is current, another lacks an idea."""
        now = clock.now()
        snapshot = self._add(
            OpinionSnapshot(
                campaign_id=campaign.id,
                votes_cut_at=now,
                last_event_id=0,
                n_people=9,
                n_entering=9,
                n_ideas=len(ideas) + (not is_finished),
                n_votes=9 * len(ideas),
            )
        )
        shares = [7, 1, 1, 0.7, 0.5, 0.9]
        for slot, idea in enumerate(ideas):
            self._add(
                OpinionScore(
                    snapshot_id=snapshot.id,
                    idea_id=idea.id,
                    slot=slot,
                    gain=0.01,
                    votes=9,
                    share=0.7,
                    common_ground=60.0,
                    low=40.0,
                    high=75.0,
                    order_score=float(-slot),
                    groups=[shares],
                    loadings=[0.1, 0.1, 0.4],
                )
            )
        if is_finished:
            self._add(OpinionGroup(snapshot_id=snapshot.id, number=0, size=9, x=0.5, y=0.5, spread_x=0.1, spread_y=0.1))
            snapshot.number, snapshot.finished_at = 1, now
            snapshot.state, snapshot.is_current = SnapshotState.FINISHED, True
            db.session.flush()
        return snapshot

    def shortlist(self, campaign: Campaign, ideas: list[Idea], size: int = 1, is_open: bool = True) -> Shortlist:
        """A shortlist of these ideas, opened a minute ago."""
        now = clock.now()
        newest = sa.select(sa.func.max(Shortlist.number)).where(Shortlist.campaign_id == campaign.id)
        shortlist = self._add(
            Shortlist(
                campaign_id=campaign.id,
                number=(db.session.scalar(newest) or 0) + 1,
                size=size,
                seed="5eed" * 8,
                opened_at=now - timedelta(minutes=1),
                opened_by_id=self.analyst().id,
            )
        )
        for place, idea in enumerate(ideas, start=1):
            row = ShortlistIdea(shortlist_id=shortlist.id, idea_id=idea.id, position=place)
            row.added_at = shortlist.opened_at
            self._add(row)
        if not is_open:
            shortlist.state, shortlist.closed_at = ShortlistState.CLOSED, now
            db.session.flush()
        return shortlist

    def slate(self, shortlist: Shortlist, ideas: list[Idea]) -> Slate:
        """The slate of a closed shortlist on which five people approved the first idea, and one the second too."""
        ballots = np.zeros((5, len(ideas)))
        ballots[:, 0] = 1
        ballots[0, 1:2] = 1
        choice = choose_slate(ballots, shortlist.size, seed=shortlist.seed, keys=[idea.id for idea in ideas])
        slate = Slate(shortlist_id=shortlist.id, n_people=5, seen_all_share=1.0, standing=SlateStanding.COMPLETE)
        slate.proof, slate.worst_by_approvals = choice.proof(), float(choice.worst_by_approvals)
        return self._add(slate)

    def run(
        self,
        campaign: Campaign | None = None,
        clusters: list[list[Idea]] | None = None,
        unthemed: list[Idea] | None = None,
        cluster_values: dict[str, Any] | None = None,
        loose: list[Idea] | None = None,
        copies: dict[int, int] | None = None,
        **values: Any,
    ) -> ThemeRun:
        """A finished, current run; without `clusters` it has one of two ideas. `loose` ideas are near the first one.

        :param copies: id of an idea in a cluster -> id of the idea of which it is a near-copy
        """
        campaign = campaign or self.campaign()
        if clusters is None:
            clusters = [[self.idea(campaign), self.idea(campaign)]]
        now = clock.now()
        n_themed = sum(map(len, clusters))
        defaults: dict[str, Any] = {
            "campaign_id": campaign.id,
            "state": RunState.FINISHED,
            "is_current": True,
            "n_ideas": n_themed + len(unthemed or ()) + len(loose or ()),
            "n_themed": n_themed,
            "data_cut_at": now,
            "finished_at": now,
            "parameters": {"random_state": 0},
            "versions": {"nlp": "test"},
        }
        wanted = defaults | values
        later = {name: wanted.pop(name) for name in ("state", "is_current", "finished_at")}
        run = self._add(ThemeRun(state=RunState.BUILDING, **wanted))  # a finished run takes in nothing more
        more = (cluster_values or {}) | {"copies_of": copies or {}}
        found = [self.cluster(run, ideas, number, **more) for number, ideas in enumerate(clusters, 1)]
        for idea in unthemed or ():
            self._add(UnthemedIdea(run_id=run.id, idea_id=idea.id, reason=UnthemedReason.TOO_FEW_FELLOWS))
        for idea in loose or ():
            reason = UnthemedReason.LOOSE
            self._add(UnthemedIdea(run_id=run.id, idea_id=idea.id, reason=reason, nearest_cluster_id=found[0].id))
        for name, value in later.items():
            setattr(run, name, value)
        db.session.flush()
        return run

    def cluster(self, run: ThemeRun, ideas: list[Idea], number: int = 1, **values: Any) -> Cluster:
        copies = values.pop("copies_of", {})
        defaults: dict[str, Any] = {
            "run_id": run.id,
            "number": number,
            "title": f"학교 태양광 설치 {number}",
            "size": len(ideas),
            "keywords": [{"word": "태양광", "score": 3.2, "count": len(ideas)}],
            "cohesion": 0.5,
        }
        cluster = self._add(Cluster(**(defaults | values)))
        for rank, idea in enumerate(ideas, start=1):
            place = {"run_id": run.id, "cluster_id": cluster.id, "idea_id": idea.id, "rank": rank, "score": 0.9}
            copy_of_id = copies.get(idea.id)
            self._add(ClusterMember(**place, is_representative=rank <= 3, copy_of_id=copy_of_id))
        return cluster

    def theme(self, campaign: Campaign | None = None, ideas: list[Idea] | None = None, **values: Any) -> Theme:
        """A theme made of a cluster; draft unless `state` says otherwise."""
        campaign = campaign or self.campaign()
        ideas = ideas if ideas is not None else [self.idea(campaign), self.idea(campaign)]
        if "run_id" not in values:
            values["run_id"] = self.run(campaign, [], is_current=False).id
        n = next(_numbers)
        defaults: dict[str, Any] = {
            "campaign_id": campaign.id,
            "title": f"학교 태양광 {n}",
            "summary": f"학교에 태양광을 답니다 [#{ideas[0].id}]." if ideas else "",
        }
        if values.get("state") in {ThemeState.APPROVED, ThemeState.REJECTED}:
            defaults |= {
                "decided_by_id": self.analyst().id,
                "decided_at": clock.now(),
                "decision_reason": "뜻이 모였습니다.",
            }
        theme = self._add(Theme(**(defaults | values)))
        for idea in ideas:
            link = ThemeIdea(theme_id=theme.id, idea_id=idea.id, campaign_id=campaign.id, source=MemberSource.MACHINE)
            self._add(link)
        return theme

    # ministries' side
    def approver(self, ministry: Ministry, **values: Any) -> Account:
        """An officer who may approve what colleagues wrote."""
        account = self.officer(ministry, **values)
        assert account.grant is not None
        account.grant.can_approve_answers = True
        db.session.flush()
        return account

    def referral(self, theme: Theme | None = None, ministry: Ministry | None = None, **values: Any) -> Referral:
        """A letter that has arrived nowhere yet, with its event, its clock and the theme's ideas quoted in it."""
        theme = theme or self.theme(state=ThemeState.APPROVED)
        n = next(_numbers)
        sent_at: datetime = values.get("sent_at") or clock.now()
        sent_on: date = sent_at.astimezone(clock.SEOUL).date()
        defaults: dict[str, Any] = {
            "theme_id": theme.id,
            "run_id": theme.run_id,
            "year": 2026,
            "number": n,
            "title": theme.title,
            "letter": f"검토를 부탁드립니다. {SCRIPT}",
            "sent_by_id": theme.decided_by_id,
            "sent_at": sent_at,
            "sent_on": sent_on,
            "due_on": answer_due(sent_on),
        }
        referral = self._add(Referral(**(defaults | values)))
        freeze_theme(theme)
        for position, member in enumerate(db.session.query(ThemeIdea).filter_by(theme_id=theme.id), start=1):
            idea = db.session.get_one(Idea, member.idea_id)
            quoted = {"referral_id": referral.id, "idea_id": idea.id, "position": position, "title": idea.title}
            self._add(ReferralIdea(**quoted, body=idea.body, is_representative=position <= 3))
        ministry = ministry or self.ministry()
        assignment = self._add(
            MinistryAssignment(referral_id=referral.id, ministry_id=ministry.id, is_lead=True, arrived_on=sent_on)
        )
        period_ends_on = values.get("due_on") or months_after(sent_on, 1)
        times = {"started_on": sent_on, "period_ends_on": period_ends_on, "due_on": referral.due_on}
        self._add(ResponseClock(part_id=assignment.id, **times))
        self.event(
            assignment,
            EventType.SENT,
            None,
            AssignmentState.SENT,
            at=sent_at,
            happened_on=sent_on,
            until_on=period_ends_on,
        )
        db.session.refresh(referral)
        return referral

    def event(
        self, assignment: MinistryAssignment, act: EventType, before: Any, after: Any, **values: Any
    ) -> ReferralEvent:
        defaults: dict[str, Any] = {
            "referral_id": assignment.referral_id,
            "part_id": assignment.id,
            "act": act,
            "actor_role": Role.SYSTEM,
            "state_before": before,
            "state_after": after,
            "happened_on": clock.today(),
        }
        return self._add(ReferralEvent(**(defaults | values)))

    def received(self, referral: Referral, state: AssignmentState = AssignmentState.REVIEWING) -> Referral:
        """The same letter, received and (unless `state` says otherwise) under review."""
        assignment = referral.lead
        if assignment.state is AssignmentState.SENT:
            assignment.acknowledged_at = clock.now()
            assignment.state = AssignmentState.ACKNOWLEDGED
            self.event(assignment, EventType.RECEIVED, AssignmentState.SENT, AssignmentState.ACKNOWLEDGED)
        if assignment.state is AssignmentState.ACKNOWLEDGED and state is AssignmentState.REVIEWING:
            assignment.state = AssignmentState.REVIEWING
            self.event(assignment, EventType.REVIEW_STARTED, AssignmentState.ACKNOWLEDGED, AssignmentState.REVIEWING)
        db.session.flush()
        return referral

    def answer(self, referral: Referral | None = None, **values: Any) -> Answer:
        """A published answer of the referral's lead ministry, written by one officer and approved by another."""
        referral = referral or self.referral()
        ministry = referral.lead.ministry
        defaults: dict[str, Any] = {
            "referral_id": referral.id,
            "decision": Decision.ACCEPTED,
            "reason": f"내년 예산에 담겠습니다. {SCRIPT}",
            "published_at": clock.now(),
        }
        values = defaults | values
        values.setdefault("author_id", self.officer(ministry).id)
        if values["published_at"]:
            values.setdefault("approved_by_id", self.approver(ministry).id)
        answer = self._add(Answer(**values))
        if answer.published_at:
            self._publish(referral, answer)
        else:
            self._add(AnswerWriter(answer_id=answer.id, account_id=answer.author_id, revision=answer.revision))
        db.session.flush()
        db.session.refresh(referral)
        return answer

    def _publish(self, referral: Referral, answer: Answer) -> None:
        assignment = self.received(referral).lead
        act = EventType.ANSWERED if assignment.state is AssignmentState.REVIEWING else EventType.REVISED
        assert answer.published_at is not None
        day = answer.published_at.astimezone(clock.SEOUL).date()
        if act is EventType.ANSWERED:
            assignment.clock.ended_on, assignment.clock.outcome = (
                max(day, assignment.clock.started_on),
                ClockEnd.ANSWERED,
            )
        more = {"answer_version": answer.version, "at": answer.published_at, "happened_on": day}
        self.event(assignment, act, assignment.state, AssignmentState.ANSWERED, **more)
        assignment.state = AssignmentState.ANSWERED

    def publish(self, referral: Referral, officer: Account, draft: Any, seen_version: int = 0) -> Answer:
        """An answer that walks the whole way through the services: written, submitted, approved by a colleague."""
        from forum.response.answers.services import approve_answer, save_draft, submit_draft

        answer = save_draft(referral, officer, draft, seen_version)
        submit_draft(answer, officer, answer.revision)
        return approve_answer(answer, self.approver(referral.lead.ministry), answer.revision)

    def milestone(self, answer: Answer, **values: Any) -> Milestone:
        defaults: dict[str, Any] = {
            "answer_id": answer.id,
            "title": "시범 학교 열 곳 고르기",
            "due_on": clock.today() + timedelta(days=60),
        }
        return self._add(Milestone(**(defaults | values)))

    def rating_round(self, milestone: Milestone | None = None, **values: Any) -> RatingRound:
        """The first round about a milestone that its ministry marked done today, of an answer to a letter."""
        if milestone is None:
            done = {"percent_done": 100, "is_closed": True, "finished_on": clock.today()}
            campaign = self.campaign()
            theme = self.theme(campaign, state=ThemeState.APPROVED, run_id=self.run(campaign, []).id)
            milestone = self.milestone(self.answer(self.referral(theme)), **done)
        return self._add(RatingRound(**({"milestone_id": milestone.id} | values)))

    def rating(self, round: RatingRound, person: Account | None = None, **values: Any) -> MilestoneRating:
        """What somebody says in a round who voted before it: 3 of 10 and a comment unless told otherwise."""
        from forum.response.delivery.queries import may_rate

        person = person or self.citizen()
        members = round.milestone.answer.referral.theme.members
        if members and not may_rate(person.participant.id, round):
            with clock.at(round.opened_at - timedelta(minutes=1)):
                self.vote(members[0].idea, person)
        defaults: dict[str, Any] = {
            "round_id": round.id,
            "author_id": person.participant.id,
            "happened": Happened.PARTLY,
            "helps": 3,
            "comment": f"아직 두 곳뿐이에요. {SCRIPT}",
        }
        return self._add(MilestoneRating(**(defaults | values)))

    def pledge(self, theme: Theme | None = None, person: Account | None = None, **values: Any) -> Pledge:
        """Somebody's own weekly pledge for a theme, since today; a theme with an accepted answer by default."""
        if theme is None:
            campaign = self.campaign()
            theme = self.theme(campaign, state=ThemeState.APPROVED, run_id=self.run(campaign, []).id)
            self.answer(self.referral(theme))
        person = person or self.citizen()
        defaults: dict[str, Any] = {
            "author_id": person.participant.id,
            "theme_id": theme.id,
            "item": "walk_short_trips",
            "rhythm": Rhythm.WEEK,
            "starts_on": clock.today(),
        }
        return self._add(Pledge(**(defaults | values)))

    def check_in(self, pledge: Pledge, day: date | None = None, **values: Any) -> CheckIn:
        """One week of a pledge that was kept: the week of `day`, by default of today."""
        day = day or clock.today()
        monday = day - timedelta(days=day.weekday())
        defaults: dict[str, Any] = {
            "pledge_id": pledge.id,
            "period_from": monday,
            "period_until": monday + timedelta(days=6),
            "recorded_on": day,
            "outcome": CheckInOutcome.DONE,
        }
        return self._add(CheckIn(**(defaults | values)))

    # the council
    def term(self, **values: Any) -> CouncilTerm:
        """A term of two years, which began today."""
        today = clock.today()
        defaults: dict[str, Any] = {
            "number": next(_numbers),
            "starts_on": today,
            "ends_on": today + timedelta(days=730),
        }
        return self._add(CouncilTerm(**(defaults | values)))

    def seat(self, term: CouncilTerm | None = None, account: Account | None = None, **values: Any) -> Seat:
        """A civil member with an account of the council's role, unless told otherwise."""
        n = next(_numbers)
        term = term or self.term()
        if account is None and "account_id" not in values:
            account = self.account(Role.COUNCIL_MEMBER)
        defaults: dict[str, Any] = {
            "term_id": term.id,
            "kind": CouncilSeat.CIVIL,
            "name": f"위원{n}",
            "office": f"초록모임 대표 {SCRIPT}",
            "account_id": account.id if account else None,
        }
        return self._add(Seat(**(defaults | values)))

    def chairs(self, term: CouncilTerm) -> tuple[Seat, Seat]:
        """The two joint chairs of a term: the civil and the government member."""
        civil = self.seat(term, is_chair=True)
        return civil, self.seat(term, kind=CouncilSeat.GOVERNMENT, is_chair=True, office="환경부 차관")

    def council_group(
        self,
        term: CouncilTerm | None = None,
        seats: Sequence[Seat] = (),
        kind: GroupKind = GroupKind.SUBCOMMITTEE,
        **values: Any,
    ) -> CouncilGroup:
        """A sub-committee of these seats, unless told otherwise."""
        term = term or self.term()
        defaults: dict[str, Any] = {"term_id": term.id, "kind": kind, "name": f"{kind.label} {next(_numbers)}"}
        group = self._add(CouncilGroup(**(defaults | values)))
        for seat in seats:
            self._add(GroupSeat(group_id=group.id, seat_id=seat.id, term_id=term.id))
        return group

    def team_member(self, group: CouncilGroup | None = None, account: Account | None = None) -> TeamMember:
        """A citizen in a people's-forum team."""
        group = group or self.council_group(kind=GroupKind.TEAM)
        return self._add(TeamMember(group_id=group.id, account_id=(account or self.citizen()).id))

    def council_round(
        self,
        term: CouncilTerm | None = None,
        campaign: Campaign | None = None,
        present: StageKind | None = StageKind.LONG_LIST,
        weights: Sequence[int] = (60, 40),
        **values: Any,
    ) -> CouncilRound:
        """A round of 12 to 7 whose stages before `present` are decided, and which is open at it; None: planned.

        Its criteria are there too, with these weights.
        """
        term = term or self.term()
        defaults: dict[str, Any] = {
            "term_id": term.id,
            "campaign_id": (campaign or self.campaign()).id,
            "number": next(_numbers),
            "title": f"대표과제 고르기 {SCRIPT}",
            "seed": "0123456789abcdef" * 2,
            "state": RoundState.RUNNING if present else RoundState.PLANNED,
        }
        round_ = self._add(CouncilRound(**(defaults | values)))
        for place, weight in enumerate(weights, start=1):
            self._add(Criterion(round_id=round_.id, position=place, name=f"기준 {place}", weight=weight))
        today, kinds = clock.today(), list(StageKind)
        at = kinds.index(present) if present else -1
        for place, kind in enumerate(kinds):
            stage = RoundStage(
                round_id=round_.id,
                kind=kind,
                position=place + 1,
                starts_on=today + timedelta(days=7 * (place - at)),
                ends_on=today + timedelta(days=7 * (place - at) + 6),
                n_on=7 if kind is StageKind.ASSEMBLY else 12,
            )
            if place <= at:
                stage.state, stage.opened_at = StageState.OPEN, clock.now()
            if place < at:
                stage.state, stage.closed_at, stage.decided_at = StageState.DECIDED, clock.now(), clock.now()
            db.session.add(stage)
        db.session.flush()
        db.session.refresh(round_, ["stages"])
        return round_

    def task(
        self, round_: CouncilRound | None = None, ideas: Sequence[Idea] | None = None, **values: Any
    ) -> CouncilTask:
        """A task from one idea of the round's campaign, unless told otherwise."""
        round_ = round_ or self.council_round()
        n = next(_numbers)
        if ideas is None:
            ideas = [] if values.get("has_words") is False else [self.idea(campaign=round_.campaign)]
        defaults: dict[str, Any] = {
            "round_id": round_.id,
            "number": n,
            "title": f"학교 지붕에 햇빛 발전소 {n} {SCRIPT}",
            "summary": "학교 지붕에 태양광을 놓고 학생이 함께 운영해요.",
            "source": TaskSource.IDEA,
            "lead_idea_id": ideas[0].id if ideas else None,
            "has_words": bool(ideas),
            "added_by_id": self.account(Role.ANALYST).id,
        }
        task = self._add(CouncilTask(**(defaults | values)))
        for idea in ideas:
            db.session.add(TaskIdea(task_id=task.id, idea_id=idea.id))
        db.session.flush()
        return task

    def scorecard(self, task: CouncilTask, member: Member | None = None, value: int = 3, **values: Any) -> Scorecard:
        """One member's scores of a task at the round's present stage, the same on each criterion: 3 by default."""
        stage = task.round.present_stage
        assert stage is not None
        member = member or Member(seat=self.seat(task.round.term))
        account = db.session.get_one(Account, member.account_id)
        defaults: dict[str, Any] = {
            "stage_id": stage.id,
            "task_id": task.id,
            "author_id": account.participant.id,
            "reason": f"준비가 더 필요해요. {SCRIPT}",
        }
        card = self._add(Scorecard(**(defaults | member.columns() | values)))
        for criterion in db.session.scalars(sa.select(Criterion).where(Criterion.round_id == task.round_id)):
            self._add(CriterionScore(scorecard_id=card.id, criterion_id=criterion.id, value=value))
        return card

    def stage_result(self, stage: RoundStage) -> StageResult:
        """Close a stage and publish what its cards give, without drawing members anew."""
        if stage.state is StageState.OPEN:
            stage.state, stage.closed_at = StageState.CLOSED, clock.now()
            db.session.flush()
        read = read_cards(stage.id)
        ranked = rank_tasks(read.tables, [weight for _id, weight in read.criteria], seed=read.seed, draws=0)
        weights = {str(key): weight for key, weight in read.criteria}
        parameters = {"seed": read.seed, "draws": 0, "weights": weights}
        return publish_result(stage, None, ranked, read.ids, read.n_cards, read.n_taken_out, parameters)

    def hearing(self, task: CouncilTask | None = None, **values: Any) -> Hearing:
        """A hearing planned for tomorrow."""
        defaults: dict[str, Any] = {
            "task_id": (task or self.task()).id,
            "starts_at": clock.now() + timedelta(days=1),
            "place": "정부청사 회의실",
            "created_by_id": self.account(Role.ANALYST).id,
        }
        return self._add(Hearing(**(defaults | values)))

    def invitation(
        self, hearing: Hearing | None = None, person: Account | None = None, **values: Any
    ) -> HearingInvitation:
        """A proposer of the hearing's task who was asked to explain it."""
        hearing = hearing or self.hearing()
        if person is None:
            idea = hearing.task.lead_idea
            author_id = idea.author_id if idea else self.citizen().participant.id
        else:
            author_id = person.participant.id
        return self._add(HearingInvitation(**({"hearing_id": hearing.id, "author_id": author_id} | values)))

    def question(self, hearing: Hearing | None = None, person: Account | None = None, **values: Any) -> HearingQuestion:
        """A citizen's question sent ahead."""
        defaults: dict[str, Any] = {
            "hearing_id": (hearing or self.hearing()).id,
            "author_id": (person or self.citizen()).participant.id,
            "text": f"돈은 얼마나 드나요? {SCRIPT}",
        }
        return self._add(HearingQuestion(**(defaults | values)))

    def signed_opinion(self, person: Account | None = None, **values: Any) -> SignedOpinion:
        """What an invited expert has sent about a task."""
        about = {} if values.get("theme_id") or values.get("task_id") else {"task_id": self.task().id}
        defaults: dict[str, Any] = {
            "author_id": (person or self.citizen(birth_year=1980)).participant.id,
            "name": "온새미",
            "affiliation": "예시연구소",
            "text": f"먼저 날을 정해야 해요. {SCRIPT}",
            "sent_at": clock.now(),
            "invited_by_id": self.account(Role.ANALYST).id,
        }
        return self._add(SignedOpinion(**(defaults | about | values)))

    def meeting(self, term: CouncilTerm | None = None, **values: Any) -> CouncilMeeting:
        """A meeting planned for tomorrow, without an agenda."""
        defaults: dict[str, Any] = {
            "term_id": (term or self.term()).id,
            "number": next(_numbers),
            "title": f"총회 {SCRIPT}",
            "starts_at": clock.now() + timedelta(days=1),
            "ends_at": clock.now() + timedelta(days=1, hours=2),
            "place": "정부청사 대회의실",
        }
        if values.get("state") in {MeetingState.OPEN, MeetingState.CLOSED}:
            defaults["opened_at"] = clock.now()
        if values.get("state") is MeetingState.CLOSED:
            defaults["closed_at"] = clock.now()
        return self._add(CouncilMeeting(**(defaults | values)))

    def agenda_item(
        self, meeting: CouncilMeeting | None = None, task: CouncilTask | None = None, **values: Any
    ) -> AgendaItem:
        """An item of the agenda: a paper without a task unless one is given."""
        n = next(_numbers)
        defaults: dict[str, Any] = {
            "meeting_id": (meeting or self.meeting()).id,
            "position": n,
            "title": f"안건 {n} {SCRIPT}",
            "task_id": task.id if task else None,
        }
        return self._add(AgendaItem(**(defaults | values)))

    def attendance(self, meeting: CouncilMeeting, seat: Seat, **values: Any) -> Attendance:
        """A member who is present in person."""
        defaults: dict[str, Any] = {"meeting_id": meeting.id, "seat_id": seat.id, "way": AttendanceWay.IN_PERSON}
        return self._add(Attendance(**(defaults | values)))

    def motion(self, item: AgendaItem | None = None, is_open: bool = True, **values: Any) -> Motion:
        """A yes-or-no motion that is open; of a meeting that is open, unless an item is given."""
        item = item or self.agenda_item(self.meeting(state=MeetingState.OPEN))
        defaults: dict[str, Any] = {
            "item_id": item.id,
            "number": next(_numbers),
            "text": f"이 계획을 확정할까요? {SCRIPT}",
            "rule": MotionRule.MAJORITY,
            "tie_rule": TieRule.FAILS,
            "state": MotionState.OPEN if is_open else MotionState.PLANNED,
            "opened_at": clock.now() if is_open else None,
        }
        return self._add(Motion(**(defaults | values)))

    def ballot(self, motion: Motion, seat: Seat, choice: Choice = Choice.YES, **values: Any) -> MotionBallot:
        """An open ballot of a member who is present."""
        return self._add(
            MotionBallot(**({"motion_id": motion.id, "seat_id": seat.id, "choice": choice, "approved": []} | values))
        )

    def advisory_slate(self, round_: CouncilRound, tasks: Sequence[CouncilTask], **values: Any) -> AdvisorySlate:
        """A members' list: five members rated all of these tasks and approved the first `n_chosen`."""
        ballots = np.zeros((5, len(tasks)))
        ballots[:, : round_.n_chosen] = 1
        by_number = {task.number: task.id for task in tasks}
        choice = choose_slate(ballots, round_.n_chosen, seed=round_.seed, keys=list(by_number))
        proof = choice.proof()
        defaults: dict[str, Any] = {
            "round_id": round_.id,
            "side": AdvisorySide.MEMBERS,
            "n_people": 5,
            "standing": SlateStanding.COMPLETE,
            "tasks": [by_number[item["idea"]] for item in proof["items"]],
            "proof": proof,
        }
        return self._add(AdvisorySlate(**(defaults | values)))

    def data_need(self, about: Any = None, author: Account | None = None, **values: Any) -> DataNeed:
        """A citizen's open question about an idea, or about another thing."""
        about = about if about is not None else self.idea()
        subject = of_thing(about)
        defaults: dict[str, Any] = {
            "author_id": (author or self.citizen()).participant.id,
            "campaign_id": subject.campaign.id,
            subject.kind.column: about.id,
            "question": f"상가는 밤에 전기를 얼마나 쓰나요? {SCRIPT}",
            "wanted": f"건물 유형마다 시간대별 전기 사용량 {SCRIPT}",
            "benefit": f"어디부터 줄일지 정할 수 있어요. {SCRIPT}",
        }
        return self._add(DataNeed(**(defaults | values)))

    def need_join(self, need: DataNeed, person: Account | None = None) -> NeedJoin:
        """Somebody else who wants to know."""
        return self._add(NeedJoin(need_id=need.id, participant_id=(person or self.citizen()).participant.id))

    def need_offer(self, need: DataNeed, dataset: Dataset | None = None, **values: Any) -> NeedOffer:
        """A dataset that an analyst offered for a need."""
        by = values.pop("offered_by_id", None) or self.analyst().id
        offer = self._add(NeedOffer(need_id=need.id, dataset_id=(dataset or self.dataset()).id, offered_by_id=by))
        need.state = NeedState.OFFERED
        db.session.flush()
        return offer

    def data_use(self, about: Any = None, author: Account | None = None, **values: Any) -> DataUse:
        """What a citizen found out with an open dataset, public at once, with a chart."""
        about = about if about is not None else self.idea()
        subject, need = of_thing(about), values.get("need")
        defaults: dict[str, Any] = {
            "author_id": (author or self.citizen()).participant.id,
            "campaign_id": subject.campaign.id,
            subject.kind.column: about.id,
            "need_id": need.id if need else None,
            "written_as": WrittenAs.PERSON,
            "title": f"병원이 전기를 가장 많이 써요 {SCRIPT}",
            "finding": f"1m²에 쓴 전기를 유형마다 나누었어요. {SCRIPT}",
            "chart_title": f"1m²에 쓴 전기 {SCRIPT}",
            "chart_unit": "kWh",
            "chart_rows": [["병원", 17.8], ["학교", 5]],
            "state": UseState.PUBLISHED,
            "needs_check": values.get("state") is UseState.WAITING,
            "created_at": (now := clock.now()),
            "published_at": None if values.get("state") is UseState.WAITING else now,
        }
        if "datasets" not in values:
            kind = Sensitivity.AGGREGATE if values.get("state") is UseState.WAITING else Sensitivity.OPEN
            defaults["datasets"] = [self.dataset(state=DatasetState.OFFERED, sensitivity=kind)]
        return self._add(DataUse(**(defaults | values)))

    def commission(self, task: CouncilTask | None = None, **values: Any) -> Commission:
        """A chosen task whose letter has gone to a ministry."""
        task = task or self.task(state=TaskState.CHOSEN)
        if "referral_id" not in values:
            ideas = [one.idea for one in task.ideas]
            theme = self.theme(task.round.campaign, ideas, state=ThemeState.APPROVED)
            values["referral_id"] = self.referral(theme).id
        return self._add(Commission(**({"task_id": task.id, "sent_by_id": self.account(Role.ANALYST).id} | values)))

    def data_holder(self, **values: Any) -> DataHolder:
        """A company with an office that answers."""
        defaults = {
            "name": f"예시 기업 {next(_numbers)} <script>",
            "kind": HolderKind.COMPANY,
            "contact_office": "데이터팀",
            "contact_email": "data@example.org",
        }
        if "created_by_id" not in values:
            values["created_by_id"] = self.analyst().id
        return self._add(DataHolder(**(defaults | values)))

    def data_steward(self, holder: DataHolder | None = None, account: Account | None = None) -> DataSteward:
        """Somebody who speaks for a holder now."""
        holder, account = holder or self.data_holder(), account or self.citizen()
        return self._add(DataSteward(holder_id=holder.id, account_id=account.id, added_by_id=holder.created_by_id))

    def dataset(self, holder: DataHolder | None = None, **values: Any) -> Dataset:
        """Open data that is talked about; an offered one has a published version, an ended one a reason."""
        holder = holder or self.data_holder()
        defaults: dict[str, Any] = {
            "holder_id": holder.id,
            "title": f"자료 {next(_numbers)} <script>",
            "summary": "건물마다 쓴 전기를 모은 자료예요. <script>",
            "keywords": ["전기"],
            "sector": Sector.BUILDING,
            "row_means": "건물 유형 하나의 한 달",
            "refresh": Refresh.MONTHLY,
            "sensitivity": Sensitivity.OPEN,
            "licence": Licence.CC_BY_4,
            "state": DatasetState.TALKING,
            "proposed_by_id": holder.created_by_id,
        }
        state = values.get("state", DatasetState.TALKING)
        if state is DatasetState.OFFERED:
            defaults["offered_at"] = clock.now()
        if state is DatasetState.ENDED:
            defaults |= {"ended_at": clock.now(), "end_reason": "더 모으지 않아요."}
        dataset = self._add(Dataset(**(defaults | values)))
        if state is DatasetState.OFFERED:
            self.dataset_version(dataset)
        refresh_points(dataset)
        dataset.quality_points = values.get("quality_points", dataset.quality_points)
        return dataset

    def dataset_version(self, dataset: Dataset | None = None, published: bool = True, **values: Any) -> DatasetVersion:
        """A version with a dictionary of three columns and a sample row."""
        dataset = dataset or self.dataset()
        defaults: dict[str, Any] = {
            "dataset_id": dataset.id,
            "number": 1,
            "sample_rows": [["2026-01-01", "학교", "12.5"]],
            "created_by_id": dataset.proposed_by_id,
        }
        if published and values.get("number", 1) > 1:
            defaults["changes"] = "열의 뜻을 더 적었어요."
        version = DatasetVersion(**(defaults | values))
        names = (("달", ColumnType.DATE, ""), ("유형", ColumnType.CODE, ""), ("사용량", ColumnType.NUMBER, "kWh"))
        version.columns = [
            DatasetColumn(position=n, name=name, meaning=f"{name}의 뜻 <script>", type=kind, unit=unit)
            for n, (name, kind, unit) in enumerate(names)
        ]
        self._add(version)
        if published:
            version.published_at = clock.now()
            db.session.flush()
            refresh_points(dataset)
        return version

    def data_file(self, version: DatasetVersion | None = None, text: str = "", **values: Any) -> DataFile:
        """A file that was checked and is given out, with its bytes in the store."""
        version = version or self.dataset_version(self.dataset())
        data = (text or "달,유형,사용량\n" + "2026-01-01,학교,12.5\n" * 6).encode()
        sha256 = hashlib.sha256(data).hexdigest()
        current_store().put(sha256, data)
        keep_file(sha256, len(data), "text/csv")
        defaults: dict[str, Any] = {
            "version_id": version.id,
            "name": "전기 <script>.csv",
            "size_bytes": len(data),
            "sha256": sha256,
            "crc32": zlib.crc32(data),
            "blob_sha256": sha256,
            "encoding": "UTF-8",
            "state": DataFileState.READY,
            "n_rows": data.count(b"\n") - 1,
            "report": {"problems": [], "missing": {}, "groups": None, "small_rows": None},
            "checked_at": clock.now(),
        }
        if values.get("state") is DataFileState.WITHDRAWN:
            defaults |= {"blob_sha256": None, "withdrawn_at": clock.now(), "reason": "잘못된 달이 있어요."}
        file = self._add(DataFile(**(defaults | values)))
        refresh_points(version.dataset)
        return file

    def data_panel_seat(self, account: Account | None = None, **values: Any) -> PanelSeat:
        """Somebody who reviews requests for data for the public."""
        account = account or self.citizen()
        defaults = {"account_id": account.id, "added_by_id": account.id}
        return self._add(PanelSeat(**(defaults | values)))

    def data_criteria(self, number: int | None = None, published_by_id: int | None = None) -> DataCriteria:
        """An edition of two criteria."""
        items = [
            DataCriterion(position=at, question=f"{at}번째 기준인가요? {SCRIPT}", explanation=f"설명 {SCRIPT}")
            for at in range(2)
        ]
        by = published_by_id or self.analyst().id
        return self._add(DataCriteria(number=number or next(_numbers), published_by_id=by, items=items))

    def restricted_dataset(self, holder: DataHolder | None = None, **values: Any) -> Dataset:
        """A dataset on offer that people have to ask for."""
        closed = {"sensitivity": Sensitivity.RESTRICTED, "licence": Licence.TERMS, "terms": f"목적에만 써요. {SCRIPT}"}
        return self.dataset(holder, **({"state": DatasetState.OFFERED} | closed | values))

    def data_request(self, dataset: Dataset | None = None, author: Account | None = None, **values: Any) -> DataRequest:
        """A request that is being reviewed, by an edition of criteria of its own unless one is given."""
        today = clock.today()
        defaults: dict[str, Any] = {
            "dataset_id": (dataset or self.restricted_dataset()).id,
            "author_id": (author or self.citizen()).participant.id,
            "use_kind": UseKind.RESEARCH,
            "purpose": f"어느 때 자전거가 모자라는지 보려고 해요. {SCRIPT}",
            "users": f"학생 3명 {SCRIPT}",
            "n_users": 3,
            "safeguards": f"잠긴 컴퓨터에 두어요. {SCRIPT}",
            "from_on": today,
            "until_on": today + timedelta(days=100),
            "panel_due_on": today + timedelta(days=14),
            "due_on": today + timedelta(days=28),
        }
        if "criteria_id" not in values:
            defaults["criteria_id"] = self.data_criteria().id
        if values.get("state") in {RequestState.WITHDRAWN, RequestState.REVOKED}:
            defaults["closed_at"] = clock.now()
        return self._add(DataRequest(**(defaults | values)))

    def data_review(self, request: DataRequest, reviewer: Account | None = None, **values: Any) -> RequestReview:
        """A member of the panel finds that the data may be given."""
        defaults: dict[str, Any] = {
            "request_id": request.id,
            "round": request.round,
            "author_id": (reviewer or self.citizen()).participant.id,
            "marks": {str(one.id): Mark.YES.name for one in request.criteria.items},
            "verdict": Verdict.FIT,
            "words": f"쓰임이 분명해요. {SCRIPT}",
        }
        return self._add(RequestReview(**(defaults | values)))

    def data_decision(self, request: DataRequest, approved: bool = True, **values: Any) -> RequestDecision:
        """What the holder decided: with terms where it approved, not accepted yet."""
        defaults: dict[str, Any] = {
            "request_id": request.id,
            "round": request.round,
            "is_approved": approved,
            "reason": f"심사위원의 의견을 따라요. {SCRIPT}",
            "by_holder": True,
            "decided_by_id": values.get("decided_by_id") or self.analyst().id,
            "due_on": request.due_on,
        }
        decision = self._add(RequestDecision(**(defaults | values)))
        request.state = RequestState.APPROVED if approved else RequestState.REFUSED
        db.session.flush()
        if approved:
            self.data_terms(request)
        return decision

    def data_terms(self, request: DataRequest, **values: Any) -> RequestTerms:
        """One more edition of the terms of an approval."""
        defaults: dict[str, Any] = {
            "request_id": request.id,
            "number": len(request.terms) + 1,
            "until_on": request.until_on,
            "most_users": 3,
            "publishing": Publishing.FIGURES,
            "may_join": False,
            "erase_within_days": 30,
            "must_report": True,
            "set_by_id": self.analyst().id,
        }
        terms = self._add(RequestTerms(**(defaults | values)))
        db.session.expire(request, ["terms"])
        return terms

    def data_acceptance(self, request: DataRequest, **values: Any) -> TermsAcceptance:
        """The person accepts the terms as they stand."""
        terms = request.terms[-1]
        accepted = TermsAcceptance(**({"terms_id": terms.id, "terms_sha256": fingerprint(terms)} | values))
        self._add(accepted)
        db.session.expire(terms, ["acceptances"])
        return accepted
