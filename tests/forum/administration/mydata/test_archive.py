from __future__ import annotations

import io
import json
import zipfile
from datetime import timedelta

import pandas as pd
import pytest
import sqlalchemy as sa

from forum.administration.mydata.export_tables import EXPORT_TABLES
from forum.administration.mydata.services import export_data, record_download
from forum.analysis.opinions.models import OpinionConsent
from forum.analysis.shortlists.models import ShortlistVoter
from forum.analysis.themes.models import ThemeState
from forum.core import clock
from forum.core.access import ANONYMOUS, SYSTEM, Role
from forum.core.errors import Forbidden
from forum.core.extensions import db
from forum.deliberation.advisory.models import FinalistRating
from forum.deliberation.council.models import GroupKind
from forum.deliberation.hearings.models import HearingFile, QuestionVote
from forum.deliberation.meetings.models import MeetingState
from forum.deliberation.minutes.models import MinutesQuote
from forum.deliberation.rooms.models import GatheringTablet, IdeaRoom, RoomIdeaWay
from forum.deliberation.rounds.models import ConflictStatement, StageKind, TaskSource
from forum.deliberation.rounds.queries import Member
from forum.people.accounts.models import RoleGrant
from forum.people.follows.models import Follow
from forum.people.policies.models import PolicyAgreement, PolicyKind
from forum.people.signin.attempts import begin_attempt
from forum.publication.subscriptions.models import DigestSubscription, Rhythm
from forum.response.certificates.models import Certificate, NameConsent
from forum.response.datafiles.models import DataDownload
from forum.response.datarequests.models import RequestAppeal
from forum.response.delivery.models import Happened, MilestoneRating
from forum.response.pledges.models import PledgeBy
from forum.response.referrals.models import ReferralIdeaRoom
from forum.response.shortpath.models import EverydayCheck
from forum.system.audit.services import record
from forum.system.blobs import store
from forum.system.notices.models import MailOptOut, MailState, MailStream, Notice, OutboxMail
from forum.system.texts.limits import count_by_person
from forum.voice.guardians.models import ConsentHiddenText
from forum.voice.ideas.models import CommentOriginal, Idea, IdeaDraft, IdeaOriginal, IdeaRevision, IdeaState
from forum.voice.moderation.models import AppealDecision, Reason, ShowReason
from forum.voice.photos.models import PhotoState
from forum.voice.votes.models import Vote, VoteEvent
from forum.web.form_recovery import RefusedForm

PHONE = "010-1234-5678"
CANARY = "canarysomebodyelse"


def packed(account) -> zipfile.ZipFile:
    db.session.commit()
    with export_data(account, account) as file:
        return zipfile.ZipFile(io.BytesIO(file.read()))


def tree(archive: zipfile.ZipFile) -> dict:
    return json.loads(archive.read("me.json"))


def everything(archive: zipfile.ZipFile) -> str:
    return "\n".join(archive.read(name).decode() for name in archive.namelist() if not name.endswith(".webp"))


def mail_to(address: str, key: str, **values) -> OutboxMail:
    return OutboxMail(message_key=key, recipient=address, **({"subject": f"제목 {key}", "body": "본문 링크"} | values))


def subscription_of(campaign_id: int, address: str) -> DigestSubscription:
    return DigestSubscription(campaign_id=campaign_id, address=address, address_key=address, rhythm=Rhythm.WEEKLY)


