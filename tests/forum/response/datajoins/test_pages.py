"""What is said of a join: both numbers, to everybody or to those who describe the dataset."""

from __future__ import annotations

import pytest

from forum.response.datajoins.models import DataJoinRisk
from forum.response.datasets.models import DatasetState, Sensitivity

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)


@pytest.fixture
def files(make):
    """Make a file with what it leaves when joined: k of the file, and rows and k of the join."""

    def files(k, n_rows, joined, **values):
        own, other = (
            make.data_file(make.dataset_version(make.dataset(**({"state": DatasetState.TALKING} | values))), k=k)
            for values, k in ((values, k), ({"title": "<b>따릉이"}, None))
        )
        make._add(DataJoinRisk(file_id=own.id, other_file_id=other.id, shared=["달"], n_rows=n_rows, k=joined))
        return own

    return files


def page_of(client, file):
    return client.get(f"/datasets/files/{file.id}").text


def desk_of(client, file):
    return client.get(f"/datasets/{file.version.dataset_id}").text


def test_everybody_and_the_desk_read_both_numbers(client, new_client, make, files):
    file = files(12, 40, 2)
    client.login(make.data_steward(file.version.dataset.holder).account)
    for page in (page_of(new_client(), file), desk_of(client, file)):
        assert "같은 줄이 12줄 이상이지만, ‘&lt;b&gt;따릉이’와 이어 붙이면 2줄까지 줄어요." in page
        assert "두 자료에 다 있는 열: 달" in page
    assert "이어 붙이면" not in desk_of(new_client(), file)


@pytest.mark.parametrize(
    ("k", "n_rows", "joined", "sensitivity", "public", "desk"),
    [
        (12, 40, 12, Sensitivity.OPEN, False, False),  # the other file tells nothing new
        (12, 40, 3, Sensitivity.AGGREGATE, False, True),  # nobody gets these rows, unless it is opened
        (12, 0, None, Sensitivity.OPEN, False, False),  # no row matches
        (12, None, None, Sensitivity.OPEN, False, True),  # it could not be measured
        (None, 6, 5, Sensitivity.RESTRICTED, True, True),
    ],
)
def test_who_is_warned_of_what(client, new_client, make, files, k, n_rows, joined, sensitivity, public, desk):
    file = files(k, n_rows, joined, sensitivity=sensitivity)
    client.login(make.data_steward(file.version.dataset.holder).account)
    assert ("이어 붙이면</h2>" in page_of(new_client(), file)) is public
    assert ("이어 붙이면</h2>" in desk_of(client, file)) is desk
