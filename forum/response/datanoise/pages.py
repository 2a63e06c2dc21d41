"""What pages show of budgets and noisy answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from forum.core.access import Actor
from forum.core.i18n import _
from forum.response.datafiles.access import is_given_out
from forum.response.datafiles.models import DataFile
from forum.response.datafiles.permissions import can_keep_files
from forum.response.datanoise import noise
from forum.response.datanoise.models import DataBudgetSpend, DataPrivacyBudget
from forum.response.datanoise.queries import budget_of, open_answers, spends_of_file, spent_of
from forum.response.datanoise.questions import Question
from forum.response.datasets.models import Sensitivity
from forum.response.datasets.queries import steward_of


@dataclass(frozen=True)
class NoisyTable:
    """One answered question as a table.

    error : how far a figure is from the exact one at most, 95 times in 100, as text
    """

    title: str
    head: list[tuple[str, str]]
    lines: list[tuple[str, str]]
    epsilon: str
    error: str
    bounds: str


@dataclass(frozen=True)
class NoisePage:
    """Noisy figures of a file for one reader.

    spent : thousandths of epsilon, as the form sends back
    n_waiting, n_failed : questions without an answer yet; for those who keep the file
    """

    budget: DataPrivacyBudget | None
    spent: int
    answers: Sequence[NoisyTable]
    keeps: bool
    is_available: bool
    n_waiting: int
    n_failed: int

    @property
    def left(self) -> str:
        return epsilon_words(self.budget.total_millis - self.spent) if self.budget else ""

    @property
    def total(self) -> str:
        return epsilon_words(self.budget.total_millis) if self.budget else ""


def has_noise(file: DataFile) -> bool:
    """Return whether figures with noise are given of a file: of sensitive sets that are given out."""
    return is_given_out(file) and file.version.dataset.sensitivity is Sensitivity.AGGREGATE


def of_file(file: DataFile, reader: Actor) -> NoisePage | None:
    """Return what the page of a file says of noise: to everybody once there is a budget, before to its keepers."""
    if not has_noise(file):
        return None
    page = noise_page(file, reader)
    return page if page.budget or page.keeps else None


def noise_page(file: DataFile, reader: Actor) -> NoisePage:
    dataset = file.version.dataset
    keeps = can_keep_files(reader, steward_of(dataset.holder_id, reader))
    budget = budget_of(dataset.id)
    spends = spends_of_file(file.id) if budget else []
    waiting = [spend for spend in spends if spend.answer is None] if keeps else []
    n_open = open_answers([spend.id for spend in waiting]) if waiting else 0
    return NoisePage(
        budget,
        spent_of(dataset.id) if budget else 0,
        [_answer(spend) for spend in spends if spend.answer],
        keeps,
        noise.is_available(),
        n_open,
        len(waiting) - n_open,
    )


def epsilon_words(millis: int) -> str:
    return f"{millis / 1000:g}"


def _answer(spend: DataBudgetSpend) -> NoisyTable:
    question, answer = Question.of_json(spend.question), spend.answer
    assert answer is not None
    title, bounds = _("‘%(by)s’ 값마다 줄의 수", by=question.by), ""
    if question.total:
        title = _("‘%(by)s’ 값마다 ‘%(total)s’{을} 더한 값", by=question.by, total=question.total)
        bounds = _(
            "%(lower)s보다 작은 값은 %(lower)s{로}, %(upper)s보다 큰 값은 %(upper)s{로} 바꾸어 더했어요.",
            lower=question.lower,
            upper=question.upper,
        )
    return NoisyTable(
        title,
        [(question.by, ""), (question.total or _("줄 수"), "number")],
        list(zip(question.keys, answer.figures, strict=True)),
        epsilon_words(spend.epsilon_millis),
        f"{noise.likely_error(answer.scale):,.1f}",
        bounds,
    )
