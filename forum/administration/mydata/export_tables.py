"""Which tables and columns a person's data export contains, and why others are left out.

Every exported column is named here. `tests/project/test_mydata.py` fails for each table with personal data, and each of
its columns, that is neither exported nor left out with a reason. Headings and reasons are in Korean: they are printed
in the CSV files and in README.txt.

The export identifies nobody else: not who reported or hid something or granted a role, no guardian's or child's name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from forum.analysis.opinions.models import OpinionConsent
from forum.analysis.shortlists.models import ShortlistVoter
from forum.core.database import Base
from forum.core.i18n import _
from forum.deliberation.advisory.models import FinalistRating
from forum.deliberation.council.models import Seat, TeamMember
from forum.deliberation.gatherings.models import Gathering, GatheringHelper, Registration
from forum.deliberation.hearings.models import (
    HearingFile,
    HearingInvitation,
    HearingQuestion,
    QuestionVote,
    SignedOpinion,
)
from forum.deliberation.joint.models import JointSession, RoomAction
from forum.deliberation.meetings.models import Attendance, MotionBallot
from forum.deliberation.minutes.models import GatheringMinutes, MinutesAnswer, MinutesQuote
from forum.deliberation.rooms.models import GatheringEntry, GatheringTablet, IdeaRoom
from forum.deliberation.rounds.models import ConflictStatement, CouncilTask
from forum.deliberation.scorecards.models import Criterion, CriterionScore, Scorecard
from forum.people.accounts.identity import email_key
from forum.people.accounts.models import Account, Participant, RoleGrant
from forum.people.follows.models import Follow
from forum.people.passes.models import GuestPass
from forum.people.policies.models import PolicyAgreement
from forum.people.signin.models import SigninAttempt
from forum.publication.subscriptions.models import DigestSubscription
from forum.response.certificates.models import Certificate, NameConsent
from forum.response.datafiles.models import DataDownload
from forum.response.dataneeds.models import DataNeed, NeedJoin, NeedOffer
from forum.response.datarequests.models import (
    DataCriteria,
    DataRequest,
    PanelSeat,
    RequestAppeal,
    RequestDecision,
    RequestReview,
    RequestTerms,
    TermsAcceptance,
)
from forum.response.datasets.models import DataSteward
from forum.response.datauses.models import DataUse, DataUseDataset
from forum.response.delivery.models import MilestoneRating, RatingRound
from forum.response.pledges.models import CheckIn, Pledge
from forum.response.referrals.models import Milestone, ReferralIdea, ReferralIdeaRoom
from forum.response.shortpath.models import EverydayCheck
from forum.system.audit.models import AuditEntry
from forum.system.notices.models import MailOptOut, Notice, OutboxMail
from forum.system.texts.models import TextCount
from forum.system.texts.queries import is_about_a_text_of, written_by
from forum.voice.everyday.models import EverydayDetails
from forum.voice.guardians.models import ConsentHiddenText, GuardianConsent
from forum.voice.ideas.models import (
    SHOWN_STATES,
    Comment,
    CommentOriginal,
    Idea,
    IdeaDraft,
    IdeaOriginal,
    IdeaRevision,
)
from forum.voice.integrity.models import ExclusionCase, VoteFinding, VoteFindingPerson
from forum.voice.moderation.models import Hiding, Report
from forum.voice.photos.models import IdeaPhoto
from forum.voice.votes.models import Vote, VoteEvent, VoteExclusion
from forum.web.form_recovery import RefusedForm


@dataclass(frozen=True)
class DataSubject:
    """The person whose data is exported."""

    account_id: int
    participant_id: int
    email: str
    is_confirmed: bool
    signin_hash: str
    """The keyed hash of the address in `signin_attempt`."""


RowFilter = Callable[[DataSubject], sa.ColumnElement[bool]]


@dataclass(frozen=True)
class ExportTable:
    """The rows of one table that are about a person: a CSV file and a key of me.json, both called `name`."""

    name: str
    about: str
    model: type[Base]
    owned_by: RowFilter
    columns: Mapping[str, str]
    """Column -> heading, in file order."""
    excluded: Mapping[str, str] = field(default_factory=dict)
    """Column -> reason why it is left out."""
    extra: Mapping[str, tuple[str, sa.ColumnElement[Any]]] = field(default_factory=dict)
    """Name -> heading and a value that is looked up for each row."""

    @property
    def table(self) -> sa.Table:
        table = self.model.__table__
        assert isinstance(table, sa.Table)
        return table

    @property
    def headings(self) -> dict[str, str]:
        return dict(self.columns) | {name: heading for name, (heading, _value) in self.extra.items()}

    def rows(self, subject: DataSubject) -> sa.Select[Any]:
        """Return a SELECT of the person's rows, oldest first."""
        looked_up = [value.label(name) for name, (_heading, value) in self.extra.items()]
        chosen = [self.table.c[name] for name in self.columns]
        return sa.select(*chosen, *looked_up).where(self.owned_by(subject)).order_by(*self.table.primary_key.columns)


CREDENTIAL = "로그인과 비밀번호에 쓰는 비밀 값이라 뺐어요."
DERIVED = "다른 칸에 있는 것을 기계가 바꿔 적은 값이라 뺐어요."
OTHERS = "다른 사람이 누구인지 알 수 있는 값이라 뺐어요."
ALWAYS_OWN_TASK = _("위원이 낸 과제에는 없거나 언제나 같은 값이에요.")
COUNCIL_WORK = _("협의회가 과제를 나눈 값이에요. 과제 화면에서 볼 수 있어요.")
ALWAYS_ME = "언제나 나라서 뺐어요."
OF_ITS_AUTHOR = _("다른 사람이 적은 것이라 뺐어요. 공개된 것은 그 화면에서 볼 수 있어요.")
OF_A_CHECKED_USE = tuple(
    column.name
    for column in DataUse.__table__.columns
    if column.name not in {"id", "state", "reason", "checked_at", "checked_by_id"}
)
"""Columns of what somebody else found out with data, in the part of whoever checked it."""
NO_PASS = _("계정으로 참여한 사람에게는 없는 값이에요.")
DELIVERY_DETAILS = "메일을 보내는 기계의 사정을 적은 값이라 뺐어요."
ENTRY_OF_ROOM = _("모임방에서 나를 가리키는 번호예요. 모임방의 참여 기록에 있어요.")
STAFF_REMINDER = _("분석가의 일을 돕는 값이에요. 사람에 대한 것은 없어요.")
ALREADY_MAILED = "메일 본문은 이미 메일로 보내 드렸어요. 열쇠가 되는 링크가 들어 있어 여기에는 뺐어요."


def _requests_of(subject: DataSubject) -> sa.Select[int]:
    return sa.select(DataRequest.id).where(DataRequest.author_id == subject.participant_id)


def _terms_of(subject: DataSubject) -> sa.Select[int]:
    return sa.select(RequestTerms.id).where(RequestTerms.request_id.in_(_requests_of(subject)))


def _me_and_my_passes(subject: DataSubject) -> sa.Select[int]:
    """Select the person's own participant and those of the passes that they joined."""
    passes = sa.select(GuestPass.id).where(GuestPass.joined_to_id == subject.account_id)
    own = Participant.id == subject.participant_id
    return sa.select(Participant.id).where(sa.or_(own, Participant.guest_pass_id.in_(passes)))


def _acted_for(subject: DataSubject, rows: type[Attendance] | type[MotionBallot]) -> sa.ColumnElement[bool]:
    """Select what the person did for a seat: as its member, or in the member's place."""
    own = sa.select(Seat.id).where(Seat.account_id == subject.account_id)
    stood_in = sa.select(Seat.id).where(Seat.substitute_id == subject.account_id)
    as_member = sa.and_(rows.seat_id.in_(own), ~rows.by_substitute)
    return sa.or_(as_member, sa.and_(rows.seat_id.in_(stood_in), rows.by_substitute))


def _ideas(subject: DataSubject) -> sa.Select[int]:
    return sa.select(Idea.id).where(Idea.author_id == subject.participant_id)


def _milestone_title() -> sa.ColumnElement[str]:
    return (
        sa.select(Milestone.title)
        .join(RatingRound, RatingRound.milestone_id == Milestone.id)
        .where(RatingRound.id == MilestoneRating.round_id)
        .correlate(MilestoneRating)
        .scalar_subquery()
    )


def _seats(subject: DataSubject) -> sa.Select[int]:
    return sa.select(Seat.id).where(Seat.account_id == subject.account_id)


def _scorecards(subject: DataSubject) -> sa.Select[int]:
    return sa.select(Scorecard.id).where(Scorecard.author_id == subject.participant_id)


def _criterion_name() -> sa.ColumnElement[str]:
    return sa.select(Criterion.name).where(Criterion.id == CriterionScore.criterion_id).scalar_subquery()


