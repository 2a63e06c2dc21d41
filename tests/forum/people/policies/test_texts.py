from __future__ import annotations

import re

import pytest

from config import LICENCES, PROPOSAL_RULES
from forum.core.reference import DATA_DIR
from forum.people.policies.models import PolicyKind
from forum.people.policies.texts import (
    LICENCE_SENTENCES,
    PROPOSAL_SENTENCES,
    blocks,
    filled,
    shipped,
    unknown_placeholders,
)

KINDS = list(PolicyKind)
ONE_SETTING = {"OPERATOR_NAME": "바다시", "DRAFT_DAYS": 30}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.slug)
def test_a_shipped_text_has_a_title_and_only_placeholders_that_stand_for_something(kind):
    title, text = shipped(kind)
    assert title == kind.label
    assert unknown_placeholders(text) == []
    assert {block.tag for block in blocks(text)} >= {"h2", "ul"}


def test_every_shipped_file_is_a_document():
    assert {path.stem for path in (DATA_DIR / "policies").iterdir()} == {kind.slug for kind in KINDS}


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.slug)
def test_a_shipped_text_links_only_to_pages_that_there_are(app, kind):
    router = app.url_map.bind("localhost")
    for target in re.findall(r"\]\((/[^)]*)\)", shipped(kind).text):
        assert router.match(target), target


@pytest.mark.usefixtures("app")
def test_a_shipped_text_says_no_figure_that_the_settings_do_not_hold(app):
    """The figures of privacy and consent come from the settings: a changed one changes the text."""
    text = shipped(PolicyKind.PRIVACY).text
    assert f"{app.config['DRAFT_DAYS']}일까지" in filled(text, app.config)
    assert "31일까지" in filled(text, app.config | {"DRAFT_DAYS": 31})
    written = re.sub(r"만 14세|\{\{[A-Z_]+\}\}", "", text)
    assert not re.search(r"\d+(일|시간|분)", written)


def test_each_choice_of_a_setting_has_its_sentence():
    assert set(LICENCE_SENTENCES) == LICENCES
    assert set(PROPOSAL_SENTENCES) == PROPOSAL_RULES


def test_a_fact_is_followed_by_its_particle():
    assert filled("{{OPERATOR_NAME}}{은} {{OPERATOR_NAME}}{이}", ONE_SETTING) == "바다시는 바다시가"
    assert filled("{{OPERATOR_NAME}}{은}", {"OPERATOR_NAME": "바다청"}) == "바다청은"


def test_a_fact_that_looks_like_a_placeholder_is_not_filled_again():
    assert filled("{{OPERATOR_NAME}}", {"OPERATOR_NAME": "{{DRAFT_DAYS}}", "DRAFT_DAYS": 30}) == "{{DRAFT_DAYS}}"


def test_unknown_placeholders_are_named():
    assert unknown_placeholders("{{SECRET_KEY}} {{DRAFT_DAYS}} {{}}") == ["", "SECRET_KEY"]


def test_headings_lists_paragraphs_and_links_are_the_only_marks():
    found = blocks("## 하나\n- 가\n- 나\n\n- 다\n\n글 *그대로*\n이어서 [곳](/here)")
    assert [block.tag for block in found] == ["h2", "ul", "ul", "p"]
    assert [len(block.lines) for block in found] == [1, 2, 1, 2]
    assert found[3].lines[0][0].words == "글 *그대로*"
    assert found[3].lines[1] == [("이어서 ", ""), ("곳", "/here")]


@pytest.mark.parametrize("target", ["javascript:alert(1)", "//evil.example", "http://plain.example", "/a\\b", "data:x"])
def test_a_link_leads_to_this_site_or_to_https(target):
    assert [piece.target for line in blocks(f"[곳]({target})")[0].lines for piece in line] == [""]
