"""Keep what was found about votes; exclude votes, object to that, decide the objection.

The finding is locked first, then the participants in their order, then what `voice.votes.exclusions` changes: two
moderators act one after the other. Nothing here excludes a vote without a person who answers for it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from flask import current_app

from forum.core import clock
from forum.core.access import Actor, require
from forum.core.database import affected
from forum.core.errors import InvalidInput, WrongState
from forum.core.extensions import db
from forum.core.i18n import _, _l
from forum.core.privacy import mask
from forum.core.text import clean_text, refuse_resident_numbers
from forum.system.audit.services import record, text_hash
from forum.system.jobs.models import Job
from forum.system.jobs.services import enqueue_job
from forum.voice.campaigns.models import Campaign
from forum.voice.integrity import mails
from forum.voice.integrity.facts import EXCLUSIONS, FINDINGS
from forum.voice.integrity.models import (
    ExclusionCase,
    ExclusionReason,
    FindingKind,
    FindingState,
    ObjectionDecision,
    VoteFinding,
    VoteFindingPerson,
    VoteLook,
)
from forum.voice.integrity.permissions import (
    can_decide_objection,
    can_judge_votes,
    can_object,
    can_see_findings,
)
from forum.voice.integrity.queries import LOOK_JOB, CastVote, votes_of_person
from forum.voice.moderation.queries import other_moderators
from forum.voice.votes.exclusions import count_votes_again, exclude_votes, lock_voters, open_exclusions
from forum.voice.votes.models import VoteExclusion

if TYPE_CHECKING:
    from forum.voice.integrity.signals import Signal

MAX_WORDS_CHARS = 500
MIN_WORDS_CHARS = 5
ENOUGH_NEW = 5  # people beyond those of a finding that was judged, before the same is shown again
BY_PATTERN = frozenset({FindingKind.SAME_PATTERN, FindingKind.SAME_HOUR})
"""Kinds whose key changes when somebody joins in; the same ones are known by their people."""
MODERATORS_ONLY = _l("투표를 빼거나 다시 세는 일은 운영진만, 자기 투표가 아닐 때만 할 수 있어요.")
OTHER_DECIDES = _l("투표를 뺀 사람이 아닌 다른 운영진이 판단해요.")
OWN_ONLY = _l("내 투표를 뺐을 때만 이의를 낼 수 있어요.")


def enqueue_look(campaign_id: int) -> Job:
    """Enqueue a look at a campaign's votes, or return the one that waits or runs. The caller commits."""
    return enqueue_job(LOOK_JOB, dedupe_key=f"campaign:{campaign_id}", campaign_id=campaign_id)


def store_signals(campaign_id: int, signals: Iterable[Signal], last_event_id: int) -> int:
    """Keep what was found, and how far was looked. The caller commits.

    What is open and found again is brought up to date. What a moderator has judged is not shown anew until
    `ENOUGH_NEW` more people belong to it. Nothing is decided here.

    :return: how many findings are new
    """
    now = clock.now()
    known = db.session.scalars(
        sa.select(VoteFinding).where(VoteFinding.campaign_id == campaign_id).order_by(VoteFinding.id).with_for_update()
    ).all()
    n_new, taken = 0, set[int]()
    for signal in signals:
        kind = FindingKind[signal.kind]
        same = [one for one in known if one.kind is kind and _is_same(one, signal)]
        found = next((one for one in same if one.is_open and one.id not in taken), None)
        if found is None and any(_was_judged(one, signal) for one in same if not one.is_open):
            continue
        if found is None:
            found = VoteFinding(campaign_id=campaign_id, kind=kind, key=signal.key, revision=0, people=[])
            db.session.add(found)
            n_new += 1
        _measure(found, signal, now)
        db.session.flush()
        taken.add(found.id)
    look = db.session.get(VoteLook, campaign_id)
    if look is None:
        look = VoteLook(campaign_id=campaign_id)
        db.session.add(look)
    look.last_event_id, look.looked_at = last_event_id, now
    db.session.flush()
    return n_new


