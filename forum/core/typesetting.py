"""Run Typst: one place for its options. As a program, on what comes in as JSON, in a process of its own (`core.pdf`).

Typst keeps 60 to 100 MB for its next run once it has typeset a report; they go with the process. Imports nothing of
the forum, which would take a second and 80 MB.
"""

from __future__ import annotations

import json
import sys

import typst


def to_pdf(template: str, fonts: str, data: str) -> bytes:
    """Return a tagged PDF (PDF/UA-1) of a template.

    :param template: path of a Typst file, which reads `data` as sys.inputs.data
    :param fonts: path of the folder whose fonts alone are used
    """
    pdf: bytes = typst.compile(
        template,
        font_paths=[fonts],
        ignore_system_fonts=True,
        format="pdf",
        sys_inputs={"data": data},
        pdf_standards="ua-1",
    )
    return pdf


if __name__ == "__main__":
    sys.stdout.buffer.write(to_pdf(**json.load(sys.stdin.buffer)))
