"""Suggest ministries for a theme by its words alone: cheap enough for a web request, without a model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from forum.analysis.themes.models import Theme
from forum.analysis.themes.queries import texts_of
from forum.people.ministries.models import Ministry, MinistryKind
from forum.people.ministries.queries import all_ministries
from forum.voice.ideas.models import Idea
from nlp.records import IdeaText
from nlp.routing.duties import Duty, shipped_duties

if TYPE_CHECKING:
    from nlp.routing.router import Router

N_IDEAS_READ = 30  # a theme's best supported ideas that are read: enough to know what it asks for
N_ROUTERS_KEPT = 4  # fitted ones in each process; themes differ only in whether their own letters are among the cases
LOCAL = "LOCAL"  # cities and provinces are suggested as "local governments"; the analyst chooses which one


@dataclass(frozen=True)
class PastCase:
    """A theme that analysts sent to a ministry before. `path` is the address of the referral."""

    title: str
    summary: str
    lead: Ministry
    path: str


@dataclass(frozen=True)
class SuggestedMinistry:
    """A ministry that may answer, and why: words of the theme, the duty they name, similar cases sent there before."""

    ministry: Ministry
    share: float
    words: tuple[str, ...]
    duty: str
    cases: tuple[PastCase, ...]


def suggest_ministries(theme: Theme, past: Sequence[PastCase] = ()) -> list[SuggestedMinistry]:
    """Return the three most likely ministries for a theme, best first.

    :param past: earlier choices; the router learns from them, and the most similar ones are named as reasons
    """
    texts = [IdeaText(0, theme.title, theme.summary)]
    texts += [IdeaText(idea_id, title, body) for idea_id, title, body in texts_of(theme.id, N_IDEAS_READ)]
    return _suggested(texts, past)


def suggest_offices(idea: Idea) -> list[SuggestedMinistry]:
    """Return the three most likely ministries for one idea, best first, by the shipped duties alone.

    Earlier choices do not count here: each letter would make the next page fit a router anew, which takes seconds.
    """
    return _suggested([IdeaText(idea.id, idea.title, idea.body)], ())


def _suggested(texts: Sequence[IdeaText], past: Sequence[PastCase]) -> list[SuggestedMinistry]:
    by_code = {ministry.code: ministry for ministry in all_ministries()}
    duties = tuple(duty for duty in shipped_duties() if duty.code in by_code)
    if not duties:
        return []
    known = {duty.code for duty in duties}
    cases = tuple(
        (IdeaText(number, case.title, case.summary), code)
        for number, case in enumerate(past)
        if (code := _code(case.lead)) in known
    )
    found = _fitted_router(duties, cases).suggest(texts)
    return [
        SuggestedMinistry(by_code[one.code], one.share, one.words, one.duty, tuple(past[key] for key in one.cases))
        for one in found
    ]


@lru_cache(maxsize=N_ROUTERS_KEPT)
def _fitted_router(duties: tuple[Duty, ...], cases: tuple[tuple[IdeaText, str], ...]) -> Router:
    """Return a router that learned from these cases; fitting takes seconds, so it is done once for each set."""
    from nlp.routing.router import Router  # scikit-learn: not for processes that suggest nothing

    return Router(duties).fit([text for text, _code in cases], [code for _text, code in cases])


def _code(ministry: Ministry) -> str:
    return LOCAL if ministry.kind is MinistryKind.LOCAL else ministry.code
