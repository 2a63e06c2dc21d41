"""What must never be, tried by raw SQL on both engines: the database itself says no, whoever asks.

The numbers are those of the plan's twelve invariants; those about gatherings come with gatherings.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, IntegrityError

from forum.analysis.opinions.models import OpinionConsent
from forum.analysis.themes.models import RunState, ThemeState
from forum.core import clock
from forum.core.extensions import db
from forum.deliberation.advisory.models import AdvisoryBallot, BallotTask, DepartureReason, FinalistRating
from forum.deliberation.hearings.models import (
    HearingFile,
    HearingState,
    HearingWay,
    InvitationState,
    QuestionVote,
)
from forum.deliberation.joint.codes import codes_of
from forum.deliberation.joint.grants import take_over
from forum.deliberation.joint.models import ActionKind, ActionState
from forum.deliberation.joint.moves import move_to
from forum.deliberation.meetings.models import (
    AgendaFile,
    CouncilMinutes,
    CouncilMinutesState,
    MeetingState,
    MotionOutcome,
    MotionState,
)
from forum.deliberation.minutes.models import MinutesQuote
from forum.deliberation.rooms.models import RoomTally
from forum.deliberation.rounds.models import (
    ConflictStatement,
    RoundState,
    StageDecision,
    StageKind,
    TaskSource,
    TaskState,
)
from forum.deliberation.scorecards.models import Criterion
from forum.deliberation.sheets.counting import Marks, count_sheets
from forum.deliberation.sheets.models import SheetCount
from forum.people.accounts.models import Account
from forum.people.passes.models import GuestPass, PassKind
from forum.people.policies.models import PolicyAgreement, PolicyKind, PolicyVersion
from forum.publication.councilpapers.models import CouncilPaper, CouncilPaperFile
from forum.publication.dayreports.models import DayReport, DayReportFile
from forum.publication.digests.models import Digest, DigestFile, DigestState
from forum.response.certificates.models import Certificate, RevocationReason
from forum.response.commissions.models import QuarterlyReport
from forum.response.datafiles.models import DataAggregate, DataUpload
from forum.response.datajoins.models import DataJoinRisk
from forum.response.dataneeds.models import NeedState
from forum.response.datanoise.models import DataBudgetSpend, DataNoisyAnswer, DataPrivacyBudget
from forum.response.datarequests.models import RequestAppeal
from forum.response.datasets.models import DatasetState, Distribution, FileFormat, QualityNote
from forum.response.datauses.models import UseState
from forum.response.delivery.models import RoundEnd
from forum.response.evidence.models import LetterEvidence
from forum.response.pilots.models import PilotDecision, PilotOrigin, PilotReport, PilotState
from forum.response.referrals.models import Decision
from forum.response.shortpath.models import DECISIONS, AnswerPhoto, ShortAnswer, ShortAnswerKind
from forum.system.audit.services import record
from forum.system.audit.tasks import seal_all_entries
from forum.system.jobs.models import Job, JobState
from forum.system.pauses.models import ElectionPause
from forum.voice.campaigns.models import Campaign
from forum.voice.ideas.models import Idea, IdeaState
from forum.voice.integrity.models import ExclusionCase, ExclusionReason, FindingKind, FindingState, VoteFinding
from forum.voice.moderation.models import Hiding, Reason
from forum.voice.votes.models import Vote, VoteExclusion

KEYS = {name: f"00000000-0000-4000-8000-00000000000{n}" for n, name in enumerate(("done", "vote", "waits", "refused"))}
"""Of actions that a phone sent; the statements below write them out."""


class World:
    """One of each thing, committed; the statements below name its ids as {idea}, {run}, …"""

    def __init__(self, make: Any) -> None:
        campaign, other = make.campaign(), make.campaign()
        idea, twin, foreign = make.idea(campaign), make.idea(campaign), make.idea(other)
        closed = make.idea(make.campaign(open_phases=()))
        withdrawn = make.idea(campaign, state=IdeaState.WITHDRAWN)
        merged = make.idea(campaign, state=IdeaState.MERGED, merged_into_id=twin.id)
        voter, late = make.citizen(), make.citizen()
        make.vote(idea, voter)
        run = make.run(campaign, [[idea]], [twin])
        foreign_run = make.run(other, [[foreign]])
        building = make.run(campaign, [], state=RunState.BUILDING, is_current=False, finished_at=None, n_ideas=5)
        theme = make.theme(campaign, [idea], state=ThemeState.APPROVED, run_id=run.id, cluster_id=run.clusters[0].id)
        answer = make.answer(make.referral(theme))
        make._add(LetterEvidence(referral_id=answer.referral_id, content=[{"words": "두 곳을 했어요.", "path": "/"}]))
        draft = make.answer(make.received(make.referral()), published_at=None)
        unwritten = make.answer(make.received(make.referral()), published_at=None)
        unwritten.author_id = make.officer(unwritten.referral.lead.ministry).id  # who is on no record
        digest = self._digest(campaign.id, run.id)
        unpublished = Digest(campaign_id=campaign.id, run_id=run.id, data_cut_at=clock.now(), counts={})
        db.session.add(unpublished)
        foreign_theme = make.theme(other, [], run_id=foreign_run.id)
        foreign_snapshot = make.snapshot(other, [])
        snapshot = make.snapshot(campaign, [idea])
        unfinished = make.snapshot(campaign, [], is_finished=False)
        db.session.add(OpinionConsent(account_id=voter.id))
        listed = [make.idea(campaign), make.idea(campaign)]
        closed_shortlist, untold_shortlist = (make.shortlist(campaign, listed, is_open=False) for _ in range(2))
        make.slate(closed_shortlist, listed)
        shortlist = make.shortlist(campaign, listed)
        excluded = make.citizen()
        integrity = self._integrity(make.vote(twin, excluded), campaign.id, other.id, voter.participant.id)
        planned = make.gathering(campaign=campaign)
        joint = make.joint_session([], campaign_id=campaign.id)
        make.joint_room(joint, make.gathering(campaign=campaign, state="RUNNING"), is_online=True)
        take_over(joint, codes_of(joint, [])[0].code)
        move_to(joint, 1, joint.host, seen=0)
        registrant, helper = make.registration(planned), make.helper(planned)
        letter = {"referral_id": answer.referral_id, "idea_id": idea.id, "participant_id": idea.author_id}
        letter |= {"decision": Decision.ACCEPTED, "issued_at": clock.now()}
        end = {"revoked_at": clock.now(), "revoked_reason": RevocationReason.ISSUED_IN_ERROR}
        revoked, certificate = Certificate(**letter | end), Certificate(**letter)
        db.session.add_all([revoked, certificate])
        grant, ended = make.analyst().grant, make.analyst().grant
        ended.revoked_at = clock.now()
        job = Job(kind="themes.run", dedupe_key="k", state=JobState.RUNNING)
        db.session.add(job)
        make.ministry()
        minutes, short_path = self._minutes(make), self._short_path(make)
        everyday = make.everyday_idea()
        photo, reported = make.idea_photo(everyday), make.idea_photo(everyday, position=2)
        make.hiding(reported)
        db.session.add(PolicyVersion(kind=PolicyKind.TERMS, version=1, title="이용약관", text="약속"))
        db.session.add(PolicyAgreement(account_id=voter.id, kind=PolicyKind.TERMS, version=1))
        entry = record(make.admin(), "campaigns.edit", campaign)
        db.session.flush()
        seal_all_entries()
        self.ids = {
            "campaign": campaign.id,
            "other": other.id,
            "idea": idea.id,
            "twin": twin.id,
            "foreign": foreign.id,
            "closed": closed.id,
            "withdrawn": withdrawn.id,
            "merged": merged.id,
            "job": job.id,
            "digest": digest,
            "unpublished": unpublished.id,
            "foreign_theme": foreign_theme.id,
            "foreign_snapshot": foreign_snapshot.id,
            "voter": voter.participant.id,
            "late": late.participant.id,
            "account": voter.id,
            "entry": entry.id,
            "run": run.id,
            "foreign_run": foreign_run.id,
            "building": building.id,
            "snapshot": snapshot.id,
            "unfinished": unfinished.id,
            "shortlist": shortlist.id,
            "closed_shortlist": closed_shortlist.id,
            "untold_shortlist": untold_shortlist.id,
            "late_idea": twin.id,
            "excluded": excluded.participant.id,
            **integrity,
            **self._advisory(make),
            **self._guests(make, twin),
            "planned": planned.id,
            "joint": joint.id,
            "host": joint.host_id,
            "unannounced": make.gathering(state="DRAFT", campaign=campaign).id,
            **self._rooms(make, campaign),
            "called_off": make.gathering(state="CANCELLED", campaign=campaign).id,
            "registrant": registrant.account_id,
            "helper": helper.id,
            **self._sheets(make, campaign),
            **self._actions(make, campaign),
            "reported": self._day_report(make, campaign),
            "council_paper": self._council_paper(make),
            **minutes,
            "everyday": everyday.id,
            "photo": photo.id,
            "hidden_photo": reported.id,
            **short_path,
            **self._pilots(make),
            **self._datasets(make),
            **self._hearings(make),
            **self._data_needs(make),
            **self._data_requests(make),
            **self._data_uses(make),
            **self._meetings(make),
            **self._commissions(make),
            **self._pledges(make),
            **self._ratings(make, late),
            **self._rounds(make),
            **self._scorecards(make),
            "theme": theme.id,
            "cluster": run.clusters[0].id,
            "foreign_cluster": foreign_run.clusters[0].id,
            "answer": answer.id,
            "certificate": certificate.id,
            "revoked": revoked.id,
            "draft": draft.id,
            "unwritten": unwritten.id,
            "writer": draft.author_id,
            "approver": make.approver(draft.referral.lead.ministry).id,
            "referral": answer.referral_id,
            "grant": grant.id,
            "ended": ended.id,
            "granted": grant.account_id,
            "email_key": voter.email_key,
            "ministry": answer.referral.lead.ministry_id,
        }
        db.session.commit()

    def _short_path(self, make: Any) -> dict[str, Any]:
        """A check that waits; a published short answer with a photo, a draft with one, and a bare one."""
        drafts = {}
        for name, kind in (("short", "PILOT"), ("short_draft", "PILOT"), ("bare_draft", "ALREADY_FIXED")):
            decision = DECISIONS[ShortAnswerKind[kind]]
            draft = make.answer(make.received(make.referral()), published_at=None, decision=decision)
            make._add(ShortAnswer(answer_id=draft.id, kind=ShortAnswerKind[kind]))
            drafts[name] = draft
        blob = make.blob()
        for name in ("short", "short_draft"):
            values = {"sha256": blob.sha256, "width": 4, "height": 3, "caption": "길"}
            who = drafts[name].author_id
            make._add(AnswerPhoto(answer_id=drafts[name].id, position=1, added_by_id=who, **values))
        published = drafts["short"]
        published.approved_by_id = make.approver(published.referral.lead.ministry).id
        published.published_at = clock.now()
        db.session.flush()
        ids = {name: draft.id for name, draft in drafts.items()}
        approver = make.approver(drafts["short_draft"].referral.lead.ministry).id
        return ids | {"short_approver": approver, "blob": blob.sha256, "checked": make.everyday_check().idea_id}

    def _advisory(self, make: Any) -> dict[str, int]:
        """A round with a list, a ballot, a rating and a reason, and one without."""
        advised, unadvised = (make.council_round(present=StageKind.ASSEMBLY) for _ in range(2))
        rated, finalist, rater = make.task(advised), make.task(advised), make.seat(advised.term)
        shortlist = make.shortlist(advised.campaign, [rated.lead_idea, finalist.lead_idea])
        make.advisory_slate(advised, [rated, finalist])
        db.session.add(AdvisoryBallot(round_id=advised.id, shortlist_id=shortlist.id))
        db.session.flush()
        db.session.add(BallotTask(round_id=advised.id, task_id=rated.id, idea_id=rated.lead_idea_id))
        db.session.add(FinalistRating(task_id=rated.id, seat_id=rater.id, value=1))
        db.session.add(DepartureReason(task_id=rated.id, text="까닭", written_by_id=make.analyst().id))
        db.session.flush()
        ids = {"advised": advised.id, "unadvised": unadvised.id, "advised_shortlist": shortlist.id}
        tasks = {"rated_task": rated.id, "other_task": finalist.id, "stand_in": rated.lead_idea_id}
        return ids | tasks | {"member_seat": rater.id}

    def _commissions(self, make: Any) -> dict[str, int]:
        """A chosen task with a report that is published and one that is not, and a letter beside it."""
        sent, author = make.commission(), make.officer().id
        days = {"quarter_from": date(2031, 1, 1), "due_on": date(2031, 4, 15)}
        done = QuarterlyReport(task_id=sent.task_id, text="x", author_id=author, published_at=clock.now(), **days)
        days = {"quarter_from": date(2031, 4, 1), "due_on": date(2031, 7, 15)}
        waiting = QuarterlyReport(task_id=sent.task_id, **days)
        db.session.add_all([done, waiting])
        db.session.flush()
        unsent, letter = make.task(state=TaskState.CHOSEN), make.referral()
        ids = {"sent_task": sent.task_id, "unsent_task": unsent.id, "other_letter": letter.id}
        return ids | {"sent_letter": sent.referral_id, "written_report": done.id, "waiting_report": waiting.id}

    def _minutes(self, make: Any) -> dict[str, int]:
        """Published minutes with a quote and an objection, a draft, and an election pause to come."""
        objection, draft = make.minutes_answer(), make.gathering_minutes(state="DRAFT")
        entry = make.entry(objection.minutes.gathering, make.citizen())
        idea = make.room_idea(objection.minutes.gathering, entry)
        db.session.add(MinutesQuote(minutes_id=objection.minutes_id, idea_id=idea.id, text="인용"))
        day, long_ago = clock.today() + timedelta(days=400), clock.now() - timedelta(days=1)
        db.session.add(ElectionPause(name="시험 선거", begins_on=day, ends_on=day, set_at=long_ago))
        db.session.flush()
        return {"minutes": objection.minutes_id, "objection": objection.id, "draft_minutes": draft.id}

    def _pledges(self, make: Any) -> dict[str, int]:
        """A person's pledge with a check-in, and one that was hidden."""
        pledge, hidden = make.pledge(), make.pledge()
        make.check_in(pledge)
        db.session.add(Hiding(text_kind="pledge", text_id=hidden.id, state_before="VISIBLE", reason=Reason.SPAM))
        db.session.flush()
        return {"pledge": pledge.id, "hidden_pledge": hidden.id}

    def _ratings(self, make: Any, other: Account) -> dict[str, int]:
        """An open round with a rating, and one that ended with two; one of these was hidden."""
        round_, ended = make.rating_round(), make.rating_round()
        rating, old, hidden = make.rating(round_), make.rating(ended, other), make.rating(ended)
        db.session.add(
            Hiding(text_kind="milestone_rating", text_id=hidden.id, state_before="VISIBLE", reason=Reason.SPAM)
        )
        ended.ended_at, ended.ended_because = clock.now(), RoundEnd.REOPENED
        db.session.flush()
        child = make.child().participant.id
        ids = {"round": round_.id, "ended_round": ended.id, "rating": rating.id, "old_rating": old.id}
        return ids | {"hidden_rating": hidden.id, "rater": rating.author_id, "child": child}

    def _hearings(self, make: Any) -> dict[str, int]:
        """A planned hearing with invitations, a question, a document; one held, one cancelled."""
        now = clock.now()
        hearing, held = make.hearing(), make.hearing(state=HearingState.HELD, held_at=now, what_changed="x")
        off = make.hearing(state=HearingState.CANCELLED, cancel_reason="x")
        invited = make.invitation(hearing)
        coming = {"state": InvitationState.ACCEPTED, "way": HearingWay.TEXT, "answered_at": now, "statement": "x"}
        coming_one = make.invitation(hearing, make.citizen(), **coming)
        question, opinion = make.question(hearing), make.signed_opinion()
        voter = make.citizen()
        db.session.add(QuestionVote(question_id=question.id, participant_id=voter.participant.id))
        uploaded = {"media_type": "x", "size_bytes": 1, "sha256": "a" * 64, "content": b"x"}
        make._add(HearingFile(hearing_id=hearing.id, name="x", uploaded_by_id=hearing.created_by_id, **uploaded))
        reported = make.question(hearing, is_hidden=True)
        spam = {"state_before": "SHOWN", "reason": Reason.SPAM}
        db.session.add(Hiding(text_kind="hearing_question", text_id=reported.id, **spam))
        ids = {"hearing": hearing.id, "held_hearing": held.id, "off_hearing": off.id, "heard_task": hearing.task_id}
        ids |= {"invited": invited.id, "invited_author": invited.author_id, "coming": coming_one.id}
        ids |= {"question": question.id, "question_voter": voter.participant.id, "reported_question": reported.id}
        waiting = make.child().participant.id
        return ids | {"opinion": opinion.id, "opinion_author": opinion.author_id, "waiting_child": waiting}

    def _data_needs(self, make: Any) -> dict[str, int]:
        """An open need that somebody joined, one with an offer, a refused one and one that was hidden."""
        need, offered, joiner = make.data_need(), make.data_need(), make.citizen()
        make.need_join(need, joiner)
        offer = make.need_offer(offered)
        done = {"state": NeedState.REFUSED, "state_reason": "x", "decided_at": clock.now()}
        refused, hidden = make.data_need(**done), make.data_need(is_hidden=True)
        db.session.add(Hiding(text_kind="data_need", text_id=hidden.id, state_before="SHOWN", reason=Reason.SPAM))
        ids = {"need": need.id, "need_idea": need.idea_id, "need_campaign": need.campaign_id}
        ids |= {"need_joiner": joiner.participant.id, "offered_need": offered.id, "offered_dataset": offer.dataset_id}
        return ids | {"refused_need": refused.id, "hidden_need": hidden.id}

    def _data_requests(self, make: Any) -> dict[str, int]:
        """A request with a review, an approved one with accepted terms, a refused one with an appeal, a hidden one."""
        request, approved, refused = make.data_request(), make.data_request(), make.data_request()
        review, decision = make.data_review(request), make.data_decision(approved)
        accepted = make.data_acceptance(approved)
        make.data_decision(refused, approved=False)
        make._add(RequestAppeal(request_id=refused.id, reason="x", due_on=clock.today()))
        hidden, seat = make.data_request(is_hidden=True), make.data_panel_seat()
        db.session.add(Hiding(text_kind="data_request", text_id=hidden.id, state_before="SHOWN", reason=Reason.SPAM))
        ids = {"request": request.id, "approved_request": approved.id, "refused_request": refused.id}
        ids |= {"request_review": review.id, "reviewer": review.author_id, "request_decision": decision.id}
        ids |= {"request_terms": approved.terms[-1].id, "acceptance": accepted.id, "panel_seat": seat.id}
        ids |= {"panel_account": seat.account_id, "hidden_request": hidden.id, "criteria": request.criteria_id}
        return ids | {"data_criterion": request.criteria.items[0].id, "requested": request.dataset_id}

    def _data_uses(self, make: Any) -> dict[str, int]:
        """A public use of one dataset, one that waits for a check, and one that was hidden."""
        use, waiting = make.data_use(), make.data_use(state=UseState.WAITING)
        hidden = make.data_use(is_hidden=True)
        db.session.add(Hiding(text_kind="data_use", text_id=hidden.id, state_before="SHOWN", reason=Reason.SPAM))
        ids = {"use": use.id, "use_idea": use.idea_id, "use_campaign": use.campaign_id, "waiting_use": waiting.id}
        return ids | {"used_dataset": use.datasets[0].id, "hidden_use": hidden.id}

    def _rounds(self, make: Any) -> dict[str, int]:
        """A round of the council with a decision and a statement, two tasks of citizens, and a finished round."""
        round_, term = make.council_round(present=StageKind.SUBCOMMITTEE), make.term()
        task, other, seat = make.task(round_), make.task(round_), make.seat(round_.term)
        first = round_.stage(StageKind.LONG_LIST)
        db.session.add(StageDecision(stage_id=first.id, task_id=task.id, round_id=round_.id, goes_on=True))
        db.session.add(ConflictStatement(task_id=task.id, seat_id=seat.id, text="x"))
        civil, government = make.chairs(term)
        signed = {"civil_signed_at": clock.now(), "government_signed_at": clock.now(), "finished_at": clock.now()}
        chairs = {"civil_chair_id": civil.id, "government_chair_id": government.id}
        finished = make.council_round(term, state=RoundState.FINISHED, **signed, **chairs)
        db.session.flush()
        return {
            "council_round": round_.id,
            "council_stage": first.id,
            "council_task": task.id,
            "other_task": other.id,
            "own_seat": seat.id,
            "chair": civil.id,
            "finished_round": finished.id,
            "foreign_task": make.task(finished).id,
        }

    def _scorecards(self, make: Any) -> dict[str, int]:
        """Cards at an open stage, one of them hidden, and at a closed one with its result; a round not scored yet."""
        open_, closed = (make.council_round(present=StageKind.SUBCOMMITTEE) for _ in range(2))
        planned, task = make.council_round(), make.task(open_)
        free, tied, proposer = (make.seat(open_.term) for _ in range(3))
        card, hidden = make.scorecard(task), make.scorecard(task)
        db.session.add(Hiding(text_kind="scorecard", text_id=hidden.id, state_before="SHOWN", reason=Reason.SPAM))
        db.session.add(ConflictStatement(task_id=task.id, seat_id=tied.id, text="x"))
        own = {"source": TaskSource.MEMBER, "proposer_seat_id": proposer.id, "has_words": False}
        gone = {"state": TaskState.WITHDRAWN, "reason": "x"}
        scored, asked = make.task(closed), make.task(closed)
        old, far = make.scorecard(scored), make.scorecard(asked, far_asked_at=clock.now())
        result = make.stage_result(closed.present_stage)
        first, second = (
            db.session.scalars(sa.select(Criterion.id).where(Criterion.round_id == one.id).order_by(Criterion.id)).all()
            for one in (open_, planned)
        )
        return {
            "scoring": open_.present_stage.id,
            "scored_stage": closed.present_stage.id,
            "scored_round": open_.id,
            "unscored_round": planned.id,
            "criterion": first[0],
            "free_criterion": second[0],
            "weighed_task": task.id,
            "own_task": make.task(open_, **own).id,
            "gone_task": make.task(open_, **gone).id,
            "scored_task": scored.id,
            "free_seat": free.id,
            "tied_seat": tied.id,
            "proposer_seat": proposer.id,
            "team_member": make.team_member().id,
            "scorer": card.author_id,
            "card": card.id,
            "hidden_card": hidden.id,
            "old_card": old.id,
            "far_card": far.id,
            "stage_result": result.id,
        }

    def _datasets(self, make: Any) -> dict[str, int]:
        """A dataset on offer with a published version, a note and an address, and one with a draft."""
        steward = make.data_steward()
        offered, talked = make.dataset(steward.holder, state=DatasetState.OFFERED), make.dataset(steward.holder)
        draft, [published] = make.dataset_version(talked, published=False), offered.versions
        note = QualityNote(dataset_id=offered.id, text="x", by_holder=False, author_id=offered.proposed_by_id)
        url = "https://data.example.org"
        place = Distribution(version_id=published.id, title="x", access_url=url, format=FileFormat.CSV)
        db.session.add_all([note, place])
        file, gone = make.data_file(published), make.data_file(make.dataset_version(make.dataset()), "달\n1\n")
        figures = DataAggregate(file_id=file.id, by_column="x")
        upload = DataUpload(version_id=published.id, folder="f", name="x", size_bytes=9)
        joined = DataJoinRisk(file_id=file.id, other_file_id=gone.id, shared=["x"], n_rows=7, k=2)
        budget = DataPrivacyBudget(dataset_id=published.dataset_id, total_millis=1_000, rows_per_person=1)
        db.session.add_all([figures, upload, joined, budget])
        db.session.flush()
        paid = {"dataset_id": published.dataset_id, "total_millis": 1_000, "file_id": file.id, "question": {}}
        spend = DataBudgetSpend(spent_before=0, epsilon_millis=400, spent_after=400, question_hash="x", **paid)
        db.session.add(spend)
        db.session.flush()
        db.session.add(DataNoisyAnswer(spend_id=spend.id, figures=["7"], scale=2.5))
        db.session.flush()
        return {
            "data_holder": steward.holder_id,
            "data_steward": steward.id,
            "dataset_on_offer": offered.id,
            "dataset_talked_of": talked.id,
            "published_version": published.id,
            "draft_version": draft.id,
            "distribution": place.id,
            "data_file": file.id,
            "other_data_file": gone.id,
            "noisy_dataset": published.dataset_id,
            "other_dataset": talked.id,
            "data_upload": upload.id,
        }

    def _pilots(self, make: Any) -> dict[str, int]:
        """Pilots in each state: without a reading, read before, running with both readings, spread and taken over."""
        spread = make.walked_pilot(None, PilotState.DECIDED, PilotDecision.SPREAD)
        changed = make.walked_pilot(None, PilotState.DECIDED, PilotDecision.CHANGE)
        office = make.ministry()
        follows = {"origin": PilotOrigin.SPREAD, "ministry_id": office.id, "created_by": make.officer(office).id}
        again = {"origin": PilotOrigin.CHANGED, "parent_id": changed.id}
        bare, read, given_up = make.pilot(), make.walked_pilot(None, PilotState.PLANNED), make.pilot()
        bare.state = read.state = PilotState.RUNNING
        given_up.state, given_up.decision_reason = PilotState.CANCELLED, "x"
        given_up.decided_at, given_up.decided_by_id = clock.now(), given_up.created_by_id
        pilot = make.walked_pilot(None, PilotState.PLANNED)
        db.session.add(PilotReport(pilot_id=pilot.id, text="x", author_id=pilot.created_by_id))
        make.blob()
        db.session.flush()
        return {
            "pilot": pilot.id,
            "unread_pilot": make.pilot().id,
            "bare_running_pilot": bare.id,
            "read_running_pilot": read.id,
            "running_pilot": make.walked_pilot(None, PilotState.RUNNING).id,
            "spread_pilot": spread.id,
            "given_up_pilot": given_up.id,
            "taken_pilot": make.pilot(spread.referral, parent_id=spread.id, **follows).id,
            "again_pilot": make.pilot(changed.referral, **again).id,
            "other_office": office.id,
        }

    def _meetings(self, make: Any) -> dict[str, int]:
        """A meeting under way with an open, a planned and a closed motion; minutes that are drafted and published."""
        task = make.task()
        civil, government = make.chairs(task.round.term)
        present, absent = make.seat(task.round.term), make.seat(task.round.term)
        meeting = make.meeting(task.round.term, state=MeetingState.OPEN)
        item = make.agenda_item(meeting)
        make._add(
            AgendaFile(
                item_id=item.id,
                name="x",
                media_type="x",
                size_bytes=1,
                sha256="a" * 64,
                content=b"x",
                uploaded_by_id=task.added_by_id,
            )
        )
        for seat in (civil, present):
            make.attendance(meeting, seat)
        motion, planned, closed = make.motion(item), make.motion(item, is_open=False), make.motion(item)
        for one in (motion, closed):
            make.ballot(one, civil)
        closed.state, closed.closed_at, closed.outcome = MotionState.CLOSED, clock.now(), MotionOutcome.PASSED
        closed.n_seats, closed.n_present, closed.n_needed = 4, 3, 3
        drafted, published = (make.meeting(task.round.term, state=MeetingState.CLOSED) for _ in range(2))
        signed = {"civil_chair_id": civil.id, "government_chair_id": government.id}
        signed |= dict.fromkeys(("civil_signed_at", "government_signed_at", "published_at"), clock.now())
        make._add(CouncilMinutes(meeting_id=drafted.id, text="x"))
        make._add(CouncilMinutes(meeting_id=published.id, text="x", state=CouncilMinutesState.PUBLISHED, **signed))
        ids = {"council_meeting": meeting.id, "agenda_item": item.id, "council_task": task.id}
        ids |= {"present_seat": present.id, "absent_seat": absent.id, "voting_seat": civil.id}
        ids |= {"open_motion": motion.id, "planned_motion": planned.id, "closed_motion": closed.id}
        return ids | {"drafted": drafted.id, "published_minutes": published.id}

    def _integrity(self, vote: Vote, campaign_id: int, other_id: int, voter_id: int) -> dict[str, int]:
        """An exclusion in force with its vote and case, one without votes, one that was lifted, and two findings."""
        now, who = clock.now(), vote.participant_id
        judge = {"decided_at": now, "decided_by_id": db.session.scalar(sa.select(sa.func.min(Account.id)))}
        exclusion = VoteExclusion(campaign_id=campaign_id, participant_id=who)
        unmarked = VoteExclusion(campaign_id=other_id, participant_id=who)
        lifted = VoteExclusion(campaign_id=campaign_id, participant_id=voter_id, began_at=now, lifted_at=now)
        kind = {"campaign_id": campaign_id, "kind": FindingKind.BURST}
        finding, judged = VoteFinding(key="1", **kind), VoteFinding(key="2", state=FindingState.ACTED, **kind | judge)
        db.session.add_all([exclusion, unmarked, lifted, finding, judged])
        db.session.flush()
        vote.excluded_by_id = exclusion.id
        about = {"exclusion_id": exclusion.id, "finding_id": judged.id, "reason": ExclusionReason.PROGRAM, "words": "x"}
        db.session.add(ExclusionCase(**about | judge))
        db.session.flush()
        found = {"exclusion": exclusion.id, "unmarked": unmarked.id, "lifted": lifted.id}
        return found | {"finding": finding.id, "judged": judged.id}

    def _rooms(self, make: Any, campaign: Campaign) -> dict[str, int]:
        """A room that is open, with a person of each way and an idea of theirs, and one that has ended."""
        room, over = (
            make.gathering(state="RUNNING", campaign=campaign),
            make.gathering(state="FINISHED", campaign=campaign),
        )
        phone, by_tablet = make.entry(room), make.entry(room, make.guest(PassKind.TABLET))
        told = make.room_idea(over)
        db.session.add(RoomTally(gathering_id=over.id, idea_id=told.id, agree=1, disagree=0, pass_=0))
        return {
            "under_way": room.id,
            "over": over.id,
            "by_phone": phone.id,
            "by_account": make.entry(room, make.citizen()).id,
            "by_tablet": by_tablet.id,
            "on_phone": phone.participant_id,
            "tablet": by_tablet.tablet_id,
            "written": make.room_idea(room, phone).id,
            "brought": make.room_idea(room).id,
        }

    def _sheets(self, make: Any, campaign: Any) -> dict[str, int]:
        """A room with two ideas, of which one stood on three accepted sheets; and a slip with its number."""
        room = make.gathering(state="RUNNING", campaign=campaign)
        counted, helper = make.room_idea(room), make.helper(room)
        for who in (room.organiser, helper):
            count_sheets(room, who, 3, {counted.id: Marks(1, 1, 1)}, 0)
        later = make.room_idea(room, make.entry(room, make.guest(PassKind.PAPER)), slip=7)
        counts = sa.select(sa.func.min(SheetCount.id)).where(SheetCount.gathering_id == room.id)
        ids = {"room": room.id, "on_sheets": counted.id, "slip_idea": later.id, "counter": helper.id}
        return ids | {"count": db.session.scalar(counts) or 0}

    def _actions(self, make: Any, campaign: Any) -> dict[str, int]:
        """Somebody in a room whose phone sent an idea and a vote in time, and what waits and what was decided."""
        room = make.gathering(state="RUNNING", campaign=campaign)
        entry, written = make.entry(room), make.room_idea(room)
        made = {"title": "", "body": "", "idea_id": written.id}
        judge = {"decided_at": clock.now() + timedelta(seconds=1), "decided_by_id": room.organiser_id}
        make.late_action(entry, key=KEYS["done"], state=ActionState.DONE, **made)
        make.late_action(entry, key=KEYS["vote"], kind=ActionKind.VOTE, state=ActionState.DONE, value=1, **made)
        make.late_action(entry, key=KEYS["waits"])
        refused = {"state": ActionState.REFUSED, "refusal": "x", "title": "", "body": ""}
        make.late_action(entry, key=KEYS["refused"], **refused, **judge)
        elsewhere = make.entry(make.gathering(state="RUNNING", campaign=campaign))
        again = make.entry(room)
        ids = {"sender": entry.id, "sent_in": room.id, "sender_elsewhere": elsewhere.id, "other_sender": again.id}
        return ids | {"runner": room.organiser_id}

    def _council_paper(self, make: Any) -> int:
        now = clock.now()
        paper = CouncilPaper(meeting_id=make.meeting().id, data_cut_at=now, published_at=now, counts={}, document={})
        db.session.add(paper)
        db.session.flush()
        file = {"format": "pdf", "sha256": "a" * 64, "size_bytes": 1, "content": b"x"}
        db.session.add(CouncilPaperFile(paper_id=paper.id, **file))
        db.session.flush()
        return paper.id

    def _day_report(self, make: Any, campaign: Any) -> int:
        session, now = make.joint_session([], campaign_id=campaign.id), clock.now()
        db.session.add(DayReport(session_id=session.id, data_cut_at=now, published_at=now, counts={}, document={}))
        db.session.flush()
        file = {"format": "pdf", "sha256": "a" * 64, "size_bytes": 1, "content": b"x"}
        db.session.add(DayReportFile(session_id=session.id, **file))
        db.session.flush()
        return session.id

    def _guests(self, make: Any, idea: Idea) -> dict[str, int]:
        """Participants of passes in each state; one of them voted before its gathering ended."""
        then = clock.now()
        account = make.citizen()
        ended, joined = make.guest(), make.guest()
        make.vote(idea, ended)
        ended.acts_until = ended.expires_at = then
        joined.code_hash, joined.joined_at, joined.joined_to_id = None, then, account.id
        people = {
            "guest": make.guest(),
            "unchecked": make.guest(is_admitted=False),
            "paper": make.guest(PassKind.PAPER),
        }
        people |= {"gone": ended, "joined": joined}
        free = GuestPass(kind=PassKind.PHONE, code_hash="f" * 64, says_14_or_older=True, terms_version=1)
        db.session.add(free)
        db.session.flush()
        passes = {"guest_pass": people["guest"].id, "ended_pass": ended.id, "joined_pass": joined.id}
        return {name: one.participant.id for name, one in people.items()} | passes | {"free_pass": free.id}

    def _digest(self, campaign_id: int, run_id: int) -> int:
        digest = Digest(campaign_id=campaign_id, run_id=run_id, data_cut_at=clock.now(), counts={})
        db.session.add(digest)
        db.session.flush()
        file = DigestFile(digest_id=digest.id, run_id=run_id, format="csv", sha256="a" * 64, size_bytes=1, content=b"x")
        db.session.add(file)
        db.session.flush()
        digest.state, digest.published_at = DigestState.PUBLISHED, clock.now()
        db.session.flush()
        return digest.id


