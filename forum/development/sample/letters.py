"""The sample's letters: each is sent and handled on the days that `story.json` gives."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

from forum.analysis.themes.models import Theme
from forum.core import clock
from forum.core.extensions import db
from forum.development.sample.stage import Stage
from forum.people.accounts.models import Account
from forum.people.ministries.models import Ministry
from forum.people.ministries.queries import get_ministry
from forum.response.answers.services import (
    approve_answer,
    ask_reexamination,
    save_draft,
    submit_draft,
)
from forum.response.answers.words import AnswerInput, MilestoneInput
from forum.response.certificates.models import Certificate
from forum.response.certificates.services import agree_to_be_named, issue_batch_of_certificates
from forum.response.deadlines.queries import waiting_clocks
from forum.response.deadlines.services import do_duty
from forum.response.delivery.services import complete_delivery, update_milestone
from forum.response.referrals.interim import give_interim_answer, last_event_of
from forum.response.referrals.models import Answer, Decision, Referral
from forum.response.referrals.queries import get_referral
from forum.response.referrals.services import (
    acknowledge,
    ask_correction,
    forward_theme,
    give_correction,
    give_opinion,
    start_review,
    transfer,
)

LEAD_MINISTRY = "MCEE"  # 기후에너지환경부, the ministry of the officer in `SIGN_INS`
OFFICER, APPROVER, ANALYST = "소관부처 담당자", "소관부처 결재자", "분석가"


def officer_of(stage: Stage, ministry: Ministry) -> Account:
    return stage.staff[OFFICER if ministry.code == LEAD_MINISTRY else ministry.code]


def approver_of(stage: Stage, ministry: Ministry) -> Account:
    return stage.staff[APPROVER if ministry.code == LEAD_MINISTRY else f"{ministry.code} 결재"]


def plan_letter(stage: Stage, plan: dict[str, Any], theme: Callable[[], Theme | None]) -> None:
    """Plan the letter of a theme, and each of the story's steps on its day.

    :param theme: gives the theme, which does not exist yet; None if no cluster was like it
    """
    letter = plan["letter"]
    sent: list[int] = []

    def send() -> None:
        co = [get_ministry(code) for code in letter.get("co", ())]
        ministry, found = get_ministry(letter["to"]), theme()
        if found is None:
            return
        analyst = stage.staff[ANALYST]
        sent.append(forward_theme(found, analyst, ministry, co, letter["text"], version=found.version).id)

    def take(step: dict[str, Any]) -> None:
        if sent:
            ACTS[step["act"]](stage, get_referral(sent[0]), step, plan)
            db.session.flush()

    stage.plan(letter["days_ago"], send)
    for step in letter["steps"]:
        stage.plan(step["days_ago"], partial(take, step))


def plan_duties(stage: Stage, days: int) -> None:
    """Plan what the worker does for the clocks at the beginning of each day: reminders, receipts, ends of stops."""
    today = clock.now().astimezone(clock.SEOUL).replace(hour=0, minute=1, second=0, microsecond=0)
    for n in range(days):
        stage.plan((stage.now - (today - timedelta(days=n))) / timedelta(days=1), _keep_clocks)


def _keep_clocks() -> None:
    for one in waiting_clocks():
        while do_duty(one):
            db.session.flush()


def certify() -> None:
    """Issue the certificates; every other author agrees to be named."""
    while issue_batch_of_certificates() is not None:
        pass
    for certificate in db.session.query(Certificate).order_by(Certificate.id):
        account = certificate.participant.account
        if certificate.id % 2 and account is not None:
            agree_to_be_named(certificate, account)


def _ministry(referral: Referral, step: dict[str, Any]) -> Ministry:
    return get_ministry(step["by"]) if "by" in step else referral.lead.ministry


def _receive(stage: Stage, referral: Referral, step: dict[str, Any], plan: dict[str, Any]) -> None:
    acknowledge(referral, officer_of(stage, _ministry(referral, step)))


def _review(stage: Stage, referral: Referral, step: dict[str, Any], plan: dict[str, Any]) -> None:
    start_review(referral, officer_of(stage, _ministry(referral, step)))


def _ask(stage: Stage, referral: Referral, step: dict[str, Any], plan: dict[str, Any]) -> None:
    until_on = clock.today() + timedelta(days=step["days"])
    ask_correction(referral, officer_of(stage, _ministry(referral, step)), step["text"], until_on)


def _give(stage: Stage, referral: Referral, step: dict[str, Any], plan: dict[str, Any]) -> None:
    give_correction(referral.lead, stage.staff[ANALYST], step["text"])


def _transfer(stage: Stage, referral: Referral, step: dict[str, Any], plan: dict[str, Any]) -> None:
    transfer(referral, officer_of(stage, referral.lead.ministry), get_ministry(step["to"]), step["text"])


def _opinion(stage: Stage, referral: Referral, step: dict[str, Any], plan: dict[str, Any]) -> None:
    give_opinion(referral, officer_of(stage, _ministry(referral, step)), step["text"])


def _interim(stage: Stage, referral: Referral, step: dict[str, Any], plan: dict[str, Any]) -> None:
    expected_on = clock.today() + timedelta(days=step["expected_in_days"])
    seen = last_event_of(referral.lead)
    give_interim_answer(referral, officer_of(stage, referral.lead.ministry), step["text"], expected_on, seen=seen)


def _draft(stage: Stage, referral: Referral, step: dict[str, Any], plan: dict[str, Any]) -> Answer:
    """Write an answer and submit it for approval."""
    said = plan["answer"] if step["act"] == "answer" else step["draft"]
    points = {stage.ideas[key].id: text for key, text in said.get("points", {}).items()}
    decided = {stage.ideas[key].id: Decision[code] for key, code in said.get("point_decisions", {}).items()}
    milestones = [
        MilestoneInput(it["title"], clock.today() + timedelta(days=it["due_in_days"]), it.get("weight", 1))
        for it in said.get("milestones", ())
    ]
    office = said.get("contact_office", "")
    draft = AnswerInput(Decision[said["decision"]], said["reason"], office, milestones, points, decided)
    officer = officer_of(stage, referral.lead.ministry)
    answer = save_draft(referral, officer, draft)
    submit_draft(answer, officer, answer.revision)
    return answer


def _answer(stage: Stage, referral: Referral, step: dict[str, Any], plan: dict[str, Any]) -> None:
    answer = _draft(stage, referral, step, plan)
    approve_answer(answer, approver_of(stage, referral.lead.ministry), answer.revision)


def _again(stage: Stage, referral: Referral, step: dict[str, Any], plan: dict[str, Any]) -> None:
    author = stage.ideas[step["by_author_of"]].author
    assert author is not None
    assert author.account is not None
    answer = referral.published_answer
    assert answer is not None
    ask_reexamination(referral, author.account, step["text"], answer.version)


def _progress(stage: Stage, referral: Referral, step: dict[str, Any], plan: dict[str, Any]) -> None:
    answer = referral.published_answer
    assert answer is not None
    milestone = next(it for it in answer.milestones if it.title == step["milestone"])
    officer, seen = officer_of(stage, referral.lead.ministry), milestone.percent_done
    update_milestone(milestone, officer, step["percent"], step.get("text", ""), seen_percent=seen)


def _complete(stage: Stage, referral: Referral, step: dict[str, Any], plan: dict[str, Any]) -> None:
    answer = referral.published_answer
    assert answer is not None
    complete_delivery(referral, officer_of(stage, referral.lead.ministry), answer.version)


ACTS: dict[str, Callable[[Stage, Referral, dict[str, Any], dict[str, Any]], object]] = {
    "receive": _receive,
    "review": _review,
    "ask_correction": _ask,
    "give_correction": _give,
    "transfer": _transfer,
    "opinion": _opinion,
    "interim": _interim,
    "draft": _draft,
    "answer": _answer,
    "reexamine": _again,
    "progress": _progress,
    "complete": _complete,
}
