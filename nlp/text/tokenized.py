"""Ideas as the tokenizer sees them, read in chunks that joblib may spread over processes or a cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from joblib import Parallel, delayed

from nlp.batches import gen_batches
from nlp.records import IdeaText
from nlp.text.cleaning import clean
from nlp.text.spelling import correct_spelling
from nlp.text.stopwords import stop_words
from nlp.text.tokens import MAX_WORD_CHARS, UnknownTaggerError, lexicon, pos_tag
from nlp.text.topics import topic_evidence

BATCH_SIZE = 500  # ideas that one task tokenizes
DEDUP_CHARS = 600  # characters of the text that near-duplicates are compared by
NOUN_TAGS = frozenset({"NNG", "NNP", "SL", "XR"})
RUN_TAGS = NOUN_TAGS | {"XPN", "XSN"}
# Syllables that the tagger calls nouns, and that stand beside any other noun without making a word of it.
NEVER_IN_COMPOUNDS = frozenset(
    "들 님 분 전 후 중 내 외 속 하 때 시 인 적 성 것 등 간 당 측 여 용 별 급 상 앞 뒤 위 밑 옆 "
    "쪽 곳 점 데 번 씩 만 초 말 부".split()
)


@dataclass(frozen=True)
class TokenizedIdea:
    """An idea that was read; `error_code` is a reason code, or empty. `words` are its nouns, the title's repeated.

    `noun_runs` are nouns that stand side by side, in the order of `words`: a line each, with spaces between.
    """

    key: int
    title: str = ""
    words: tuple[str, ...] = ()
    error_code: str = ""
    author: int | None = None
    topics: dict[int, float] = field(default_factory=dict)
    noun_runs: str = ""


def tokenize_ideas(
    ideas: Sequence[IdeaText],
    title_weight: int,
    body_chars: int,
    tagger: str = "mecab",
    n_jobs: int | None = None,
    progress: Callable[[float], object] | None = None,
) -> list[TokenizedIdea]:
    """Tokenize ideas in parallel and return them in the order given.

    :param title_weight: how many times the words of the title are repeated
    :param body_chars: characters of the body that are read
    :param n_jobs: processes; None lets joblib's context decide (one, or a Dask cluster)
    :param progress: called with the share of the ideas that are done, 0..1
    :raise UnknownTaggerError: no tagger of that name here
    """
    work = Parallel(n_jobs=n_jobs, return_as="generator")(
        delayed(_tokenize_batch)(ideas[batch], title_weight, body_chars, tagger)
        for batch in gen_batches(len(ideas), BATCH_SIZE)
    )
    tokenized: list[TokenizedIdea] = []
    for batch in work:
        tokenized += batch
        if progress is not None:
            progress(len(tokenized) / len(ideas))
    return tokenized


def tokenize_distinct(
    ideas: Sequence[IdeaText],
    duplicates: Mapping[int, int],
    tokenize: Callable[[Sequence[IdeaText]], Sequence[TokenizedIdea]],
) -> list[TokenizedIdea]:
    """Tokenize each distinct text once; a near-duplicate gets no words and the error code of its canonical idea.

    :param duplicates: index of a near-duplicate -> index of its canonical idea, both in `ideas`
    :param tokenize: tokenizes the distinct ideas, such as `tokenize_ideas` with its settings
    :return: every idea, in the order given
    """
    distinct = tokenize([idea for index, idea in enumerate(ideas) if index not in duplicates])
    by_key = {idea.key: idea for idea in distinct}
    return [
        by_key.get(idea.key)
        or TokenizedIdea(idea.key, error_code=by_key[ideas[duplicates[index]].key].error_code, author=idea.author)
        for index, idea in enumerate(ideas)
    ]


def _tokenize_batch(ideas: Sequence[IdeaText], title_weight: int, body_chars: int, tagger: str) -> list[TokenizedIdea]:
    return [tokenize_idea(idea, title_weight, body_chars, tagger) for idea in ideas]


def tokenize_idea(idea: IdeaText, title_weight: int, body_chars: int, tagger: str = "mecab") -> TokenizedIdea:
    """One bad text never stops a run: it says why it could not be read."""
    try:
        heading, body = clean(idea.title), clean(idea.body[: 4 * body_chars])
        if not heading and not body:
            return TokenizedIdea(idea.key, error_code="NO_TEXT", author=idea.author)
        in_title, in_body = (pos_tag(correct_spelling(text), tagger) for text in (heading, body[:body_chars]))
    except UnknownTaggerError:
        raise
    except (RuntimeError, TypeError, UnicodeError, ValueError):
        return TokenizedIdea(idea.key, error_code="BAD_TEXT", author=idea.author)
    words = (*title_weight * tuple(_content_words(in_title)), *_content_words(in_body))
    topics = topic_evidence([surface for surface, _tag in in_title], [surface for surface, _tag in in_body])
    noun_runs = "\n".join([*title_weight * _noun_runs(in_title), *_noun_runs(in_body)])
    return TokenizedIdea(idea.key, heading, words, "" if words else "NO_KNOWN_WORD", idea.author, topics, noun_runs)


def dedup_text(idea: IdeaText) -> str:
    """Return the text that near-duplicates are compared by: title and body without spaces, `DEDUP_CHARS` at most."""
    return "".join(f"{clean(idea.title)} {clean(idea.body[: 2 * DEDUP_CHARS])}".split())[:DEDUP_CHARS]


def _noun_runs(tokens: Sequence[tuple[str, str]]) -> list[str]:
    """Nouns that follow one another with nothing between but, perhaps, a space; one line each."""
    stop = stop_words()
    noun_runs: list[str] = []
    run: list[str] = []
    for surface, tag in tokens:
        if (
            tag in RUN_TAGS
            and surface not in NEVER_IN_COMPOUNDS
            and surface not in stop
            and len(surface) <= MAX_WORD_CHARS
        ):
            run.append(surface)
        elif run:
            if len(run) > 1:
                noun_runs.append(" ".join(run))
            run = []
    if len(run) > 1:
        noun_runs.append(" ".join(run))
    return noun_runs


def _content_words(tokens: Sequence[tuple[str, str]]) -> Iterator[str]:
    """Nouns that say something."""
    stop = stop_words()
    for surface, tag in tokens:
        if tag in NOUN_TAGS and 1 < len(surface) <= MAX_WORD_CHARS and surface not in stop:
            yield surface


def expand_compounds(words: Sequence[str], found: Mapping[str, Sequence[str]] | None = None) -> list[str]:
    """The words, and the parts of each compound of the lexicon, or of those found, so that it is like them."""
    known, found = lexicon(), found or {}
    said = list(words)
    for word in words:
        if parts := found.get(word) or known.get(word):
            said += [part for part in parts if part != word and len(part) > 1 and part not in stop_words()]
    return said
