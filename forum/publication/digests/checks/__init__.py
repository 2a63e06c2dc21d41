"""What the files of a digest must pass before they are offered. One that fails keeps the whole set back.

Loads libraries that no web process needs: import it only where a job runs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial

from forum.core import memory
from forum.core.i18n import _
from forum.publication.digests.checks.cells import cell_problems
from forum.publication.digests.checks.gatherings import gathering_problems
from forum.publication.digests.checks.pdf import pdf_pages, pdf_problems
from forum.publication.digests.checks.privacy import privacy_problems
from forum.publication.digests.checks.reading import Unreadable
from forum.publication.digests.checks.references import reference_problems
from forum.publication.digests.checks.sample import sample_problems
from forum.publication.digests.content import DigestContent
from forum.publication.digests.document import Document

__all__ = ["pdf_pages", "problems"]


def problems(files: Mapping[str, bytes], document: Document, content: DigestContent) -> list[str]:
    """Return what is wrong, in sentences for an analyst; empty if the files may be offered.

    :param files: the bytes of each file, by format
    """
    checks = (
        partial(reference_problems, files, document, content),
        partial(privacy_problems, files, document, content),
        partial(gathering_problems, content),
        partial(cell_problems, files),
        partial(sample_problems, files, content.is_sample),
        partial(_file_problems, files, document),
    )
    found: list[str] = []
    for check in checks:
        try:
            found.extend(check())
        except Unreadable as error:
            name = error.format.upper()
            found.append(_("%(name)s 파일을 다시 열어 보니 읽을 수 없어요. 보고서를 다시 만들어 주세요.", name=name))
    return list(dict.fromkeys(found))


def _file_problems(files: Mapping[str, bytes], document: Document) -> Iterable[str]:
    if "pdf" in files:
        memory.release()  # the rules of a PDF take 60 MB
        yield from pdf_problems(files["pdf"])
    if "hwpx" in files:
        from forum.publication.digests.checks.hwpx import hwpx_problems

        yield from hwpx_problems(files["hwpx"], document)
