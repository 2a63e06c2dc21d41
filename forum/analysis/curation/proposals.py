"""Taking and leaving what a later run proposes. Either is an act; undoing it opens the proposal again."""

from __future__ import annotations

import sqlalchemy as sa

from forum.analysis.curation.acts import Act
from forum.analysis.curation.models import ActKind, Proposal, ProposalKind, ProposalState, ThemeAct
from forum.analysis.curation.queries import open_ideas
from forum.analysis.curation.rules import begin
from forum.analysis.themes.models import (
    DECIDED_STATES,
    LIVE_STATES,
    ClusterMember,
    MemberSource,
    Theme,
    ThemeIdea,
    ThemeState,
)
from forum.analysis.themes.permissions import can_make_themes
from forum.core.access import Actor, require
from forum.core.errors import InvalidInput, WrongState
from forum.core.extensions import db
from forum.core.korean import josa, particle_after


def take_proposal(proposal: Proposal, actor: Actor, version: int) -> ThemeAct:
    """Do what the run proposes, as far as it still can be done. The caller commits.

    New ideas for a theme that was sent become a draft theme of their own, since the letter stays as it is.

    :param version: of the proposal's theme, as the analyst saw it
    :raise Forbidden: only analysts
    :raise WrongState: decided already, the theme is no draft or has changed since, or nothing is left to do
    """
    require(can_make_themes(actor))
    takers = {
        ProposalKind.NEW_IDEAS: _take_new_ideas,
        ProposalKind.DRIFT: _take_drift,
        ProposalKind.SPLIT: _take_split,
        ProposalKind.MERGED: _take_merger,
    }
    if proposal.kind not in takers:
        raise InvalidInput("묶음이 사라졌다는 소식은 받아들일 것이 없습니다. ‘그대로 두기’를 눌러 주세요.")
    _require_open(proposal)
    act = takers[proposal.kind](proposal, actor, version)
    return _decided(proposal, act, ProposalState.TAKEN)


def leave_proposal(proposal: Proposal, actor: Actor, version: int) -> ThemeAct:
    """Keep the theme as it is, and let no later run ask the same again. The caller commits.

    :raise Forbidden: only analysts
    :raise WrongState: decided already, or the theme has changed since
    """
    _require_open(proposal)
    theme = proposal.theme
    act = begin(ActKind.LEAVE_PROPOSAL, actor, version, theme, doing="그대로 둘", states=LIVE_STATES, even_sent=True)
    if proposal.kind is ProposalKind.NEW_IDEAS:
        act.keep_out(theme, proposal.idea_ids)
    elif proposal.kind in {ProposalKind.DRIFT, ProposalKind.SPLIT} and theme.frozen_at is None:
        act.confirm(theme, proposal.idea_ids)
    done = act.done(f"‘{theme.title}’: {proposal.kind.label} {len(proposal.idea_ids)}건", proposal_id=proposal.id)
    return _decided(proposal, done, ProposalState.LEFT)


def _require_open(proposal: Proposal) -> None:
    db.session.refresh(proposal, with_for_update={"of": Proposal})
    if proposal.state is not ProposalState.OPEN:
        raise WrongState(f"이미 ‘{proposal.state.label}’{particle_after(proposal.state.label, '로')} 끝난 일입니다.")


def _decided(proposal: Proposal, act: ThemeAct, state: ProposalState) -> ThemeAct:
    proposal.state, proposal.act_id = state, act.id
    db.session.flush()
    return act


def _take_new_ideas(proposal: Proposal, actor: Actor, version: int) -> ThemeAct:
    theme = proposal.theme
    is_sent = theme.frozen_at is not None
    states = DECIDED_STATES if is_sent else (ThemeState.DRAFT,)
    act = begin(ActKind.ADD_IDEAS, actor, version, theme, doing="새 제안을 넣을", states=states, even_sent=is_sent)
    wanted = _scores(proposal)
    elsewhere = _housed(theme.campaign_id, list(wanted))
    wanted = {key: score for key, score in wanted.items() if key not in elsewhere}
    if not wanted:
        raise WrongState("제안된 글이 모두 철회되었거나 다른 주제에 들어갔습니다. ‘그대로 두기’를 눌러 주세요.")
    if is_sent:
        follower = _new_theme(act, theme, f"{theme.title[:90]} (후속)", proposal)
        act.put(follower, wanted, MemberSource.MACHINE)
        return act.done(f"제안 {len(wanted):,}건으로 ‘{follower.title}’{particle_after(follower.title, '을')} 만듦")
    act.put(theme, wanted, MemberSource.MACHINE)
    return act.done(f"새로 든 제안 {len(wanted):,}건을 ‘{theme.title}’에")


