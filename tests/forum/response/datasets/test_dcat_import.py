from __future__ import annotations

import json
import socket

import pytest
import rdflib
import sqlalchemy as sa
from rdflib.compare import isomorphic

from forum.core.access import SYSTEM
from forum.core.errors import Forbidden, InvalidInput
from forum.core.extensions import db
from forum.core.links import address_of
from forum.response.datasets import linked_input
from forum.response.datasets.dcat import catalogue_graph
from forum.response.datasets.dcat_import import import_catalogue
from forum.response.datasets.linked_data import as_jsonld, as_turtle
from forum.response.datasets.linked_input import JSON_LD, TURTLE, read_graph
from forum.response.datasets.models import Dataset, DatasetState, Licence, Sensitivity
from forum.response.datasets.queries import draft_version
from tests.forum.response.datasets.rows import full_dataset, publish

SQLITE = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
ELSEWHERE = "https://elsewhere.example"
WRITERS = {TURTLE: as_turtle, JSON_LD: as_jsonld}
MINIMAL = """
@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> . @prefix vcard: <http://www.w3.org/2006/vcard/ns#> .
<https://a.example/1> a dcat:Dataset ; dct:title "Bike trips"@en , "자전거 대여"@ko ;
  dct:description "대여소마다 빌린 횟수예요." ; dct:publisher [ foaf:name "따릉 협동조합" ] ;
  dcat:contactPoint [ vcard:fn "자료팀" ; vcard:hasEmail <mailto:data@bike.example> ] ;
  dcat:distribution [ dct:license <http://creativecommons.org/licenses/by/4.0/> ;
    dcat:accessURL <https://a.example/csv> ; dcat:mediaType "text/csv" ] ,
    [ dct:title "PDF" ; dcat:accessURL <https://a.example/pdf> ; dct:format "PDF" ] .
"""


@pytest.fixture(autouse=True)
def few_triples(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(linked_input, "MAX_TRIPLES", 2_000)


def test_a_minimal_record_becomes_a_proposal_and_says_what_was_filled_in(make):
    report = import_catalogue(make.analyst(), MINIMAL.encode(), TURTLE)
    [dataset] = report.made
    assert (dataset.title, dataset.state) == ("자전거 대여", DatasetState.PROPOSED)
    assert (dataset.licence, dataset.sensitivity) == (Licence.CC_BY_4, Sensitivity.RESTRICTED)
    assert dataset.holder.contact_email == "data@bike.example"
    assert [one.access_url for one in draft_version(dataset.id).distributions] == ["https://a.example/csv"]
    assert {subject for subject, _words in report.notes} == {"https://a.example/1"}
    assert any("PDF" in words for _subject, words in report.notes)


def test_a_second_time_nothing_changes_and_it_says_so(make):
    analyst = make.analyst()
    [dataset] = import_catalogue(analyst, MINIMAL.encode(), TURTLE).made
    dataset.title = "고친 제목"
    report = import_catalogue(analyst, MINIMAL.encode(), TURTLE)
    assert (list(report.made), list(report.known)) == ([], ["https://a.example/1"])
    assert db.session.scalars(sa.select(Dataset.title)).all() == ["고친 제목"]


@SQLITE
def test_what_left_here_is_known_when_it_comes_back(make):
    dataset = full_dataset(make)
    data = as_turtle(catalogue_graph([dataset]))
    assert import_catalogue(make.analyst(), data, TURTLE).known == [address_of(f"/datasets/{dataset.id}")]


@SQLITE
@pytest.mark.parametrize("media_type", [TURTLE, JSON_LD])
def test_export_import_export_is_the_same(make, media_type):
    first = full_dataset(make, licence=Licence.TERMS, terms="연구에만 써요.", sensitivity=Sensitivity.AGGREGATE)
    written = WRITERS[media_type](catalogue_graph([first])).decode()
    moved = written.replace(address_of(""), ELSEWHERE).replace("한빛전력", "달빛전력")
    [second] = import_catalogue(make.analyst(), moved.encode(), media_type).made
    second.state, second.offered_at, second.changed_at = first.state, first.offered_at, first.changed_at
    publish(draft_version(second.id))
    again = WRITERS[media_type](catalogue_graph([second])).decode()
    assert isomorphic(_as_if_first(again, first, second), read_graph(written.encode(), media_type))


def _as_if_first(text: str, first: Dataset, second: Dataset) -> rdflib.Graph:
    """Undo what an import rightly changes: numbers here, and the name that was changed for the test."""
    base = address_of("")
    for there, here in (
        (f"{ELSEWHERE}/datasets/{first.id}", f"{base}/datasets/{first.id}"),
        (f"{base}/datasets/{second.id}", f"{base}/datasets/{first.id}"),
        (f"{base}/data-holders/{second.holder_id}", f"{base}/data-holders/{first.holder_id}"),
        ("달빛전력", "한빛전력"),
    ):
        text = text.replace(there, here)
    return read_graph(text.encode(), JSON_LD if text.startswith("{") else TURTLE)


@SQLITE
def test_every_mistake_is_told_with_its_subject_and_nothing_is_kept(make):
    bad = MINIMAL.replace('"자전거 대여"@ko', '"900101-1234567"@ko') + MINIMAL.partition("<https")[0]
    bad += '<https://a.example/2> a dcat:Dataset ; dct:description "제목이 없어요." .'
    with pytest.raises(InvalidInput) as refused:
        import_catalogue(make.analyst(), bad.encode(), TURTLE)
    assert list(refused.value.errors) == ["https://a.example/2"]
    with pytest.raises(InvalidInput) as refused:
        import_catalogue(make.analyst(), bad.rpartition("<https")[0].encode(), TURTLE)
    assert "주민등록번호" in refused.value.errors["https://a.example/1"]
    db.session.rollback()
    assert db.session.scalar(sa.select(sa.func.count(Dataset.id))) == 0


DCT, VCARD = "http://purl.org/dc/terms/", "http://www.w3.org/2006/vcard/ns#"


@pytest.mark.parametrize("odd", ["a\x00", "a\ud800"])
@pytest.mark.parametrize("place", ["title", "identifier", "publisher"])
def test_what_no_database_takes_is_refused_in_words(make, place, odd):
    record = {
        "@id": "https://a.example/1",
        "@type": "http://www.w3.org/ns/dcat#Dataset",
        DCT + "title": "자전거 대여",
        DCT + "description": "대여소마다 빌린 횟수예요.",
        DCT + "publisher": {"http://xmlns.com/foaf/0.1/name": odd if place == "publisher" else "따릉 협동조합"},
        "http://www.w3.org/ns/dcat#contactPoint": {VCARD + "fn": "자료팀", VCARD + "hasEmail": "mailto:a@bike.example"},
    }
    if place != "publisher":
        record[DCT + place] = odd
    with pytest.raises(InvalidInput):
        import_catalogue(make.analyst(), json.dumps(record).encode(), JSON_LD)


@SQLITE
def test_only_keepers_with_an_account_import(make):
    for actor in (make.citizen(), make.officer(), SYSTEM):
        with pytest.raises(Forbidden):
            import_catalogue(actor, MINIMAL.encode(), TURTLE)


REMOTE = "https://evil.example/context.jsonld"


@pytest.mark.parametrize(
    "content",
    [
        {"@context": REMOTE},
        {"@context": [{}, REMOTE]},
        {"@context": {"@import": REMOTE}},
        {"@context": {"term": {"@id": "https://a.example/", "@context": REMOTE}}},
        {"@graph": [{"https://a.example/p": {"@context": [None, REMOTE]}}]},
        [{"@context": {"T": {"@id": "https://a.example/T", "@context": {"@import": REMOTE}}}, "@type": "T"}],
    ],
)
def test_a_context_elsewhere_is_refused_before_anything_is_looked_up(content, monkeypatch):
    looked_up: list[object] = []
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **_more: looked_up.append(args))
    with pytest.raises(InvalidInput, match="@context"):
        read_graph(json.dumps(content).encode(), JSON_LD)
    assert looked_up == []


