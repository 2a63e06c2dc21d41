"""Nothing that is kept about people is forgotten: each table that knows of them is in the archive, or says why not."""

from __future__ import annotations

import pytest

from forum.administration.mydata.parts import LEFT_OUT, PARTS
from forum.core.database import Base

WHO = {"account", "participant", "idea", "comment"}
KNOWN_BY_NAME = {"outbox_mail", "kept_answer", "signin_attempt"}
"""They name a person by an address, its hash or a text, without a foreign key."""
EXPORTED = {part.table.name for part in PARTS}


def tables_that_know_of_people() -> set[str]:
    """What points at a person or their words, or at something of theirs that is in the archive."""
    theirs = WHO | EXPORTED
    pointing = {
        table.name
        for table in Base.metadata.sorted_tables
        if table.name in WHO or any(key.column.table.name in theirs for key in table.foreign_keys)
    }
    return pointing | KNOWN_BY_NAME


@pytest.mark.usefixtures("app")  # it imports every slice's tables
def test_every_table_that_knows_of_people_is_in_the_archive_or_says_why_not():
    undecided = tables_that_know_of_people() - EXPORTED - set(LEFT_OUT)
    assert not undecided, (
        f"add a Part or a reason in forum/administration/mydata/parts.py, and a line in docs/privacy.md: {undecided}"
    )


@pytest.mark.usefixtures("app")
def test_the_list_names_no_table_that_is_gone_or_has_become_a_part():
    assert set(LEFT_OUT) <= tables_that_know_of_people()
    assert not set(LEFT_OUT) & EXPORTED


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.name)
def test_every_column_of_a_part_is_in_it_or_says_why_not(part):
    assert set(part.columns) | set(part.without) == {column.name for column in part.table.columns}
    assert not set(part.columns) & set(part.without)
    assert all(part.without.values())


def test_a_name_or_heading_comes_once():
    assert len({part.name for part in PARTS}) == len(PARTS)
    for part in PARTS:
        assert len(set(part.headings.values())) == len(part.headings), part.name
