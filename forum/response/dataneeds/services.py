"""Ask for data, change or withdraw what one asked, and say that one wants to know too.

Locks, in this order: the count of the person's texts, what the need is about (shared), the need.
"""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from forum.core import clock
from forum.core.access import Actor, require
from forum.core.database import insert_or_ignore
from forum.core.errors import WrongState
from forum.core.extensions import db
from forum.core.i18n import _, _l
from forum.core.privacy import mask
from forum.core.text import clean_line, clean_text, refuse_resident_numbers
from forum.response.dataneeds.models import (
    MAX_BENEFIT_CHARS,
    MAX_QUESTION_CHARS,
    MAX_WANTED_CHARS,
    DataNeed,
    NeedJoin,
    NeedState,
)
from forum.response.dataneeds.permissions import AUTHOR_ONLY, can_ask, can_change, can_join, why_not_ask
from forum.response.dataneeds.queries import is_shown, joined_by_any
from forum.response.dataneeds.subjects import Subject, lock_subject
from forum.system.texts.limits import count_by_network, count_by_person

CHANGED = _l("이 화면을 연 뒤에 바뀐 것이 있어요. 아래에 지금 모습이 있으니 보고 다시 해 주세요.")
NOT_OPEN = _l("이미 자료가 나왔거나 끝난 것이에요.")
NOT_JOINABLE = _l("이미 끝났거나 지금은 공개하지 않는 것이에요.")
JOINED_BY_OTHERS = _l("다른 사람도 알고 싶다고 해서 이제 고칠 수 없어요. 더 알고 싶은 것은 새로 적어 주세요.")
OWN = _l("내가 적은 것이라 이미 함께 셌어요.")
TAKES_JOINS = (NeedState.OPEN, NeedState.OFFERED)


@dataclass(frozen=True)
class NeedWords:
    """What somebody typed: the question, which data would answer it, and why the public gains."""

    question: str
    wanted: str
    benefit: str

    def checked(self) -> dict[str, str | None]:
        """Return the values of the columns, with what was typed where it has to be masked.

        :raise InvalidInput: one is missing or too long, or has a resident registration number
        """
        question = clean_line(self.question, "question", _("알고 싶은 것"), max_chars=MAX_QUESTION_CHARS)
        wanted = clean_text(self.wanted, "wanted", _("필요한 자료"), max_chars=MAX_WANTED_CHARS)
        benefit = clean_text(self.benefit, "benefit", _("모두에게 좋은 점"), max_chars=MAX_BENEFIT_CHARS)
        typed = {"question": question, "wanted": wanted, "benefit": benefit}
        for name, words in typed.items():
            refuse_resident_numbers(words, name)
        kept = {f"{name}_typed": words if mask(words).text != words else None for name, words in typed.items()}
        return typed | kept


def ask_need(subject: Subject, actor: Actor, words: NeedWords, address: str | None = None) -> DataNeed:
    """Ask for data. The same question of one person about one thing is one need. The caller commits.

    :param address: of the request; None for commands
    :raise Forbidden: a visitor, guest or staff account, or a child who waits
    :raise WrongState: what it is about takes no needs (any more)
    :raise InvalidInput: as `NeedWords.checked`
    :raise TooManyTexts: too many in a short time
    """
    require(can_ask(actor), why_not_ask(actor))
    values = words.checked()
    count_by_person(DataNeed.__tablename__, actor)
    lock_subject(subject)
    require(can_ask(actor), why_not_ask(actor))
    assert actor.participant_id is not None
    need = DataNeed(
        **values,
        **{subject.kind.column: subject.thing.id},
        campaign_id=subject.campaign.id,
        author_id=actor.participant_id,
        state=NeedState.OPEN,
    )
    known = _same(need, subject)
    if known is not None:
        return known
    db.session.add(need)
    db.session.flush()
    count_by_network(DataNeed.__tablename__, address)
    return need


