"""Check the parts of one upload, as a program of its own: a JSON request on stdin, lines of JSON on stdout.

    python -I check_child.py MEMORY_MIB CPU_SECONDS FILE_BYTES

It runs as a file and imports only what the check needs: a worker has 100 MB of the forum in memory before it reads a
row. The request names a folder of ours and the sizes of the parts. A line holds the share that is done, the last one
the report. An error is answered by a code alone, because Python's texts may quote cells.
"""

from __future__ import annotations

import json
import sys
from contextlib import closing
from pathlib import Path
from types import ModuleType
from typing import Any

forum = ModuleType("forum")  # stands for the package, whose own file imports the whole application
forum.__path__ = [str(Path(__file__).resolve().parents[2])]
sys.modules.setdefault("forum", forum)

from forum.core.child_limits import limit_process  # noqa: E402
from forum.response.datafiles.checking import Column, check_file  # noqa: E402
from forum.response.datafiles.part_files import open_parts  # noqa: E402

MOST_REQUEST_BYTES = 1 << 20
TOLD_EACH = 0.02  # of the file


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """Return the report, or a code that says why there is none."""
    size, told = sum(request["sizes"]), 0.0

    def note_share(_n_rows: int) -> None:
        nonlocal told
        share = file.tell() / size
        if share >= told + TOLD_EACH:
            told = share
            say({"share": round(share, 3)})

    columns = [Column(*column) for column in request["columns"]]
    try:
        with closing(open_parts(Path(request["parts"]), request["sizes"])) as file:
            report, groups = check_file(file, columns, request["is_open"], Path(request["folder"]), note_share)
            groups.close()
    except MemoryError:
        return {"error": "memory"}
    return {"report": report.packed(), "peak_mb": peak_mb()}


def peak_mb() -> int:
    """Return the peak of this process's own memory; 0 where the system does not tell."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")), 0) >> 10


def say(words: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(words) + "\n")
    sys.stdout.flush()


def main() -> None:
    limit_process(*map(int, sys.argv[1:]))
    say(answer(json.loads(sys.stdin.buffer.read(MOST_REQUEST_BYTES))))


if __name__ == "__main__":
    main()
