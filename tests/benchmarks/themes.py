"""Growth and reading speed of the analysis: `python -m tests.benchmarks.themes [--ideas FILE.jsonl …]`.

Ideas are made at run time by recombining sentences: a title of one real idea, two to four sentences of it and of others
of its neighbourhood in the file. Without `--ideas` the sample forum's are used (few sentences, so many near-duplicates:
say so when quoting). Vectors are made, not encoded: each source text has a random direction, a recombined idea the mean
of its sources' and noise, in the size and type of stored ones. So figures here are of cost, never of quality.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import resource
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import numpy as np

from nlp.records import IdeaText
from nlp.similarity.encoders import IdeaEmbeddings
from nlp.text.cleaning import to_paragraphs

SAMPLE = sorted((Path(__file__).resolve().parents[2] / "data" / "sample" / "ideas").glob("*.jsonl"))
DIMENSION = 384


def recombined(sources: list[IdeaText], n: int, seed: int = 0) -> tuple[list[IdeaText], IdeaEmbeddings]:
    """Make `n` ideas from the sentences of `sources`, and vectors that show which sources they came from."""
    rng, noise = random.Random(seed), np.random.default_rng(seed)
    sentences = [[part.strip() for part in re.split(r"(?<=[.?!다요])\s+", s.body) if part.strip()] for s in sources]
    groups = max(8, len(sources) // 20)
    home = noise.normal(size=(groups, DIMENSION)).astype(np.float32)
    own = noise.normal(size=(len(sources), DIMENSION)).astype(np.float32)
    ideas, places = [], np.zeros(n, dtype=int)
    for key in range(n):
        first = rng.randrange(len(sources))
        near = [first, *(min(len(sources) - 1, max(0, first + rng.randint(-10, 10))) for _ in range(2))]
        said = [rng.choice(sentences[place]) for place in near if sentences[place]]
        words = sources[first].title.split()
        extra = rng.choice(sources[near[1]].title.split() or [""])
        ideas.append(IdeaText(key, " ".join([*words, extra]), " ".join(said), author=rng.randrange(max(2, n // 3))))
        places[key] = first
    parts = []
    for weight in (0.5, 0.8):
        rows = home[places * groups // len(sources)] + 0.7 * own[places]
        rows += weight * noise.standard_normal(rows.shape, dtype=np.float32)
        parts.append((rows + 3.0).astype(np.float16))  # in a narrow cone, like real ones
    return ideas, IdeaEmbeddings("made for the benchmark", np.arange(n), *parts)


def one_size(paths: list[Path], n: int, n_jobs: int) -> None:
    """Analyse `n` ideas with stored vectors and print the cost; runs in its own process, to measure its memory."""
    from joblib.externals.loky import get_reusable_executor

    from nlp.pipeline import analyse

    ideas, vectors = recombined(_sources(paths), n)
    steps: dict[str, float] = {}
    before, used_before = time.perf_counter(), _cpu_seconds()

    def report_progress(_share: float, step: str) -> None:
        steps.setdefault(step, time.perf_counter() - before)

    theming = analyse(ideas, progress=report_progress, embeddings=vectors, n_jobs=n_jobs)
    seconds = time.perf_counter() - before
    readers = _peaks_of_children()
    get_reusable_executor().shutdown(wait=True)  # the processor time of a reader is known only after its end
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        json.dumps(
            {
                "ideas": n,
                "mean_chars": round(float(np.mean([len(i.title) + len(i.body) for i in ideas]))),
                "seconds": round(seconds, 1),
                "cpu_seconds": round(_cpu_seconds() - used_before, 1),
                "peak_mb": round(own),
                "peak_mb_of_readers": [round(peak) for peak in readers],
                "peak_mb_at_most": round(own + sum(readers)),  # as if all were at their highest at once
                "themes": len(theming.themes),
                "copies": len(theming.copy_of),
                "unthemed": len(theming.unthemed),
                "steps_begin_at": {step: round(at, 1) for step, at in steps.items()},
            }
        ),
        flush=True,
    )


def _peaks_of_children() -> list[float]:
    """Return the peak MiB of each live child process, as Linux reports it; nothing on other systems."""
    peaks = []
    for status in Path("/proc").glob("[0-9]*/status"):
        with suppress(OSError):  # the child may have ended meanwhile
            said = dict(line.split(":", 1) for line in status.read_text().splitlines())
            if int(said["PPid"]) == os.getpid() and "VmHWM" in said:
                peaks.append(int(said["VmHWM"].split()[0]) / 1024)
    return peaks


def _cpu_seconds() -> float:
    """Return the processor time of this process and of the readers that have ended; other load does not affect it."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


def tagging(paths: list[Path]) -> None:
    """Print characters per second of our tagger and of the bare parse of mecab-ko, on one core and on two."""
    import mecab_ko
    from joblib import Parallel, delayed

    sources = _sources(paths)
    texts = [f"{idea.title}\n{idea.body[:300]}".replace("\n", " ") for idea in sources] * max(1, 4_000 // len(sources))
    n_chars = sum(map(len, texts))
    bare = mecab_ko.Tagger("")
    bare.parse("한 번")
    _tag(texts[:50])
    alone = _seconds(lambda: [bare.parse(text) for text in texts])
    ours = _seconds(lambda: _tag(texts))
    halves = [texts[::2], texts[1::2]]
    with Parallel(n_jobs=2) as two:
        two(delayed(_tag)(part[:50]) for part in halves)
        both = _seconds(lambda: two(delayed(_tag)(part) for part in halves))
    rates = {name: round(n_chars / seconds) for name, seconds in (("bare", alone), ("ours", ours), ("two", both))}
    said = {"chars_per_second": rates, "share_of_bare": round(alone / ours, 2), "two_cores": round(ours / both, 2)}
    print(json.dumps(said), flush=True)


def _tag(texts: list[str]) -> int:
    from nlp.text.tokens import get_tagger

    tagger = get_tagger()
    return sum(len(tagger.pos(text)) for text in texts)


def _seconds(work: object) -> float:
    best = float("inf")
    for _ in range(3):
        before = time.perf_counter()
        work()  # type: ignore[operator]
        best = min(best, time.perf_counter() - before)
    return best


def _sources(paths: list[Path]) -> list[IdeaText]:
    """Return every idea of the files that has a body, numbered in their order."""
    lines = [line for path in paths for line in path.read_text(encoding="utf-8").split("\n") if line.strip()]
    rows = (json.loads(line) for line in lines)
    ideas = (IdeaText(key, row["title"], to_paragraphs(row["body"] or "")) for key, row in enumerate(rows))
    return [idea for idea in ideas if idea.body]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--ideas", type=Path, nargs="+", default=SAMPLE, metavar="FILE.jsonl")
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        one_size(options.ideas, options.one, options.jobs)
        return
    tagging(options.ideas)
    taken = []
    for size in options.sizes:
        command = [sys.executable, "-m", "tests.benchmarks.themes", "--one", str(size), "--jobs", str(options.jobs)]
        said = subprocess.run(
            [*command, "--ideas", *map(str, options.ideas)], check=True, capture_output=True, text=True
        )
        print(said.stdout.strip(), flush=True)
        taken.append(json.loads(said.stdout)["seconds"])
    if len(taken) > 1:
        exponents = np.diff(np.log(taken)) / np.diff(np.log(options.sizes))
        print(json.dumps({"growth_exponents": [round(float(e), 2) for e in exponents]}))


if __name__ == "__main__":
    main()
