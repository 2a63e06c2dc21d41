"""Kinds of digests: who may ask for one, what of a campaign it holds, and what it is called.

A later slice adds a kind by a migration that lets the database know its code, and `register_kind` in its `setup.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa

from forum.analysis.themes.models import Theme
from forum.core.access import Actor, Role
from forum.core.i18n import LazyString, _, _l
from forum.publication.digests.models import Digest, DigestKind
from forum.publication.digests.permissions import can_build_digest
from forum.publication.digests.plan import DigestPlan
from forum.response.referrals.models import AssignmentState, MinistryAssignment, Referral


@dataclass(frozen=True)
class Scope:
    """What of a campaign a digest holds.

    :param themes: conditions on `Theme` beside being approved; `letters` likewise on `Referral`
    :param has_all_ideas: also those of the run that are in no theme; else only the themes' ideas
    """

    themes: tuple[sa.ColumnElement[bool], ...] = ()
    letters: tuple[sa.ColumnElement[bool], ...] = ()
    has_all_ideas: bool = True


@dataclass(frozen=True)
class KindOfDigest:
    """:param about: what a request must name besides the campaign: "ministry", "theme" or nothing
    :param may_build: may the actor ask for one, of the ministry with this id if it is about one?
    :param title: what a digest of this kind is called on pages
    :param file_words: the same in a file's name: in Korean, and in ASCII for programs that know no other
    """

    code: DigestKind
    note: LazyString
    may_build: Callable[[Actor, int | None], bool]
    scope: Callable[[DigestPlan], Scope]
    title: Callable[[Digest], str]
    file_words: Callable[[Digest], tuple[str, str]]
    about: str = ""

    @property
    def label(self) -> str:
        return self.code.label


KINDS: dict[DigestKind, KindOfDigest] = {}


def register_kind(kind: KindOfDigest) -> None:
    """Add a kind of digest."""
    KINDS[kind.code] = kind


def digest_title(digest: Digest) -> str:
    """Return what a digest is called: 포럼 전체 보고서, 국토교통부 보고서, 주제 요약: 전기 버스."""
    return KINDS[digest.kind].title(digest)


def file_names(digest: Digest, extension: str) -> tuple[str, str]:
    """Return the name of a digest's file, and one in ASCII for programs that know no other."""
    words, plain = KINDS[digest.kind].file_words(digest)
    ending = f"-{digest.id}.{extension}"
    return (
        _("탄소중립-국민포럼-%(words)s%(ending)s", words=words, ending=ending),
        f"digest-{digest.campaign.slug}{plain}{ending}",
    )


def _may_build_for_ministry(actor: Actor, ministry_id: int | None) -> bool:
    """A ministry's officers make the digest of their own ministry's letters and of no other's."""
    is_own = actor.role is not Role.MINISTRY_OFFICER or actor.ministry_id == ministry_id
    return can_build_digest(actor) and is_own


def _ministry_scope(plan: DigestPlan) -> Scope:
    """Return its letters: those it leads or helps with; not those it has passed on to another ministry."""
    addressed = sa.exists().where(
        MinistryAssignment.referral_id == Referral.id,
        MinistryAssignment.ministry_id == plan.ministry_id,
        MinistryAssignment.state != AssignmentState.TRANSFERRED,
    )
    has_letter = sa.exists().where(Referral.theme_id == Theme.id, addressed)
    return Scope(themes=(has_letter,), letters=(addressed,), has_all_ideas=False)


register_kind(
    KindOfDigest(
        code=DigestKind.CAMPAIGN,
        note=_l("모든 제안과 주제, 편지"),
        may_build=lambda actor, _ministry_id: can_build_digest(actor),
        scope=lambda _plan: Scope(),
        title=lambda digest: digest.kind.label,
        file_words=lambda _digest: (_("보고서"), ""),
    )
)
register_kind(
    KindOfDigest(
        code=DigestKind.MINISTRY,
        note=_l("한 소관부처가 받은 편지와 그 주제만"),
        may_build=_may_build_for_ministry,
        scope=_ministry_scope,
        title=lambda digest: _("%(ministry)s 보고서", ministry=digest.ministry.name if digest.ministry else ""),
        file_words=lambda digest: (
            _("보고서-%(ministry)s", ministry=digest.ministry.name if digest.ministry else ""),
            f"-{digest.ministry.code.lower()}" if digest.ministry else "",
        ),
        about="ministry",
    )
)
register_kind(
    KindOfDigest(
        code=DigestKind.THEME,
        note=_l("정책 주제 하나를 두 쪽으로"),
        may_build=lambda actor, _ministry_id: can_build_digest(actor),
        scope=lambda plan: Scope(themes=(Theme.id == plan.theme_id,), has_all_ideas=False),
        title=lambda digest: _("주제 요약: %(theme)s", theme=digest.theme.title if digest.theme else ""),
        file_words=lambda digest: (
            _("주제-%(number)s-요약", number=digest.theme_id),
            f"-theme-{digest.theme_id}",
        ),
        about="theme",
    )
)