@pytest.mark.parametrize(
    ("data", "media_type", "words"),
    [
        ("<?xml version='1.0'?><rdf:RDF/>", TURTLE, "XML"),
        ("<rdf:RDF/>", "application/rdf+xml", "XML"),
        ('{"a": "\\u003c!DOCTYPE x"}', JSON_LD, "DOCTYPE"),
        ('<a:a> <a:b> "<!ENTITY x>" .', TURTLE, "DOCTYPE"),
        ("[" * 100_000, JSON_LD, "깊이"),
        ("<a:a> <a:b> " + "[<a:b> " * 5_000, TURTLE, "깊이"),
        ("@prefix e: <a:> . e:s e:a\\' " + "[" * 3_000 + " e:b\\' .", TURTLE, "깊이"),
        ("<a:a> <a:b> " + "9" * 5_000 + " .", TURTLE, "숫자"),
        ("<a:a> <a:b> " + ",".join(map(str, range(3_000))) + " .", TURTLE, "많아요"),
        ("x" * (2 * 2**20 + 1), TURTLE, "2MB"),
        ("<a:a> <a:b>\n<a:c> <a:d> <a:e> .", TURTLE, "줄"),
        ('{"a": NaN}', JSON_LD, "JSON"),
        ('{"@context": {"a": {"@id": 7}}, "a": 1}', JSON_LD, "JSON-LD"),
    ],
)
def test_hostile_files_are_refused_in_words(data, media_type, words):
    with pytest.raises(InvalidInput, match=words):
        read_graph(data.encode(), media_type)


def test_other_encodings_are_refused_in_words():
    with pytest.raises(InvalidInput, match="UTF-8"):
        read_graph('<a:a> <a:b> "전력" .'.encode("cp949"), TURTLE)


def test_prefixes_and_tags_that_took_rdflib_minutes_are_read():
    prefixes = "".join(f"@prefix a{n}: <http://a/{n}#> .\n" for n in range(20_000))
    html = "<b>" * 100_000
    text = f'{prefixes}<a:a> <a:b> "{html}"^^<http://www.w3.org/1999/02/22-rdf-syntax-ns#HTML> .'
    assert len(read_graph(text.encode(), TURTLE)) == 1
