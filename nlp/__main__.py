"""`python -m nlp evaluate|route|similar|themes`: judge the analysis on labelled ideas, or read its themes.

Each command reads raw ideas (JSONL with id, title, body, HTML and all). `evaluate` prints one JSON line.
"""

from __future__ import annotations

import argparse
import csv
import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

from nlp import judge
from nlp.pipeline import RESOLUTIONS, Settings, analyse
from nlp.records import IdeaText, Theming
from nlp.text import to_paragraphs


class InputError(Exception):
    """A file that cannot be used; the message says which and why."""


def read_ideas(path: Path) -> dict[str, IdeaText]:
    """Ideas by their own id. :raise InputError: no file, a broken line, a missing column, an id twice"""
    ideas: dict[str, IdeaText] = {}
    for number, line in enumerate(_lines(path), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            name, heading, body = str(row["id"]), str(row["title"] or ""), str(row.get("body") or "")
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise InputError(f"{path}, line {number}: needs a JSON object with id, title and body") from error
        if name in ideas:
            raise InputError(f"{path}, line {number}: the id {name} stands there twice")
        ideas[name] = IdeaText(len(ideas), heading, to_paragraphs(body))
    return ideas


def read_labels(path: Path, column: str) -> dict[str, str]:
    """Labels by idea id, empty ones left out. :raise InputError: no file, a missing column"""
    rows = csv.DictReader(_lines(path))
    if not rows.fieldnames or not {"id", column} <= set(rows.fieldnames):
        raise InputError(f"{path}: needs the columns id and {column}")
    return {row["id"]: row[column] for row in rows if row[column]}


def evaluate(ideas: dict[str, IdeaText], labels: dict[str, str], settings: Settings) -> dict[str, Any]:
    """Cluster all ideas, score those that have a label; each unthemed idea is a group of its own."""
    from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

    unknown = sorted(set(labels) - set(ideas))
    if unknown:
        raise InputError(f"{len(unknown)} labelled ids are not among the ideas, such as {unknown[0]}")
    if not labels:
        raise InputError("no idea has a label")
    began = time.perf_counter()
    theming = analyse(list(ideas.values()), settings)
    seconds = time.perf_counter() - began
    group = {member.key: number for number, theme in enumerate(theming.themes) for member in theme.members}
    group |= {key: -1 - key for key in theming.unthemed}
    truth = list(labels.values())
    found = [group[ideas[name].key] for name in labels]
    return {
        "nmi": round(normalized_mutual_info_score(truth, found), 4),
        "ari": round(adjusted_rand_score(truth, found), 4),
        "n_themes": len(theming.themes),
        "coverage": round(1 - len(theming.unthemed) / max(theming.n_ideas, 1), 4),
        "seconds": round(seconds, 2),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def show(theming: Theming, names: dict[int, str], out: Any) -> None:
    print(f"{theming.n_ideas} ideas, {len(theming.themes)} themes, {len(theming.unthemed)} unthemed", file=out)
    for number, theme in enumerate(theming.themes, start=1):
        words = ", ".join(keyword.word for keyword in theme.keywords[:6])
        print(f"{number:4} {len(theme.members):5}  {theme.title}  ({words})  cohesion {theme.cohesion:.2f}", file=out)
        for key in theme.representatives:
            print(f"            - {names[key]}", file=out)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m nlp", description=__doc__.split("\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("evaluate", "themes"):
        command = commands.add_parser(name)
        command.add_argument("--ideas", type=Path, required=True, metavar="FILE.jsonl")
        command.add_argument("--granularity", choices=list(RESOLUTIONS), default="normal")
        command.add_argument("--seed", type=int, default=0)
        if name == "evaluate":
            command.add_argument("--labels", type=Path, required=True, metavar="FILE.csv")
    judge.add_commands(commands)
    options = parser.parse_args(arguments)
    if options.command in judge.COMMANDS:
        return judge.run(options)
    settings = Settings(granularity=options.granularity, random_state=options.seed)
    try:
        ideas = read_ideas(options.ideas)
        if options.command == "evaluate":
            print(json.dumps(evaluate(ideas, read_labels(options.labels, "theme"), settings)))
        else:
            show(analyse(list(ideas.values()), settings), {i.key: i.title for i in ideas.values()}, sys.stdout)
    except InputError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read: {error}") from error


if __name__ == "__main__":
    raise SystemExit(main())