def statements() -> tuple[dict[str, str], dict[str, str]]:
    """(what must never be, what may be) by name."""
    wrong, right = {}, {}
    for line in (Path(__file__).parent / "invariants.txt").read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            name, _, statement = line.partition(" | ")
            (right if name.startswith("right: ") else wrong)[name] = statement
    return wrong, right


WRONG, RIGHT = statements()


@pytest.fixture
def world(make) -> World:
    return World(make)


@pytest.fixture
def attempt(app, world, engine_name) -> Callable[[str], None]:
    """Run a statement in a transaction of its own, which is undone."""
    now = "strftime('%Y-%m-%d %H:%M:%f', 'now')" if engine_name == "sqlite" else "CURRENT_TIMESTAMP"

    def run(statement: str) -> None:
        text = re.sub(r"\bNOW\b", now, statement.format(**world.ids))
        with db.engine.connect() as connection:
            try:
                assert connection.exec_driver_sql(text).rowcount != 0, "it met no row at all"
            finally:
                connection.rollback()

    return run


def test_what_must_never_be_is_refused(attempt):
    """One world for all of them, since each attempt is undone: a test per statement would take minutes."""
    got_through = {}
    for name, statement in WRONG.items():
        try:
            attempt(statement)
            got_through[name] = "was let through"
        except IntegrityError:
            continue
        except DBAPIError as error:
            got_through[name] = repr(error.orig)
    assert not got_through


