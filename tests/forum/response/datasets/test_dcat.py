from __future__ import annotations

import json

import pytest
import rdflib
from pyshacl import validate
from rdflib.compare import isomorphic
from rdflib.namespace import DCAT, DCTERMS, RDF, SH

from forum.core.extensions import db
from forum.core.reference import DATA_DIR
from forum.response.datasets.dcat import catalogue_graph, dataset_graph
from forum.response.datasets.linked_data import as_jsonld, as_turtle
from forum.response.datasets.linked_input import JSON_LD, read_graph
from forum.response.datasets.models import Licence, Sensitivity
from forum.response.datasets.queries import public_datasets
from tests.forum.response.datasets.rows import full_dataset, holder_of_data, minimal_dataset

SQLITE = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
SHAPES = DATA_DIR / "dcat-ap-3.0.1"


@pytest.fixture(scope="module")
def shapes() -> rdflib.Graph:
    graph = rdflib.Graph()
    for name in ("shapes", "range", "shapes_recommended"):
        graph.parse(SHAPES / f"{name}.ttl")
    return graph


@pytest.fixture
def datasets(make):
    holder = holder_of_data(make)
    full = full_dataset(make, holder=holder)
    terms = {"licence": Licence.TERMS, "terms": "연구에만 써요.", "sensitivity": Sensitivity.AGGREGATE}
    return [full, minimal_dataset(make, holder=holder), full_dataset(make, holder=holder, price_won=0, **terms)]


def violations(graph: rdflib.Graph, shapes: rdflib.Graph) -> list[str]:
    _conforms, report, _text = validate(graph, shacl_graph=shapes, inference=None)
    found = report.subjects(SH.resultSeverity, SH.Violation)
    return [f"{report.value(one, SH.focusNode)} {report.value(one, SH.resultPath)}" for one in found]


@SQLITE
def test_a_full_and_a_minimal_catalogue_violate_no_shape(make, datasets, shapes):
    assert violations(catalogue_graph(datasets), shapes) == []
    assert violations(catalogue_graph(datasets[1:2]), shapes) == []
    assert violations(catalogue_graph([]), shapes) == []
    assert violations(dataset_graph(datasets[0]), shapes) == []


@SQLITE
@pytest.mark.parametrize("name", [DCTERMS.title, DCAT.accessURL, DCTERMS.description])
def test_the_shapes_see_what_is_missing(make, datasets, shapes, name):
    graph = catalogue_graph(datasets)
    graph.remove((None, name, None))
    assert violations(graph, shapes)


@SQLITE
def test_the_shapes_see_what_is_of_a_wrong_kind(make, datasets, shapes):
    graph = catalogue_graph(datasets)
    graph.remove((None, RDF.type, DCTERMS.LicenseDocument))
    assert any("license" in one for one in violations(graph, shapes))


@SQLITE
def test_both_notations_say_the_same_and_every_text_as_it_is(make, datasets):
    graph = catalogue_graph(datasets)
    turtle, jsonld = as_turtle(graph), as_jsonld(graph)
    again = rdflib.Graph().parse(data=turtle, format="turtle")
    from_json = read_graph(jsonld, JSON_LD)
    assert isomorphic(again, from_json)
    assert isomorphic(again, graph)
    titles = {str(title) for title in again.objects(None, DCTERMS.title)}
    assert datasets[0].title in titles
    assert all(isinstance(node.get("@id"), str) for node in json.loads(jsonld)["@graph"])


@SQLITE
def test_more_datasets_ask_the_database_no_more_often(make, datasets, count_queries):
    db.session.commit()
    few = count_queries(lambda: catalogue_graph(public_datasets()[:1]))
    db.session.expire_all()
    assert count_queries(lambda: catalogue_graph(public_datasets())) == few <= 5


@SQLITE
def test_equal_rows_give_equal_bytes(make, datasets):
    first = catalogue_graph(datasets)
    second = rdflib.Graph(bind_namespaces="none")
    for prefix, namespace in first.namespaces():
        second.bind(prefix, namespace)
    for triple in sorted(first, reverse=True):
        second.add(triple)
    assert as_turtle(first) == as_turtle(second)
    assert as_jsonld(first) == as_jsonld(second)
