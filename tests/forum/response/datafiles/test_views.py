"""Pages, downloads and links, as visitors, citizens, stewards and analysts see them."""

from __future__ import annotations

import hashlib
import io
import zipfile
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import sqlalchemy as sa

from forum.core.extensions import db
from forum.response.datafiles import desk_views, serving
from forum.response.datafiles.models import DataAggregate, DataDownload, DataFile, DataFileState
from forum.response.datafiles.serving import Withdrawn
from forum.response.datasets.distributions import kept_files
from forum.response.datasets.models import DatasetState, Sensitivity
from forum.system.blobs.store import BlobStore, StoreGone, current_store
from forum.system.jobs.models import JobState

pytestmark = [
    pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True),
    pytest.mark.usefixtures("no_uploads"),
]
TEXT = "달,유형,사용량\n" + "2026-01-01,학교,12.5\n" * 6


def restricted(make, sensitivity=Sensitivity.RESTRICTED, text=TEXT):
    version = make.dataset_version(make.dataset(sensitivity=sensitivity, state=DatasetState.TALKING))
    return make.data_file(version, text), make.data_steward(version.dataset.holder).account


def url_of(file, rest=""):
    return f"/datasets/files/{file.id}{rest}"


def data_in(answer):
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def test_a_steward_uploads_by_the_plain_form_and_everybody_gets_it(client, new_client, make, work):
    version = make.dataset_version(make.dataset())
    steward = make.data_steward(version.dataset.holder).account
    client.login(steward)
    page = f"/datasets/{version.dataset_id}/versions/1/file"
    assert "CP949" in client.get(page).text
    assert client.post(page, data={}).status_code == 400
    bad = client.post(page, data={"upload": (io.BytesIO(b"x"), "a.zip")})
    assert (bad.status_code, "CSV 파일만" in bad.text) == (400, True)
    sent = client.post(page, data={"upload": (io.BytesIO(TEXT.encode("cp949")), "전기.csv")})
    assert sent.status_code == 303
    assert "검사하고 있어요" in client.get(sent.location).text
    assert "벌써 파일이 있어요" in client.get(page).text
    assert work() == [JobState.DONE]
    client = new_client()
    shown = client.get(sent.location)
    assert "CP949" in shown.text
    assert "파일 거두기" not in shown.text
    file = db.session.scalars(sa.select(DataFile)).one()
    assert data_in(client.get(url_of(file, "/data.zip")))["전기.csv"] == TEXT.encode("cp949")
    assert "전기.csv" in client.get(f"/datasets/{version.dataset_id}").text
    kept = kept_files([version.id])[version.id][0]
    assert (kept.path, kept.download_path, kept.size_bytes) == (
        url_of(file),
        url_of(file, "/data.csv"),
        file.size_bytes,
    )


def test_what_the_check_found_is_for_those_who_keep_the_file(client, make, work):
    version = make.dataset_version(make.dataset())
    client.login(make.analyst())
    body = TEXT + "2026-01-01,010-1234-5678,1\n"
    sent = client.post(
        f"/datasets/{version.dataset_id}/versions/1/file", data={"upload": (io.BytesIO(body.encode()), "a.csv")}
    )
    work()
    page = client.get(sent.location).text
    assert "8번째 줄" in page
    assert "전화번호, 전자우편" in page
    assert "010-1234" not in page
    assert client.login(make.citizen()).get(sent.location).status_code == 404


def test_terms_and_dictionary_travel_with_the_data(client, make):
    file = make.data_file()
    dataset = file.version.dataset
    entries = data_in(client.get(url_of(file, "/data.zip")))
    assert list(entries) == ["이용조건.txt", "자료사전.csv", "전기 <script>.csv"]
    terms = entries["이용조건.txt"].decode()
    assert all(word in terms for word in (dataset.title, "CC BY 4.0", file.sha256, dataset.holder.name))
    assert "사용량" in entries["자료사전.csv"].decode()
    plain = client.get(url_of(file, "/data.csv"))
    assert plain.data == current_store().get(file.sha256)
    assert f'<{url_of(file, "/terms.txt")}>; rel="terms-of-service"' in plain.headers["Link"]
    assert client.get(url_of(file, "/terms.txt")).data == entries["이용조건.txt"]
    assert client.get(url_of(file, "/dictionary.csv")).data == entries["자료사전.csv"]


