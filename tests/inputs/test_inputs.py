"""Bad inputs as data: texts, requests and files that broke other services, each with the answer that is right here.

The numbers are those of the plan's families of bad inputs. Never a 5xx; the same answer on both engines, since both are
held against the same file. XLSX (families 28 to 30) is not read by any importer: such files are refused as no text.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
import sqlalchemy as sa
from werkzeug.test import TestResponse

from config import TEXT_LIMITS
from forum.core.access import SYSTEM
from forum.core.errors import InvalidInput
from forum.core.extensions import db
from forum.people.accounts.services import add_account, note_agreement
from forum.system.audit.tasks import seal_all_entries
from forum.voice.ideas.importing import Row, SourceFile, open_source
from forum.voice.ideas.models import Comment, Idea
from forum.voice.ideas.tasks import import_ideas
from tests.factories import SCRIPT

HERE = Path(__file__).parent
CHANNELS = ("title", "body", "comment", "name", "row", "json")
PASSWORD = "나무를-심는-사람들-7"
MIN_CASES = 600
_numbers = itertools.count(1)


def cases(name: str) -> list[dict[str, Any]]:
    return json.loads((HERE / f"{name}.json").read_text(encoding="utf-8"))


def text_of(case: dict[str, Any]) -> str:
    return case["text"] * case.get("times", 1)


def channels_of(case: dict[str, Any]) -> Iterator[str]:
    """A lone surrogate reaches us through JSON alone: no form's encoding can carry it."""
    yield from (channel for channel in CHANNELS if channel in case.get("only", CHANNELS))


def test_there_are_six_hundred_fixed_cases():
    n_texts = sum(len(list(channels_of(case))) for case in cases("texts"))
    assert n_texts + len(cases("requests")) + len(cases("files")) >= MIN_CASES
    families = {case["family"] for name in ("texts", "requests", "files") for case in cases(name)}
    assert families >= {1, 4, *range(8, 16), 17, 19, *range(24, 28), 29, 30, 34, 37, 40, 44, 49, 50, *range(52, 57), 59}


# Texts, through every place that takes one


@pytest.fixture(autouse=True)
def no_limits(app, monkeypatch):
    """One person sends hundreds of texts here; the limits have tests of their own."""
    for name in TEXT_LIMITS:
        monkeypatch.setitem(app.config, name, "100000 per hour")


@pytest.fixture
def place(make, client):
    """A citizen's forum: where texts are sent, and by whom."""
    make.ministry(name="행정안전부"), make.ministry(name="환경부")
    author = make.citizen()
    idea = make.idea(author=author)
    client.login(author)
    return client, idea


def test_texts_through_forms_imports_search_and_json(place, make):
    client, idea = place
    slug, idea_id = idea.campaign.slug, idea.id
    send = {
        "title": lambda text, n: client.post(f"/c/{slug}/ideas/new", data={"title": text, "body": f"본문 {n}입니다"}),
        "body": lambda text, n: client.post(f"/c/{slug}/ideas/new", data={"title": f"제목 {n}입니다", "body": text}),
        "comment": lambda text, n: client.post(f"/ideas/{idea_id}/comments", data={"body": text}),
        "name": lambda text, n: client.post("/profile", data={"display_name": text, "region_code": ""}),
        "json": lambda text, n: client.post(f"/ideas/{idea_id}/vote", json={"value": text}),
    }
    wrong, rows = [], []
    for case in cases("texts"):
        text, refused = text_of(case), case.get("refused", ())
        for channel in channels_of(case):
            if channel == "row":
                rows.append((case, text, "row" in refused))
                continue
            response = send[channel](text, next(_numbers))
            wanted = {400} if channel == "json" or channel in refused else {302, 303}
            if response.status_code not in wanted:
                wrong.append(f"{case['family']} {case['name']} as {channel}: {response.status_code}, wanted {wanted}")
        if "row" not in case.get("only", ()):
            found = client.get(f"/c/{slug}/ideas", query_string={"q": text[:2_000]})
            if found.status_code != 200:
                wrong.append(f"{case['family']} {case['name']} as search: {found.status_code}")
    campaign = make.campaign()
    db.session.commit()
    wrong += _import_rows(campaign, rows)
    assert not wrong, "\n".join(["", *wrong])
    _nothing_hostile_is_stored_or_shown(client, slug, idea_id)


def _import_rows(campaign: Any, rows: list[tuple[dict[str, Any], str, bool]]) -> Iterator[str]:
    """All texts as titles of one file, as a CSV's or JSONL's reader hands them on."""
    as_rows = [Row(n, {"external_id": f"A{n}", "title": text}) for n, (_case, text, _no) in enumerate(rows)]
    report = import_ideas(campaign, SYSTEM, SourceFile("x", "0" * 64, len(as_rows), lambda: iter(as_rows)))
    refused = {row.number: reason for row, reason in report.rejected}
    for n, (case, _text, should_be_refused) in enumerate(rows):
        if (n in refused) is not should_be_refused:
            yield f"{case['family']} {case['name']} as row: {refused.get(n, 'taken')}"


def _nothing_hostile_is_stored_or_shown(client: Any, slug: str, idea_id: int) -> None:
    kept = [*db.session.scalars(sa.select(Idea.title)), *db.session.scalars(sa.select(Idea.body))]
    kept += db.session.scalars(sa.select(Comment.body))
    for text in kept:
        assert not re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200b\ufeff]", text)
        assert not re.search(r"900101\D{0,3}[1-8]234", text)
    for path in (f"/c/{slug}/ideas", f"/ideas/{idea_id}", "/mine", f"/c/{slug}"):
        page = client.get(path).get_data(as_text=True)
        assert SCRIPT not in page
        assert not re.search(r"<script>alert\(1\)|<img src=x|<svg onload|<iframe|<base |<meta http-equiv=refresh", page)


