"""What higher slices add to the answers of some letters, such as photos. They register it in their `setup.py`.

Such a part has fields of its own in the answer's form, and it gives the decision. What it holds is a part of the draft:
a change is a new revision, whoever makes it is one of the writers, and the approver sees it before it is published.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from forum.core.errors import InvalidInput
from forum.core.i18n import _
from forum.response.referrals.models import Answer, Decision, Referral
from forum.system.audit.facts import FactsByKind


class AnswerPart(ABC):
    """A part of the answers of some letters. `typed` is what `read` returns. Nothing here commits.

    fields : unbound WTForms fields by name, which the form has beside its own
    form_template : takes the place of the decision in the form; has `form` and `part`, the variables of `shown`
    shown_template : shows the part of a draft; has `part`, the variables of `shown`
    """

    fields: ClassVar[Mapping[str, Any]]
    form_template: ClassVar[str]
    shown_template: ClassVar[str]

    @abstractmethod
    def applies(self, referral: Referral) -> bool:
        """Return whether the answers of this letter have the part."""

    @abstractmethod
    def prefilled(self, answer: Answer | None) -> Mapping[str, Any]:
        """Return initial data of the fields: of the draft, or of the published answer for a new version."""

    @abstractmethod
    def read(self, form: Any) -> object:
        """Return what was typed and sent. Slow work, such as storing files, is done here, before anything is written.

        :raise InvalidInput: what can be refused without looking at the draft
        """

    @abstractmethod
    def decision_of(self, typed: Any) -> Decision:
        """Return the answer's decision."""

    @abstractmethod
    def is_said_by(self, typed: Any, answer: Answer) -> bool:
        """Return whether a draft holds this already."""

    @abstractmethod
    def write(self, typed: Any, answer: Answer, officer_id: int) -> None:
        """Write it into a draft; its letter is locked.

        :raise InvalidInput: it lacks something
        """

    @abstractmethod
    def require_whole(self, answer: Answer) -> None:
        """Ask before a draft is submitted, and again before it is published.

        :raise WrongState: the draft lacks the part, or something of it
        """

    @abstractmethod
    def fingerprints(self, answer: Answer) -> Mapping[str, object]:
        """Return codes and hashes for the audit, by which a later revision can be compared."""

    @abstractmethod
    def changes_since(self, before: Mapping[str, Any], answer: Answer) -> Sequence[str]:
        """Return in sentences what differs from what `fingerprints` returned earlier."""

    @abstractmethod
    def facts(self, answer: Answer) -> FactsByKind:
        """Return the facts of a published answer."""

    @abstractmethod
    def shown(self, answer: Answer | None) -> object:
        """Return the variable `part` of the templates."""


_PARTS: list[AnswerPart] = []


def register_answer_part(part: AnswerPart) -> None:
    """Register a part. Registering one of the same class again changes nothing, since tests make many applications."""
    if not any(type(one) is type(part) for one in _PARTS):
        _PARTS.append(part)


def part_of(referral: Referral) -> AnswerPart | None:
    """Return the part that the answers of a letter have; of several the one registered first."""
    return next((part for part in _PARTS if part.applies(referral)), None)


def decision_in(part: AnswerPart, typed: object) -> Decision:
    """Return the decision that a part gives.

    :raise InvalidInput: the answer came without the part
    """
    if typed is None:
        raise InvalidInput({"kind": _("무엇을 했는지 하나 골라 주세요.")})
    return part.decision_of(typed)
