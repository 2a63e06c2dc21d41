"""No request is answered with a fault of the server, and a stranger is refused whatever the body is.

Data-driven over all routes (`rights/routes.csv`); `make assault` sends the rest of what `rights/odd_bodies.py` knows.
"""

from __future__ import annotations

import flask_security
import pytest
import wtforms
from flask_wtf import FlaskForm
from wtforms.fields.core import UnboundField

from forum.core.extensions import db
from forum.web.forms import FieldList, ForumForm
from tests.project.rights.odd_bodies import MANY, Attack

ACTORS = ("visitor", "citizen", "officer", "analyst", "admin")
STRANGERS = ("citizen", "officer")
ADDRESSES = ("visitor",)


@pytest.mark.parametrize("actor", ACTORS)
def test_no_request_is_a_fault_of_the_server_and_no_body_makes_a_stranger_less_strange(bases, actor):
    """Found: 18 of 35 texts that came as a file part and 8 of 14 odd row numbers were answered with 500.

    Each route as one actor who may use it, and as one who may not. On SQLite: what is parsed does not depend on the
    engine, and `make assault` does both.
    """
    app, base = bases("sqlite")
    with app.app_context():
        base.clear()
        attack = Attack(app, base, actor)
        sent = 0
        for route, right in attack.targets(("ok",), not_as=ACTORS[: ACTORS.index(actor)]):
            sent += attack.run(attack.few_bodies(route, right))
        if actor in STRANGERS:
            for route, right in attack.targets(("403", "404"), not_as=STRANGERS[: STRANGERS.index(actor)]):
                sent += attack.run(attack.few_bodies(route, right), refused=True)
        if actor in ADDRESSES:
            for route, right in attack.targets(("ok",), methods=("GET",)):
                sent += attack.run(attack.odd_arguments(route, right, (MANY,)))
        db.session.remove()
    assert not attack.wrong, "\n".join(["", *attack.wrong])
    assert sent >= 10


def test_every_form_reads_texts_from_text_fields_alone(bases):
    """The forms of Flask-Security are given `request.form` by its views."""
    bases("sqlite")  # every module of forms is imported now
    ours = [form for form in _subclasses(FlaskForm) if form.__module__.startswith("forum.")]
    assert len(ours) > 20
    assert [form.__name__ for form in ours if not issubclass(form, (ForumForm, flask_security.Form))] == []
    lists = [it.field_class for form in ours for it in vars(form).values() if isinstance(it, UnboundField)]
    assert [it for it in lists if issubclass(it, wtforms.FieldList) and it is not FieldList] == []


def _subclasses(kind):
    for one in kind.__subclasses__():
        yield one
        yield from _subclasses(one)
