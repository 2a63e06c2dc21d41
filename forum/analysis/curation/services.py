"""What analysts do with a theme: create it from a cluster, name, summarise and decide it, undo edits.

A theme belongs to the analysts: no later run changes its name, its members or its decision. Every edit names the
version of the theme that its analyst saw, writes audit entries and can be undone (`edits`). What a theme's state does
not allow is refused (`rules`). Moving ideas between themes is in `membership`, deciding on a run's proposals in
`proposals`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import sqlalchemy as sa

from forum.analysis.curation.edits import Edit, lock_themes, undo
from forum.analysis.curation.mails import notify_authors_of_approval, notify_authors_of_reopening
from forum.analysis.curation.models import EditKind, RecordedEdit
from forum.analysis.curation.queries import SPLIT_JOB, adoptable_members, examined_summary, later_edit, open_ideas
from forum.analysis.curation.rules import (
    MAX_REASON_CHARS,
    MAX_TITLE_CHARS,
    available_actions,
    begin_edit,
    clean_summary,
    clean_title,
    why_not,
)
from forum.analysis.themes.models import Cluster, MemberSource, Theme, ThemeIdea, ThemeState
from forum.analysis.themes.permissions import can_make_themes
from forum.analysis.themes.services import run_for_single_ideas
from forum.core import clock
from forum.core.access import Actor, require
from forum.core.errors import InvalidInput, WrongState
from forum.core.extensions import db
from forum.core.i18n import _
from forum.core.korean import moment
from forum.core.text import clean_text, refuse_resident_numbers
from forum.system.audit.services import record
from forum.system.jobs.models import Job
from forum.system.jobs.services import enqueue_job
from forum.voice.campaigns.models import PhaseKind
from forum.voice.campaigns.queries import require_open
from forum.voice.ideas.models import Idea, IdeaState

DECISIONS = {
    ThemeState.APPROVED: EditKind.APPROVE,
    ThemeState.REJECTED: EditKind.REJECT,
    ThemeState.OUT_OF_SCOPE: EditKind.PUT_OUT_OF_SCOPE,
}


def adopt_cluster(cluster: Cluster, actor: Actor, title: str, summary: str = "") -> Theme:
    """Create a draft theme from a cluster, with the cluster's open ideas as members. The caller commits.

    Ideas that a person has put into another theme stay there.

    :raise Forbidden: only analysts
    :raise WrongState: the review phase is closed, or this cluster has been adopted already
    :raise InvalidInput: empty title, over-long texts
    """
    require(can_make_themes(actor))
    require_open(cluster.run.campaign, PhaseKind.REVIEW)
    taken = db.session.scalar(sa.select(Theme.title).where(Theme.cluster_id == cluster.id))
    if taken is not None:
        raise WrongState(_("이 묶음은 이미 정책 주제 ‘%(title)s’{로} 올라 있어요.", title=taken))
    title, summary = clean_title(title), clean_summary(summary)
    members = adoptable_members(cluster)
    if not members:
        raise WrongState("이 묶음의 제안이 모두 철회되었거나 다른 주제에 들어 있어 정책 주제로 올릴 수 없어요.")
    edit = Edit(EditKind.ADOPT, actor)
    source = MemberSource.MACHINE if title == cluster.title else MemberSource.HUMAN
    run = cluster.run
    theme = edit.create_theme(run.campaign_id, run.id, title, source, summary=summary, cluster_id=cluster.id)
    edit.add(theme, members, MemberSource.MACHINE)
    what = _("묶음 %(number)s번을 ‘%(title)s’{로}", number=cluster.number, title=title)
    edit.finish(what, cluster_id=cluster.id)
    return theme


def adopt_idea(idea: Idea, actor: Actor, reason: str) -> Theme:
    """Create an approved theme of one idea that is in none, so that it can be sent as it is. The caller commits.

    Its summary names the idea. These are two edits as of every theme, adopted and approved; the review phase need not
    be open, for the approval is a part of the sending.

    :param reason: of the approval; public
    :return: the theme, locked and flushed; the author is told by whoever sends it
    :raise Forbidden: only analysts
    :raise WrongState: the idea is not open
    """
    require(can_make_themes(actor))
    if idea.state is not IdeaState.OPEN:
        raise WrongState(_("‘%(state)s’ 상태인 제안은 주제로 올릴 수 없어요.", state=idea.state.label))
    title = clean_title(idea.title[:MAX_TITLE_CHARS])
    summary = _("제안 한 건을 그대로 전해요 [#%(number)s].", number=idea.id)
    note = _("제안 #%(number)s번을 ‘%(title)s’{로}", number=idea.id, title=title)
    return _approved_at_once(idea.campaign_id, actor, title, summary, [idea.id], reason, note)


def adopt_task(
    campaign_id: int, actor: Actor, title: str, summary: str, idea_ids: Collection[int], reason: str
) -> Theme:
    """Create an approved theme of a task that the council chose, so that it can be sent as it is. The caller commits.

    As with `adopt_idea`, these are two edits, and the review phase need not be open. Ideas that are in other themes are
    in this one too; a task may have none.

    :param idea_ids: those that are not open in the campaign are left out
    :param reason: of the approval; public
    :return: the theme, locked and flushed
    :raise Forbidden: only analysts
    """
    require(can_make_themes(actor))
    title, found = clean_title(title[:MAX_TITLE_CHARS]), sorted(open_ideas(campaign_id, idea_ids))
    note = _("대표과제를 ‘%(title)s’{로}", title=title)
    return _approved_at_once(campaign_id, actor, title, clean_summary(summary), found, reason, note)


def _approved_at_once(
    campaign_id: int, actor: Actor, title: str, summary: str, idea_ids: Sequence[int], reason: str, note: str
) -> Theme:
    run = run_for_single_ideas(campaign_id, actor)
    adoption = Edit(EditKind.ADOPT, actor)
    theme = adoption.create_theme(campaign_id, run.id, title, MemberSource.HUMAN, summary=summary)
    if idea_ids:
        adoption.add(theme, idea_ids)
    adoption.finish(note, **({"idea": idea_ids[0]} if len(idea_ids) == 1 else {}))
    approval = begin_edit(EditKind.APPROVE, actor, theme.version, theme, doing=_("승인할"))
    theme.state, theme.decision_reason = ThemeState.APPROVED, reason
    theme.decided_by_id, theme.decided_at = actor.id, clock.now()
    approval.finish(f"‘{title}’")
    return theme


def edit_theme(theme: Theme, actor: Actor, title: str, summary: str, version: int) -> None:
    """Rename a draft or rewrite its summary. The caller commits.

    Sentences of the summary may lack references until the theme is approved.

    :param version: what the analyst saw; a different one means that the theme was changed since
    :raise Forbidden: only analysts
    :raise WrongState: not a draft any more, or changed by another analyst since
    :raise InvalidInput: empty title, over-long texts
    """
    edit = begin_edit(EditKind.EDIT, actor, version, theme, doing="이름과 요약을 고칠")
    before = theme.title
    title, theme.summary = clean_title(title), clean_summary(summary)
    if title != theme.title:
        theme.title, theme.title_source = title, MemberSource.HUMAN
    is_renamed = before != title
    renamed = _("‘%(before)s’에서 ‘%(title)s’{로}", before=before, title=title)
    edit.finish(renamed if is_renamed else _("‘%(title)s’의 요약", title=title))


def decide_theme(
    theme: Theme,
    actor: Actor,
    decision: ThemeState,
    reason: str,
    version: int,
    *,
    title: str | None = None,
    summary: str | None = None,
) -> None:
    """Approve a draft, or turn it down with a public reason. The caller commits.

    :param decision: APPROVED, REJECTED or OUT_OF_SCOPE
    :param title: as typed on the same page, saved first if it differs from the theme's; so is `summary`
    :raise Forbidden: only analysts
    :raise WrongState: not a draft any more, changed since, or the review phase is closed
    :raise InvalidInput: no reason where one is due, or a summary with a sentence that names no idea of the theme
    """
    if _is_retyped(theme, title, summary):
        edit_theme(theme, actor, title or "", summary or "", version)
        version = theme.version
    edit = begin_edit(DECISIONS[decision], actor, version, theme, doing="다시 결정할")
    require_open(theme.campaign, PhaseKind.REVIEW)
    is_approval = decision is ThemeState.APPROVED
    reason = clean_text(reason, "reason", "까닭", max_chars=MAX_REASON_CHARS, min_chars=int(not is_approval))
    refuse_resident_numbers(reason, "reason")
    if is_approval:
        _require_citations(theme)
    theme.state, theme.decision_reason = decision, reason
    theme.decided_by_id, theme.decided_at = actor.id, clock.now()
    edit.finish(f"‘{theme.title}’")
    if is_approval:
        notify_authors_of_approval(theme)


def reopen_theme(theme: Theme, actor: Actor, version: int) -> None:
    """Take a decision back, so that the theme can be edited again. The caller commits.

    :raise Forbidden: only analysts
    :raise WrongState: nothing decided, sent to a ministry already, changed since, or the review phase is closed
    """
    edit = begin_edit(EditKind.REOPEN, actor, version, theme, doing="다시 검토할")
    require_open(theme.campaign, PhaseKind.REVIEW)
    was_approved = theme.state is ThemeState.APPROVED
    theme.state, theme.decision_reason = ThemeState.DRAFT, ""
    theme.decided_by_id = theme.decided_at = None
    edit.finish(f"‘{theme.title}’")
    if was_approved:
        notify_authors_of_reopening(theme)


def undo_edit(edit: RecordedEdit, actor: Actor) -> None:
    """Undo an edit of any analyst; later edits of its themes must be undone first. The caller commits.

    :raise Forbidden: only analysts
    :raise WrongState: undone already, a later edit or a letter to a ministry depends on it, or the phase is closed
    """
    require(can_make_themes(actor))
    themes = [db.session.get_one(Theme, affected.theme_id) for affected in edit.affected_themes]
    lock_themes(*themes)
    db.session.refresh(edit)
    if edit.undone_at is not None:
        raise WrongState("이미 되돌린 일이에요.")
    sent = next((theme for theme in themes if theme.frozen_at is not None), None)
    if sent is not None:
        raise WrongState(_("‘%(title)s’{은} 소관부처에 전달해서 그 앞의 일을 되돌릴 수 없어요.", title=sent.title))
    later = later_edit(edit)
    if later is not None:
        who = f"{later.kind.label}, {later.actor.display_name}, {moment(later.at)}"
        raise WrongState(f"그 뒤에 한 일이 있어 되돌릴 수 없어요. 먼저 그 일부터 되돌려 주세요: {later.note} ({who})")
    if edit.kind in {*DECISIONS.values(), EditKind.REOPEN}:
        require_open(themes[0].campaign, PhaseKind.REVIEW)
    if edit.kind is EditKind.APPROVE:
        notify_authors_of_reopening(themes[0])
    undo(edit, themes, actor)
    if edit.kind is EditKind.REOPEN and themes[0].state is ThemeState.APPROVED:
        notify_authors_of_approval(themes[0])


def freeze_theme(theme: Theme) -> None:
    """Fix the theme's members as the letter to the ministry names them. The caller, who sends the letter, commits."""
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