def _pledges(subject: DataSubject) -> sa.Select[int]:
    return sa.select(Pledge.id).where(Pledge.author_id == subject.participant_id)


def _comments(subject: DataSubject) -> sa.Select[int]:
    return sa.select(Comment.id).where(Comment.author_id == subject.participant_id)


def _consents(subject: DataSubject) -> sa.Select[int]:
    return sa.select(GuardianConsent.id).where(GuardianConsent.account_id == subject.account_id)


def _audit_entries(subject: DataSubject) -> sa.ColumnElement[bool]:
    """Match what the person did in a role, and what was done to their account, posts and consent."""
    subject_id, subject_type = AuditEntry.subject_id, AuditEntry.subject_type
    return sa.or_(
        AuditEntry.actor_id == subject.account_id,
        (subject_type == Account.__tablename__) & (subject_id == subject.account_id),
        written_by(subject_type, subject_id, subject.participant_id),
        (subject_type == GuardianConsent.__tablename__) & subject_id.in_(_consents(subject)),
        (subject_type == VoteExclusion.__tablename__) & subject_id.in_(_exclusions(subject)),
    )


def _exclusions(subject: DataSubject) -> sa.Select[int]:
    return sa.select(VoteExclusion.id).where(VoteExclusion.participant_id == subject.participant_id)


def is_mailed_to(email: str) -> sa.ColumnElement[bool]:
    """Match the mails to this address however it was spelled: stored addresses are ASCII and differ in case only."""
    return sa.func.lower(OutboxMail.recipient) == email_key(email)


def _mails(subject: DataSubject) -> sa.ColumnElement[bool]:
    """Match mails only for a confirmed address: an unconfirmed one may belong to somebody else."""
    return is_mailed_to(subject.email) & sa.literal(subject.is_confirmed)


def _title_of(idea_id: sa.orm.InstrumentedAttribute[int]) -> sa.ColumnElement[str]:
    """Select the title of an idea; NULL if the idea is no longer public."""
    public = Idea.state.in_(SHOWN_STATES)
    return sa.select(Idea.title).where(Idea.id == idea_id, public).correlate_except(Idea).scalar_subquery()


def _kind_of(finding_id: sa.orm.InstrumentedAttribute[int]) -> sa.ColumnElement[Any]:
    """Select what a finding measured."""
    return sa.select(VoteFinding.kind).where(VoteFinding.id == finding_id).scalar_subquery()


