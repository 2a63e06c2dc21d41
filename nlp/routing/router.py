"""Suggest which ministry (or sector) should answer a text, with the words and the past cases that speak for it.

A logistic regression over nouns, and over embeddings where there are some. Its training documents are the words of the
shipped duties, weighted by how often citizens ask for the duty, and the past cases that analysts decided. So it works
without any case, and each reason is one of its own terms: coefficient times value.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Self

import numpy as np
from scipy import sparse
from sklearn.dummy import DummyClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics.pairwise import cosine_similarity
from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.preprocessing import FunctionTransformer
from threadpoolctl import threadpool_limits

from nlp.records import IdeaText
from nlp.routing.duties import Duty, shipped_duties
from nlp.text.cleaning import clean
from nlp.text.tokens import lexicon, morphemes

Vector = np.ndarray[Any, np.dtype[np.float64]]
TITLE_WEIGHT = 3
BODY_CHARS = 500
MAX_NGRAM = 3  # adjacent nouns that are read as one word too: 일회용 + 컵

# Compared by cross-validation on 257 labelled proposals (docs/analysis-experiments.md).
C = 10.0  # inverse strength of the regularisation
SHARE_EXPONENT = 0.5  # of a duty's share in the weight of its words; 0 makes all ministries alike
DUTY_WEIGHT = 1.0  # mean weight of a word of the duties as a training document; a past case weighs 1
VECTOR_WEIGHT = 1.0  # of an embedding of unit length, beside the words of unit length
MIN_COUNT = (
    2  # a word that past cases hold less often is no feature, unless a duty names it; a title's words count thrice
)
DUTIES_SHARE = 0.3  # share of a suggestion that still comes from the duties alone: it keeps rare codes in sight
DUTIES_TEMPERATURE = 1.15  # softens what the duties alone say, which is a little too sure
MAX_ITERATIONS = 1_000
MIN_COSINE = 0.1  # of the words of a past case that is named as a reason
N_WORDS = 5
N_CASES = 3


@dataclass(frozen=True)
class Suggestion:
    """A code suggested for a text.

    :param share: 0..1, calibrated: of many suggestions with this share about as many are right
    :param words: the text's own words that speak for the code, the strongest first
    :param duty: the description that most of these words name, "" where none does
    :param cases: keys of the most similar past cases with this code, best first
    """

    code: str
    share: float
    words: tuple[str, ...]
    duty: str
    cases: tuple[int, ...]


@dataclass(frozen=True)
class _Document:
    """A text as the model reads it.

    :param words: nouns and runs of nouns, as often as they count
    :param vector: (dimension,) the embedding; None: not known
    """

    words: tuple[str, ...]
    vector: Vector | None = None


class Router:
    """Suggest codes for texts.

    :param duties: of each code; a code without a duty is never suggested
    :param tagger: mecab, or one of KoNLPy's others by name
    :raise ValueError: no duties

    :ivar codes_: the codes in alphabetical order, after `fit`
    """

    def __init__(self, duties: Sequence[Duty], tagger: str = "mecab") -> None:
        if not duties:
            raise ValueError("a router needs duties to start from")
        self.duties, self.tagger = tuple(duties), tagger

    def fit(
        self,
        cases: Sequence[IdeaText] = (),
        codes: Sequence[str] = (),
        vectors: Sequence[Vector | None] | None = None,
    ) -> Self:
        """Learn from the duties and from past cases. Takes seconds for hundreds of cases; keep the fitted router.

        :param codes: where each case was sent to
        :param vectors: (dimension,) the embedding of each case, centred like those given to `suggest`; None: not known
        :raise ValueError: a code that no duty names; not as many codes or vectors as cases
        :raise UnknownTaggerError: no tagger of that name here
        """
        known = {duty.code for duty in self.duties}
        if unknown := sorted(set(codes) - known):
            raise ValueError(f"unknown code {unknown[0]!r}")
        if len(codes) != len(cases):
            raise ValueError(f"{len(cases)} cases have {len(codes)} codes")
        documents = _documents(cases, vectors, self.tagger)
        self._by_duties = _model_of_duties(self.duties)
        self._model = _fitted(self.duties, documents, tuple(codes)) if documents else self._by_duties
        self.codes_: list[str] = self._model.classes_.tolist()
        self._coefficients = _word_coefficients(self._model)
        self._vocabulary = _vectorizer(self._model).get_feature_names_out()
        self._case_keys = [case.key for case in cases]
        self._case_codes = np.array(codes, dtype=object)
        self._case_rows = self._word_rows(documents) if documents else None
        return self

    def predict_proba(self, texts: Sequence[IdeaText], vectors: Sequence[Vector | None] | None = None) -> Vector:
        """Return how likely each code is the right one for each text, (n_texts, n_codes), in the order of `codes_`.

        :raise UnknownTaggerError: no tagger of that name here
        """
        return self._probabilities(_documents(texts, vectors, self.tagger))

    def suggest(
        self, texts: Sequence[IdeaText], k: int = 3, vectors: Sequence[Vector | None] | None = None
    ) -> tuple[Suggestion, ...]:
        """Return the `k` most likely codes for some texts together, best first; shares are means over the texts.

        :param vectors: (dimension,) one for each text, or None where there is none
        :raise UnknownTaggerError: no tagger of that name here
        """
        if not texts:
            return ()
        documents = _documents(texts, vectors, self.tagger)
        shares = self._probabilities(documents).mean(axis=0)
        row = self._word_rows(documents).mean(axis=0)
        best = np.argsort(-shares, kind="stable")[:k]
        return tuple(self._suggestion(int(index), float(shares[index]), np.asarray(row).ravel()) for index in best)

    def _probabilities(self, documents: Sequence[_Document]) -> Vector:
        by_duties = _softened(self._by_duties.predict_proba(documents))
        if self._model is self._by_duties:
            return by_duties
        return (1 - DUTIES_SHARE) * self._model.predict_proba(documents) + DUTIES_SHARE * by_duties

    def _word_rows(self, documents: Sequence[_Document]) -> Any:
        return _vectorizer(self._model).transform(documents)

    def _suggestion(self, index: int, share: float, row: Vector) -> Suggestion:
        """:param row: (n_words,) TF-IDF, mean over the texts"""
        code, values = self.codes_[index], self._coefficients[index] * row
        speaking = {str(self._vocabulary[at]): float(values[at]) for at in np.flatnonzero(values > 0)}
        ranked = sorted(speaking, key=lambda word: (-speaking[word] * np.sqrt(len(word)), word))  # 일회용컵 before 컵
        words = tuple(_without_parts(ranked)[:N_WORDS])
        return Suggestion(code, round(share, 4), words, self._duty(code, speaking), self._similar_cases(code, row))

    def _duty(self, code: str, speaking: dict[str, float]) -> str:
        """Return the description whose words speak most for the code, "" where none does."""
        own = [duty for duty in self.duties if duty.code == code]
        named = {duty.duty: sum(speaking.get(word, 0.0) for word in duty.words) for duty in own}
        best = max(named, key=lambda text: named[text])
        return best if named[best] else ""

    def _similar_cases(self, code: str, row: Vector) -> tuple[int, ...]:
        own = np.flatnonzero(self._case_codes == code)
        if self._case_rows is None or not len(own):
            return ()
        cosines = cosine_similarity(self._case_rows[own], row[None, :]).ravel().round(6)
        near = [(-cosine, self._case_keys[at]) for cosine, at in zip(cosines, own, strict=True) if cosine >= MIN_COSINE]
        return tuple(key for _cosine, key in sorted(near)[:N_CASES])


@cache
def shipped_router(path: Path) -> Router:
    """Return a router that knows the shipped duties of `path` and no case; fitted once in a process."""
    return Router(shipped_duties(path)).fit()


@lru_cache(maxsize=8)
def _model_of_duties(duties: tuple[Duty, ...]) -> Pipeline:
    return _fitted(duties, (), ())


def _fitted(duties: Sequence[Duty], cases: Sequence[_Document], codes: Sequence[str]) -> Pipeline:
    """Return the model of the duties' words, each a document of its own, and of the cases."""
    words = [(word, duty.code, duty.share**SHARE_EXPONENT) for duty in duties for word in duty.words]
    weights = np.array([weight for _word, _code, weight in words])
    documents = [*(_Document((word,)) for word, _code, _weight in words), *cases]
    wanted = [*(code for _word, code, _weight in words), *codes]
    model = _pipeline(_vocabulary(duties, cases), _dimension(cases), n_codes=len(set(wanted)))
    sample_weight = np.concatenate([DUTY_WEIGHT * weights / weights.mean(), np.ones(len(cases))])
    with threadpool_limits(1, "blas"):  # thousands of small products: on a busy machine waiting threads took a minute
        return model.fit(documents, wanted, classifier__sample_weight=sample_weight)


