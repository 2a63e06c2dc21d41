from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from forum.core.access import Actor
from forum.core.database import reading
from forum.core.extensions import db
from forum.core.failpoints import failpoint
from forum.core.i18n import _l
from forum.response.datajoins.joining import Table, join
from forum.response.datajoins.queries import MEASURE_JOB, others_of, table_of
from forum.response.datajoins.services import Measured, keep_measured
from forum.system.jobs.models import Job
from forum.system.jobs.progress import Progress
from forum.system.jobs.registry import JobKind, JobLink, describe_job, job_handler


def _file_link(job: Job, _actor: Actor) -> JobLink:
    return JobLink(_l("파일 보기"), "datafiles.show", {"file_id": job.arguments.get("file_id", 0)})


describe_job(MEASURE_JOB, JobKind(_l("다른 자료와 이어 붙였을 때의 위험 재기"), {}, _file_link, _file_link))


@job_handler(MEASURE_JOB)
def measure_joins(progress: Progress, *, file_id: int) -> dict[str, Any]:
    """Join a file with others, both ways, with no transaction open; store all that was found in one commit.

    Killed anywhere it is done again. A join whose child dies is stored as not measured, and the others go on.

    :raise StoreGone: the store does not answer; `flask datasets measure-joins` asks again
    """
    with reading():
        table = table_of(file_id)
        others = others_of(table) if table else []
        db.session.rollback()
    measured: list[Measured] = []
    result: dict[str, Any] = {"file_id": file_id, "joins": 0}
    if table is not None:
        ways = list(_ways(table, others))
        for own, other in ways:
            measured.append(Measured(own, other, join(own, other.source)))
            progress(len(measured) / (len(ways) + 1))
    progress.lock()
    if measured:
        result["joins"] = keep_measured(file_id, measured)
    progress.finish(result)
    failpoint("datajoins.storing")
    db.session.commit()
    return result


def _ways(table: Table, others: list[Table]) -> Iterator[tuple[Table, Table]]:
    """Yield which table is looked at by whoever has which: only those of people."""
    for other in others:
        if table.is_of_people:
            yield table, other
        if other.is_of_people:
            yield other, table
