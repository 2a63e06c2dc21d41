"""Data that settles a question, through HTTP with real forms and CSRF on: need, request, terms, access, outcome.

From what a citizen wants to know over the panel's reviews and the holder's terms to the file, and to what was found in
it, back on the idea's page. At the end each number is counted once more.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from forum.administration.operations.checks import recorded_rows
from forum.administration.operations.queries import recount
from forum.core import clock
from forum.core.extensions import db
from forum.response.datafiles.models import DataFile
from tests.test_thread_end_to_end import Person
from tests.test_thread_end_to_end import with_csrf as with_csrf  # a fixture

ROWS = "달,유형,사용량\n" + "2026-01-01,학교,12.5\n" * 6

PLAYED = ("data_need", "data_request", "data_panel_seat", "data_criteria", "data_use")
"""Kinds of facts whose rows were made by acts alone; those of factories have no entry."""


def in_days(n: int) -> str:
    return (clock.today() + timedelta(days=n)).isoformat()


def test_data_is_wanted_requested_given_and_settles_a_question(app, make, new_client: Callable[[], Any], with_csrf):
    holder = make.data_holder(name="시험자전거공단")
    dataset = make.restricted_dataset(holder, title="대여 기록")
    file = make.data_file(dataset.versions[-1], text=ROWS)
    idea_page, data_page = f"/ideas/{make.idea(title='끊긴 자전거길').id}", f"/datasets/{dataset.id}"
    file_page, dataset_id, sha256 = f"/datasets/files/{file.id}", str(dataset.id), file.sha256
    members = [make.citizen() for _n in range(3)]
    emails = [one.email for one in members]
    people = [Person(new_client().login(one)) for one in (make.citizen(), make.citizen(), *members)]
    (author, joiner), panel = people[:2], people[2:]
    steward, analyst = (Person(new_client().login(one)) for one in (make.data_steward(holder).account, make.analyst()))
    visitor = Person(new_client())

    # Somebody wants to know, another joins, and the holder offers what it has.
    ask = next(a["href"] for a in author.read(idea_page).select("a") if "/data-needs/new" in a.get("href", ""))
    words = {"question": "어디에서 어디까지 타나요?", "wanted": "빌린 곳과 돌려놓은 곳", "benefit": "끊긴 길을 이어요"}
    need = author.send(ask, **words)
    joiner.send(need, f"{need}/join")
    steward.send(need, f"{need}/offer", dataset=dataset_id)

    # Nobody may ask for it before there are criteria and a panel.
    form = f"{data_page}/request?need={need.rpartition('/')[2]}"
    assert "심사 기준이 없어" in author.read(form).get_text()
    analyst.send("/data-requests/criteria/new")
    for email in emails:
        analyst.send("/data-requests/panel", email=email)
    asked = {"use_kind": "POLICY", "purpose": "많이 다니는데 길이 끊긴 곳을 찾아요.", "users": "동아리 둘"}
    asked |= {"n_users": "2", "safeguards": "잠긴 컴퓨터에 두어요.", "from_on": in_days(0), "until_on": in_days(90)}
    request = author.send(form, **asked)

    # The panel reviews by each criterion; the holder waits for it, and approves on terms.
    assert "심사위원 3명" in steward.read(request).get_text()
    for person in panel:
        assert request in {a.get("href") for a in person.read("/data-requests/desk").select("a")}
        names = {field["name"] for field in person.read(request).select("input[name^=mark_]")}
        assert len(names) == 5
        marks = dict.fromkeys(names, "YES")
        person.send(request, f"{request}/review", **marks, verdict="FIT", words="모아서만 봐서 괜찮아요.")
    terms = {"reason": "심사위원의 의견을 따라요.", "until_on": in_days(60), "most_users": "2", "more": ""}
    steward.send(request, f"{request}/approve", **terms, publishing="CHECKED", erase_within_days="14", must_report="y")
    assert author.client.post(f"{file_page}/link").status_code == 400  # no form of ours: the terms are not accepted yet

    # The person accepts the terms, and gets the file with them beside it.
    assert request in {a.get("href") for a in author.read("/mine").select("a")}
    author.send(request, f"{request}/accept")
    link = author.send(file_page, f"{file_page}/link")
    archive = zipfile.ZipFile(io.BytesIO(author.client.get(link).data))
    assert archive.testzip() is None
    data = next(
        archive.read(name) for name in archive.namelist() if hashlib.sha256(archive.read(name)).hexdigest() == sha256
    )
    assert data == ROWS.encode()
    agreement = json.loads(archive.read("승인조건.json"))
    assert "urn:netzero-forum:have-results-checked" in [one["action"] for one in agreement["permission"][0]["duty"]]
    assert joiner.client.get(link).status_code == 403

    # What was found waits for the holder's check; then it settles the question, and stands on the idea's page.
    found = {"title": "강 건너로 가장 많이 가요", "finding": "다리를 건너는 길이 많아요.", "dataset_1": dataset_id}
    chart = {"chart_title": "오간 수", "chart_unit": "번", "chart_rows": "강 건너, 120\n강 이쪽, 80"}
    new = next(a["href"] for a in author.read(request).select("a") if "/data-uses/new" in a.get("href", ""))
    use = author.send(
        new, **found, **chart, code_url="https://example.org/code", effect="다리 옆 길을 먼저 잇기로 했어요."
    )
    assert joiner.client.get(use).status_code == 404
    steward.send(use, f"{use}/publish")
    analyst.send(use, f"{use}/settle", reason="강 건너로 가는 길이 가장 많다는 것을 알게 됐어요.")
    for page in (need, idea_page, "/data-uses", data_page, request, use):
        assert "강 건너로 가장 많이 가요" in visitor.read(page).get_text(), page
    assert visitor.read(use).select("svg")
    author.send(request, f"{request}/erased")
    shown = visitor.read(request).get_text()
    assert ("파기 확인" in shown, "동아리 둘" in shown) == (True, False)
    assert author.client.get(link).status_code == 403
    assert "가운뎃값 0일" in visitor.read("/data-requests").get_text()
    assert db.session.get(DataFile, int(file_page.rpartition("/")[2])) is not None
    own = [one for one in recorded_rows() if any(f"({kind}" in one.name for kind in PLAYED)]
    assert len(own) >= len(PLAYED)
    assert [line for finding in [*recount(), *own] for line in finding.differences] == []
