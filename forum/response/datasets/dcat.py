"""The registry as linked data: DCAT-AP 3.0.1, the profile by which European catalogues describe data.

Terms: DCAT 3 (w3.org/TR/vocab-dcat-3), DCAT-AP 3.0.1 (semiceu.github.io/DCAT-AP/releases/3.0.1), the dictionary in CSV
on the Web (w3.org/TR/tabular-data-model), what one row is in DDI-RDF (rdf-vocabulary.ddialliance.org/discovery), price
in schema.org, what is personal in DPV (w3id.org/dpv). Tests check it against the profile's own shapes.

Every copy of the newest published version is a distribution: files that the forum keeps, then the holder's addresses.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import current_app

from forum.core.i18n import _
from forum.core.links import address_of
from forum.core.reference import regions
from forum.response.datasets.distributions import KeptFile, kept_files
from forum.response.datasets.linked_data import XSD, Record, full_name
from forum.response.datasets.models import (
    ColumnType,
    DataHolder,
    Dataset,
    DatasetColumn,
    DatasetState,
    DatasetVersion,
    FileFormat,
    HolderKind,
)
from forum.response.datasets.quality import newest_versions
from forum.response.datasets.vocabularies import (
    ACCESS_RIGHT,
    ACCESS_RIGHTS,
    AUTHORITY,
    DATA_THEME,
    FILE_TYPE,
    FREQUENCIES,
    FREQUENCY,
    KOREA,
    KOREAN,
    LICENCES,
    MEDIA_TYPE,
    MEDIA_TYPES,
    THEME_NAMES,
    THEMES,
)

if TYPE_CHECKING:
    from rdflib import Graph

STATUSES = {DatasetState.TALKING: "DEVELOP", DatasetState.OFFERED: "COMPLETED", DatasetState.ENDED: "WITHDRAWN"}
PUBLISHER_TYPES = {
    HolderKind.COMPANY: "http://purl.org/adms/publishertype/Company",
    HolderKind.ASSOCIATION: "http://purl.org/adms/publishertype/NonProfitOrganisation",
    HolderKind.PUBLIC_BODY: "http://purl.org/adms/publishertype/NationalAuthority",
}
DATATYPES = {
    ColumnType.TEXT: "string",
    ColumnType.INTEGER: "integer",
    ColumnType.NUMBER: "decimal",
    ColumnType.DATE: "date",
    ColumnType.DATETIME: "dateTime",
    ColumnType.BOOLEAN: "boolean",
    ColumnType.CODE: "token",
}
IDENTIFYING, SENSITIVE = "dpv:IdentifyingPersonalData", "dpv:SensitivePersonalData"


def catalogue_graph(datasets: Sequence[Dataset]) -> Graph:
    """Return the catalogue with these datasets, their newest published versions and all copies of those."""
    record = Record()
    catalogue = address_of("/datasets/catalogue")
    record.node(catalogue, "dcat:Catalog", ("foaf:homepage", record.document(address_of("/datasets"))))
    record.words(catalogue, "dct:title", _("탄소중립 국민포럼의 공익데이터"))
    record.words(
        catalogue, "dct:description", _("시민의 제안을 푸는 데 쓰도록 기업과 단체, 공공기관이 함께 쓰는 자료예요.")
    )
    publisher = record.node(f"{catalogue}#publisher", "foaf:Agent")
    record.words(publisher, "foaf:name", str(current_app.config["OPERATOR_NAME"]))
    record.add(catalogue, "dct:publisher", publisher)
    record.add(catalogue, "dct:language", record.node(KOREAN, "dct:LinguisticSystem"))
    record.add(catalogue, "dcat:themeTaxonomy", record.node(AUTHORITY + "data-theme", "skos:ConceptScheme"))
    record.words(AUTHORITY + "data-theme", "dct:title", "Data theme", "en")
    for dataset in datasets:
        record.add(catalogue, "dcat:dataset", address_of(f"/datasets/{dataset.id}"))
    _add_datasets(record, datasets)
    return record.graph


def dataset_graph(dataset: Dataset) -> Graph:
    """Return the record of one dataset alone."""
    record = Record()
    _add_datasets(record, [dataset])
    return record.graph


def _add_datasets(record: Record, datasets: Sequence[Dataset]) -> None:
    versions = newest_versions([dataset.id for dataset in datasets])
    kept = kept_files(version.id for version in versions.values())
    for dataset in datasets:
        me = _add_dataset(record, dataset)
        version = versions.get(dataset.id)
        if version is not None:
            _add_version(record, me, version)
            for place, copy in enumerate(_copies(version, kept[version.id]), start=1):
                _add_copy(record, me, dataset, f"{me}#v{version.number}-{place}", copy)


def _add_dataset(record: Record, dataset: Dataset) -> str:
    me = record.node(address_of(f"/datasets/{dataset.id}"), "dcat:Dataset")
    record.words(me, "dct:identifier", dataset.identifier or me, None)
    record.words(me, "dct:title", dataset.title)
    record.words(me, "dct:description", dataset.summary)
    for keyword in dataset.keywords:
        record.words(me, "dcat:keyword", keyword)
    record.add(me, "dcat:landingPage", record.document(me))
    record.add(me, "dct:language", record.node(KOREAN, "dct:LinguisticSystem"))
    record.value(me, "dct:issued", dataset.offered_at and dataset.offered_at.isoformat(), "dateTime")
    record.value(me, "dct:modified", dataset.changed_at.isoformat(), "dateTime")
    _add_classes(record, me, dataset)
    _add_coverage(record, me, dataset)
    _add_holder(record, me, dataset.holder)
    if dataset.price_won:
        offer = record.node(f"{me}#offer", "schema:Offer")
        record.value(offer, "schema:price", dataset.price_won, "integer")
        record.words(offer, "schema:priceCurrency", "KRW", None)
        record.add(me, "schema:offers", offer)
    return me


def _add_classes(record: Record, me: str, dataset: Dataset) -> None:
    theme = THEMES[dataset.sector]
    record.add(me, "dcat:theme", record.concept(DATA_THEME + theme, THEME_NAMES[theme], "en"))
    sector = record.concept(address_of(f"/datasets#sector-{dataset.sector.value}"), dataset.sector.label)
    record.words(sector, "skos:notation", dataset.sector.value, None)
    record.add(me, "dcat:theme", sector)
    status = record.concept(AUTHORITY + f"dataset-status/{STATUSES[dataset.state]}", dataset.state.label)
    record.add(me, "adms:status", status)
    refresh = record.node(FREQUENCY + FREQUENCIES[dataset.refresh], "dct:Frequency")
    record.add(me, "dct:accrualPeriodicity", refresh)
    right = record.node(ACCESS_RIGHT + ACCESS_RIGHTS[dataset.sensitivity], "dct:RightsStatement")
    record.add(me, "dct:accessRights", right)
    unit = record.node(f"{me}#row", "disco:AnalysisUnit")
    record.words(unit, "skos:prefLabel", dataset.row_means)
    record.add(me, "disco:analysisUnit", unit)


def _add_coverage(record: Record, me: str, dataset: Dataset) -> None:
    place = record.node(KOREA, "dct:Location")
    if dataset.region_code is not None:
        place = record.node(address_of(f"/datasets#region-{dataset.region_code}"), "dct:Location")
        record.words(place, "skos:notation", dataset.region_code, None)
        record.words(place, "skos:prefLabel", regions()[dataset.region_code].name)
    record.add(me, "dct:spatial", place)
    if dataset.period_from is not None:
        period = record.node(f"{me}#period", "dct:PeriodOfTime")
        record.value(period, "dcat:startDate", dataset.period_from, "date")
        record.value(period, "dcat:endDate", dataset.period_until, "date")
        record.add(me, "dct:temporal", period)


def _add_holder(record: Record, me: str, holder: DataHolder) -> None:
    agent = record.node(address_of(f"/data-holders/{holder.id}"), "foaf:Agent")
    record.words(agent, "foaf:name", holder.name)
    record.add(agent, "dct:type", record.concept(PUBLISHER_TYPES[holder.kind], holder.kind.label))
    if holder.homepage:
        record.add(agent, "foaf:homepage", record.document(holder.homepage))
    record.add(me, "dct:publisher", agent)
    contact = record.node(f"{agent}#contact", "vcard:Kind", ("rdf:type", full_name("vcard:Organization")))
    record.words(contact, "vcard:fn", holder.contact_office)
    record.add(contact, "vcard:hasEmail", f"mailto:{holder.contact_email}")
    record.add(me, "dcat:contactPoint", contact)


def _add_version(record: Record, me: str, version: DatasetVersion) -> None:
    record.words(me, "dcat:version", str(version.number), None)
    record.words(me, "adms:versionNotes", version.changes)
    if version.columns:
        dictionary = record.node(f"{me}#columns", "csvw:Schema")
        record.add(me, "csvw:tableSchema", dictionary)
        record.list(dictionary, "csvw:column", [_add_column(record, me, column) for column in version.columns])


def _add_column(record: Record, me: str, column: DatasetColumn) -> str:
    one = record.node(f"{me}#column-{column.position}", "csvw:Column")
    record.words(one, "csvw:name", column.name, None)
    record.words(one, "dct:description", column.meaning)
    record.add(one, "csvw:datatype", XSD + DATATYPES[column.type])
    record.words(one, "schema:unitText", column.unit, None)
    for is_so, kind in ((column.is_identifying, IDENTIFYING), (column.is_sensitive, SENSITIVE)):
        if is_so:
            record.add(one, "dct:type", full_name(kind))
    return one


@dataclass(frozen=True)
class _Copy:
    title: str
    access_url: str
    download_url: str
    format: FileFormat
    size_bytes: int | None


def _copies(version: DatasetVersion, kept: Sequence[KeptFile]) -> Iterator[_Copy]:
    for file in kept:
        download_url = address_of(file.download_path) if file.download_path else ""
        yield _Copy(file.title, address_of(file.path), download_url, file.format, file.size_bytes)
    for one in version.distributions:
        yield _Copy(one.title, one.access_url, one.download_url, one.format, one.size_bytes)


def _add_copy(record: Record, me: str, dataset: Dataset, address: str, copy: _Copy) -> None:
    one = record.node(address, "dcat:Distribution", ("dcat:accessURL", copy.access_url))
    record.words(one, "dct:title", copy.title)
    if copy.download_url:
        record.add(one, "dcat:downloadURL", copy.download_url)
    record.add(one, "dct:format", record.node(FILE_TYPE + copy.format.value, "dct:MediaTypeOrExtent"))
    record.add(one, "dcat:mediaType", record.node(MEDIA_TYPE + MEDIA_TYPES[copy.format], "dct:MediaType"))
    record.value(one, "dcat:byteSize", copy.size_bytes, "nonNegativeInteger")
    licence = record.node(LICENCES.get(dataset.licence, f"{me}#terms"), "dct:LicenseDocument")
    record.words(licence, "rdfs:label", dataset.licence.label)
    record.add(one, "dct:license", licence)
    rights = record.node(f"{me}#rights", "dct:RightsStatement")
    record.words(rights, "rdfs:label", _("받을 수 있는 사람: %(who)s", who=dataset.sensitivity.label))
    record.words(rights, "dct:description", dataset.terms)
    record.add(one, "dct:rights", rights)
    record.add(me, "dcat:distribution", one)
