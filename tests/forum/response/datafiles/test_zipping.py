from __future__ import annotations

import io
import zipfile
import zlib
from datetime import datetime

from forum.response.datafiles.zipping import around


def test_what_is_put_around_the_data_makes_a_zip_that_opens():
    data = "달,유형\n1,학교\n".encode() * 1_000
    before, after = around(
        "전기.csv", len(data), zlib.crc32(data), datetime(2026, 11, 28, 9), {"이용조건.txt": b"CC BY"}
    )
    with zipfile.ZipFile(io.BytesIO(before + data + after)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["이용조건.txt", "전기.csv"]
        assert (archive.read("전기.csv"), archive.read("이용조건.txt")) == (data, b"CC BY")
    assert around("전기.csv", len(data), zlib.crc32(data), datetime(2026, 11, 28, 9), {"이용조건.txt": b"CC BY"}) == (
        before,
        after,
    )
