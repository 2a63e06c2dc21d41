"""Files and folders that hold data of people: only their owner may read them."""

from __future__ import annotations

import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

PRIVATE_FILE = 0o600
PRIVATE_FOLDER = 0o700
_OTHERS = 0o077


def make_private_folder(folder: Path) -> None:
    """Make the folder for its owner alone, with its parents; one that exists stays as it is: others may need it."""
    if not folder.exists():
        folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)


def create_private(file: Path) -> None:
    """Create an empty file for its owner alone, before a library creates it for everybody.

    A folder that is missing or closed is left to the library, which says so in its own words.
    """
    with suppress(OSError):
        os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE))


def keep_sqlite_private(file: Path) -> None:
    """Make a new database file, and close an existing one, for its owner alone. New -wal and -shm files follow it."""
    create_private(file)
    for suffix in ("", "-wal", "-shm"):
        keep_private(file.with_name(file.name + suffix))


def keep_private(file: Path) -> None:
    """Take a file that exists away from others. A file of another user stays as it is."""
    with suppress(OSError):
        mode = file.stat().st_mode
        if stat.S_ISREG(mode) and mode & _OTHERS:
            file.chmod(stat.S_IMODE(mode) & ~_OTHERS)


def write_private(file: Path, content: bytes) -> None:
    """Write the file, or replace it, for its owner alone: whole or, after an error, not at all.

    :raise OSError: it could not be written; nothing is left
    """
    with tempfile.NamedTemporaryFile(dir=file.parent, prefix=f".{file.name[:40]}.", delete=False) as half:
        try:
            half.write(content)
            half.flush()
            os.replace(half.name, file)
        except BaseException:
            os.unlink(half.name)
            raise