def change_need(need: DataNeed, actor: Actor, words: NeedWords, *, seen: int) -> None:
    """Change what one asked, while it is open and before anybody else joined. The caller commits.

    :param seen: revision that the page showed
    :raise Forbidden: not the author, or a child who waits
    :raise WrongState: somebody joined, it is not open, it was hidden, or changed since
    :raise InvalidInput: as `NeedWords.checked`
    """
    require(can_change(actor, need), str(AUTHOR_ONLY))
    values = words.checked()
    lock_need(need, seen)
    require(can_change(actor, need), str(AUTHOR_ONLY))
    _require_open(need)
    if joined_by_any(need.id):
        raise WrongState(str(JOINED_BY_OTHERS))
    for name, value in values.items():
        setattr(need, name, value)
    need.revision += 1
    db.session.flush()


def withdraw_need(need: DataNeed, actor: Actor, *, seen: int) -> None:
    """Take back what one asked, while it is open; whoever joined does not find it any more. The caller commits.

    :raise Forbidden: not the author, or a child who waits
    :raise WrongState: it is not open, or changed since
    """
    require(can_change(actor, need), str(AUTHOR_ONLY))
    lock_need(need, seen)
    require(can_change(actor, need), str(AUTHOR_ONLY))
    _require_open(need)
    need.state = NeedState.WITHDRAWN
    need.revision += 1
    db.session.flush()


def join_need(need: DataNeed, actor: Actor) -> None:
    """Say that one wants to know too. Twice is once. The caller commits.

    :raise Forbidden: the author, a visitor, guest or staff account, or a child who waits
    :raise WrongState: it is over, it was hidden, or what it is about is not shown any more
    """
    require(can_join(actor, need), why_not_ask(actor) or str(OWN))
    db.session.refresh(need, with_for_update={"of": DataNeed, "read": True})
    if need.state not in TAKES_JOINS or not is_shown(need.id):
        raise WrongState(str(NOT_JOINABLE))
    require(can_join(actor, need), why_not_ask(actor) or str(OWN))
    values = {"need_id": need.id, "participant_id": actor.participant_id, "joined_at": clock.now()}
    db.session.execute(insert_or_ignore(db.session, NeedJoin).values(values))


def leave_need(need: DataNeed, actor: Actor) -> None:
    """Take that back. One who did not join has nothing to take back. The caller commits.

    :raise Forbidden: as for joining
    """
    require(can_join(actor, need), why_not_ask(actor) or str(OWN))
    own = sa.delete(NeedJoin).where(NeedJoin.need_id == need.id, NeedJoin.participant_id == actor.participant_id)
    db.session.execute(own.execution_options(synchronize_session=False))
    db.session.expire_all()


def lock_need(need: DataNeed, seen: int) -> None:
    """:raise WrongState: the need is hidden, or not what the page showed"""
    hold_need(need)
    require_seen(need, seen)


def hold_need(need: DataNeed) -> None:
    """Lock and reload a need.

    :raise WrongState: it is hidden
    """
    db.session.refresh(need, with_for_update={"of": DataNeed})
    if need.is_hidden:
        raise WrongState(_("지금은 숨겨져 있어서 바꿀 수 없어요."))


def require_seen(need: DataNeed, seen: int) -> None:
    """:raise WrongState: the need is not what the page showed"""
    if need.revision != seen:
        raise WrongState(str(CHANGED))


def _require_open(need: DataNeed) -> None:
    if need.state is not NeedState.OPEN:
        raise WrongState(str(NOT_OPEN))


def _same(need: DataNeed, subject: Subject) -> DataNeed | None:
    """Return the open need with the same words of the same person about the same thing."""
    query = sa.select(DataNeed).where(
        getattr(DataNeed, subject.kind.column) == subject.thing.id,
        DataNeed.author_id == need.author_id,
        DataNeed.state == NeedState.OPEN,
        ~DataNeed.is_hidden,
        DataNeed.question == need.question,
        DataNeed.wanted == need.wanted,
        DataNeed.benefit == need.benefit,
    )
    return db.session.scalar(query.order_by(DataNeed.id).limit(1))
