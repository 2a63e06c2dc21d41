from __future__ import annotations

import json
import re
import subprocess
import sys

import pytest
import sqlalchemy as sa

from forum.analysis.shortlists.models import Shortlist, ShortlistState, Slate, SlateStanding
from forum.analysis.shortlists.queries import count_votes, open_shortlist_of, shortlist_ideas, slate_of
from forum.analysis.shortlists.results import place_share, slate_result
from forum.analysis.shortlists.services import change_shortlist
from forum.core.extensions import db
from forum.system.jobs.models import Job, JobState
from forum.voice.ideas.models import IdeaState
from tests.forum.analysis.shortlists.joined import cast

PAGE = "/c/real/shortlists/1"
MANAGE = "/c/real/shortlists/manage"


@pytest.fixture
def listed(make):
    """A campaign with four ideas and an open shortlist of the first three."""
    campaign = make.campaign(slug="real")
    ideas = [make.idea(campaign) for _ in range(4)]
    return make.shortlist(campaign, ideas[:3], size=2), ideas


def test_the_page_says_that_ballots_are_published_before_one_votes(listed, make, client):
    shortlist, ideas = listed
    page = client.get(PAGE).text
    assert "이 투표는 이름 없이 검산표에 실려요." in page
    assert page.index("이름 없이 검산표에") < page.index(f'id="idea-{ideas[0].id}"')
    assert shortlist.seed in page
    assert "자동 계산" in page
    assert 'name="value"' not in page, "visitors sign in first"
    client.login(make.citizen())
    assert page.count("<script>alert") == 0
    page = client.get(PAGE).text
    assert "후보 투표에 참여하기" in page
    assert 'name="value"' not in page, "nobody votes here without having been asked"
    client.post(f"/ideas/{ideas[0].id}/vote", data={"value": "agree"})
    assert count_votes(db.session.get_one(Shortlist, shortlist.id)).voters == 0, "a vote elsewhere is not published"
    assert client.post(f"{PAGE}/old-votes").status_code == 303
    assert 'name="value"' in client.get(PAGE).text
    cast_here = client.post(f"/ideas/{ideas[0].id}/vote", data={"value": "agree", "next": PAGE})
    assert cast_here.headers["Location"].endswith(f"{PAGE}#idea-{ideas[0].id}")
    assert count_votes(db.session.get_one(Shortlist, shortlist.id)).voters == 1


def test_a_person_is_asked_whether_earlier_votes_count(make, client):
    campaign, voter = make.campaign(slug="real"), make.citizen()
    ideas = [make.idea(campaign) for _ in range(3)]
    make.vote(ideas[0], voter)
    shortlist = make.shortlist(campaign, ideas)
    db.session.execute(sa.text("UPDATE shortlist_idea SET added_at = '2126-01-01 00:00:00'"))
    client.login(voter)
    assert "전에 한 투표가 1개 있어요" in client.get(PAGE).text
    assert client.post(f"{PAGE}/old-votes").status_code == 303
    db.session.execute(sa.text("UPDATE shortlist_idea SET added_at = '2000-01-01 00:00:00'"))
    assert "전에 한 투표가" not in client.get(PAGE).text
    assert count_votes(db.session.get_one(Shortlist, shortlist.id)).voters == 1


def test_an_analyst_opens_changes_and_closes_a_shortlist(make, client, work):
    campaign = make.campaign(slug="real")
    ideas = [make.idea(campaign) for _ in range(4)]
    client.login(make.analyst())
    page = client.get(MANAGE).text
    assert f'name="idea_ids" type="checkbox" value="{ideas[0].id}"' in page
    form = {"size": "2", "idea_ids": [ideas[0].id, ideas[1].id], "numbers": f"#{ideas[2].id}, {ideas[0].id}"}
    opened = client.post("/c/real/shortlists", data=form)
    assert (opened.status_code, opened.headers["Location"]) == (303, PAGE)
    page = client.get(MANAGE).text
    assert page.count("checked") == 3
    kept = {"idea_ids": [ideas[1].id, ideas[2].id, ideas[3].id], "seen": "1"}
    assert client.post(f"{PAGE}/ideas", data=kept).status_code == 303
    shortlist = open_shortlist_of(campaign.id)
    assert [idea.id for idea in shortlist_ideas(shortlist)] == [idea.id for idea in ideas[1:]]
    cast([(idea, make.citizen().participant.id, 1) for idea in ideas for _ in range(5)])
    assert client.post(f"{PAGE}/close", data={"seen": "2"}).status_code == 303
    assert "검산표를 만드는 중" in client.get(PAGE).text
    work()
    assert slate_of(shortlist.id).n_people == 15
    assert "후보 투표 1번" in client.get(MANAGE).text


