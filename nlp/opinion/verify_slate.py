"""Check the proof of a slate, with Python alone: python verify_slate.py PROOF.json. The rule is in docs/slate.md."""

import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from fractions import Fraction
from hashlib import sha256
from pathlib import Path


def faults(proof: dict) -> Iterator[str]:  # a sentence for each thing that is wrong
    ideas, size, ballots, items = (proof[name] for name in ("ideas", "size", "ballots", "items"))
    voters = [({i for i, one in zip(ideas, row, strict=True) if one == "1"}, people) for row, people in ballots]
    n, reach = sum(people for _, people in voters), Counter[tuple[str, int]]()
    approvals = {i: sum(people for liked, people in voters if i in liked) for i in ideas}
    order = sorted(ideas, key=lambda i: (-approvals[i], sha256(f"{proof['seed']}:{i}".encode()).hexdigest()))
    rest, money = [i for i in order if approvals[i]], [Fraction(size, n or 1)] * len(voters)
    for item in items:
        key = {"equal shares": "price", "completion": "load"}[item["part"]]
        idea, n_approve, payments = item["idea"], item["approvals"], item["payments"]
        price, is_bought = Fraction(item[key]), key == "price"
        purses: dict[Fraction, Counter[str]] = defaultdict(Counter)  # how many approve what, by their money
        for (liked, people), cash in zip(voters, money, strict=True):
            purses[cash].update(dict.fromkeys(liked, people))
        pays = {cash: min(cash, price) if is_bought else cash + price for cash in sorted(purses)}
        paid = {i: sum(pays[cash] * likes[i] for cash, likes in purses.items()) for i in rest}
        table = [[purses[cash][idea], str(cash), str(pays[cash])] for cash in pays if purses[cash][idea]]
        most = Fraction(str(table[-1][2])) if is_bought and table else price
        if not 0 < price == most or paid.get(idea) != 1 or payments != table or n_approve != approvals[idea]:
            yield f"Idea {idea} is not paid exactly 1 by those who approve it, alike as far as their money goes."
        if any((-paid[i], order.index(i)) < (-1, order.index(idea)) for i in rest):
            yield f"Another idea comes before idea {idea}."
        money = [cash - pays[cash] if idea in liked else cash for (liked, _), cash in zip(voters, money, strict=True)]
        rest = [i for i in rest if i != idea]
    slate = {item["idea"] for item in items}
    if len(items) != min(size, len(items) + len(rest)):
        yield "There are more or fewer ideas than places."
    for liked, people in voters:
        for level in range(len(liked & slate) + 1, size + 1):  # approves fewer than `level` of those chosen
            reach.update({(i, level): people for i in liked - slate})
    claims = sorted((-(-k * n // size) - reach[i, k], rest.index(i), k) for i in rest for k in range(1, size + 1))
    claim = next(({"idea": rest[at], "level": level, "missing": lacks} for lacks, at, level in claims), None)
    worst = sorted(len(liked & slate) for liked, people in voters for _ in range(people))[: -(-n // 10)]
    seen = Fraction(sum(people * (len(row) - row.count("?")) for row, people in ballots), n * len(ideas) or 1)
    facts = {"people": n, "seen": str(seen), "ejr_plus": not claim or claim["missing"] > 0, "strongest_left_out": claim}
    facts["standing"] = "complete" if seen == 1 else "gaps" if seen >= Fraction(7, 10) else "untold"
    facts["worst_served_tenth"] = str(Fraction(sum(worst), len(worst) or 1))
    facts["ballots_sha256"] = sha256("".join(f"{row} {people}\n" for row, people in ballots).encode()).hexdigest()
    facts["ballots"] = sorted([row, k] for row, k in ballots if k in range(1, n + 1) and {*row} <= {*"01?"})
    yield from (f'"{name}" should be {fact}.'[:200] for name, fact in facts.items() if proof[name] != fact)


if __name__ == "__main__":
    try:
        found = list(faults(json.loads(Path(sys.argv[1]).read_text("utf-8"))))
    except (ArithmeticError, LookupError, OSError, TypeError, ValueError) as error:
        found = [f"This is no proof of a slate: {error!r}."]
    print("\n".join(found) or "The proof is right, draws left out. Compare seed and ballots_sha256 as published.")
    sys.exit(bool(found))
