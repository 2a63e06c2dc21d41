from __future__ import annotations

import numpy as np
import pytest
import sqlalchemy as sa

from forum.extensions import db
from forum.vectors import services
from forum.vectors.models import IdeaVector
from forum.vectors.services import encode_missing, groups_of_the_same, n_missing, stored_vectors
from nlp.records import IdeaText

IDEAS = [IdeaText(n, f"따릉이 대여소 {n}", "역 앞에 늘려 주세요") for n in range(1, 41)]


class ByHand:
    """An encoder that a test can count on: a direction by the text's length. Stands where a model would."""

    dimension = 4

    def __init__(self, identity: str = "by hand 1") -> None:
        self.identity, self.texts = identity, 0

    def encode(self, texts):
        self.texts += len(texts)
        return np.array([np.roll([1.0, 0.5, 0.0, 0.0], len(text)) for text in texts], dtype=np.float32).reshape(-1, 4)


@pytest.fixture
def encoder(app, monkeypatch):
    one = ByHand()
    monkeypatch.setattr(services, "get_encoder", lambda name: one)
    return one


def say(_share, _step):
    db.session.commit()


def test_without_encoder_nothing_is_missing_and_nothing_stored(app):
    assert (n_missing(IDEAS), stored_vectors(IDEAS), encode_missing(IDEAS, say)) == (0, None, 0)


def test_each_text_is_encoded_once_however_often_it_is_asked(encoder):
    assert n_missing(IDEAS) == 40
    assert encode_missing([*IDEAS, IdeaText(99, IDEAS[0].title, IDEAS[0].body)], say) == 40
    encoded = encoder.texts
    assert encode_missing(IDEAS, say) == 0
    assert (encoder.texts, n_missing(IDEAS)) == (encoded, 0)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(IdeaVector)) == 40


def test_stored_vectors_come_back_by_key_and_an_edited_idea_has_none(encoder):
    encode_missing(IDEAS[:3], say)
    edited = IdeaText(2, "아주 다른 제목", "다른 글")
    found = stored_vectors([IDEAS[0], edited, IDEAS[2]])
    assert found is not None
    assert found.keys.tolist() == [1, 3]
    assert np.allclose(found.titles[0], encoder.encode([IDEAS[0].title])[0])


def test_vectors_of_another_encoder_are_not_used(encoder, monkeypatch):
    encode_missing(IDEAS, say)
    monkeypatch.setattr(services, "get_encoder", lambda name: ByHand("by hand 2"))
    assert stored_vectors(IDEAS) is None
    assert n_missing(IDEAS) == 40


def test_what_was_encoded_before_a_kill_stays(encoder):
    def killed(share, _step):
        db.session.commit()
        if share < 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        encode_missing(IDEAS, killed)
    assert n_missing(IDEAS) == len(IDEAS) - services.PIECE


def test_ideas_that_ask_the_same_are_grouped_by_words_alone_too(app):
    twins = [
        IdeaText(1, "카페 일회용컵 보증금", "컵을 돌려주면 돈을"),
        IdeaText(2, "카페 일회용컵 보증금을", "컵을 돌려주면"),
    ]
    other = [IdeaText(3, "마을버스 노선 늘리기", "배차가 깁니다")]
    assert groups_of_the_same([*twins, *other]) == ((1, 2),)
    assert groups_of_the_same([]) == ()


def test_the_shared_file_is_written_where_there_are_vectors(encoder, app):
    from pathlib import Path

    encode_missing(IDEAS, say)
    groups_of_the_same(IDEAS)
    assert (Path(app.config["INSTANCE_DIR"]) / "vectors" / "vectors.json").exists()