def test_a_second_click_opens_and_closes_nothing_twice(make, client):
    campaign = make.campaign(slug="real")
    ids = [make.idea(campaign).id for _ in range(3)]
    client.login(make.analyst())
    form = {"size": "1", "idea_ids": ids, "idempotency_key": "a" * 32}
    assert [client.post("/c/real/shortlists", data=form).status_code for _ in range(2)] == [303, 303]
    again = client.post("/c/real/shortlists", data=form | {"idempotency_key": "b" * 32})
    assert again.status_code == 409
    assert "이미 열린 후보 투표가 있어요" in again.text
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Shortlist)) == 1
    end = {"seen": "1", "idempotency_key": "c" * 32}
    assert [client.post(f"{PAGE}/close", data=end).status_code for _ in range(2)] == [303, 303]
    late = client.post(f"{PAGE}/close", data={"seen": "1", "idempotency_key": "d" * 32})
    assert late.status_code == 409
    assert "이 후보 투표는 끝났어요" in late.text
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Job)) == 1


def test_a_conflict_shows_the_present_ideas_and_the_second_attempt_works(listed, make, client):
    _shortlist, ideas = listed
    client.login(make.analyst())
    first = {"idea_ids": [idea.id for idea in ideas], "seen": "1"}
    assert client.post(f"{PAGE}/ideas", data=first).status_code == 303
    late = client.post(f"{PAGE}/ideas", data={"idea_ids": [idea.id for idea in ideas[:3]], "seen": "1"})
    assert late.status_code == 409
    assert "다른 분석가가 먼저 고쳤어요" in late.text
    assert late.text.count("checked") == 4
    assert 'name="seen" value="2"' in late.text
    assert client.post(f"{PAGE}/close", data={"seen": "1"}).status_code == 409


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"size": "2", "idea_ids": ["x"]}, ""),
        ({"size": "2", "idea_ids": ["１２"]}, ""),
        ({"size": "", "numbers": "1,2,3"}, "자리는 1개부터 10개까지"),
        ({"size": "11", "numbers": "1,2,3"}, "자리는 1개부터 10개까지"),
        ({"size": "2", "numbers": "열둘"}, "제안의 번호를 쉼표로"),
        ({"size": "2", "numbers": "1, 2"}, "제안을 2건보다 많이"),
        ({"size": "2", "numbers": "999999991, 999999992, 999999993"}, "공개된 제안이 아니에요"),
    ],
)
def test_a_bad_form_is_named_and_what_was_typed_stays(make, client, form, said):
    make.idea(make.campaign(slug="real"))
    client.login(make.analyst())
    refused = client.post("/c/real/shortlists", data=form)
    assert refused.status_code == 400
    assert said in refused.text
    assert f'value="{form.get("numbers", "")}"' in refused.text
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Shortlist)) == 0


def test_a_slate_is_told_in_words_with_a_table_and_its_proof_passes_the_served_verifier(
    listed, make, client, work, tmp_path
):
    shortlist, ideas = listed
    voters = [make.citizen().participant.id for _ in range(9)]
    cast(
        [
            (idea, who, 1 if (n % 3 == 0) == (m == 2) else -1)
            for n, who in enumerate(voters)
            for m, idea in enumerate(ideas[:3])
        ]
    )
    cast([(ideas[0], make.citizen().participant.id, 1)])
    client.login(make.analyst())
    client.post(f"{PAGE}/close", data={"seen": "1"})
    work()
    page = client.get(PAGE).text
    assert "10명이 투표했고, 그 가운데 90%가 모든 제안에 투표했어요." in page
    assert "1,000번 가운데" in page
    assert "같은 결과가 나왔어요" in page
    assert "찬성이 많은 차례로만 골랐다면" in page
    assert "한 사람만 낸 투표 모양은 1개예요" in page
    assert "한 사람이 낸 몫" in page
    answer = client.get(f"{PAGE}/proof.json")
    assert answer.mimetype == "application/json"
    proof = json.loads(answer.data)
    assert proof == slate_of(shortlist.id).proof
    assert not {"name", "time", "account", "participant"} & set(proof)
    (tmp_path / "proof.json").write_bytes(answer.data)
    (tmp_path / "verify_slate.py").write_bytes(client.get("/slates/verify_slate.py").data)
    command = [sys.executable, "-I", tmp_path / "verify_slate.py", tmp_path / "proof.json"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, ""), ran.stdout


