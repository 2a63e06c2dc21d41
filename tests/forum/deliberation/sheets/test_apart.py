"""Paper stays apart from votes: what computes from votes knows nothing of it, and what it adds is printed only."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

from flask import render_template_string

from forum.deliberation.sheets.queries import PaperTotals
from forum.deliberation.sheets.totals import Totals, totals_with_paper

FORUM = Path(__file__).resolve().parents[4] / "forum"
PAPER_TABLES = ("paper_tally", "paper_result", "sheet_count", "PaperTally", "PaperResult", "SheetCount")
MACRO = '{% from "sheets/_beside.html" import on_paper %}{{ on_paper(paper) }}'


def test_analysis_and_votes_know_nothing_of_paper():
    for wing in ("analysis", "voice"):
        for path in (FORUM / wing).rglob("*.py"):
            words = path.read_text(encoding="utf-8")
            assert "deliberation" not in words, path
            assert not [name for name in PAPER_TABLES if name in words], path


def test_totals_are_printed_with_and_without():
    votes = SimpleNamespace(agree=3, disagree=1, pass_=0)

    assert totals_with_paper(votes, PaperTotals(1, 5, 2, 1, 1)) == Totals(8, 3, 1)
    assert totals_with_paper(votes, None) == Totals(3, 1, 0)
    assert totals_with_paper(votes, PaperTotals(1, 5, 2, 1, 1)).votes == 12


def test_paper_is_shown_beside_the_votes_in_words(app):
    with app.test_request_context():
        shown = " ".join(render_template_string(MACRO, paper=PaperTotals(1, 5, 2, 0, 1)).split())
        assert "종이로:</span> 찬성 5 · 반대 2 <span" in shown
        assert "(모임 1곳)" in shown
        assert not render_template_string(MACRO, paper=None)
