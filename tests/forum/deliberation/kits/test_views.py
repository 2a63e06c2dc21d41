from __future__ import annotations

import io

import pypdf
import sqlalchemy as sa

from forum.core.extensions import db
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
