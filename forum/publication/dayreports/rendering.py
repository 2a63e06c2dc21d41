"""From a document to its files. Only a job imports this module: it brings pandas and all that draws and writes."""

from __future__ import annotations

from forum.publication.dayreports.composing import compose_day
from forum.publication.dayreports.content import DayContent
from forum.publication.dayreports.file_checks import file_problems
from forum.publication.digests.checks import pdf_pages
from forum.publication.digests.document import Document
from forum.publication.digests.renderers.as_html import render_html
from forum.publication.digests.renderers.as_hwpx import render_hwpx
from forum.publication.digests.renderers.as_pdf import render_pdf
from forum.publication.digests.renderers.plain import Plain, plain
from forum.publication.digests.rendering import refuse

__all__ = ["refuse", "render_day"]
Rendered = tuple[dict[str, bytes], dict[str, int], Plain]


def render_day(content: DayContent) -> Rendered:
    """Return the files by format, how many pages they have, and the text for the page.

    :raise WrongState: a check failed; the message says which, in sentences
    """
    document: Document = compose_day(content)
    files = {"pdf": render_pdf(document), "hwpx": render_hwpx(document), "html": render_html(document)}
    refuse(list(dict.fromkeys(file_problems(files, document, content))))
    return files, {"pdf": pdf_pages(files["pdf"])}, plain(document)
