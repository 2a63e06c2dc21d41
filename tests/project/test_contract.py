"""A change of what others rely on is a visible decision: the files of `contract/` change in the same commit."""

from __future__ import annotations

import pytest

from tests.project.contract import FOLDER, contract


@pytest.fixture(params=["sqlite"])
def engine_name(request: pytest.FixtureRequest) -> str:
    """Nothing here depends on the database."""
    return str(request.param)


def test_the_public_surface_is_what_the_files_say(app):
    for name, text in contract(app).items():
        assert text == (FOLDER / name).read_text(encoding="utf-8"), f"{name} differs; `make contract` rewrites it"


def test_every_file_of_the_folder_is_compared(app):
    assert {path.name for path in FOLDER.glob("*.txt")} == set(contract(app))


def test_every_part_says_something(app):
    for name, text in contract(app).items():
        lines = text.splitlines()
        assert lines, name
        assert lines == sorted(set(lines)), name
