"""Start `check_child.py` under limits and take its report, so that no file of people's ends a worker."""

from __future__ import annotations

import json
import subprocess
import tempfile
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import structlog

from forum.core.children import Limits, child_process
from forum.core.errors import ServiceUnavailable
from forum.core.i18n import _, _l
from forum.response.datafiles.checking import Column, TableReport

log = structlog.get_logger()
PROGRAM = Path(__file__).with_name("check_child.py")
# Of 300 MB the child takes 37 MB of memory and 40 s of processor; a file of hundreds of columns more memory.
CHECK = Limits(memory_mib=640, cpu_seconds=3_600, seconds=2 * 3_600.0, file_bytes=4 << 30)
TRIES = 2
MOST_ANSWER_BYTES = 16 << 20


class CheckStopped(ServiceUnavailable):
    """The child was killed, or has died: by its memory, its deadline or an operator. The file can be checked again."""

    title = _l("파일을 검사하지 못했어요")
    explanation = _l("파일을 검사하던 프로그램이 멈췄어요. 올린 파일은 그대로 있어요.")


class ChildDied(Exception):
    """The child ended without an answer.

    :param status: its exit status; below 0 the signal that killed it
    """

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


def check_apart(
    parts: Path,
    sizes: Sequence[int],
    columns: Sequence[Column],
    is_open: bool,
    told: Callable[[float], object],
    limits: Limits = CHECK,
) -> TableReport:
    """Check the parts of an upload in a child process. One that died is started once more.

    :param told: called with the share of the file that is read
    :raise CheckStopped: no report, for want of memory or time, or since the child was killed each time
    """
    for _try in range(TRIES):
        try:
            with tempfile.TemporaryDirectory(prefix="forum-data-") as folder:
                request = {
                    "parts": str(parts),
                    "sizes": list(sizes),
                    "columns": [[one.name, one.type, one.is_identifying] for one in columns],
                    "is_open": is_open,
                    "folder": folder,
                }
                answer = ask_child(request, told, limits)
        except ChildDied as died:
            log.warning("data_check_died", status=died.status)
            continue
        if "report" not in answer:
            log.warning("data_check_out_of_memory")
            raise CheckStopped(_("이 파일을 검사하려면 메모리가 너무 많이 들어요. 열을 줄이거나 나누어 올려 주세요."))
        log.info("data_check", n_bytes=sum(sizes), peak_mb=answer["peak_mb"])
        return TableReport.unpacked(answer["report"])
    raise CheckStopped


def ask_child(request: dict[str, Any], told: Callable[[float], object], limits: Limits) -> dict[str, Any]:
    """Run the child once and return what it answers.

    :raise ChildDied: no answer
    :raise CheckStopped: it took too long
    """
    is_late = threading.Event()
    with tempfile.TemporaryFile() as asked:
        asked.write(json.dumps(request).encode())
        asked.seek(0)
        with child_process(PROGRAM, limits, asked, subprocess.PIPE) as child:

            def stop() -> None:
                is_late.set()
                child.kill()

            clock = threading.Timer(limits.seconds, stop)
            clock.start()
            try:
                answer = _listen(child, told)
                status = child.wait()
            finally:
                clock.cancel()
    if is_late.is_set():
        log.warning("data_check_too_slow", seconds=limits.seconds)
        raise CheckStopped(_("파일을 검사하는 데 너무 오래 걸려서 멈췄어요. 파일을 나누어 올려 주세요."))
    if status or answer is None:
        raise ChildDied(status)
    return answer


def _listen(child: subprocess.Popen[bytes], told: Callable[[float], object]) -> dict[str, Any] | None:
    """Return the last line that the child says, and pass on the shares before it."""
    assert child.stdout is not None
    answer = None
    while line := child.stdout.readline(MOST_ANSWER_BYTES):
        try:
            words = json.loads(line)
        except ValueError:  # it was killed in the middle of a line
            return None
        if "share" in words:
            told(float(words["share"]))
        else:
            answer = words
    return answer