def test_what_may_be_is_let_through(attempt):
    """So that the test above is known to be about the rules, not about broken statements."""
    refused = {}
    for name, statement in RIGHT.items():
        try:
            attempt(statement)
        except DBAPIError as error:
            refused[name] = repr(error.orig)
    assert not refused


def test_every_invariant_of_what_exists_is_tried():
    assert {int(name.split()[0]) for name in WRONG} == set(range(1, 13))


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
def test_a_vote_and_a_withdrawal_at_once_cannot_slip_past_each_other(app, make):
    """PostgreSQL: the trigger holds the idea's row, so a withdrawal waits. SQLite has one writer anyway."""
    idea, voter = make.idea(), make.citizen().participant.id
    idea_id = idea.id
    db.session.commit()
    with db.engine.connect() as voting, db.engine.connect() as withdrawing:
        values = {"idea_id": idea_id, "participant_id": voter, "value": 1, "cast_at": clock.now()}
        voting.execute(sa.insert(Vote).values(values))
        withdrawing.execute(sa.text("SET LOCAL lock_timeout = '200ms'"))
        with pytest.raises(DBAPIError, match="lock timeout"):
            withdrawing.execute(sa.text(f"UPDATE idea SET state = 'WITHDRAWN' WHERE id = {idea_id}"))
