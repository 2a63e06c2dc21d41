from __future__ import annotations

import re
import subprocess
import sys

import pytest

from forum.core import clock
from forum.core.extensions import db
from forum.deliberation.advisory.models import AdvisorySide, DepartureReason
from forum.deliberation.advisory.pages import for_desk, for_member, for_visitor
from forum.deliberation.advisory.queries import ballot_of, latest_slate_job, ratings_of, slate_of
from forum.deliberation.advisory.services import explain_departure, open_ballot
from forum.deliberation.rounds.models import CouncilRound, StageKind, TaskState
from forum.system.jobs.models import Job, JobState
from tests.factories import SCRIPT
from tests.forum.deliberation.advisory.stages import assembly, close, decide, rate
from tests.forum.deliberation.advisory.test_following import citizens_vote, declare

ADVISORY = "참고: 계산으로 고른 목록"


@pytest.fixture
def told(make, work):
    """A closed assembly: the members' list holds the first two of four finalists, the citizens' the last two."""
    one = assembly(make)
    open_ballot(one.round, make.analyst())
    rate(one, ["++--"] * 6)
    citizens_vote(one.tasks, ["--++"] * 5)
    close(one.round)
    work()
    return one


def page_of(client, round_id):
    return client.get(f"/council/rounds/{round_id}/advisory").get_data(as_text=True)


def test_both_proofs_verify_from_what_the_public_page_offers_alone(told, client, tmp_path):
    """A stranger follows the links of the page, downloads what they lead to, and runs the program by itself."""
    page = page_of(client, told.round.id)
    links = re.findall(r'href="([^"]+)" download="([^"]+)"', page)
    assert [name for _link, name in links] == [
        "members.json",
        "verify_slate.py",
        "citizens.json",
        "verify_slate.py",
    ]
    for link, name in links:
        answer = client.get(link)
        assert answer.status_code == 200
        (tmp_path / name).write_bytes(answer.data)
    for name in ("members.json", "citizens.json"):
        command = [sys.executable, "-I", "verify_slate.py", name]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout
        proof = (tmp_path / name).read_text("utf-8")
        (tmp_path / name).write_text(proof.replace('"people": ', '"people": 1', 1), "utf-8")
        assert subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode == 1
    assert told.round.seed in page


def test_the_councils_own_choice_stands_first_and_the_page_says_who_decides(make, told, client):
    for task in told.tasks:
        explain_departure(task, make.analyst(), f"예산이 없어요 {SCRIPT}", 0)
    decide(told.round, told.tasks[:2])
    page = page_of(client, told.round.id)
    assert "과제는 협의회가 골라요" in page[: page.index("협의회가 고른 과제")]
    assert page.index("협의회가 고른 과제") < page.index(ADVISORY) < page.index("members.json")
    assert SCRIPT not in page
    assert page.count("예산이 없어요") == 4
    assert page.count("시민의 표로 계산한 목록에는 있어요.") == page.count("시민의 표로 계산한 목록에는 없어요.") == 2


def test_before_the_council_chooses_reasons_are_not_shown(make, told, client):
    explain_departure(told.tasks[0], make.analyst(), "예산이 없어요", 0)
    page = page_of(client, told.round.id)
    assert "아직 고르지 않았어요" in page
    assert "예산이 없어요" not in page
    assert page.index("협의회가 고른 과제") < page.index(ADVISORY)


def test_the_page_before_finalists_while_members_rate_and_while_it_is_calculated(make, client):
    early = make.council_round(present=StageKind.DELEGATES)
    assert "아직 최종 과제가 없어요" in page_of(client, early.id)
    one = assembly(make)
    rate(one, ["++--"] * 6)
    page = page_of(client, one.round.id)
    assert "위원의 표는 총회 단계가 끝나면 계산해요" in page
    assert "시민의 후보 투표는 열지 않았어요" in page
    close(one.round)
    assert "목록을 계산하고 검산표를 만드는 중이에요" in page_of(client, one.round.id)
    assert client.get("/council/rounds/2000000000/advisory").status_code == 404


