"""Writes linked data (RDF) with fixed bytes: one graph, addresses for every node but the cells of a list.

rdflib is imported where a graph is made, which no process does to start.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

if TYPE_CHECKING:
    from rdflib import Graph

XSD = "http://www.w3.org/2001/XMLSchema#"
PREFIXES = {
    "adms": "http://www.w3.org/ns/adms#",
    "csvw": "http://www.w3.org/ns/csvw#",
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "disco": "http://rdf-vocabulary.ddialliance.org/discovery#",
    "dpv": "https://w3id.org/dpv#",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "schema": "http://schema.org/",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "xsd": XSD,
}
_SAFE_IN_ADDRESS = "!#$%&'()*+,/:;=?@[]~"


def as_turtle(graph: Graph) -> bytes:
    return graph.serialize(format="turtle", encoding="utf-8")


def as_jsonld(graph: Graph) -> bytes:
    """Write a graph with its own prefixes, in a fixed order; lists keep theirs."""
    nodes = json.loads(graph.serialize(format="json-ld", context=PREFIXES, auto_compact=False))
    return (json.dumps(_sorted(nodes), ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: one if key == "@list" else _sorted(one) for key, one in value.items()}
    if isinstance(value, list):
        return sorted(map(_sorted, value), key=lambda one: json.dumps(one, sort_keys=True))
    return value


class Record:
    """Writes into one graph. Names are such as "dct:title"; what is no name is an address."""

    def __init__(self) -> None:
        import rdflib

        self.rdf = rdflib
        self.graph: Graph = rdflib.Graph(bind_namespaces="none")
        for prefix, namespace in PREFIXES.items():
            self.graph.bind(prefix, namespace)

    def node(self, address: str, kind: str, *properties: tuple[str, str]) -> str:
        """Say of what kind a node is, and more of it."""
        for name, value in (("rdf:type", full_name(kind)), *properties):
            self.add(address, name, value)
        return address

    def add(self, subject: str, name: str, address: str) -> None:
        self._put(subject, name, self.rdf.URIRef(_iri(address)))

    def words(self, subject: str, name: str, text: str, language: str | None = "ko") -> None:
        if text:
            self._put(subject, name, self.rdf.Literal(text, lang=language))

    def value(self, subject: str, name: str, text: object, datatype: str) -> None:
        if text is not None:
            self._put(subject, name, self.rdf.Literal(str(text), datatype=self.rdf.URIRef(XSD + datatype)))

    def list(self, subject: str, name: str, items: Iterable[str]) -> None:
        cells = self.rdf.BNode(f"{subject}-{name}")
        self._put(subject, name, cells)
        self.rdf.collection.Collection(self.graph, cells, [self.rdf.URIRef(_iri(item)) for item in items])

    def document(self, address: str) -> str:
        return self.node(address, "foaf:Document")

    def concept(self, address: str, name: str, language: str | None = "ko") -> str:
        self.words(self.node(address, "skos:Concept"), "skos:prefLabel", name, language)
        return address

    def _put(self, subject: str, name: str, value: Any) -> None:
        self.graph.add((self.rdf.URIRef(_iri(subject)), self.rdf.URIRef(full_name(name)), value))


def full_name(name: str) -> str:
    prefix, _colon, local = name.partition(":")
    return PREFIXES[prefix] + local


def _iri(address: str) -> str:
    """Return an address that may stand between < and >."""
    return "".join(char if char > "\x7f" and char.isalnum() else quote(char, _SAFE_IN_ADDRESS) for char in address)