# Requests


def test_requests(client, new_client, make):
    account = add_account("walker@example.org", "걷는 사람", PASSWORD, birth_year=1990)
    note_agreement(account)
    idea = make.idea(author=account)
    admin, analyst = make.admin(), make.analyst()
    seal_all_entries()
    clients = {"visitor": client, "citizen": new_client(), "admin": new_client(), "analyst": new_client()}
    accounts = {"citizen": account, "admin": admin, "analyst": analyst}
    words = {"slug": idea.campaign.slug, "idea": str(idea.id), "email": account.email, "password": PASSWORD}
    before = account.role, account.is_sample, account.birth_year, account.email, account.active
    db.session.commit()
    wrong = []
    for case in cases("requests"):
        who = case["as"]
        asker = new_client() if who == "visitor" else clients[who]
        if who in accounts:
            asker.login(accounts[who])
        response = _send(asker, case, words | {"n": str(next(_numbers))})
        if not _fits(response.status_code, case["status"]):
            wrong.append(f"{case['family']} {case['name']}: {response.status_code}, wanted {case['status']}")
        wrong += _further_faults(case, response)
        response.close()
    assert not wrong, "\n".join(["", *wrong])
    db.session.refresh(account)
    assert (account.role, account.is_sample, account.birth_year, account.email, account.active) == before
    newest = db.session.scalars(sa.select(Idea).where(Idea.title.startswith("대량 지정"))).all()
    assert newest
    for made in newest:
        assert (made.author_id, made.state.name, made.external_id, made.revision) == (
            account.participant.id, "OPEN", None, 1
        )  # fmt: skip
        assert (made.campaign_id, made.created_at.year > 2020, made.tally.votes) == (idea.campaign_id, True, 0)


def _send(client: Any, case: dict[str, Any], words: dict[str, str]) -> TestResponse:
    options: dict[str, Any] = {"headers": dict(case.get("headers", {}))}
    if "form" in case:
        options["data"] = {name: _filled(value, words) for name, value in case["form"].items()}
    if "big" in case:
        options["data"]["body"] = "가" * (case["big"] // 3)
    if "parts" in case:
        options |= {"data": {f"p{n}": "x" for n in range(case["parts"])}, "content_type": "multipart/form-data"}
    if "json" in case:
        body = case["json"] * case.get("times", 1) + case.get("after_text", "") * case.get("after_times", 0)
        options |= {"data": body.encode("utf-8", "surrogatepass"), "content_type": "application/json"}
    if "raw" in case:
        options["data"] = case["raw"]
    if "args" in case:
        options["query_string"] = case["args"]
    if "header_bytes" in case:
        options["headers"]["X-Long"] = "a" * case["header_bytes"]
    if "cookie_bytes" in case:
        options["headers"]["Cookie"] = "long=" + "a" * case["cookie_bytes"]
    if "Host" in options["headers"]:
        options["environ_overrides"] = {"HTTP_HOST": options["headers"].pop("Host")}
    path = _filled(case["path"], words)
    if "query" in case:
        path += "".join(f"&k{n}=1" for n in range(case["query"]))
    return client.open(path, method=case["method"], **options)


def _filled(value: Any, words: dict[str, str]) -> Any:
    if isinstance(value, list):
        return [_filled(one, words) for one in value]
    for name, word in words.items():
        value = value.replace("{" + name + "}", word)
    return value


def _fits(status: int, wanted: int | str) -> bool:
    if isinstance(wanted, int):
        return status == wanted
    return any(
        str(status).startswith(word[0]) if word.endswith("xx") else str(status) == word for word in wanted.split()
    )


def _further_faults(case: dict[str, Any], response: TestResponse) -> Iterator[str]:
    if response.status_code >= 500:
        yield f"{case['family']} {case['name']}: {response.status_code}"
    arrives = urlsplit(urljoin("http://localhost/account/login", response.headers.get("Location", "")))
    if case.get("stays") and (arrives.scheme, arrives.netloc) != ("http", "localhost"):
        yield f"{case['family']} {case['name']}: leads to {response.headers.get('Location')}"
    if "never" in case and case["never"] in response.get_data(as_text=True) + str(response.headers):
        yield f"{case['family']} {case['name']}: repeats {case['never']}"


# Files


def test_files(app, make, tmp_path):
    wrong = []
    for number, case in enumerate(cases("files")):
        path = tmp_path / f"{number}{case['suffix']}"
        path.write_bytes(_bytes_of(case))
        campaign = make.campaign()
        db.session.commit()
        got = _outcome(campaign, path)
        if got not in case["answer"].split(" or ") and not (case["answer"].endswith("or out") and "out" in got):
            wrong.append(f"{case['family']} {case['name']}: {got}, wanted {case['answer']}")
    assert not wrong, "\n".join(["", *wrong])


def _bytes_of(case: dict[str, Any]) -> bytes:
    if "hex" in case:
        return bytes.fromhex(case["hex"])
    text = case["text"] + case.get("repeat", "") * case.get("times", 0)
    if "columns" in case:
        text = "external_id,title," + ",".join(f"c{n}" for n in range(case["columns"])) + "\nA1,학교\n"
    return text.encode(case["encoding"]) + bytes.fromhex(case.get("hex_after", ""))


def _outcome(campaign: Any, path: Path) -> str:
    try:
        report = import_ideas(campaign, SYSTEM, open_source(path, 50 * 1024 * 1024))
    except InvalidInput:
        return "refused"
    counts = {"in": report.imported, "there": report.already_there, "out": len(report.rejected)}
    return ", ".join(f"{n} {word}" for word, n in counts.items() if n)
