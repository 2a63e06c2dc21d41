"""Shared by the `flask` commands: the `--as` option, and errors as messages with exit code 1."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, NoReturn, TypeVar

import click
from sqlalchemy.exc import IntegrityError, InterfaceError, OperationalError

from forum.core.errors import ForumError, InvalidInput
from forum.core.extensions import db
from forum.core.i18n import _

Command = TypeVar("Command", bound=Callable[..., Any])

as_option = click.option("--as", "as_email", default=None, metavar="EMAIL", help="누구로 할지. 없으면 system")


def report_errors(command: Command) -> Command:
    """Print a ForumError in Korean, one line per message, roll back, and exit with 1."""

    @functools.wraps(command)
    def run(*args: Any, **kwargs: Any) -> Any:
        try:
            return command(*args, **kwargs)
        except InvalidInput as error:
            fail("\n".join(f"{name}: {text}" if name else text for name, text in error.errors.items()))
        except ForumError as error:
            fail(error.message)
        except IntegrityError:
            fail("같은 일이 다른 곳에서 동시에 처리되었습니다. 다시 한번 실행해 주세요.")
        except (OperationalError, InterfaceError) as error:
            reason = str(error.orig).strip().partition("\n")[0]
            fail(_("데이터베이스가 답하지 않습니다: %(reason)s", reason=reason))

    return run  # type: ignore[return-value]


def fail(message: str) -> NoReturn:
    """Roll back, print the message, exit with 1."""
    db.session.rollback()
    click.echo(f"오류: {message}", err=True)
    raise SystemExit(1)