@pytest.fixture
def person(make):
    """An account with at least one row in every table, among others whose every text is a canary."""
    me = make.child(waits_for_consent=False, display_name="하은", email="haeun@example.org")
    other = make.citizen(display_name=CANARY, email=f"{CANARY}@example.org")
    staff = make.analyst(display_name=CANARY + "staff", email=f"{CANARY}.staff@example.org")
    now = clock.now()
    idea = make.idea(author=me, title="=1+1 우리 동네", body=f"전화는 {PHONE} 입니다.")
    comment = make.comment(make.idea(author=other, title="남의 제안"), me)
    certificate = make_certificate(make, idea)
    guarded = make.consent(
        make.child(display_name=CANARY), guardian_account_id=me.id, guardian_name="김하은", guardian_email=me.email
    )
    mine = make.consent(me, guardian_email=f"{CANARY}@example.org", guardian_name=CANARY, guardian_account_id=other.id)
    everyday = make.everyday_idea(author=me, place="우리 동네 공원")
    make.idea_photo(everyday, caption="내 사진")
    make.idea_photo(make.everyday_idea(author=other, place=CANARY), caption=CANARY)
    db.session.add_all(
        [
            IdeaOriginal(idea_id=idea.id, title=idea.title, body=f"전화는 {PHONE} 입니다."),
            IdeaRevision(idea_id=idea.id, number=1, title="고치기 전", body="고치기 전 내용"),
            IdeaDraft(participant_id=me.participant.id, campaign_id=idea.campaign_id, title="쓰던 제안", body=""),
            CommentOriginal(comment_id=comment.id, body=f"제 번호는 {PHONE}"),
            RefusedForm(token="t" * 32, path="/x", account_id=me.id, fields=[["body", "보내지 못한 글"]]),
            RefusedForm(token="u" * 32, path="/x", account_id=other.id, fields=[["body", CANARY]]),
            IdeaDraft(participant_id=other.participant.id, campaign_id=idea.campaign_id, title=CANARY, body=""),
            ConsentHiddenText(text_kind="idea", text_id=idea.id, consent_id=mine.id, was_state="OPEN"),
            ConsentHiddenText(text_kind="comment", text_id=comment.id, consent_id=mine.id, was_state="VISIBLE"),
            Notice(account_id=me.id, kind="x", text="내 알림", path="/mine"),
            Notice(account_id=other.id, kind="x", text=CANARY, path="/mine"),
            Follow(account_id=me.id, kind="idea", object_id=idea.id),
            Follow(account_id=other.id, kind=CANARY, object_id=1),
            MailOptOut(account_id=me.id, stream=MailStream.OWN),
            PolicyAgreement(account_id=me.id, kind=PolicyKind.TERMS, version=1),
            PolicyAgreement(account_id=other.id, kind=PolicyKind.CONSENT, version=1),
            NameConsent(certificate_id=certificate.id, account_id=me.id),
            ReferralIdeaRoom(referral_id=certificate.referral_id, idea_id=idea.id, paper_agree=3),
            EverydayCheck(idea_id=idea.id, started_on=clock.today(), due_on=clock.today()),
            subscription_of(idea.campaign_id, me.email),
            subscription_of(idea.campaign_id, other.email),
            mail_to(me.email, "mine", body=f"열쇠가 되는 링크 {CANARY}"),
            mail_to(other.email, CANARY),
        ]
    )
    for person in (me, other):
        count_by_person("idea", person)
    for address in (me.email, other.email):
        begin_attempt(address, "192.0.2.1")
    for thing in (idea, comment):
        make.report(thing, other, words=CANARY)
        make.hiding(
            thing,
            reason=Reason.SPAM,
            hidden_by_id=staff.id,
            appeal_text="내가 낸 이의",
            appealed_at=now,
            appeal_decision=AppealDecision.SHOWN,
            appeal_answer="이의에 대한 답",
            appeal_decided_at=now,
            appeal_decided_by_id=staff.id,
            lifted_at=now,
            lifted_by_id=staff.id,
            lift_reason=ShowReason.APPEAL,
        )
    reported = make.idea(author=other, title="남의 둘째", body=CANARY)
    make.report(reported, me, words="내가 적은 신고")
    make.vote(reported, me, -1)
    gone = make.idea(author=other, title=CANARY)
    make.vote(gone, me, 1)
    gone.state = IdeaState.WITHDRAWN
    make.vote(make.idea(author=other, title="또"), other, 1)
    elsewhere = make.campaign()
    for one, words in ((me, "내 투표의 이의"), (other, CANARY)):
        make.exclusion(elsewhere, one, objection_text=words, objected_at=now)
    shortlist = make.shortlist(reported.campaign, [reported])
    for one in (me, other):
        db.session.add(OpinionConsent(account_id=one.id))
        db.session.add(ShortlistVoter(shortlist_id=shortlist.id, participant_id=one.participant.id))
    council_round, round_ = make.council_round(), make.rating_round()
    meeting = make.meeting(council_round.term, state=MeetingState.OPEN)
    motion = make.motion(make.agenda_item(meeting))
    for one, words in ((me, "다르게 기억해요"), (other, CANARY)):
        make.gathering_minutes(author=one, body=words)
        said = {"happened": Happened.PARTLY, "helps": 3, "comment": words}
        db.session.add(MilestoneRating(round_id=round_.id, author_id=one.participant.id, **said))
        seat = make.seat(council_round.term, one)
        own = {"source": TaskSource.MEMBER, "proposer_seat_id": seat.id, "has_words": False, "summary": words}
        proposed = make.task(council_round, **own)
        db.session.add(ConflictStatement(task_id=proposed.id, seat_id=seat.id, text=words))
        db.session.add(FinalistRating(task_id=proposed.id, seat_id=seat.id, value=1))
        make.attendance(meeting, seat)
        make.ballot(motion, seat, dissent=words)
        make_heard(make, one, words)
        group = {"made_by": PledgeBy.CLASS, "group_name": words, "group_size": 20}
        make.check_in(make.pledge(None, one, **group), n_kept=12)
        answer = make.minutes_answer(author=one, body=words)
        quoted = make.idea(author=one, title="모임에서 쓴 제안")
        db.session.add(MinutesQuote(minutes_id=answer.minutes_id, idea_id=quoted.id, text=words))
    make._add(make_grant(me, staff))
    for one, another in ((me, other), (other, me)):
        gathering = make.gathering(one, title="하은의 모임" if one is me else CANARY, state="DRAFT")
        make.registration(gathering, another)
        make.helper(gathering, another)
    for one in (me, other):
        make.guest(code_hash=None, joined_at=now, joined_to_id=one.id)
    room = make.gathering(state="RUNNING", campaign=idea.campaign, title=CANARY)
    for number, one in enumerate((me, other), start=1):
        entry = make.entry(room, one)
        make.late_action(entry, title="늦게 온 제안" if one is me else CANARY)
        tablet = GatheringTablet(gathering_id=room.id, secret_hash=f"{number:064d}", opened_by_id=one.id)
        written = idea if one is me else make.idea(room.campaign, other)
        on_table = {"gathering_id": room.id, "idea_id": written.id, "campaign_id": room.campaign_id, "number": number}
        db.session.add_all([tablet, IdeaRoom(**on_table, way=RoomIdeaWay.ACCOUNT, entry_id=entry.id)])
    for one, title in ((me, "내가 연 모임"), (other, CANARY)):
        planned = make.gathering(one, campaign=idea.campaign, title=title)
        make.helper(planned, one)
        make.registration(planned, one)
        make.joint_session([planned], state="PLANNED", host=one, title=title)
    record(staff, "moderation.hide", idea)
    record(staff, "accounts.grant", other, after={"role": CANARY})
    record(SYSTEM, "guardians.consent", guarded, after={"account_id": CANARY})
    db.session.flush()
    db.session.refresh(me)
    return me


