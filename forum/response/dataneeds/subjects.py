"""What a need for data, or a use of data, is about: an idea, a theme, a letter or a task of the council.

Rows of any table with the columns `SUBJECTS` of `models` have such a subject.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from forum.analysis.themes.models import DECIDED_STATES, Theme, ThemeState
from forum.core.errors import NotFound, WrongState
from forum.core.extensions import db
from forum.core.i18n import LazyString, _, _l
from forum.core.links import path_for
from forum.deliberation.rounds.models import CouncilRound, CouncilTask, RoundState, TaskState
from forum.deliberation.rounds.queries import followers_of_task
from forum.people.follows.queries import followers_of
from forum.response.dataneeds.models import DataNeed
from forum.response.referrals.models import Referral
from forum.voice.campaigns.models import Campaign
from forum.voice.ideas.models import SHOWN_STATES, Idea, IdeaState

NO_SUBJECT = _l("무엇에 대한 자료인지 알 수 없어요. 제안이나 주제 화면에서 다시 시작해 주세요.")
NOT_SHOWN = _l("지금은 공개하지 않는 것이라 여기에 적을 수 없어요.")
CLOSED = _l("지금은 여기에 필요한 자료를 적을 수 없어요. 공개하지 않거나 끝난 것이에요.")


@dataclass(frozen=True)
class SubjectKind:
    """One kind of thing that needs and uses are about.

    name : in addresses, as ?idea=12; also the relationship of a need or use
    column : of `DataNeed` and the like, which names the row
    shown : the condition that everybody can read the thing
    takes_needs : is it open for new needs? `campaign_of`, `title_of` and `followers_of` say what they say
    """

    name: str
    label: LazyString
    model: type[Any]
    column: str
    endpoint: str
    shown: Callable[[], sa.ColumnElement[bool]]
    takes_needs: Callable[[Any], bool]
    campaign_of: Callable[[Any], Campaign]
    title_of: Callable[[Any], str]
    followers_of: Callable[[Any], list[int]]


@dataclass(frozen=True)
class Subject:
    kind: SubjectKind
    thing: Any

    @property
    def title(self) -> str:
        return self.kind.title_of(self.thing)

    @property
    def path(self) -> str:
        return path_for(self.kind.endpoint, **{self.kind.column: self.thing.id})

    @property
    def campaign(self) -> Campaign:
        return self.kind.campaign_of(self.thing)

    @property
    def takes_needs(self) -> bool:
        return self.kind.takes_needs(self.thing)

    @property
    def args(self) -> dict[str, int]:
        """Parameters of the form's address."""
        return {self.kind.name: self.thing.id}

    def followers(self) -> list[int]:
        return self.kind.followers_of(self.thing)


def _task_is_public() -> sa.ColumnElement[bool]:
    planned = sa.select(CouncilRound.id).where(CouncilRound.state == RoundState.PLANNED)
    return CouncilTask.round_id.not_in(planned)


def _takes_task(task: CouncilTask) -> bool:
    is_live = task.state in {TaskState.IN_ROUND, TaskState.CHOSEN}
    return is_live and task.round.state is not RoundState.PLANNED


SUBJECT_KINDS = (
    SubjectKind(
        "idea",
        _l("제안"),
        Idea,
        "idea_id",
        "thread.idea",
        lambda: Idea.state.in_(SHOWN_STATES),
        lambda idea: idea.state is IdeaState.OPEN,
        lambda idea: idea.campaign,
        lambda idea: str(idea.title),
        lambda idea: followers_of({Idea.__tablename__: [idea.id]}),
    ),
    SubjectKind(
        "theme",
        _l("정책 주제"),
        Theme,
        "theme_id",
        "themes.show",
        lambda: Theme.state.in_(DECIDED_STATES),
        lambda theme: theme.state is ThemeState.APPROVED,
        lambda theme: theme.campaign,
        lambda theme: str(theme.title),
        lambda theme: followers_of({Theme.__tablename__: [theme.id]}),
    ),
    SubjectKind(
        "referral",
        _l("전달 문서"),
        Referral,
        "referral_id",
        "referrals.show",
        sa.true,
        lambda _letter: True,
        lambda letter: letter.theme.campaign,
        lambda letter: str(letter.title or letter.theme.title),
        lambda letter: followers_of({Theme.__tablename__: [letter.theme_id]}),
    ),
    SubjectKind(
        "task",
        _l("협의회 과제"),
        CouncilTask,
        "task_id",
        "rounds.task",
        _task_is_public,
        _takes_task,
        lambda task: task.round.campaign,
        lambda task: str(task.title),
        followers_of_task,
    ),
)


def subject_of(row: Any) -> Subject:
    """Return what a need or a use is about."""
    kind = next(one for one in SUBJECT_KINDS if getattr(row, one.column) is not None)
    return Subject(kind, getattr(row, kind.name))


def subject_named(ids: Mapping[str, Collection[int]]) -> Subject:
    """Return what an address is about; it has to name exactly one thing.

    :param ids: by the kind's name; an id that is no number of a row is none

    :raise NotFound: nothing or more than one thing is named, or others cannot read it
    """
    named = [(kind, thing_id) for kind in SUBJECT_KINDS for thing_id in ids.get(kind.name, ())]
    if len(named) != 1:
        raise NotFound(str(NO_SUBJECT))
    kind, thing_id = named[0]
    thing = db.session.scalar(sa.select(kind.model).where(kind.model.id == thing_id, kind.shown()))
    if thing is None:
        raise NotFound(str(NO_SUBJECT))
    return Subject(kind, thing)


def of_thing(thing: Any) -> Subject:
    """Return the subject of a row, such as an idea on its page."""
    return Subject(next(one for one in SUBJECT_KINDS if isinstance(thing, one.model)), thing)


def lock_subject(subject: Subject) -> None:
    """Hold off that it is hidden, withdrawn or rejected meanwhile. Needs do not wait for each other.

    :raise WrongState: it takes no needs (any more)
    """
    model = subject.kind.model
    db.session.refresh(subject.thing, with_for_update={"of": model, "read": True})
    if not subject.takes_needs:
        raise WrongState(str(CLOSED))


def hold_shown_subject(subject: Subject) -> None:
    """Hold off that it is hidden, withdrawn or rejected meanwhile, whether or not it takes new needs.

    :raise WrongState: others cannot read it (any more)
    """
    kind = subject.kind
    db.session.refresh(subject.thing, with_for_update={"of": kind.model, "read": True})
    is_shown = sa.select(sa.exists().where(kind.model.id == subject.thing.id, kind.shown()))
    if not db.session.scalar(is_shown):
        raise WrongState(str(NOT_SHOWN))


def subject_is_shown(model: type[Any] = DataNeed) -> sa.ColumnElement[bool]:
    """Return the condition that everybody can read what a need, or a row of another such table, is about."""
    conditions = []
    for kind in SUBJECT_KINDS:
        column = getattr(model, kind.column)
        readable = sa.exists().where(kind.model.id == column, kind.shown()).correlate(model)
        conditions.append(sa.and_(column.is_not(None), readable))
    return sa.or_(*conditions)


def about_words(row: Any) -> str:
    """Return what a need or a use is about, as its kind and title."""
    subject = subject_of(row)
    return _("%(kind)s: %(title)s", kind=subject.kind.label, title=subject.title)
