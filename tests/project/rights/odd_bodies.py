"""Bodies, names and numbers that no page of ours sends, for every route of routes.csv.

`Attack.run` sends them as one actor and says what was answered with a fault of the server (5xx), or with anything but
the refusal that the same request gets with an ordinary body. The suite sends some of them, `make assault` all.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse
from wtforms import FieldList, FormField
from wtforms.csrf.core import CSRFTokenField
from wtforms.form import BaseForm

from forum.core.extensions import db
from tests.project.rights.table import SAFE, Right, Route, rights, routes
from tests.project.test_rights import Walk, answer_of

MANY = "9" * 5_000
INDICES = ("²", "١", "-1", MANY, "", "1e3", "00", "0x1", "1 ", "\x00")
IDS = ("0", "-1", "²", "١", "１", MANY, "1e3", "01", "1.0", "%00", "%F0%9F%8C%B1", "true")
_RIGHTS = rights()
ALL_RIGHTS = {route.action: [right for right in _RIGHTS if right.action == route.action] for route in routes()}
ARGUMENTS = (
    *("after", "before", "page", "q", "sort", "state", "tab", "about", "piece", "job", "next", "email", "source"),
    *("title", "body", "sector", "region", "title-0", "token", "name"),
)
VALUES = ("²", "-1", MANY, "", "1e3", "\x00", "[]", "\ud7ff", "a" * 3_000, "9999-12-31", "None", "1:2:3", "%", "\\")
FORMS = "multipart/form-data"
ODD_BODIES: tuple[dict[str, Any], ...] = (
    {"json": {"title": ["x"], "value": [1]}},
    {"json": [1, [2]]},
    {"json": "글"},
    {"data": b"{" * 3_000, "content_type": "application/json"},
    {"data": b'{"value": ' + b"9" * 5_000 + b"}", "content_type": "application/json"},
    {"data": b"\xff\xfe=\x00&%ff=%zz&=&==&;", "content_type": "application/x-www-form-urlencoded"},
    {"data": "title=글".encode("cp949"), "content_type": "application/x-www-form-urlencoded; charset=utf-7"},
    {"data": b"--x\r\n\r\nno name\r\n--x--", "content_type": f"{FORMS}; boundary=x"},
    {"data": b"no part at all", "content_type": f"{FORMS}; boundary=x"},
    {"data": b"no boundary", "content_type": FORMS},
    {"data": b"title=x", "content_type": "text/plain"},
    {"data": b"\x00" * 100, "content_type": "application/octet-stream"},
    {"data": b"", "content_type": "nonsense"},
)


@dataclass(frozen=True)
class Case:
    """One request: the route, whose thing it is about, what is odd about it, and what the test client is given."""

    route: Route
    right: Right
    odd: str
    options: dict[str, Any]
    path: str = ""

    def __str__(self) -> str:
        return f"{self.route.method} {self.route.endpoint} on {self.right.thing}, {self.odd[:60]!r}"


@contextmanager
def seen_forms() -> Iterator[list[BaseForm]]:
    """Collect every form that is built meanwhile."""
    forms: list[BaseForm] = []
    original = BaseForm.process

    def process(form: BaseForm, *args: Any, **kwargs: Any) -> None:
        forms.append(form)
        original(form, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BaseForm, "process", process)
        yield forms


def names_of(forms: list[BaseForm]) -> tuple[list[str], list[tuple[str, str]]]:
    """Return the names of the plain fields, and (list, field in a row) of the lists."""
    plain: dict[str, None] = {}
    rows: dict[tuple[str, str], None] = {}
    for form in forms:
        for field in form:
            if isinstance(field, FieldList):
                assert field.unbound_field.field_class is FormField
                rows |= dict.fromkeys((field.name, name) for name in field.unbound_field.args[0]()._fields)
            elif not isinstance(field, CSRFTokenField):
                plain[field.name] = None
    return list(plain), list(rows)


def as_file(value: str) -> tuple[io.BytesIO, str]:
    return io.BytesIO(value.encode()), "글.txt"


class Attack(Walk):
    """One actor, who sends odd requests to every route."""

    def run(self, cases: Iterator[Case], refused: bool = False) -> int:
        """Send the cases and note what went wrong in `wrong`.

        :param refused: each case must get the actor's answer of rights.csv; else any below 500
        :return: how many were sent
        """
        count = 0
        for case in cases:
            response = self.send(case)
            count += 1
            answer = answer_of(response)
            if response.status_code >= 500:
                self.wrong.append(f"{self.actor}: {case}: {response.status_code}")
            elif refused and answer not in self._refusals(case):
                self.wrong.append(f"{self.actor}: {case}: {answer}, not {case.right.answers[self.actor]}")
            response.close()
            if response.status_code < 400 and case.route.method not in SAFE:
                self.put_back([] if self.base.name == "sqlite" else self.snapshot.changed())
        return count

    def _refusals(self, case: Case) -> set[str]:
        """Return what may be answered. Votes are read before the look-up, which takes no statement of its own there:
        what cannot be a vote is a 400 whatever stands at the address. Which dataset a steward offers, and so whether
        it is theirs, stands in the body: one that names none is a 400, or a 415.
        """
        wanted = case.right.answers[self.actor].rstrip("+-=")
        if case.route.action == "offer a dataset" and wanted == "403":
            return {wanted, "400", "415"}
        is_vote = case.route.action == "vote" and wanted == "404"
        return {wanted, "400"} if is_vote else {wanted}

    def send(self, case: Case) -> TestResponse:
        path = case.path or self.path_of(case.route, case.right)
        return self.client.open(path, method=case.route.method, **case.options)

    def path_of(self, route: Route, right: Right) -> str:
        return self._path(self.rules[route.endpoint], self.world.objects[right.thing])

    def targets(
        self, answers: tuple[str, ...], methods: tuple[str, ...] = ("POST",), not_as: tuple[str, ...] = ()
    ) -> Iterator[tuple[Route, Right]]:
        """Yield each route once with the first object on which this actor is answered so; first answers first.

        :param not_as: leave out routes on which one of these actors is answered so
        """
        for route in routes():
            if route.method not in methods or self._fitting(route, answers, not_as):
                continue
            fitting = self._fitting(route, answers, (self.actor,))
            if fitting:
                yield route, fitting[0]

    def _fitting(self, route: Route, answers: tuple[str, ...], actors: tuple[str, ...]) -> list[Right]:
        return [
            right
            for answer in answers
            for right in ALL_RIGHTS[route.action]
            if any(right.answers[actor].rstrip("+-=") == answer for actor in actors)
        ]

    def form_of(self, route: Route, right: Right) -> dict[str, str]:
        words = self.world.words | {name: str(it) for name, it in self.world.objects[right.thing].items()}
        return dict(route.form(words))

    def fields_of(self, route: Route, right: Right) -> tuple[dict[str, str], list[tuple[str, str]]]:
        """Return the fields that the route reads with what to send in them, and the fields of its lists' rows."""
        with seen_forms() as forms:
            self.run(iter([Case(route, right, "nothing", {"data": {"_": "x"}})]))
        form = self.form_of(route, right)
        plain, lists = names_of(forms)
        return {name: form.get(name, "글") for name in dict.fromkeys([*form, *plain])}, lists

    def few_bodies(self, route: Route, right: Right) -> Iterator[Case]:
        """All texts as files beside rows with odd numbers, and a list where an object is expected."""
        files = {name: as_file(value) for name, value in self.form_of(route, right).items()}
        rows = {"points-²-text": "글", f"milestones-{MANY}-title": "글"}
        yield Case(route, right, "all as files", _multipart(files | rows))
        yield Case(route, right, "a JSON list", ODD_BODIES[1])

    def odd_forms(self, route: Route, right: Right) -> Iterator[Case]:
        """Each field as a file, twice and with odd values, each list with odd numbers of rows."""
        fields, lists = self.fields_of(route, right)
        for name in fields:
            yield Case(route, right, f"{name} as a file", _multipart(fields | {name: as_file(fields[name])}))
            yield Case(route, right, f"{name} twice", {"data": fields | {name: [fields[name], "글", MANY]}})
            for value in VALUES:
                yield Case(route, right, f"{name}={value}", {"data": fields | {name: value}})
        for prefix, name in lists:
            for index in INDICES:
                odd = {f"{prefix}-{index}-{name}": "글"}
                yield Case(route, right, f"{prefix}-{index}-{name}", {"data": fields | odd})
            row = {f"{prefix}-0-{name}": as_file("글")}
            yield Case(route, right, f"{prefix}-0-{name} as a file", _multipart(fields | row))

    def odd_ids(self, route: Route, right: Right, ids: tuple[str, ...] = IDS) -> Iterator[Case]:
        """The route's address with each part replaced in turn."""
        path = self.path_of(route, right)
        parts = path.split("/")
        for place, part in enumerate(parts):
            if part == str(self.world.objects[right.thing].get("slug")) or part.removesuffix(".pdf").isdigit():
                for odd in ids:
                    there = "/".join([*parts[:place], odd, *parts[place + 1 :]])
                    yield Case(route, right, f"in the address: {odd}", {}, there)

    def odd_arguments(self, route: Route, right: Right, values: tuple[str, ...] = VALUES) -> Iterator[Case]:
        for value in values:
            query = MultiDict([(name, it) for name in ARGUMENTS for it in (value, value)])
            yield Case(route, right, f"?…={value}", {"query_string": query})

    def odd_bodies(self, route: Route, right: Right) -> Iterator[Case]:
        for body in ODD_BODIES:
            yield Case(route, right, json.dumps(body, default=repr), dict(body))


def _multipart(fields: dict[str, Any]) -> dict[str, Any]:
    return {"data": fields, "content_type": FORMS}


def everything(attack: Attack) -> int:
    """Send all there is, as `make assault` does; return how many requests."""
    count = 0
    for route, right in attack.targets(("ok", "400", "409", "login", "403", "404")):
        for cases in (attack.odd_forms, attack.odd_bodies, attack.odd_ids, attack.odd_arguments):
            count += attack.run(cases(route, right))
    for route, right in attack.targets(("ok", "login", "403", "404"), ("GET",)):
        for cases in (attack.odd_ids, attack.odd_arguments):
            count += attack.run(cases(route, right))
    for answer in ("403", "404", "login"):
        for route, right in attack.targets((answer,)):
            count += attack.run(attack.few_bodies(route, right), refused=True)
            count += attack.run(attack.odd_bodies(route, right), refused=True)
    db.session.remove()
    return count
