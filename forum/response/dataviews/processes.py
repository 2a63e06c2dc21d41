"""Start `child.py` under limits and take its answer: at most a few at a time, and none for longer than its deadline."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import structlog

from forum.core.children import Limits, child_process
from forum.core.errors import InvalidInput, NotFound, ServiceUnavailable
from forum.core.i18n import _, _l

log = structlog.get_logger()
PROGRAM = Path(__file__).with_name("child.py")
MOST_AT_ONCE = 2
PATIENCE_SECONDS = 1.5
AGAIN_AFTER_SECONDS = 3


PREVIEW = Limits(memory_mib=640, cpu_seconds=8, seconds=8.0, file_bytes=1 << 20)
CONVERSION = Limits(memory_mib=768, cpu_seconds=300, seconds=600.0, file_bytes=2 << 30)


class PreviewFailed(ServiceUnavailable):
    """The child was killed, or has died: by its memory, its deadline or an operator."""

    title = _l("미리보기를 만들지 못했어요")
    explanation = _l("표를 읽던 프로그램이 멈췄어요. 자료는 그대로 있어요.")
    advice = _l("조건을 줄여서 다시 해 주세요. 그래도 안 되면 파일을 받아서 봐 주세요.")


class PreviewBusy(ServiceUnavailable):
    title = _l("지금은 미리보기를 쓰는 사람이 많아요")
    explanation = _l("앞선 사람의 미리보기를 만드는 중이라 시작하지 못했어요.")


_places = threading.BoundedSemaphore(MOST_AT_ONCE)


@contextmanager
def one_place() -> Iterator[None]:
    """Take one of this process's places for children, if need be after a short wait.

    :raise PreviewBusy: none became free
    """
    if not _places.acquire(timeout=PATIENCE_SECONDS):
        raise PreviewBusy(wait=AGAIN_AFTER_SECONDS)
    try:
        yield
    finally:
        _places.release()


@contextmanager
def opened(path: Path) -> Iterator[int]:
    """Open a file for the child, which gets the descriptor and never the path.

    :raise NotFound: there is no such file, or it is not a plain one
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise NotFound(_("미리 볼 파일이 지금은 없어요.")) from error
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise NotFound(_("미리 볼 파일이 지금은 없어요."))
        yield descriptor
    finally:
        os.close(descriptor)


def ask_child(request: Mapping[str, Any], descriptors: Sequence[int], limits: Limits) -> dict[str, Any]:
    """Run the child once and return what it answers.

    :param descriptors: the open files that the request names
    :raise PreviewFailed: no answer, for want of memory or time, or since it was killed
    :raise InvalidInput: the file is not the table that its dictionary says
    """
    with tempfile.TemporaryFile() as asked, tempfile.TemporaryFile() as said:
        asked.write(json.dumps(request).encode())
        asked.seek(0)
        status = _run(asked, said, descriptors, limits)
        said.seek(0)
        answer = _read(said.read(limits.file_bytes), status)
    _refuse(answer)
    return answer


def _run(asked: Any, said: Any, descriptors: Sequence[int], limits: Limits) -> int:
    """Return the exit status of the child: below 0 the signal that killed it."""
    with child_process(PROGRAM, limits, asked, said, descriptors) as child:
        try:
            return child.wait(limits.seconds)
        except subprocess.TimeoutExpired as error:
            log.warning("data_preview_too_slow", seconds=limits.seconds)
            raise PreviewFailed(_("표를 읽는 데 너무 오래 걸려서 멈췄어요.")) from error


def _read(said: bytes, status: int) -> dict[str, Any]:
    """:raise PreviewFailed: that is no answer"""
    try:
        answer = json.loads(said) if status == 0 else None
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        log.warning("data_preview_died", status=status)
        raise PreviewFailed
    return answer


def _refuse(answer: Mapping[str, Any]) -> None:
    """:raise PreviewFailed, InvalidInput: the answer says that there is none"""
    if answer.get("error") == "memory":
        log.warning("data_preview_out_of_memory")
        raise PreviewFailed(_("이 표를 이렇게 보려면 메모리가 너무 많이 들어요."))
    if answer.get("error") == "unreadable":
        if answer.get("line"):
            raise InvalidInput(_("%(line)s번째 줄이 다른 줄과 모양이 달라서 표를 읽지 못했어요.", line=answer["line"]))
        raise InvalidInput(_("표를 읽지 못했어요. 파일의 열이 자료 설명과 다르거나, 표가 아니에요."))
