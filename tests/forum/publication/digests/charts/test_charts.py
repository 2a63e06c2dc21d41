from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import xml.etree.ElementTree as ET
from concurrent.futures import ThreadPoolExecutor

import pytest

from forum.publication.digests.charts import charts_of
from forum.publication.digests.content import OnTimeLine, Points, SidesOfRooms
from forum.publication.digests.document import ColumnKind
from tests.forum.publication.digests.charts.pictures import pixels_of, words_in
from tests.forum.publication.digests.contents import HOSTILE_TITLES, example_content, idea, theme
from tests.project.source import ROOT

HASHES = """
import hashlib, sys
from forum.publication.digests.charts import charts_of
from tests.forum.publication.digests.contents import example_content
for chart in charts_of(example_content()).values():
    print(hashlib.sha256(chart.svg + chart.png).hexdigest())
print("matplotlib.pyplot" in sys.modules)
"""


@pytest.fixture(scope="module")
def charts():
    return charts_of(example_content())


def test_every_chart_of_a_full_digest_is_there(charts):
    assert list(charts) == ["support", "opinion", "over_time", "crossings", "on_time", "sides"]
    assert all(chart.key == key for key, chart in charts.items())


def test_charts_with_nothing_to_show_are_left_out():
    hidden = tuple(type(one)(one.sector, one.region, None) for one in example_content().crossings)
    empty = {"themes": (), "opinion": None, "over_time": Points(1, ()), "on_time": (), "sides": SidesOfRooms()}
    assert charts_of(example_content(crossings=hidden, **empty)) == {}
    assert charts_of(example_content(crossings=(), **empty | {"on_time": (OnTimeLine("환경부", 0, 0, 0, 0),)})) == {}


def test_equal_content_gives_equal_bytes_in_every_process_whatever_is_set_there(charts, tmp_path):
    """matplotlib reads a `matplotlibrc` where the process stands."""
    (tmp_path / "matplotlibrc").write_text("font.size: 40\nsvg.fonttype: none\nsavefig.facecolor: red\n")
    environment = os.environ | {"PYTHONHASHSEED": "1", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", HASHES]
    there = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    here = [hashlib.sha256(chart.svg + chart.png).hexdigest() for chart in charts.values()]
    assert there.stdout.splitlines() == [*here, "False"]


def test_threads_draw_the_same(charts):
    with ThreadPoolExecutor(2) as pool:
        drawn = list(pool.map(lambda _n: charts_of(example_content()), range(2)))
    assert all({key: one[key].svg for key in one} == {key: charts[key].svg for key in charts} for one in drawn)


def test_a_picture_is_a_valid_svg_that_a_strict_policy_lets_through(charts):
    for chart in charts.values():
        root = ET.fromstring(chart.svg)  # noqa: S314  (our own file)
        assert root.get("width") == f"{160 / 25.4 * 72:.6f}pt"
        assert root.get("height") == f"{chart.height_mm / 25.4 * 72:.6f}pt"
        names = {element.tag.rpartition("}")[2] for element in root.iter()}
        assert not names & {"style", "text", "script", "metadata", "image"}
        assert not [element for element in root.iter() if "style" in element.attrib]
        addresses = {value for element in root.iter() for key, value in element.attrib.items() if key.endswith("href")}
        assert all(address.startswith("#") for address in addresses)
        assert b"http" not in chart.svg.replace(b"http://www.w3.org/2000/svg", b"").replace(
            b"http://www.w3.org/1999/xlink", b""
        )


def test_the_png_is_as_large_as_printed_white_and_says_no_time(charts):
    for chart in charts.values():
        picture = pixels_of(chart)
        assert picture.width == pytest.approx(160 / 25.4 * 200, abs=1.5)
        assert picture.height == pytest.approx(chart.height_mm / 25.4 * 200, abs=1.5)
        assert picture.getpixel((0, 0)) == (255, 255, 255)
        assert not [name for name in (b"tEXt", b"iTXt", b"zTXt", b"tIME") if name in chart.png]


def test_a_finding_is_one_sentence_with_numbers(charts):
    for chart in charts.values():
        assert chart.finding.endswith("요.") or chart.finding.endswith(").")
        assert any(char.isdigit() for char in chart.finding)
        assert "%(" not in chart.finding


def test_tables_are_framed_by_their_columns(charts):
    for chart in charts.values():
        assert list(chart.table.frame.columns) == [column.key for column in chart.table.columns]
        assert all(column.label for column in chart.table.columns)
        assert len(chart.table.frame) > 0


def test_a_sample_says_so_in_every_picture(charts):
    sample = charts_of(example_content(is_sample=True))
    assert all("예시" in words_in(chart) for chart in sample.values())
    assert not [chart for chart in charts.values() if "예시" in words_in(chart)]


@pytest.mark.filterwarnings("error")
def test_hostile_titles_are_drawn_without_a_missing_sign():
    """A sign that the font lacks is a warning of matplotlib, and a box in ours."""
    hostile = [*HOSTILE_TITLES, "👨‍👩‍👧 --> $\\frac{1}{2}$", "\u2066ﷺ\u2069", "❤️", "\x07 끝"]
    themes = tuple(theme(n, title, [idea(n)], ()) for n, title in enumerate(hostile, 1))
    ministries = tuple(OnTimeLine(title, 1, 1, 1, 1) for title in hostile)
    drawn = charts_of(example_content(themes=themes, on_time=ministries))
    for chart in drawn.values():
        ET.fromstring(chart.svg)  # noqa: S314  (our own file)
    assert "전기 자전거 □를 늘려 주세요" in words_in(drawn["support"])
    assert "오른쪽에서 왼쪽 abc 글" in words_in(drawn["support"])
    assert list(drawn["support"].table.frame["theme"]) != []
    assert set(drawn["support"].table.frame["theme"]) == set(hostile)


def test_numbers_of_a_table_are_numbers(charts):
    numeric = {ColumnKind.INTEGER, ColumnKind.SHARE}
    for chart in charts.values():
        for column in chart.table.columns:
            if column.kind in numeric:
                values = [value for value in chart.table.frame[column.key].tolist() if value is not None]
                assert all(isinstance(value, int | float) for value in values)