def _is_same(finding: VoteFinding, signal: Signal) -> bool:
    if finding.key == signal.key:
        return True
    people = {one.participant_id for one in finding.people}
    return finding.kind in BY_PATTERN and 2 * len(people & signal.people.keys()) > min(len(people), len(signal.people))


def _was_judged(finding: VoteFinding, signal: Signal) -> bool:
    """Does a judged finding speak for this one too? Its people may be forgotten; their number is kept."""
    people = {one.participant_id for one in finding.people}
    n_new = len(signal.people.keys() - people) if people else len(signal.people) - finding.measured.get("people", 0)
    return n_new < ENOUGH_NEW


def _measure(finding: VoteFinding, signal: Signal, now: Any) -> None:
    measured = dict(signal.measured) | {"people": len(signal.people)}
    before = finding.measured, {one.participant_id: one.n_votes for one in finding.people}
    if before != (measured, dict(signal.people)):
        finding.revision += 1
        finding.measured = measured
        rows = {one.participant_id: one for one in finding.people}
        finding.people = [rows.get(who) or VoteFindingPerson(participant_id=who) for who in sorted(signal.people)]
        for row in finding.people:
            row.n_votes = signal.people[row.participant_id]
    finding.measured_at = now


def dismiss_finding(finding: VoteFinding, actor: Actor, words: str, seen_revision: int | None = None) -> None:
    """Leave the votes as they are, with a reason. The caller commits.

    :param seen_revision: revision of the finding that the moderator read
    :raise Forbidden: not a moderator
    :raise InvalidInput: no reason
    :raise WrongState: judged already, or measured anew since the moderator read it
    """
    require(can_see_findings(actor), MODERATORS_ONLY)
    said = _words(words, "words")
    _lock_finding(finding, seen_revision)
    require(can_see_findings(actor), MODERATORS_ONLY)
    finding.words = said
    _settle(finding, actor, FindingState.DISMISSED)
    record(actor, "integrity.dismiss", finding, after={"words": text_hash(said)}, facts=FINDINGS.of([finding.id]))


def exclude_people(
    finding: VoteFinding,
    actor: Actor,
    participant_ids: Collection[int],
    reason: str,
    words: str,
    seen_revision: int | None = None,
) -> list[ExclusionCase]:
    """Take the votes of some of a finding's people in its campaign out of the count, and tell them. The caller commits.

    :param participant_ids: of people of the finding, at least one
    :param reason: name of an ExclusionReason
    :param words: what each of them reads beside it
    :raise Forbidden: not a moderator, the system too; or the actor's own votes are among them
    :raise InvalidInput: nobody chosen or somebody who is not of the finding, no such reason, or no words
    :raise WrongState: judged already, measured anew since the moderator read it, or somebody's votes are excluded
    """
    chosen = sorted(set(participant_ids))
    _require_judge(actor, chosen)
    if reason not in ExclusionReason.__members__:
        raise InvalidInput({"reason": _("목록에 있는 까닭을 하나 골라 주세요.")})
    said = _words(words, "words")
    _lock_finding(finding, seen_revision)
    if not chosen or not {one.participant_id for one in finding.people} >= set(chosen):
        raise InvalidInput({"people": _("이 화면에 있는 사람 가운데 한 명 이상을 골라 주세요.")})
    lock_voters(chosen)
    _require_judge(actor, chosen)
    if open_exclusions(finding.campaign_id, chosen):
        raise WrongState(_("고른 사람 가운데 이미 투표를 뺀 사람이 있어요. 아래의 지금 목록을 보고 다시 골라 주세요."))
    cases = [
        ExclusionCase(
            exclusion_id=exclusion.id,
            finding_id=finding.id,
            reason=ExclusionReason[reason],
            words=said,
            decided_by_id=actor.id,
        )
        for exclusion in exclude_votes(finding.campaign_id, chosen)
    ]
    db.session.add_all(cases)
    db.session.flush()
    _settle(finding, actor, FindingState.ACTED)
    after = {"people": len(cases), "reason": ExclusionReason[reason].name}
    record(actor, "integrity.act", finding, after=after, facts=FINDINGS.of([finding.id]))
    campaign = db.session.get_one(Campaign, finding.campaign_id)
    for case in cases:
        _record(actor, "integrity.exclude", case, {"reason": case.reason.name, "finding": finding.id})
        mails.notify_excluded(case, campaign)
    return cases


