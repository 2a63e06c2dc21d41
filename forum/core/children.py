"""Child processes that read what people sent, under limits of the kernel: start one, and end it with all it started.

A child is a file that Python runs by itself. It sets its limits before it reads (`forum.core.child_limits`), so that a
hostile file ends the child and not the worker or the web process.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

# A child gets nothing of our environment: no key, no address of the database. One arena keeps its memory small.
ENVIRONMENT = {"MALLOC_ARENA_MAX": "1", "LANG": "C.UTF-8"}


@dataclass(frozen=True)
class Limits:
    """What one child may use.

    memory_mib : address space
    cpu_seconds : of its one thread
    seconds : from its start until it is killed
    file_bytes : the largest file that it may write, its answer among them
    """

    memory_mib: int
    cpu_seconds: int
    seconds: float
    file_bytes: int


@contextmanager
def child_process(
    program: Path, limits: Limits, asked: IO[bytes], said: IO[bytes] | int, descriptors: Sequence[int] = ()
) -> Iterator[subprocess.Popen[bytes]]:
    """Start a child, and kill it at the end of the block if it runs still.

    :param program: a file of ours; it gets the limits of memory, processor and files as numbers
    :param asked: the file with its request, at the beginning
    :param said: where its answer goes; `subprocess.PIPE` for `child.stdout`
    :param descriptors: open files that it gets besides
    """
    command = [sys.executable, "-I", str(program)]
    command += [str(number) for number in (limits.memory_mib, limits.cpu_seconds, limits.file_bytes)]
    child = subprocess.Popen(  # noqa: S603 # this very Python and our own file
        command,
        stdin=asked,
        stdout=said,
        stderr=subprocess.DEVNULL,  # what Python and libraries say there may quote cells
        pass_fds=descriptors,
        cwd="/",
        env=ENVIRONMENT,
        start_new_session=True,
    )
    try:
        yield child
    finally:
        kill_child(child)
        if child.stdout is not None:
            child.stdout.close()


def kill_child(child: subprocess.Popen[bytes]) -> None:
    """Kill a child that runs still.

    It leads a process group, which is killed as a whole before the child is waited for: until then no other process can
    have its number.
    """
    if child.returncode is None:
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()
