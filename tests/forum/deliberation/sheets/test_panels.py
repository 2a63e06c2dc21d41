from __future__ import annotations

from forum.deliberation.gatherings.states import mark_finished
from forum.deliberation.sheets.counting import Marks, count_sheets
from forum.deliberation.sheets.panels import desk_panel, page_panel
from forum.deliberation.sheets.services import type_slip


def count(gathering, who, agree):
    ideas = {placed: Marks(agree, 0, 0) for placed in gathering.on_table}
    return count_sheets(gathering, who, 3, ideas, 0)


def test_the_desk_says_how_far_paper_is(make):
    gathering = make.gathering(state="RUNNING")
    gathering.on_table = [type_slip(gathering, gathering.organiser, 1, "글", "내용").idea_id]
    assert desk_panel(gathering, gathering.organiser).n_slips == 1
    assert "0명이" in desk_panel(gathering, gathering.organiser).sheets

    count(gathering, gathering.organiser, 1)
    assert "1명이" in desk_panel(gathering, gathering.organiser).sheets
    count(gathering, make.helper(gathering), 2)
    assert "달라요" in desk_panel(gathering, gathering.organiser).sheets
    count(gathering, make.helper(gathering), 1)
    assert "3장" in desk_panel(gathering, gathering.organiser).sheets


def test_the_public_page_has_votes_paper_and_both_once_it_is_over(make):
    gathering = make.gathering(state="RUNNING")
    gathering.on_table = [make.room_idea(gathering).id]
    for who in (gathering.organiser, make.helper(gathering)):
        count(gathering, who, 2)
    assert page_panel(gathering, gathering.organiser) is None
    mark_finished(gathering, gathering.organiser, n_present=3, last_event_id=0)

    panel = page_panel(gathering, gathering.organiser)

    assert panel is not None
    assert panel.n_sheets == 3
    [row] = panel.rows
    assert (row.idea.agree, row.paper.agree, row.total.agree) == (0, 2, 2)


def test_a_gathering_without_sheets_has_no_such_section(make):
    gathering = make.gathering(state="FINISHED")

    assert page_panel(gathering, gathering.organiser) is None