def object_to(case: ExclusionCase, actor: Actor, words: str) -> None:
    """Record the person's one objection to the exclusion of their votes. The caller commits.

    :raise Forbidden: somebody else's votes
    :raise InvalidInput: words that are too short, or that `forum.core.text` refuses
    :raise WrongState: objected before, or the votes count again
    """
    require(can_object(actor, case), OWN_ONLY)
    said = _words(words, "words")
    _lock_case(case)
    require(can_object(actor, case), OWN_ONLY)
    if not case.is_open:
        raise WrongState(_("이미 다시 세는 투표예요."))
    if case.objected_at is not None:
        raise WrongState(_("이의는 한 번만 낼 수 있어요."))
    case.objection_text, case.objected_at = mask(said).text, clock.now()
    db.session.flush()


def decide_objection(case: ExclusionCase, actor: Actor, decision: str, words: str) -> None:
    """Decide an objection: the votes count again or stay excluded. The person is told. The caller commits.

    :param decision: name of an ObjectionDecision
    :param words: the explanation that the person reads
    :raise Forbidden: not a moderator, the one who excluded while there is another, or the actor's own votes
    :raise InvalidInput: no such decision, or no explanation
    :raise WrongState: no objection waits for a decision
    """
    _require_decider(case, actor)
    if decision not in ObjectionDecision.__members__:
        raise InvalidInput({"decision": _("계속 뺄지 다시 셀지 골라 주세요.")})
    answer = _words(words, "words")
    _lock_case(case)
    _require_decider(case, actor)
    if not case.waits_for_decision or not case.is_open:
        raise WrongState(_("판단을 기다리는 이의가 없어요."))
    case.objection_decision, case.objection_answer = ObjectionDecision[decision], answer
    case.objection_decided_at, case.objection_decided_by_id = clock.now(), actor.id
    if case.objection_decision is ObjectionDecision.LIFTED:
        _count_again(case, actor)
    db.session.flush()
    _record(actor, "integrity.decide_objection", case, {"decision": case.objection_decision.name})
    mails.notify_decided(case, _campaign_of(case))


def lift_exclusion(case: ExclusionCase, actor: Actor) -> None:
    """Let somebody's votes count again, because they should not have been excluded. The caller commits.

    :raise Forbidden: not a moderator, the system too, or the actor's own votes
    :raise WrongState: they count already, or an objection waits for its decision
    """
    _require_judge(actor, [case.participant_id])
    _lock_case(case)
    _require_judge(actor, [case.participant_id])
    if not case.is_open:
        raise WrongState(_("이미 다시 세는 투표예요."))
    if case.waits_for_decision:
        raise WrongState(_("이의를 먼저 판단해 주세요."))
    _count_again(case, actor)
    db.session.flush()
    _record(actor, "integrity.lift", case, {})
    mails.notify_counted_again(case, _campaign_of(case))


def look_at_votes(finding: VoteFinding, actor: Actor, participant_id: int, words: str) -> list[CastVote]:
    """Return on what one person voted in a finding's campaign and when, to a moderator whose reason goes on record.

    How they voted is not told: nobody has to know somebody's opinion to judge whether the votes are genuine. The caller
    commits before showing it.

    :raise Forbidden: not a moderator, or the actor's own votes
    :raise InvalidInput: no reason given, or the person is not of the finding
    """
    require(can_judge_votes(actor, participant_id), MODERATORS_ONLY)
    why = _words(words, "words")
    if participant_id not in {one.participant_id for one in finding.people}:
        raise InvalidInput({"words": _("이 화면에 있는 사람의 투표만 볼 수 있어요.")})
    after = {"participant": participant_id, "why": text_hash(why)}
    record(actor, "integrity.look_at_votes", finding, after=after)
    return votes_of_person(finding, participant_id)


