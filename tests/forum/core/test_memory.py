from __future__ import annotations

from forum.core import memory


def test_a_c_library_that_cannot_give_memory_back_is_no_fault(monkeypatch):
    memory.release()
    monkeypatch.setattr(memory.ctypes, "CDLL", lambda name: object())
    memory.release()
