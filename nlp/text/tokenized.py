"""Ideas as the tokenizer sees them, tokenized in batches that joblib may spread over processes or a cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from joblib import Parallel, delayed

from nlp.batches import gen_batches
from nlp.records import IdeaText
from nlp.text.cleaning import clean
from nlp.text.requests import request_sentences
from nlp.text.spelling import correct_spelling
from nlp.text.stopwords import stop_words
from nlp.text.tokens import MAX_WORD_CHARS, UnknownTaggerError, lexicon, pos_tag
from nlp.text.topics import TopicScores, score_topics
from nlp.text.userwords import user_word_matcher

BATCH_SIZE = 500  # ideas that one task tokenizes
DEDUP_CHARS = 600  # characters of the text that near-duplicates are compared by
NOUN_TAGS = frozenset({"NNG", "NNP", "SL", "XR"})
RUN_TAGS = NOUN_TAGS | {"XPN", "XSN"}
# Syllables that the tagger calls nouns, and that occur next to any noun without forming a compound with it.
NEVER_IN_COMPOUNDS = frozenset(
    "들 님 분 전 후 중 내 외 속 하 때 시 인 적 성 것 등 간 당 측 여 용 별 급 상 앞 뒤 위 밑 옆 "
    "쪽 곳 점 데 번 씩 만 초 말 부".split()
)


@dataclass(frozen=True)
class TokenizedIdea:
    """An idea with its words.

    :param title: the cleaned title
    :param words: its nouns, those of the title repeated
    :param error_code: why it has no words, one of `nlp.records.UNTHEMED_REASONS`, or ""
    :param topic_scores: how strongly it mentions each topic
    :param noun_runs: its adjacent nouns, in the order of `words`: one run a line, with spaces between the nouns
    :param requests: sentences of its body that ask for something
    """

    key: int
    title: str = ""
    words: tuple[str, ...] = ()
    error_code: str = ""
    author: int | None = None
    topic_scores: TopicScores = field(default_factory=dict)
    noun_runs: str = ""
    requests: tuple[str, ...] = ()


def tokenize_ideas(
    ideas: Sequence[IdeaText],
    title_weight: int,
    body_chars: int,
    tagger: str = "mecab",
    n_jobs: int | None = None,
    user_words: tuple[str, ...] = (),
    progress: Callable[[float], object] | None = None,
) -> list[TokenizedIdea]:
    """Tokenize ideas in parallel and return them in the order given.

    :param title_weight: how many times the words of the title are repeated
    :param body_chars: characters of the body that are read
    :param n_jobs: processes; None lets joblib's context decide (one, or a Dask cluster)
    :param user_words: words that are one noun, however the tagger splits them
    :param progress: called with the share of the ideas that are done, 0..1
    :raise UnknownTaggerError: no tagger of that name here
    """
    work = Parallel(n_jobs=n_jobs, return_as="generator")(
        delayed(_tokenize_batch)(ideas[batch], title_weight, body_chars, tagger, user_words)
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


def _tokenize_batch(
    ideas: Sequence[IdeaText], title_weight: int, body_chars: int, tagger: str, user_words: tuple[str, ...]
) -> list[TokenizedIdea]:
    return [tokenize_idea(idea, title_weight, body_chars, tagger, user_words) for idea in ideas]


def tokenize_idea(
    idea: IdeaText, title_weight: int, body_chars: int, tagger: str = "mecab", user_words: tuple[str, ...] = ()
) -> TokenizedIdea:
    """Tokenize one idea. A text that breaks the tagger gets an error code, so that it never stops a run.

    :raise UnknownTaggerError: no tagger of that name here
    """
    try:
        title, body = clean(idea.title), clean(idea.body[: 4 * body_chars])
        if not title and not body:
            return TokenizedIdea(idea.key, error_code="NO_TEXT", author=idea.author)
        in_title, in_body = (pos_tag(correct_spelling(text), tagger) for text in (title, body[:body_chars]))
        if user_words:
            in_title, in_body = (user_word_matcher(user_words).merge(tokens) for tokens in (in_title, in_body))
    except UnknownTaggerError:
        raise
    except (RuntimeError, TypeError, UnicodeError, ValueError):
        return TokenizedIdea(idea.key, error_code="BAD_TEXT", author=idea.author)
    words = (*title_weight * tuple(_content_words(in_title)), *_content_words(in_body))
    topic_scores = score_topics([surface for surface, _tag in in_title], [surface for surface, _tag in in_body])
    noun_runs = "\n".join([*title_weight * _noun_runs(in_title), *_noun_runs(in_body)])
    error_code = "" if words else "NO_KNOWN_WORD"
    return TokenizedIdea(
        idea.key, title, words, error_code, idea.author, topic_scores, noun_runs, request_sentences(body)
    )


def dedup_text(idea: IdeaText) -> str:
    """Return the text that near-duplicates are compared by: title and body without spaces, `DEDUP_CHARS` at most."""
    return "".join(f"{clean(idea.title)} {clean(idea.body[: 2 * DEDUP_CHARS])}".split())[:DEDUP_CHARS]


def _noun_runs(tokens: Sequence[tuple[str, str]]) -> list[str]:
    """Return runs of at least two nouns with at most spaces between them, joined by spaces."""
    stop = stop_words()
    runs: list[str] = []
    run: list[str] = []
    for surface, tag in tokens:
        is_noun = tag in RUN_TAGS and surface not in NEVER_IN_COMPOUNDS and surface not in stop
        if is_noun and len(surface) <= MAX_WORD_CHARS:
            run.append(surface)
        elif run:
            if len(run) > 1:
                runs.append(" ".join(run))
            run = []
    if len(run) > 1:
        runs.append(" ".join(run))
    return runs


def _content_words(tokens: Sequence[tuple[str, str]]) -> Iterator[str]:
    """Yield nouns of at least two letters that are no stop words."""
    stop = stop_words()
    for surface, tag in tokens:
        if tag in NOUN_TAGS and 1 < len(surface) <= MAX_WORD_CHARS and surface not in stop:
            yield surface


def telling_parts(found: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Return the parts of each compound that are words of their own: longer than a letter, and no stop words.

    :param found: compounds found in the corpus -> their parts, in addition to those of the lexicon
    """
    return {
        word: [part for part in parts if part != word and len(part) > 1 and part not in stop_words()]
        for word, parts in {**lexicon(), **found}.items()
    }


def expand_compounds(words: Sequence[str], parts: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the words followed by the parts of each compound, so that a compound is similar to its parts.

    :param parts: of `telling_parts`
    """
    return [*words, *(part for word in words if word in parts for part in parts[word])]
