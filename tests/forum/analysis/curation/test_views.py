from __future__ import annotations

import re
from html import unescape

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup

from forum.analysis.curation.models import RecordedEdit
from forum.analysis.curation.services import start_split_suggestion
from forum.analysis.themes.models import ClusterMember, MemberSource, Theme, ThemeIdea, ThemeState
from forum.core.extensions import db
from forum.system.jobs.models import Job, JobState
from forum.voice.ideas.models import IdeaState
from tests.factories import SCRIPT
from tests.forum.analysis.curation.test_proposals import Scene
from tests.forum.analysis.curation.test_services import members
from tests.unguarded import unguarded


def text(response) -> str:
    return unescape(response.get_data(as_text=True))


def soup(response) -> BeautifulSoup:
    assert response.status_code == 200
    return BeautifulSoup(response.data, "lxml")


@pytest.fixture
def analyst(client, make):
    return client.login(make.analyst(display_name="다온"))


@pytest.fixture
def pair(make):
    campaign = make.campaign()
    return tuple(
        make.theme(campaign, [make.idea(campaign) for _ in range(n)], title=f"주제 {n} {SCRIPT}") for n in (3, 2)
    )


def test_a_refused_adoption_keeps_what_was_typed(analyst, make):
    run = make.run()
    response = analyst.post(f"/runs/{run.id}/clusters/1", data={"title": "가" * 101, "summary": "정성껏 쓴 요약"})
    assert response.status_code == 400
    assert "정성껏 쓴 요약" in text(response)


def test_a_weak_title_asks_to_be_looked_at(analyst, make):
    weak, strong = make.run(cluster_values={"weak_title": True}), make.run()
    for run, is_weak in ((weak, True), (strong, False)):
        slug = run.campaign.slug
        for path in (f"/runs/{run.id}/clusters/1", f"/runs/{run.id}", f"/c/{slug}/desk?tab=clusters"):
            assert ("제목 확인 필요" in text(analyst.get(path))) is is_weak, path


def test_what_loosely_belongs_is_shown_apart_and_not_counted(analyst, make):
    campaign = make.campaign()
    member, near = make.idea(campaign, title="학교 지붕 태양광"), make.idea(campaign, title="학교 지붕 텃밭")
    hidden = make.idea(campaign, title="숨긴 지붕", state=IdeaState.HIDDEN)
    subjects, number = [{"title": "건물", "n_ideas": 1}], {"subject_number": 1}
    run = make.run(campaign, [[member]], loose=[near, hidden], subjects=subjects, cluster_values=number)
    page = BeautifulSoup(text(analyst.get(f"/runs/{run.id}/clusters/1")), "html.parser")
    assert "느슨하게 가까운 제안 1건" in page.select_one("#loose").text
    assert near.title in page.select_one("#loose").text
    assert near.title not in page.select_one("#all").text
    assert hidden.title not in page.text
    assert "갈래: 건물" in page.text
    assert run.n_themed == 1
    left_out = text(analyst.get(f"/runs/{run.id}/unthemed/LOOSE"))
    assert "가장 가까운 묶음" in left_out
    assert "느슨하게 가까워 세지 않은 제안" in text(analyst.get(f"/runs/{run.id}"))


def test_the_second_of_two_analysts_is_told_and_loses_nothing(analyst, new_client, make):
    theme = make.theme(title="처음 이름")
    seen = {"version": str(theme.version)}
    second = new_client().login(make.analyst())
    path = f"/desk/themes/{theme.id}/edit"
    assert analyst.post(path, data=seen | {"title": "첫째", "summary": "하나"}).status_code == 303
    response = second.post(path, data=seen | {"title": "둘째", "summary": "둘째가 쓴 긴 글"})
    assert response.status_code == 409
    assert "다온" in text(response)
    assert "둘째가 쓴 긴 글" in text(response)
    db.session.refresh(theme)
    assert theme.title == "첫째"


def test_a_move_that_somebody_else_outran_comes_back_with_its_boxes_ticked(analyst, new_client, make, pair):
    theme, other = pair
    version, first, second = theme.version, *list(members(theme))[:2]
    data = {"version": version, "target": f"{other.id}:{other.version}"}
    assert analyst.post(f"/desk/themes/{theme.id}/move", data=data | {"chosen": first}).status_code == 303
    response = new_client().login(make.analyst()).post(f"/desk/themes/{theme.id}/move", data=data | {"chosen": second})
    assert response.status_code == 409
    page = BeautifulSoup(response.data, "lxml")
    assert "다온" in page.select_one("[role=alert]").get_text()
    assert [box["value"] for box in page.select("input[name=chosen][checked]")] == [str(second)]
    assert second in members(theme)