def test_an_unfair_or_missing_slate_is_called_so(make, client):
    campaign = make.campaign(slug="real")
    ideas = [make.idea(campaign) for _ in range(3)]
    closed = make.shortlist(campaign, ideas[:3], is_open=False)
    slate = make.slate(closed, ideas[:3])
    address = f"/c/real/shortlists/{closed.number}"
    assert "고른 대표안" in client.get(address).text
    few = make.shortlist(campaign, ideas[:3], is_open=False)
    db.session.add(Slate(shortlist_id=few.id, n_people=3, seen_all_share=1.0, standing=SlateStanding.TOO_FEW))
    untold = make.shortlist(campaign, ideas[:3], is_open=False)
    values = {"n_people": 5, "seen_all_share": 0.2, "standing": SlateStanding.UNTOLD}
    db.session.add(Slate(shortlist_id=untold.id, proof=slate.proof | {"seen": "1/2"}, **values))
    page = client.get(f"/c/real/shortlists/{few.number}").text
    assert "다섯 명이 되지 않아요" in page
    assert client.get(f"/c/real/shortlists/{few.number}/proof.json").status_code == 404
    page = client.get(f"/c/real/shortlists/{untold.number}").text
    assert "공정한 대표안이라고 말할 수 없어요" in page
    assert "50%만 모였어요" in page
    assert "고른 대표안" not in page


def test_an_idea_hidden_after_the_slate_is_named_by_its_number_alone(make, client):
    campaign = make.campaign(slug="real")
    ideas = [make.idea(campaign) for _ in range(3)]
    closed = make.shortlist(campaign, ideas[:3], is_open=False)
    make.slate(closed, ideas[:3])
    ideas[0].state, ideas[0].title = IdeaState.HIDDEN, "숨긴 제목입니다"
    page = client.get(f"/c/real/shortlists/{closed.number}").text
    assert f"지금은 공개하지 않는 제안 #{ideas[0].id}" in page
    assert "숨긴 제목입니다" not in page


def test_a_failed_job_is_started_again_from_the_page(listed, make, client, work):
    shortlist, _ideas = listed
    client.login(make.analyst())
    client.post(f"{PAGE}/close", data={"seen": "1"})
    db.session.execute(sa.update(Job).values(state=JobState.FAILED, finished_at=shortlist.opened_at))
    assert "대표안 다시 고르기" in client.get(MANAGE).text
    assert client.post(f"{PAGE}/slate").status_code == 303
    assert work() == [JobState.DONE]
    assert slate_of(shortlist.id).standing is SlateStanding.TOO_FEW
    assert "대표안 다시 고르기" not in client.get(MANAGE).text


def test_the_desk_leads_to_the_shortlists(make, client):
    campaign = make.campaign(slug="real")
    make.run(campaign, [])
    client.login(make.analyst())
    assert f'href="{MANAGE}"' in client.get("/c/real/desk").text


@pytest.mark.parametrize(
    ("fraction", "said"),
    [("0", "0.00%"), ("1/80", "1.25%"), ("1", "100.00%"), ("1/100000", "1만분의 1 미만"), ("-1/50", "-2.00%")],
)
def test_a_share_of_a_place_is_said_in_per_cent(app, fraction, said):
    assert place_share(fraction) == said


def test_a_result_counts_ballots_and_names_what_came_nearest(app, make):
    campaign = make.campaign()
    ideas = [make.idea(campaign) for _ in range(3)]
    closed = make.shortlist(campaign, ideas, is_open=False)
    slate = make.slate(closed, ideas)
    with app.test_request_context():
        found = slate_result(slate, 4)
    assert [one.idea_id for one in found.chosen] == [ideas[0].id]
    assert (found.chosen[0].approvals, found.chosen[0].rest, found.chosen[0].kept) == (5, 0, None)
    assert (found.n_ideas, found.n_left_out, found.shapes, found.single_shapes) == (3, 1, 2, 1)
    assert (found.strongest.title, found.strongest.level, found.strongest.missing) == (ideas[1].title, 1, 5)
    assert (found.worst, found.worst_by_approvals, found.drawn) == ("1.0", "1.0", None)
    assert closed.state is ShortlistState.CLOSED


