from __future__ import annotations

import json
from copy import deepcopy
from datetime import datetime

import jsonschema
import pytest

from forum.publication.digests.columns import LATER
from forum.publication.digests.content import LATER_COUNTS
from forum.publication.digests.json_schema import SCHEMA_FILE, SCHEMA_PATH, digest_schema, shipped_schema
from forum.publication.digests.renderers import as_json
from forum.publication.digests.renderers.as_json import check, document_of, render_json, rows_of
from forum.publication.digests.tables import tables_of
from tests.forum.publication.digests.contents import CUT, HOSTILE_TITLES, empty_content, example_content, written


def rendered(content) -> dict:
    return json.loads(written(render_json, content, tables_of(content)))


@pytest.mark.parametrize("content", [example_content(), example_content(is_sample=True), empty_content()])
def test_a_second_validator_finds_the_file_as_the_shipped_schema_says(content):
    schema = json.loads(shipped_schema())
    jsonschema.Draft7Validator.check_schema(schema)
    jsonschema.validate(rendered(content), schema)


def test_a_file_from_before_gatherings_holds_under_the_same_schema():
    whole = rendered(example_content())
    whole.pop("gatherings")
    whole["tables"].pop("gatherings")
    whole["tables"].pop("sides")
    for name in LATER_COUNTS:
        whole["counts"].pop(name)
    for key in ("ideas", "themes"):
        for row in whole["tables"][key]["rows"]:
            for column in LATER[key]:
                row.pop(column)
    jsonschema.validate(whole, json.loads(shipped_schema()))


def test_the_shipped_schema_is_the_one_of_the_columns():
    shipped = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
    assert shipped == digest_schema(), "python -m forum.publication.digests.json_schema; does SCHEMA_VERSION rise?"


def test_the_head_says_what_it_is_made_from():
    whole = rendered(example_content())
    assert (whole["schema_version"], whole["run_number"], whole["opinion"]["number"]) == (2, 7, 3)
    assert whole["$schema"] == f"https://forum.example{SCHEMA_PATH}"
    assert datetime.fromisoformat(whole["data_cut_at"]) == CUT
    assert whole["period"]["to_day"] == "2026-11-20"
    assert (whole["changes"]["published_on"], whole["counts"]["votes"]) == ("2026-11-13", 412)


def test_tables_are_records_with_their_columns_lines():
    content = example_content()
    ideas = rendered(content)["tables"]["ideas"]
    first = ideas["rows"][0]
    assert first["title"] == content.ideas[0].title
    assert (first["created_on"], first["agree"], first["support"]) == ("2026-11-02", 11, 0.7857)
    assert first["is_representative"] is True
    assert first["copy_of"] is None
    assert [column["key"] for column in ideas["columns"]] == list(first)
    assert all(column["about"] for column in ideas["columns"])
    assert set(HOSTILE_TITLES) <= {row["title"] for row in ideas["rows"]}


def test_each_row_has_a_line_of_its_own():
    content = example_content()
    lines = written(render_json, content, tables_of(content)).decode().split("\n")
    n_rows = len(content.ideas) + len(content.themes) + len(content.gatherings.lines)
    assert sum(line.lstrip(",").startswith('{"id": ') for line in lines) == n_rows


def test_rows_are_read_in_pieces_and_each_piece_is_checked(monkeypatch):
    content = example_content()
    whole = rendered(content)
    monkeypatch.setattr(as_json, "BATCH_SIZE", 2)
    assert rendered(content) == whole
    tables = tables_of(content)
    tables["ideas"].frame.loc[len(content.ideas) - 1, "url"] = "javascript:alert(1)"
    with pytest.raises(ValueError, match=SCHEMA_FILE.name):
        written(render_json, content, tables)


def test_a_sample_says_so():
    assert rendered(example_content(is_sample=True))["notice"].startswith("예시")
    assert rendered(example_content())["notice"] == ""


@pytest.mark.parametrize(
    "spoil",
    [
        lambda whole: whole["tables"]["ideas"]["rows"][0].update(agree="11"),
        lambda whole: whole["tables"]["ideas"]["rows"][0].update(support=62),
        lambda whole: whole["tables"]["ideas"]["rows"][0].update(author="김시민"),
        lambda whole: whole["tables"]["ideas"]["rows"][0].update(created_on="2026. 11. 2."),
        lambda whole: whole["tables"]["ideas"]["rows"][0].update(url="javascript:alert(1)"),
        lambda whole: whole["tables"].pop("answers"),
        lambda whole: whole.update(schema_version=1),
    ],
)
def test_a_file_that_breaks_the_schema_is_refused(spoil):
    content = example_content()
    tables = tables_of(content)
    whole = deepcopy(document_of(content, tables))
    whole["tables"]["ideas"]["rows"] = rows_of(tables["ideas"])
    check(whole)
    spoil(whole)
    with pytest.raises(ValueError, match=SCHEMA_FILE.name) as refused:
        check(whole)
    assert "김시민" not in str(refused.value)
