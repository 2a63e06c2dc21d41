from __future__ import annotations

import io
import json

from hwp_hwpx_parser import Reader
from openpyxl import load_workbook
from pypdf import PdfReader

from forum.analysis.themes.models import ThemeState
from forum.core import clock
from forum.core.extensions import db
from forum.publication.digests.charts import charts_of
from forum.publication.digests.checks import problems
from forum.publication.digests.composing import compose
from forum.publication.digests.queries import get_file
from forum.publication.digests.renderers.as_csv import render_csv
from forum.publication.digests.renderers.as_html import render_html
from forum.publication.digests.renderers.as_hwpx import render_hwpx
from forum.publication.digests.renderers.as_json import render_json
from forum.publication.digests.renderers.as_pdf import render_pdf
from forum.publication.digests.renderers.as_xlsx import render_xlsx
from forum.publication.digests.tables import tables_of
from forum.response.pledges.models import PledgeBy
from forum.response.referrals.models import EventType
from tests.forum.publication.digests.contents import promised_content, written

SAID = (
    "12명이 평가했고, 도움 점수는 10점 만점에 평균 3.2점이에요(95% 구간 2.1~4.4점).",
    "차이가 커요: 부처는 7점만큼 했다고 하고, 참여한 사람들은 3.2점을 줬어요.",
    "평가한 사람이 5명이 안 돼서 적지 않았어요.",
    "36명이 함께 실천하기로 약속했어요(나 12명, 우리 반 24명).",
    "함께 실천하기로 약속한 사람은 우리 반 24명이에요.",
    "관계 기관과 이야기하고 있습니다.",
    "서로 다른 의견 15가지 가운데 6가지(40.0%)가 날짜를 정한 약속이 되었고, 2가지(13.3%)는 지켜졌어요.",
    "공익데이터로 알게 된 것이 1가지예요.",
    "아직 달라진 것은 없어요.",
)


def squeezed(text: str) -> str:
    return "".join(text.split())


def test_every_format_tells_of_both_sides_pledges_and_interim_answers(tmp_path):
    content = promised_content(is_sample=True)
    tables, charts = tables_of(content), charts_of(content)
    document = compose(content, charts)
    files = {
        "html": render_html(document),
        "pdf": render_pdf(document),
        "hwpx": render_hwpx(document),
        "json": written(render_json, content, tables),
        "csv": written(render_csv, content, tables),
        "xlsx": written(render_xlsx, content, tables, charts),
    }
    assert "부처 7점, 사람들 3.2점이에요." in charts["ratings"].finding
    (tmp_path / "digest.hwpx").write_bytes(files["hwpx"])
    with Reader(str(tmp_path / "digest.hwpx")) as reader:
        hwpx = squeezed(reader.text)
    pdf = squeezed("".join(page.extract_text() for page in PdfReader(io.BytesIO(files["pdf"])).pages))
    html = files["html"].decode()
    for sentence in SAID:
        assert sentence in html
        assert squeezed(sentence) in pdf
        assert squeezed(sentence) in hwpx
    made = json.loads(files["json"])["tables"]
    (rated,) = made["ratings"]["rows"]
    assert (rated["done"], rated["raters"], rated["helps"], rated["has_gap"]) == (10, 12, 3.25, True)
    assert (rated["happened_partly"], rated["happened_unsure"]) == (8, 0)
    assert [(row["people"], row["is_hidden"]) for row in made["pledges"]["rows"][3:6]] == [
        (0, False),
        (None, True),
        (24, False),
    ]
    assert made["interim"]["rows"][0]["ministry"] == "산업통상자원부"
    book = load_workbook(io.BytesIO(files["xlsx"]))
    assert {"양쪽의 평가", "실천 약속", "중간 답변", "약속이 된 의견", "자료로 풀린 일"} <= set(book.sheetnames)
    assert 3.25 in [cell.value for row in book["양쪽의 평가"] for cell in row]
    assert problems(files, document, content) == []


def test_a_digest_counts_ratings_pledges_and_interim_answers(make, publish):
    campaign = make.campaign()
    idea = make.idea(campaign)
    theme = make.theme(campaign, [idea], state=ThemeState.APPROVED)
    letter = make.received(make.referral(theme))
    reviewing = letter.lead.state
    make.event(letter.lead, EventType.INTERIM_ANSWERED, reviewing, reviewing, reason="지금 열 곳을 재고 있습니다.")
    make.run(campaign, [[idea]])
    done = {"percent_done": 100, "is_closed": True, "finished_on": clock.today()}
    asked = make.rating_round(make.milestone(make.answer(letter), **done))
    for n in range(5):
        make.rating(asked, helps=n)
        make.pledge(theme)
    make.pledge(theme, made_by=PledgeBy.SHOP, group_name="모퉁이 가게", group_size=3)
    db.session.commit()
    tables = json.loads(get_file(publish(campaign), "json").content)["tables"]
    (rated,) = tables["ratings"]["rows"]
    assert (rated["done"], rated["raters"], rated["helps"], rated["happened_partly"]) == (10, 5, 2, 5)
    assert {row["people"] for row in tables["pledges"]["rows"]} == {None}  # five people would tell of the shop's three
    assert tables["interim"]["rows"][0]["words"] == "지금 열 곳을 재고 있습니다."
