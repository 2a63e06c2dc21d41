"""Every route × method, as every role, on things that are one's own, in and out of scope, unpublished and gone.

What is expected stands in `rights/rights.csv`. Each check looks at the status, at secrets in the answer, and at every
row of every table: a refusal and a GET change none, an allowed act changes some.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest
from werkzeug.test import TestResponse

from forum.core.access import STAFF_ROLES
from forum.core.extensions import db
from forum.people.accounts.services import grant_role, revoke_role
from tests.factories import SCRIPT
from tests.project.classes import unknown_classes
from tests.project.rights.table import ACTORS, ANSWERS, REFUSALS, SAFE, Right, Route, rights, routes
from tests.project.rights.world import ROLES, SECRETS, Snapshot, World, secrets_in

MIN_CHECKS = 1_000
AUTOMATIC = {"HEAD", "OPTIONS"}
HTTP_UNAUTHORISED = 401
TRACED = {
    "referrals",
    "answers",
    "delivery",
    "shortpath",
    "pilots",
    "commissions",
    "datasets",
    "datafiles",
    "datarequests",
    "datanoise",
}
AS_PROGRAM = {"Accept": "application/json"}
ON_BOTH_ENGINES = ("citizen", "analyst")
"""A walk takes half a minute, and permissions ask no database: who may do most, before and behind the desk, is enough
on the second one. These walk there without the plain refusals, which the first engine has seen."""
WALKS = [("sqlite", actor) for actor in ACTORS] + [("postgresql", actor) for actor in ON_BOTH_ENGINES]
WHOLE_LISTS = 500  # rows a page: a secret on a second page would not be seen
PLAIN_REFUSALS = {"login", "403", "404"}  # a form that was refused (400, 409) comes back as a form


@dataclass(frozen=True)
class Check:
    route: Route
    right: Right
    wanted: str
    headers: dict[str, str]

    def __str__(self) -> str:
        return f"{self.route.method} {self.route.endpoint} on {self.right.thing}{' as JSON' if self.headers else ''}"


def checks_of(actor: str, engine: str = "sqlite") -> Iterator[Check]:
    """Each act on each object as a browser asks for it, and some refusals to a program as well.

    How a program is refused hangs on the route and on the kind of refusal, and not on who asks or about what: see
    `forum/web/error_pages.py`. So each kind is asked for once at each route, by the first actor whom it meets there.
    """
    for right in rights():
        for route in _routes_of(right.action):
            wanted = right.answers[actor]
            if engine == "sqlite" or wanted not in PLAIN_REFUSALS:
                yield Check(route, right, wanted, {})
            if engine == "sqlite" and _first_refused().get((route, wanted)) == (actor, right):
                yield Check(route, right, wanted, AS_PROGRAM)


@cache
def _routes_of(action: str) -> tuple[Route, ...]:
    return tuple(route for route in routes() if route.action == action)


@cache
def _first_refused() -> dict[tuple[Route, str], tuple[str, Right]]:
    """The first actor who is refused so at this route, and on which object."""
    found: dict[tuple[Route, str], tuple[str, Right]] = {}
    for actor in ACTORS:
        for right in rights():
            if right.answers[actor] in REFUSALS:
                for route in _routes_of(right.action):
                    found.setdefault((route, right.answers[actor]), (actor, right))
    return found


def answer_of(response: TestResponse) -> str:
    """The word of rights.csv for what came back."""
    status = response.status_code
    asks_to_sign_in = "/account/login" in response.headers.get("Location", "")
    if status == HTTP_UNAUTHORISED or (status == 302 and asks_to_sign_in and "next=" in response.headers["Location"]):
        return "login"
    return "ok" if status < 400 else str(status)


class Walk:
    """One actor's way through all checks, in a world that is put back whenever a check has changed it."""

    def __init__(self, app: Any, base: Any, actor: str) -> None:
        self.app, self.base, self.actor = app, base, actor
        self.rules = {rule.endpoint: rule for rule in app.url_map.iter_rules()}
        self.wrong: list[str] = []
        self.unknown_classes: dict[str, Check] = {}
        self.world, self.cookie = World(actor), ""
        self.snapshot = Snapshot(without_triggers=getattr(base, "without_triggers", False))
        if base.name == "sqlite":
            base.keep()
        self.enter()

    def enter(self) -> None:
        """A browser without a past, signed in; a guest's holds their pass."""
        self.client = self.app.test_client()
        name = self.app.config["SESSION_COOKIE_NAME"]
        if self.cookie:  # to sign it anew takes as long as a refusal
            self.client.set_cookie(name, self.cookie)
            return
        if self.actor == "guest":
            self.client.hold_pass(self.world.guest_code)
        if self.world.account is not None:
            self.client.login(self.world)
        held = self.client.get_cookie(name)
        self.cookie = held.value if held else ""

    def put_back(self, changed: list[str]) -> None:
        db.session.remove()
        if self.base.name == "sqlite":
            self.base.come_back()
        else:
            self.snapshot.restore(changed)
        self.enter()

    def ask(self, check: Check) -> TestResponse:
        arguments = self.world.objects[check.right.thing]
        path = self._path(self.rules[check.route.endpoint], arguments)
        form = check.route.form(self.world.words | {name: str(value) for name, value in arguments.items()})
        body: dict[str, Any] = {} if check.route.method in SAFE else {"data": _fields(form)}
        return self.client.open(path, method=check.route.method, headers=check.headers, **body)

    def _path(self, rule: Any, arguments: dict[str, Any]) -> str:
        missing = rule.arguments - set(arguments)
        assert not missing, f"{rule.endpoint} needs {missing}: no such argument on this object in world.py"
        built = rule.build({name: arguments[name] for name in rule.arguments})
        assert built is not None
        return str(built[1])

    def see(self, check: Check) -> None:
        response = self.ask(check)
        changed = self.snapshot.changed()
        for fault in self._faults(check, response, changed):
            self.wrong.append(f"{self.actor}: {check}: {fault}")
        response.close()
        if changed:
            self.put_back(changed)
        elif "Set-Cookie" in response.headers:  # such as a pass that was forgotten, or somebody else's that was opened
            self.enter()

    def _faults(self, check: Check, response: TestResponse, changed: list[str]) -> Iterator[str]:
        wanted, got = check.wanted, answer_of(response)
        if got != wanted.rstrip("+-="):
            yield f"wanted {wanted}, got {got} ({response.status_code})"
        body = response.get_data().decode(errors="replace")  # a PDF is no text
        seen = secrets_in(body)
        may_show = check.right.shows if wanted in {"ok", "ok+", "400", "409"} else frozenset()
        if seen - may_show:
            yield f"gives away {sorted(seen - may_show)}"
        if wanted == "ok+" and not seen:
            yield f"shows none of {sorted(check.right.shows)}"
        if response.mimetype == "text/html" and "Content-Disposition" not in response.headers:
            self.unknown_classes |= dict.fromkeys(unknown_classes(body), check)
        if response.mimetype == "text/html" and SCRIPT in body:
            yield "holds a script that somebody typed"
        if check.headers and wanted in PLAIN_REFUSALS and response.mimetype != "application/json":
            yield f"answers a program with {response.mimetype}"
        yield from _changes(check, changed, self._traces(check))

    def _traces(self, check: Check) -> list[str]:
        """What a refusal leaves: for staff at the ministry's desk an audit entry, and nothing for anybody else."""
        at_desk = check.route.endpoint.partition(".")[0] in TRACED and check.route.method not in SAFE
        refused = check.wanted in REFUSALS - {"login"}
        return ["audit_entry"] if at_desk and refused and ROLES.get(self.actor) in STAFF_ROLES else []


