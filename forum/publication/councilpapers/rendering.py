"""From the content to the files. Only a job imports this module: it brings pandas and all that draws and writes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from forum.core.i18n import _
from forum.publication.councilpapers.composing import compose_paper
from forum.publication.councilpapers.content import PaperContent
from forum.publication.councilpapers.lists import render_book, render_records, render_table, tables_of
from forum.publication.digests.checks.cells import cell_problems
from forum.publication.digests.checks.hwpx import hwpx_problems
from forum.publication.digests.checks.pdf import pdf_problems
from forum.publication.digests.checks.privacy import personal_data_problems
from forum.publication.digests.checks.references import written_problems
from forum.publication.digests.checks.sample import sample_problems
from forum.publication.digests.document import Document, idea_links
from forum.publication.digests.renderers.as_html import render_html
from forum.publication.digests.renderers.as_hwpx import render_hwpx
from forum.publication.digests.renderers.as_pdf import render_pdf
from forum.publication.digests.renderers.plain import Plain, plain
from forum.publication.digests.rendering import page_counts, refuse

__all__ = ["refuse", "render_paper"]
Rendered = tuple[dict[str, bytes], dict[str, int], Plain]


def render_paper(content: PaperContent) -> Rendered:
    """Return the files by format, how many pages or sheets they have, and the text for the page.

    :raise WrongState: a check failed; the message says which, in sentences
    """
    document, tables = compose_paper(content), tables_of(content)
    files = {
        "pdf": render_pdf(document),
        "hwpx": render_hwpx(document),
        "xlsx": render_book(content, tables),
        "html": render_html(document),
        "csv": render_table(content, tables),
        "json": render_records(content, tables),
    }
    refuse(list(dict.fromkeys(file_problems(files, document, content))))
    return files, {"pdf": page_counts(files)["pdf"]}, plain(document)


def file_problems(files: Mapping[str, bytes], document: Document, content: PaperContent) -> Iterable[str]:
    """Yield what is wrong with the files: as in `digests.checks`, and each link leads to an idea of a task here."""
    addresses = {line.idea_id: line.url for task in content.tasks for line in task.words}
    for link in idea_links(document):
        if link.idea_id not in addresses:
            yield _("회의 자료가 가리킨 제안 #%(id)s번은 안건에 오른 과제의 제안이 아니에요.", id=link.idea_id)
    yield from written_problems(files, document, set(addresses.values()))
    yield from personal_data_problems(files, document)
    yield from cell_problems(files)
    yield from sample_problems(files, content.is_sample)
    yield from pdf_problems(files["pdf"])
    yield from hwpx_problems(files["hwpx"], document)
