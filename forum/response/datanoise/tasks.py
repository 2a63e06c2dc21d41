from __future__ import annotations

from typing import Any

from forum.core.access import Actor
from forum.core.extensions import db
from forum.core.failpoints import failpoint
from forum.core.i18n import _l
from forum.response.datanoise.answering import drawn_figures, keep_answer, paid_question
from forum.response.datanoise.queries import ANSWER_JOB
from forum.system.jobs.models import Job
from forum.system.jobs.progress import Progress
from forum.system.jobs.registry import JobKind, JobLink, describe_job, job_handler


def _noise_link(job: Job, _actor: Actor) -> JobLink:
    return JobLink(_l("잡음을 섞은 값 보기"), "datanoise.show", {"file_id": job.arguments.get("file_id", 0)})


describe_job(ANSWER_JOB, JobKind(_l("잡음을 섞은 값 만들기"), {}, _noise_link, _noise_link))


@job_handler(ANSWER_JOB)
def answer_question(progress: Progress, *, spend_id: int, file_id: int) -> dict[str, Any]:
    """Answer a question that was paid for. Killed anywhere it is done again: a draw that was not stored told nobody.

    :raise WrongState: the file is not given out any more; what was spent stays spent
    :raise StoreGone: the store does not answer; the same question can be asked again and costs nothing
    """
    paid = paid_question(spend_id)
    figures = drawn_figures(paid) if paid is not None else []
    failpoint("datanoise.drawn")
    progress.lock()
    if paid is not None:
        keep_answer(spend_id, paid, figures)
    result = {"spend_id": spend_id, "file_id": file_id}
    progress.finish(result)
    failpoint("datanoise.storing")
    db.session.commit()
    return result