def test_a_long_list_costs_no_more_queries_than_a_short_one(make, client, count_queries):
    campaign = make.campaign(slug="real")
    ideas = [make.idea(campaign) for _ in range(20)]
    make.shortlist(campaign, ideas[:2], is_open=False)
    make.slate(make.shortlist(campaign, ideas, size=9, is_open=False), ideas)
    make.shortlist(campaign, ideas)
    client.login(make.citizen())
    found = [count_queries(lambda n=n: client.get(f"/c/real/shortlists/{n}")) for n in (1, 2, 3)]
    assert max(found) <= 12, found


# The search in the analyst's form


def test_a_search_puts_what_it_finds_at_the_top_keeps_what_was_ticked_and_opens_nothing(make, client):
    campaign = make.campaign(slug="real")
    ticked = make.idea(campaign, title="자전거 길을 이어요 & <b>")
    others = [make.idea(campaign, title=f"나무를 심어요 {n}") for n in range(3)]
    wanted = make.idea(campaign, title="경로당에 작은 풍력을", search_tokens="경로당 풍력")
    make.idea(make.campaign(), search_tokens="풍력")
    make.idea(campaign, search_tokens="풍력", state=IdeaState.WITHDRAWN)
    client.login(make.analyst())
    form = {"size": "2", "idea_ids": [ticked.id], "numbers": "7", "search": "풍력", "find": "1"}
    page = client.post("/c/real/shortlists", data=form)
    assert page.status_code == 200
    assert "‘풍력’으로 찾은 제안 1건이" in page.text
    boxes = re.findall(r'<input[^>]*name="idea_ids"[^>]*>', page.text)
    ids = [int(re.search(r'value="(\d+)"', box)[1]) for box in boxes]
    assert ids[0] == wanted.id
    assert set(ids) == {wanted.id, ticked.id, *(idea.id for idea in others)}
    assert [int(re.search(r'value="(\d+)"', box)[1]) for box in boxes if "checked" in box] == [ticked.id]
    assert 'value="7"' in page.text
    assert open_shortlist_of(campaign.id) is None
    missing = client.post("/c/real/shortlists", data=form | {"search": "없는낱말이에요"}).text
    assert "찾은 제안이 없어요" in missing
    assert "찾은 제안이 없어요" in client.post("/c/real/shortlists", data=form | {"search": ""}).text


def test_a_found_idea_that_was_ticked_stays_offered_and_is_added(make, client, monkeypatch):
    monkeypatch.setattr("forum.analysis.shortlists.queries.N_CANDIDATES", 2)
    campaign = make.campaign(slug="real")
    ideas = [make.idea(campaign, title=f"나무를 심어요 {n}") for n in range(5)]
    wanted = make.idea(campaign, title="경로당에 작은 풍력을", search_tokens="경로당 풍력")
    shortlist = make.shortlist(campaign, ideas[:2])
    client.login(make.analyst())
    box = f'type="checkbox" value="{wanted.id}"'
    assert box not in client.get(MANAGE).text
    form = {"idea_ids": [idea.id for idea in ideas[:2]], "seen": "1", "search": "풍력", "find": "1"}
    assert box in client.post(f"{PAGE}/ideas", data=form).text
    both = [ideas[1].id, wanted.id]
    again = client.post(f"{PAGE}/ideas", data=form | {"idea_ids": both, "search": "태양광"}).text
    assert re.search(rf'<input checked[^>]*value="{wanted.id}"', again)
    assert not re.search(rf'<input checked[^>]*value="{ideas[0].id}"', again), "what was unticked stays so"
    assert 'name="seen" value="1"' in again
    assert [idea.id for idea in shortlist_ideas(shortlist)] == [idea.id for idea in ideas[:2]]
    assert client.post(f"{PAGE}/ideas", data={"idea_ids": both, "seen": "1"}).status_code == 303
    assert [idea.id for idea in shortlist_ideas(shortlist)] == both


def test_a_search_after_somebody_else_changed_the_list_still_ends_in_a_conflict(listed, make, client):
    shortlist, ideas = listed
    client.login(make.analyst())
    change_shortlist(shortlist, make.analyst(), [idea.id for idea in ideas], 1)
    db.session.commit()
    form = {"idea_ids": [idea.id for idea in ideas[:2]], "seen": "1"}
    searched = client.post(f"{PAGE}/ideas", data=form | {"search": "나무", "find": "1"}).text
    assert 'name="seen" value="1"' in searched
    assert client.post(f"{PAGE}/ideas", data=form).status_code == 409
