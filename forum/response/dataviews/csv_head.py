"""The first line of a CSV file, compared with the dictionary: the child gets no names and sees no difference."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Sequence

from forum.core.errors import InvalidInput
from forum.core.i18n import _
from forum.response.dataviews.asking import Column

MAX_HEAD_CHARS = 100_000


def check_head(descriptor: int, columns: Sequence[Column]) -> None:
    """Compare the names in the first line of an open file; a byte order mark is passed over.

    :raise InvalidInput: they are others, or the file's beginning is not in UTF-8
    """
    with open(descriptor, encoding="utf-8-sig", newline="", closefd=False) as file:
        try:
            names = next(csv.reader(io.StringIO(file.read(MAX_HEAD_CHARS), newline="")))
        except (UnicodeDecodeError, csv.Error, StopIteration) as error:
            raise InvalidInput(_("파일이 비어 있거나, UTF-8로 쓴 글이 아니에요.")) from error
        finally:
            os.lseek(descriptor, 0, os.SEEK_SET)
    if names != [column.name for column in columns]:
        raise InvalidInput(_("파일의 첫 줄이 자료 설명의 열 이름과 달라요."))