def _pipeline(vocabulary: Sequence[str], dimension: int, n_codes: int) -> Pipeline:
    """Return the model, not fitted; one code alone needs no regression."""
    features = [("words", TfidfVectorizer(analyzer=_words_of, sublinear_tf=True, vocabulary=vocabulary))]
    if dimension:
        rows = FunctionTransformer(_vector_rows, kw_args={"dimension": dimension})
        features.append(("vectors", rows))
    union = FeatureUnion(features, transformer_weights={"vectors": VECTOR_WEIGHT} if dimension else None)
    regression = LogisticRegression(C=C, max_iter=MAX_ITERATIONS)
    return Pipeline([("features", union), ("classifier", regression if n_codes > 1 else DummyClassifier())])


def _vocabulary(duties: Sequence[Duty], cases: Sequence[_Document]) -> list[str]:
    counts = Counter(word for case in cases for word in case.words)
    named = {word for duty in duties for word in duty.words}
    return sorted(named | {word for word, count in counts.items() if count >= MIN_COUNT})


def _dimension(documents: Sequence[_Document]) -> int:
    return next((len(document.vector) for document in documents if document.vector is not None), 0)


def _words_of(document: _Document) -> tuple[str, ...]:
    return document.words


def _vector_rows(documents: Sequence[_Document], dimension: int) -> Any:
    """Return the embeddings, zeros where there is none, (n_documents, dimension), sparse as most have none."""
    none = np.zeros(dimension)
    return sparse.csr_array(np.stack([none if one.vector is None else one.vector for one in documents]))


