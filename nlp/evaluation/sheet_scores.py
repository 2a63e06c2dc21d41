"""Score a sheet of `python -m nlp judge` that a reader has filled."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import bootstrap

from nlp.evaluation.files import InputError

RATINGS = ("good", "usable", "bad")
CONFIDENCE = 0.9
N_RESAMPLES = 2_000
Answers = dict[str, dict[str, bool]]
"""Theme code -> id of each idea that was judged -> does it belong?"""


def score_sheet(path: Path) -> dict[str, Any]:
    """Score a filled sheet, with its key and its pairs beside it.

    Precision is the share of the counted rows that belong; its interval is a percentile bootstrap over themes, because
    rows of one theme are right or wrong together (Efron & Tibshirani 1993, An Introduction to the Bootstrap, ch. 13).
    Kept is the share of what belongs, counted or not, that is counted: every row weighs as many ideas as it was drawn
    for. Ideas that were left out far from the themes drawn are in neither.

    :return: `n_themes`, `n_counted`, `precision` with `precision_interval`, `kept`, `titles`, `n_pairs`, `pairs_one`,
        and `faults`: each cell that is missing or invalid, with its row in a spreadsheet
    :raise InputError: a file that cannot be read, or is no sheet
    """
    key = _read_key(path.with_suffix(".key.json"))
    rows = _read_rows(path, ("theme", "member", "belongs", "title_rating"))
    faults: list[str] = []
    answers = _answers(rows, key["themes"], faults)
    titles = _title_ratings(rows, key["themes"], faults)
    pairs = _read_rows(path.with_suffix(".pairs.csv"), ("pair", "one"))
    ones = [_one_or_zero(row["one"], f"pairs, row {number}: one", faults) for number, row in pairs]
    right = _counted_answers(answers, key["themes"])
    n_right, n_read = [sum(own) for own in right], [len(own) for own in right]
    return {
        "n_themes": len(key["themes"]),
        "n_counted": sum(n_read),
        "precision": _rounded(sum(n_right) / sum(n_read)) if sum(n_read) else None,
        "precision_interval": precision_interval(n_right, n_read),
        "interval": f"{CONFIDENCE:.0%}, bootstrap by theme",
        "kept": _kept(answers, key["themes"]),
        "n_not_counted": sum(map(len, answers.values())) - sum(n_read),
        "n_unplaced": key.get("n_unplaced", 0),
        "titles": {rating: titles[rating] for rating in RATINGS},
        "n_pairs": sum(one is not None for one in ones),
        "pairs_one": sum(one is True for one in ones),
        "faults": faults,
    }


def precision_interval(n_right: Sequence[int], n_read: Sequence[int]) -> tuple[float, float] | None:
    """Return the interval of the share of right rows, or None where fewer than two themes were read.

    :param n_right: of each theme
    :param n_read: of each theme, at least 1
    """
    if len(n_read) < 2:
        return None
    if sum(n_right) in (0, sum(n_read)):  # all alike: the bootstrap knows no spread
        return (_rounded(sum(n_right) / sum(n_read)),) * 2
    found = bootstrap(
        (np.array(n_right), np.array(n_read)),
        lambda right, read, axis=-1: right.sum(axis=axis) / read.sum(axis=axis),
        paired=True,
        vectorized=True,
        n_resamples=N_RESAMPLES,
        confidence_level=CONFIDENCE,
        method="percentile",
        rng=np.random.default_rng(0),
    ).confidence_interval
    return _rounded(found.low), _rounded(found.high)


def _counted_answers(answers: Answers, themes: Mapping[str, Any]) -> list[list[bool]]:
    """Return, for each theme with any, the answers of its counted members."""
    found = [
        [belongs for name, belongs in own.items() if themes[code]["tiers"][name] == "counted"]
        for code, own in answers.items()
    ]
    return [own for own in found if own]


def _kept(answers: Answers, themes: Mapping[str, Any]) -> float | None:
    """Return the share of what belongs that is counted; None where nothing belongs or nothing was left out."""
    belonging: defaultdict[str, float] = defaultdict(float)
    n_left_out = 0
    for code, own in answers.items():
        theme = themes[code]
        by_tier: defaultdict[str, list[bool]] = defaultdict(list)
        for name, belongs in own.items():
            by_tier[theme["tiers"][name]].append(belongs)
        for tier, found in by_tier.items():
            belonging[tier] += theme["sizes"][tier] * float(np.mean(found))
        n_left_out += len(own) - len(by_tier["counted"])
    total = sum(belonging.values())
    return _rounded(belonging["counted"] / total) if total and n_left_out else None


def _answers(rows: Sequence[tuple[int, dict[str, str]]], themes: Mapping[str, Any], faults: list[str]) -> Answers:
    answers: Answers = {code: {} for code in themes}
    seen = set()
    for number, row in rows:
        code, name = row["theme"], row["member"].removeprefix("'")
        if code not in themes or name not in themes[code]["tiers"]:
            faults.append(f"row {number}: idea {name!r} was not drawn for theme {code!r}")
            continue
        if (code, name) in seen:
            faults.append(f"row {number}: idea {name!r} of theme {code!r} stands there twice")
            continue
        seen.add((code, name))
        belongs = _one_or_zero(row["belongs"], f"row {number}: belongs", faults)
        if belongs is not None:
            answers[code][name] = belongs
    faults += [
        f"theme {code}: the row of idea {name!r} is missing"
        for code, theme in themes.items()
        for name in theme["tiers"]
        if (code, name) not in seen
    ]
    return answers


def _title_ratings(
    rows: Sequence[tuple[int, dict[str, str]]], themes: Mapping[str, Any], faults: list[str]
) -> Counter[str]:
    """Count the ratings, one for each theme on any of its rows."""
    ratings: dict[str, set[str]] = {code: set() for code in themes}
    first_row: dict[str, int] = {}
    for number, row in rows:
        if row["theme"] not in ratings:
            continue
        first_row.setdefault(row["theme"], number)
        rating = row["title_rating"].lower()
        if rating in RATINGS:
            ratings[row["theme"]].add(rating)
        elif rating:
            faults.append(f"row {number}: title_rating is {rating!r}, not one of {', '.join(RATINGS)}")
    for code, given in ratings.items():
        if len(given) != 1:
            what = "empty" if not given else f"both {' and '.join(sorted(given))}"
            faults.append(f"row {first_row.get(code, '?')}: title_rating of theme {code} is {what}")
    return Counter(next(iter(given)) for given in ratings.values() if len(given) == 1)


def _one_or_zero(value: str, where: str, faults: list[str]) -> bool | None:
    if value in ("0", "1"):
        return value == "1"
    faults.append(f"{where} is {'empty' if not value else f'{value!r}, not 1 or 0'}")
    return None


def _read_rows(path: Path, columns: Sequence[str]) -> list[tuple[int, dict[str, str]]]:
    """Return (row in a spreadsheet, values by column); Excel may have saved the file in Korean Windows' own encoding.

    :raise InputError: no file, not these columns
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error}") from error
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("cp949", "replace")
    try:
        reader = csv.DictReader(io.StringIO(text, newline=""))
        rows = list(reader)
    except csv.Error as error:
        raise InputError(f"{path}: {error}") from error
    if not reader.fieldnames or not set(columns) <= set(reader.fieldnames):
        raise InputError(f"{path}: needs the columns {', '.join(columns)}")
    return [(at, {name: (row[name] or "").strip() for name in columns}) for at, row in enumerate(rows, start=2)]


def _read_key(path: Path) -> dict[str, Any]:
    """:raise InputError: no file, or no key of a sheet"""
    try:
        key: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        for theme in key["themes"].values():
            if not set(theme["tiers"].values()) <= set(theme["sizes"]):
                raise KeyError("sizes")
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{path} is no key of a sheet: {error}") from error
    return key


def _rounded(value: float) -> float:
    return round(float(value), 4)