@pytest.mark.parametrize("kind", ["zip", "csv"])
def test_a_download_goes_on_from_any_place(client, make, monkeypatch, kind):
    monkeypatch.setattr(serving, "PIECE_BYTES", 16)
    file = make.data_file()
    url = url_of(file, f"/data.{kind}")
    whole = client.get(url)
    assert whole.headers["Accept-Ranges"] == "bytes"
    assert int(whole.headers["Content-Length"]) == len(whole.data)
    for first, last in ((0, 0), (3, 40), (len(whole.data) - 60, len(whole.data) - 1)):
        part = client.get(url, headers={"Range": f"bytes={first}-{last}"})
        assert (part.status_code, part.data) == (206, whole.data[first : last + 1])
        assert part.headers["Content-Range"] == f"bytes {first}-{last}/{len(whole.data)}"
    changed = client.get(url, headers={"Range": "bytes=3-", "If-Range": '"another"'})
    assert (changed.status_code, changed.data) == (200, whole.data)
    assert client.get(url, headers={"Range": "bytes=9999999-"}).status_code == 416
    assert client.get(url, headers={"If-None-Match": whole.headers["ETag"]}).status_code == 304
    head = client.head(url)
    assert (head.data, head.headers["Content-Length"]) == (b"", whole.headers["Content-Length"])


def test_a_link_is_logged_and_serves_only_who_got_it_for_fifteen_minutes(client, new_client, make):
    file, steward = restricted(make)
    other = make.analyst()
    client.login(steward)
    assert client.get(url_of(file, "/data.zip")).status_code == 403
    link = client.post(url_of(file, "/link"))
    assert link.status_code == 303
    assert data_in(client.get(link.location))
    logged = db.session.scalars(sa.select(DataDownload)).one()
    assert (logged.file_id, logged.account_id) == (file.id, steward.id)
    passed_on = client.login(other).get(link.location)
    assert (passed_on.status_code, "다른 사람에게 준 링크" in passed_on.text) == (403, True)
    client.login(steward)
    token = parse_qs(urlsplit(link.location).query)["link"][0]
    assert client.get(url_of(file, f"/data.zip?link={token}x")).status_code == 403
    assert client.get(url_of(file, "/data.csv")).status_code == 403
    assert new_client().get(link.location).status_code in {302, 303, 401}


def test_an_expired_link_says_so(client, make, monkeypatch):
    file, steward = restricted(make)
    client.login(steward)
    link = client.post(url_of(file, "/link")).location
    monkeypatch.setattr("forum.response.datafiles.services.LINK_STAYS", timedelta(seconds=-1))
    late = client.get(link)
    assert (late.status_code, "15분이 지났어요" in late.text) == (410, True)


@pytest.mark.parametrize("sensitivity", [Sensitivity.RESTRICTED, Sensitivity.AGGREGATE])
def test_others_are_told_why_they_get_no_rows(client, make, sensitivity):
    file, _steward = restricted(make, sensitivity)
    words = {Sensitivity.RESTRICTED: "승인받은 사람만", Sensitivity.AGGREGATE: "집계한 값만"}[sensitivity]
    assert words in client.get(url_of(file)).text
    client.login(make.citizen())
    refused = client.post(url_of(file, "/link"))
    assert (refused.status_code, words in refused.text) == (403, True)
    assert kept_files([file.version_id])[file.version_id][0].download_path == ""


def test_a_withdrawal_stops_a_download_in_the_middle(client, make, monkeypatch):
    monkeypatch.setattr(serving, "PIECE_BYTES", 16)
    file, steward = restricted(make, text=TEXT + "2026-01-01,학교,1.5\n" * 90)
    client.login(steward)
    link = client.post(url_of(file, "/link")).location
    answer = client.get(link, buffered=False)
    pieces = answer.iter_encoded()
    next(pieces)
    assert next(pieces)
    withdrawn = client.post(url_of(file, "/withdraw"), data={"seen": file.revision, "reason": "잘못된 달이 있어요."})
    assert withdrawn.status_code == 303
    with pytest.raises(Withdrawn):
        list(pieces)
    gone = client.get(link)
    assert gone.status_code == 410
    assert "잘못된 달이 있어요." in client.get(url_of(file)).text
    assert kept_files([file.version_id])[file.version_id] == []


