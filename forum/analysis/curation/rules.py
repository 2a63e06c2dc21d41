"""What the state of a theme allows, what is said where it does not, whose edit came first, and which texts it takes.

docs/desk.md shows the rules as a table; a test compares the two.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from forum.analysis.curation.edits import Edit, lock_themes
from forum.analysis.curation.models import EditKind, Proposal, ProposalKind
from forum.analysis.curation.queries import edits_since
from forum.analysis.themes.models import DECIDED_STATES, LIVE_STATES, Theme, ThemeState
from forum.analysis.themes.permissions import can_make_themes
from forum.core.access import Actor, require
from forum.core.errors import WrongState
from forum.core.i18n import _
from forum.core.korean import moment
from forum.core.text import clean_line, clean_text, refuse_resident_numbers

MAX_TITLE_CHARS = 100
MAX_SUMMARY_CHARS = 5_000
MAX_REASON_CHARS = 2_000


@dataclass(frozen=True)
class Rule:
    """States in which an edit of a theme is allowed; `even_sent`: also after it was sent to a ministry."""

    states: tuple[ThemeState, ...] = (ThemeState.DRAFT,)
    even_sent: bool = False

    def allows(self, theme: Theme) -> bool:
        return theme.state in self.states and (theme.frozen_at is None or self.even_sent)


RULES = dict.fromkeys(EditKind, Rule()) | {
    EditKind.REOPEN: Rule(DECIDED_STATES),
    EditKind.DISMISS_PROPOSAL: Rule(LIVE_STATES, even_sent=True),
}
FOLLOW_UP = Rule(DECIDED_STATES, even_sent=True)
"""New ideas for a theme that was sent become a draft of their own: the letter stays as it is."""


class Acceptance(Enum):
    """What accepting a proposal would do now."""

    NOTHING = "NOTHING"
    """The proposal only informs."""
    EDIT = "EDIT"
    FOLLOW_UP = "FOLLOW_UP"
    """Its ideas would become a theme of their own."""
    REOPEN_FIRST = "REOPEN_FIRST"
    """It cannot be accepted before the theme is reopened."""


@dataclass(frozen=True)
class ThemeActions:
    """What the page of a theme offers: edits of a draft, taking the decision back, sending it to a ministry."""

    can_edit: bool
    can_reopen: bool
    can_forward: bool


def available_actions(theme: Theme) -> ThemeActions:
    """Return what the theme's state allows now."""
    return ThemeActions(
        can_edit=RULES[EditKind.EDIT].allows(theme),
        can_reopen=RULES[EditKind.REOPEN].allows(theme),
        can_forward=theme.state is ThemeState.APPROVED,
    )


def acceptance(proposal: Proposal) -> Acceptance:
    """Return what accepting an open proposal would do now."""
    if proposal.kind is ProposalKind.GONE:
        return Acceptance.NOTHING
    if RULES[EditKind.EDIT].allows(proposal.theme):
        return Acceptance.EDIT
    if proposal.kind is ProposalKind.NEW_IDEAS and proposal.theme.frozen_at is not None:
        return Acceptance.FOLLOW_UP
    return Acceptance.REOPEN_FIRST


def begin_edit(
    kind: EditKind, actor: Actor, version: int, theme: Theme, *others: Theme, doing: str, rule: Rule | None = None
) -> Edit:
    """Begin an edit of themes: lock them, reload them and check that their state allows it.

    :param version: of `theme`, as the analyst saw it
    :param doing: what is being tried, to be followed by 수 없어요
    :param rule: in place of the kind's own
    :raise Forbidden: only analysts
    :raise WrongState: another state, or changed since
    """
    require(can_make_themes(actor))
    lock_themes(theme, *others)
    require_version(theme, version)
    for each in (theme, *others):
        if not (rule or RULES[kind]).allows(each):
            raise WrongState(why_not(each, doing))
    return Edit(kind, actor, theme, *others)


def require_version(theme: Theme, version: int) -> None:
    """:raise WrongState: the theme has changed since; the message names who changed what"""
    if theme.version == version:
        return
    edits = edits_since(theme, version)
    if not edits:
        raise WrongState("이 화면을 연 뒤에 주제가 바뀌었어요. 새로 고쳐 바뀐 내용을 보고 다시 해 주세요.")
    said = " / ".join(
        f"{edit.actor.display_name}, {moment(edit.at)}: "
        f"{edit.kind.label}{' (되돌림)' if edit.undone_at else ''} {edit.note}"
        for edit in edits
    )
    raise WrongState(f"이 화면을 연 뒤에 다른 분석가가 먼저 고쳤어요. {said}. 바뀐 내용을 보고 다시 해 주세요.")


def why_not(theme: Theme, doing: str) -> str:
    """Return why the theme's state does not allow this, for the analyst.

    :param doing: what is being tried, to be followed by 수 없어요
    """
    if theme.frozen_at is not None:
        return _(
            "‘%(title)s’{은} 소관부처에 전달한 주제라 %(doing)s 수 없어요. 공문에 적힌 그대로 남겨 둬요.",
            title=theme.title,
            doing=doing,
        )
    if theme.state in DECIDED_STATES:
        return _(
            "‘%(title)s’{은} 이미 ‘%(state)s’{로} 결정된 주제라 %(doing)s 수 없어요. "
            "먼저 ‘다시 검토하기’로 결정을 거두어 주세요.",
            title=theme.title,
            state=theme.state.label,
            doing=doing,
        )
    if theme.state is ThemeState.DRAFT:
        return _("‘%(title)s’{은} 아직 검토 중인 주제라 %(doing)s 수 없어요.", title=theme.title, doing=doing)
    if theme.state is ThemeState.UNMADE:
        return _(
            "‘%(title)s’{은} 만들기를 취소한 주제라 %(doing)s 수 없어요. 그 묶음을 다시 주제로 올려 주세요.",
            title=theme.title,
            doing=doing,
        )
    return _(
        "‘%(title)s’{은} ‘%(state)s’ 상태라 %(doing)s 수 없어요. 앞서 한 일을 되돌리면 다시 다룰 수 있어요.",
        title=theme.title,
        state=theme.state.label,
        doing=doing,
    )


def clean_title(title: str) -> str:
    """:raise InvalidInput: empty, over-long, or it holds a resident registration number"""
    title = clean_line(title, "title", "제목", max_chars=MAX_TITLE_CHARS)
    refuse_resident_numbers(title, "title")
    return title


def clean_summary(summary: str) -> str:
    """:raise InvalidInput: over-long, or it holds a resident registration number"""
    summary = clean_text(summary, "summary", "정책 요약", max_chars=MAX_SUMMARY_CHARS, min_chars=0)
    refuse_resident_numbers(summary, "summary")
    return summary
