"""Check that every sentence of a summary names the ideas it is based on. Pure: text in, findings out.

Sentences are found by rule: the end of a line ends a sentence, and so does . ? ! … or the full stop of 다. 요. 죠. 까.
even if the next word follows without a space. A full stop in a number (3.5), a date or a list number (1.) ends none.
Marks behind the full stop belong to the sentence before it. The Korean sentence splitters on PyPI bring their own
morphological analyser and word lists for texts without full stops; summaries have full stops.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from unicodedata import normalize

from forum.core.korean import citations, particle_after

_CLOSERS = "\"'”’)」』»"
_END = re.compile(
    rf"(?:(?<![0-9])(?<!\b[A-Za-z])[.]+|[?!…。]+)[{_CLOSERS}]*(?=\s|$|\[)"  # followed by a space, a mark or the end
    r"|(?<=[0-9])[.](?=\s*$|\s*\[#)"  # after a digit only at the very end: 2021. 3. 5. is a date
    r"|(?<=[다요죠까])[.](?=[^\s.])"  # 모였습니다.시골에서는
)
_QUOTED_ON = re.compile(rf"[{_CLOSERS}]\s*(?:이?라|하)?(?:고|는|며|면서)\b")  # “그래요.” 하고 말합니다: one sentence
_LIST_NUMBER = re.compile(r"\s*[0-9]{1,3}[.]$")
_MARKS_BEHIND = re.compile(r"(?:\s*\[#[1-9][0-9]{0,8}\])+[.]?")
_GOOD_MARK = re.compile(r"\[#[1-9][0-9]{0,8}\]")  # one spelling, which SQL finds too
_LOOKS_LIKE_A_MARK = re.compile(r"\[[^\]\n]{0,60}\]|[(（]\s*#[^)）\n]{0,40}[)）]")
_WORD = re.compile(r"\w")
MAX_SHORT_CHARS = 30


@dataclass(frozen=True)
class Sentence:
    """A sentence as it was typed, with its marks, and the ideas it names, in order."""

    text: str
    idea_ids: tuple[int, ...]
    problems: tuple[str, ...] = ()

    @property
    def short(self) -> str:
        bare = " ".join(_GOOD_MARK.sub("", self.text).split())
        return bare if len(bare) <= MAX_SHORT_CHARS else bare[: MAX_SHORT_CHARS - 1].rstrip() + "…"


def sentences(text: str) -> list[str]:
    """Cut a text into sentences, each with the marks that belong to it; a part without a letter is no sentence."""
    found = [part.strip() for line in text.split("\n") for part in _cut(line)]
    return [part for part in found if _WORD.search(part)]


def _cut(line: str) -> Iterator[str]:
    start = 0
    for end in _END.finditer(line):
        if (
            end.start() < start
            or _LIST_NUMBER.fullmatch(line[start : end.end()])
            or _QUOTED_ON.match(line, end.end() - 1)
        ):
            continue
        marks = _MARKS_BEHIND.match(line, end.end())
        stop = marks.end() if marks else end.end()
        yield line[start:stop]
        start = stop
    yield line[start:]


def examine(summary: str, members: Collection[int], states: Mapping[int, str]) -> list[Sentence]:
    """Return each sentence of a summary with what has to be corrected before the approval.

    :param members: ids of the ideas in the theme
    :param states: by id, the state of the cited ideas that exist in the campaign: empty if open, else its label (철회)
    """
    return [_examined(text, members, states) for text in sentences(summary)]


def cited_ids(summary: str) -> list[int]:
    return [piece.idea_id for piece in citations(summary) if piece.idea_id is not None]


def _examined(text: str, members: Collection[int], states: Mapping[int, str]) -> Sentence:
    ids = tuple(dict.fromkeys(cited_ids(text)))
    problems = [
        f"{_quoted(wrong)} 제안 번호로 읽을 수 없어요. [#12]처럼 하나씩 적어 주세요."
        for wrong in (found.group() for found in _LOOKS_LIKE_A_MARK.finditer(text))
        if not _GOOD_MARK.fullmatch(wrong)
    ]
    if not ids and not problems:
        problems.append("근거가 되는 제안 번호가 없어요. 문장 끝에 [#12]처럼 적어 주세요.")
    for idea_id in ids:
        if idea_id not in states:
            problems.append(f"제안 #{idea_id}번은 이 포럼에 없어요. 번호를 확인해 주세요.")
        elif idea_id not in members:
            problems.append(
                f"제안 #{idea_id}번은 이 주제에 들어 있지 않아요. 이 주제에 먼저 넣거나 다른 제안을 적어 주세요."
            )
        elif states[idea_id]:
            problems.append(f"제안 #{idea_id}번은 지금 ‘{states[idea_id]}’ 상태라 근거로 들 수 없어요.")
    return Sentence(text, ids, tuple(problems))


def _quoted(mark: str) -> str:
    """Return ‘[#1, #2]’는: the particle follows what is read aloud, and brackets are not."""
    return f"‘{mark}’{particle_after(normalize('NFKC', mark).strip('[]()'), '은')}"
