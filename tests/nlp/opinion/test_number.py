from __future__ import annotations

import pytest

from nlp.opinion.number import choose_number_from


@pytest.mark.parametrize(
    ("stability", "gain", "last_number", "chosen"),
    [
        ({2: 0.95, 3: 0.9, 4: 0.6}, {2: 0.01, 3: 0.02, 4: 0.03}, None, 3),  # the largest that comes back
        ({2: 0.7, 3: 0.6}, {2: 0.01, 3: 0.02}, None, 2),  # none comes back: the smallest that tells
        ({2: 0.95}, {2: -0.001}, None, 1),  # none tells
        ({2: 0.95}, {2: 0.003}, 1, 1),  # a few newcomers do not cut one group in two
        ({2: 0.95}, {2: 0.006}, 1, 2),
        ({2: 0.95, 3: 0.8}, {2: 0.01, 3: -0.003}, 3, 3),  # the number of the last run stays while it nearly comes back
        ({2: 0.95, 3: 0.7}, {2: 0.01, 3: 0.01}, 3, 2),
        ({2: 0.95, 3: 0.8}, {2: 0.01, 3: -0.006}, 3, 2),
    ],
)
def test_the_number_of_groups_is_stable_telling_and_slow_to_change(stability, gain, last_number, chosen):
    assert choose_number_from(stability, gain, last_number) == chosen
