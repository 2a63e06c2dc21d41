"""Ideas as the tokenizer sees them, read in chunks that joblib may spread over processes or a cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from joblib import Parallel, delayed

from nlp.records import IdeaText
from nlp.text.cleaning import clean
from nlp.text.spelling import mended
from nlp.text.stopwords import stop_words
from nlp.text.tokens import MAX_WORD_CHARS, UnknownTaggerError, lexicon, pieces
from nlp.titles.topics import topic_evidence

CHUNK = 500  # ideas read at a time
COPY_CHARS = 600  # characters of the text by which near-copies are known
NOUN_TAGS = frozenset({"NNG", "NNP", "SL", "XR"})
RUN_TAGS = NOUN_TAGS | {"XPN", "XSN"}
# Syllables that the tagger calls nouns, and that stand beside any other noun without making a word of it.
LOOSE = frozenset(
    "들 님 분 전 후 중 내 외 속 하 때 시 인 적 성 것 등 간 당 측 여 용 별 급 상 앞 뒤 위 밑 옆 "
    "쪽 곳 점 데 번 씩 만 초 말 부".split()
)


@dataclass(frozen=True)
class Read:
    """An idea that was read; `fault` is a reason code, or empty. `words` are its nouns, the title's repeated.

    `runs` are nouns that stand side by side, in the order of `words`: a line each, with spaces between.
    """

    key: int
    title: str = ""
    words: tuple[str, ...] = ()
    fault: str = ""
    author: int | None = None
    topics: dict[int, float] = field(default_factory=dict)
    runs: str = ""


def read_ideas(
    ideas: Sequence[IdeaText],
    title_weight: int,
    body_chars: int,
    tagger: str = "mecab",
    n_jobs: int | None = None,
    progress: Callable[[float], object] | None = None,
) -> list[Read]:
    """Every idea read, in the order given.

    :param n_jobs: processes; None lets joblib's context decide (one, or a Dask cluster)
    :param progress: called with the share read, 0..1
    """
    chunks = [ideas[start : start + CHUNK] for start in range(0, len(ideas), CHUNK)]
    work = Parallel(n_jobs=n_jobs, return_as="generator")(
        delayed(_read_chunk)(chunk, title_weight, body_chars, tagger) for chunk in chunks
    )
    reads: list[Read] = []
    for chunk in work:
        reads += chunk
        if progress is not None:
            progress(len(reads) / len(ideas))
    return reads


def _read_chunk(ideas: Sequence[IdeaText], title_weight: int, body_chars: int, tagger: str) -> list[Read]:
    return [read_idea(idea, title_weight, body_chars, tagger) for idea in ideas]


def read_idea(idea: IdeaText, title_weight: int, body_chars: int, tagger: str = "mecab") -> Read:
    """One bad text never stops a run: it says why it could not be read."""
    try:
        heading, body = clean(idea.title), clean(idea.body[: 4 * body_chars])
        if not heading and not body:
            return Read(idea.key, fault="NO_TEXT", author=idea.author)
        in_title, in_body = (pieces(mended(text), tagger) for text in (heading, body[:body_chars]))
    except UnknownTaggerError:
        raise
    except (RuntimeError, TypeError, UnicodeError, ValueError):
        return Read(idea.key, fault="BAD_TEXT", author=idea.author)
    words = (*title_weight * tuple(_telling(in_title)), *_telling(in_body))
    topics = topic_evidence([surface for surface, _tag in in_title], [surface for surface, _tag in in_body])
    runs = "\n".join([*title_weight * _noun_runs(in_title), *_noun_runs(in_body)])
    return Read(idea.key, heading, words, "" if words else "NO_KNOWN_WORD", idea.author, topics, runs)


def copy_text(idea: IdeaText) -> str:
    """What near-copies are known by: the letters and signs of title and body, without spaces."""
    return "".join(f"{clean(idea.title)} {clean(idea.body[: 2 * COPY_CHARS])}".split())[:COPY_CHARS]


def _noun_runs(tokens: Sequence[tuple[str, str]]) -> list[str]:
    """Nouns that follow one another with nothing between but, perhaps, a space; one line each."""
    stop = stop_words()
    runs: list[str] = []
    run: list[str] = []
    for surface, tag in tokens:
        if tag in RUN_TAGS and surface not in LOOSE and surface not in stop and len(surface) <= MAX_WORD_CHARS:
            run.append(surface)
        elif run:
            if len(run) > 1:
                runs.append(" ".join(run))
            run = []
    if len(run) > 1:
        runs.append(" ".join(run))
    return runs


def _telling(tokens: Sequence[tuple[str, str]]) -> Iterator[str]:
    """Nouns that say something."""
    stop = stop_words()
    for surface, tag in tokens:
        if tag in NOUN_TAGS and 1 < len(surface) <= MAX_WORD_CHARS and surface not in stop:
            yield surface


def with_parts(words: Sequence[str], found: Mapping[str, Sequence[str]] | None = None) -> list[str]:
    """The words, and the parts of each compound of the lexicon, or of those found, so that it is like them."""
    known, found = lexicon(), found or {}
    said = list(words)
    for word in words:
        if parts := found.get(word) or known.get(word):
            said += [part for part in parts if part != word and len(part) > 1 and part not in stop_words()]
    return said
