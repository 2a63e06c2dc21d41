"""What the forum itself keeps of a dataset, for its page, its DCAT record and its quality points.

Slices above register where their files are; without any, a dataset has the addresses of its holder alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from forum.response.datasets.models import FileFormat


@dataclass(frozen=True)
class KeptFile:
    """A file of a version that the forum keeps; its page always answers, and so does its download where it is open.

    title : for people
    path : page on this site about it
    download_path : the bytes, if everybody may have them; else empty
    format : what it is written in
    size_bytes : of the file
    """

    title: str
    path: str
    download_path: str
    format: FileFormat
    size_bytes: int


Provider = Callable[[Iterable[int]], dict[int, Sequence[KeptFile]]]
"""From ids of versions to the files of each that has some."""

_providers: dict[str, Provider] = {}


def register_kept_files(name: str, provider: Provider) -> None:
    """Register a slice that keeps files of versions. Registering its name again replaces it."""
    _providers[name] = provider


def kept_files(version_ids: Iterable[int]) -> dict[int, list[KeptFile]]:
    """Return what the forum keeps of each of these versions."""
    ids = list(version_ids)
    found: dict[int, list[KeptFile]] = {version_id: [] for version_id in ids}
    for name in sorted(_providers):
        for version_id, files in _providers[name](ids).items():
            found[version_id].extend(files)
    return found
