"""Nothing that is kept about people is forgotten: each table that knows of them is in the archive, or says why not."""

from __future__ import annotations

import pytest

from forum.administration.mydata.export_tables import EXCLUDED_TABLES, EXPORT_TABLES
from forum.core.database import Base

WHO = {"account", "participant", "idea", "comment"}
KNOWN_BY_NAME = {"outbox_mail", "kept_answer", "signin_attempt", "text_count"}
"""They name a person by an address, its hash, a number in a text or a text, without a foreign key."""
EXPORTED = {table.table.name for table in EXPORT_TABLES}


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
    undecided = tables_that_know_of_people() - EXPORTED - set(EXCLUDED_TABLES)
    assert not undecided, (
        "add an ExportTable or a reason in forum/administration/mydata/export_tables.py, a line in docs/privacy.md: "
        f"{undecided}"
    )


@pytest.mark.usefixtures("app")
def test_the_list_names_no_table_that_is_gone_or_has_become_a_part():
    assert set(EXCLUDED_TABLES) <= tables_that_know_of_people()
    assert not set(EXCLUDED_TABLES) & EXPORTED


@pytest.mark.parametrize("table", EXPORT_TABLES, ids=lambda table: table.name)
def test_every_column_of_a_part_is_in_it_or_says_why_not(table):
    assert set(table.columns) | set(table.excluded) == {column.name for column in table.table.columns}
    assert not set(table.columns) & set(table.excluded)
    assert all(table.excluded.values())


def test_a_name_or_heading_comes_once():
    assert len({table.name for table in EXPORT_TABLES}) == len(EXPORT_TABLES)
    for table in EXPORT_TABLES:
        assert len(set(table.headings.values())) == len(table.headings), table.name
