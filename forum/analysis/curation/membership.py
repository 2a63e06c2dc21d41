"""Which ideas a draft theme holds: add and remove them by hand, move them, merge and split themes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from forum.analysis.curation.models import EditKind
from forum.analysis.curation.queries import open_ideas
from forum.analysis.curation.rules import begin_edit, clean_title, require_version
from forum.analysis.themes.models import MemberSource, Theme, ThemeIdea
from forum.core.access import Actor
from forum.core.errors import InvalidInput, WrongState
from forum.core.extensions import db
from forum.core.i18n import _

MAX_PARTS = 20


@dataclass(frozen=True)
class SplitPart:
    """A future theme: its title, who gave the title, and its ideas."""

    title: str
    idea_ids: tuple[int, ...]
    title_source: MemberSource = MemberSource.HUMAN


def add_ideas(theme: Theme, idea_ids: Collection[int], actor: Actor, version: int) -> list[int]:
    """Add open ideas of the campaign to a draft by hand; return those that were not members. The caller commits.

    :raise Forbidden: only analysts
    :raise WrongState: not a draft any more, changed since, or all of them are members already
    :raise InvalidInput: a number that is not an open idea of this campaign
    """
    edit = begin_edit(EditKind.ADD_IDEAS, actor, version, theme, doing="제안을 넣을")
    known = open_ideas(theme.campaign_id, idea_ids)
    unknown = [f"#{idea_id}" for idea_id in idea_ids if idea_id not in known]
    if unknown or not idea_ids:
        what = ", ".join(unknown) or "빈칸"
        raise InvalidInput(
            {"idea_ids": _("%(what)s{은} 이 포럼에 공개 중인 제안이 아니에요. 번호를 확인해 주세요.", what=what)}
        )
    new = edit.add(theme, dict.fromkeys(idea_ids))
    if not new:
        raise WrongState("이미 이 주제에 들어 있는 제안이에요.")
    edit.finish(f"{_numbers(new)} ‘{theme.title}’에")
    return new


def remove_ideas(theme: Theme, idea_ids: Collection[int], actor: Actor, version: int) -> list[int]:
    """Remove ideas that do not belong to a draft; at least one stays. The caller commits.

    :raise Forbidden: only analysts
    :raise WrongState: not a draft any more, changed since, none of them is a member, or nothing would be left
    """
    edit = begin_edit(EditKind.REMOVE_IDEAS, actor, version, theme, doing="제안을 뺄")
    removed = list(edit.remove(theme, idea_ids))
    _require_some(removed)
    _require_not_empty(theme)
    edit.finish(f"{_numbers(removed)} ‘{theme.title}’에서")
    return removed


def move_ideas(source: Theme, target: Theme, idea_ids: Collection[int], actor: Actor, version: int) -> list[int]:
    """Move ideas from one draft to another. The caller commits.

    :param version: of the source, as the analyst saw it
    :raise Forbidden: only analysts
    :raise WrongState: one of the two is not a draft, the source changed since, or nothing would be left in it
    :raise InvalidInput: not of one campaign, or the same theme
    """
    _require_two(source, target)
    edit = begin_edit(EditKind.MOVE_IDEAS, actor, version, source, target, doing="제안을 옮길")
    moved = edit.remove(source, idea_ids)
    _require_some(moved)
    _require_not_empty(source, "남는 제안이 없어요. 모두 옮기려면 ‘주제 합치기’를 쓰세요.")
    edit.add(target, moved)
    where = _("‘%(source)s’에서 ‘%(target)s’{로}", source=source.title, target=target.title)
    edit.finish(f"{_numbers(list(moved))} {where}")
    return list(moved)


def merge_themes(source: Theme, target: Theme, actor: Actor, version: int, target_version: int) -> None:
    """Move all ideas of one draft to another and mark it as merged. The caller commits.

    :param target_version: of the target, as the analyst saw it: its name and summary are kept
    :raise Forbidden: only analysts
    :raise WrongState: one of the two is not a draft, or changed since
    :raise InvalidInput: not of one campaign, or the same theme
    """
    _require_two(source, target)
    edit = begin_edit(EditKind.MERGE, actor, version, source, target, doing="합칠")
    require_version(target, target_version)
    ids = db.session.scalars(sa.select(ThemeIdea.idea_id).where(ThemeIdea.theme_id == source.id)).all()
    machine = sa.select(ThemeIdea.idea_id, ThemeIdea.score).where(
        ThemeIdea.theme_id == source.id, ThemeIdea.source == MemberSource.MACHINE
    )
    by_machine: dict[int, float | None] = dict(db.session.execute(machine).all())
    edit.remove(source, ids, exclude=False)
    edit.add(target, by_machine, MemberSource.MACHINE)
    edit.add(target, [idea_id for idea_id in ids if idea_id not in by_machine])
    edit.mark_merged(source, target)
    what = _("‘%(source)s’{를} ‘%(target)s’에", source=source.title, target=target.title)
    edit.finish(what, target=target.id)


def split_theme(source: Theme, parts: Sequence[SplitPart], actor: Actor, version: int) -> list[Theme]:
    """Create draft themes from parts of a draft; ideas in no part stay in it. The caller commits.

    :raise Forbidden: only analysts
    :raise WrongState: not a draft any more, changed since, a part without any member, or nothing would be left
    :raise InvalidInput: no part, too many, or a title that is not accepted
    """
    edit = begin_edit(EditKind.SPLIT, actor, version, source, doing="나눌")
    if not 1 <= len(parts) <= MAX_PARTS:
        raise InvalidInput({"title": f"나눌 주제를 하나에서 {MAX_PARTS}개까지 골라 주세요."})
    themes = []
    for part in parts:
        title = clean_title(part.title)
        moved = edit.remove(source, part.idea_ids)
        _require_some(moved)
        theme = edit.create_theme(source.campaign_id, source.run_id, title, part.title_source)
        edit.add(theme, moved)
        themes.append(theme)
    _require_not_empty(source, "남는 제안이 없어요. 한 부분은 이 주제에 남겨 두세요.")
    names = ", ".join(f"‘{theme.title}’" for theme in themes)
    what = _("‘%(source)s’에서 %(parts)s{를}", source=source.title, parts=names)
    edit.finish(what, parts=[theme.id for theme in themes])
    return themes


def _require_two(source: Theme, target: Theme) -> None:
    if source.id == target.id:
        raise InvalidInput({"target": "다른 주제를 골라 주세요."})
    if source.campaign_id != target.campaign_id:
        raise InvalidInput({"target": "다른 포럼의 주제로는 옮길 수 없어요."})


def _require_some(idea_ids: Collection[int]) -> None:
    if not idea_ids:
        raise WrongState("고른 제안이 이 주제에 없어요. 먼저 제안을 골라 주세요.")


def _require_not_empty(
    theme: Theme, message: str = "마지막 제안은 뺄 수 없어요. 주제에는 제안이 하나는 있어야 해요."
) -> None:
    if not db.session.scalar(sa.select(sa.exists().where(ThemeIdea.theme_id == theme.id))):
        raise WrongState(message)


def _numbers(idea_ids: Sequence[int]) -> str:
    """Return 제안 #3, #5번을: the ideas with the particle."""
    first = ", ".join(f"#{idea_id}" for idea_id in idea_ids[:3])
    return f"제안 {first} 등 {len(idea_ids):,}건을" if len(idea_ids) > 3 else f"제안 {first}번을"
