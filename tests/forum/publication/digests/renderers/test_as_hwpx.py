from __future__ import annotations

import hashlib
import io
import os
import subprocess
import sys
import zipfile
from dataclasses import replace

import pytest
from hwp_hwpx_parser import Reader
from hwpx.tools.validator import validate_document
from jakal_hwpx import HwpxDocument
from lxml import etree

from forum.publication.digests import cells
from forum.publication.digests import document as doc
from forum.publication.digests.checks.hwpx import hwpx_problems
from forum.publication.digests.renderers.as_hwpx import render_hwpx
from forum.publication.digests.renderers.hwpx_xml import TEXT_WIDTH
from tests.forum.publication.digests.contents import (
    HOSTILE_TITLES,
    example_chart,
    example_document,
    example_table,
)
from tests.project.source import ROOT

HP = {"hp": "http://www.hancom.co.kr/hwpml/2011/paragraph", "hh": "http://www.hancom.co.kr/hwpml/2011/head"}
SHARED = "duplicate fieldid: 627600491"
"""jakal-hwpx wants a `fieldid` of its own for each field; 한글 writes the same one, its code for links, into all."""


@pytest.fixture(scope="module")
def example():
    return render_hwpx(example_document())


def part(data: bytes, name: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        return package.read(name)


def section(data: bytes):
    return etree.fromstring(part(data, "Contents/section0.xml"))


def document_of(*blocks: doc.Block, **more: object) -> doc.Document:
    return replace(example_document(is_sample=False), blocks=blocks, **more)


def words(element, path: str = ".//hp:t") -> str:
    return "".join("".join(text.itertext()) for text in element.xpath(path, namespaces=HP))


def test_the_schemas_of_hwpx_find_no_fault(example):
    assert [str(issue) for issue in validate_document(example).issues] == []


def test_a_second_program_finds_no_fault(example, tmp_path):
    path = tmp_path / "example.hwpx"
    path.write_bytes(example)
    opened = HwpxDocument.open(str(path))
    opened.validate()
    errors = [*opened.xml_validation_errors(), *opened.reference_validation_errors(), *opened.strict_lint_errors()]
    assert [str(error) for error in errors if SHARED not in str(error)] == []


def test_another_program_reads_every_text(example, tmp_path):
    path = tmp_path / "example.hwpx"
    path.write_bytes(example)
    document, chart = example_document(), example_chart()
    with Reader(path) as reader:
        text, tables, images = reader.text, [table.rows for table in reader.tables], reader.get_images()
    for heading in doc.headings(document, 3):
        assert heading.words in text
    assert all(title in text for title in HOSTILE_TITLES)
    assert chart.finding in text
    assert chart.title in text
    table = example_table()
    rows = [
        [cells.words(value, column) for value, column in zip(row, table.columns, strict=True)]
        for row in table.frame.itertuples(index=False)
    ]
    labels = [column.label for column in table.columns]
    assert tables == [[list(fact) for fact in document.facts], [labels, *rows], [labels, *rows]]
    assert [image.data for image in images] == [chart.png]


def test_equal_input_gives_equal_bytes_in_another_process(example):
    code = (
        "import hashlib, sys\n"
        "from forum.publication.digests.renderers.as_hwpx import render_hwpx\n"
        "from tests.forum.publication.digests.contents import example_document\n"
        "print('hwpx' in sys.modules, hashlib.sha256(render_hwpx(example_document())).hexdigest())\n"
    )
    environment = os.environ | {"PYTHONHASHSEED": "7", "TZ": "America/New_York", "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True)
    # python-hwpx is loaded only where something is rendered, so web processes have none of it
    assert done.stdout.split() == ["False", hashlib.sha256(example).hexdigest()], done.stderr


def test_headings_make_an_outline_without_numbers(example):
    header = etree.fromstring(part(example, "Contents/header.xml"))
    names = {style.get("id"): style.get("name") for style in header.iterfind(".//hh:style", HP)}
    levels = {
        heading.getparent().get("id"): int(heading.get("level"))
        for heading in header.iterfind(".//hh:paraPr/hh:heading[@type='OUTLINE']", HP)
    }
    found = [
        (names[paragraph.get("styleIDRef")], levels[paragraph.get("paraPrIDRef")], words(paragraph))
        for paragraph in section(example).iterfind("hp:p", HP)
        if paragraph.get("paraPrIDRef") in levels
    ]
    wanted = doc.headings(example_document(), 3)
    assert found == [(f"개요 {heading.level}", heading.level - 1, heading.words) for heading in wanted]
    assert not [head for head in header.iterfind(".//hh:numbering/hh:paraHead", HP) if head.text]


def test_letters_are_of_fonts_that_every_hangul_program_has(example):
    header = etree.fromstring(part(example, "Contents/header.xml"))
    faces = {face.get("id"): face.get("face") for face in header.iterfind(".//hh:fontface[@lang='HANGUL']/hh:font", HP)}
    letters = {
        look.get("id"): look.find("hh:fontRef", HP).get("hangul") for look in header.iterfind(".//hh:charPr", HP)
    }
    looks = {
        style.get("engName") or style.get("name"): style.get("charPrIDRef")
        for style in header.iterfind(".//hh:style", HP)
    }
    assert faces[letters[looks["Normal"]]] == "함초롬바탕"
    assert faces[letters[looks["Outline 1"]]] == faces[letters[looks["표 글"]]] == "함초롬돋움"
    assert set(faces.values()) == {"함초롬바탕", "함초롬돋움"}


def test_only_samples_say_so_on_every_page(example):
    assert words(section(example), ".//hp:header//hp:t").startswith("[예시] 2050 탄소중립 국민포럼")
    assert "예시".encode() not in part(render_hwpx(document_of()), "Contents/section0.xml")


def test_pages_have_numbers(example):
    assert [one.get("pos") for one in section(example).iterfind(".//hp:ctrl/hp:pageNum", HP)] == ["BOTTOM_CENTER"]


def test_the_file_names_its_title_and_the_data_cut_and_nobody(example):
    content = part(example, "Contents/content.hpf").decode()
    assert "<opf:title>2050 탄소중립 국민포럼 정책 보고서</opf:title>" in content
    assert content.count("2026-11-20T00:30:00Z") == 2
    assert "author" not in content
    assert "2025" not in content


def test_the_preview_shows_the_beginning(example):
    preview = part(example, "Preview/PrvText.txt").decode()
    assert preview.startswith("2050 탄소중립 국민포럼 정책 보고서\r\n2026년 11월 셋째 주\r\n분석 회차: 7번\r\n")
    assert "\r\n한눈에 보기\r\n사람들은 전기 버스를 가장 바라요[#1].\r\n" in preview
    long = part(render_hwpx(document_of(doc.Paragraph((doc.Text("가" * 5000),)))), "Preview/PrvText.txt").decode()
    assert len(long.replace("\r\n", "\n")) == 1000


def test_what_xml_forbids_is_left_out():
    bad = "가\x00나\x0b\x1f다\ud800\ufffe라\x85\x9b</hp:t>]]>&amp;\r\n마\t바"
    link = doc.IdeaLink(1, 'https://forum.example/?a=1&b="2"#x')
    table = example_table()
    document = document_of(
        doc.Heading(1, bad),
        doc.Bullets(((doc.Text(bad, is_strong=True), link), ())),
        doc.Quote(bad, bad, link),
        doc.Grid(replace(table, title=bad, note=bad, frame=table.frame.assign(name=bad))),
        doc.Figure(replace(example_chart(), title=bad, finding=bad)),
        title=bad,
        subtitle=bad,
        facts=((bad, bad),),
    )
    data = render_hwpx(document)
    assert hwpx_problems(data, document) == []
    heading = section(data).xpath("hp:p[.//hp:bookmark]", namespaces=HP)[0]
    assert words(heading) == "가나다라\x85</hp:t>]]>&amp;마 바"
    assert len(heading.findall(".//hp:lineBreak", HP)) == 1


def test_only_a_word_wider_than_a_line_is_broken():
    titles = ("가" * 100, "전기 버스와 자전거로 다니기 " * 5)
    data = render_hwpx(document_of(*(doc.Heading(2, title) for title in titles), facts=()))
    header = etree.fromstring(part(data, "Contents/header.xml"))
    shapes = {shape.get("id"): shape.find("hh:breakSetting", HP) for shape in header.iterfind(".//hh:paraPr", HP)}
    headings = section(data).xpath("hp:p[.//hp:bookmark]", namespaces=HP)
    broken = [shapes[heading.get("paraPrIDRef")].get("breakNonLatinWord") for heading in headings]
    assert broken == ["KEEP_WORD", "BREAK_WORD"]  # 한글 takes both names for their contrary
    assert len({heading.get("styleIDRef") for heading in headings}) == 1


def test_a_page_break_stands_before_the_next_paragraph_alone():
    blocks = (doc.PageBreak(), doc.PageBreak(), doc.Grid(example_table()), doc.Paragraph((doc.Text("끝"),)))
    paragraphs = section(render_hwpx(document_of(*blocks, facts=()))).findall(".//hp:p", HP)
    breaking = [paragraph for paragraph in paragraphs if paragraph.get("pageBreak") == "1"]
    assert [len(paragraph.findall("hp:run/hp:tbl", HP)) for paragraph in breaking] == [1]


@pytest.mark.parametrize(("rows", "in_line"), [(3, "1"), (60, "0")])
def test_a_long_table_goes_on_over_pages_and_repeats_its_head(rows, in_line):
    data = render_hwpx(document_of(doc.Grid(example_table(rows=rows)), facts=()))
    table = section(data).find(".//hp:tbl", HP)
    assert table.find("hp:pos", HP).get("treatAsChar") == in_line
    assert (table.get("repeatHeader"), table.get("pageBreak")) == ("1", "TABLE")
    heads = [[cell.get("header") for cell in row.iterfind("hp:tc", HP)] for row in table.iterfind("hp:tr", HP)]
    assert heads == [["1"] * 5, *[["0"] * 5] * rows]


def test_a_row_higher_than_half_a_page_may_break():
    table = example_table(rows=1)
    data = render_hwpx(document_of(doc.Grid(replace(table, frame=table.frame.assign(name="가" * 3000))), facts=()))
    assert section(data).find(".//hp:tbl", HP).get("pageBreak") == "CELL"


def test_tables_are_as_wide_as_the_text_and_numbers_keep_to_one_line(example):
    table = section(example).findall(".//hp:tbl", HP)[1]
    rows = [
        [int(size.get("width")) for size in row.iterfind(".//hp:cellSz", HP)] for row in table.iterfind("hp:tr", HP)
    ]
    assert {sum(row) for row in rows} == {TEXT_WIDTH}
    names, ideas, share, due_on, addresses = rows[0]
    assert ideas + share + due_on < TEXT_WIDTH / 2
    assert names > addresses > due_on > ideas > share


@pytest.mark.parametrize("kinds", [("text",) * 12, ("integer",) * 12, ("text", *("date",) * 11)])
def test_a_table_of_many_columns_fits_the_page(kinds):
    table = example_table()
    columns = tuple(doc.Column(f"c{n}", f"제목 {n}", doc.ColumnKind(kind)) for n, kind in enumerate(kinds))
    date = table.frame["due_on"][0]
    values = {"text": "글", "integer": 1234567, "date": date}
    frame = table.frame[[]].assign(**{column.key: [values[column.kind.value]] * 3 for column in columns})
    data = render_hwpx(document_of(doc.Grid(replace(table, columns=columns, frame=frame)), facts=()))
    sizes = section(data).findall(".//hp:tr[1]//hp:cellSz", HP)
    assert sum(int(size.get("width")) for size in sizes) == TEXT_WIDTH
    assert all(int(size.get("width")) > 2000 for size in sizes)


def test_a_table_without_rows_has_its_head():
    table = example_table()
    document = document_of(doc.Grid(replace(table, frame=table.frame[:0])))
    data = render_hwpx(document)
    assert hwpx_problems(data, document) == []
    assert len(section(data).findall(".//hp:tbl", HP)[1].findall("hp:tr", HP)) == 1


def test_a_picture_is_never_wider_than_the_text():
    data = render_hwpx(document_of(doc.Figure(replace(example_chart(), width_mm=400, height_mm=200))))
    size = section(data).find(".//hp:pic/hp:sz", HP)
    assert (int(size.get("width")), int(size.get("height"))) == (TEXT_WIDTH, round(TEXT_WIDTH / 2))


def test_many_chapters_are_listed_below_the_title():
    few, many = (render_hwpx(document_of(*(doc.Heading(1, f"{n}장") for n in range(count)))) for count in (3, 4))
    assert "#heading-0" not in part(few, "Contents/section0.xml").decode()
    begins = section(many).iterfind(".//hp:fieldBegin", HP)
    assert [begin.get("name") for begin in begins] == [f"#heading-{n}" for n in range(4)]
    marks = [mark.get("name") for mark in section(many).iterfind(".//hp:bookmark", HP)]
    assert marks == [f"heading-{n}" for n in range(4)]
