"""Limits that a child process sets for itself before it reads what people sent.

`forum.core.children` starts such a child. The standard library alone, so that it starts quickly.
"""

from __future__ import annotations

import ctypes
import platform
import resource
import signal
import struct
import sys
from contextlib import suppress

MIB = 1 << 20
OPEN_FILES = 32
PR_SET_PDEATHSIG, PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 1, 38, 22, 2
SECCOMP_ALLOW, SECCOMP_REFUSE = 0x7FFF0000, 0x00050000 | 13  # the call fails with EACCES
LOAD_WORD, JUMP_IF_EQUAL, RETURN = 0x20, 0x15, 0x06
# socket, connect, execve, execveat, ptrace and io_uring_setup of each machine, with its number in <linux/audit.h>
REFUSED_CALLS = {
    "x86_64": (0xC000003E, (41, 42, 59, 322, 101, 425)),
    "aarch64": (0xC00000B7, (198, 203, 221, 281, 117, 425)),
}


def limit_process(memory_mib: int, cpu_seconds: int, file_bytes: int) -> None:
    """Set limits that this process cannot lift: memory, time, size of files, no threads, no memory image."""
    limits = {
        resource.RLIMIT_AS: memory_mib * MIB,
        resource.RLIMIT_CPU: cpu_seconds,
        resource.RLIMIT_FSIZE: file_bytes,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NOFILE: OPEN_FILES,
        resource.RLIMIT_NPROC: 0,
    }
    for which, most in limits.items():
        with suppress(OSError, ValueError):  # macOS knows them, and does not take each value
            resource.setrlimit(which, (most, most))
    if sys.platform == "linux":
        library = ctypes.CDLL(None)
        library.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        library.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        refuse_network(library)


def refuse_network(library: ctypes.CDLL) -> None:
    """Let the kernel refuse sockets and other programs, on the machines whose numbers are known here."""
    machine, calls = REFUSED_CALLS.get(platform.machine(), (0, ()))
    if not calls:
        return
    steps = [(LOAD_WORD, 0, 0, 4), (JUMP_IF_EQUAL, 1, 0, machine), (RETURN, 0, 0, SECCOMP_REFUSE), (LOAD_WORD, 0, 0, 0)]
    for left, call in zip(reversed(range(len(calls))), calls, strict=True):
        steps.append((JUMP_IF_EQUAL, left + 1, 0, call))
    steps += [(RETURN, 0, 0, SECCOMP_ALLOW), (RETURN, 0, 0, SECCOMP_REFUSE)]
    code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *step) for step in steps))
    program = ctypes.create_string_buffer(struct.pack("@HP", len(steps), ctypes.addressof(code)))
    library.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, program, 0, 0)