def _vectorizer(model: Pipeline) -> TfidfVectorizer:
    return model["features"].named_transformers["words"]


def _word_coefficients(model: Pipeline) -> Vector:
    """Return how much each word speaks for each code, (n_codes, n_words)."""
    n_words = len(_vectorizer(model).get_feature_names_out())
    found = getattr(model["classifier"], "coef_", np.ones((1, n_words)))[:, :n_words]
    return np.concatenate([-found, found]) if len(model.classes_) == 2 else found  # two codes share one row


def _softened(probabilities: Vector) -> Vector:
    raised = probabilities ** (1 / DUTIES_TEMPERATURE)
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))


def _without_parts(words: Sequence[str]) -> list[str]:
    """Leave out words that are part of a word kept before, or hold one: 전기차 next to 전기차충전."""
    kept: list[str] = []
    for word in words:
        if not any(word in other or other in word for other in kept):
            kept.append(word)
    return kept


def _documents(
    texts: Sequence[IdeaText], vectors: Sequence[Vector | None] | None, tagger: str
) -> tuple[_Document, ...]:
    """:raise ValueError: not as many vectors as texts"""
    rows = vectors if vectors is not None else [None] * len(texts)
    return tuple(_Document(_words(text, tagger), row) for text, row in zip(texts, rows, strict=True))


def _words(text: IdeaText, tagger: str) -> tuple[str, ...]:
    """Return a text's nouns and runs of two or three adjacent nouns, those of the title as often as they weigh."""
    title = _noun_ngrams(clean(text.title), tagger)
    return (*title * TITLE_WEIGHT, *_noun_ngrams(clean(text.body[: 2 * BODY_CHARS])[:BODY_CHARS], tagger))


def _noun_ngrams(text: str, tagger: str) -> list[str]:
    found: list[str] = []
    run: list[str] = []
    end = -1
    for morpheme in morphemes(text, tagger):
        if not morpheme.is_noun:
            run = []
            continue
        if not text[end : morpheme.start].isspace() and morpheme.start != end:
            run = []
        run.append(morpheme.surface.replace(" ", "").lower())
        end = morpheme.end
        found += ["".join(run[-length:]) for length in range(1, min(MAX_NGRAM, len(run)) + 1)]
        found += lexicon().get(run[-1], ())
    return found
