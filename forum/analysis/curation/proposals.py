"""Accepting and dismissing what a run proposes. Both are edits; undoing the edit reopens the proposal."""

from __future__ import annotations

import sqlalchemy as sa

from forum.analysis.curation.models import EditKind, Proposal, ProposalKind, ProposalState, RecordedEdit
from forum.analysis.curation.queries import assigned_ideas, open_ideas
from forum.analysis.curation.rules import FOLLOW_UP, MAX_TITLE_CHARS, begin_edit
from forum.analysis.themes.models import ClusterMember, MemberSource, Theme, ThemeIdea
from forum.analysis.themes.permissions import can_make_themes
from forum.core.access import Actor, require
from forum.core.errors import InvalidInput, WrongState
from forum.core.extensions import db
from forum.core.i18n import _
from forum.core.korean import thousands

FOLLOW_UP_TITLE_CHARS = 90  # of the sent theme's title; " (후속)" is added


def accept_proposal(proposal: Proposal, actor: Actor, version: int) -> RecordedEdit:
    """Do what the run proposes, as far as it is still possible. The caller commits.

    New ideas for a theme that was sent become a draft theme of their own: the letter stays as it is.

    :param version: of the proposal's theme, as the analyst saw it
    :raise Forbidden: only analysts
    :raise WrongState: decided already, the theme is not a draft or has changed since, or nothing is left to do
    """
    require(can_make_themes(actor))
    accept = {
        ProposalKind.NEW_IDEAS: _accept_new_ideas,
        ProposalKind.DRIFT: _accept_drift,
        ProposalKind.SPLIT: _accept_split,
        ProposalKind.MERGED: _accept_merger,
    }
    if proposal.kind not in accept:
        raise InvalidInput("사라진 묶음에는 받아들일 것이 없어요. ‘그대로 두기’를 눌러 주세요.")
    _require_open(proposal)
    edit = accept[proposal.kind](proposal, actor, version)
    return _decided(proposal, edit, ProposalState.ACCEPTED)


def dismiss_proposal(proposal: Proposal, actor: Actor, version: int) -> RecordedEdit:
    """Keep the theme as it is, and let no later run propose the same again. The caller commits.

    :raise Forbidden: only analysts
    :raise WrongState: decided already, or the theme has changed since
    """
    _require_open(proposal)
    theme = proposal.theme
    edit = begin_edit(EditKind.DISMISS_PROPOSAL, actor, version, theme, doing="그대로 둘")
    if proposal.kind is ProposalKind.NEW_IDEAS:
        edit.exclude(theme, proposal.idea_ids)
    elif proposal.kind in {ProposalKind.DRIFT, ProposalKind.SPLIT} and theme.frozen_at is None:
        edit.confirm(theme, proposal.idea_ids)
    note = f"‘{theme.title}’: {proposal.kind.label} {len(proposal.idea_ids)}건"
    recorded = edit.finish(note, proposal_id=proposal.id)
    return _decided(proposal, recorded, ProposalState.DISMISSED)


def _require_open(proposal: Proposal) -> None:
    db.session.refresh(proposal, with_for_update={"of": Proposal})
    if not proposal.is_open:
        raise WrongState(_("이미 ‘%(state)s’{로} 끝난 일이에요.", state=proposal.state.label))


def _decided(proposal: Proposal, edit: RecordedEdit, state: ProposalState) -> RecordedEdit:
    proposal.state, proposal.act_id = state, edit.id
    db.session.flush()
    return edit


def _accept_new_ideas(proposal: Proposal, actor: Actor, version: int) -> RecordedEdit:
    theme = proposal.theme
    is_sent = theme.frozen_at is not None
    rule = FOLLOW_UP if is_sent else None
    edit = begin_edit(EditKind.ADD_IDEAS, actor, version, theme, doing="새 제안을 넣을", rule=rule)
    scores = _scores(proposal)
    assigned = assigned_ideas(theme.campaign_id, list(scores))
    new = {key: score for key, score in scores.items() if key not in assigned}
    if not new:
        raise WrongState("제안된 글이 모두 철회되었거나 다른 주제에 들어갔어요. ‘그대로 두기’를 눌러 주세요.")
    if is_sent:
        title = f"{theme.title[:FOLLOW_UP_TITLE_CHARS]} (후속)"
        follow_up = edit.create_theme(theme.campaign_id, proposal.run_id, title, MemberSource.MACHINE)
        edit.add(follow_up, new, MemberSource.MACHINE)
        return edit.finish(_("제안 %(n)s건으로 ‘%(title)s’{을} 만듦", n=thousands(len(new)), title=title))
    edit.add(theme, new, MemberSource.MACHINE)
    return edit.finish(f"새로 든 제안 {len(new):,}건을 ‘{theme.title}’에")


