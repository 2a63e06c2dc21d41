from __future__ import annotations

import csv
import json
import subprocess
import sys

import numpy as np
import pytest

from nlp.__main__ import main
from nlp.opinion import verify_slate
from nlp.opinion.command import SCORE_COLUMNS
from nlp.opinion.polis import group_informed_consensus
from tests.nlp.opinion.planted import planted

KEYS = (
    "method n_people n_ideas n_groups ari_with_file ari_self gic_max_error holdout_logloss holdout_stance_logloss "
    "seconds peak_mb"
).split()


def write(folder, votes, groups=None):
    """Write votes as Polis exports them, with the published consensus of groups; the last statement is rejected."""
    names = {1.0: "1", -1.0: "-1", 0.0: "0"}
    lines = ["participant,group-id,n-comments,n-votes,n-agree,n-disagree," + ",".join(map(str, range(votes.shape[1])))]
    for person, row in enumerate(votes):
        group = "" if groups is None else groups[person]
        lines.append(f"{person},{group},0,0,0,0," + ",".join(names.get(value, "") for value in row.tolist()))
    path = folder / "participants-votes.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    comments = folder / "comments.csv"
    published = np.full(votes.shape[1], 0.5)
    if groups is not None:
        counts = [
            [[(votes[groups == g, n] == v).sum() for v in (1, -1, 0)] for n in range(votes.shape[1])] for g in (0, 1)
        ]
        published = group_informed_consensus(np.array(counts))
    rows = [f"{n},{-1 if n == votes.shape[1] - 1 else 1},{float(value)!r}" for n, value in enumerate(published)]
    comments.write_text("comment-id,moderated,group-informed-consensus\n" + "\n".join(rows), encoding="utf-8")
    return ["opinion", "--votes", str(path), "--comments", str(comments)]


def test_one_json_line_and_the_scores(tmp_path, capsys):
    made = planted(90, 12, sizes=(0.6, 0.4), spread=2.0, seen=0.9)
    out = tmp_path / "scores.csv"
    assert main([*write(tmp_path, made.votes, made.groups), "--groups", "2", "--scores", str(out)]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    said = json.loads(line)
    assert list(said) == KEYS
    assert (said["method"], said["n_people"], said["n_ideas"], said["n_groups"]) == ("forum", 90, 11, 2)
    assert said["ari_with_file"] > 0.8
    assert said["gic_max_error"] < 1e-12
    assert 0 < said["holdout_stance_logloss"] < said["holdout_logloss"]
    rows = list(csv.DictReader(out.read_text(encoding="utf-8").splitlines()))
    assert tuple(rows[0]) == SCORE_COLUMNS
    assert sorted(int(row["statement"]) for row in rows) == list(range(11))
    assert [float(row["order_score"]) for row in rows] == sorted(
        (float(row["order_score"]) for row in rows), reverse=True
    )


@pytest.mark.parametrize("method", ["forum", "polis"])
@pytest.mark.parametrize("votes", [np.zeros((0, 3)), np.ones((1, 3)), np.zeros((12, 8)), np.full((12, 8), np.nan)])
def test_odd_votes_get_a_line(tmp_path, capsys, votes, method):
    out = tmp_path / "scores.csv"
    assert main([*write(tmp_path, votes), "--method", method, "--scores", str(out)]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["n_groups"] in (0, 1)
    assert len(out.read_text(encoding="utf-8").splitlines()) == votes.shape[1]


def test_a_bad_file_is_named_and_nothing_is_printed(tmp_path, capsys):
    path = tmp_path / "votes.csv"
    path.write_text("participant,0\n1,2\n", encoding="utf-8")
    assert main(["opinion", "--votes", str(path)]) == 1
    said = capsys.readouterr()
    assert not said.out
    assert "line 2: column 2 (statement 0): '2' is no vote" in said.err


def test_no_number_of_groups_below_one(tmp_path):
    with pytest.raises(SystemExit):
        main(["opinion", "--votes", "x.csv", "--groups", "0"])


def test_a_slate_comes_with_a_proof_by_the_statements_own_numbers(tmp_path, capsys):
    made = planted(90, 12, sizes=(0.6, 0.4), spread=2.0, seen=0.9)
    assert main([*write(tmp_path, made.votes), "--slate", "3"]) == 0
    proof = tmp_path / "proof.json"
    proof.write_text(json.dumps(json.loads(capsys.readouterr().out)["slate"]), encoding="utf-8")
    done = subprocess.run([sys.executable, verify_slate.__file__, str(proof)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    assert main([*write(tmp_path, made.votes), "--slate", "99"]) == 1
    assert "a slate of 99 cannot be chosen from 11 statements" in capsys.readouterr().err
