"""What analysts do with themes: make them of clusters, name and fill them, move, merge, split, decide, and undo.

A theme is the analysts' own: no later run changes its name, its members or its decision. Every act names the version
its analyst saw, writes audit entries and can be undone (`acts`); what a state does not allow is refused in words.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from forum.analysis.curation.acts import Act, lock, take_back
from forum.analysis.curation.mails import notify_authors_of_approval, notify_authors_of_reopening
from forum.analysis.curation.models import ActKind, ThemeAct
from forum.analysis.curation.queries import SPLIT_JOB, adoptable_members, examined_summary, later_act, open_ideas
from forum.analysis.curation.rules import begin, require_version, why_not
from forum.analysis.themes.models import DECIDED_STATES, Cluster, MemberSource, Theme, ThemeIdea, ThemeState
from forum.analysis.themes.permissions import can_make_themes
from forum.core import clock
from forum.core.access import Actor, require
from forum.core.errors import InvalidInput, WrongState
from forum.core.extensions import db
from forum.core.korean import josa, moment, particle_after
from forum.core.text import clean_line, clean_text, refuse_resident_numbers
from forum.system.audit.services import record
from forum.system.jobs.models import Job
from forum.system.jobs.services import enqueue_job
from forum.voice.campaigns.models import PhaseKind
from forum.voice.campaigns.queries import require_open

TITLE_MAX_CHARS = 100
SUMMARY_MAX_CHARS = 5_000
REASON_MAX_CHARS = 2_000
PARTS_MAX = 20
DECISIONS = {
    ThemeState.APPROVED: ActKind.APPROVE,
    ThemeState.REJECTED: ActKind.REJECT,
    ThemeState.OUT_OF_SCOPE: ActKind.PUT_OUT_OF_SCOPE,
}


@dataclass(frozen=True)
class Part:
    """What is to become a theme of its own: its title, whose title that is, and its ideas."""

    title: str
    idea_ids: tuple[int, ...]
    title_source: MemberSource = MemberSource.HUMAN


def adopt_cluster(cluster: Cluster, actor: Actor, title: str, summary: str = "") -> Theme:
    """Make a draft theme of what the machine found, with its open ideas as members. The caller commits.

    Ideas that a person has put into another theme stay there.

    :raise Forbidden: only analysts
    :raise WrongState: the review phase is closed, or somebody has adopted this cluster already
    :raise InvalidInput: empty title, over-long texts
    """
    require(can_make_themes(actor))
    require_open(cluster.run.campaign, PhaseKind.REVIEW)
    taken = db.session.scalar(sa.select(Theme.title).where(Theme.cluster_id == cluster.id))
    if taken is not None:
        raise WrongState(f"이 묶음은 이미 정책 주제 ‘{taken}’{particle_after(taken, '로')} 올라 있습니다.")
    title, summary = _texts(title, summary)
    members = adoptable_members(cluster)
    if not members:
        raise WrongState("이 묶음의 제안이 모두 철회되었거나 다른 주제에 들어 있어 정책 주제로 올릴 수 없습니다.")
    theme = Theme(
        campaign_id=cluster.run.campaign_id,
        run_id=cluster.run_id,
        cluster_id=cluster.id,
        title=title,
        title_source=MemberSource.MACHINE if title == cluster.title else MemberSource.HUMAN,
        summary=summary,
        created_by_id=actor.id,
    )
    act = _make(ActKind.ADOPT, actor, theme)
    act.put(theme, members, MemberSource.MACHINE)
    act.done(f"묶음 {cluster.number}번을 ‘{title}’{particle_after(title, '로')}", cluster_id=cluster.id)
    return theme


def edit_theme(theme: Theme, actor: Actor, title: str, summary: str, version: int) -> None:
    """Rename a draft or rewrite its summary, which may still have gaps; approving it will not. The caller commits.

    :param version: what the analyst saw; another one means that somebody else was faster
    :raise Forbidden: only analysts
    :raise WrongState: no draft any more, or changed by another analyst since
    :raise InvalidInput: empty title, over-long texts
    """
    act = begin(ActKind.EDIT, actor, version, theme, doing="이름과 요약을 고칠")
    before = theme.title
    title, theme.summary = _texts(title, summary)
    if title != theme.title:
        theme.title, theme.title_source = title, MemberSource.HUMAN
    act.done(f"‘{before}’에서 ‘{title}’{particle_after(title, '로')}" if before != title else f"‘{title}’의 요약")


def decide_theme(theme: Theme, actor: Actor, decision: ThemeState, reason: str, version: int) -> None:
    """Approve a draft, or say with a reason that everybody can read why not. The caller commits.

    :param decision: APPROVED, REJECTED or OUT_OF_SCOPE
    :raise Forbidden: only analysts
    :raise WrongState: no draft any more, changed since, or the review phase is closed
    :raise InvalidInput: no reason where one is due, or a summary with a sentence that names no idea of the theme
    """
    act = begin(DECISIONS[decision], actor, version, theme, doing="다시 결정할")
    require_open(theme.campaign, PhaseKind.REVIEW)
    is_approval = decision is ThemeState.APPROVED
    reason = clean_text(reason, "reason", "까닭", max_chars=REASON_MAX_CHARS, min_chars=int(not is_approval))
    refuse_resident_numbers(reason, "reason")
    if is_approval:
        _require_citations(theme)
    theme.state, theme.decision_reason = decision, reason
    theme.decided_by_id, theme.decided_at = actor.id, clock.now()
    act.done(f"‘{theme.title}’")
    if is_approval:
        notify_authors_of_approval(theme)


def reopen_theme(theme: Theme, actor: Actor, version: int) -> None:
    """Take a decision back, so that the theme can be worked on again. One that was sent stays. The caller commits.

    :raise Forbidden: only analysts
    :raise WrongState: nothing decided, sent to a ministry already, changed since, or the review phase is closed
    """
    act = begin(ActKind.REOPEN, actor, version, theme, doing="다시 검토할", states=DECIDED_STATES)
    require_open(theme.campaign, PhaseKind.REVIEW)
    was_approved = theme.state is ThemeState.APPROVED
    theme.state, theme.decision_reason = ThemeState.DRAFT, ""
    theme.decided_by_id = theme.decided_at = None
    act.done(f"‘{theme.title}’")
    if was_approved:
        notify_authors_of_reopening(theme)


def put_ideas(theme: Theme, idea_ids: Collection[int], actor: Actor, version: int) -> list[int]:
    """Put open ideas of the campaign into a draft by hand; give those that are new to it. The caller commits.

    :raise Forbidden: only analysts
    :raise WrongState: no draft any more, changed since, or all of them are in it already
    :raise InvalidInput: a number that is no open idea of this campaign
    """
    act = begin(ActKind.ADD_IDEAS, actor, version, theme, doing="제안을 넣을")
    known = open_ideas(theme.campaign_id, idea_ids)
    unknown = [f"#{idea_id}" for idea_id in idea_ids if idea_id not in known]
    if unknown or not idea_ids:
        what = ", ".join(unknown) or "빈칸"
        raise InvalidInput(
            {"idea_ids": f"{josa(what, '은')} 이 포럼에 공개 중인 제안이 아닙니다. 번호를 확인해 주세요."}
        )
    new = act.put(theme, dict.fromkeys(idea_ids))
    if not new:
        raise WrongState("이미 이 주제에 들어 있는 제안입니다.")
    act.done(f"{_numbers(new)} ‘{theme.title}’에")
    return new


def take_out(theme: Theme, idea_ids: Collection[int], actor: Actor, version: int) -> list[int]:
    """Take ideas that don't belong there out of a draft; one at least stays. The caller commits.

    :raise Forbidden: only analysts
    :raise WrongState: no draft any more, changed since, none of them is a member, or nothing would be left
    """
    act = begin(ActKind.REMOVE_IDEAS, actor, version, theme, doing="제안을 뺄")
    gone = list(act.take(theme, idea_ids))
    _require_some(gone)
    _require_not_empty(theme)
    act.done(f"{_numbers(gone)} ‘{theme.title}’에서")
    return gone


def move_ideas(source: Theme, target: Theme, idea_ids: Collection[int], actor: Actor, version: int) -> list[int]:
    """Move ideas from one draft into another one. The caller commits.

    :param version: of the source, as the analyst saw it
    :raise Forbidden: only analysts
    :raise WrongState: one of the two is no draft, the source changed since, or nothing would be left in it
    :raise InvalidInput: not of one campaign, or the same theme
    """
    _require_two(source, target)
    act = begin(ActKind.MOVE_IDEAS, actor, version, source, target, doing="제안을 옮길")
    moved = act.take(source, idea_ids)
    _require_some(moved)
    _require_not_empty(source, "남는 제안이 없습니다. 모두 옮기려면 ‘주제 합치기’를 쓰세요.")
    act.put(target, moved)
    act.done(f"{_numbers(list(moved))} ‘{source.title}’에서 ‘{target.title}’{particle_after(target.title, '로')}")
    return list(moved)


def merge_themes(source: Theme, target: Theme, actor: Actor, version: int, target_version: int) -> None:
    """Put all ideas of one draft into another one, which lives on for both. The caller commits.

    :param target_version: of the target, as the analyst saw it: its name and summary will speak for both
    :raise Forbidden: only analysts
    :raise WrongState: one of the two is no draft, or changed since
    :raise InvalidInput: not of one campaign, or the same theme
    """
    _require_two(source, target)
    act = begin(ActKind.MERGE, actor, version, source, target, doing="합칠")
    require_version(target, target_version)
    ids = db.session.scalars(sa.select(ThemeIdea.idea_id).where(ThemeIdea.theme_id == source.id)).all()
    machine = sa.select(ThemeIdea.idea_id, ThemeIdea.score).where(
        ThemeIdea.theme_id == source.id, ThemeIdea.source == MemberSource.MACHINE
    )
    by_machine: dict[int, float | None] = dict(db.session.execute(machine).all())
    act.take(source, ids, keep_out=False)
    act.put(target, by_machine, MemberSource.MACHINE)
    act.put(target, [idea_id for idea_id in ids if idea_id not in by_machine])
    source.state, source.merged_into_id = ThemeState.MERGED, target.id
    act.done(f"‘{source.title}’{particle_after(source.title, '를')} ‘{target.title}’에", target=target.id)


def split_theme(source: Theme, parts: Sequence[Part], actor: Actor, version: int) -> list[Theme]:
    """Make draft themes of parts of a draft; what is in no part stays. The caller commits.

    :raise Forbidden: only analysts
    :raise WrongState: no draft any more, changed since, a part without any member, or nothing would be left
    :raise InvalidInput: no part, too many, or a title that cannot be taken
    """
    act = begin(ActKind.SPLIT, actor, version, source, doing="나눌")
    if not 1 <= len(parts) <= PARTS_MAX:
        raise InvalidInput({"title": f"나눌 주제를 하나에서 {PARTS_MAX}개까지 골라 주세요."})
    made = []
    for part in parts:
        title, _summary = _texts(part.title, "")
        moved = act.take(source, part.idea_ids)
        _require_some(moved)
        theme = Theme(
            campaign_id=source.campaign_id,
            run_id=source.run_id,
            title=title,
            title_source=part.title_source,
            summary="",
            created_by_id=actor.id,
        )
        db.session.add(theme)
        db.session.flush()
        act.made(theme)
        act.put(theme, moved)
        made.append(theme)
    _require_not_empty(source, "남는 제안이 없습니다. 한 갈래는 이 주제에 남겨 두세요.")
    names = ", ".join(f"‘{theme.title}’" for theme in made)
    act.done(f"‘{source.title}’에서 {josa(names, '를')}", parts=[theme.id for theme in made])
    return made


def undo_act(act: ThemeAct, actor: Actor) -> None:
    """Take one act back, whoever did it: the newest on each of its themes goes first. The caller commits.

    :raise Forbidden: only analysts
    :raise WrongState: undone already, a later act or a letter to a ministry stands in the way, or the phase is closed
    """
    require(can_make_themes(actor))
    themes = [db.session.get_one(Theme, touched.theme_id) for touched in act.touched]
    lock(*themes)
    db.session.refresh(act)
    if act.undone_at is not None:
        raise WrongState("이미 되돌린 일입니다.")
    sent = next((theme for theme in themes if theme.frozen_at is not None), None)
    if sent is not None:
        raise WrongState(
            f"‘{sent.title}’{particle_after(sent.title, '은')} 소관부처에 전달해서 그 앞의 일을 되돌릴 수 없습니다."
        )
    later = later_act(act)
    if later is not None:
        who = f"{later.kind.label}, {later.actor.display_name}, {moment(later.at)}"
        raise WrongState(f"그 뒤에 한 일이 있어 되돌릴 수 없습니다. 먼저 그 일부터 되돌려 주세요: {later.note} ({who})")
    if act.kind in {*DECISIONS.values(), ActKind.REOPEN}:
        require_open(themes[0].campaign, PhaseKind.REVIEW)
    if act.kind is ActKind.APPROVE:
        notify_authors_of_reopening(themes[0])
    take_back(act, themes, actor)
    if act.kind is ActKind.REOPEN and themes[0].state is ThemeState.APPROVED:
        notify_authors_of_approval(themes[0])


def freeze_theme(theme: Theme) -> None:
    """From now on its members stay as the letter to the ministry names them. The caller, who sends it, commits."""
    if theme.frozen_at is not None:
        return
    theme.frozen_at = clock.now()
    db.session.flush()
    db.session.execute(
        sa.update(ThemeIdea)
        .where(ThemeIdea.theme_id == theme.id)
        .values(is_frozen=True)
        .execution_options(synchronize_session=False)
    )


def _make(kind: ActKind, actor: Actor, theme: Theme) -> Act:
    db.session.add(theme)
    db.session.flush()
    act = Act(kind, actor)
    act.made(theme)
    return act


def _require_two(source: Theme, target: Theme) -> None:
    if source.id == target.id:
        raise InvalidInput({"target": "다른 주제를 골라 주세요."})
    if source.campaign_id != target.campaign_id:
        raise InvalidInput({"target": "다른 포럼의 주제로는 옮길 수 없습니다."})


def _require_some(idea_ids: Collection[int]) -> None:
    if not idea_ids:
        raise WrongState("고른 제안이 이 주제에 없습니다. 먼저 제안을 골라 주세요.")


def _require_not_empty(
    theme: Theme, message: str = "마지막 제안은 뺄 수 없습니다. 주제에는 제안이 하나는 있어야 합니다."
) -> None:
    if not db.session.scalar(sa.select(sa.exists().where(ThemeIdea.theme_id == theme.id))):
        raise WrongState(message)


def _require_citations(theme: Theme) -> None:
    """:raise InvalidInput: no summary, or the sentences of it that stand on nothing, each with what to mend"""
    sentences = examined_summary(theme)
    if not sentences:
        raise InvalidInput({"reason": "승인하려면 먼저 정책 요약을 써 주세요."})
    said = [f"‘{sentence.short}’: {problem}" for sentence in sentences for problem in sentence.problems]
    if said:
        raise InvalidInput({"reason": "승인하려면 요약의 모든 문장에 근거가 있어야 합니다. " + " ".join(said)})


def _numbers(idea_ids: Sequence[int]) -> str:
    """제안 #3, #5를 (the particle included)."""
    first = ", ".join(f"#{idea_id}" for idea_id in idea_ids[:3])
    return f"제안 {first} 등 {len(idea_ids):,}건을" if len(idea_ids) > 3 else f"제안 {first}번을"


def _texts(title: str, summary: str) -> tuple[str, str]:
    title = clean_line(title, "title", "제목", max_chars=TITLE_MAX_CHARS)
    refuse_resident_numbers(title, "title")
    summary = clean_text(summary, "summary", "정책 요약", max_chars=SUMMARY_MAX_CHARS, min_chars=0)
    refuse_resident_numbers(summary, "summary")
    return title, summary


def ask_for_split(theme: Theme, actor: Actor) -> Job:
    """Have the machine look for parts in a draft; a job that waits already is given back. The caller commits.

    :raise Forbidden: only analysts
    :raise WrongState: no draft any more
    """
    require(can_make_themes(actor))
    if theme.state is not ThemeState.DRAFT:
        raise WrongState(why_not(theme, "나눌"))
    job = enqueue_job(SPLIT_JOB, dedupe_key=f"theme:{theme.id}", actor=actor, theme_id=theme.id)
    record(actor, "themes.ask_for_split", theme, after={"job_id": job.id})
    return job
