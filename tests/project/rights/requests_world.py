"""Requests for data in the world of the rights: one's own, one's holder's, to review, in each state."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from forum.core import clock
from forum.response.datarequests.models import DataRequest, RequestAppeal, RequestState
from forum.response.datarequests.terms import fingerprint
from forum.response.datasets.queries import get_dataset

if TYPE_CHECKING:
    from tests.project.rights.world import World

NOWHERE = 2_000_000_000


def build_requests(world: World, parties: str, hidden: str, withdrawn: str) -> None:
    """Requests of the actor and of others. The actor sits on the panel and speaks for the holder of some datasets.

    :param parties: words that the parties alone read
    :param hidden, withdrawn: words of what others may not read
    """
    make = world.make
    seat = make.data_panel_seat(world.account or world.stranger)
    for _ in range(2):
        make.data_panel_seat()
    edition = make.data_criteria(1)
    own_holder = get_dataset(int(world.objects["dataset:own offered"]["dataset_id"])).holder
    others = make.data_holder()
    make.data_steward(others)
    today, gone = clock.today(), {"state": RequestState.WITHDRAWN}

    def request(holder: Any, author: Any, **values: Any) -> DataRequest:
        day = {"panel_due_on": today - timedelta(days=1), "due_on": today + timedelta(days=9)}
        return make.data_request(
            make.restricted_dataset(holder), author, **(day | {"criteria_id": edition.id, "users": parties} | values)
        )

    found = {
        "own": request(others, world.author),
        "others'": request(others, world.stranger),
        "to decide": request(own_holder, world.stranger),
        "own approved": request(others, world.author),
        "approved": request(own_holder, world.stranger),
        "own refused": request(others, world.author),
        "appealed": request(others, world.stranger),
        "hidden": request(others, world.stranger, purpose=hidden, is_hidden=True),
        "own hidden": request(others, world.author, purpose=hidden, is_hidden=True),
        "withdrawn": request(others, world.stranger, purpose=withdrawn, **gone),
    }
    for name in ("own approved", "approved"):
        make.data_decision(found[name], decided_by_id=world.analyst.id)
    for name in ("own refused", "appealed"):
        make.data_decision(found[name], approved=False, decided_by_id=world.analyst.id)
    appeal = RequestAppeal(request_id=found["appealed"].id, reason=parties, due_on=today)
    make._add(appeal)
    for name, one in found.items():
        terms = one.terms_in_force
        marks = {f"mark{at}": f"mark_{item.id}" for at, item in enumerate(edition.items)}
        world.objects[f"data request:{name}"] = {
            "request_id": one.id,
            "seen": 1,
            "terms": fingerprint(terms) if terms else "0" * 64,
            "kind": "data-requests",
            "thing_id": one.id,
            "hiding_id": NOWHERE,
        } | marks
    world.objects["data request:missing"] = {"request_id": NOWHERE, "seen": 1, "terms": "0" * 64} | marks
    world.objects["dataset:to request"] = {"dataset_id": make.restricted_dataset(others).id}
    world.objects["dataset:own to request"] = {"dataset_id": make.restricted_dataset(own_holder).id}
    world.objects["panel seat:one"] = {"seat_id": seat.id}
    world.objects["panel seat:missing"] = {"seat_id": NOWHERE}
    world.words["new seat"] = make.citizen().email
    world.words["later"] = (today + timedelta(days=30)).isoformat()
