"""Write the contract's files anew: `python -m tests.project.contract`, or `make contract`."""

from __future__ import annotations

import tempfile
from pathlib import Path

from forum import create_app
from tests.conftest import test_config
from tests.project.contract import FOLDER, contract


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(test_config("sqlite://", Path(folder)))
        for name, text in contract(app).items():
            path = FOLDER / name
            if not path.exists() or path.read_text(encoding="utf-8") != text:
                path.write_text(text, encoding="utf-8")
                print(f"rewritten: {path.name}")


if __name__ == "__main__":
    main()
