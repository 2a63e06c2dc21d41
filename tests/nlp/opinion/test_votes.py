from __future__ import annotations

import numpy as np
import pytest

from nlp.evaluation.files import InputError
from nlp.opinion.votes import read_votes

HEAD = "participant,xid,group-id,n-comments,n-votes,n-agree,n-disagree,0,1,2\n"


def saved(tmp_path, text, name="participants-votes.csv"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def test_votes_groups_and_gaps_are_read(tmp_path):
    table = read_votes(saved(tmp_path, HEAD + "4,,0,0,2,1,1,1,-1,\n9,,,0,2,1,0,,0,1\n"))
    assert (table.people, table.ideas, table.file_groups.tolist()) == (("4", "9"), ("0", "1", "2"), [0, -1])
    assert np.array_equal(table.dense(), [[1, -1, np.nan], [np.nan, 0, 1]], equal_nan=True)


def test_quoted_cells_are_read_too(tmp_path):
    plain = read_votes(saved(tmp_path, HEAD + "4,a b,0,0,2,1,1,1,-1,\n"))
    quoted = read_votes(saved(tmp_path, HEAD + '4,"a\nb",0,0,2,1,1,"1",-1.0,\n'))
    assert np.array_equal(plain.dense(), quoted.dense(), equal_nan=True)


def test_rejected_statements_are_left_out_and_the_published_consensus_is_kept(tmp_path):
    comments = "comment-id,moderated,group-informed-consensus\n0,1,0.5\n1,-1,0.4\n2,0,\n"
    table = read_votes(saved(tmp_path, HEAD + "4,,0,0,2,1,1,1,-1,\n"), saved(tmp_path, comments, "comments.csv"))
    assert table.ideas == ("0", "2")
    assert np.array_equal(table.file_consensus, [0.5, np.nan], equal_nan=True)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "line 1: needs the column participant"),
        ("participant,group-id\n", "line 1: no column is named by the number of a statement"),
        (HEAD.replace(",1,2", ",1,1"), "line 1: statement 1 stands there twice, in columns 9 and 10"),
        (HEAD + "4,,0,0,2,1,1,1,2,\n", "line 2: column 9 .statement 1.: '2' is no vote"),
        (HEAD + "4,,0,0,2,1,1,1,-2,\n", "line 2: column 9 .statement 1.: '-2' is no vote"),
        (HEAD + "4,,0,0,2,1,1,1,11,\n", "line 2: column 9 .statement 1.: '11' is no vote"),
        (HEAD + "4,,0,0,2,1,1,1,-,\n", "line 2: column 9 .statement 1.: '-' is no vote"),
        (HEAD + "4,,0,0,2,1,1,1,0.5,\n", "line 2: column 9 .statement 1.: '0.5' is no vote"),
        (HEAD + "4,,0,0,2,1,1,1,yes,\n", "line 2: column 9 .statement 1.: 'yes' is no vote"),
        (HEAD + '4,,0,0,2,1,1,1,"nan",\n', "line 2: column 9 .statement 1.: 'nan' is no vote"),
        (HEAD + "4,,0,0,2,1,1,1,\n", "line 2: has 9 cells, the first line 10"),
        (HEAD + "4,,0,0,2,1,1,1,,,1\n", "line 2: has 11 cells, the first line 10"),
        (
            HEAD + "4,,0,0,2,1,1,1,,\n5,,0,0,0,0,0,,,\n4,,0,0,2,1,1,-1,,\n",
            "line 4: participant 4 .* twice, first in line 2",
        ),
        (HEAD + ",,0,0,2,1,1,1,,\n", "line 2: names no participant"),
        (HEAD + "4,,x,0,2,1,1,1,,\n", "line 2: the group 'x' is no number"),
    ],
)
def test_a_fault_is_named_with_its_line(tmp_path, text, fault):
    with pytest.raises(InputError, match=fault):
        read_votes(saved(tmp_path, text))


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("comment-id\n0\n", "line 1: needs the columns comment-id and moderated"),
        ("comment-id,moderated\n0,1\n0,1\n", "line 3: statement 0 stands there twice"),
        ("comment-id,moderated\n0,2\n", "line 2: column moderated: '2' is none of -1, 0, 1"),
        ("comment-id,moderated,group-informed-consensus\n0,1,x\n", "line 2: .* 'x' is no number"),
    ],
)
def test_a_fault_among_the_comments_is_named(tmp_path, text, fault):
    with pytest.raises(InputError, match=fault):
        read_votes(saved(tmp_path, HEAD), saved(tmp_path, text, "comments.csv"))


def test_what_is_no_file_or_no_text_is_named(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        read_votes(tmp_path / "none.csv")
    path = tmp_path / "bytes.csv"
    path.write_bytes(HEAD.encode() + b"\xff\xfe,,0,0,2,1,1,1,,\n")
    with pytest.raises(InputError, match="cannot be read"):
        read_votes(path)


def test_nobody_is_an_answer(tmp_path):
    table = read_votes(saved(tmp_path, HEAD))
    assert table.cells.shape == (0, 3)
