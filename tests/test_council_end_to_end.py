"""A round of the council through HTTP: of 60 themes 40 members choose 7, over 20 finalists. Then all is counted again.

With two conflicts, one of them late, a hearing, a tie that is voted on again, a substitute, and the proofs of the
calculated lists checked by a second program from what the public page gives alone.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from forum.administration.operations.checks import recorded_rows
from forum.administration.operations.queries import recount
from forum.analysis.themes.models import Theme, ThemeState
from forum.core import clock
from forum.core.access import Role
from forum.core.extensions import db
from forum.deliberation.council.models import GroupKind, Seat
from forum.deliberation.hearings.models import Hearing, HearingQuestion
from forum.deliberation.meetings.models import AgendaItem, CouncilMeeting, CouncilMinutes, Motion, MotionOutcome
from forum.deliberation.rounds.models import CouncilRound, CouncilTask, StageKind, TaskState
from forum.deliberation.rounds.queries import conflicts_of, tasks_of
from forum.deliberation.scorecards.queries import criteria_of, result_of
from forum.people.accounts.models import CouncilSeat
from forum.system.notices.models import OutboxMail

N_THEMES, N_FINALISTS, N_CHOSEN, N_MEMBERS, N_GROUPS = 60, 20, 7, 40, 8
N_DELEGATES, N_TEAM, N_CITIZENS = 5, 2, 5
CRITERIA = (("공감대", 40), ("할 수 있는 일", 35), ("미래 세대", 25))


class Council:
    """The people of the test, each with a browser of their own."""

    def __init__(self, make: Any, new_client: Callable[[], Any], work: Callable[[], Any]) -> None:
        self.make, self.work = make, work
        self.term = make.term(number=1)
        self.analyst = new_client().login(make.account(Role.ANALYST))
        self.visitor = new_client()
        kinds = (CouncilSeat.CIVIL, CouncilSeat.GOVERNMENT)
        self.seats: list[Seat] = [
            make.seat(self.term, kind=kinds[n % 2], is_chair=n < len(kinds)) for n in range(N_MEMBERS)
        ]
        self.members = {seat.id: new_client().login(seat.account) for seat in self.seats}
        self.groups = [make.council_group(self.term, self.seats[n::N_GROUPS]) for n in range(N_GROUPS)]
        make.council_group(self.term, self.seats[:N_DELEGATES], GroupKind.DELEGATES)
        team = make.council_group(self.term, kind=GroupKind.TEAM)
        self.team = [new_client().login(make.team_member(team).account) for _n in range(N_TEAM)]
        self.substitute = make.citizen()
        self.seats[5].substitute_id, self.seats[5].substitute_name = self.substitute.id, "대리인"
        self.stands_in = new_client().login(self.substitute)
        db.session.commit()

    def post(self, who: Any, path: str, **fields: Any) -> str:
        """Send a form that must be taken, and return where it leads."""
        sent = who.post(path, data=fields)
        assert sent.status_code == 303, (path, sent.status_code, re.sub(r"<[^>]+>|\s+", " ", sent.text)[-600:])
        db.session.rollback()
        return str(sent.headers["Location"])

    def compute(self) -> None:
        db.session.rollback()
        self.work()
        db.session.expire_all()

    @property
    def round(self) -> CouncilRound:
        db.session.rollback()
        return db.session.scalars(sa.select(CouncilRound)).one()

    def stage(self, act: str, **fields: Any) -> None:
        """Let the secretariat open, close or decide a stage."""
        now = self.round
        self.post(self.analyst, f"/council/rounds/{now.id}/{act}", seen=now.revision, **fields)


@pytest.fixture
def council(make, new_client, work) -> Council:
    return Council(make, new_client, work)


def test_a_round_of_sixty_themes_comes_to_seven_tasks_and_can_be_counted_again(council, make, new_client, tmp_path):
    campaign = make.campaign(slug="real")
    themes = themes_of(make, campaign)
    make.vouch()
    db.session.commit()
    plan_and_fill(council, themes)
    round_id, tasks = council.round.id, {task.id: task.number for task in tasks_of(council.round.id)}
    assert len(tasks) == N_THEMES

    # Sub-committees: one member has a tie from the start, and another says so after scoring.
    early, late = council.seats[0], council.seats[8]
    first = next(one for one in tasks_of(round_id) if one.subcommittee_id == council.groups[0].id)
    open_subcommittees(council)
    council.post(council.members[early.id], f"/council/tasks/{first.id}/conflict", text="제 모임이 하는 일이에요.")
    score_all(council, by_group=True)
    assert council.members[early.id].get(f"/council/tasks/{first.id}/score").status_code == 403
    close(council)
    before = result_of(council.round.present_stage.id)
    council.post(council.members[late.id], f"/council/tasks/{first.id}/conflict", text="늦게 알려 드려요.")
    council.compute()
    after = result_of(council.round.present_stage.id)
    n_before, n_after = (next(one.n for one in found.tasks if one.task_id == first.id) for found in (before, after))
    assert (after.number, after.n_taken_out, n_after) == (2, 1, n_before - 1)
    page = council.visitor.get(f"/council/stages/{after.stage_id}/scores").text
    assert "평가표 1장은 빼고 셌어요" in page
    decide_by_ranks(council, after)

    # A team of citizens, then the delegates, and in between a proposer explains.
    council.stage("open")
    for person in council.team:
        for task in tasks_of(round_id, TaskState.IN_ROUND):
            council.post(person, f"/council/tasks/{task.id}/score", **card(task, 4))
    close(council)
    decide_by_ranks(council, result_of(council.round.present_stage.id))
    hear(council, new_client, tasks_of(round_id, TaskState.IN_ROUND)[0])
    council.stage("open")
    score_all(council, by_group=False)
    close(council)
    decide_by_ranks(council, result_of(council.round.present_stage.id))
    finalists = tasks_of(round_id, TaskState.IN_ROUND)
    assert len(finalists) == N_FINALISTS

    # The assembly: ratings and citizens' votes, an open ballot with a tie, and both signatures.
    council.stage("open")
    rate(council, finalists)
    vote_as_citizens(council, new_client, finalists)
    close(council)
    chosen = meet(council, finalists)
    reasons(council, finalists)
    council.stage("decide", going_on=sorted(chosen))
    for seat in council.seats[:2]:
        revision = council.round.revision
        council.post(council.members[seat.id], f"/council/rounds/{round_id}/sign", seen=revision)
    assert {task.id for task in tasks_of(round_id, TaskState.CHOSEN)} == chosen
    assert len(chosen) == N_CHOSEN
    public = council.visitor.get(f"/council/rounds/{round_id}").text
    assert f"협의회가 대표과제 {N_CHOSEN}개를 골랐어요." in public

    # Everything once more: the proofs from the public page alone, and each figure from its rows.
    verify_proofs(council.visitor, round_id, tmp_path)
    findings = [*recount(), *recorded_rows()]
    assert not [one for finding in findings for one in finding.differences]


def themes_of(make: Any, campaign: Any) -> list[Theme]:
    ideas = [make.idea(campaign) for _n in range(N_THEMES)]
    run = make.run(campaign, [[idea] for idea in ideas])
    values = {"state": ThemeState.APPROVED, "run_id": run.id}
    return [make.theme(campaign, [idea], **values) for idea in ideas]


def plan_and_fill(council: Council, themes: Sequence[Theme]) -> None:
    """Plan the round with its criteria, and put all themes on the long list, spread over the sub-committees."""
    today = clock.today().isoformat()
    plan: dict[str, object] = {"title": "시험 선정", "n_chosen": N_CHOSEN, "campaign": "real"}
    n_on = (N_THEMES, 30, 25, N_FINALISTS, N_CHOSEN)
    for kind, n in zip(StageKind, n_on, strict=True):
        name = kind.name.lower()
        plan |= {f"{name}_starts_on": today, f"{name}_ends_on": today, f"{name}_n_on": n}
    council.post(council.analyst, "/council/terms/1/rounds/new", **plan)
    rows = {
        f"rows-{n}-{part}": value
        for n, row in enumerate(CRITERIA)
        for part, value in zip(("name", "weight"), row, strict=True)
    }
    council.post(council.analyst, f"/council/rounds/{council.round.id}/criteria", seen=council.round.revision, **rows)
    council.stage("open")
    for theme in themes:
        council.post(council.analyst, f"/council/rounds/{council.round.id}/themes", theme=theme.id)
    for place, task in enumerate(tasks_of(council.round.id)):
        words = {"title": f"과제 {task.number}", "summary": task.summary, "lead_idea": task.lead_idea_id}
        group = council.groups[place % N_GROUPS].id
        council.post(council.analyst, f"/council/tasks/{task.id}/edit", seen=1, subcommittee=group, **words)


def open_subcommittees(council: Council) -> None:
    """Close the long list, let everything on, and open the sub-committees."""
    council.stage("close")
    council.stage("decide", going_on=[task.id for task in tasks_of(council.round.id, TaskState.IN_ROUND)])
    council.stage("open")


def card(task: CouncilTask, value: int) -> dict[str, Any]:
    return {f"score_{one.id}": value for one in criteria_of(task.round_id)} | {"reason": "살펴봤어요.", "seen": 0}


def score_all(council: Council, by_group: bool) -> None:
    """Let everybody score what is theirs: the earlier a task, the better, with each member a little different."""
    tied = {(one.id, seat_id) for one in tasks_of(council.round.id) for seat_id in ties_of(one)}
    for task in tasks_of(council.round.id, TaskState.IN_ROUND):
        group = next(n for n, one in enumerate(council.groups) if one.id == task.subcommittee_id)
        seats = council.seats[group::N_GROUPS] if by_group else council.seats[:N_DELEGATES]
        for place, seat in enumerate(seats):
            if (task.id, seat.id) not in tied:
                value = max(1, min(5, 5 - task.number // 15 - (place + task.number) % 2))
                council.post(council.members[seat.id], f"/council/tasks/{task.id}/score", **card(task, value))


def ties_of(task: CouncilTask) -> set[int]:
    return {one.seat_id for one in conflicts_of(task.id) if one.seat_id is not None}


def close(council: Council) -> None:
    council.stage("close")
    council.compute()


def decide_by_ranks(council: Council, result: Any) -> None:
    stage = council.round.present_stage
    assert stage is not None
    going_on = [one.task_id for one in result.tasks if one.rank <= stage.n_on]
    council.stage("decide", going_on=going_on)


def hear(council: Council, new_client: Callable[[], Any], task: CouncilTask) -> None:
    """A proposer explains in writing, a citizen asks, and what changed is recorded."""
    starts_at = clock.now() + timedelta(days=1)
    plan = {"starts_at": starts_at.astimezone(clock.SEOUL).strftime("%Y-%m-%dT%H:%M"), "minutes": 20, "place": "회의실"}
    proposer = new_client().login(task.lead_idea.author.account)
    account = task.lead_idea.author.account_id
    desk = council.post(council.analyst, f"/council/tasks/{task.id}/hearing/new", **plan).removesuffix("/desk")
    council.post(council.analyst, f"{desk}/invite", proposer=account)
    [invitation] = db.session.scalars(sa.select(Hearing)).one().invitations
    said = {"way": "TEXT", "statement": "우리 학교 지붕이에요.", "guardian_email": "guardian@example.org"}
    council.post(proposer, f"/council/invitations/{invitation.id}/accept", seen=1, **said)
    mail = db.session.scalars(sa.select(OutboxMail.body).where(OutboxMail.recipient == said["guardian_email"])).one()
    link = re.search(r"/council/hearings/consent/\S+", mail)
    assert link is not None
    council.post(council.visitor, link[0], name="보호자", agrees=1)
    council.post(council.team[0], f"{desk}/questions", text="돈은 얼마나 드나요?")
    question = db.session.scalars(sa.select(HearingQuestion)).one()
    council.post(council.team[1], f"/council/questions/{question.id}/want")
    with clock.at(starts_at + timedelta(hours=1)):
        answer = {"answer": "천만 원쯤이에요.", "seen": 1}
        council.post(council.analyst, f"/council/questions/{question.id}/answer", **answer)
        council.post(council.analyst, f"{desk}/hold", what_changed="주차장부터 시작해요.", seen=1)
    page = council.visitor.get(desk).text
    for words in ("우리 학교 지붕이에요.", "듣고 싶은 사람 1명", "천만 원쯤이에요.", "주차장부터 시작해요."):
        assert words in page


def rate(council: Council, finalists: Sequence[CouncilTask]) -> None:
    """Two camps of members: one approves odd numbers, the other even ones."""
    ties = {task.id: ties_of(task) for task in finalists}
    for place, seat in enumerate(council.seats):
        said = {
            f"task-{task.id}": "yes" if task.number % 2 == place % 2 else "no"
            for task in finalists
            if seat.id not in ties[task.id]
        }
        council.post(council.members[seat.id], f"/council/rounds/{council.round.id}/finalists", said=1, **said)


def vote_as_citizens(council: Council, new_client: Callable[[], Any], finalists: Sequence[CouncilTask]) -> None:
    """Ask citizens by the ideas that stand for the finalists; each votes on all of them."""
    council.post(council.analyst, f"/council/rounds/{council.round.id}/ballot")
    ideas = [task.lead_idea_id for task in tasks_of(council.round.id, TaskState.IN_ROUND)]
    for place in range(N_CITIZENS):
        account = council.make.citizen()
        db.session.commit()
        citizen = new_client().login(account)
        council.post(citizen, "/c/real/shortlists/1/old-votes")
        for number, idea_id in enumerate(ideas):
            value = "agree" if number % 3 == place % 3 else "disagree"
            council.post(citizen, f"/ideas/{idea_id}/vote", value=value)


def meet(council: Council, finalists: Sequence[CouncilTask]) -> set[int]:
    """Meet, vote by name, and once more between two tasks that share the last place. Return what was chosen."""
    ids, ties = [task.id for task in finalists], {task.id: ties_of(task) for task in finalists}
    starts_at = (clock.now() + timedelta(hours=1)).astimezone(clock.SEOUL)
    times = {"starts_at": starts_at, "ends_at": starts_at + timedelta(hours=2)}
    plan = {name: when.strftime("%Y-%m-%dT%H:%M") for name, when in times.items()}
    plan |= {"title": "총회", "place": "큰 회의실", "round_id": str(council.round.id)}
    meeting = council.post(council.analyst, "/council/terms/1/meetings/new", **plan)
    number = int(re.findall(r"\d+", meeting)[-1])
    page = f"/council/meetings/{number}"
    council.post(council.analyst, f"{page}/items/new", title="대표과제 확정", text="일곱 개를 골라요.")
    item = db.session.scalars(sa.select(AgendaItem)).one()
    council.post(council.analyst, f"{page}/open", seen=db.session.get_one(CouncilMeeting, number).revision)
    present = [seat for place, seat in enumerate(council.seats) if place not in {5, 39}]
    for place, seat in enumerate(present):
        way = "ONLINE" if place % 4 == 0 else "IN_PERSON"
        council.post(council.members[seat.id], f"{page}/arrive", seat=seat.id, way=way)
    stood_in = council.seats[5]
    council.post(council.stands_in, f"{page}/arrive", seat=stood_in.id, way="IN_PERSON", by_substitute=1)
    motion = {"text": "일곱 개까지 골라요.", "rule": "APPROVAL", "tie_rule": "AGAIN", "places": N_CHOSEN, "tasks": ids}
    council.post(council.analyst, f"/council/items/{item.id}/motions/new", **motion)
    backed = {task_id: 39 if at < N_CHOSEN - 1 else 25 if at <= N_CHOSEN else 0 for at, task_id in enumerate(ids)}
    assert ballot(council, present, ties, backed) is MotionOutcome.TIED
    again = db.session.scalars(sa.select(Motion)).one()
    council.post(council.analyst, f"/council/motions/{again.id}/again")
    won, lost = ids[N_CHOSEN], ids[N_CHOSEN - 1]
    assert ballot(council, present, ties, {won: 30, lost: 5}) is MotionOutcome.PASSED
    council.post(council.analyst, f"{page}/close", seen=db.session.get_one(CouncilMeeting, number).revision)
    minutes = council.visitor.get(f"{page}/minutes")
    assert minutes.status_code == 404, "minutes are public once both chairs signed"
    for seat in council.seats[:2]:
        revision = db.session.get_one(CouncilMinutes, number).revision
        council.post(council.members[seat.id], f"{page}/minutes/sign", seen=revision)
    assert "대리인" in council.visitor.get(f"{page}/minutes").text
    return {*ids[: N_CHOSEN - 1], won}


def ballot(council: Council, present: Sequence[Seat], ties: Any, backed: dict[int, int]) -> MotionOutcome:
    """Open the newest motion, let everybody vote, with as many approvals for each task, and close it."""
    motion = db.session.scalars(sa.select(Motion).order_by(Motion.id.desc()).limit(1)).one()
    page = f"/council/motions/{motion.id}"
    council.post(council.analyst, f"{page}/open", seen=motion.revision)
    voters = [*((seat, council.members[seat.id]) for seat in present), (council.seats[5], council.stands_in)]
    for place, (seat, who) in enumerate(voters):
        approved = [task_id for task_id, n in backed.items() if place < n and seat.id not in ties[task_id]]
        council.post(who, f"{page}/ballot", approved=approved, seen=0)
    db.session.expire_all()
    council.post(council.analyst, f"{page}/close", seen=db.session.get_one(Motion, motion.id).revision)
    outcome = db.session.get_one(Motion, motion.id).outcome
    assert outcome is not None
    return outcome


def reasons(council: Council, finalists: Sequence[CouncilTask]) -> None:
    for task in finalists:
        council.post(council.analyst, f"/council/tasks/{task.id}/departure", text="함께 살펴 정했어요.", seen=0)


def verify_proofs(visitor: Any, round_id: int, folder: Path) -> None:
    """Check both proofs with the published program, from what the public page links to."""
    page = visitor.get(f"/council/rounds/{round_id}/advisory").text
    program = folder / "verify_slate.py"
    program.write_text(visitor.get("/slates/verify_slate.py").text, encoding="utf-8")
    proofs = sorted(set(re.findall(rf"/council/rounds/{round_id}/advisory/\w+\.json", page)))
    assert len(proofs) == 2
    for path in proofs:
        proof = folder / "proof.json"
        proof.write_text(json.dumps(visitor.get(path).get_json()), encoding="utf-8")
        checked = subprocess.run([sys.executable, program, proof], capture_output=True, text=True, check=False)
        assert checked.returncode == 0, checked.stdout
