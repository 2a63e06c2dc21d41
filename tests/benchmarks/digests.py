"""What a digest's charts and files cost: `python -m tests.benchmarks.digests [--ideas 300 20000] [--themes 12]`.

Each size has a process of its own. One JSON line for each part: seconds of CPU and by the clock, the first time (with
its imports) and again, and what came out; then the peak of memory. `reference` is the content as JSON by the standard
library, for the scale of the machine. A part that is missing or fails is named with its error, those that need it too,
and the exit code is 1. `digest_job` measures the whole build, whose memory is less: here every part is kept and made
twice.
"""

from __future__ import annotations

import argparse
import importlib
import io
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from forum.publication.digests.content import Crossing, DigestContent, OnTimeLine, Points
from tests.forum.publication.digests.contents import example_content, ground, idea, referral, theme, written

PACKAGE = "forum.publication.digests"
SECTORS = "전환 산업 건물 수송 농축수산 폐기물 흡수원 적응 교육·참여".split()
REGIONS = "서울 부산 대구 인천 광주 대전 울산 세종 경기 강원 충북 충남 전북 전남 경북 경남 제주".split()
MINISTRIES = "국토교통부 산업통상자원부 환경부 교육부 농림축산식품부 해양수산부".split()
PARTS = (
    # name, module, function, what it takes
    ("charts", "charts", "charts_of", ("content",)),
    ("compose", "composing", "compose", ("content", "charts")),
    ("tables", "tables", "tables_of", ("content",)),
    ("html", "renderers.as_html", "render_html", ("compose",)),
    ("pdf", "renderers.as_pdf", "render_pdf", ("compose",)),
    ("hwpx", "renderers.as_hwpx", "render_hwpx", ("compose",)),
    ("xlsx", "renderers.as_xlsx", "render_xlsx", ("content", "tables", "charts")),
    ("csv", "renderers.as_csv", "render_csv", ("content", "tables")),
    ("json", "renderers.as_json", "render_json", ("content", "tables")),
    ("checks", "checks", "problems", ("files", "compose", "content")),
)
WRITTEN = ("xlsx", "csv", "json")
"""Formats that are written to a file; the others are returned."""
FILES = ("html", "pdf", "hwpx", "xlsx", "csv", "json")


def made(n_ideas: int, n_themes: int) -> DigestContent:
    """Return a digest of a campaign whose ideas are all in themes, each with a letter; every chart is full."""
    every = [idea(n, ground=ground(0.3 + n % 60 / 100)) for n in range(1, n_ideas + 1)]
    titles = [
        f"동네마다 전기 버스와 자전거 길을 늘리고 학교 지붕에 햇빛 발전소 놓기 {n}" for n in range(1, n_themes + 1)
    ]
    themes = tuple(
        theme(n, title, every[n - 1 :: n_themes], (referral(n, n, title, ministry=MINISTRIES[n % len(MINISTRIES)]),))
        for n, title in enumerate(titles, 1)
    )
    crossings = tuple(
        Crossing(sector, region, (row * 7 + place * 3) % 40 or None)
        for row, sector in enumerate(SECTORS)
        for place, region in enumerate(REGIONS)
    )
    first = date(2026, 10, 12)
    return example_content(
        ideas=tuple(every),
        themes=themes,
        crossings=crossings,
        over_time=Points(1, tuple((first + timedelta(days=n), n * 7 % 40) for n in range(40))),
        on_time=tuple(OnTimeLine(name, 4, 2, 1, 3) for name in MINISTRIES),
    )


def measured(call: Callable[[], Any]) -> tuple[dict[str, float], Any]:
    clock, cpu = time.perf_counter(), time.process_time()
    answer = call()
    return {"seconds": round(time.perf_counter() - clock, 3), "cpu": round(time.process_time() - cpu, 3)}, answer


def part(module: str, function: str, values: list[Any], *, is_written: bool) -> tuple[dict[str, Any], Any]:
    """Return the figures of a first and a second call, and its answer or what it wrote."""

    def call() -> Any:
        made_by = getattr(importlib.import_module(f"{PACKAGE}.{module}"), function)
        return written(made_by, *values) if is_written else made_by(*values)

    cold, answer = measured(call)
    warm, _again = measured(call)
    return {"first": cold, "again": warm}, answer


def one_size(n_ideas: int, n_themes: int) -> bool:
    """Print the figures of one size. :return: whether every part was there and right"""
    known: dict[str, Any] = {"content": made(n_ideas, n_themes), "files": {}}
    all_right = True
    for name, module, function, needs in PARTS:
        said: dict[str, Any] = {"ideas": n_ideas, "part": name}
        try:
            figures, known[name] = part(module, function, [known[need] for need in needs], is_written=name in WRITTEN)
            said |= figures | told(name, known[name])
        except Exception as error:  # whatever a part raises is a figure too: the others are still measured
            said["error"] = f"{type(error).__name__}: {error}"[:200]
        if name in FILES and name in known:
            known["files"][name] = known[name]
        all_right &= "error" not in said and not said.get("problems")
        print(json.dumps(said, ensure_ascii=False), flush=True)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({"ideas": n_ideas, "peak_mb": round(peak / (1024 if sys.platform == "linux" else 1024**2))}))
    reference, _text = measured(lambda: json.dumps(known["content"].as_dict(), default=str, ensure_ascii=False))
    print(json.dumps({"ideas": n_ideas, "part": "reference"} | reference), flush=True)
    return all_right


def told(name: str, answer: Any) -> dict[str, Any]:
    """Return what is worth knowing of a part's answer."""
    if name == "pdf":
        import pikepdf

        return {"kb": len(answer) // 1000, "pages": len(pikepdf.open(io.BytesIO(answer)).pages)}
    if name == "charts":
        return {"charts": len(answer), "kb": sum(len(one.svg) + len(one.png) for one in answer.values()) // 1000}
    if name == "checks":
        return {"problems": answer}
    return {"kb": len(answer) // 1000} if isinstance(answer, bytes) else {}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.digests", description=(__doc__ or "")[:40])
    parser.add_argument("--ideas", type=int, nargs="+", default=[300, 20_000])
    parser.add_argument("--themes", type=int, default=12)
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        return 0 if one_size(options.ideas[0], options.themes) else 1
    command = [sys.executable, "-m", "tests.benchmarks.digests", "--one", "--themes", str(options.themes)]
    codes = [subprocess.run([*command, "--ideas", str(size)]).returncode for size in options.ideas]
    return max(codes)


if __name__ == "__main__":
    sys.exit(main())
