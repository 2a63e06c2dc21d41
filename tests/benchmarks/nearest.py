"""How well words alone find an idea's theme: `python -m tests.benchmarks.nearest --ideas FILE.jsonl --labels FILE.csv`.

Ideas have `id`, `title` and `body`, labels `id` and `theme`; `--strangers FILE.jsonl` holds texts of other subjects
(those among the ideas are left out). One JSON line each. `members`: each idea, left out of its own theme.
`strangers`: half of them are told apart, the other half only counted for rarity, as a campaign's other ideas are.
`unmade`: the ideas of each theme in turn, while nobody has made it yet. `cost`: milliseconds.
"""

from __future__ import annotations

import argparse
import csv
import json
import re
import time
from collections import Counter
from pathlib import Path
from typing import Any

from forum.deliberation.joint.nearest import Nearest, Text, learn
from forum.voice.ideas.search import tokens_of

MIN_SIZE = 5  # ideas of a theme
MAX_STRANGERS = 1_000
MAX_CHARS = 1_500
_TAG = re.compile(r"<[^>]+>")


def read(path: Path) -> dict[str, Text]:
    texts = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        body = _TAG.sub(" ", row["body"] or "")[:MAX_CHARS]
        texts[str(row.get("id") or row["external_id"])] = Text(row["title"], tokens_of(row["title"], body).split())
    return texts


def measure(ideas: dict[str, Text], labels: dict[str, str], strangers: list[Text]) -> None:
    sizes = Counter(labels[key] for key in ideas if labels.get(key))
    names = sorted(name for name, n in sizes.items() if n >= MIN_SIZE and name != "OTHER")
    themes = {
        number: [text for key, text in ideas.items() if labels.get(key) == name] for number, name in enumerate(names)
    }
    counted, told = strangers[::2], strangers[1::2]
    began = time.perf_counter()
    words = learn(themes, counted)
    learning = time.perf_counter() - began
    began = time.perf_counter()
    members = [(number, words.nearest(text, number)) for number, texts in themes.items() for text in texts]
    asking = (time.perf_counter() - began) / len(members)
    kept = [(number, found) for number, found in members if found.theme_id is not None]
    n_right = sum(number == found.theme_id for number, found in kept)
    say("members", n=len(members), themes=len(themes), new=_new([found for _n, found in members]))
    say("members kept", n=len(kept), right=round(n_right / len(kept), 3), of_all=round(n_right / len(members), 3))
    say("strangers", n=len(told), new=_new([words.nearest(text) for text in told]))
    unmade = []
    for number, texts in themes.items():
        others = learn({key: value for key, value in themes.items() if key != number}, [*counted, *texts])
        unmade += [others.nearest(text) for text in texts]
    say("unmade", n=len(unmade), new=_new(unmade))
    say("cost", learn_ms=round(1000 * learning, 1), ask_ms=round(1000 * asking, 3), texts=len(counted) + len(members))


def _new(found: list[Nearest]) -> float:
    return round(sum(one.theme_id is None for one in found) / max(1, len(found)), 3)


def say(what: str, **figures: Any) -> None:
    print(json.dumps({"what": what} | figures), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--ideas", type=Path, required=True, metavar="FILE.jsonl")
    parser.add_argument("--labels", type=Path, required=True, metavar="FILE.csv")
    parser.add_argument("--strangers", type=Path, metavar="FILE.jsonl")
    given = parser.parse_args()
    ideas = read(given.ideas)
    with given.labels.open(encoding="utf-8") as file:
        labels = {row["id"]: row["theme"] for row in csv.DictReader(file)}
    others = read(given.strangers) if given.strangers else {}
    strangers = [text for key, text in others.items() if key not in ideas][:MAX_STRANGERS]
    measure(ideas, labels, strangers)


if __name__ == "__main__":
    main()