EXPORT_TABLES = (
    ExportTable(
        "account",
        "내 계정",
        Account,
        lambda subject: Account.id == subject.account_id,
        {
            "id": "계정 번호",
            "email": "이메일",
            "display_name": "별명",
            "active": "쓰고 있는 계정인가",
            "confirmed_at": "이메일을 확인한 때",
            "birth_year": "태어난 해",
            "needs_consent_until": "만 14세가 되는 날",
            "waits_for_consent": "보호자 동의를 기다리는가",
            "must_agree": _("새로 나온 약관에 동의할 차례인가"),
            "region_code": "지역(행정구역 번호)",
            "reset_asked_at": "새 비밀번호 링크를 부탁한 때",
            "is_sample": "보기로 만든 계정인가",
            "created_at": "가입한 때",
        },
        {"email_key": DERIVED, "mailbox_key": DERIVED, "password": CREDENTIAL, "fs_uniquifier": CREDENTIAL},
    ),
    ExportTable(
        "participant",
        "참여자 번호. 제안과 투표는 이 번호에 달려 있어요",
        Participant,
        lambda subject: Participant.id == subject.participant_id,
        {"id": "참여자 번호", "created_at": "만든 때"},
        {"account_id": ALWAYS_ME, "guest_pass_id": NO_PASS},
    ),
    ExportTable(
        "guest_passes",
        _("내 계정에 합친 모임 참여권. 그때 쓴 제안과 투표는 내 제안과 투표에 들어 있어요"),
        GuestPass,
        lambda subject: GuestPass.joined_to_id == subject.account_id,
        {
            "id": _("번호"),
            "kind": _("무엇으로 참여했는지"),
            "says_14_or_older": _("만 14세 이상이라고 답했는가"),
            "terms_version": _("동의한 약관의 판"),
            "created_at": _("받은 때"),
            "admitted_at": _("출석을 확인한 때"),
            "acts_until": _("모임이 끝난 때"),
            "expires_at": _("볼 수 있던 마지막 때"),
            "joined_at": _("계정에 합친 때"),
        },
        {"code_hash": CREDENTIAL, "joined_to_id": ALWAYS_ME},
    ),
    ExportTable(
        "roles",
        "내가 맡았거나 맡고 있는 역할",
        RoleGrant,
        lambda subject: RoleGrant.account_id == subject.account_id,
        {
            "id": "번호",
            "role": "역할",
            "ministry_id": "소관부처 번호",
            "council_seat": "협의회 자리",
            "can_approve_answers": "답변을 승인할 수 있는가",
            "granted_at": "맡은 때",
            "revoked_at": "끝난 때",
        },
        {"account_id": ALWAYS_ME, "granted_by_id": OTHERS},
    ),
    ExportTable(
        "agreements",
        _("개인정보 수집·이용과 약관의 어느 판에 언제 동의했는지"),
        PolicyAgreement,
        lambda subject: PolicyAgreement.account_id == subject.account_id,
        {"kind": _("문서"), "version": _("판"), "agreed_at": _("동의한 때")},
        {"account_id": ALWAYS_ME},
    ),
    ExportTable(
        "signins",
        "내 이메일로 로그인하려고 한 때와 그 결과. 이틀 동안만 둬요",
        SigninAttempt,
        lambda subject: SigninAttempt.account_hash == subject.signin_hash,
        {"id": "번호", "at": "때", "outcome": "결과"},
        {"account_hash": CREDENTIAL, "network_hash": CREDENTIAL, "device_hash": CREDENTIAL},
    ),
    ExportTable(
        "consents",
        "보호자에게 동의를 부탁한 기록",
        GuardianConsent,
        lambda subject: GuardianConsent.account_id == subject.account_id,
        {
            "id": "번호",
            "verifier": "보호자를 확인한 방법",
            "asked_at": "부탁한 때",
            "expires_at": "답을 기다리는 때",
            "given_at": "동의한 때",
            "refused_at": "동의하지 않은 때",
            "revoked_at": "동의를 거둔 때",
            "delete_after": "계정을 지울 때",
        },
        {
            "account_id": ALWAYS_ME,
            "guardian_email": OTHERS,
            "guardian_name": OTHERS,
            "guardian_account_id": OTHERS,
        },
    ),
    ExportTable(
        "consents_as_guardian",
        "내가 보호자로서 답한 기록. 어린이가 누구인지는 적지 않아요",
        GuardianConsent,
        lambda subject: GuardianConsent.guardian_account_id == subject.account_id,
        {
            "id": "번호",
            "guardian_email": "적어 낸 내 이메일",
            "guardian_name": "적어 낸 내 이름",
            "verifier": "나를 확인한 방법",
            "asked_at": "부탁받은 때",
            "expires_at": "답을 기다리는 때",
            "given_at": "동의한 때",
            "refused_at": "동의하지 않은 때",
            "revoked_at": "동의를 거둔 때",
        },
        {"account_id": OTHERS, "guardian_account_id": ALWAYS_ME, "delete_after": OTHERS},
    ),
    ExportTable(
        "ideas",
        "내가 쓴 제안. 개인정보를 가린, 남들이 보는 모습이에요",
        Idea,
        lambda subject: Idea.author_id == subject.participant_id,
        {
            "id": "제안 번호",
            "campaign_id": "포럼 번호",
            "external_id": "다른 누리집의 번호",
            "title": "제목",
            "body": "내용",
            "sector": "부문",
            "region_code": "지역(행정구역 번호)",
            "state": "상태",
            "merged_into_id": "합쳐진 제안의 번호",
            "imported_agree_count": "다른 누리집의 공감 수",
            "revision": "몇 번째 판",
            "created_at": "쓴 때",
            "updated_at": "바뀐 때",
        },
        {"author_id": ALWAYS_ME, "search_tokens": DERIVED, "search_tokens_version": DERIVED},
    ),
    ExportTable(
        "idea_checks",
        _("내 일상 제안의 확인: 같은 제안이 있었는지, 어느 곳의 일인지"),
        EverydayCheck,
        lambda subject: EverydayCheck.idea_id.in_(_ideas(subject)),
        {
            "idea_id": _("제안 번호"),
            "started_on": _("확인을 시작한 날"),
            "due_on": _("확인 기한"),
            "outcome": _("확인한 결과"),
            "referral_id": _("보낸 문서의 번호"),
            "same_as_id": _("같은 것을 바란 먼저 나온 제안"),
            "office_name": _("맡은 시·군·구나 부서"),
            "reason": _("다룰 수 없는 까닭"),
            "decided_at": _("확인을 마친 때"),
        },
        {"decided_by_id": OTHERS, "decided_on": DERIVED, "reminded_on": STAFF_REMINDER, "revision": STAFF_REMINDER},
    ),
    ExportTable(
        "ideas_as_typed",
        "개인정보를 가린 제안을 내가 처음 적은 그대로",
        IdeaOriginal,
        lambda subject: IdeaOriginal.idea_id.in_(_ideas(subject)),
        {"idea_id": "제안 번호", "title": "제목", "body": "내용"},
    ),
    ExportTable(
        "ideas_before",
        "고치기 전의 제안",
        IdeaRevision,
        lambda subject: IdeaRevision.idea_id.in_(_ideas(subject)),
        {
            "idea_id": "제안 번호",
            "number": "몇 번째 판",
            "title": "제목",
            "body": "내용",
            "sector": "부문",
            "replaced_at": "고친 때",
        },
    ),
    ExportTable(
        "drafts",
        "쓰다가 아직 내지 않은 제안",
        IdeaDraft,
        lambda subject: IdeaDraft.participant_id == subject.participant_id,
        {
            "campaign_id": "포럼 번호",
            "title": "제목",
            "body": "내용",
            "sector": "부문",
            "region_code": "지역(행정구역 번호)",
            "details": _("분야와 곳과 사진 설명"),
            "saved_at": "저장한 때",
            "waits_for_confirmation": _("이메일 주소를 확인하면 올릴 글인지"),
        },
        {"participant_id": ALWAYS_ME},
    ),
    ExportTable(
        "forms_not_sent",
        "로그인이 풀려서 받지 못한 글. 한 시간 동안만 둬요",
        RefusedForm,
        lambda subject: RefusedForm.account_id == subject.account_id,
        {"path": "쓰던 화면", "fields": "적은 것", "created_at": "적은 때"},
        {"token": CREDENTIAL, "account_id": ALWAYS_ME},
    ),
    ExportTable(
        "comments",
        "내가 쓴 댓글. 개인정보를 가린, 남들이 보는 모습이에요",
        Comment,
        lambda subject: Comment.author_id == subject.participant_id,
        {"id": "댓글 번호", "idea_id": "제안 번호", "body": "내용", "state": "상태", "created_at": "쓴 때"},
        {"author_id": ALWAYS_ME},
        {"idea_title": ("제안의 제목", _title_of(Comment.idea_id))},
    ),
    ExportTable(
        "everyday_details",
        _("내 일상 제안의 분야와 곳"),
        EverydayDetails,
        lambda subject: EverydayDetails.idea_id.in_(_ideas(subject)),
        {"idea_id": _("제안 번호"), "kind": _("분야"), "district": _("시·군·구"), "place": _("곳")},
    ),
    ExportTable(
        "photos",
        _("내가 제안에 올린 사진. 사진 파일은 photos 폴더에 있고, 파일 이름이 사진 번호예요"),
        IdeaPhoto,
        lambda subject: IdeaPhoto.author_id == subject.participant_id,
        {
            "id": _("사진 번호"),
            "idea_id": _("제안 번호"),
            "position": _("몇 번째 사진인가"),
            "caption": _("무엇이 보이나"),
            "width": _("너비(화소)"),
            "height": _("높이(화소)"),
            "state": _("상태"),
            "created_at": _("올린 때"),
        },
        {"author_id": ALWAYS_ME, "sha256": DERIVED},
    ),
    ExportTable(
        "comments_as_typed",
        "개인정보를 가린 댓글을 내가 처음 적은 그대로",
        CommentOriginal,
        lambda subject: CommentOriginal.comment_id.in_(_comments(subject)),
        {"comment_id": "댓글 번호", "body": "내용"},
    ),
    ExportTable(
        "minutes",
        _("내가 쓴 모임의 회의록"),
        GatheringMinutes,
        lambda subject: GatheringMinutes.author_id == subject.participant_id,
        {
            "id": _("회의록 번호"),
            "gathering_id": _("모임 번호"),
            "state": _("상태"),
            "summary": _("한 일"),
            "agreements": _("뜻을 모은 것"),
            "open_questions": _("더 이야기할 것"),
            "round": _("몇 번째 확인"),
            "revision": _("몇 번째 판"),
            "is_hidden": _("운영진이 숨겼는가"),
            "created_at": _("쓴 때"),
            "updated_at": _("바뀐 때"),
            "asked_at": _("확인을 부탁한 때"),
            "closes_at": _("확인이 끝나는 때"),
            "decided_at": _("정해진 때"),
        },
        {"author_id": ALWAYS_ME, "facts": _("모임 전체의 숫자예요. 공개된 회의록에서 볼 수 있어요.")},
    ),
    ExportTable(
        "minutes_answers",
        _("회의록이 맞는지 내가 답한 것. 명단을 지우는 날부터는 누구의 답인지 몰라요"),
        MinutesAnswer,
        lambda subject: MinutesAnswer.author_id == subject.participant_id,
        {
            "id": _("번호"),
            "minutes_id": _("회의록 번호"),
            "round": _("몇 번째 확인"),
            "agrees": _("맞다고 했는가"),
            "objection": _("다른 점"),
            "is_hidden": _("운영진이 숨겼는가"),
            "created_at": _("답한 때"),
        },
        {"author_id": ALWAYS_ME, "entry_id": ENTRY_OF_ROOM},
    ),
    ExportTable(
        "milestone_ratings",
        _("부처가 다 했다고 알린 약속에 내가 한 평가"),
        MilestoneRating,
        lambda subject: MilestoneRating.author_id == subject.participant_id,
        {
            "id": _("번호"),
            "round_id": _("평가 회차 번호"),
            "happened": _("됐다고 보는가"),
            "helps": _("도움 점수(0–10)"),
            "comment": _("덧붙인 말"),
            "state": _("상태"),
            "created_at": _("처음 평가한 때"),
            "updated_at": _("마지막으로 고친 때"),
            "revision": _("고친 횟수"),
        },
        {"author_id": ALWAYS_ME},
        {"milestone": (_("약속"), _milestone_title())},
    ),
    ExportTable(
        "pledges",
        _("내가 하거나 모둠을 대표해 한 실천 약속"),
        Pledge,
        lambda subject: Pledge.author_id == subject.participant_id,
        {
            "id": _("번호"),
            "theme_id": _("정책 주제 번호"),
            "milestone_id": _("함께하는 이행 단계 번호"),
            "pilot_id": _("함께하는 시범 번호"),
            "item": _("실천 목록의 이름"),
            "made_by": _("누가 하는가"),
            "group_name": _("모둠 이름"),
            "group_size": _("함께하는 사람 수"),
            "rhythm": _("얼마나 자주"),
            "starts_on": _("시작한 날"),
            "is_public": _("주제 화면에 보이는가"),
            "reminds": _("알림을 받는가"),
            "reminder_weekday": _("알림을 받는 요일(0 월요일–6 일요일)"),
            "reminded_on": _("마지막으로 알림을 받은 날"),
            "stopped_on": _("그만둔 날"),
            "state": _("상태"),
            "created_at": _("약속한 때"),
            "revision": _("고친 횟수"),
        },
        {"author_id": ALWAYS_ME},
    ),
    ExportTable(
        "check_ins",
        _("내 실천 약속의 차례마다 알린 것"),
        CheckIn,
        lambda subject: CheckIn.pledge_id.in_(_pledges(subject)),
        {
            "pledge_id": _("실천 약속 번호"),
            "period_from": _("차례의 첫날"),
            "period_until": _("차례의 마지막 날"),
            "recorded_on": _("알린 날"),
            "outcome": _("어땠는가"),
            "n_kept": _("모둠에서 한 사람 수"),
            "updated_at": _("마지막으로 고친 때"),
        },
    ),
    ExportTable(
        "hearing_invitations",
        _("내 제안을 협의회에 직접 설명해 달라는 초대와 내가 한 답"),
        HearingInvitation,
        lambda subject: HearingInvitation.author_id == subject.participant_id,
        {
            "id": _("번호"),
            "hearing_id": _("직접 설명 번호"),
            "state": _("상태"),
            "way": _("어떻게 설명하는가"),
            "proxy_name": _("대신 설명하는 사람"),
            "statement": _("글로 남긴 설명"),
            "video_url": _("영상 주소"),
            "is_hidden": _("운영진이 숨겼는가"),
            "is_minor": _("열아홉 살이 안 됐는가"),
            "guardian_email": _("내가 적은 보호자의 주소. 끝나고 한 달 뒤에 지워요"),
            "consent_asked_at": _("보호자에게 물은 때"),
            "consent_given_at": _("보호자가 답한 때"),
            "consent_revoked_at": _("보호자가 동의하지 않거나 거둔 때"),
            "answered_at": _("초대에 답한 때"),
            "created_at": _("초대받은 때"),
            "revision": _("고친 횟수"),
        },
        {"author_id": ALWAYS_ME, "guardian_name": OTHERS},
    ),
    ExportTable(
        "hearing_files",
        _("직접 설명에 내가 보낸 파일의 이름. 파일은 그 화면에서 받을 수 있어요"),
        HearingFile,
        lambda subject: HearingFile.invitation_id.in_(
            sa.select(HearingInvitation.id).where(HearingInvitation.author_id == subject.participant_id)
        ),
        {
            "id": _("번호"),
            "hearing_id": _("직접 설명 번호"),
            "invitation_id": _("초대 번호"),
            "name": _("파일 이름"),
            "media_type": _("형식"),
            "size_bytes": _("크기(바이트)"),
            "sha256": "SHA-256",
            "uploaded_at": _("보낸 때"),
        },
        {
            "question_id": _("내가 보낸 파일에는 없는 값이에요."),
            "content": _("파일 그대로는 직접 설명 화면에서 받을 수 있어요."),
            "uploaded_by_id": ALWAYS_ME,
        },
    ),
    ExportTable(
        "hearing_questions",
        _("직접 설명에 내가 보낸 질문"),
        HearingQuestion,
        lambda subject: HearingQuestion.author_id == subject.participant_id,
        {
            "id": _("번호"),
            "hearing_id": _("직접 설명 번호"),
            "of_member": _("협의회 위원으로 물었는가"),
            "text": _("공개한 질문"),
            "text_typed": _("가리기 전에 내가 쓴 질문"),
            "is_hidden": _("운영진이 숨겼는가"),
            "n_votes": _("듣고 싶다고 한 사람 수"),
            "answer": _("답변"),
            "answer_url": _("답변에 붙인 주소"),
            "answered_at": _("답변을 적은 때"),
            "created_at": _("보낸 때"),
            "revision": _("고친 횟수"),
        },
        {"author_id": ALWAYS_ME, "answered_by_id": OTHERS},
    ),
    ExportTable(
        "hearing_question_votes",
        _("내가 듣고 싶다고 한 질문"),
        QuestionVote,
        lambda subject: QuestionVote.participant_id == subject.participant_id,
        {"question_id": _("질문 번호"), "cast_at": _("고른 때")},
        {"participant_id": ALWAYS_ME},
    ),
    ExportTable(
        "signed_opinions",
        _("전문가나 단체로 내가 이름을 밝히고 낸 의견과 부탁받은 의견"),
        SignedOpinion,
        lambda subject: SignedOpinion.author_id == subject.participant_id,
        {
            "id": _("번호"),
            "task_id": _("과제 번호"),
            "theme_id": _("정책 주제 번호"),
            "name": _("공개한 이름"),
            "affiliation": _("공개한 소속"),
            "text": _("의견"),
            "is_hidden": _("운영진이 숨겼는가"),
            "created_at": _("부탁받은 때"),
            "sent_at": _("공개한 때"),
            "revision": _("고친 횟수"),
        },
        {"author_id": ALWAYS_ME, "invited_by_id": OTHERS},
    ),
    ExportTable(
        "council_attendance",
        _("내가 위원이나 대리인으로 출석한 협의회 회의"),
        Attendance,
        lambda subject: _acted_for(subject, Attendance),
        {
            "id": _("번호"),
            "meeting_id": _("회의 번호"),
            "seat_id": _("위원석 번호"),
            "way": _("어디에서"),
            "by_substitute": _("대리인으로 왔는가"),
            "arrived_at": _("온 때"),
            "left_at": _("나간 때. 비어 있으면 끝까지 있었어요"),
        },
    ),
    ExportTable(
        "council_ballots",
        _("내가 협의회 표결에 이름을 밝히고 넣은 표와 소수 의견"),
        MotionBallot,
        lambda subject: _acted_for(subject, MotionBallot),
        {
            "motion_id": _("표결 번호"),
            "seat_id": _("위원석 번호"),
            "choice": _("표"),
            "approved": _("찬성한 과제의 번호"),
            "by_substitute": _("대리인으로 투표했는가"),
            "dissent": _("소수 의견"),
            "cast_at": _("투표한 때"),
            "revision": _("고친 횟수"),
        },
    ),
    ExportTable(
        "council_tasks",
        _("협의회 위원으로 내가 낸 과제"),
        CouncilTask,
        lambda subject: CouncilTask.proposer_seat_id.in_(_seats(subject)),
        {
            "id": _("번호"),
            "round_id": _("대표과제 선정 번호"),
            "number": _("과제 번호"),
            "title": _("제목"),
            "summary": _("내용"),
            "proposer_seat_id": _("위원석 번호"),
            "has_words": _("시민의 글에서 나왔는가"),
            "state": _("상태"),
            "out_stage_id": _("고르지 않기로 한 단계 번호"),
            "merged_into_id": _("합친 과제 번호"),
            "reason": _("심의에서 빠진 까닭"),
            "added_at": _("낸 때"),
            "revision": _("고친 횟수"),
        },
        {
            "source": ALWAYS_OWN_TASK,
            "theme_id": ALWAYS_OWN_TASK,
            "minutes_id": ALWAYS_OWN_TASK,
            "lead_idea_id": OTHERS,
            "subcommittee_id": COUNCIL_WORK,
            "added_by_id": ALWAYS_ME,
        },
    ),
    ExportTable(
        "council_seats",
        _("협의회에서 내가 앉거나 대신한 자리"),
        Seat,
        lambda subject: sa.or_(Seat.account_id == subject.account_id, Seat.substitute_id == subject.account_id),
        {
            "id": _("번호"),
            "term_id": _("기의 번호"),
            "kind": _("구분"),
            "name": _("공개한 이름"),
            "office": _("공개한 하는 일"),
            "substitute_name": _("대리인의 이름"),
            "is_chair": _("공동위원장인가"),
            "began_on": _("시작한 날"),
            "ended_at": _("끝난 때"),
            "end_reason": _("끝난 까닭"),
            "revision": _("고친 횟수"),
        },
        {"account_id": OTHERS, "substitute_id": OTHERS},
    ),
    ExportTable(
        "council_memberships",
        _("내가 든 국민포럼팀"),
        TeamMember,
        lambda subject: TeamMember.account_id == subject.account_id,
        {
            "id": _("번호"),
            "group_id": _("팀의 번호"),
            "joined_at": _("들어온 때"),
            "left_at": _("나온 때"),
        },
        {"account_id": ALWAYS_ME},
    ),
    ExportTable(
        "conflict_statements",
        _("협의회 위원이나 국민포럼팀으로 내가 신고한 이해관계"),
        ConflictStatement,
        lambda subject: sa.or_(
            ConflictStatement.seat_id.in_(_seats(subject)),
            ConflictStatement.team_member_id.in_(
                sa.select(TeamMember.id).where(TeamMember.account_id == subject.account_id)
            ),
        ),
        {
            "id": _("번호"),
            "task_id": _("과제 번호"),
            "seat_id": _("위원석 번호"),
            "team_member_id": _("국민포럼팀에 든 기록의 번호"),
            "text": _("적은 글"),
            "is_late": _("점수를 매기기 시작한 뒤인가"),
            "declared_at": _("신고한 때"),
        },
    ),
    ExportTable(
        "scorecards",
        _("협의회 위원이나 국민포럼팀으로 내가 매긴 점수"),
        Scorecard,
        lambda subject: Scorecard.author_id == subject.participant_id,
        {
            "id": _("번호"),
            "stage_id": _("단계 번호"),
            "task_id": _("과제 번호"),
            "seat_id": _("위원석 번호"),
            "team_member_id": _("국민포럼팀에 든 기록의 번호"),
            "reason": _("까닭"),
            "far_asked_at": _("다른 사람들과 다른 까닭을 물은 때"),
            "far_reason": _("다른 사람들과 다른 까닭"),
            "shows_name": _("이름을 함께 보이는가"),
            "is_hidden": _("까닭을 숨겼는가"),
            "taken_out_at": _("이해관계 때문에 뺀 때"),
            "revision": _("고친 횟수"),
            "created_at": _("매긴 때"),
            "updated_at": _("마지막으로 고친 때"),
        },
        {"author_id": ALWAYS_ME},
    ),
    ExportTable(
        "criterion_scores",
        _("그 평가표에서 기준마다 매긴 점수"),
        CriterionScore,
        lambda subject: CriterionScore.scorecard_id.in_(_scorecards(subject)),
        {
            "scorecard_id": _("평가표 번호"),
            "criterion_id": _("평가 기준 번호"),
            "value": _("점수"),
        },
        extra={"criterion": (_("평가 기준"), _criterion_name())},
    ),
    ExportTable(
        "minutes_quotes",
        _("회의록에 인용된 내 제안의 문장"),
        MinutesQuote,
        lambda subject: MinutesQuote.idea_id.in_(_ideas(subject)),
        {
            "id": _("번호"),
            "minutes_id": _("회의록 번호"),
            "idea_id": _("제안 번호"),
            "text": _("문장"),
            "withdrawn_at": _("거둔 때"),
        },
    ),
    ExportTable(
        "votes",
        "지금 내 투표. 1은 찬성, 0은 넘김, -1은 반대예요. 확률은 투표하는 화면이 그 제안을 뽑아 보여 준 확률이에요",
        Vote,
        lambda subject: Vote.participant_id.in_(_me_and_my_passes(subject)),
        {
            "idea_id": "제안 번호",
            "value": "투표",
            "cast_at": "투표한 때",
            "shown_probability": _("제안이 나에게 보일 확률"),
            "excluded_by_id": _("집계에서 뺀 일의 번호. 비어 있으면 세는 투표예요"),
        },
        {"participant_id": ALWAYS_ME},
        {"idea_title": ("제안의 제목", _title_of(Vote.idea_id))},
    ),
    ExportTable(
        "vote_events",
        "투표하고 바꾸고 거둔 차례와, 누리집이 그것을 받은 때. 투표 칸이 비어 있으면 거둔 것이에요",
        VoteEvent,
        lambda subject: VoteEvent.participant_id.in_(_me_and_my_passes(subject)),
        {"id": "번호", "idea_id": "제안 번호", "value": "투표", "at": "때"},
        {"participant_id": ALWAYS_ME},
    ),
    ExportTable(
        "excluded_votes",
        _("포럼마다 내 투표를 집계에서 뺀 때와 다시 세기 시작한 때"),
        VoteExclusion,
        lambda subject: VoteExclusion.participant_id == subject.participant_id,
        {"id": _("번호"), "campaign_id": _("포럼 번호"), "began_at": _("뺀 때"), "lifted_at": _("다시 센 때")},
        {"participant_id": ALWAYS_ME},
    ),
    ExportTable(
        "excluded_votes_reasons",
        _("내 투표를 집계에서 뺀 까닭, 내가 낸 이의와 그 답"),
        ExclusionCase,
        lambda subject: ExclusionCase.exclusion_id.in_(_exclusions(subject)),
        {
            "exclusion_id": _("집계에서 뺀 일의 번호"),
            "finding_id": _("살펴본 기록의 번호"),
            "reason": _("까닭"),
            "words": _("운영진의 설명"),
            "decided_at": _("판단한 때"),
            "objection_text": _("내가 낸 이의"),
            "objected_at": _("이의를 낸 때"),
            "objection_decision": _("이의의 결과"),
            "objection_answer": _("이의에 대한 답"),
            "objection_decided_at": _("답이 나온 때"),
        },
        {"decided_by_id": OTHERS, "objection_decided_by_id": OTHERS, "lifted_by_id": OTHERS},
    ),
    ExportTable(
        "votes_looked_at",
        _("프로그램이 내 투표를 운영진이 살펴볼 투표로 꼽은 일. 운영진에게는 번호만 보여요"),
        VoteFindingPerson,
        lambda subject: VoteFindingPerson.participant_id == subject.participant_id,
        {"finding_id": _("살펴본 기록의 번호"), "n_votes": _("거기에 든 내 투표의 수")},
        {"participant_id": ALWAYS_ME},
        {"kind": (_("무엇을 꼽았나"), _kind_of(VoteFindingPerson.finding_id))},
    ),
    ExportTable(
        "reports",
        "내가 신고한 글",
        Report,
        lambda subject: Report.reporter_id == subject.participant_id,
        {
            "id": "번호",
            "text_kind": "글의 종류",
            "text_id": "글 번호",
            "reason": "까닭",
            "words": "적은 말",
            "created_at": "신고한 때",
            "settled_at": "운영진이 판단한 때",
        },
        {"reporter_id": ALWAYS_ME},
    ),
    ExportTable(
        "hidings",
        "내 글이 숨겨진 일, 내가 낸 이의와 그 답",
        Hiding,
        lambda subject: is_about_a_text_of(Hiding, subject.participant_id),
        {
            "id": "번호",
            "text_kind": "글의 종류",
            "text_id": "글 번호",
            "reason": "까닭",
            "hidden_at": "숨긴 때",
            "is_held": "운영진이 읽기를 기다리는가",
            "state_before": "그 전의 상태",
            "target_before_id": "그 전에 합쳐져 있던 제안의 번호",
            "appeal_text": "내가 낸 이의",
            "appealed_at": "이의를 낸 때",
            "appeal_decision": "이의의 결과",
            "appeal_answer": "이의에 대한 답",
            "appeal_decided_at": "답이 나온 때",
            "lifted_at": "다시 공개한 때",
            "lift_reason": "다시 공개한 까닭",
        },
        {"hidden_by_id": OTHERS, "appeal_decided_by_id": OTHERS, "lifted_by_id": OTHERS},
    ),
    ExportTable(
        "texts_hidden_for_consent",
        "보호자가 동의를 거두어 가린 내 글",
        ConsentHiddenText,
        lambda subject: is_about_a_text_of(ConsentHiddenText, subject.participant_id),
        {
            "text_kind": "글의 종류",
            "text_id": "글 번호",
            "consent_id": "동의 기록의 번호",
            "was_state": "그 전의 상태",
            "was_target_id": "그 전에 합쳐져 있던 제안의 번호",
        },
    ),
    ExportTable(
        "texts_counted",
        _("짧은 시간에 보낸 글의 수. 너무 많이 보내지 못하게 하루 동안만 둬요"),
        TextCount,
        lambda subject: TextCount.sender == f"participant:{subject.participant_id}",
        {"kind": _("글의 종류"), "span_seconds": _("센 동안(초)"), "begins_at": _("세기 시작한 때"), "n": _("글 수")},
        {"sender": ALWAYS_ME},
    ),
    ExportTable(
        "ideas_in_letters",
        "부처에 보낸 편지에 든 내 제안. 보낸 날의 글과 표 수예요",
        ReferralIdea,
        lambda subject: ReferralIdea.idea_id.in_(_ideas(subject)),
        {
            "referral_id": "편지 번호",
            "idea_id": "제안 번호",
            "position": "편지에서의 차례",
            "title": "제목",
            "body": "내용",
            "is_representative": "대표로 들었는가",
            "agree": "찬성 수",
            "disagree": "반대 수",
        },
    ),
    ExportTable(
        "rooms_in_letters",
        _("부처에 보낸 편지가 내 제안을 두고 말한 모임과 종이 표. 보낸 날의 것이에요"),
        ReferralIdeaRoom,
        lambda subject: ReferralIdeaRoom.idea_id.in_(_ideas(subject)),
        {
            "referral_id": _("편지 번호"),
            "idea_id": _("제안 번호"),
            "gathering_id": _("모임 번호"),
            "gathering_title": _("모임의 이름"),
            "began_on": _("모인 날"),
            "number": _("모임 안 번호"),
            "paper_agree": _("종이로 찬성한 수"),
            "paper_disagree": _("종이로 반대한 수"),
            "paper_pass": _("종이로 넘긴 수"),
        },
    ),
    ExportTable(
        "certificates",
        "정책이 된 내 제안의 증서",
        Certificate,
        lambda subject: Certificate.participant_id == subject.participant_id,
        {
            "id": "증서 번호",
            "referral_id": "편지 번호",
            "idea_id": "제안 번호",
            "issued_at": "만든 때",
            "decision": _("증명하는 결정"),
            "revoked_at": _("취소한 때"),
            "revoked_reason": _("취소한 까닭"),
        },
        {"participant_id": ALWAYS_ME},
    ),
    ExportTable(
        "certificate_names",
        "증서에 내 이름을 밝히기로 한 때와 거둔 때",
        NameConsent,
        lambda subject: NameConsent.account_id == subject.account_id,
        {"id": "번호", "certificate_id": "증서 번호", "given_at": "밝힌 때", "revoked_at": "거둔 때"},
        {"account_id": ALWAYS_ME},
    ),
    ExportTable(
        "opinion_consents",
        _("내가 의견 갈래 사이에서 어디쯤인지 계산하는 데 동의한 때와 거둔 때. 계산한 것은 어디에도 남기지 않아요"),
        OpinionConsent,
        lambda subject: OpinionConsent.account_id == subject.account_id,
        {"id": _("번호"), "given_at": _("동의한 때"), "withdrawn_at": _("거둔 때")},
        {"account_id": ALWAYS_ME},
    ),
    ExportTable(
        "shortlists",
        _("내가 참여한 후보 투표. 그 제안에 한 내 투표는 이름 없이 검산표에 실려요"),
        ShortlistVoter,
        lambda subject: ShortlistVoter.participant_id == subject.participant_id,
        {"shortlist_id": _("후보 투표 번호"), "joined_at": _("참여한 때")},
        {"participant_id": ALWAYS_ME},
    ),
    ExportTable(
        "finalist_ratings",
        _("내가 협의회 위원으로 최종 과제에 남긴 표. 이름 없이 검산표에 실려요"),
        FinalistRating,
        lambda subject: FinalistRating.seat_id.in_(sa.select(Seat.id).where(Seat.account_id == subject.account_id)),
        {
            "task_id": _("과제 번호"),
            "seat_id": _("위원석 번호"),
            "value": _("표 (1 찬성, 0 넘김, -1 반대)"),
            "rated_at": _("표를 남긴 때"),
        },
    ),
    ExportTable(
        "notices",
        "내 알림",
        Notice,
        lambda subject: Notice.account_id == subject.account_id,
        {
            "id": "번호",
            "kind": "종류",
            "text": "내용",
            "path": "이어지는 화면",
            "created_at": "온 때",
            "read_at": "읽은 때",
            "in_daily_mail": "하루치 메일에 넣는가",
            "mailed_on": "메일로 알린 날",
        },
        {"account_id": ALWAYS_ME},
    ),
    ExportTable(
        "follows",
        _("내가 알림을 받기로 한 제안, 정책 주제, 소관부처"),
        Follow,
        lambda subject: Follow.account_id == subject.account_id,
        {"kind": _("무엇의 알림인가"), "object_id": _("그 번호"), "created_at": _("받기 시작한 때")},
        {"account_id": ALWAYS_ME},
    ),
    ExportTable(
        "mails_stopped",
        _("내가 그만 받기로 한 메일"),
        MailOptOut,
        lambda subject: MailOptOut.account_id == subject.account_id,
        {"stream": _("메일의 종류"), "left_at": _("멈춘 때")},
        {"account_id": ALWAYS_ME},
    ),
    ExportTable(
        "mails",
        "내 이메일로 보낸 메일의 제목과 때. 이메일을 확인한 뒤에만 들어 있어요",
        OutboxMail,
        _mails,
        {
            "id": "번호",
            "subject": "제목",
            "stream": _("메일의 종류"),
            "state": "상태",
            "created_at": "쓴 때",
            "sent_at": "보낸 때",
        },
        {
            "recipient": ALWAYS_ME,
            "account_id": ALWAYS_ME,
            "leaving": DELIVERY_DETAILS,
            "body": ALREADY_MAILED,
            "message_key": DELIVERY_DETAILS,
            "attempts": DELIVERY_DETAILS,
            "next_attempt_at": DELIVERY_DETAILS,
            "error": DELIVERY_DETAILS,
            "is_mailing": DELIVERY_DETAILS,
            "useful_until": DELIVERY_DETAILS,
        },
    ),
    ExportTable(
        "digest_mail",
        _("내 이메일로 받는 정책 보고서 메일. 이메일을 확인한 뒤에만 들어 있어요"),
        DigestSubscription,
        lambda subject: (DigestSubscription.address_key == email_key(subject.email)) & sa.literal(subject.is_confirmed),
        {
            "id": _("번호"),
            "campaign_id": _("포럼 번호"),
            "rhythm": _("얼마나 자주"),
            "asked_at": _("신청한 때"),
            "confirmed_at": _("확인한 때"),
            "next_mail_on": _("다음 메일을 보내는 날"),
            "last_digest_id": _("지난 메일에 담긴 보고서 번호"),
        },
        {"address": ALWAYS_ME, "address_key": ALWAYS_ME, "nonce": DELIVERY_DETAILS},
    ),
    ExportTable(
        "gathering",
        _("내가 열거나 맡은 모임"),
        Gathering,
        lambda subject: sa.or_(
            Gathering.author_id == subject.participant_id, Gathering.organiser_id == subject.account_id
        ),
        {
            "id": _("모임 번호"),
            "campaign_id": _("포럼 번호"),
            "copied_from_id": _("본뜬 모임의 번호"),
            "title": _("제목"),
            "summary": _("소개"),
            "host_name": _("여는 곳"),
            "age_group": _("누구를 위한 모임인가"),
            "region_code": _("지역(행정구역 번호)"),
            "place_name": _("장소"),
            "address": _("주소"),
            "access_notes": _("찾아오는 길과 편의"),
            "online_url": _("온라인 주소"),
            "agenda": _("차례"),
            "starts_at": _("시작하는 때"),
            "ends_at": _("끝나는 때"),
            "seats": _("자리"),
            "held_seats": _("따로 둔 자리"),
            "state": _("상태"),
            "is_hidden": _("운영진이 숨겼는가"),
            "revision": _("몇 번째로 고친 것인가"),
            "created_at": _("만든 때"),
            "updated_at": _("마지막으로 바뀐 때"),
            "announced_at": _("알린 때"),
            "started_at": _("시작한 때"),
            "finished_at": _("마친 때"),
            "cancelled_at": _("취소한 때"),
            "cancel_reason": _("취소한 까닭"),
            "n_present": _("함께한 사람 수"),
            "lists_until": _("명단을 지우는 날"),
            "lists_deleted_at": _("명단을 지운 때"),
        },
        {
            "author_id": OTHERS,
            "organiser_id": OTHERS,
            "join_code": _("모임방에 들어가는 번호라 뺐어요."),
            "last_number": DERIVED,
            "last_event_id": _("모임이 끝난 때를 투표 기록의 번호로 적은 값이라 뺐어요."),
        },
    ),
    ExportTable(
        "gathering_help",
        _("도우미로 돕는 모임"),
        GatheringHelper,
        lambda subject: GatheringHelper.account_id == subject.account_id,
        {"gathering_id": _("모임 번호"), "added_at": _("도우미가 된 때")},
        {"account_id": ALWAYS_ME, "added_by_id": OTHERS},
    ),
    ExportTable(
        "gathering_registration",
        _("내가 한 모임 신청. 모임마다 정해진 날에 지워요"),
        Registration,
        lambda subject: Registration.account_id == subject.account_id,
        {
            "gathering_id": _("모임 번호"),
            "state": _("신청 상태"),
            "asked_at": _("신청한 때"),
            "seated_at": _("자리를 받은 때"),
            "reminded_at": _("다시 알려 드린 때"),
        },
        {"account_id": ALWAYS_ME},
    ),
    ExportTable(
        "room_actions",
        _("휴대전화에서 모임방으로 보낸 것. 정해지고 7일이 지나면 지워요"),
        RoomAction,
        lambda subject: RoomAction.entry_id.in_(
            sa.select(GatheringEntry.id).where(GatheringEntry.participant_id.in_(_me_and_my_passes(subject)))
        ),
        {
            "entry_id": _("참여자 번호"),
            "key": _("보낸 것마다 붙는 번호"),
            "gathering_id": _("모임 번호"),
            "kind": _("종류"),
            "state": _("어떻게 되었는지"),
            "move_number": _("그때 알던 단계의 차례"),
            "done_at": _("한 때"),
            "received_at": _("받은 때"),
            "idea_id": _("제안 번호"),
            "value": _("투표"),
            "title": _("제목"),
            "body": _("내용"),
            "refusal": _("받지 않은 까닭"),
            "decided_at": _("진행자가 정한 때"),
        },
        {"decided_by_id": OTHERS},
    ),
    ExportTable(
        "data_needs",
        _("내가 적은 필요한 자료"),
        DataNeed,
        lambda subject: DataNeed.author_id == subject.participant_id,
        {
            "id": _("번호"),
            "campaign_id": _("포럼 번호"),
            "idea_id": _("제안 번호"),
            "theme_id": _("정책 주제 번호"),
            "referral_id": _("전달 문서 번호"),
            "task_id": _("과제 번호"),
            "question": _("알고 싶은 것"),
            "wanted": _("필요한 자료"),
            "benefit": _("모두에게 좋은 점"),
            "question_typed": _("가리기 전에 내가 쓴 알고 싶은 것"),
            "wanted_typed": _("가리기 전에 내가 쓴 필요한 자료"),
            "benefit_typed": _("가리기 전에 내가 쓴 모두에게 좋은 점"),
            "state": _("상태"),
            "state_reason": _("무엇으로 풀렸는지, 또는 얻지 못한 까닭"),
            "decided_at": _("풀리거나 얻지 못한 때"),
            "is_hidden": _("운영진이 숨겼는가"),
            "created_at": _("적은 때"),
            "revision": _("고친 횟수"),
        },
        {"author_id": ALWAYS_ME},
    ),
    ExportTable(
        "data_need_joins",
        _("나도 알고 싶다고 한 자료"),
        NeedJoin,
        lambda subject: NeedJoin.participant_id == subject.participant_id,
        {"need_id": _("자료 요청 번호"), "joined_at": _("알고 싶다고 한 때")},
        {"participant_id": ALWAYS_ME},
    ),
    ExportTable(
        "data_need_offers",
        _("자료 담당자로 내가 내놓은 자료"),
        NeedOffer,
        lambda subject: NeedOffer.offered_by_id == subject.account_id,
        {"need_id": _("자료 요청 번호"), "dataset_id": _("자료 번호"), "offered_at": _("내놓은 때")},
        {"offered_by_id": ALWAYS_ME},
    ),
    ExportTable(
        "data_uses",
        _("내가 자료로 알게 된 것"),
        DataUse,
        lambda subject: DataUse.author_id == subject.participant_id,
        {
            "id": _("번호"),
            "campaign_id": _("포럼 번호"),
            "idea_id": _("제안 번호"),
            "theme_id": _("정책 주제 번호"),
            "referral_id": _("전달 문서 번호"),
            "task_id": _("과제 번호"),
            "need_id": _("자료 요청 번호"),
            "written_as": _("누구로서 적었는가"),
            "title": _("알게 된 것"),
            "finding": _("자세한 내용"),
            "effect": _("달라진 것"),
            "title_typed": _("가리기 전에 내가 쓴 알게 된 것"),
            "finding_typed": _("가리기 전에 내가 쓴 자세한 내용"),
            "effect_typed": _("가리기 전에 내가 쓴 달라진 것"),
            "code_url": _("계산한 코드의 주소"),
            "chart_title": _("그림 제목"),
            "chart_unit": _("그림의 단위"),
            "chart_rows": _("막대의 이름과 수"),
            "state": _("상태"),
            "needs_check": _("공개하기 전에 확인이 필요한가"),
            "reason": _("돌려보낸 까닭"),
            "checked_at": _("확인한 때"),
            "published_at": _("처음 공개한 때"),
            "corrected_at": _("공개한 뒤에 고친 때"),
            "settled_at": _("자료 요청이 이것으로 풀린 때"),
            "is_hidden": _("운영진이 숨겼는가"),
            "created_at": _("적은 때"),
            "revision": _("고친 횟수"),
        },
        {"author_id": ALWAYS_ME, "checked_by_id": OTHERS},
    ),
    ExportTable(
        "data_use_datasets",
        _("내가 알게 된 것에 쓴 자료"),
        DataUseDataset,
        lambda subject: DataUseDataset.use_id.in_(
            sa.select(DataUse.id).where(DataUse.author_id == subject.participant_id)
        ),
        {"use_id": _("알게 된 것의 번호"), "dataset_id": _("자료 번호")},
        {},
    ),
    ExportTable(
        "data_use_checks",
        _("다른 사람이 자료로 알게 된 것을 내가 확인한 것"),
        DataUse,
        lambda subject: DataUse.checked_by_id == subject.account_id,
        {"id": _("번호"), "state": _("상태"), "reason": _("돌려보낸 까닭"), "checked_at": _("확인한 때")},
        {"checked_by_id": ALWAYS_ME} | dict.fromkeys(OF_A_CHECKED_USE, OF_ITS_AUTHOR),
    ),
    ExportTable(
        "gathering_entries",
        _("내가 들어간 모임방. 누구였는지는 모임마다 정해진 날에 지워요"),
        GatheringEntry,
        lambda subject: GatheringEntry.participant_id.in_(_me_and_my_passes(subject)),
        {
            "id": _("번호"),
            "gathering_id": _("모임 번호"),
            "number": _("모임방에서 부르는 번호"),
            "way": _("참여한 방법"),
            "pass_id": _("참여권"),
            "tablet_id": _("함께 쓴 태블릿"),
            "joined_at": _("들어간 때"),
            "admitted_at": _("출석을 확인한 때"),
        },
        {"participant_id": ALWAYS_ME, "admitted_by_id": OTHERS},
    ),
    ExportTable(
        "room_ideas",
        _("내 제안이 올라간 모임방"),
        IdeaRoom,
        lambda subject: IdeaRoom.idea_id.in_(sa.select(Idea.id).where(Idea.author_id.in_(_me_and_my_passes(subject)))),
        {
            "gathering_id": _("모임 번호"),
            "idea_id": _("제안 번호"),
            "number": _("모임방에서 부르는 번호"),
            "way": _("올라간 방법"),
            "slip_number": _("쪽지 번호"),
            "added_at": _("올라간 때"),
        },
        {
            "campaign_id": _("제안에 적힌 포럼과 같아서 뺐어요."),
            "entry_id": _("gathering_entries 파일에 있어서 뺐어요."),
        },
    ),
    ExportTable(
        "room_tablets",
        _("내가 연 함께 쓰는 태블릿"),
        GatheringTablet,
        lambda subject: GatheringTablet.opened_by_id == subject.account_id,
        {"id": _("번호"), "gathering_id": _("모임 번호"), "opened_at": _("연 때"), "closed_at": _("닫은 때")},
        {"secret_hash": CREDENTIAL, "opened_by_id": ALWAYS_ME},
    ),
    ExportTable(
        "joint_sessions",
        _("내가 진행하는 연결 모임"),
        JointSession,
        lambda subject: JointSession.host_id == subject.account_id,
        {
            "id": _("연결 모임 번호"),
            "campaign_id": _("포럼 번호"),
            "title": _("제목"),
            "starts_at": _("시작하는 때"),
            "state": _("상태"),
            "created_at": _("만든 때"),
            "started_at": _("시작한 때"),
            "finished_at": _("마친 때"),
            "cancelled_at": _("취소한 때"),
            "cancel_reason": _("취소한 까닭"),
            "revision": _("몇 번째 모습"),
            "n_handovers": _("진행자가 바뀐 횟수"),
        },
        {"host_id": ALWAYS_ME, "nonce": CREDENTIAL},
    ),
    ExportTable(
        "data_links",
        _("내가 받은 공익데이터 파일의 링크"),
        DataDownload,
        lambda subject: DataDownload.account_id == subject.account_id,
        {"id": _("번호"), "file_id": _("파일 번호"), "given_at": _("받은 때")},
        {"account_id": ALWAYS_ME},
    ),
    ExportTable(
        "data_stewardships",
        _("내가 자료 담당자로 맡았거나 맡고 있는 기관"),
        DataSteward,
        lambda subject: DataSteward.account_id == subject.account_id,
        {"id": _("번호"), "holder_id": _("기관 번호"), "added_at": _("맡은 때"), "ended_at": _("그만 맡은 때")},
        {"account_id": ALWAYS_ME, "added_by_id": OTHERS},
    ),
    ExportTable(
        "data_requests",
        _("내가 한 자료 신청"),
        DataRequest,
        lambda subject: DataRequest.author_id == subject.participant_id,
        {
            "id": _("번호"),
            "dataset_id": _("자료 번호"),
            "need_id": _("자료 요청 번호"),
            "criteria_id": _("심사 기준 번호"),
            "use_kind": _("쓰는 목적"),
            "purpose": _("무엇을 알아내려 하는지"),
            "users": _("누가 다루는지"),
            "n_users": _("다루는 사람 수"),
            "safeguards": _("어떻게 지키는지"),
            "from_on": _("쓰기 시작하는 날"),
            "until_on": _("다 쓰는 날"),
            "state": _("상태"),
            "round": _("몇 번째 심사"),
            "panel_due_on": _("심사 기한"),
            "due_on": _("결정 기한"),
            "state_reason": _("승인을 취소한 까닭"),
            "is_hidden": _("운영진이 숨겼는가"),
            "created_at": _("신청한 때"),
            "closed_at": _("거두거나 취소된 때"),
            "erased_at": _("지웠다고 알린 때"),
            "reminded_on": _("마지막으로 알림이 간 날"),
            "revision": _("바뀐 횟수"),
        },
        {"author_id": ALWAYS_ME},
    ),
    ExportTable(
        "data_request_acceptances",
        _("내가 받아들인 자료 승인 조건"),
        TermsAcceptance,
        lambda subject: TermsAcceptance.terms_id.in_(_terms_of(subject)),
        {
            "id": _("번호"),
            "terms_id": _("조건 번호"),
            "terms_sha256": _("받아들인 조건의 SHA-256"),
            "accepted_at": _("받아들인 때"),
        },
        {},
    ),
    ExportTable(
        "data_request_appeals",
        _("내가 한 이의 신청과 답"),
        RequestAppeal,
        lambda subject: RequestAppeal.request_id.in_(_requests_of(subject)),
        {
            "request_id": _("자료 신청 번호"),
            "reason": _("다시 봐야 하는 까닭"),
            "made_at": _("이의를 신청한 때"),
            "due_on": _("답할 기한"),
            "is_granted": _("받아들였는가"),
            "answer": _("답"),
            "answered_at": _("답한 때"),
        },
        {"answered_by_id": OTHERS},
    ),
    ExportTable(
        "data_panel_seats",
        _("공익 심사위원으로 앉았거나 앉아 있는 자리"),
        PanelSeat,
        lambda subject: PanelSeat.account_id == subject.account_id,
        {"id": _("번호"), "added_at": _("맡은 때"), "ended_at": _("그만 맡은 때")},
        {"account_id": ALWAYS_ME, "added_by_id": OTHERS},
    ),
    ExportTable(
        "data_request_reviews",
        _("공익 심사위원으로 내가 낸 의견"),
        RequestReview,
        lambda subject: RequestReview.author_id == subject.participant_id,
        {
            "id": _("번호"),
            "request_id": _("자료 신청 번호"),
            "round": _("몇 번째 심사"),
            "marks": _("기준마다 고른 답"),
            "verdict": _("줘도 좋은지"),
            "words": _("까닭"),
            "is_hidden": _("운영진이 숨겼는가"),
            "created_at": _("낸 때"),
        },
        {"author_id": ALWAYS_ME},
    ),
    ExportTable(
        "data_request_decisions",
        _("내가 정한 자료 신청"),
        RequestDecision,
        lambda subject: RequestDecision.decided_by_id == subject.account_id,
        {
            "id": _("번호"),
            "request_id": _("자료 신청 번호"),
            "round": _("몇 번째 심사"),
            "is_approved": _("승인했는가"),
            "reason": _("까닭"),
            "by_holder": _("보유기관의 담당자로 정했는가"),
            "due_on": _("결정 기한"),
            "decided_at": _("정한 때"),
        },
        {"decided_by_id": ALWAYS_ME},
    ),
    ExportTable(
        "data_request_terms",
        _("내가 정한 자료 승인 조건"),
        RequestTerms,
        lambda subject: RequestTerms.set_by_id == subject.account_id,
        {
            "id": _("번호"),
            "request_id": _("자료 신청 번호"),
            "number": _("몇 번째 조건"),
            "until_on": _("마지막으로 쓸 수 있는 날"),
            "most_users": _("다룰 수 있는 사람 수"),
            "publishing": _("공개할 수 있는 것"),
            "may_join": _("다른 자료와 이어 붙여도 되는가"),
            "erase_within_days": _("끝난 뒤 지울 날수"),
            "must_report": _("알게 된 것을 알려야 하는가"),
            "more": _("더 지킬 것"),
            "set_at": _("정한 때"),
        },
        {"set_by_id": ALWAYS_ME},
    ),
    ExportTable(
        "data_criteria",
        _("내가 공개한 자료 심사 기준"),
        DataCriteria,
        lambda subject: DataCriteria.published_by_id == subject.account_id,
        {"id": _("번호"), "number": _("몇 번째 기준"), "published_at": _("공개한 때")},
        {"published_by_id": ALWAYS_ME},
    ),
    ExportTable(
        "audit",
        "감사 기록에서 내가 역할을 맡아 한 일, 그리고 내 계정과 글과 동의에 대해 운영진이 한 일",
        AuditEntry,
        _audit_entries,
        {
            "id": "번호",
            "at": "때",
            "actor_role": "한 사람의 역할",
            "action": "한 일",
            "subject_type": "무엇에",
            "subject_id": "그 번호",
            "before": "앞의 값",
            "after": "뒤의 값",
        },
        {"actor_id": OTHERS},
    ),
)

