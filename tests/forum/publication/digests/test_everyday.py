from __future__ import annotations

import io
import json
import zipfile

import pytest

from forum.core.extensions import db
from forum.publication.digests.charts import charts_of
from forum.publication.digests.checks import problems
from forum.publication.digests.composing import compose
from forum.publication.digests.document import Bullets, Figure, Grid, Heading, Paragraph
from forum.publication.digests.queries import get_file
from forum.publication.digests.renderers.as_csv import render_csv
from forum.publication.digests.renderers.as_html import render_html
from forum.publication.digests.renderers.as_json import render_json
from forum.publication.digests.renderers.as_xlsx import render_xlsx
from forum.publication.digests.tables import tables_of
from forum.response.pilots.models import PilotDecision, PilotOrigin
from forum.response.shortpath.models import ShortAnswerKind
from forum.voice.campaigns.models import CampaignKind
from tests.forum.publication.digests.contents import empty_content, everyday_part, example_content, written
from tests.forum.publication.tracking.test_short_way import decided, measured, sent


def section(content):
    """The blocks of the everyday section."""
    blocks = list(compose(content, charts_of(content)).blocks)
    starts = [n for n, block in enumerate(blocks) if isinstance(block, Heading) and block.level == 1]
    begin = next((n for n in starts if blocks[n].key == "everyday"), None)
    return [] if begin is None else blocks[begin : next((n for n in starts if n > begin), len(blocks))]


def words_of(blocks) -> str:
    runs = [block.words for block in blocks if isinstance(block, Paragraph)]
    runs += [item for block in blocks if isinstance(block, Bullets) for item in block.items]
    return " ".join("".join(part.words for part in run) for run in runs)


def test_the_section_says_checks_answers_and_pilots_in_words_with_a_picture():
    found = section(example_content(everyday=everyday_part()))
    said = words_of(found)
    assert "확인을 마친 제안 8건 가운데 7건은 3근무일 안에 마쳤어요." in said
    assert "확인을 기다리는 제안은 3건이고, 그 가운데 1건은 기한이 지났어요." in said
    assert "‘이번에 고쳤어요’ 3건" in said
    assert "다른 기관 1곳이 시범 1건을 이어받았어요." in said
    assert "40%에서 70%로 30%p 늘었어요" in said
    assert "아직 견줄 값이 없어요." in said
    (grid,) = [block for block in found if isinstance(block, Grid)]
    assert list(grid.table.frame["office"]) == ["부산광역시", "대구광역시"]
    (figure,) = [block for block in found if isinstance(block, Figure)]
    assert len(figure.chart.table.frame) == 1
    assert "100대 가운데 40대에서 100대 가운데 70대" in figure.chart.finding


@pytest.mark.parametrize("content", [example_content(), empty_content()])
def test_other_campaigns_have_no_section_no_picture_and_no_tables(content):
    assert section(content) == []
    assert "pilots" not in charts_of(content)
    assert not {"everyday", "kinds", "offices", "pilots"} & set(tables_of(content))


def test_every_format_has_it_and_no_cell_computes():
    content = example_content(everyday=everyday_part(), is_sample=True)
    tables, charts = tables_of(content), charts_of(content)
    document = compose(content, charts)
    files = {
        "html": render_html(document),
        "json": written(render_json, content, tables),
        "csv": written(render_csv, content, tables),
        "xlsx": written(render_xlsx, content, tables, charts),
    }
    made = json.loads(files["json"])
    assert [row["office"] for row in made["tables"]["offices"]["rows"]] == ["부산광역시", "대구광역시"]
    assert [row["difference"] for row in made["tables"]["pilots"]["rows"]] == ["+30%p", ""]
    assert made["tables"]["kinds"]["rows"][1] == {"kind": "교통", "ideas": None, "is_hidden": True}
    assert "30%p 늘었어요" in files["html"].decode()
    with zipfile.ZipFile(io.BytesIO(files["xlsx"])) as book:
        assert "시범" in book.read("xl/workbook.xml").decode()
    assert problems(files, document, content) == []


def test_a_digest_counts_what_came_of_everyday_ideas(make, publish):
    campaign = make.campaign(kind=CampaignKind.EVERYDAY)
    fixed, tried = (make.everyday_idea(campaign) for _n in range(2))
    make.short_answer(ShortAnswerKind.FIXED_NOW, referral=sent(make, fixed), n_photos=1)
    letter = sent(make, tried)
    make.short_answer(ShortAnswerKind.PILOT, referral=letter)
    pilot = make.pilot(letter, title="보행섬 놓기", place="마포구 시험로 12")
    measured(make, pilot)
    decided(make, pilot, PilotDecision.SPREAD)
    taker = make.ministry()
    make.pilot(letter, origin=PilotOrigin.SPREAD, parent_id=pilot.id, ministry_id=taker.id, title="보행섬 놓기")
    make.everyday_check(make.everyday_idea(campaign))
    make.run(campaign, [[fixed, tried]])
    db.session.commit()
    digest = publish(campaign, formats=("json", "html"))
    made = json.loads(get_file(digest, "json").content)
    counts = {row["name"]: row["n"] for row in made["tables"]["everyday"]["rows"]}
    assert counts["확인을 마친 제안"] == 2
    assert counts["확인을 기다리는 제안"] == 1
    assert counts["다른 기관이 이어받은 시범"] == 1
    by_office = {row["office"]: row for row in made["tables"]["offices"]["rows"]}
    assert by_office[taker.name]["taken_over"] == 1
    assert by_office[letter.lead.ministry.name]["pilots_tried"] == 1
    assert made["tables"]["pilots"]["rows"][0]["place"] == "마포구 시험로 12"
    assert {row["ideas"] for row in made["tables"]["kinds"]["rows"]} == {None}
