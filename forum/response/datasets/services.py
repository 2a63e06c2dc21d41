"""Propose, change, offer and end datasets. A dataset is locked before its versions; `editions` writes those."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any

import sqlalchemy as sa

from forum.core import clock
from forum.core.access import Actor, require
from forum.core.errors import InvalidInput, Mistakes, WrongState
from forum.core.extensions import db
from forum.core.i18n import _, _l
from forum.core.links import is_web_address
from forum.core.privacy import mask
from forum.core.reference import Sector, regions
from forum.core.text import clean_line, clean_text, refuse_resident_numbers
from forum.response.datasets.facts import DATASETS
from forum.response.datasets.hooks import objections_to_opening
from forum.response.datasets.locking import (
    CHANGED_MEANWHILE,
    HAS_ENDED,
    lock_dataset,
    lock_holder,
    lock_to_describe,
    require_describe,
)
from forum.response.datasets.models import (
    MAX_ADDRESS_CHARS,
    MAX_KEYWORD_CHARS,
    MAX_KEYWORDS,
    MAX_SUMMARY_CHARS,
    MAX_TITLE_CHARS,
    DataHolder,
    Dataset,
    DatasetState,
    DatasetVersion,
    Licence,
    QualityNote,
    Refresh,
    Sensitivity,
)
from forum.response.datasets.permissions import (
    KEEPERS_ONLY,
    STEWARDS_ONLY,
    can_describe,
    can_keep_registry,
)
from forum.response.datasets.queries import current_version, steward_of
from forum.response.datasets.rating import refresh_points
from forum.system.audit.services import record, text_hash

MAX_ROW_CHARS, MAX_REASON_CHARS = 120, 300
MAX_TERMS_CHARS, MAX_NOTE_CHARS = 5_000, 2_000
MAX_PRICE = 1_000_000_000
MAX_NOTES, MAX_PROPOSALS = 100, 30
"""Notes of a dataset, and proposals of one holder that wait for an analyst; analysts import more."""
NEXT = {
    DatasetState.PROPOSED: (DatasetState.TALKING, DatasetState.ENDED),
    DatasetState.TALKING: (DatasetState.OFFERED, DatasetState.ENDED),
    DatasetState.OFFERED: (DatasetState.ENDED,),
    DatasetState.ENDED: (),
}


@dataclass(frozen=True)
class Description:
    """What is said of a dataset as a whole, as it was typed."""

    title: str
    summary: str
    keywords: str
    """Parted by commas."""
    sector: Sector
    row_means: str
    region_code: str
    """Empty for the whole country."""
    period_from: date | None
    period_until: date | None
    refresh: Refresh
    sensitivity: Sensitivity
    licence: Licence
    terms: str = ""
    price_won: int = 0

    @classmethod
    def of(cls, dataset: Dataset) -> Description:
        names = [name for name in cls.__dataclass_fields__ if name not in {"keywords", "region_code"}]
        values = {name: getattr(dataset, name) for name in names}
        return cls(keywords=", ".join(dataset.keywords), region_code=dataset.region_code or "", **values)

    def checked(self) -> Description:
        """Return it cleaned, with phone numbers and mail addresses masked.

        :raise InvalidInput: something is missing, too long, or does not go together
        """
        mistakes, texts = Mistakes(), dict[str, Any]()
        for name, label, most, least in _TEXTS:
            with mistakes.noted():
                read = clean_text if name in {"summary", "terms"} else clean_line
                texts[name] = read(getattr(self, name), name, str(label), max_chars=most, min_chars=least)
                refuse_resident_numbers(texts[name], name)
                texts[name] = mask(texts[name]).text
        with mistakes.noted():
            texts["keywords"] = ", ".join(read_keywords(self.keywords))
        self._check_together(mistakes)
        mistakes.raise_if_any()
        return replace(self, **texts)

    def _check_together(self, mistakes: Mistakes) -> None:
        if self.region_code and self.region_code not in regions():
            mistakes.add("region_code", _("목록에 있는 지역을 골라 주세요."))
        if self.period_until is not None and self.period_from is None:
            mistakes.add("period_from", _("끝나는 날이 있으면 시작하는 날도 적어 주세요."))
        elif self.period_from and self.period_until and self.period_until < self.period_from:
            mistakes.add("period_until", _("끝나는 날이 시작하는 날보다 빨라요."))
        if not self.terms.strip() and (self.licence is Licence.TERMS or self.sensitivity is not Sensitivity.OPEN):
            mistakes.add("terms", _("아무나 받지 않거나 조건을 따로 정한 자료는 이용 조건을 써 주세요."))
        if not 0 <= self.price_won <= MAX_PRICE:
            mistakes.add("price_won", _("0원부터 10억 원까지 적어 주세요."))

    def values(self) -> dict[str, Any]:
        """Return the columns of the row."""
        return asdict(self) | {"keywords": read_keywords(self.keywords), "region_code": self.region_code or None}


_TEXTS = (
    ("title", _l("이름"), MAX_TITLE_CHARS, 2),
    ("summary", _l("설명"), MAX_SUMMARY_CHARS, 10),
    ("row_means", _l("한 줄의 뜻"), MAX_ROW_CHARS, 2),
    ("terms", _l("이용 조건"), MAX_TERMS_CHARS, 0),
)


def read_keywords(text: str) -> list[str]:
    """:raise InvalidInput: too many, or one that is too long"""
    words = [
        clean_line(word, "keywords", _("찾는 말"), max_chars=MAX_KEYWORD_CHARS)
        for word in text.split(",")
        if word.strip()
    ]
    if len(words) > MAX_KEYWORDS:
        raise InvalidInput({"keywords": _("찾는 말은 %(most)s개까지 쓸 수 있어요.", most=MAX_KEYWORDS)})
    refuse_resident_numbers(" ".join(words), "keywords")
    return [mask(word).text for word in dict.fromkeys(words)]


def propose_dataset(holder: DataHolder, actor: Actor, description: Description) -> Dataset:
    """Propose a dataset of a holder; only its stewards and analysts read it yet. The caller commits.

    :raise Forbidden: neither a steward of the holder nor an analyst
    :raise WrongState: a steward, and many proposals of the holder wait already
    :raise InvalidInput: as `Description.checked`
    """
    require(can_describe(actor, steward_of(holder.id, actor)), str(STEWARDS_ONLY))
    checked = description.checked()
    lock_holder(holder)
    require(can_describe(actor, steward_of(holder.id, actor)), str(STEWARDS_ONLY))
    waiting = sa.select(sa.func.count(Dataset.id)).where(
        Dataset.holder_id == holder.id, Dataset.state == DatasetState.PROPOSED
    )
    if not can_keep_registry(actor) and (db.session.scalar(waiting) or 0) >= MAX_PROPOSALS:
        raise WrongState(
            _("한 기관이 제안해 둔 자료는 %(n)s개까지예요. 분석가가 먼저 볼 때까지 기다려 주세요.", n=MAX_PROPOSALS)
        )
    assert actor.id is not None
    dataset = Dataset(holder_id=holder.id, proposed_by_id=actor.id, **checked.values())
    dataset.holder = holder
    db.session.add(dataset)
    db.session.flush()
    rated(dataset)
    record_dataset(actor, "datasets.propose", dataset)
    return dataset


def change_dataset(dataset: Dataset, actor: Actor, description: Description, *, seen: int) -> None:
    """Change what is said of a dataset that goes on. The caller commits.

    :param seen: revision that the page showed
    :raise NotFound: a proposal of another holder
    :raise Forbidden: neither a steward of the holder nor an analyst
    :raise WrongState: ended, or changed since
    :raise InvalidInput: as `Description.checked`; or its rows cannot become everybody's
    """
    require_describe(dataset, actor)
    checked = description.checked()
    lock_to_describe(dataset, actor, seen)
    if checked.sensitivity is Sensitivity.OPEN and dataset.sensitivity is not Sensitivity.OPEN:
        _require_openable(dataset)
    for name, value in checked.values().items():
        setattr(dataset, name, value)
    finish(dataset, actor, "datasets.change")


def move_dataset(dataset: Dataset, actor: Actor, state: DatasetState, *, seen: int, reason: str = "") -> None:
    """Move a dataset on from the proposal to talks, to being offered, to its end. The caller commits.

    Analysts do; a steward may end the own dataset. A refused proposal is ended too, and read by everybody from then on.

    :param reason: why it ends; not used otherwise
    :param seen: revision that the page showed
    :raise NotFound: a proposal of another holder
    :raise Forbidden: no analyst, or for an end no steward of its holder either
    :raise WrongState: not the next state, something is missing for an offer, or changed since
    :raise InvalidInput: it ends without a reason
    """
    _require_move(dataset, actor, state)
    is_end = state is DatasetState.ENDED
    if is_end:
        reason = clean_line(reason, "reason", _("까닭"), max_chars=MAX_REASON_CHARS, min_chars=2)
        refuse_resident_numbers(reason, "reason")
    db.session.refresh(dataset, with_for_update={"of": Dataset})
    _require_move(dataset, actor, state)
    if dataset.revision != seen:
        raise WrongState(str(CHANGED_MEANWHILE))
    if dataset.state is DatasetState.ENDED:
        raise WrongState(str(HAS_ENDED))
    if state not in NEXT[dataset.state]:
        raise WrongState(_("‘%(state)s’ 다음에 올 수 없는 상태예요.", state=dataset.state.label))
    if state is DatasetState.OFFERED:
        _check_offer(dataset)
        dataset.offered_at = dataset.offered_at or clock.now()
    if is_end:
        dataset.ended_at, dataset.end_reason = clock.now(), mask(reason).text
    dataset.state = state
    finish(dataset, actor, "datasets.move")


def missing_for_offer(dataset: Dataset) -> list[str]:
    """Return what is still missing before the dataset can be offered, as sentences."""
    missing = []
    if current_version(dataset.id) is None:
        missing.append(_("공개한 판이 없어요. 데이터 사전을 쓰고 첫 판을 공개해 주세요."))
    if not dataset.terms and (dataset.licence is Licence.TERMS or dataset.sensitivity is not Sensitivity.OPEN):
        missing.append(_("이용 조건이 없어요."))
    if not dataset.holder.contact_email or not dataset.holder.contact_office:
        missing.append(_("연락할 부서가 없어요."))
    return missing


def add_quality_note(dataset: Dataset, actor: Actor, text: str, number: int | None, *, seen: int) -> QualityNote:
    """Note what one should know before using the data. It stays as it is. The caller commits.

    :param number: of the version it is about; None for all
    :param seen: revision that the page showed
    :raise NotFound: a proposal of another holder
    :raise Forbidden: neither a steward of the holder nor an analyst
    :raise WrongState: ended, changed since, or there are very many notes
    :raise InvalidInput: no text, or no such published version
    """
    require_describe(dataset, actor)
    text = clean_text(text, "text", _("품질 메모"), max_chars=MAX_NOTE_CHARS, min_chars=2)
    refuse_resident_numbers(text, "text")
    lock_to_describe(dataset, actor, seen)
    if db.session.query(QualityNote).filter_by(dataset_id=dataset.id).count() >= MAX_NOTES:
        raise WrongState(_("품질 메모는 %(n)s개까지 쓸 수 있어요.", n=MAX_NOTES))
    assert actor.id is not None
    note = QualityNote(
        dataset_id=dataset.id,
        version_id=_published_id(dataset, number),
        text=mask(text).text,
        by_holder=not can_keep_registry(actor),
        author_id=actor.id,
    )
    db.session.add(note)
    finish(dataset, actor, "datasets.add_note", note=text_hash(note.text))
    return note


def rated(dataset: Dataset) -> None:
    """Keep the quality points of a dataset up to date. Every change of it or of a version calls this."""
    db.session.flush()
    refresh_points(dataset)


def rate_again(dataset: Dataset) -> None:
    """Lock a dataset and keep its points up to date, after files of it came or went. The caller commits."""
    lock_dataset(dataset)
    rated(dataset)


def finish(dataset: Dataset, actor: Actor, action: str, **codes: object) -> None:
    """Count, rate and record a change of a locked dataset or of its versions. The caller commits."""
    dataset.revision += 1
    dataset.changed_at = clock.now()
    rated(dataset)
    record_dataset(actor, action, dataset, **codes)


def record_dataset(actor: Actor, action: str, dataset: Dataset, **codes: object) -> None:
    """Write what was done to a dataset into the audit."""
    db.session.flush()
    after = {"state": dataset.state.name, "revision": dataset.revision} | codes
    record(actor, action, dataset, after=after, facts=DATASETS.of([dataset.id]))


def checked_address(text: str, field: str, name: str, min_chars: int = 0) -> str:
    """Return a typed address of somebody else's page or file, or "".

    :raise InvalidInput: not an https address that people can open without surprise
    """
    address = clean_line(text, field, name, max_chars=MAX_ADDRESS_CHARS, min_chars=min_chars)
    refuse_resident_numbers(address, field)
    if address and not is_web_address(address, ("https",)):
        raise InvalidInput({field: _("https://로 시작하는 주소를 적어 주세요.")})
    return address


def _require_move(dataset: Dataset, actor: Actor, state: DatasetState) -> None:
    require_describe(dataset, actor)
    require(state is DatasetState.ENDED or can_keep_registry(actor), str(KEEPERS_ONLY))


def _require_openable(dataset: Dataset) -> None:
    """:raise InvalidInput: a file of it tells of too few people"""
    objections = objections_to_opening(dataset)
    if objections:
        raise InvalidInput({"sensitivity": " ".join(objections)})


def _check_offer(dataset: Dataset) -> None:
    missing = missing_for_offer(dataset)
    if missing:
        raise WrongState(" ".join(missing))


def _published_id(dataset: Dataset, number: int | None) -> int | None:
    if number is None:
        return None
    query = sa.select(DatasetVersion.id).where(
        DatasetVersion.dataset_id == dataset.id,
        DatasetVersion.number == number,
        DatasetVersion.published_at.is_not(None),
    )
    found = db.session.scalar(query)
    if found is None:
        raise InvalidInput({"number": _("공개한 판을 골라 주세요.")})
    return found