STAFF_WORK = "운영진과 부처가 맡은 일로 남긴 것이에요. 내가 한 일은 audit 파일에 있어요."
FOR_HOLDER = _(
    "자료를 가진 기관의 이름으로 남긴 것이에요. 공익데이터 화면에서 볼 수 있고, 내가 한 일은 audit 파일에 있어요."
)
COUNCIL_DECISION = _("협의회가 과제를 두고 함께 정한 것이에요. 과제와 회의 화면에서 볼 수 있어요.")
ANALYSIS = "모두의 제안을 함께 묶어 본 분석이에요. 공개된 것은 제안 화면에서 볼 수 있어요."
EXCLUDED_TABLES: Mapping[str, str] = {
    "audit_seal": "감사 기록이 바뀌지 않았음을 보이는 숫자예요. 사람에 대한 것은 없어요.",
    "departure": "떠난 사람의 기록이에요. 떠난 뒤에는 로그인할 수 없어요.",
    "idea_tally": "여러 사람의 투표와 댓글을 더한 수예요. 제안 화면에서 볼 수 있어요.",
    "kept_answer": "두 번 보낸 것을 알아보려고 이틀 동안 두는, 내가 본 화면의 사본이에요.",
    "day_report": _("연결 모임의 그날 보고서예요. 누구나 연결 모임 화면에서 볼 수 있고, 사람 이름은 없어요."),
    "council_group_seat": _("어느 자리가 어느 분과나 대표단에 드는지예요. 협의회 화면에서 볼 수 있어요."),
    "council_minutes": _("협의회 회의록과 서명이에요. 공개한 것은 회의 화면에서 볼 수 있어요."),
    "council_round": _("대표과제 선정과 공동위원장의 서명이에요. 선정 화면에서 볼 수 있어요."),
    "joint_grant": _("기기가 되살림 번호로 맡은 일이에요. 누구의 기기인지는 적지 않아요."),
    "joint_room": _("어느 모임이 연결 모임에 함께하는지예요. 연결 모임 화면에서 볼 수 있어요."),
    "joint_step": _("연결 모임의 차례예요. 연결 모임 화면에서 볼 수 있어요."),
    "joint_move": _("연결 모임의 단계를 옮긴 기록이에요. 내가 옮긴 것은 audit 파일에 있어요."),
    "council_task_idea": _("어느 제안이 협의회의 어느 과제에 들어 있는지예요. 과제 화면에서 볼 수 있어요."),
    "council_stage_decision": COUNCIL_DECISION,
    "council_task_result": COUNCIL_DECISION,
    "council_agenda_item": COUNCIL_DECISION,
    "council_motion_option": COUNCIL_DECISION,
    "room_tally": _("여러 사람의 투표를 더한 수예요. 모임 화면에서 볼 수 있어요."),
    "election_pause": STAFF_WORK,
    "council_agenda_file": STAFF_WORK,
    "cluster_member": ANALYSIS,
    "duplicate_group": ANALYSIS,
    "opinion_score": ANALYSIS,
    "theme_idea": ANALYSIS,
    "theme_kept_out": ANALYSIS,
    "unthemed_idea": ANALYSIS,
    "answer": STAFF_WORK,
    "answer_photo": STAFF_WORK,
    "answer_writer": STAFF_WORK,
    "pilot": STAFF_WORK,
    "commission": STAFF_WORK,
    "data_holder": STAFF_WORK,
    "dataset": FOR_HOLDER,
    "data_criterion": FOR_HOLDER,
    "data_file": FOR_HOLDER,
    "data_aggregate": FOR_HOLDER,
    "data_privacy_budget": FOR_HOLDER,
    "data_budget_spend": FOR_HOLDER,
    "data_upload": _("올리는 중인 공익데이터 파일이에요. 검사가 끝나거나 48시간이 지나면 지워요."),
    "dataset_version": FOR_HOLDER,
    "dataset_quality_note": FOR_HOLDER,
    "quarterly_report": STAFF_WORK,
    "pilot_reading": STAFF_WORK,
    "pilot_report": STAFF_WORK,
    "policy_version": STAFF_WORK,
    "digest": STAFF_WORK,
    "job": STAFF_WORK,
    "answer_point": "부처가 제안마다 답한 글이에요. 공개되면 편지 화면에서 볼 수 있어요.",
    "referral": STAFF_WORK,
    "referral_event": STAFF_WORK,
    "referral_file": STAFF_WORK,
    "referral_part": STAFF_WORK,
    "paper_tally": _("종이 투표지를 모두 더한 수예요. 누구의 표인지는 아무도 몰라요."),
    "sheet_count": STAFF_WORK,
    "sheet_count_row": STAFF_WORK,
    "paper_result": STAFF_WORK,
    "shortlist": STAFF_WORK,
    "shortlist_idea": STAFF_WORK,
    "hearing": _("협의회의 직접 설명이에요. 누구나 그 화면에서 볼 수 있고, 내가 잡은 것은 audit 파일에 있어요."),
    "departure_reason": _("협의회의 까닭이에요. 공개되면 대표과제 선정 화면에서 볼 수 있어요."),
    "advisory_ballot_task": STAFF_WORK,
    "theme": STAFF_WORK,
    "vote_finding": STAFF_WORK,
    "theme_act": STAFF_WORK,
}
"""Table with personal data -> reason why nothing of it is exported."""
