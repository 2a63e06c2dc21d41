"""What the files of a report must pass before they are offered. Loads libraries that no web process needs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from forum.core.i18n import _
from forum.publication.dayreports.content import DayContent
from forum.publication.digests.checks.hwpx import hwpx_problems
from forum.publication.digests.checks.pdf import pdf_problems
from forum.publication.digests.checks.privacy import personal_data_problems
from forum.publication.digests.checks.references import written_problems
from forum.publication.digests.checks.sample import sample_problems
from forum.publication.digests.document import Document, idea_links


def file_problems(files: Mapping[str, bytes], document: Document, content: DayContent) -> Iterable[str]:
    """Yield what is wrong with the files: as in `digests.checks`, and each link leads to an idea on a table."""
    tabled = {line.idea_id for room in content.rooms for line in room.table}
    for link in idea_links(document):
        if link.idea_id not in tabled:
            yield _("보고서가 가리킨 제안 #%(id)s번은 이 보고서가 센 제안이 아니에요.", id=link.idea_id)
    yield from written_problems(files, document, set(content.idea_urls.values()))
    yield from personal_data_problems(files, document)
    yield from sample_problems(files, content.is_sample)
    yield from pdf_problems(files["pdf"])
    yield from hwpx_problems(files["hwpx"], document)