def test_the_page_of_a_list_that_cannot_be_told(make, client, work):
    few = assembly(make)
    rate(few, ["++--"] * 4)
    gaps = assembly(make)
    rate(gaps, ["+???", "?+??", "+???", "?+??", "??+?"])
    for one in (few, gaps):
        close(one.round)
    work()
    page = page_of(client, few.round.id)
    assert "다섯 명이 되지 않아요" in page
    assert "members.json" not in page
    assert client.get(f"/council/rounds/{few.round.id}/advisory/members.json").status_code == 404
    page = page_of(client, gaps.round.id)
    assert "공정한 목록이라고 말할 수 없어요" in page
    assert "members.json" in page


def test_the_page_says_that_a_conflict_came_too_late(told, client):
    declare(told.tasks[0], told.seats[0])
    assert "이해관계를 신고한 위원의 표가 1개" in page_of(client, told.round.id)


def test_a_task_that_left_after_the_list_stays_in_it_and_a_task_without_words_is_said_to_be_missing(make, client, work):
    one = assembly(make)
    make.task(one.round, has_words=False, source="MEMBER", proposer_seat_id=one.seats[0].id)
    open_ballot(one.round, make.analyst())
    rate(one, ["++--"] * 6)
    close(one.round)
    work()
    one.tasks[0].state, one.tasks[0].reason = TaskState.WITHDRAWN, "겹쳐요"
    page = page_of(client, one.round.id)
    assert "시민의 말에서 나오지 않은 과제 1건은" in page
    assert page.count(f'href="/council/tasks/{one.tasks[0].id}"') == 1


def test_other_proofs_are_not_found(told, client):
    for path in (f"{told.round.id}/advisory/others.json", "2000000000/advisory/members.json"):
        assert client.get(f"/council/rounds/{path}").status_code == 404


def test_the_page_of_the_ballot_says_what_its_ideas_stand_for(told, client):
    shortlist = ballot_of(told.round.id).shortlist
    path = f"/c/{shortlist.campaign.slug}/shortlists/{shortlist.number}"
    assert f'href="/council/rounds/{told.round.id}/advisory"' in client.get(path).get_data(as_text=True)


def test_a_member_is_told_that_ballots_are_published_before_they_rate(make, client):
    one = assembly(make)
    path = f"/council/rounds/{one.round.id}/finalists"
    client.login(one.account(0))
    page = client.get(path).get_data(as_text=True)
    assert page.index("이 표는 이름 없이 검산표에 실려요") < page.index('type="radio"')
    assert "빈칸으로도 알아볼 수 있어요" in page
    first, second = (task.id for task in one.tasks[:2])
    answer = client.post(path, data={"said": "1", f"task-{first}": "yes", f"task-{second}": "no"})
    assert (answer.status_code, answer.location) == (303, path)
    assert ratings_of(one.seats[0].id, [first, second]) == {first: 1, second: -1}
    assert client.get(path).get_data(as_text=True).count(" checked") == 2


def test_a_refused_rating_stays_on_the_page(make, client):
    one = assembly(make)
    first, gone = (task.id for task in one.tasks[:2])
    one.tasks[1].state, one.tasks[1].reason = TaskState.WITHDRAWN, "겹쳐요"
    client.login(one.account(0))
    path = f"/council/rounds/{one.round.id}/finalists"
    answer = client.post(path, data={"said": "1", f"task-{first}": "yes", f"task-{gone}": "yes"})
    assert answer.status_code == 409
    assert answer.get_data(as_text=True).count(" checked") == 1
    assert client.post(path, data={"said": "1", f"task-{first}": "maybe"}).status_code == 400
    assert not ratings_of(one.seats[0].id, [first])


def test_a_tied_member_sees_no_choice_at_that_task(make, client):
    one = assembly(make)
    declare(one.tasks[0], one.seats[0])
    client.login(one.account(0))
    path = f"/council/rounds/{one.round.id}/finalists"
    page = client.get(path).get_data(as_text=True)
    assert f'name="task-{one.tasks[0].id}"' not in page
    assert page.count('type="radio"') == 9
    data = {"said": "1", f"task-{one.tasks[0].id}": "yes"}
    assert client.post(path, data=data).status_code == 400