def test_only_keepers_withdraw_and_see_the_new_state_after_a_conflict(client, make):
    file, _steward = restricted(make)
    client.login(make.citizen())
    assert client.post(url_of(file, "/withdraw"), data={"seen": 1, "reason": "까닭"}).status_code == 403
    client.login(make.analyst())
    assert client.post(url_of(file, "/withdraw"), data={"seen": 1, "reason": ""}).status_code == 400
    late = client.post(url_of(file, "/withdraw"), data={"seen": 9, "reason": "까닭"})
    assert (late.status_code, "까닭" in late.text, file.state) == (409, True, DataFileState.READY)


def test_a_store_that_is_gone_is_said_in_words_and_lost_bytes_are_not_found(client, make, monkeypatch):
    file = make.data_file()
    with monkeypatch.context() as patch:
        patch.setattr(BlobStore, "head", lambda *_arguments: (_ for _ in ()).throw(StoreGone()))
        answer = client.get(url_of(file, "/data.zip"))
        assert (answer.status_code, "자료 파일을 보관하는 곳" in answer.text) == (503, True)
    current_store().delete(file.sha256)
    assert client.get(url_of(file, "/data.csv")).status_code == 404


def test_parts_go_by_their_own_requests(client, make, monkeypatch):
    version, data = make.dataset_version(make.dataset()), TEXT.encode()
    client.login(make.data_steward(version.dataset.holder).account)
    begin = f"/datasets/{version.dataset_id}/versions/1/uploads"
    assert client.post(begin, data={"name": "전기.csv", "size": "x"}).status_code == 400
    begun = client.post(begin, data={"name": "전기.csv", "size": len(data)}).json
    assert (begun["n_parts"], begun["parts"]) == (1, {})
    assert "1조각 가운데 0조각이 올라와 있어요." in client.get(begin.removesuffix("uploads") + "file").text
    part = f"{begun['address']}/parts/1"
    sha256 = hashlib.sha256(data).hexdigest()
    for _time in range(2):
        kept = client.post(part, data={"part": (io.BytesIO(data), "part"), "sha256": sha256})
        assert kept.json == {"number": 1, "sha256": sha256}
    assert client.post(begin, data={"name": "전기.csv", "size": len(data)}).json["parts"] == {"1": sha256}
    assert client.post(f"{begun['address']}/finish").json["url"].startswith("/datasets/files/")
    assert client.login(make.analyst()).post(part, data={}).status_code == 404


def test_figures_of_a_sensitive_set_are_for_everybody(client, new_client, make, work):
    text = "달,유형,사용량\n" + "2026-01-01,학교,1.5\n" * 7 + "2026-01-01,병원,2\n" * 6 + "2026-01-01,창고,9\n"
    file, steward = restricted(make, Sensitivity.AGGREGATE, text)
    client.login(steward)
    assert client.post(url_of(file, "/aggregates"), data={"by": "사용량"}).status_code == 400
    assert client.post(url_of(file, "/aggregates"), data={"by": "유형", "total": ""}).status_code == 303
    assert work() == [JobState.DONE]
    client = new_client()
    page = client.get(url_of(file)).text
    assert "가림" in page
    made = db.session.scalars(sa.select(DataAggregate)).one()
    rows = client.get(f"/datasets/files/aggregates/{made.id}.csv").data.decode("utf-8-sig").splitlines()
    assert rows == ["유형,줄 수", "병원,가림", "창고,가림", "학교,7"]


def test_a_form_that_is_too_large_is_refused(client, make, monkeypatch):
    monkeypatch.setattr(desk_views, "FORM_BYTES", 10)
    version = make.dataset_version(make.dataset())
    client.login(make.analyst())
    answer = client.post(
        f"/datasets/{version.dataset_id}/versions/1/file", data={"upload": (io.BytesIO(TEXT.encode()), "a.csv")}
    )
    assert answer.status_code == 400