@pytest.mark.parametrize("version", ["", "x", "-1", "１", "9" * 30, None])
def test_a_broken_version_matches_none(analyst, make, version):
    theme = make.theme()
    data = {"title": "새 이름", "summary": ""} | ({} if version is None else {"version": version})
    assert analyst.post(f"/desk/themes/{theme.id}/edit", data=data).status_code == 409


@pytest.mark.parametrize(("decision", "status"), [("REJECTED", 400), ("OUT_OF_SCOPE", 400), ("MERGED", 400), ("", 400)])
def test_a_decision_that_lacks_something_comes_back(analyst, make, decision, status):
    theme = make.theme()
    data = {"decision": decision, "reason": " ", "version": str(theme.version)}
    response = analyst.post(f"/desk/themes/{theme.id}/decision", data=data)
    assert response.status_code == status
    assert "까닭" in text(response)
    assert db.session.get_one(Theme, theme.id).state is ThemeState.DRAFT


@pytest.mark.parametrize("idea_ids", ["", "x", "0", "-1", "9" * 20, "１", "1, x"])
def test_putting_in_a_number_that_is_no_idea_comes_back_with_what_was_typed(analyst, make, idea_ids):
    theme = make.theme()
    response = analyst.post(f"/desk/themes/{theme.id}/ideas", data={"idea_ids": idea_ids, "version": theme.version})
    assert response.status_code == 400
    assert f'value="{idea_ids}"' in text(response)


def test_ideas_are_put_in_by_number_moved_taken_out_split_merged_and_undone(analyst, make, pair):
    theme, other = pair
    new = make.idea(theme.campaign)
    path = f"/desk/themes/{theme.id}"

    def send(act, **data):
        response = analyst.post(f"{path}/{act}", data={"version": theme.version} | data)
        assert response.status_code == 303, text(response)[-800:]

    send("ideas", idea_ids=f"#{new.id}")
    first, second, *_rest = members(theme)
    send("move", chosen=[first], target=f"{other.id}:{other.version}")
    send("take-out", chosen=[second])
    send("split", chosen=[new.id], title="새 조각")
    assert [(len(members(t))) for t in (theme, other)] == [1, 3]
    send("merge", target=f"{other.id}:{other.version}")
    assert len(members(other)) == 4
    for _ in range(5):
        row = soup(analyst.get(f"/c/{theme.campaign.slug}/desk?tab=acts")).select_one("form[action*='/undo']")
        assert analyst.post(row["action"]).status_code == 303
    assert [(len(members(t))) for t in (theme, other)] == [3, 2]
    assert db.session.scalar(sa.select(sa.func.count(RecordedEdit.id)).where(RecordedEdit.undone_at.is_(None))) == 0


def test_a_collapsed_row_stands_for_its_copies(analyst, make):
    campaign = make.campaign()
    ideas = [make.idea(campaign) for _ in range(4)]
    run = make.run(campaign, [ideas])
    first, copies = ideas[0].id, [copy.id for copy in ideas[1:3]]
    with unguarded("cluster_member") as connection:  # a finished run, as the analysis would have left it
        member = sa.update(ClusterMember).where(ClusterMember.idea_id.in_(copies))
        connection.execute(member.values(copy_of_id=first))
    theme, other = make.theme(campaign, ideas, run_id=run.id), make.theme(campaign)
    for path in (f"/desk/themes/{theme.id}", f"/runs/{run.id}/clusters/1"):
        page = soup(analyst.get(path))
        assert len(page.select("table.members tbody tr")) == 2
        (link,) = page.select("a[href*='copies_of=']")
        assert link.get_text() == "거의 같은 글 2건 더"
        assert len(soup(analyst.get(link["href"])).select("table.members tbody tr")) == 2
    data = {"version": theme.version, "chosen": [ideas[0].id], "target": f"{other.id}:1"}
    assert analyst.post(f"/desk/themes/{theme.id}/move", data=data).status_code == 303
    assert set(members(theme)) == {ideas[3].id}