def _changes(check: Check, changed: list[str], traces: list[str]) -> Iterator[str]:
    if traces:
        if changed != traces:
            yield f"changed {changed} and not {traces}"
        return
    if check.wanted == "login":  # what was typed waits for its writer to sign in: forum/web/form_recovery.py
        changed = [name for name in changed if name != "carried_text"]
    if check.route.endpoint == "security.login":  # a try is remembered above all when it fails
        changed = [name for name in changed if name != "signin_attempt"]
    may_change = check.wanted in {"ok", "ok+", "ok-"} and check.route.method not in SAFE
    if changed and not may_change:
        yield f"changed {changed}"
    if may_change and not changed:
        yield "changed nothing"


def _fields(form: list[tuple[str, str]]) -> dict[str, list[str]]:
    fields: dict[str, list[str]] = {}
    for name, value in form:
        fields.setdefault(name, []).append(value)
    return fields


@contextmanager
def walking(app: Any, base: Any, actor: str) -> Iterator[Walk]:
    walk = Walk(app, base, actor)
    page_size = app.config["PAGE_SIZE"]
    app.config["PAGE_SIZE"] = WHOLE_LISTS
    try:
        yield walk
    finally:
        app.config["PAGE_SIZE"] = page_size
        walk.snapshot.close()


