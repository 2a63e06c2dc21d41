"""Jobs about themes: compare a new run with them, suggest how to split one. They compute with no transaction open."""

from __future__ import annotations

from typing import Any

from forum.analysis.curation.changes import changes
from forum.analysis.curation.comparison import comparison, lock_if_current, store_comparison
from forum.analysis.curation.membership import MAX_PARTS
from forum.analysis.curation.queries import SPLIT_JOB, split_input
from forum.analysis.themes.permissions import can_make_themes
from forum.analysis.themes.queries import COMPARE_JOB, get_theme
from forum.analysis.themes.tasks import READING_STEPS, run_link
from forum.analysis.words.services import user_words_of
from forum.core.access import Actor
from forum.core.database import reading
from forum.core.extensions import db
from forum.core.i18n import _l
from forum.system.jobs.models import Job
from forum.system.jobs.progress import Progress
from forum.system.jobs.registry import JobKind, JobLink, describe_job, job_handler
from nlp.records import IdeaText


def _theme_link(job: Job, actor: Actor) -> JobLink | None:
    values = {"theme_id": job.arguments.get("theme_id"), "_anchor": "ideas"}
    return JobLink(_l("주제로 돌아가기"), "desk.theme", values) if can_make_themes(actor) else None


describe_job(COMPARE_JOB, JobKind(_l("지난 주제와 견주기"), {"comparing": _l("지난 주제와 견주는 중")}, run_link))
describe_job(SPLIT_JOB, JobKind(_l("주제에서 나눌 부분 찾기"), READING_STEPS, _theme_link, _theme_link))


@job_handler(COMPARE_JOB)
def compare_run(progress: Progress, run_id: int) -> dict[str, int]:
    """Match a new current run to the campaign's themes, and store what changed as proposals.

    Themes are only read: what analysts decided is never overwritten. Open proposals of older runs are superseded.

    :return: {"compared_run_id", "proposals"}
    :raise LeaseLost: another attempt has begun; nothing is stored
    """
    from nlp.cluster.align import align  # scikit-learn belongs into the worker, not into every web process

    with reading():
        both = comparison(run_id)
        db.session.rollback()
    progress(0.2, "comparing")
    links = align(both.old, both.new, both.old_idea_ids, both.new_idea_ids)
    found = changes(both.themes, both.new, links, both.new_idea_ids)
    progress.lock()
    if not lock_if_current(run_id):
        db.session.rollback()
        return {"compared_run_id": run_id, "proposals": 0}
    store_comparison(run_id, links, found)
    result = {"compared_run_id": run_id, "proposals": len(found)}
    progress.finish(result)  # in this transaction: run again, the job would propose what was decided meanwhile
    db.session.commit()
    return result


@job_handler(SPLIT_JOB)
def suggest_split(progress: Progress, theme_id: int) -> dict[str, Any]:
    """Analyse a theme's ideas by themselves, finely. Changes nothing; analysts decide which groups become themes.

    :return: {"theme_id", "groups": [{"title", "keywords", "idea_ids"}], "left": how many fit in no group}
    """
    from nlp.pipeline import Settings, analyse  # the same

    with reading():
        ideas = [IdeaText(key=key, title=title, body=body) for key, title, body in split_input(theme_id)]
        words = user_words_of(get_theme(theme_id).campaign_id)
        db.session.rollback()
    settings = Settings(granularity="fine", min_size=2, user_words=words)
    found = analyse(ideas, settings, lambda share, step: progress(0.9 * share, step))
    groups = [
        {
            "title": theme.title,
            "keywords": [keyword.word for keyword in theme.keywords[:5]],
            "idea_ids": [member.key for member in theme.members],
        }
        for theme in found.themes[: MAX_PARTS + 1]
    ]
    return {"theme_id": theme_id, "groups": groups if len(groups) > 1 else [], "left": len(found.unthemed)}