def test_after_the_closing_a_member_reads_what_they_said(make, client):
    one = assembly(make)
    rate(one, ["+0-?"])
    close(one.round)
    client.login(one.account(0))
    page = client.get(f"/council/rounds/{one.round.id}/finalists").get_data(as_text=True)
    assert "더는 표를 남길 수 없어요" in page
    assert 'type="radio"' not in page
    for word in ("찬성", "넘김", "반대", "표 없음"):
        assert f'<div class="row-aside">{word}</div>' in page


def test_the_analyst_opens_the_ballot_from_the_desk(make, client):
    one = assembly(make)
    client.login(make.analyst())
    answer = client.post(f"/council/rounds/{one.round.id}/ballot")
    assert answer.status_code == 303
    assert "/shortlists/1" in answer.location
    assert client.post(f"/council/rounds/{one.round.id}/ballot").status_code == 409


def test_a_failed_list_is_asked_for_again(make, client):
    one = assembly(make)
    close(one.round)
    job = latest_slate_job(one.round.id)
    job.state, job.finished_at = JobState.FAILED, clock.now()
    db.session.flush()
    client.login(make.admin())
    answer = client.post(f"/council/rounds/{one.round.id}/advisory/slate")
    assert answer.status_code == 303
    assert db.session.get(Job, latest_slate_job(one.round.id).id).state is JobState.QUEUED


def test_reasons_are_written_one_by_one_and_a_conflict_shows_what_stands(make, told, client):
    task = told.tasks[0]
    client.login(make.analyst())
    page = client.get(f"/council/rounds/{told.round.id}/advisory/reasons").get_data(as_text=True)
    assert page.count("<textarea") == 4
    path = f"/council/tasks/{task.id}/departure"
    assert client.post(path, data={"text": "예산이 없어요", "seen": "0"}).status_code == 303
    answer = client.post(path, data={"text": "다른 까닭", "seen": "0"})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "지금 적힌 까닭" in page
    assert "예산이 없어요" in page
    assert "다른 까닭</textarea>" in page
    assert client.post(path, data={"text": "", "seen": "1"}).status_code == 400
    assert db.session.get_one(DepartureReason, task.id).text == "예산이 없어요"


def test_reasons_wait_for_the_closing(make, client):
    one = assembly(make)
    client.login(make.analyst())
    page = client.get(f"/council/rounds/{one.round.id}/advisory/reasons").get_data(as_text=True)
    assert "<textarea" not in page
    answer = client.post(f"/council/tasks/{one.tasks[0].id}/departure", data={"text": "까닭", "seen": "0"})
    assert answer.status_code == 409


def test_panels_say_what_waits_for_whom(make, told):
    early = make.council_round(told.round.term, present=StageKind.DELEGATES)
    member, analyst = told.account(0), make.analyst()
    assert for_visitor(early, analyst) is for_member(early, member) is for_desk(early, analyst) is None
    assert for_member(told.round, analyst) is None
    assert (for_member(told.round, member).n_rated, for_member(told.round, member).n_all) == (4, 4)
    desk = for_desk(told.round, analyst)
    assert (desk.n_raters, desk.is_closed, desk.may_start, desk.n_without_reason) == (6, True, False, 4)
    assert set(desk.lists) == set(AdvisorySide)


@pytest.mark.parametrize("template", ["_round_panel.html", "_member_panel.html", "_desk_panel.html"])
def test_each_panel_renders(app, make, told, template):
    open_one = assembly(make)
    for one in (open_one, told):
        with app.test_request_context():
            round_ = db.session.get_one(CouncilRound, one.round.id)
            panel = {"_round": for_visitor, "_member": for_member, "_desk": for_desk}[template.split("_panel")[0]](
                round_, one.account(0)
            )
            page = app.jinja_env.get_template(f"advisory/{template}").render(panel=panel, round=round_)
            assert f"/council/rounds/{round_.id}/" in page


def test_a_long_list_costs_no_more_queries_than_a_short_one(make, client, work, count_queries):
    found = []
    for n_tasks in (4, 12):
        one = assembly(make, n_tasks=n_tasks)
        open_ballot(one.round, make.analyst())
        rate(one, ["+" * n_tasks] * 6)
        citizens_vote(one.tasks, ["+" * n_tasks] * 5)
        close(one.round)
        work()
        assert slate_of(one.round.id, AdvisorySide.CITIZENS) is not None
        found.append(count_queries(lambda one=one: page_of(client, one.round.id)))
    assert found == [14, 14]
