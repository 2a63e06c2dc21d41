from __future__ import annotations

import pytest

from forum.core.extensions import db
from forum.response.datasets.linked_input import JSON_LD, TURTLE, read_graph
from forum.response.datasets.rating import refresh_points
from tests.forum.response.datasets.rows import full_dataset

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)


@pytest.fixture
def run(app):
    def run(*args: object):
        db.session.commit()
        return app.test_cli_runner().invoke(args=["datasets", *map(str, args)])

    return run


@pytest.mark.parametrize(("name", "media_type"), [("out.ttl", TURTLE), ("out.jsonld", JSON_LD)])
def test_export_writes_what_everybody_reads(make, run, tmp_path, name, media_type):
    full_dataset(make)
    assert "자료 1개" in run("export", tmp_path / name).output
    assert len(read_graph((tmp_path / name).read_bytes(), media_type)) > 50


def test_other_endings_are_refused_in_words(make, run, tmp_path):
    said = run("export", tmp_path / "out.rdf")
    assert (said.exit_code, ".jsonld" in said.output) == (1, True)


def test_rate_fails_on_a_difference_and_puts_it_right(make, run):
    dataset = full_dataset(make)
    refresh_points(dataset)
    assert run("rate").exit_code == 0
    dataset.quality_points = 7
    said = run("rate")
    assert (said.exit_code, "적힌 점수 7, 다시 센 점수 405" in said.output) == (1, True)
    assert run("rate", "--fix").exit_code == 0
    assert run("rate").exit_code == 0
