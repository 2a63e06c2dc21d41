from __future__ import annotations

import io

import pypdf
import sqlalchemy as sa

from forum.core.extensions import db
from forum.deliberation.kits.qr import pass_link
from forum.deliberation.sheets.services import type_slip
from forum.deliberation.sheets.slips import slip_code
from forum.people.passes.actor import SESSION_KEY
from forum.people.passes.models import GuestPass


def test_helpers_download_as_many_copies_as_seats(client, make):
    gathering = make.gathering(seats=6)
    client.login(make.helper(gathering))

    answer = client.get(f"/gatherings/{gathering.id}/kit.pdf")

    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert "attachment" in answer.headers["Content-Disposition"]
    # invitation, rules, 6 slips on 2 pages, 6 sheets on 3, two who count
    assert len(pypdf.PdfReader(io.BytesIO(answer.data)).pages) == 1 + 1 + 2 + 3 + 2
    assert db.session.scalar(sa.select(sa.func.count(GuestPass.id))) == 0


def test_other_numbers_are_asked_for_in_the_address(client, make):
    gathering = make.gathering(seats=6)
    client.login(gathering.organiser)

    answer = client.get(f"/gatherings/{gathering.id}/kit.pdf?slips=0&sheets=0")
    assert len(pypdf.PdfReader(io.BytesIO(answer.data)).pages) == 2
    for query in ("slips=101", "sheets=101", "first=0", "first=18&slips=2"):
        assert client.get(f"/gatherings/{gathering.id}/kit.pdf?{query}").status_code == 400


def test_the_desk_offers_the_kit_before_the_end(client, make):
    planned, finished = make.gathering(), make.gathering(state="FINISHED")

    client.login(planned.organiser)
    assert f"/gatherings/{planned.id}/kit.pdf" in client.get(f"/gatherings/{planned.id}/desk").text
    client.login(finished.organiser)
    assert f"/gatherings/{finished.id}/kit.pdf" not in client.get(f"/gatherings/{finished.id}/desk").text


def test_the_code_on_a_stub_is_filled_in_and_opens_the_slips_pass(client, make):
    gathering = make.gathering(state="RUNNING")
    type_slip(gathering, gathering.organiser, 1, "급식에 채식의 날을 늘려요", "")
    path = pass_link(slip_code(gathering.id, 1)).partition("127.0.0.1:8000")[2]
    assert path.startswith("/pass/open?code=")

    page = client.get(path)

    assert f'value="{slip_code(gathering.id, 1)}"' in page.text
    assert "참여권 번호" in page.text
    with client.session_transaction() as session:
        assert SESSION_KEY not in session  # looking at the form opens nothing
    opened = client.post("/pass/open", data={"code": slip_code(gathering.id, 1)})
    assert (opened.status_code, opened.location) == (303, "/pass")


def test_a_slip_that_nobody_has_copied_opens_nothing(client, make):
    gathering = make.gathering(state="RUNNING")

    assert client.post("/pass/open", data={"code": slip_code(gathering.id, 2)}).status_code == 400
