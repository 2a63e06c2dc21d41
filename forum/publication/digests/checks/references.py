"""Every reference leads to an idea that the digest counts; within a theme's chapter, to one of that theme."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Set
from dataclasses import replace

from forum.core.i18n import _
from forum.publication.digests.checks.reading import SECTIONS, archive_parts, html_tree, pdf_addresses
from forum.publication.digests.content import DigestContent, ThemeChapter
from forum.publication.digests.document import Document, Heading, IdeaLink, idea_links

_CHAPTER = re.compile(r"theme-(\d+)")
_ADDRESS = re.compile(r"https?://[^\s\"'<>;]+")
_NUMBER = re.compile(r"\d+$")


def reference_problems(files: Mapping[str, bytes], document: Document, content: DigestContent) -> Iterator[str]:
    of_themes = [idea for theme in content.themes for idea in theme.ideas]
    counted = {idea.id: idea.url for idea in (*content.ideas, *of_themes)}
    yield from _document_problems(document, content, counted)
    for theme in content.themes:
        told = [*(voice.idea_id for voice in theme.voices), *(one.idea_id for one in theme.dividing)]
        yield from _outside(theme, told)
    yield from written_problems(files, document, set(counted.values()))


def written_problems(files: Mapping[str, bytes], document: Document, counted: Set[str]) -> Iterator[str]:
    """Yield references in files that lead elsewhere, and those a file lacks; `counted` are the ideas' addresses."""
    cited = {link.url for link in idea_links(document)}
    for name, addresses in _written(files).items():
        yield from _file_problems(name.upper(), addresses, counted, cited)


def _document_problems(document: Document, content: DigestContent, counted: Mapping[int, str]) -> Iterator[str]:
    for theme, link in _links(document, content):
        if counted.get(link.idea_id) != link.url:
            yield _("보고서가 가리킨 제안 #%(id)s번은 이 보고서가 센 제안이 아니에요.", id=link.idea_id)
        elif theme:
            yield from _outside(theme, [link.idea_id])


def _outside(theme: ThemeChapter, idea_ids: list[int]) -> Iterator[str]:
    inside = {idea.id for idea in theme.ideas}
    for idea_id in idea_ids:
        if idea_id not in inside:
            yield _(
                "주제 ‘%(title)s’{이} 가리킨 제안 #%(id)s번은 그 주제에 든 제안이 아니에요.",
                title=theme.title,
                id=idea_id,
            )


def _links(document: Document, content: DigestContent) -> Iterator[tuple[ThemeChapter | None, IdeaLink]]:
    """Yield each reference with the theme in whose chapter it stands. A heading as high as a chapter's ends it."""
    themes = {theme.id: theme for theme in content.themes}
    theme: ThemeChapter | None = None
    level = 0
    for block in document.blocks:
        if isinstance(block, Heading) and (theme is None or block.level <= level):
            found = _CHAPTER.fullmatch(block.key)
            theme, level = themes.get(int(found[1])) if found else None, block.level
        for link in idea_links(replace(document, blocks=(block,))):
            yield theme, link


def _written(files: Mapping[str, bytes]) -> dict[str, set[str]]:
    """Return the addresses in each file that is read."""
    addresses = {}
    if "pdf" in files:
        addresses["pdf"] = pdf_addresses(files["pdf"])
    if "html" in files:
        addresses["html"] = {str(found) for found in html_tree(files["html"]).xpath("//a/@href")}
    if "hwpx" in files:
        # A link's command writes the colons of an address as "\:".
        parts = [data.decode() for _name, data in archive_parts("hwpx", files["hwpx"], SECTIONS)]
        addresses["hwpx"] = {found for part in parts for found in _ADDRESS.findall(part.replace("\\:", ":"))}
    return addresses


def _file_problems(name: str, addresses: Set[str], counted: Set[str], cited: Set[str]) -> Iterator[str]:
    starts = {_NUMBER.sub("", address) for address in counted}
    of_ideas = {address for address in addresses if _NUMBER.sub("", address) in starts and address not in starts}
    for address in sorted(of_ideas - counted):
        yield _(
            "%(name)s 파일이 가리킨 제안(%(address)s)은 이 보고서가 센 제안이 아니에요.", name=name, address=address
        )
    for address in sorted((cited & counted) - addresses):
        yield _("%(name)s 파일에 제안으로 가는 링크(%(at)s)가 빠졌어요.", name=name, at=address)
