from __future__ import annotations

import json
from dataclasses import replace

import pandas as pd
import pytest

from forum.core.privacy import mask
from forum.publication.digests import document as doc
from forum.publication.digests.checks.privacy import privacy_problems
from tests.forum.publication.digests.checks.planting import sound_document
from tests.forum.publication.digests.contents import example_chart, example_content, example_table, referral

PHONE = "연락은 010-1234-5678로 주세요"
WITH_PHONE = replace(example_table(), frame=pd.DataFrame({"name": [PHONE]}), columns=example_table().columns[:1])
OFFICE = "문의는 기후정책과 044-201-3456으로 해 주세요"


def found(*blocks, content=None, **files):
    return list(privacy_problems(files, sound_document(blocks=blocks), content or example_content()))


def test_a_sound_digest_has_no_problem():
    content = example_content()
    data = json.dumps(content.as_dict(), ensure_ascii=False, default=str).encode()
    rows = "\r\n".join(f'{idea.id},"{idea.body}",{idea.url}' for idea in content.ideas)
    assert found(json=data, csv=rows.encode()) == []


@pytest.mark.parametrize(
    "block",
    [
        doc.Heading(2, PHONE),
        doc.Paragraph((doc.Text("연락은 010-1234"), doc.Text("-5678로", is_strong=True))),
        doc.Notice((doc.Text(PHONE),)),
        doc.Bullets(((doc.Text("하나"),), (doc.Link(PHONE, "https://forum.example"),))),
        doc.Quote(PHONE, "찬성", doc.IdeaLink(1, "")),
        doc.Grid(WITH_PHONE),
        doc.Figure(replace(example_chart(), finding=PHONE)),
        doc.Figure(replace(example_chart(), table=WITH_PHONE)),
    ],
    ids=lambda block: type(block).__name__,
)
def test_a_phone_number_is_found_in_each_kind_of_block_and_not_repeated(block):
    (problem,) = found(block)
    assert "전화번호" in problem
    assert "1234" not in problem
    assert found(doc.Paragraph((doc.Text(mask(PHONE).text),))) == []


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("json", json.dumps({"themes": [{"voices": [{"words": PHONE}]}]}).encode()),
        ("csv", f"번호,글\r\n1,{PHONE}\r\n".encode()),
        ("csv", "번호,글\r\n1,글쓴이 hong@example.com\r\n".encode()),
    ],
)
def test_what_only_a_data_file_holds_is_found_too(name, data):
    assert len(found(**{name: data})) == 1


def test_a_resident_number_is_found_also_in_an_answer():
    number = "900101-1234567"
    content = example_content()
    letter = referral(9, 1, "주제", reason=f"담당자 {number}")
    content = replace(content, themes=(replace(content.themes[0], referrals=(letter,)), *content.themes[1:]))
    problems = found(doc.Paragraph((doc.Text(number),)), content=content)
    assert any("주민등록번호" in problem for problem in problems)
    assert not any("1234567" in problem for problem in problems)


def test_the_number_that_a_ministry_gives_in_its_answer_may_be_told():
    paragraph = doc.Paragraph((doc.Text(OFFICE),))
    assert len(found(paragraph)) == 1
    content = example_content()
    letter = referral(9, 1, "주제", reason=OFFICE)
    content = replace(content, themes=(replace(content.themes[0], referrals=(letter,)), *content.themes[1:]))
    assert found(paragraph, content=content) == []
    assert len(found(paragraph, doc.Paragraph((doc.Text(PHONE),)), content=content)) == 1
