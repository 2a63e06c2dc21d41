from __future__ import annotations

import io

import pytest
import rdflib
import sqlalchemy as sa
from rdflib.namespace import DCAT, RDF

from forum.core.extensions import db
from forum.response.datasets.linked_input import JSON_LD, TURTLE, read_graph
from forum.response.datasets.models import Dataset, DatasetState
from forum.response.datasets.rating import refresh_points
from tests.forum.response.datasets.rows import full_dataset
from tests.forum.response.datasets.test_dcat_import import MINIMAL

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)


def datasets_in(response, media_type: str) -> set[str]:
    graph = read_graph(response.data, media_type)
    return {str(one).rpartition("/")[2] for one in graph.subjects(RDF.type, DCAT.Dataset)}


@pytest.mark.parametrize(("notation", "media_type"), [("ttl", TURTLE), ("jsonld", JSON_LD)])
def test_anybody_takes_the_catalogue_and_one_record(client, make, notation, media_type):
    open_one, _proposal = full_dataset(make), make.dataset(state=DatasetState.PROPOSED)
    whole = client.get(f"/datasets/catalogue.{notation}")
    assert whole.content_type == f"{media_type}; charset=utf-8"
    assert datasets_in(whole, media_type) == {str(open_one.id)}
    assert datasets_in(client.get(f"/datasets/{open_one.id}.{notation}"), media_type) == {str(open_one.id)}


def test_who_has_the_same_bytes_is_told_so(client, make):
    full_dataset(make)
    etag = client.get("/datasets/catalogue.ttl").headers["ETag"]
    again = client.get("/datasets/catalogue.ttl", headers={"If-None-Match": etag})
    assert (again.status_code, again.data) == (304, b"")


def test_a_proposal_has_no_record_not_even_for_its_analyst(client, make):
    proposal = make.dataset(state=DatasetState.PROPOSED)
    assert client.login(make.analyst()).get(f"/datasets/{proposal.id}.ttl").status_code == 404
    assert client.get("/datasets/1.xml").status_code == 404


def upload(client, content: str, name: str = "catalogue.ttl"):
    data = {"file": (io.BytesIO(content.encode()), name)}
    return client.post("/datasets/import", data=data, content_type="multipart/form-data")


def test_an_analyst_imports_a_file_twice(client, make):
    client.login(make.analyst())
    assert "2MB" in client.get("/datasets/import").get_data(as_text=True)
    assert upload(client, MINIMAL).status_code == 303
    assert "새로 제안한 자료 1개" in client.get("/datasets/desk").get_data(as_text=True)
    upload(client, MINIMAL)
    assert "이미 있어 그대로 둔 자료 1개" in client.get("/datasets/desk").get_data(as_text=True)
    assert db.session.scalar(sa.select(sa.func.count(Dataset.id))) == 1


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (
            MINIMAL.replace("dct:description", "dct:abstract"),
            "a.ttl",
            "example/1: 빠져 있어요: 설명(dct:description)",
        ),
        ('{"@context": "https://evil.example/"}', "a.jsonld", "다른 곳에 있는 @context"),
        ("<rdf:RDF/>", "a.rdf", "RDF/XML은 받지 않아요"),
        ("", "a.ttl", "자료(dcat:Dataset)가 없어요"),
    ],
)
def test_what_is_wrong_with_a_file_stands_on_the_page(client, make, content, name, words):
    answer = upload(client.login(make.analyst()), content, name)
    assert answer.status_code == 400
    assert words in answer.get_data(as_text=True)


def test_a_catalogue_of_fifty_megabytes_is_refused_in_words(client, make):
    """By its length: nothing of it is read. Of what fits into a request 2 MB are read (`test_dcat_import`)."""
    client.login(make.analyst())
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.ttl"\r\n\r\n'
    body = head + MINIMAL.encode() + b"#" * (50 << 20) + b"\r\n--x--\r\n"
    answer = client.post("/datasets/import", data=body, content_type="multipart/form-data; boundary=x")
    assert (answer.status_code, "크기를 넘었어요" in answer.get_data(as_text=True)) == (413, True)
    assert db.session.scalar(sa.select(sa.func.count(Dataset.id))) == 0


def test_a_catalogue_with_entities_is_refused_in_words(client, make):
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><rdf:RDF>&b;</rdf:RDF>'
    answer = upload(client.login(make.analyst()), bomb, "a.rdf")
    assert (answer.status_code, "RDF/XML은 받지 않아요" in answer.get_data(as_text=True)) == (400, True)


def test_only_analysts_import(client, make):
    assert upload(client.login(make.citizen()), MINIMAL).status_code == 403


def test_the_page_says_what_the_description_lacks(client, make):
    dataset = full_dataset(make)
    refresh_points(dataset)
    page = client.get(f"/datasets/{dataset.id}").get_data(as_text=True)
    assert "405점 가운데 405점" in page
    dataset.keywords = []
    page = client.get(f"/datasets/{dataset.id}").get_data(as_text=True)
    assert "찾는 낱말을 하나 이상 적어 주세요." in page
    assert isinstance(read_graph(client.get(f"/datasets/{dataset.id}.ttl").data, TURTLE), rdflib.Graph)
