"""Write down what data showed, correct it, and withdraw it.

Locks, in this order: the count of the person's texts, what the use is about (shared), the need (shared), the use, its
datasets (shared, by id).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa

from forum.core import clock
from forum.core.access import Actor, Role, require
from forum.core.errors import InvalidInput, Mistakes, WrongState
from forum.core.extensions import db
from forum.core.i18n import _, _l
from forum.core.privacy import mask
from forum.core.text import clean_line, clean_text, refuse_resident_numbers
from forum.response.dataneeds.models import DataNeed
from forum.response.dataneeds.queries import is_shown as need_is_shown
from forum.response.dataneeds.services import CHANGED
from forum.response.dataneeds.subjects import NOT_SHOWN, Subject, hold_shown_subject
from forum.response.datasets.models import Dataset, Sensitivity
from forum.response.datasets.services import checked_address
from forum.response.datauses import mails
from forum.response.datauses.charting import TypedChart
from forum.response.datauses.facts import USES
from forum.response.datauses.models import (
    MAX_DATASETS,
    MAX_EFFECT_CHARS,
    MAX_FINDING_CHARS,
    MAX_TITLE_CHARS,
    WORDS,
    DataUse,
    UseState,
    WrittenAs,
)
from forum.response.datauses.permissions import AUTHOR_ONLY, can_change, can_write, not_open, why_not_write
from forum.response.datauses.queries import USABLE, holders_to_write, may_have_some, own_holders
from forum.system.audit.services import record
from forum.system.texts.limits import count_by_network, count_by_person

CHANGEABLE = (UseState.WAITING, UseState.PUBLISHED, UseState.RETURNED)
OVER = _l("이미 거둔 글이라 더 바꿀 수 없어요.")
NOT_GRANTED = _l("신청해서 승인받은 사람만 쓸 수 있는 자료예요. 승인을 받은 뒤에 적어 주세요: %(titles)s")
PRIVATE_ENDINGS = frozenset({"local", "localhost", "internal", "lan", "home", "corp", "intranet", "test", "invalid"})


@dataclass(frozen=True)
class UseWords:
    """What somebody typed: the finding in a sentence, the finding, what it changed, where the code is, and a chart."""

    title: str
    finding: str
    effect: str = ""
    code_url: str = ""
    chart: TypedChart = field(default_factory=TypedChart)

    def checked(self) -> dict[str, Any]:
        """Return the values of the columns, with what was typed where it has to be masked.

        :raise InvalidInput: something is missing or too long, a resident registration number, an address that is none,
            or as `TypedChart.checked`
        """
        mistakes, values = Mistakes(), {}
        with mistakes.noted():
            values["title"] = clean_line(self.title, "title", _("알게 된 것"), max_chars=MAX_TITLE_CHARS)
        with mistakes.noted():
            values["finding"] = clean_text(self.finding, "finding", _("알게 된 내용"), max_chars=MAX_FINDING_CHARS)
        with mistakes.noted():
            values["effect"] = clean_text(
                self.effect, "effect", _("달라진 것"), max_chars=MAX_EFFECT_CHARS, min_chars=0
            )
        for name, words in values.items():
            with mistakes.noted():
                refuse_resident_numbers(words, name)
        kept = {f"{name}_typed": words if mask(words).text != words else None for name, words in values.items()}
        others: dict[str, Any] = {}
        with mistakes.noted():
            others["code_url"] = _checked_code_url(self.code_url)
        with mistakes.noted():
            others |= self.chart.checked()
        mistakes.raise_if_any()
        return values | kept | others


def write_use(
    subject: Subject,
    actor: Actor,
    words: UseWords,
    dataset_ids: Collection[int],
    need: DataNeed | None = None,
    address: str | None = None,
) -> DataUse:
    """Write down what datasets showed: public at once if all are open, else after a check. The caller commits.

    Sent twice, it is one.

    :param need: what it answers; it is then about what the need is about
    :param address: of the request; None for commands
    :raise Forbidden: a visitor, guest or child who waits, or staff that speaks for no holder
    :raise WrongState: others cannot read what it is about, or the need
    :raise InvalidInput: as `UseWords.checked`; no dataset, too many, one that is not offered, or one that the actor
        may not have
    :raise TooManyTexts: too many in a short time
    """
    require(can_write(actor, holders_to_write(actor)), why_not_write(actor))
    values = words.checked()
    count_by_person(DataUse.__tablename__, actor)
    hold_shown_subject(subject)
    if need is not None:
        _hold_need(need)
    datasets = _held_datasets(dataset_ids, actor)
    require(can_write(actor, holders_to_write(actor)), why_not_write(actor))
    use = DataUse(
        **values,
        **{subject.kind.column: subject.thing.id},
        need_id=need.id if need else None,
        campaign_id=subject.campaign.id,
        author_id=actor.participant_id,
        written_as=_written_as(actor, datasets),
        datasets=datasets,
        created_at=clock.now(),
    )
    _put(use)
    known = _same(use, subject)
    if known is not None:
        return known
    db.session.add(use)
    db.session.flush()
    if use.written_as is not WrittenAs.PERSON:
        record_use(actor, "data_uses.write", use)
    _tell(use, actor)
    count_by_network(DataUse.__tablename__, address)
    return use


def change_use(use: DataUse, actor: Actor, words: UseWords, dataset_ids: Collection[int], *, seen: int) -> None:
    """Change what one wrote. If some dataset is not open, it waits for a check (again). The caller commits.

    :param seen: revision that the page showed
    :raise Forbidden: not the author, or a child who waits
    :raise WrongState: it was withdrawn or hidden, or changed since
    :raise InvalidInput: as for `write_use`; what it named before it may still name
    """
    require(can_change(actor, use), str(AUTHOR_ONLY))
    values = words.checked()
    lock_use(use, seen)
    require(can_change(actor, use), str(AUTHOR_ONLY))
    _require_changeable(use)
    datasets = _held_datasets(dataset_ids, actor, {one.id for one in use.datasets})
    was_checked = _is_vouched_for(use)
    for name, value in values.items():
        setattr(use, name, value)
    use.datasets = datasets
    use.reason, use.checked_at, use.checked_by_id = "", None, None
    _put(use)
    use.revision += 1
    db.session.flush()
    if was_checked or use.written_as is not WrittenAs.PERSON:
        record_use(actor, "data_uses.change", use)
    if use.state is UseState.WAITING:
        mails.notify_of_waiting(use, actor)


def withdraw_use(use: DataUse, actor: Actor, *, seen: int) -> None:
    """Take back what one wrote; nobody else finds it any more. The caller commits.

    :raise Forbidden: not the author, or a child who waits
    :raise WrongState: it was withdrawn or hidden, or changed since
    """
    require(can_change(actor, use), str(AUTHOR_ONLY))
    lock_use(use, seen)
    require(can_change(actor, use), str(AUTHOR_ONLY))
    _require_changeable(use)
    was_checked = _is_vouched_for(use)
    use.state, use.reason = UseState.WITHDRAWN, ""
    use.revision += 1
    db.session.flush()
    if was_checked or use.written_as is not WrittenAs.PERSON:
        record_use(actor, "data_uses.withdraw", use)


def lock_use(use: DataUse, seen: int) -> None:
    """Lock and reload a use.

    :raise WrongState: it is hidden, or not what the page showed
    """
    db.session.refresh(use, with_for_update={"of": DataUse})
    if use.is_hidden:
        raise WrongState(_("지금은 숨겨져 있어서 바꿀 수 없어요."))
    if use.revision != seen:
        raise WrongState(str(CHANGED))


def hold_datasets(ids: Collection[int]) -> list[Dataset]:
    """Hold off that datasets change meanwhile; return them by id."""
    query = sa.select(Dataset).where(Dataset.id.in_(ids)).order_by(Dataset.id)
    query = query.with_for_update(of=Dataset, read=True).execution_options(populate_existing=True)
    return list(db.session.scalars(query))


def record_use(actor: Actor, action: str, use: DataUse, **codes: object) -> None:
    """Write what was done to a use into the audit, without its words."""
    after = {"state": use.state.name, "revision": use.revision} | codes
    record(actor, action, use, None, after, facts=USES.of([use.id]))


def _put(use: DataUse) -> None:
    """Make a use public, or let it wait, as its datasets are now."""
    use.needs_check = bool(not_open(use.datasets))
    now = clock.now()
    if use.published_at is not None:
        use.corrected_at = now
    if use.needs_check:
        use.state = UseState.WAITING
        return
    use.state = UseState.PUBLISHED
    use.published_at = use.published_at or now


def _held_datasets(ids: Collection[int], actor: Actor, named: Collection[int] = ()) -> list[Dataset]:
    """:raise InvalidInput: none, too many, or some that the actor cannot have used"""
    wanted = set(ids)
    if not wanted:
        raise InvalidInput({"datasets": _("어느 자료로 알게 됐는지 골라 주세요.")})
    if len(wanted) > MAX_DATASETS:
        raise InvalidInput({"datasets": _("자료는 %(n)s개까지 고를 수 있어요.", n=MAX_DATASETS)})
    datasets = hold_datasets(wanted)
    if len(datasets) < len(wanted) or any(one.state not in USABLE and one.id not in named for one in datasets):
        raise InvalidInput({"datasets": _("내놓은 적이 있는 자료만 고를 수 있어요.")})
    restricted = [one for one in datasets if one.sensitivity is Sensitivity.RESTRICTED and one.id not in named]
    refused = [one.title for one in restricted if not may_have_some(one, actor)]
    if refused:
        raise InvalidInput({"datasets": str(NOT_GRANTED) % {"titles": ", ".join(refused)}})
    return datasets


def _hold_need(need: DataNeed) -> None:
    """:raise WrongState: others cannot read it (any more)"""
    db.session.refresh(need, with_for_update={"of": DataNeed, "read": True})
    if not need_is_shown(need.id):
        raise WrongState(str(NOT_SHOWN))


def _written_as(actor: Actor, datasets: Sequence[Dataset]) -> WrittenAs:
    if actor.role is Role.ANALYST:
        return WrittenAs.ANALYST
    own = own_holders(actor)
    return WrittenAs.HOLDER if any(one.holder_id in own for one in datasets) else WrittenAs.PERSON


def _tell(use: DataUse, actor: Actor) -> None:
    if use.state is UseState.WAITING:
        mails.notify_of_waiting(use, actor)
    else:
        mails.notify_of_published(use, actor)


def _is_vouched_for(use: DataUse) -> bool:
    """Return whether the audit holds facts about it, so that a change has to be recorded too."""
    return use.checked_at is not None or use.settled_at is not None


def _require_changeable(use: DataUse) -> None:
    if use.state not in CHANGEABLE:
        raise WrongState(str(OVER))


def _checked_code_url(text: str) -> str:
    """:raise InvalidInput: no https address of a public place; numbers and names of inner networks are none"""
    url = checked_address(text, "code_url", _("계산한 코드의 주소"))
    if not url:
        return ""
    ending = (urlsplit(url).hostname or "").rstrip(".").rpartition(".")[2]
    if not url.startswith("https://") or not ending[:1].isalpha() or ending in PRIVATE_ENDINGS:
        raise InvalidInput({"code_url": _("https://로 시작하고 누구나 열 수 있는 누리집의 주소를 적어 주세요.")})
    if mask(url).text != url:
        raise InvalidInput({"code_url": _("주소에 전화번호나 이메일 같은 개인정보를 쓸 수 없어요.")})
    return url


def _same(use: DataUse, subject: Subject) -> DataUse | None:
    """Return what the same person wrote in the same words about the same thing, with the same state."""
    query = sa.select(DataUse).where(
        getattr(DataUse, subject.kind.column) == subject.thing.id,
        DataUse.author_id == use.author_id,
        DataUse.state == use.state,
        ~DataUse.is_hidden,
        *(getattr(DataUse, name) == getattr(use, name) for name in WORDS),
    )
    return db.session.scalar(query.order_by(DataUse.id).limit(1))
