"""What analysts do with themes: make them of clusters, name them, fill them, decide on them.

A theme is the analysts' own: no later run changes its name, its members or its decision.
"""

from __future__ import annotations

import sqlalchemy as sa

from forum import clock
from forum.access import Actor, require
from forum.audit.services import record, text_hash
from forum.campaigns.models import PhaseKind
from forum.campaigns.queries import require_open
from forum.desk.mails import tell_authors_of_approval
from forum.errors import InvalidInput, NotFound, WrongState
from forum.extensions import db
from forum.ideas.models import Idea, IdeaState
from forum.korean import particle_after
from forum.text import refuse_resident_numbers, typed_line, typed_text
from forum.themes.models import Cluster, ClusterMember, MemberSource, Theme, ThemeIdea, ThemeState
from forum.themes.permissions import can_make_themes

TITLE_MAX_CHARS = 100
SUMMARY_MAX_CHARS = 5_000
REASON_MAX_CHARS = 2_000


def adopt_cluster(cluster: Cluster, actor: Actor, title: str, summary: str = "") -> Theme:
    """Make a draft theme of what the machine found, with its ideas as members. The caller commits.

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
    theme = Theme(
        campaign_id=cluster.run.campaign_id,
        run_id=cluster.run_id,
        cluster_id=cluster.id,
        title=title,
        summary=summary,
        created_by_id=actor.id,
    )
    db.session.add(theme)
    db.session.flush()
    _copy_members(cluster, theme)
    record(actor, "themes.adopt", theme, after={"cluster_id": cluster.id, "title": text_hash(title)})
    return theme


def edit_theme(theme: Theme, actor: Actor, title: str, summary: str, version: int) -> None:
    """Rename a draft or rewrite its summary. The caller commits.

    :param version: what the analyst saw; another one means that somebody else was faster
    :raise Forbidden: only analysts
    :raise WrongState: decided already, or changed by another analyst since
    :raise InvalidInput: empty title, over-long texts
    """
    _require_draft(theme, actor, version)
    before = _for_audit(theme)
    theme.title, theme.summary = _texts(title, summary)
    db.session.flush()
    record(actor, "themes.edit", theme, before, _for_audit(theme))


def decide_theme(theme: Theme, actor: Actor, decision: ThemeState, reason: str, version: int) -> None:
    """Approve a draft, or reject it with a reason that everybody can read. The caller commits.

    :raise Forbidden: only analysts
    :raise WrongState: decided already, changed since, or the review phase is closed
    :raise InvalidInput: a rejection without reason, an approval without summary or without ideas
    """
    _require_draft(theme, actor, version)
    require_open(theme.campaign, PhaseKind.REVIEW)
    needs_reason = decision is ThemeState.REJECTED
    reason = typed_text(reason, "reason", "까닭", max_chars=REASON_MAX_CHARS, min_chars=int(needs_reason))
    refuse_resident_numbers(reason, "reason")
    if decision is ThemeState.APPROVED and not theme.summary:
        raise InvalidInput({"reason": "승인하려면 먼저 정책 요약을 써 주세요."})
    before = _for_audit(theme)
    theme.state, theme.decision_reason = decision, reason
    theme.decided_by_id, theme.decided_at = actor.id, clock.now()
    db.session.flush()
    record(actor, f"themes.{decision.name.lower()}", theme, before, _for_audit(theme))
    if decision is ThemeState.APPROVED:
        tell_authors_of_approval(theme)


def add_idea_to_theme(theme: Theme, idea: Idea, actor: Actor) -> ThemeIdea:
    """Put an idea into a draft theme by hand. The caller commits.

    :raise Forbidden: only analysts
    :raise WrongState: the theme is decided, the idea is not open or is a member already
    :raise InvalidInput: an idea of another campaign
    """
    require(can_make_themes(actor))
    if theme.state is not ThemeState.DRAFT:
        raise WrongState("결정이 난 주제에는 제안을 더할 수 없습니다.")
    if idea.campaign_id != theme.campaign_id:
        raise InvalidInput("다른 포럼의 제안은 넣을 수 없습니다.")
    if idea.state is not IdeaState.OPEN or db.session.get(ThemeIdea, (theme.id, idea.id)) is not None:
        raise WrongState("이미 들어 있거나 공개 중이 아닌 제안입니다.")
    member = ThemeIdea(theme_id=theme.id, idea_id=idea.id, campaign_id=theme.campaign_id, source=MemberSource.HUMAN)
    db.session.add(member)
    db.session.flush()
    record(actor, "themes.add_idea", theme, after={"idea_id": idea.id})
    return member


def remove_idea_from_theme(theme: Theme, idea_id: int, actor: Actor) -> None:
    """Take an idea that doesn't belong there out of a draft theme; one at least stays. The caller commits.

    :raise Forbidden: only analysts
    :raise NotFound: the idea is no member
    :raise WrongState: the theme is decided, or this is its last idea
    """
    require(can_make_themes(actor))
    if theme.state is not ThemeState.DRAFT:
        raise WrongState("결정이 난 주제에서는 제안을 뺄 수 없습니다.")
    member = db.session.get(ThemeIdea, (theme.id, idea_id))
    if member is None:
        raise NotFound("이 주제에 그런 제안이 없습니다.")
    others = sa.select(sa.func.count()).where(ThemeIdea.theme_id == theme.id, ThemeIdea.idea_id != idea_id)
    if not db.session.scalar(others):
        raise WrongState("마지막 제안은 뺄 수 없습니다.")
    source = member.source
    db.session.delete(member)
    db.session.flush()
    db.session.expire(theme, ["members"])
    record(actor, "themes.remove_idea", theme, {"idea_id": idea_id, "source": source.name})


def _copy_members(cluster: Cluster, theme: Theme) -> None:
    """The cluster's ideas that are still open; those withdrawn since the data cut stay out."""
    still_open = (
        sa.select(ClusterMember.idea_id, ClusterMember.score)
        .join(Idea, Idea.id == ClusterMember.idea_id)
        .where(ClusterMember.cluster_id == cluster.id, Idea.state == IdeaState.OPEN)
    )
    now = clock.now()
    rows = [
        {
            "theme_id": theme.id,
            "idea_id": idea_id,
            "campaign_id": theme.campaign_id,
            "source": MemberSource.MACHINE,
            "score": score,
            "added_at": now,
        }
        for idea_id, score in db.session.execute(still_open)
    ]
    if not rows:
        raise WrongState("이 묶음의 제안이 모두 철회되어 정책 주제로 올릴 수 없습니다.")
    db.session.execute(sa.insert(ThemeIdea), rows)


def _require_draft(theme: Theme, actor: Actor, version: int) -> None:
    require(can_make_themes(actor))
    db.session.refresh(theme, with_for_update={"of": Theme})
    if theme.version != version:
        raise WrongState("다른 분석가가 먼저 고쳤습니다. 새로 고쳐 바뀐 내용을 보고 다시 해 주세요.")
    if theme.state is not ThemeState.DRAFT:
        raise WrongState(f"이미 ‘{theme.state.label}’{particle_after(theme.state.label, '로')} 결정된 주제입니다.")


def _texts(title: str, summary: str) -> tuple[str, str]:
    title = typed_line(title, "title", "제목", max_chars=TITLE_MAX_CHARS)
    summary = typed_text(summary, "summary", "정책 요약", max_chars=SUMMARY_MAX_CHARS, min_chars=0)
    refuse_resident_numbers(summary, "summary")
    return title, summary


def _for_audit(theme: Theme) -> dict[str, object]:
    return {
        "state": theme.state.name,
        "title": text_hash(theme.title),
        "summary": text_hash(theme.summary),
        "reason": text_hash(theme.decision_reason),
    }