def _take_drift(proposal: Proposal, actor: Actor, version: int) -> ThemeAct:
    theme, goal = proposal.theme, proposal.other_theme
    if goal is None:
        act = begin(ActKind.REMOVE_IDEAS, actor, version, theme, doing="멀어진 제안을 뺄")
        gone = act.take(theme, proposal.idea_ids)
        where = f"‘{theme.title}’에서"
    else:
        act = begin(ActKind.MOVE_IDEAS, actor, version, theme, goal, doing="멀어진 제안을 옮길")
        gone = act.take(theme, proposal.idea_ids)
        act.put(goal, gone, MemberSource.MACHINE)
        where = f"‘{theme.title}’에서 ‘{goal.title}’{particle_after(goal.title, '로')}"
    _require_rest(theme, gone)
    return act.done(f"멀어진 제안 {len(gone):,}건을 {where}")


def _take_split(proposal: Proposal, actor: Actor, version: int) -> ThemeAct:
    theme = proposal.theme
    assert proposal.cluster is not None
    act = begin(ActKind.SPLIT, actor, version, theme, doing="나눌")
    gone = act.take(theme, proposal.idea_ids)
    _require_rest(theme, gone)
    made = _new_theme(act, theme, proposal.cluster.title[:100], proposal)
    act.put(made, gone, MemberSource.MACHINE)
    return act.done(f"‘{theme.title}’에서 ‘{made.title}’{particle_after(made.title, '을')}")


def _take_merger(proposal: Proposal, actor: Actor, version: int) -> ThemeAct:
    theme, goal = proposal.theme, proposal.other_theme
    assert goal is not None
    act = begin(ActKind.MERGE, actor, version, theme, goal, doing="합칠")
    rows = db.session.execute(
        sa.select(ThemeIdea.idea_id, ThemeIdea.source).where(ThemeIdea.theme_id == theme.id)
    ).all()
    scores = act.take(theme, [key for key, _source in rows], keep_out=False)
    for source in MemberSource:
        act.put(goal, {key: scores[key] for key, its in rows if its is source}, source)
    theme.state, theme.merged_into_id = ThemeState.MERGED, goal.id
    return act.done(f"‘{theme.title}’{particle_after(theme.title, '를')} ‘{goal.title}’에", target=goal.id)


def _new_theme(act: Act, beside: Theme, title: str, proposal: Proposal) -> Theme:
    """A draft of what the run found; it remembers the cluster where no other theme does yet."""
    cluster = proposal.cluster if proposal.kind is ProposalKind.SPLIT else None
    taken = cluster and db.session.scalar(sa.select(sa.exists().where(Theme.cluster_id == cluster.id)))
    theme = Theme(
        campaign_id=beside.campaign_id,
        run_id=proposal.run_id,
        cluster_id=cluster.id if cluster and not taken else None,
        title=title,
        title_source=MemberSource.MACHINE,
        summary="",
        created_by_id=act.actor.id,
    )
    db.session.add(theme)
    db.session.flush()
    act.made(theme)
    return theme


def _scores(proposal: Proposal) -> dict[int, float | None]:
    """The proposal's ideas that are still open, with their closeness to the cluster."""
    still = open_ideas(proposal.theme.campaign_id, proposal.idea_ids)
    query = sa.select(ClusterMember.idea_id, ClusterMember.score).where(
        ClusterMember.cluster_id == proposal.cluster_id, ClusterMember.idea_id.in_(still)
    )
    return dict(db.session.execute(query).all())


def _housed(campaign_id: int, idea_ids: list[int]) -> set[int]:
    query = (
        sa.select(ThemeIdea.idea_id)
        .join(ThemeIdea.theme)
        .where(Theme.campaign_id == campaign_id, Theme.state.in_(LIVE_STATES), ThemeIdea.idea_id.in_(idea_ids))
    )
    return set(db.session.scalars(query))


def _require_rest(theme: Theme, gone: object) -> None:
    if not gone:
        raise WrongState("제안된 글이 이미 이 주제에 없습니다. ‘그대로 두기’를 눌러 주세요.")
    if not db.session.scalar(sa.select(sa.exists().where(ThemeIdea.theme_id == theme.id))):
        raise WrongState(f"{josa('제안', '이')} 하나도 남지 않게 됩니다. ‘주제 합치기’를 쓰세요.")