@pytest.mark.parametrize(("engine_name", "actor"), WALKS, indirect=["engine_name"])
def test_who_may_do_what(app, bases, engine_name, actor):
    with walking(app, bases(engine_name)[1], actor) as walk:
        for check in checks_of(actor, engine_name):
            walk.see(check)
        assert walk.snapshot.compare() == [], "something wrote without the engine's knowledge"
    assert not walk.wrong, "\n".join(["", *walk.wrong])
    assert not walk.unknown_classes  # in no style sheet: see classes.py


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_the_walk_notices_a_page_that_tells_too_much(app, bases, engine_name, monkeypatch):
    monkeypatch.setattr("forum.response.referrals.views.can_read_letter", lambda actor, referral: True)
    with walking(app, bases(engine_name)[1], "citizen") as walk:
        for check in checks_of("citizen"):
            if check.route.action == "read a referral":
                walk.see(check)
    assert any("gives away ['LETTER-OTHER']" in fault for fault in walk.wrong)


def test_the_walk_notices_an_act_that_should_have_been_refused(app, bases, engine_name, monkeypatch):
    for part in ("views", "services"):
        monkeypatch.setattr(f"forum.voice.votes.{part}.can_vote", lambda actor: True)
    with walking(app, bases(engine_name)[1], "unconfirmed") as walk:
        for check in checks_of("unconfirmed"):
            if check.route.action == "vote" and check.right.thing == "idea:others":
                walk.see(check)
    assert any("wanted 403, got ok" in fault for fault in walk.wrong)
    assert any("changed ['idea_tally', 'vote', 'vote_event']" in fault for fault in walk.wrong)


def test_the_table_speaks_of_every_route_and_of_no_other(app):
    known = {
        (rule.endpoint, method) for rule in app.url_map.iter_rules() for method in (rule.methods or set()) - AUTOMATIC
    }
    named = [(route.endpoint, route.method) for route in routes()]
    assert sorted(known - set(named)) == [], "add these to tests/project/rights/routes.csv; its first lines say how"
    assert sorted(set(named) - known) == []
    assert len(named) == len(set(named))


def test_every_action_has_rights_and_every_right_an_action():
    of_routes, of_rights = {route.action for route in routes()}, {right.action for right in rights()}
    assert of_routes == of_rights
    pairs = [(right.action, right.thing) for right in rights()]
    assert len(pairs) == len(set(pairs))
    for right in rights():
        assert right.shows <= set(SECRETS), right
        assert set(right.answers.values()) <= ANSWERS, right


def test_there_are_a_thousand_checks():
    assert sum(1 for actor in ACTORS for _check in checks_of(actor)) >= MIN_CHECKS


OWN_PAGES = {
    "analyst": "/desk",
    "officer": "/ministry",
    "admin": "/admin/accounts",
}


@pytest.mark.parametrize("actor", OWN_PAGES)
def test_a_role_taken_in_mid_session_bites_at_the_next_request(client, make, actor):
    account, admin = make.account(ROLES[actor]), make.admin()
    client.login(account)
    assert client.get(OWN_PAGES[actor]).status_code == 200
    revoke_role(account, admin)
    assert client.get(OWN_PAGES[actor]).status_code == 403


def test_a_role_given_in_mid_session_counts_at_the_next_request_and_takes_the_vote_away(client, make):
    account, admin, idea = make.citizen(), make.admin(), make.idea()
    client.login(account)
    assert client.post(f"/ideas/{idea.id}/vote", data={"value": "agree"}).status_code == 303
    assert client.get("/desk").status_code == 403
    grant_role(account, ROLES["analyst"], admin)
    assert client.get("/desk").status_code == 200
    assert client.post(f"/ideas/{idea.id}/vote", data={"value": "disagree"}).status_code == 403


def test_an_account_switched_off_in_mid_session_is_a_visitor_at_the_next_request(client, make):
    account = make.admin()
    client.login(account)
    assert client.get("/admin/accounts").status_code == 200
    account.active = False
    assert client.get("/admin/accounts").status_code in {302, 401}


def test_no_address_takes_the_methods_that_would_edit_or_delete(app, client, make):
    """A27: nobody edits or deletes a vote or an audit entry; there is no such address at all."""
    client.login(make.admin())
    for path in ("/ideas/1/vote", "/ideas/1", "/jobs/1", "/admin/accounts/1/role"):
        for method in ("PUT", "PATCH", "DELETE"):
            assert client.open(path, method=method).status_code == 405, (method, path)