def forget_found_person(participant_id: int) -> None:
    """Delete somebody who leaves from all findings, and the words of their objections. The caller commits."""
    own = sa.select(VoteExclusion.id).where(VoteExclusion.participant_id == participant_id)
    texts = sa.update(ExclusionCase).where(
        ExclusionCase.exclusion_id.in_(own), ExclusionCase.objection_text.is_not(None)
    )
    for statement in (
        sa.delete(VoteFindingPerson).where(VoteFindingPerson.participant_id == participant_id),
        texts.values(objection_text=_("탈퇴하면서 지웠어요.")),
    ):
        db.session.execute(statement.execution_options(synchronize_session=False))


def hand_over_findings(from_participant: int, to_participant: int) -> None:
    """Let findings that are still open be about the account that a guest's votes are of now. The caller commits."""
    both = sa.select(VoteFindingPerson.finding_id).where(VoteFindingPerson.participant_id == to_participant)
    still_open = sa.select(VoteFinding.id).where(VoteFinding.state == FindingState.OPEN)
    moved = sa.update(VoteFindingPerson).where(
        VoteFindingPerson.participant_id == from_participant,
        VoteFindingPerson.finding_id.in_(still_open),
        VoteFindingPerson.finding_id.not_in(both),
    )
    moved = moved.values(participant_id=to_participant)
    db.session.execute(moved.execution_options(synchronize_session=False))
    db.session.expire_all()


def forget_judged_people() -> int:
    """Delete the people of findings that were judged FINDING_PEOPLE_DAYS ago; return how many. The caller commits."""
    oldest = clock.now() - timedelta(days=int(current_app.config["FINDING_PEOPLE_DAYS"]))
    judged = sa.select(VoteFinding.id).where(VoteFinding.decided_at <= oldest)
    gone = sa.delete(VoteFindingPerson).where(VoteFindingPerson.finding_id.in_(judged))
    return affected(db.session.execute(gone.execution_options(synchronize_session=False)))


def _require_judge(actor: Actor, participant_ids: Collection[int]) -> None:
    require(can_see_findings(actor) and all(can_judge_votes(actor, one) for one in participant_ids), MODERATORS_ONLY)


def _require_decider(case: ExclusionCase, actor: Actor) -> None:
    require(can_decide_objection(actor, case, other_moderators(case.decided_by_id)), OTHER_DECIDES)


def _lock_finding(finding: VoteFinding, seen_revision: int | None) -> None:
    """Lock a finding and read it again.

    :raise WrongState: judged already, or measured anew since the moderator read it
    """
    db.session.refresh(finding, with_for_update={"of": VoteFinding})
    if not finding.is_open:
        raise WrongState(_("다른 운영진이 그사이에 판단했어요. 아래에서 결과를 확인해 주세요."))
    if seen_revision is not None and seen_revision != finding.revision:
        raise WrongState(_("그사이에 다시 쟀더니 달라졌어요. 아래의 지금 내용을 보고 다시 판단해 주세요."))


def _lock_case(case: ExclusionCase) -> None:
    """Lock the person, then the exclusion with its case, and read these again."""
    lock_voters([case.participant_id])
    db.session.refresh(case.exclusion, with_for_update={"of": VoteExclusion})
    db.session.refresh(case, with_for_update={"of": ExclusionCase})


def _settle(finding: VoteFinding, actor: Actor, state: FindingState) -> None:
    finding.state, finding.decided_at, finding.decided_by_id = state, clock.now(), actor.id
    db.session.flush()


def _count_again(case: ExclusionCase, actor: Actor) -> None:
    case.lifted_by_id = actor.id
    db.session.flush()
    count_votes_again(case.exclusion)


def _campaign_of(case: ExclusionCase) -> Campaign:
    return db.session.get_one(Campaign, case.exclusion.campaign_id)


def _record(actor: Actor, action: str, case: ExclusionCase, after: Mapping[str, object]) -> None:
    record(actor, action, case.exclusion, after=after, facts=EXCLUSIONS.of([case.exclusion_id]))


def _words(value: str, field: str) -> str:
    text = clean_text(value, field, _("설명"), max_chars=MAX_WORDS_CHARS, min_chars=MIN_WORDS_CHARS)
    refuse_resident_numbers(text, field)
    return text
