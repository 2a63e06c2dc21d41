"""The probability with which a draw shows somebody an idea, on its way through the page and back.

The page carries it as a signed, dated token: nothing is stored for ideas that are shown and not voted on, and nobody
can invent a probability. A token counts for one participant and one idea.
"""

from __future__ import annotations

import math

from flask import current_app
from itsdangerous import BadData, URLSafeTimedSerializer

DAY_SECONDS = 86_400
MAX_TOKEN_CHARS = 200


def sign_shown(participant_id: int, idea_id: int, probability: float) -> str:
    """Return a token that says with what probability, above 0 and at most 1, this person is shown this idea.

    :raise ValueError: no such probability
    """
    if not 0 < probability <= 1:
        raise ValueError(f"{probability} is no probability of something that is shown")
    return str(_serializer().dumps([participant_id, idea_id, probability]))


def read_shown(token: str, participant_id: int, idea_id: int, seconds_ago: float = 0) -> float | None:
    """Return a token's probability; None if it is another person's or idea's, changed, or older than a day.

    :param seconds_ago: how long ago the vote was cast: the token must have been young enough then
    """
    if not 0 < len(token) <= MAX_TOKEN_CHARS or not token.isascii():
        return None
    try:
        whose, which, probability = _serializer().loads(token, max_age=DAY_SECONDS + math.ceil(seconds_ago))
    except BadData:
        return None
    return float(probability) if (whose, which) == (participant_id, idea_id) else None


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(str(current_app.config["SECRET_KEY"]), salt="vote-shown")
