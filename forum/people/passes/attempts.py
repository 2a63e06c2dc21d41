"""Slow down guessing of codes: those of guest passes, and those of rooms.

Only wrong codes count, so a class whose thirty phones share one address types as many right ones as it likes. A network
that has sent too many wrong ones is refused for some minutes. Once there are too many from everywhere, each network is
left a few: who guesses from many networks is slowed down, and a right code from one that has not guessed is still read.

The codes themselves are what protects: a pass has 49 bits, and a room's eight digits admit nobody without a check-in.
"""

from __future__ import annotations

import structlog
from flask import current_app

from forum.core.errors import TooManyAttempts
from forum.core.i18n import _, _l
from forum.core.network import keyed_hash, network_of
from forum.system.texts.limits import count_one, seconds_to_wait

log = structlog.get_logger()
OF_PASSES = "pass_code"
LEFT_UNDER_ATTACK = "10 per 10 minutes"
"""What each network may still mistype once there are too many wrong codes from everywhere."""
_EVERYBODY = "everybody"


class CodesSlowed(TooManyAttempts):
    """Too many wrong codes. The present one was not looked up."""

    advice = _l(
        "번호를 알고 있는 진행자에게 물어보거나, QR 코드가 있으면 카메라로 열어 보세요. 기다린 뒤 다시 넣어도 돼요."
    )


def check_code_attempts(purpose: str, address: str | None) -> None:
    """Ask whether a code may be looked up now. Call it before the look-up; it changes nothing.

    :param purpose: what the code opens, such as `OF_PASSES`; each is counted by itself (32 characters or less)
    :param address: IP address of the request
    :raise CodesSlowed: too many wrong codes came from this network
    """
    network, settings = _network(address), current_app.config
    wait = seconds_to_wait(purpose, network, settings["WRONG_CODE_LIMIT_PER_NETWORK"])
    if not wait and seconds_to_wait(purpose, _EVERYBODY, settings["WRONG_CODE_LIMIT_OVERALL"]):
        wait = seconds_to_wait(f"{purpose}_few", network, LEFT_UNDER_ATTACK)
    if wait:
        log.info("codes_slowed", purpose=purpose, wait=wait)
        raise CodesSlowed(
            _("맞지 않는 번호가 너무 많이 들어왔어요. %(n)s분 뒤에 다시 해 주세요.", n=-(-wait // 60)), wait
        )


def record_wrong_code(purpose: str, address: str | None) -> None:
    """Count one wrong code. The view that met it calls this and commits, although it refuses the request.

    It then raises nothing that rolls back (such as inside `form.collect_errors`), but shows its message by
    `form.add_errors`.

    Everybody who mistypes at this moment waits for the commit.
    """
    network = _network(address)
    count_one(f"{purpose}_few", network, LEFT_UNDER_ATTACK)
    count_one(purpose, network, current_app.config["WRONG_CODE_LIMIT_PER_NETWORK"])
    count_one(purpose, _EVERYBODY, current_app.config["WRONG_CODE_LIMIT_OVERALL"])


def _network(address: str | None) -> str:
    return f"network:{keyed_hash('code', network_of(address))}"