def _accept_drift(proposal: Proposal, actor: Actor, version: int) -> RecordedEdit:
    theme, target = proposal.theme, proposal.other_theme
    if target is None:
        edit = begin_edit(EditKind.REMOVE_IDEAS, actor, version, theme, doing="멀어진 제안을 뺄")
        moved = edit.remove(theme, proposal.idea_ids)
        where = f"‘{theme.title}’에서"
    else:
        edit = begin_edit(EditKind.MOVE_IDEAS, actor, version, theme, target, doing="멀어진 제안을 옮길")
        moved = edit.remove(theme, proposal.idea_ids)
        edit.add(target, moved, MemberSource.MACHINE)
        where = _("‘%(source)s’에서 ‘%(target)s’{로}", source=theme.title, target=target.title)
    _require_some_of_both(theme, moved)
    return edit.finish(f"멀어진 제안 {len(moved):,}건을 {where}")


def _accept_split(proposal: Proposal, actor: Actor, version: int) -> RecordedEdit:
    theme, cluster = proposal.theme, proposal.cluster
    assert cluster is not None
    edit = begin_edit(EditKind.SPLIT, actor, version, theme, doing="나눌")
    moved = edit.remove(theme, proposal.idea_ids)
    _require_some_of_both(theme, moved)
    is_taken = db.session.scalar(sa.select(sa.exists().where(Theme.cluster_id == cluster.id)))
    part = edit.create_theme(
        theme.campaign_id,
        proposal.run_id,
        cluster.title[:MAX_TITLE_CHARS],
        MemberSource.MACHINE,
        cluster_id=None if is_taken else cluster.id,
    )
    edit.add(part, moved, MemberSource.MACHINE)
    return edit.finish(_("‘%(source)s’에서 ‘%(part)s’{을}", source=theme.title, part=part.title))


def _accept_merger(proposal: Proposal, actor: Actor, version: int) -> RecordedEdit:
    theme, target = proposal.theme, proposal.other_theme
    assert target is not None
    edit = begin_edit(EditKind.MERGE, actor, version, theme, target, doing="합칠")
    rows = db.session.execute(
        sa.select(ThemeIdea.idea_id, ThemeIdea.source).where(ThemeIdea.theme_id == theme.id)
    ).all()
    scores = edit.remove(theme, [key for key, _source in rows], exclude=False)
    for source in MemberSource:
        edit.add(target, {key: scores[key] for key, its in rows if its is source}, source)
    edit.mark_merged(theme, target)
    what = _("‘%(source)s’{를} ‘%(target)s’에", source=theme.title, target=target.title)
    return edit.finish(what, target=target.id)


def _scores(proposal: Proposal) -> dict[int, float | None]:
    """Return the proposal's ideas that are still open, with their closeness to the cluster."""
    still_open = open_ideas(proposal.theme.campaign_id, proposal.idea_ids)
    query = sa.select(ClusterMember.idea_id, ClusterMember.score).where(
        ClusterMember.cluster_id == proposal.cluster_id, ClusterMember.idea_id.in_(still_open)
    )
    return dict(db.session.execute(query).all())


def _require_some_of_both(theme: Theme, moved: object) -> None:
    """:raise WrongState: no idea would leave the theme, or none would stay"""
    if not moved:
        raise WrongState("제안된 글이 이미 이 주제에 없어요. ‘그대로 두기’를 눌러 주세요.")
    if not db.session.scalar(sa.select(sa.exists().where(ThemeIdea.theme_id == theme.id))):
        raise WrongState(_("제안이 하나도 남지 않게 돼요. ‘주제 합치기’를 쓰세요."))