def test_lists_are_sorted_filtered_and_paged_by_the_server(analyst, make):
    campaign = make.campaign()
    ideas = [make.idea(campaign, title=f"나무 {n}") for n in range(60)]
    ideas[7].tally.agree = 9
    make.run(campaign, [ideas[:50], ideas[50:]])
    theme = make.theme(campaign, ideas)
    path = f"/desk/themes/{theme.id}"
    first = soup(analyst.get(path))
    assert first.select_one("table.members tbody th a").get_text() == "나무 7"
    assert len(first.select("table.members tbody tr")) == 50
    assert len(soup(analyst.get(f"{path}?page=2")).select("table.members tbody tr")) == 10
    assert len(soup(analyst.get(f"{path}?q=나무 5")).select("table.members tbody tr")) == 11
    assert len(soup(analyst.get(f"{path}?q=%25")).select("table.members tbody tr")) == 0
    assert len(soup(analyst.get(f"{path}?source=human")).select("table.members tbody tr")) == 0
    for wrong in ("page=0", "page=x", "page=999999999", "sort=x", "copies_of=x", "q=%00"):
        assert analyst.get(f"{path}?{wrong}").status_code == 200
    for sort, tops in (("size", 1), ("support", 1), ("stability", 1)):
        rows = soup(analyst.get(f"/c/{campaign.slug}/desk?sort={sort}")).select("#listing tbody tr")
        assert len(rows) == 2
        assert "학교 태양광 설치 1" in rows[0].get_text()
        assert tops == 1


def test_script_gets_one_piece_and_a_browser_that_goes_back_the_whole_page(analyst, make):
    theme = make.theme()
    path = f"/desk/themes/{theme.id}?piece=members"
    asked = {"HX-Request": "true"}
    piece = analyst.get(path, headers=asked).get_data(as_text=True)
    assert piece.lstrip().startswith('<div id="members">')
    assert "<html" not in piece
    assert "<html" in analyst.get(path).get_data(as_text=True)
    assert "<html" in analyst.get(path, headers=asked | {"HX-History-Restore-Request": "true"}).get_data(as_text=True)
    listing = analyst.get(f"/c/{theme.campaign.slug}/desk?tab=themes&piece=listing", headers=asked)
    assert listing.get_data(as_text=True).lstrip().startswith("<section")


def test_machine_made_and_human_made_wear_their_badges(analyst, make, pair):
    theme, _other = pair
    hand = make.idea(theme.campaign)
    db.session.add(
        ThemeIdea(theme_id=theme.id, idea_id=hand.id, campaign_id=theme.campaign_id, source=MemberSource.HUMAN)
    )
    rows = soup(analyst.get(f"/desk/themes/{theme.id}?sort=new")).select("table.members tbody tr")
    said = {row.select_one("input")["value"]: row.select_one(".krds-badge").get_text() for row in rows}
    assert said.pop(str(hand.id)) == "사람"
    assert set(said.values()) == {"기계"}


def test_each_sentence_says_what_to_mend_before_approval(analyst, make):
    theme = make.theme(summary=f"근거 없는 문장입니다. 없는 제안입니다 [#999999]. {SCRIPT}")
    raw = analyst.get(f"/desk/themes/{theme.id}").get_data(as_text=True)
    assert SCRIPT not in raw
    wrong = [item.get_text() for item in BeautifulSoup(raw, "lxml").select(".sentences .wrong")]
    assert "근거가 되는 제안 번호가 없어요" in wrong[0]
    assert "#999999번은 이 포럼에 없어요" in wrong[1]


def test_the_machines_groups_become_themes_under_the_names_they_are_given(analyst, make, pair):
    theme, _other = pair
    first, second, _third = members(theme)
    job = start_split_suggestion(theme, make.analyst())
    job.state, job.started_at, job.finished_at = JobState.DONE, job.created_at, job.created_at
    job.result = {
        "theme_id": theme.id,
        "left": 1,
        "groups": [
            {"title": "기계 이름", "keywords": ["가"], "idea_ids": [first]},
            {"title": "다른 이름", "keywords": ["나"], "idea_ids": [second]},
        ],
    }
    path = f"/desk/themes/{theme.id}/split-groups"
    assert analyst.post(path, data={"version": theme.version, "suggestion": job.id}).status_code == 400
    data = {"version": theme.version, "groups": ["0", "1"], "title-0": "기계 이름", "title-1": "고친 이름"}
    for seen in ({}, {"suggestion": job.id - 1}, {"suggestion": "갈래"}):  # the groups were looked for again since
        response = analyst.post(path, data=data | seen)
        assert response.status_code == 409
        assert "부분을 다시 찾았어요" in text(response)
    data["suggestion"] = re.search(r'name="suggestion" value="(\d+)"', text(response))[1]
    assert analyst.post(path, data=data).status_code == 303
    made = db.session.scalars(sa.select(Theme).order_by(Theme.id.desc()).limit(2)).all()
    assert {(new.title, new.title_source) for new in made} == {
        ("기계 이름", MemberSource.MACHINE),
        ("고친 이름", MemberSource.HUMAN),
    }


