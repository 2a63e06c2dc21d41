"""Registration of kinds: a lower slice keeps a registry, and higher slices add their kinds in their `setup.py`."""

from __future__ import annotations

from typing import Protocol, TypeVar


class Kind(Protocol):
    @property
    def code(self) -> str: ...

    @property
    def path_name(self) -> str: ...


AnyKind = TypeVar("AnyKind", bound=Kind)


def register_kind(kinds: dict[str, AnyKind], kind: AnyKind) -> None:
    """Add a kind to a registry by its code. Adding it again changes nothing: every application of this process does.

    :raise ValueError: another kind has its code or its name in addresses
    """
    for other in kinds.values():
        same_name = other.code == kind.code or other.path_name == kind.path_name
        if same_name and type(other) is not type(kind):
            raise ValueError(f"{kind.code} is registered already, by {type(other).__name__}")
    kinds.setdefault(kind.code, kind)
