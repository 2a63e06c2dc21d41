from __future__ import annotations

import errno

import pytest

from forum.publication.digests.checks.reading import Unreadable, csv_rows, json_strings
from forum.publication.digests.files import Files


@pytest.fixture
def files():
    with Files() as found:
        yield found


def test_a_file_is_read_whole_and_in_pieces_as_often_as_is_asked(files):
    files.write("csv", lambda file: file.write("\ufeff이름,수\r\n버스,3\r\n".encode()))
    files.write("json", lambda file: file.write('{"이름": "버스",\n"rows": ["\\"나무\\"", "A: B"]}\n'.encode()))
    assert dict(files)["csv"] == "\ufeff이름,수\r\n버스,3\r\n".encode()
    for _again in range(2):
        assert list(csv_rows(files)) == [["이름", "수"], ["버스", "3"]]
        assert list(json_strings(files)) == ["버스", '"나무"', "A: B"]
    assert (list(files), len(files)) == (["csv", "json"], 2)


@pytest.mark.parametrize("data", [b"", b"[1]\n", b'{"a": "b",\n"c": "d"\n', b"\n{}"])
def test_what_is_no_whole_json_object_is_unreadable(files, data):
    files.write("json", lambda file: file.write(data))
    with pytest.raises(Unreadable):
        list(json_strings(files))


def test_nothing_is_left_when_it_is_closed_even_if_the_disk_is_full():
    def write(file):
        raise OSError(errno.ENOSPC, "No space left on device")

    files = Files()
    with pytest.raises(OSError, match="No space"), files:
        files.write("json", write)
    assert len(files) == 0
