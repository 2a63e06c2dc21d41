"""What a theme's state allows, and what is said where it does not; who was faster.

| act | 검토 중 | 승인 · 채택하지 않음 · 범위 밖 | 승인하고 전달함 | 합침 · 만들기 취소 |
|---|---|---|---|---|
| rename, summarise, put in, take out, move, merge, split, decide | yes | after 다시 검토 | never | after undoing |
| 다시 검토 (reopen) | – | yes | never | – |
| undo the newest act | yes | yes | never | yes |
| leave a proposal | yes | yes | yes | – |
"""

from __future__ import annotations

from collections.abc import Collection

from forum.analysis.curation.acts import Act, lock
from forum.analysis.curation.models import ActKind
from forum.analysis.curation.queries import who_was_faster
from forum.analysis.themes.models import DECIDED_STATES, Theme, ThemeState
from forum.analysis.themes.permissions import can_make_themes
from forum.core.access import Actor, require
from forum.core.errors import WrongState
from forum.core.korean import moment, particle_after


def begin(
    kind: ActKind,
    actor: Actor,
    version: int,
    theme: Theme,
    *others: Theme,
    doing: str,
    states: Collection[ThemeState] = (ThemeState.DRAFT,),
    even_sent: bool = False,
) -> Act:
    """An act on themes that are locked, seen in their newest state, and in a state that allows it.

    :param version: of `theme`, as the analyst saw it
    :param doing: what is being tried, to be followed by 수 없습니다
    :param even_sent: a theme that was sent to a ministry will do too
    :raise Forbidden: only analysts
    :raise WrongState: another state, or changed since
    """
    require(can_make_themes(actor))
    lock(theme, *others)
    require_version(theme, version)
    for each in (theme, *others):
        if each.state not in states or (each.frozen_at is not None and not even_sent):
            raise WrongState(why_not(each, doing))
    return Act(kind, actor, theme, *others)


def require_version(theme: Theme, version: int) -> None:
    """:raise WrongState: the theme has changed since, and who changed what"""
    if theme.version == version:
        return
    acts = who_was_faster(theme, version)
    if not acts:
        raise WrongState("이 화면을 연 뒤에 주제가 바뀌었습니다. 새로 고쳐 바뀐 내용을 보고 다시 해 주세요.")
    said = " / ".join(
        f"{act.actor.display_name}, {moment(act.at)}: {act.kind.label}{' (되돌림)' if act.undone_at else ''} {act.note}"
        for act in acts
    )
    raise WrongState(f"이 화면을 연 뒤에 다른 손길이 먼저 닿았습니다. {said}. 바뀐 내용을 보고 다시 해 주세요.")


def why_not(theme: Theme, doing: str) -> str:
    name = f"‘{theme.title}’{particle_after(theme.title, '은')}"
    if theme.frozen_at is not None:
        return f"{name} 소관부처에 전달한 주제라 {doing} 수 없습니다. 공문에 적힌 그대로 남겨 둡니다."
    if theme.state in DECIDED_STATES:
        what = f"이미 ‘{theme.state.label}’{particle_after(theme.state.label, '로')} 결정된 주제라 {doing} 수 없습니다."
        return f"{name} {what} 먼저 ‘다시 검토하기’로 결정을 거두어 주세요."
    if theme.state is ThemeState.DRAFT:
        return f"{name} 아직 검토 중인 주제라 {doing} 수 없습니다."
    return f"{name} ‘{theme.state.label}’ 상태라 {doing} 수 없습니다. 앞서 한 일을 되돌리면 다시 다룰 수 있습니다."
