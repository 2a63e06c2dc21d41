"""Reads descriptions of data out of linked data: DCAT with the terms that `dcat` writes, and those others often use.

What a record does not say, or says in a way the registry does not know, is filled in carefully, and told as a note.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from forum.core.errors import InvalidInput, Mistakes
from forum.core.i18n import _
from forum.core.links import is_web_address
from forum.core.reference import Sector, regions
from forum.core.text import clean_line
from forum.response.datasets.dcat import DATATYPES, IDENTIFYING, PUBLISHER_TYPES, SENSITIVE
from forum.response.datasets.editions import Address
from forum.response.datasets.holders import MAX_HOLDER_CHARS
from forum.response.datasets.linked_data import XSD, full_name
from forum.response.datasets.models import MAX_ADDRESS_CHARS, MAX_KEYWORDS, ColumnType, HolderKind, Licence, Refresh
from forum.response.datasets.models import Sensitivity as Who
from forum.response.datasets.pasted import ColumnLine
from forum.response.datasets.services import Description
from forum.response.datasets.vocabularies import (
    ACCESS_RIGHT,
    ACCESS_RIGHTS,
    DATA_THEME,
    FREQUENCIES,
    FREQUENCY,
    SECTORS,
    format_of,
    licence_at,
)

if TYPE_CHECKING:
    from rdflib import Graph

MAX_DATASETS = 200
HTTPS = ("https",)
KIND_OF_PUBLISHER = {address: kind for kind, address in PUBLISHER_TYPES.items()}
TYPE_OF_COLUMN = {XSD + name: type_ for type_, name in DATATYPES.items()}
REFRESHES = {FREQUENCY + code: refresh for refresh, code in FREQUENCIES.items()}
WHO = {ACCESS_RIGHT + code: who for who, code in ACCESS_RIGHTS.items()}


@dataclass(frozen=True)
class HolderRecord:
    name: str
    kind: HolderKind
    homepage: str
    contact_office: str
    contact_email: str


@dataclass(frozen=True)
class DatasetRecord:
    """A dataset as a catalogue describes it. `subject` is what messages call it."""

    subject: str
    identifier: str
    holder: HolderRecord
    description: Description
    columns: tuple[ColumnLine, ...] = ()
    addresses: tuple[Address, ...] = ()
    notes: tuple[str, ...] = field(default=(), compare=False)


def read_records(graph: Graph) -> list[DatasetRecord]:
    """Return the datasets of a graph, by their addresses.

    :raise InvalidInput: there is none, there are too many, or some lack what a proposal needs, by subject
    """
    import rdflib

    found = sorted(set(graph.subjects(rdflib.RDF.type, rdflib.URIRef(full_name("dcat:Dataset")))), key=str)
    if not found:
        raise InvalidInput({"file": _("이 파일에는 자료(dcat:Dataset)가 없어요.")})
    if len(found) > MAX_DATASETS:
        raise InvalidInput({"file": _("한 번에 자료 %(n)s개까지 읽을 수 있어요.", n=MAX_DATASETS)})
    mistakes, records = Mistakes(), []
    for n, node in enumerate(found, start=1):
        reader = _Reader(graph, node, n)
        try:
            records.append(reader.record())
        except InvalidInput as refused:
            mistakes.add(reader.subject, refused.message)
    mistakes.raise_if_any()
    return records


class _Reader:
    """Reads one dataset. Its methods look up properties by names such as "dct:title"."""

    def __init__(self, graph: Graph, node: Any, number: int) -> None:
        import rdflib

        self.rdf, self.graph, self.node = rdflib, graph, node
        self.notes: list[str] = []
        is_named = isinstance(node, rdflib.URIRef)
        self.subject = str(node)[:MAX_ADDRESS_CHARS] if is_named else _("이름 없는 %(n)s번째 자료", n=number)

    def record(self) -> DatasetRecord:
        identifier = self.text(self.node, "dct:identifier") or str(self.node)
        identifier = clean_line(identifier, "", "dct:identifier", max_chars=MAX_ADDRESS_CHARS)
        return DatasetRecord(
            self.subject,
            identifier,
            self._holder(),
            self._description(),
            tuple(self._columns()),
            tuple(self._addresses()),
            tuple(self.notes),
        )

    # looking things up
    def all(self, node: Any, name: str) -> list[Any]:
        """Return the objects of a property, in a fixed order."""
        return sorted(self.graph.objects(node, self.rdf.URIRef(full_name(name))), key=_order)

    def one(self, node: Any, *names: str) -> Any:
        return next((value for name in names for value in self.all(node, name)), None)

    def text(self, node: Any, *names: str) -> str:
        """Return a text, the Korean one first; empty if there is none."""
        texts = (value for name in names for value in self.all(node, name) if isinstance(value, self.rdf.Literal))
        return str(next(texts, "")).strip()

    # parts of a record
    def _holder(self) -> HolderRecord:
        publisher, contact = self.one(self.node, "dct:publisher"), self.one(self.node, "dcat:contactPoint")
        name = self.text(publisher, "foaf:name") if publisher is not None else ""
        if not name:
            raise InvalidInput({"": _("자료를 가진 기관(dct:publisher의 foaf:name)이 없어요.")})
        email = self.one(contact, "vcard:hasEmail") if contact is not None else None
        kind = KIND_OF_PUBLISHER.get(str(self.one(publisher, "dct:type")), HolderKind.PUBLIC_BODY)
        homepage = str(self.one(publisher, "foaf:homepage") or "")
        return HolderRecord(
            clean_line(name, "", _("기관 이름"), max_chars=MAX_HOLDER_CHARS),
            kind,
            homepage if is_web_address(homepage, HTTPS) else "",
            self.text(contact, "vcard:fn") if contact is not None else "",
            str(email or "").removeprefix("mailto:"),
        )

    def _description(self) -> Description:
        licence, terms, who = *self._terms(), self._who()
        if not terms and (licence is Licence.TERMS or who is not Who.OPEN):
            terms = self._note_and(_("받은 목록에 이용 조건이 적혀 있지 않아요. 기관에 물어봐 주세요."))
        first, last = self._period()
        return Description(
            title=self._needed("dct:title", _("제목(dct:title)")),
            summary=self._needed("dct:description", _("설명(dct:description)")),
            keywords=", ".join(self._keywords()),
            sector=self._sector(),
            row_means=self._row_means(),
            region_code=self._region(),
            period_from=first,
            period_until=last,
            refresh=REFRESHES.get(str(self.one(self.node, "dct:accrualPeriodicity")), Refresh.IRREGULAR),
            sensitivity=who,
            licence=licence,
            terms=terms,
            price_won=self._price(),
        )

    def _needed(self, name: str, label: str) -> str:
        found = self.text(self.node, name)
        if not found:
            raise InvalidInput({"": _("빠져 있어요: %(what)s", what=label)})
        return found

    def _note_and(self, words: str) -> str:
        self.notes.append(words)
        return words

    def _keywords(self) -> list[str]:
        words = [str(word).replace(",", " ").strip() for word in self.all(self.node, "dcat:keyword")]
        if len(words) > MAX_KEYWORDS:
            self.notes.append(_("찾는 말은 %(n)s개만 옮겼어요.", n=MAX_KEYWORDS))
        return [word for word in words if word][:MAX_KEYWORDS]

    def _sector(self) -> Sector:
        themes = self.all(self.node, "dcat:theme")
        named = [self.text(theme, "skos:notation") for theme in themes]
        own = next((Sector(name) for name in named if name in Sector.__members__), None)
        known = (SECTORS[code] for code in (str(one).removeprefix(DATA_THEME) for one in themes) if code in SECTORS)
        found = own or next(known, None)
        if found is None:
            self.notes.append(_("어느 부문인지 몰라 ‘%(sector)s’로 두었어요.", sector=Sector.EDUCATION.label))
        return found or Sector.EDUCATION

    def _row_means(self) -> str:
        unit = self.one(self.node, "disco:analysisUnit")
        found = self.text(unit, "skos:prefLabel") if unit is not None else ""
        return found or self._note_and(_("한 줄이 무엇인지 받은 목록에 적혀 있지 않아요."))

    def _region(self) -> str:
        for place in self.all(self.node, "dct:spatial"):
            words = {self.text(place, "skos:notation"), self.text(place, "skos:prefLabel", "rdfs:label")}
            for region in regions().values():
                if words & {region.code, region.name, region.short_name}:
                    return region.code
        return ""

    def _period(self) -> tuple[date | None, date | None]:
        period = self.one(self.node, "dct:temporal")
        if period is None:
            return None, None
        first, last = self._day(period, "startDate"), self._day(period, "endDate")
        return (None, None) if first is None else (first, last)

    def _day(self, period: Any, name: str) -> date | None:
        text = self.text(period, f"dcat:{name}", f"schema:{name}")
        try:
            return date.fromisoformat(text[:10]) if text else None
        except ValueError:
            self.notes.append(_("날짜 ‘%(text)s’{을} 읽지 못했어요.", text=text[:30]))
            return None

    def _who(self) -> Who:
        found = WHO.get(str(self.one(self.node, "dct:accessRights")))
        if found is None:
            self.notes.append(_("누가 받을 수 있는지 몰라 ‘%(who)s’으로 두었어요.", who=Who.RESTRICTED.label))
        return found or Who.RESTRICTED

    def _terms(self) -> tuple[Licence, str]:
        """Return the licence and the terms in words; an unknown licence becomes terms that name it."""
        copies = [self.node, *self.all(self.node, "dcat:distribution")]
        licences = [one for copy in copies for one in self.all(copy, "dct:license")]
        rights = [one for copy in copies for one in self.all(copy, "dct:rights")]
        terms = next((text for one in rights if (text := self.text(one, "dct:description"))), "")
        known = next((found for one in licences if (found := licence_at(str(one)))), None)
        if known is not None:
            return known, terms
        named = next((self.text(one, "dct:title", "rdfs:label") or str(one) for one in licences), "")
        return Licence.TERMS, terms or named

    def _price(self) -> int:
        offer = self.one(self.node, "schema:offers")
        text = self.text(offer, "schema:price") if offer is not None else ""
        if not text:
            return 0
        if not text.isascii() or not text.isdigit() or self.text(offer, "schema:priceCurrency") != "KRW":
            raise InvalidInput({"": _("값(schema:price)은 원(KRW)으로 된 정수여야 해요.")})
        return int(text)

    def _addresses(self) -> Iterator[Address]:
        for copy in self.all(self.node, "dcat:distribution"):
            address = self._address(copy)
            if address is not None:
                yield address

    def _address(self, copy: Any) -> Address | None:
        page, file = self.one(copy, "dcat:accessURL"), self.one(copy, "dcat:downloadURL")
        codes = [str(one) for name in ("dcat:mediaType", "dct:format") for one in self.all(copy, name)]
        format_ = next((found for code in codes if (found := format_of(code))), None)
        title = self.text(copy, "dct:title") or _("받는 곳")
        page, file = str(page or file or ""), str(file or "")
        if format_ is None:
            self.notes.append(_("‘%(title)s’{은} 아는 형식이 아니라 옮기지 않았어요.", title=title[:60]))
        elif not is_web_address(page, HTTPS) or (file and not is_web_address(file, HTTPS)):
            self.notes.append(_("‘%(title)s’{은} 주소가 https가 아니라 옮기지 않았어요.", title=title[:60]))
        else:
            return Address(title, page, file, format_, self._size(copy))
        return None

    def _size(self, copy: Any) -> int | None:
        text = self.text(copy, "dcat:byteSize")
        return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None

    def _columns(self) -> Iterator[ColumnLine]:
        dictionary = self.one(self.node, "csvw:tableSchema")
        first = self.one(dictionary, "csvw:column") if dictionary is not None else None
        for column in self._list(first) if first is not None else ():
            kinds = {str(one) for one in self.all(column, "dct:type")}
            yield ColumnLine(
                self.text(column, "csvw:name"),
                self.text(column, "dct:description", "csvw:title"),
                TYPE_OF_COLUMN.get(str(self.one(column, "csvw:datatype")), ColumnType.TEXT),
                self.text(column, "schema:unitText"),
                full_name(IDENTIFYING) in kinds,
                full_name(SENSITIVE) in kinds,
            )

    def _list(self, first: Any) -> list[Any]:
        try:
            return list(self.graph.items(first))
        except ValueError:
            raise InvalidInput({"": _("데이터 사전(csvw:column)의 목록이 스스로를 가리켜요.")}) from None


def _order(value: Any) -> tuple[bool, bool, str]:
    """Texts in Korean first, then those of no language."""
    language = getattr(value, "language", None)
    return language != "ko", language is not None, str(value)
