"""Check a large CSV file as the job does, and put it into a store and read it back: time and memory beside a bare read.

    python -m tests.benchmarks.datafiles [MEGABYTES]

Each part runs in a process of its own, so that its peak of memory is its own. Prints one JSON line.
"""

from __future__ import annotations

import csv
import hashlib
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

MEGABYTE = 1 << 20
HEADER = ["달", "시군구", "유형", "건물번호", "사용량", "요금", "메모"]
DEFAULT_MEGABYTES = 300


def main() -> None:
    if len(sys.argv) > 2:
        print(json.dumps(PARTS[sys.argv[1]](Path(sys.argv[2]))))
        return
    wanted = int(sys.argv[1]) if len(sys.argv) == 2 else DEFAULT_MEGABYTES
    with tempfile.TemporaryDirectory(prefix="forum-bench-") as folder:
        path = Path(folder) / "electricity.csv"
        n_rows = write_table(path, wanted * MEGABYTE)
        found = {name: run(name, path) for name in PARTS}
    ratio = found["check"]["cpu_seconds"] / found["bare"]["cpu_seconds"]
    print(json.dumps({"megabytes": wanted, "rows": n_rows, "check_to_bare": round(ratio, 1), **found}))


def run(name: str, path: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "tests.benchmarks.datafiles", name, str(path)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def write_table(path: Path, size: int) -> int:
    """Write a file of about so many bytes, with a column whose values are all different; return its number of rows."""
    pick, n_rows = random.Random(24), 0
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(HEADER)
        while file.tell() < size:
            rows.writerows(
                (
                    f"2025-{pick.randint(1, 12):02}-01",
                    pick.choice(("강남구", "서초구", "종로구", "마포구", "송파구")),
                    pick.choice(("아파트", "단독주택", "사무실", "상가", "학교")),
                    f"B{n_rows + n:08}",
                    pick.randint(10, 99_999),
                    round(pick.random() * 1e5, 2),
                    pick.choice(("", "정상", "추정", "고장으로 다시 잼")),
                )
                for n in range(10_000)
            )
            n_rows += 10_000
    return n_rows


def measured(act: Callable[[], object]) -> dict[str, float]:
    """Return seconds, seconds of the processor, the peak of memory, and how much of it came with the act."""
    before, began, cpu = _peak(), time.monotonic(), time.process_time()
    act()
    return {
        "seconds": round(time.monotonic() - began, 1),
        "cpu_seconds": round(time.process_time() - cpu, 1),
        "peak_mb": round(_peak()),
        "added_mb": round(_peak() - before),
    }


def _peak() -> float:
    """Return the peak of this process's own memory in MB; `getrusage` would count what its parent had."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return float(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))) / 1024


def bare(path: Path) -> dict[str, float]:
    def read() -> None:
        with path.open(encoding="utf-8", newline="") as file:
            for _row in csv.reader(file):
                pass

    return measured(read)


def check(path: Path) -> dict[str, float]:
    """Run the check as the job does: in a child process, whose figures these are; `worker_mb` is its parent's peak."""
    from forum.response.datafiles.check_process import CHECK, ask_child
    from forum.response.datafiles.checking import TableReport

    kinds = ["DATE", "CODE", "TEXT", "TEXT", "INTEGER", "NUMBER", "TEXT"]
    began = time.monotonic()
    with tempfile.TemporaryDirectory(dir=path.parent) as parts, tempfile.TemporaryDirectory() as folder:
        os.link(path, Path(parts) / "1")
        request = {
            "parts": parts,
            "sizes": [path.stat().st_size],
            "columns": [[name, kind, n < 3] for n, (name, kind) in enumerate(zip(HEADER, kinds, strict=True))],
            "is_open": True,
            "folder": folder,
        }
        answer = ask_child(request, lambda _share: None, CHECK)
    report = TableReport.unpacked(answer["report"])
    assert report.n_rows, report.as_json()
    assert not report.problems, report.as_json()
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {
        "seconds": round(time.monotonic() - began, 1),
        "cpu_seconds": round(used.ru_utime + used.ru_stime, 1),
        "peak_mb": answer["peak_mb"],
        "worker_mb": round(_peak()),
    }


def store(path: Path) -> dict[str, float]:
    from flask import Flask

    from forum.system.blobs.store import PIECE_BYTES, BlobStore

    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    with tempfile.TemporaryDirectory() as folder, Flask("bench").app_context():
        kept = BlobStore(folder)

        def act() -> None:
            with path.open("rb") as file:
                kept.put_pieces(sha256, iter(lambda: file.read(PIECE_BYTES), b""))
            n_bytes = sum(map(len, kept.pieces(sha256, path.stat().st_size)))
            assert n_bytes == path.stat().st_size

        return measured(act)


PARTS = {"bare": bare, "check": check, "store": store}

if __name__ == "__main__":
    main()
