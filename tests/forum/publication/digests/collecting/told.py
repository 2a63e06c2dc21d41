"""A campaign of whose digest everything is known, and its content."""

from __future__ import annotations

from types import SimpleNamespace

from forum.analysis.themes.models import ThemeState
from forum.core.access import SYSTEM
from forum.core.extensions import db
from forum.publication.digests.collecting import Collected, collect
from forum.publication.digests.content import DigestContent
from forum.publication.digests.plan import DigestPlan, DigestRequest
from forum.publication.digests.services import start_digest
from forum.voice.ideas.models import IdeaState
from tests.factories import Factories

HOSTILE = "=1+1 @합계"


def told_world(make: Factories) -> SimpleNamespace:
    """A run of two clusters, one an approved and answered theme; hostile titles; an idea in none, one withdrawn."""
    campaign = make.campaign()
    ideas = [make.idea(campaign, title=f"{HOSTILE} {n}", sector=None) for n in range(4)]
    ideas += [make.idea(campaign, external_id="old-1", body="", imported_agree_count=7)]
    alone = make.idea(campaign)
    gone = make.idea(campaign, title="거두어들인 제안", state=IdeaState.WITHDRAWN)
    run = make.run(campaign, [ideas[:3], [*ideas[3:], gone]], [alone])
    theme = make.theme(campaign, ideas[:2], state=ThemeState.APPROVED, run_id=run.id, cluster_id=run.clusters[0].id)
    voters = [make.citizen() for _ in range(3)]
    for voter in voters:
        make.vote(ideas[0], voter, 1)
    make.vote(ideas[1], voters[0], -1)
    make.vote(alone, voters[1], 0)
    make.comment(ideas[0])
    answer = make.answer(make.referral(theme))
    make.milestone(answer)
    db.session.commit()
    return SimpleNamespace(
        campaign=campaign, ideas=ideas, theme=theme, run=run, alone=alone, gone=gone, letter=answer.referral
    )


def collected(campaign, **request) -> Collected:
    request.setdefault("formats", ("json",))
    job = start_digest(campaign, SYSTEM, DigestRequest(**request))
    found = collect(DigestPlan.of(job.arguments))
    db.session.rollback()
    return found


def content_of(campaign, **request) -> DigestContent:
    return collected(campaign, **request).content
