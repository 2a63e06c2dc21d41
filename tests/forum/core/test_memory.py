from __future__ import annotations

from forum.core import memory
from forum.core.memory import release  # as it is, before the tests' own takes its place


def test_a_c_library_that_cannot_give_memory_back_is_no_fault(monkeypatch):
    release()
    monkeypatch.setattr(memory.ctypes, "CDLL", lambda name: object())
    release()