def make_requested(make, person, words):
    """What somebody wrote to get data, and what they decided about others' requests for it."""
    asked, accepted = make.data_request(author=person, purpose=words), make.data_request(author=person, users=words)
    make.data_decision(asked, approved=False)
    make._add(RequestAppeal(request_id=asked.id, reason=words, due_on=clock.today()))
    make.data_decision(accepted)
    make.data_acceptance(accepted)
    make.data_panel_seat(person)
    others = make.data_request(criteria_id=make.data_criteria(published_by_id=person.id).id)
    make.data_review(others, person, words=words)
    make.data_decision(others, decided_by_id=person.id, reason=words)
    make.data_terms(others, set_by_id=person.id, more=words)


def make_heard(make, person, words):
    """What somebody of a people's-forum team wrote for the council, and at a hearing."""
    weighing = make.council_round(present=StageKind.PEOPLE_TEAM)
    member = make.team_member(make.council_group(weighing.term, kind=GroupKind.TEAM), person)
    make.scorecard(make.task(weighing), Member(team_member=member), reason=words)
    hearing = make.hearing()
    invitation = make.invitation(hearing, person, statement=words)
    make.question(hearing, person, text=words)
    make.data_need(author=person, question=words[:100])
    make.need_join(offered := make.data_need(), person)
    make.need_offer(offered, offered_by_id=person.id)
    make.data_use(author=person, finding=words)
    checked = {"checked_by_id": person.id, "checked_at": clock.now(), "needs_check": True}
    make.data_use(title=CANARY, finding=CANARY, **checked)
    make.data_steward(account=person)
    make_requested(make, person, words)
    db.session.add(DataDownload(file_id=make.data_file().id, account_id=person.id))
    wanted = make.question(hearing)
    db.session.add(QuestionVote(question_id=wanted.id, participant_id=person.participant.id))
    file = {"name": f"{words}.pdf", "media_type": "application/pdf", "size_bytes": 1, "sha256": "a" * 64}
    make._add(
        HearingFile(hearing_id=hearing.id, invitation_id=invitation.id, content=b"x", uploaded_by_id=person.id, **file)
    )
    make.signed_opinion(person, text=words)