def test_asking_for_groups_asks_for_one_job(analyst, make):
    theme = make.theme()
    for _ in range(2):
        path = f"/desk/themes/{theme.id}/split-suggestion"
        assert analyst.post(path, data={"version": theme.version}).status_code == 303
    assert db.session.query(Job).one().kind == "desk.suggest_split"
    assert "부분을 찾고 있어요" in text(analyst.get(f"/desk/themes/{theme.id}"))


def test_what_changed_is_read_taken_and_left(analyst, make):
    scene = Scene(make)
    found = scene.all_kinds()
    page = text(analyst.get(f"/c/{scene.campaign.slug}/desk?tab=changes"))
    for said in ("새 제안 1건이 있어요", "제안 3건이", "갈라졌어요", "한 묶음이에요", "더 가까워요"):
        assert said in page
    for decision, proposal in zip(("take", "leave", "take", "leave"), found.values(), strict=True):
        assert analyst.get(f"/desk/proposals/{proposal.id}").status_code == 200
        data = {"version": proposal.theme.version}
        assert analyst.post(f"/desk/proposals/{proposal.id}/{decision}", data=data).status_code == 303
        assert analyst.post(f"/desk/proposals/{proposal.id}/{decision}", data=data).status_code == 409
    assert "달라진 점이 없거나" in text(analyst.get(f"/c/{scene.campaign.slug}/desk?tab=changes"))


def pages(theme, run):
    slug = theme.campaign.slug
    tabs = [f"/c/{slug}/desk?tab={tab}" for tab in ("clusters", "themes", "changes", "acts")]
    return [*tabs, f"/runs/{run.id}/clusters/1", f"/desk/themes/{theme.id}"]


def test_every_page_of_the_desk_takes_the_same_queries_for_few_ideas_and_for_many(analyst, make, count_queries):
    counts = []
    for n in (2, 40):
        campaign = make.campaign()
        sizes = [n] + [2] * (n // 2 - 1)  # the pages look into the first cluster and theme alone
        run = make.run(campaign, [[make.idea(campaign) for _ in range(size)] for size in sizes])
        themes = [make.theme(campaign, [make.idea(campaign) for _ in range(size)], run_id=run.id) for size in sizes]
        for theme in themes:
            data = {"version": theme.version, "title": "새 이름", "summary": "요약"}
            assert analyst.post(f"/desk/themes/{theme.id}/edit", data=data).status_code == 303
        for path in pages(themes[0], run):
            analyst.get(path)
        counts.append([count_queries(lambda path=path: analyst.get(path)) for path in pages(themes[0], run)])
    assert counts[0] == counts[1]
    assert max(counts[0]) <= 28


def test_a_refused_approval_leads_to_each_sentence_and_keeps_what_was_typed(analyst, make):
    theme = make.theme(summary="")
    typed = {"title": "고친 이름", "summary": "근거 없는 문장이에요.", "reason": "적어 둔 까닭"}
    data = typed | {"decision": "APPROVED", "version": theme.version}
    response = analyst.post(f"/desk/themes/{theme.id}/decision", data=data)
    assert response.status_code == 400
    alert = BeautifulSoup(response.data, "lxml").select_one("[role=alert]")
    assert alert.select_one("a[href='#sentence-1']").get_text() == "‘근거 없는 문장이에요.’"
    for words in typed.values():
        assert words in text(response)
    db.session.refresh(theme)
    assert theme.state is ThemeState.DRAFT
    assert theme.title != "고친 이름"


def test_a_decision_takes_along_the_summary_typed_beside_it(analyst, make):
    theme = make.theme(summary="")
    summary = f"태양광을 바라요 [#{theme.members[0].idea_id}]."
    data = {"title": theme.title, "summary": summary, "decision": "APPROVED", "version": theme.version}
    assert analyst.post(f"/desk/themes/{theme.id}/decision", data=data).status_code == 303
    db.session.refresh(theme)
    assert (theme.state, theme.summary) == (ThemeState.APPROVED, summary)


def test_the_desk_counts_what_waits_and_leads_to_it(analyst, make):
    theme = make.theme()
    make.run(theme.campaign, [[make.idea(theme.campaign) for _ in range(2)]])
    page = soup(analyst.get("/desk"))
    said = {link.get_text(" ", strip=True): link["href"] for link in page.select(".waiting a")}
    assert said["1 승인할 주제"].endswith("/desk?tab=themes&state=draft")
    assert len(soup(analyst.get(said["1 승인할 주제"])).select("#listing tbody tr")) == 1
    assert any(words.endswith("읽어 볼 묶음") for words in said)