def start_split_suggestion(theme: Theme, actor: Actor) -> Job:
    """Enqueue a search for groups in a draft, or return the job that is waiting. The caller commits.

    :raise Forbidden: only analysts
    :raise WrongState: not a draft any more
    """
    require(can_make_themes(actor))
    if not available_actions(theme).can_edit:
        raise WrongState(why_not(theme, "나눌"))
    job = enqueue_job(SPLIT_JOB, dedupe_key=f"theme:{theme.id}", actor=actor, theme_id=theme.id)
    record(actor, "themes.ask_for_split", theme, after={"job_id": job.id})
    return job


def _is_retyped(theme: Theme, title: str | None, summary: str | None) -> bool:
    """Return whether a page sent a title and a summary, and one of them is not the theme's."""
    if title is None or summary is None:
        return False
    return (clean_title(title), clean_summary(summary)) != (theme.title, theme.summary)


def _require_citations(theme: Theme) -> None:
    """:raise InvalidInput: no summary, or sentences without a valid reference, each with what to correct"""
    sentences = examined_summary(theme)
    if not sentences:
        raise InvalidInput({"summary": _("승인하려면 먼저 정책 요약을 써 주세요.")})
    problems = [f"‘{sentence.short}’: {problem}" for sentence in sentences for problem in sentence.problems]
    if problems:
        message = _("승인하려면 요약의 모든 문장에 근거가 있어야 해요.")
        raise InvalidInput({"summary": f"{message} {' '.join(problems)}"})
