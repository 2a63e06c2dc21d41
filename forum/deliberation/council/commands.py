"""Set up the council from the command line, where no admin has a browser at hand."""

from __future__ import annotations

from datetime import date

import click
from flask import Flask
from flask.cli import AppGroup

from forum.core.cli import as_option, report_errors
from forum.core.extensions import db
from forum.core.i18n import _, _l
from forum.deliberation.council.models import QuorumRule
from forum.deliberation.council.queries import all_terms, get_term, seats_in_office
from forum.deliberation.council.services import add_term, appoint
from forum.people.accounts.models import CouncilSeat
from forum.people.accounts.queries import acting_as, get_account_by_email

council = AppGroup("council", help=_l("협의회의 기와 위원"))
rules = click.Choice([rule.name.lower() for rule in QuorumRule], case_sensitive=False)
kinds = click.Choice([kind.name.lower() for kind in CouncilSeat], case_sensitive=False)


def register(app: Flask) -> None:
    app.cli.add_command(council)


@council.command("add-term")
@click.argument("number", type=int)
@click.option("--starts", required=True, metavar="DAY", help=_l("시작하는 날, 2026-03-01"))
@click.option("--ends", required=True, metavar="DAY", help=_l("끝나는 날"))
@click.option("--quorum", type=rules, default=QuorumRule.MAJORITY.name.lower(), help=_l("정족수"))
@as_option
@report_errors
def add_term_command(number: int, starts: str, ends: str, quorum: str, as_email: str | None) -> None:
    """Set up a term."""
    days = (_day(starts, "--starts"), _day(ends, "--ends"))
    term = add_term(acting_as(as_email), number, *days, QuorumRule[quorum.upper()])
    db.session.commit()
    click.echo(_("협의회 제%(n)s기를 만들었습니다.", n=term.number))


@council.command("add-seat")
@click.argument("term", type=int)
@click.argument("kind", type=kinds)
@click.option("--name", required=True, help=_l("공개할 이름"))
@click.option("--office", required=True, help=_l("하는 일. 예: 환경부 차관"))
@click.option("--email", help=_l("위원의 계정. 로그인하지 않는 위원이면 쓰지 않습니다."))
@click.option("--chair", is_flag=True, help=_l("공동위원장"))
@as_option
@report_errors
def add_seat(
    term: int, kind: str, name: str, office: str, email: str | None, chair: bool, as_email: str | None
) -> None:
    """Give somebody a seat of a term."""
    account = get_account_by_email(email) if email else None
    seat_kind = CouncilSeat[kind.upper()]
    seat = appoint(get_term(term), acting_as(as_email), seat_kind, name, office, account, is_chair=chair)
    db.session.commit()
    click.echo(_("자리를 만들었습니다: %(name)s (%(office)s)", name=seat.name, office=seat.office))


@council.command("list")
@report_errors
def list_seats() -> None:
    """List terms and the seats that are filled now."""
    for term in all_terms():
        click.echo(f"{term.number}\t{term.starts_on}\t{term.ends_on}\t{term.quorum.label}")
        for seat in seats_in_office(term.id):
            chair = "\t" + _("공동위원장") if seat.is_chair else ""
            click.echo(f"  {seat.id}\t{seat.kind.label}\t{seat.name}\t{seat.office}{chair}")


def _day(text: str, option: str) -> date:
    """:raise click.BadParameter: no day"""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(_("날짜를 2026-03-01처럼 써 주세요."), param_hint=option) from None
