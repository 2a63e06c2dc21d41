from __future__ import annotations

import ast
import copy
import hashlib
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from nlp.opinion import verify_slate
from nlp.opinion.slate import slate
from nlp.opinion.verify_slate import faults

PROGRAM = Path(verify_slate.__file__)


@pytest.fixture(scope="module")
def proof():
    """A proof with both parts, people whose money does not reach, gaps and an idea left out."""
    random = np.random.default_rng(5)
    camp = random.integers(0, 3, 40)
    likely = np.where(camp[:, None] == np.arange(9) % 3, 0.7, 0.15)
    table = np.where(random.random((40, 9)) < likely, 1.0, -1.0)
    table[random.random((40, 9)) < 0.1] = np.nan
    return json.loads(json.dumps(slate(table, 4, seed="2026-11-30", draws=3).proof()))


def digest(ballots) -> str:
    return hashlib.sha256("".join(f"{row} {people}\n" for row, people in ballots).encode()).hexdigest()


def is_refused(proof) -> bool:
    """As the program does it: what cannot be read is no proof either."""
    try:
        return bool(list(faults(proof)))
    except (ArithmeticError, LookupError, TypeError, ValueError):
        return True


def of_part(proof, part):
    return next(item for item in proof["items"] if item["part"] == part)


def change_a_payment(proof):
    of_part(proof, "equal shares")["payments"][-1][2] = "1/7"


def pay_for_others(proof):
    """The sum stays 1, but one person pays more than all others."""
    item = of_part(proof, "equal shares")
    people, money, pays = item["payments"][-1]
    item["payments"][-1:] = [[people - 1, money, pays], [1, money, pays]]


def change_a_price(proof):
    item = of_part(proof, "equal shares")
    item["price"] = "1/" + str(int(item["price"].split("/")[1]) - 1)


def change_a_load(proof):
    of_part(proof, "completion")["load"] = "1/9"


def rename_a_part(proof):
    item = of_part(proof, "completion")
    item["part"], item["price"] = "equal shares", item.pop("load")


def rename_the_first_part(proof):
    item = of_part(proof, "equal shares")
    item["part"], item["load"] = "completion", item.pop("price")


def swap_two_items(proof):
    proof["items"][:2] = proof["items"][1::-1]


def choose_another_idea(proof):
    proof["items"][-1]["idea"] = next(
        idea for idea in proof["ideas"] if idea not in {item["idea"] for item in proof["items"]}
    )


def leave_an_item_out(proof):
    proof["items"].pop()


def choose_an_idea_twice(proof):
    proof["items"].append(proof["items"][-1])


def drop_a_ballot(proof):
    proof["ballots"].pop(3)


def drop_a_ballot_and_hide_it(proof):
    _row, people = proof["ballots"].pop(3)
    proof["people"] -= people
    proof["ballots_sha256"] = digest(proof["ballots"])


def count_a_ballot_twice(proof):
    proof["ballots"][0][1] += 1


def list_a_ballot_again(proof):
    proof["ballots"].append(proof["ballots"][0])


def fill_a_gap(proof):
    at = next(at for at, (row, _people) in enumerate(proof["ballots"]) if "?" in row)
    proof["ballots"][at][0] = proof["ballots"][at][0].replace("?", "0", 1)


def turn_a_vote(proof):
    row = proof["ballots"][0][0]
    proof["ballots"][0][0] = row.replace("0", "1", 1)


def count_half_people(proof):
    proof["ballots"][0][1] += 0.5
    proof["ballots"][1][1] -= 0.5


def vote_by_another_letter(proof):
    proof["ballots"][0][0] = proof["ballots"][0][0].replace("0", "2", 1)


def ask_for_more_places(proof):
    proof["size"] += 1


def hide_the_strongest_claim(proof):
    proof["strongest_left_out"] = None


def weaken_the_strongest_claim(proof):
    proof["strongest_left_out"]["missing"] += 1


def deny_fairness(proof):
    proof["ejr_plus"] = False


def serve_the_worst_better(proof):
    proof["worst_served_tenth"] = "4"


def see_everything(proof):
    proof["seen"] = "1"


def stand_higher(proof):
    proof["standing"] = "complete"


TAMPERINGS = [
    change_a_payment,
    pay_for_others,
    change_a_price,
    change_a_load,
    rename_a_part,
    rename_the_first_part,
    swap_two_items,
    choose_another_idea,
    leave_an_item_out,
    choose_an_idea_twice,
    drop_a_ballot,
    drop_a_ballot_and_hide_it,
    count_a_ballot_twice,
    list_a_ballot_again,
    fill_a_gap,
    turn_a_vote,
    count_half_people,
    vote_by_another_letter,
    ask_for_more_places,
    hide_the_strongest_claim,
    weaken_the_strongest_claim,
    deny_fairness,
    serve_the_worst_better,
    see_everything,
    stand_higher,
]


def test_the_proof_has_all_that_is_tampered_with(proof):
    assert not list(faults(proof))
    assert {item["part"] for item in proof["items"]} == {"equal shares", "completion"}
    assert any(len(item["payments"]) > 1 for item in proof["items"] if item["part"] == "equal shares")
    assert proof["standing"] == "gaps"


@pytest.mark.parametrize("tamper", TAMPERINGS, ids=lambda tamper: tamper.__name__)
def test_tampering_is_caught(proof, tamper):
    other = copy.deepcopy(proof)
    tamper(other)
    assert other != proof
    assert is_refused(other)


def test_another_seed_is_caught_where_it_settles_a_tie():
    proofs = {seed: slate(np.ones((3, 5)), 1, seed=seed).proof() for seed in range(8)}
    chosen = {seed: proof["items"][0]["idea"] for seed, proof in proofs.items()}
    others = [seed for seed, idea in chosen.items() if idea != chosen[0]]
    assert others
    assert all(is_refused(proofs[0] | {"seed": seed}) for seed in others)


def test_it_runs_alone_and_says_what_is_wrong(proof, tmp_path):
    paths = {name: tmp_path / f"{name}.json" for name in ("right", "wrong", "none")}
    paths["right"].write_text(json.dumps(proof), encoding="utf-8")
    swap_two_items(wrong := copy.deepcopy(proof))
    paths["wrong"].write_text(json.dumps(wrong), encoding="utf-8")
    paths["none"].write_text('{"ideas": 3}', encoding="utf-8")
    ran = {
        name: subprocess.run([sys.executable, "-I", PROGRAM, path], capture_output=True, text=True, check=False)
        for name, path in paths.items()
    }
    assert [one.returncode for one in ran.values()] == [0, 1, 1]
    assert ran["right"].stdout.startswith("The proof is right")
    assert "comes before idea" in ran["wrong"].stdout
    assert ran["none"].stdout.startswith("This is no proof of a slate")
    assert not any(one.stderr for one in ran.values())


def test_it_is_short_and_needs_the_standard_library_alone():
    source = PROGRAM.read_text(encoding="utf-8")
    assert len(source.splitlines()) <= 60
    modules = {
        name.split(".")[0]
        for node in ast.walk(ast.parse(source))
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert modules <= sys.stdlib_module_names
