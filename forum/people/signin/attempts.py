"""Slow down password guessing without locking anybody out.

Before the password is checked (the expensive part), an attempt is stored as failed and either admitted or refused with
the seconds to wait; no worker ever sleeps. Which failures count depends on where the attempt comes from:

- a device that has signed in to this account before (a signed cookie): its own failures with this account;
- a network with a stored success of this account: that network's failures with this account;
- anywhere else: all failures with this account wherever they come from, those of the network, and those of everybody.

So an attacker elsewhere slows down only unknown devices and networks, and one in the same school only the first
sign-in of others there. People who are slowed down nevertheless can set a new password by a mailed link, which makes
the device a known one. Concurrent attempts see each other: SQLite has one writer, PostgreSQL takes locks for account
and network.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
import structlog
from flask import current_app

from forum.core import clock
from forum.core.database import affected, lock_name
from forum.core.errors import TooManyAttempts
from forum.core.extensions import db
from forum.core.network import keyed_hash, network_of
from forum.people.accounts.identity import email_key
from forum.people.signin.models import Outcome, SigninAttempt

log = structlog.get_logger()
MAX_ATTEMPTS_READ = 200  # newest attempts with one account; more would not make the wait longer
ACCOUNT_SPAN, NETWORK_SPAN, OVERALL_SPAN = timedelta(hours=24), timedelta(hours=1), timedelta(minutes=1)


@dataclass(frozen=True)
class BackoffPolicy:
    """How long to wait after the last failure: not at all for the first `free`, then doubling up to `max_wait`.

    first_wait, max_wait : seconds
    """

    free: int
    first_wait: int
    max_wait: int

    def wait(self, failures: int, last: datetime | None) -> int:
        """Return the seconds still to wait, 0 or more."""
        over = failures - self.free
        if over < 0 or last is None:
            return 0
        seconds = min(self.max_wait, self.first_wait * 2 ** min(over, 30))
        left = (last + timedelta(seconds=seconds) - clock.now()).total_seconds()
        return max(0, -int(-left // 1))


PER_ACCOUNT = BackoffPolicy(free=5, first_wait=5, max_wait=900)
PER_NETWORK = BackoffPolicy(free=100, first_wait=1, max_wait=60)  # a school shares one network, and pupils mistype
PER_NETWORK_ACCOUNTS = BackoffPolicy(free=60, first_wait=1, max_wait=60)  # one password tried on many


class SignInSlowed(TooManyAttempts):
    """Too many failures: sign-in is refused for some seconds. The page offers a link to set a new password."""

    advice = (
        "비밀번호가 생각나지 않거나 기다릴 수 없으면, 메일로 받은 링크에서 비밀번호를 새로 정하세요. "
        "그러면 그 기기에서 바로 로그인할 수 있어요."
    )
    help_link = ("비밀번호 새로 정하기", "/account/reset")


def begin_attempt(email: str, address: str | None, device: str | None = None) -> SigninAttempt:
    """Store an attempt as failed. The caller commits, and checks the password after that.

    :param address: IP address of the request
    :param device: name of a device that has signed in to this account before
    :raise SignInSlowed: too soon after too many failures; the password must not be checked
    """
    attempt = SigninAttempt(
        account_hash=account_hash(email),
        network_hash=keyed_hash("network", network_of(address)),
        device_hash=keyed_hash("device", device) if device else None,
        outcome=Outcome.FAILED,
        at=clock.now(),
    )
    _lock(attempt.account_hash, attempt.network_hash)
    wait, why = _wait(attempt)
    if wait:
        log.info("signin_slowed", by=why, wait=wait)
        raise SignInSlowed(f"로그인 시도가 너무 잦아서 {_spell_wait(wait)} 뒤에 다시 할 수 있어요.", wait)
    db.session.add(attempt)
    db.session.flush()
    return attempt


def record_success(attempt_id: int) -> None:
    """Mark an attempt as successful. The caller commits."""
    success = sa.update(SigninAttempt).where(SigninAttempt.id == attempt_id).values(outcome=Outcome.SIGNED_IN)
    db.session.execute(success.execution_options(synchronize_session=False))


def purge_attempts() -> int:
    """Delete attempts older than `SIGNIN_ATTEMPT_HOURS`. The caller commits.

    :return: how many
    """
    oldest = clock.now() - timedelta(hours=int(current_app.config["SIGNIN_ATTEMPT_HOURS"]))
    outdated = sa.delete(SigninAttempt).where(SigninAttempt.at < oldest)
    return affected(db.session.execute(outdated.execution_options(synchronize_session=False)))


def account_hash(email: str) -> str:
    """Return the hash that identifies an address here, by the same key as accounts are looked up by.

    All that cannot be an address shares one hash: it finds no account, and is slowed down like an unknown address.
    """
    return keyed_hash("account", email_key(email))


def _lock(*hashes: str) -> None:
    """Serialise attempts with this account or from this network until the commit; sorted, so that none deadlock."""
    for name in sorted(hashes):
        lock_name(db.session, name)


def _wait(attempt: SigninAttempt) -> tuple[int, str]:
    """Return the seconds to wait and the policy that requires it; 0 if the attempt is admitted."""
    recent = _recent_attempts(attempt.account_hash)
    if attempt.device_hash:
        own = (it for it in recent if it.device_hash == attempt.device_hash)
        return _wait_since_success(own), "device"
    unknown = [it for it in recent if it.device_hash is None]
    if _knows_network(attempt):
        return _wait_since_success(it for it in unknown if it.network_hash == attempt.network_hash), "known_network"
    failed = [it.at for it in unknown if it.outcome is Outcome.FAILED]
    waits = {
        "account": PER_ACCOUNT.wait(len(failed), failed[0] if failed else None),
        "network": _network_wait(attempt.network_hash),
        "overall": _overall_wait(),
    }
    why = max(waits, key=lambda it: waits[it])
    return waits[why], why


def _recent_attempts(account: str) -> list[SigninAttempt]:
    query = (
        sa.select(SigninAttempt)
        .where(SigninAttempt.account_hash == account, SigninAttempt.at > clock.now() - ACCOUNT_SPAN)
        .order_by(SigninAttempt.at.desc(), SigninAttempt.id.desc())
        .limit(MAX_ATTEMPTS_READ)
    )
    return list(db.session.scalars(query))


def _wait_since_success(attempts: Iterable[SigninAttempt]) -> int:
    """Return the wait after the failures since the last success; `attempts` newest first."""
    failed: list[datetime] = []
    for it in attempts:
        if it.outcome is Outcome.SIGNED_IN:
            break
        failed.append(it.at)
    return PER_ACCOUNT.wait(len(failed), failed[0] if failed else None)


def _knows_network(attempt: SigninAttempt) -> bool:
    return bool(
        db.session.scalar(
            sa.select(
                sa.exists().where(
                    SigninAttempt.account_hash == attempt.account_hash,
                    SigninAttempt.network_hash == attempt.network_hash,
                    SigninAttempt.outcome == Outcome.SIGNED_IN,
                )
            )
        )
    )


def _network_wait(network: str) -> int:
    """Return the wait after this network's failures, by their number and by how many accounts they are on."""
    failures, accounts, last = db.session.execute(
        sa.select(
            sa.func.count(), sa.func.count(sa.distinct(SigninAttempt.account_hash)), sa.func.max(SigninAttempt.at)
        ).where(SigninAttempt.network_hash == network, *_unknown_failures(NETWORK_SPAN))
    ).one()
    return max(PER_NETWORK.wait(failures, last), PER_NETWORK_ACCOUNTS.wait(accounts, last))


def _overall_wait() -> int:
    """Return the seconds until the oldest failure of the last minute is a minute old, if there are too many."""
    failures, oldest = db.session.execute(
        sa.select(sa.func.count(), sa.func.min(SigninAttempt.at)).where(*_unknown_failures(OVERALL_SPAN))
    ).one()
    if failures < int(current_app.config["SIGNIN_FAILURES_PER_MINUTE"]):
        return 0
    return max(1, int((oldest + OVERALL_SPAN - clock.now()).total_seconds()) + 1)


def _unknown_failures(span: timedelta) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        SigninAttempt.at > clock.now() - span,
        SigninAttempt.outcome == Outcome.FAILED,
        SigninAttempt.device_hash.is_(None),
    )


def _spell_wait(seconds: int) -> str:
    return f"{seconds}초" if seconds < 60 else f"{-(-seconds // 60)}분"