def make_certificate(make, idea):
    referral = make.referral(make.theme(idea.campaign, [idea], state=ThemeState.APPROVED))
    return make._add(
        Certificate(referral_id=referral.id, idea_id=idea.id, participant_id=idea.author_id, decision="ACCEPTED")
    )


def make_grant(account, staff):
    ended = clock.now() - timedelta(days=1)
    began = ended - timedelta(days=9)
    return RoleGrant(
        account_id=account.id, role=Role.FACILITATOR, granted_by_id=staff.id, granted_at=began, revoked_at=ended
    )


def test_every_part_has_its_rows_in_both_forms(person):
    archive = packed(person)
    assert archive.testzip() is None
    me = tree(archive)
    files = {name for name in archive.namelist() if not name.startswith("photos/")}
    assert files == {"me.json", "README.txt"} | {f"{table.name}.csv" for table in EXPORT_TABLES}
    for table in EXPORT_TABLES:
        assert me[table.name], table.name
        rows = pd.read_csv(archive.open(f"{table.name}.csv"), dtype=str)
        assert list(rows.columns) == list(table.headings.values())
        assert len(rows) == len(me[table.name])
        assert list(me[table.name][0]) == list(table.headings)


def test_nobody_else_is_in_it(person):
    found = everything(packed(person))
    assert CANARY not in found
    assert "본문 링크" not in found


def test_secrets_are_not_in_it(person):
    person.password = "hash-of-a-password"
    found = everything(packed(person))
    for secret in ("hash-of-a-password", person.fs_uniquifier, "t" * 32, "열쇠가 되는 링크 "):
        assert secret not in found


def test_ones_own_words_are_as_typed(person):
    me = tree(packed(person))
    assert PHONE not in me["ideas"][0]["body"]
    assert PHONE in me["ideas_as_typed"][0]["body"]
    assert PHONE in me["comments_as_typed"][0]["body"]
    assert me["drafts"][0]["title"] == "쓰던 제안"
    assert me["forms_not_sent"][0]["fields"] == [["body", "보내지 못한 글"]]
    assert [(row["reason"], row["words"]) for row in me["reports"]] == [("SPAM", "내가 적은 신고")]
    assert {row["appeal_text"] for row in me["hidings"]} == {"내가 낸 이의"}
    assert [row["objection_text"] for row in me["excluded_votes_reasons"]] == ["내 투표의 이의"]
    assert me["consents_as_guardian"][0]["guardian_name"] == "김하은"


def test_votes_name_their_idea_only_while_everybody_may_read_it(person):
    votes = {row["idea_title"]: row["value"] for row in tree(packed(person))["votes"]}
    assert votes == {"남의 둘째": -1, None: 1}


def test_a_vote_says_with_what_probability_its_idea_was_drawn(person):
    drawn = db.session.query(Vote).filter_by(participant_id=person.participant.id, value=-1).one()
    drawn.shown_probability = 0.125
    db.session.flush()
    votes = {row["value"]: row["shown_probability"] for row in tree(packed(person))["votes"]}
    assert votes == {-1: 0.125, 1: None}


def test_moments_have_their_zone_and_codes_their_name(person):
    with clock.at(clock.now().replace(year=2026, month=11, day=24, hour=15, minute=0, second=7)):
        me = tree(packed(person))
    assert me["made_at"] == "2026-11-25T00:00:07+09:00"
    assert me["account"][0]["created_at"].endswith("+09:00")
    assert me["ideas"][0]["state"] == "HIDDEN"


