from __future__ import annotations

from forum.analysis.curation.last_run import LastRunEdits, edits_of_last_run
from forum.analysis.curation.membership import SplitPart, merge_themes, split_theme
from forum.analysis.curation.services import adopt_cluster, edit_theme, undo_edit
from forum.analysis.themes.models import RunState
from tests.forum.analysis.curation.test_services import last_edit, members


def test_themes_of_the_last_run_are_counted_by_what_analysts_did_to_them(make, client):
    campaign, analyst = make.campaign(), make.analyst()
    clusters = [[make.idea(campaign) for _ in range(3)] for _ in range(6)]
    first = make.run(campaign, clusters, is_current=False)
    kept, renamed, split, one, other, undone = (adopt_cluster(c, analyst, c.title) for c in first.clusters)
    edit_theme(renamed, analyst, "사람의 이름", "", renamed.version)
    split_theme(split, [SplitPart("조각", (next(iter(members(split))),))], analyst, split.version)
    merge_themes(one, other, analyst, one.version, other.version)
    split_theme(undone, [SplitPart("조각", (next(iter(members(undone))),))], analyst, undone.version)
    undo_edit(last_edit(), analyst)
    edit_theme(kept, analyst, kept.title, "요약만 썼어요.", kept.version)
    make.run(campaign, [], state=RunState.FAILED, is_current=False)
    second = make.run(campaign, clusters)
    assert edits_of_last_run(second) == LastRunEdits(first.id, themes=6, renamed=1, split=1, merged=2)
    assert edits_of_last_run(first) is None
    page = client.login(analyst).get(f"/runs/{second.id}").text
    assert "이름을 고친 것 1개, 나눈 것 1개, 합친 것 2개" in page


def test_a_last_run_without_themes_says_nothing(make, client):
    campaign = make.campaign()
    make.run(campaign, is_current=False)
    run = make.run(campaign, quality={"pairs_kept": [9, 10], "stability": 0.9, "n_resamples": 5})
    assert edits_of_last_run(run).themes == 0
    page = client.login(make.analyst()).get(f"/runs/{run.id}").text
    assert "이름을 고친 것" not in page
    assert "100쌍 가운데 90쌍" in page
