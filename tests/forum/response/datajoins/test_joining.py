"""Joins of typed tables, whose k is counted on paper. The database is not the point."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from forum.core.extensions import db
from forum.response.datafiles.models import DataFile, DataFileState
from forum.response.datafiles.services import withdraw_file
from forum.response.datajoins import joining
from forum.response.datajoins.models import DataJoinRisk
from forum.response.datajoins.pages import words_of
from forum.response.datajoins.queries import risks_of, risks_of_file
from forum.response.datajoins.services import ask_for_measuring
from forum.response.datasets.models import ColumnType, DatasetColumn, DatasetState, Sensitivity
from forum.response.dataviews.processes import Limits
from forum.system.jobs.models import JobState

TYPES = {"성별": "CODE", "나이대": "INTEGER", "동": "TEXT", "병": "CODE", "장": "NUMBER", "날": "DATE", "켬": "BOOLEAN"}
# Seven visits. Alike in 성별 and 나이대: 여 30 three, 여 40 two, 남 30 two, so k is 2.
VISITS = """성별,나이대,동,병
여,30,가,감기
여,30,가,감기
여,30,나,두통
여,40,가,감기
여,40,가,두통
남,30,나,감기
남,30,나,감기
"""


@pytest.fixture
def engine_name() -> str:
    return "sqlite"


@pytest.fixture
def table(make):
    """Make a file of a dataset of its own: identifying columns in one string, sensitive ones in another."""

    def table(text, identifying="", sensitive="", k=None, types=TYPES, **values):
        version = make.dataset_version(make.dataset(**values), published=False)
        for column in list(version.columns):
            db.session.delete(column)
        db.session.flush()
        for place, name in enumerate(text.split("\n", 1)[0].split(",")):
            marks = {"is_identifying": name in identifying.split(), "is_sensitive": name in sensitive.split()}
            kind = ColumnType(types[name])
            db.session.add(
                DatasetColumn(version_id=version.id, position=place, name=name, meaning="뜻", type=kind, **marks)
            )
        db.session.flush()
        version.published_at = version.created_at
        db.session.flush()
        db.session.refresh(version, ["columns"])
        file = make.data_file(version, text, k=k)
        ask_for_measuring(file.id)
        return file

    return table


def measured(own, other):
    """Return rows found and k of one direction, or None if there is no such row."""
    db.session.expire_all()
    row = db.session.get(DataJoinRisk, (own.id, other.id))
    return row and (row.n_rows, row.k)


# What another file tells of VISITS -> how many of its rows, and the smallest group, counted on paper.
COUNTED = {
    "동\n가\n나\n": (7, 1),  # 여30가 2, 여30나 1, 여40가 2, 남30나 2
    "동\n가\n": (4, 2),  # 여30가 2, 여40가 2
    "동\n나\n다\n": (3, 1),  # 여30나 1, 남30나 2
    "동\n다\n": (0, None),
    "동,병\n가,감기\n나,감기\n": (5, 1),  # 여30가감 2, 여40가감 1, 남30나감 2
    "나이대\n30\n": (5, 2),  # it tells nothing that 성별 and 나이대 do not: 여30 3, 남30 2
    "성별,나이대\n여,30\n": (3, 3),
}


def test_k_of_a_join_is_as_counted_by_hand(table, work):
    others = {text: table(text) for text in COUNTED}
    visits = table(VISITS, "성별 나이대", k=2)
    assert work() == [JobState.DONE]
    assert {text: measured(visits, other) for text, other in others.items()} == COUNTED
    assert measured(others["동\n가\n"], visits) is None  # nobody is found in a table that names no one


def test_both_directions_are_measured_where_both_are_of_people(table, work):
    visits = table(VISITS, "성별 나이대", k=2)
    members = table("성별,동\n여,가\n여,가\n여,가\n남,다\n", "성별", k=1)
    work()
    assert measured(visits, members) == (4, 2)  # 여30가 2, 여40가 2
    assert measured(members, visits) == (3, 3)  # 여가 3; nobody in the visits is 남다


def test_a_sensitive_column_alone_is_looked_at_too(table, work):
    """No column is identifying, so all seven rows are alike; by their 동 there are four and three."""
    visits, known = table(VISITS, sensitive="병"), table("동\n가\n나\n")
    work()
    assert measured(visits, known) == (7, 3)
    [risk] = risks_of_file(visits.id)
    assert "사람을 가려낼 열이 없지만" in words_of(risk)
    assert "3줄까지" in words_of(risk)


def test_empty_cells_and_types_compare_by_their_meaning(table, work):
    """An empty cell is a value; Y and true are one; a number that was measured is no knowledge."""
    own = table("날,켬,장,병\n2026-01-01,Y,1.5,ㄱ\n2026-01-01,true,2.5,ㄱ\n,N,3.5,ㄴ\n,N,3.5,ㄴ\n", "병", k=2)
    other = table("켬,날,장\n예,2026-01-01,1.5\n아니요,,9.5\n")
    work()
    assert measured(own, other) == (4, 2)
    [risk] = risks_of_file(own.id)
    assert risk.shared == ["날", "켬"]


def test_the_same_name_in_another_type_and_the_same_dataset_are_not_joined(table, make, work):
    visits = table(VISITS, "성별 나이대", k=2)
    table("동\n1\n", types={"동": "INTEGER"})
    db.session.commit()
    assert ask_for_measuring(visits.id) is None
    second = make.dataset_version(visits.version.dataset, number=2)
    make.data_file(second, "달,유형,사용량\n2026-01-01,가,1\n")
    assert ask_for_measuring(visits.id) is None


def test_where_the_child_is_killed_the_join_is_told_as_not_measured(table, work, monkeypatch):
    visits, known = table(VISITS, "성별 나이대", k=2), table("동\n가\n")
    tight = Limits(memory_mib=90, cpu_seconds=5, seconds=5.0, file_bytes=1 << 20)
    join = joining.join
    monkeypatch.setattr("forum.response.datajoins.tasks.join", lambda own, other: join(own, other, tight))
    assert work() == [JobState.DONE]
    assert measured(visits, known) == (None, None)
    assert [risk.is_measured for risk in risks_of(visits.version.dataset_id)] == [False]
    monkeypatch.undo()
    ask_for_measuring(visits.id)
    work()
    assert measured(visits, known) == (4, 2)


@pytest.mark.parametrize("which", ["visits", "known"])
def test_what_was_measured_goes_with_either_file(table, make, work, which):
    files = {"visits": table(VISITS, "성별 나이대", k=2), "known": table("동\n가\n")}
    work()
    assert measured(files["visits"], files["known"]) == (4, 2)
    withdraw_file(files[which], make.analyst(), "잘못된 달이 있어요.", seen=files[which].revision)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(DataJoinRisk)) == 0


def test_a_file_withdrawn_while_it_was_measured_leaves_no_row(table, make, work, monkeypatch):
    visits, known = table(VISITS, "성별 나이대", k=2), table("동\n가\n")
    join = joining.join

    def withdrawing(own, other):
        found = join(own, other)
        file = db.session.get_one(DataFile, other.file_id)
        withdraw_file(file, make.analyst(), "잘못된 달이 있어요.", seen=file.revision)
        db.session.commit()
        return found

    monkeypatch.setattr("forum.response.datajoins.tasks.join", withdrawing)
    assert work() == [JobState.DONE]
    assert measured(visits, known) is None
    assert known.state is DataFileState.WITHDRAWN


def test_who_decides_is_told_of_files_that_somebody_can_have(table, work):
    visits = table(VISITS, "성별 나이대", k=2, sensitivity=Sensitivity.RESTRICTED)
    open_ = table("동\n가\n나\n")
    table("동\n나\n", sensitivity=Sensitivity.AGGREGATE)
    table("동\n나\n", state=DatasetState.PROPOSED)
    table("동\n다\n")
    work()
    [risk] = risks_of(visits.version.dataset_id)
    assert (risk.other_file_id, risk.k, risk.n_rows, risk.shared) == (open_.id, 1, 7, ["동"])
    assert "같은 줄이 2줄 이상이지만" in words_of(risk)
    assert "1줄까지 줄어요" in words_of(risk)