def test_a_spreadsheet_computes_nothing_and_guesses_the_letters_right(person):
    archive = packed(person)
    assert archive.read("ideas.csv").startswith(b"\xef\xbb\xbf")
    ideas = pd.read_csv(archive.open("ideas.csv"))
    assert ideas["제목"][0] == "'=1+1 우리 동네"
    assert ideas["상태"][0] == "숨김"
    assert tree(archive)["ideas"][0]["title"] == "=1+1 우리 동네"
    assert sorted(pd.read_csv(archive.open("votes.csv"))["투표"]) == [-1, 1]


def test_the_readme_says_what_each_file_is(person):
    text = packed(person).read("README.txt").decode("utf-8-sig")
    for table in EXPORT_TABLES:
        assert f"- {table.name}.csv (" in text
    assert "votes.csv (2줄)" in text


def test_mails_to_an_address_that_nobody_confirmed_are_not_listed(make):
    """Somebody who registers with another person's address must not see that person's mails."""
    stranger = make.citizen(confirmed=False, email="victim@example.org")
    db.session.add(mail_to("victim@example.org", "guardian-ask:1", state=MailState.WAITING))
    assert tree(packed(stranger))["mails"] == []


def test_an_account_without_anything_has_a_whole_archive(make):
    me = tree(packed(make.citizen()))
    assert [name for name in me if isinstance(me[name], list) and me[name]] == ["account", "participant"]


def test_two_thousand_votes_are_read_with_as_many_queries_as_two(make, count_queries):
    few, many = make.citizen(), make.citizen()
    campaign = make.campaign()
    author = make.citizen()
    ideas = [make.idea(campaign, author) for _ in range(20)]
    make.vote(ideas[0], few)
    _many_ideas(ideas[0], 2_000)
    ids = db.session.scalars(sa.select(Idea.id)).all()[:2_000]
    rows = [{"idea_id": idea_id, "participant_id": many.participant.id, "value": 1} for idea_id in ids]
    db.session.execute(sa.insert(Vote), rows)
    db.session.execute(sa.insert(VoteEvent), rows)
    db.session.commit()
    archives = {}

    def pack(account):
        archives[account.id] = packed(account)

    counted = {account.id: count_queries(lambda account=account: pack(account)) for account in (few, many)}
    assert counted[many.id] == counted[few.id]
    assert len(tree(archives[many.id])["votes"]) == 2_000
    assert len(pd.read_csv(archives[many.id].open("vote_events.csv"))) == 2_000


def _many_ideas(like, count: int) -> None:
    shared = {"campaign_id": like.campaign_id, "author_id": like.author_id, "body": "내용"}
    db.session.execute(sa.insert(Idea), [shared | {"title": f"제안 {n}"} for n in range(count)])


def test_nobody_takes_anothers(make):
    person = make.citizen()
    for actor in (ANONYMOUS, SYSTEM, make.citizen(), make.admin()):
        with pytest.raises(Forbidden):
            record_download(person, actor)
        with pytest.raises(Forbidden):
            export_data(person, actor)


def test_the_archive_has_the_persons_photos_as_files(make):
    me = make.citizen()
    idea = make.everyday_idea(author=me)
    photo = make.idea_photo(idea, sha256=make.blob(b"RIFFmine").sha256)
    gone = make.idea_photo(idea, position=2, state=PhotoState.REMOVED)
    others = make.idea_photo(make.everyday_idea())
    archive = packed(me)
    assert [name for name in archive.namelist() if name.startswith("photos/")] == [f"photos/{photo.id}.webp"]
    assert archive.read(f"photos/{photo.id}.webp") == b"RIFFmine"
    assert [row["id"] for row in tree(archive)["photos"]] == [photo.id, gone.id]
    assert others.id not in {row["id"] for row in tree(archive)["photos"]}


def test_a_photo_that_the_store_does_not_give_is_named_and_the_rest_is_there(make, monkeypatch):
    def gone(*_args: object) -> bytes:
        raise store.StoreGone

    me = make.citizen()
    photo = make.idea_photo(make.everyday_idea(author=me))
    monkeypatch.setattr(store.BlobStore, "get", gone)
    archive = packed(me)
    assert f"사진 {photo.id}번: 지금 꺼낼 수 없었어요" in archive.read("README.txt").decode()
    assert len(tree(archive)["ideas"]) == 1
