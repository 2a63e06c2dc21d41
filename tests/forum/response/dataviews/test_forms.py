from __future__ import annotations

import pytest
from werkzeug.datastructures import MultiDict

from forum.core.errors import InvalidInput
from forum.response.dataviews.asking import Filter, Operator, PreviewRequest
from forum.response.dataviews.forms import read_request


def test_an_address_says_what_to_show():
    args = MultiDict(
        {"sort": "kWh", "down": "1", "column": "달", "op": "AT_LEAST", "value": "2026-01-01", "other": "1"}
    )
    wanted = Filter("달", Operator.AT_LEAST, "2026-01-01")
    assert read_request(args) == PreviewRequest("kWh", True, wanted)
    assert read_request(MultiDict()) == PreviewRequest()


@pytest.mark.parametrize(
    "args",
    [
        [("sort", "kWh"), ("sort", "달")],
        [("by", "가" * 10_000)],
        [("column", "달"), ("op", "LIKE")],
        [("column", "달"), ("op", "EQUALS"), ("value", "1"), ("value", "2")],
        [("column", "달")],
    ],
)
def test_what_is_there_twice_too_long_or_no_choice_is_refused(args):
    with pytest.raises(InvalidInput):
        read_request(MultiDict(args))
