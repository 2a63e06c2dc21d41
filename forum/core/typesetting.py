"""Run Typst on what comes in as JSON, in a process of its own: `core.pdf` starts this file, nothing imports it.

Typst keeps 60 to 100 MB for its next run once it has typeset a report; they go with the process. Imports nothing of
the forum, which would take a second and 80 MB.
"""

import json
import sys

import typst


def main() -> None:
    asked = json.load(sys.stdin.buffer)
    pdf = typst.compile(
        asked["template"],
        font_paths=[asked["fonts"]],
        ignore_system_fonts=True,
        format="pdf",
        sys_inputs={"data": asked["data"]},
        pdf_standards="ua-1",
    )
    sys.stdout.buffer.write(pdf)


if __name__ == "__main__":
    main()
