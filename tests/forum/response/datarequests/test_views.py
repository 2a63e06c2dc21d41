from __future__ import annotations

import io
import json
import zipfile
from datetime import timedelta

import sqlalchemy as sa

from forum.core import clock
from forum.core.extensions import db
from forum.response.datarequests.models import DataRequest

DAYS = timedelta(days=1)


def typed(**changes) -> dict[str, object]:
    today = clock.today()
    words = {
        "use_kind": "RESEARCH",
        "purpose": "비 오는 날 어디에 <b>자전거</b>가 모자라는지 보려고 해요.",
        "users": "환경 동아리 학생 4명",
        "n_users": "4",
        "safeguards": "학교의 잠긴 컴퓨터에 두고 끝나면 지워요.",
        "from_on": today.isoformat(),
        "until_on": (today + timedelta(days=90)).isoformat(),
    }
    return words | changes


def terms_typed(**changes) -> dict[str, object]:
    words = {
        "reason": "쓰임이 분명해요.",
        "until_on": (clock.today() + timedelta(days=60)).isoformat(),
        "most_users": "4",
        "publishing": "FIGURES",
        "erase_within_days": "14",
        "must_report": "y",
        "more": "",
    }
    return words | changes


def marks(request: DataRequest, mark: str = "YES") -> dict[str, str]:
    return {f"mark_{one.id}": mark for one in request.criteria.items}


def test_a_request_goes_from_the_question_to_the_file(make, client, new_client):
    holder = make.data_holder()
    steward, dataset, author = make.data_steward(holder).account, make.restricted_dataset(holder), make.citizen()
    file = make.data_file(dataset.versions[-1])
    need = make.data_need()
    seats = [make.data_panel_seat().account for _ in range(3)]
    make.data_criteria(1)
    db.session.commit()
    form, file_page = f"/datasets/{dataset.id}/request", f"/datasets/files/{file.id}"
    assert form in client.get(f"/datasets/{dataset.id}").text
    client.login(author)
    assert client.post(f"{file_page}/link").status_code == 403
    assert client.get(f"{form}?need={need.id}").status_code == 200
    bad = typed(need=need.id, purpose="", n_users="0", until_on="2001-01-01", users="900101-1234568")
    refused = client.post(form, data=bad)
    assert (refused.status_code, refused.text.count('aria-invalid="true"')) == (400, 4)
    assert "학교의 잠긴 컴퓨터" in refused.text
    assert client.post(form, data=typed(need=need.id)).status_code == 303
    assert client.post(form, data=typed(need=need.id)).status_code == 409
    request = db.session.scalars(sa.select(DataRequest)).one()
    page = f"/data-requests/{request.id}"
    fields = marks(request) | {"verdict": "FIT", "words": "쓰임이 분명해요."}
    db.session.rollback()
    assert page in client.get(f"/data-needs/{need.id}").text
    assert page in client.get("/mine").text

    client.login(steward)
    desk = client.get("/data-requests/desk").text
    assert (page in desk, "학교의 잠긴 컴퓨터" in client.get(page).text) == (True, True)
    assert client.post(f"{page}/approve", data=terms_typed(seen=1)).status_code == 409  # the panel comes first
    assert client.post(f"{page}/review", data=fields | {"seen": 1}).status_code == 403
    for seen, seat in enumerate(seats, start=1):
        client.login(seat)
        assert client.post(f"{page}/review", data=fields | {"seen": seen, "words": ""}).status_code == 400
        assert client.post(f"{page}/review", data=fields | {"seen": seen}).status_code == 303
        assert client.post(f"{page}/review", data=fields | {"seen": seen + 1}).status_code == 409
    client.login(steward)
    assert client.post(f"{page}/approve", data=terms_typed(seen=4, most_users="900")).status_code == 400
    assert client.post(f"{page}/approve", data=terms_typed(seen=3)).status_code == 409
    assert client.post(f"{page}/approve", data=terms_typed(seen=4)).status_code == 303
    assert client.post(f"{page}/refuse", data={"reason": "아니에요", "seen": 5}).status_code == 409

    client.login(author)
    assert "승인됐어요" in client.get("/notices").text
    assert client.post(f"{file_page}/link").status_code == 403  # the terms are not accepted
    accept(client, page, seen=5)
    got = client.get(client.post(f"{file_page}/link").headers["Location"])
    names = zipfile.ZipFile(io.BytesIO(got.data)).namelist()
    assert {"승인조건.txt", "승인조건.json", "이용조건.txt"} <= set(names)
    agreement = json.loads(zipfile.ZipFile(io.BytesIO(got.data)).read("승인조건.json"))
    assert agreement == client.get(f"{page}/terms.json").json
    assert {one["action"] for one in agreement["prohibition"]} >= {"distribute", "urn:netzero-forum:join"}

    # the terms change after the approval: access waits until they are accepted again
    client.login(steward)
    assert client.post(f"{page}/terms", data=terms_typed(seen=5)).status_code == 400
    assert client.post(f"{page}/terms", data=terms_typed(seen=5, publishing="NOTHING")).status_code == 303
    client.login(author)
    assert client.post(f"{file_page}/link").status_code == 403
    accept(client, page, seen=6)
    assert client.post(f"{file_page}/link").status_code == 303
    db.session.get(type(dataset), dataset.id).terms = "이제 학교 안에서만 써요."
    db.session.commit()
    assert client.post(f"{file_page}/link").status_code == 403
    accept(client, page, seen=6)
    assert client.post(f"{file_page}/link").status_code == 303

    # a link passed on helps nobody; the approval is taken back
    link = client.post(f"{file_page}/link").headers["Location"]
    client.login(make.citizen())
    assert client.get(link).status_code == 403
    client.login(steward)
    assert client.post(f"{page}/revoke", data={"reason": "다른 목적에 썼어요.", "seen": 6}).status_code == 303
    client.login(author)
    assert client.get(link).status_code == 403
    assert client.post(f"{page}/erased", data={"seen": 7}).status_code == 303
    visitor = new_client()
    shown = visitor.get(page).text
    assert ("다른 목적에 썼어요" in shown, "파기 확인" in shown) == (True, True)
    assert ("&lt;b&gt;자전거" in shown, "학교의 잠긴 컴퓨터" in shown) == (True, False)
    listing = visitor.get("/data-requests?state=REVOKED").text
    assert (page in listing, "가운뎃값 0일" in listing) == (True, True)


def accept(client, page: str, seen: int) -> None:
    shown = client.get(page).text
    terms = shown.partition('name="terms" value="')[2].partition('"')[0]
    assert client.post(f"{page}/accept", data={"seen": seen, "terms": "0" * 64}).status_code == 409
    assert client.post(f"{page}/accept", data={"seen": seen, "terms": terms}).status_code == 303
