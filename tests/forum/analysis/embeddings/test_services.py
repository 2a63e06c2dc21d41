from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa

from forum.analysis.embeddings import services, tasks
from forum.analysis.embeddings.models import StoredEmbedding
from forum.analysis.embeddings.services import (
    DuplicateGroups,
    group_duplicates,
    ideas_near,
    similar_ideas_to,
    stored_embeddings,
    texts_without_embedding,
    write_embedding_store,
)
from forum.analysis.embeddings.tasks import encode_missing
from forum.core.extensions import db
from forum.voice.ideas.models import Idea, IdeaState
from forum.voice.ideas.services import store_idea
from nlp.records import IdeaText
from nlp.similarity.embedding_store import EmbeddingStore

IDEAS = [IdeaText(n, f"따릉이 대여소 {n}", "역 앞에 늘려 주세요") for n in range(1, 41)]


class ByHand:
    """A deterministic encoder in place of a model: the direction depends on the text's length."""

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


def n_missing(ideas):
    return len(texts_without_embedding(ideas))


def test_without_encoder_nothing_is_missing_and_nothing_stored(app):
    assert (n_missing(IDEAS), stored_embeddings(IDEAS), encode_missing(IDEAS, say)) == (0, None, 0)


def test_each_text_is_encoded_once_however_often_it_is_asked(encoder):
    assert n_missing(IDEAS) == 40
    assert encode_missing([*IDEAS, IdeaText(99, IDEAS[0].title, IDEAS[0].body)], say) == 40
    encoded = encoder.texts
    assert encode_missing(IDEAS, say) == 0
    assert (encoder.texts, n_missing(IDEAS)) == (encoded, 0)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(StoredEmbedding)) == 40


def test_stored_vectors_come_back_by_key_and_an_edited_idea_has_none(encoder):
    encode_missing(IDEAS[:3], say)
    edited = IdeaText(2, "아주 다른 제목", "다른 글")
    found = stored_embeddings([IDEAS[0], edited, IDEAS[2]])
    assert found is not None
    assert found.keys.tolist() == [1, 3]
    assert np.allclose(found.titles[0], encoder.encode([IDEAS[0].title])[0])


def test_vectors_of_another_encoder_are_not_used(encoder, monkeypatch):
    encode_missing(IDEAS, say)
    monkeypatch.setattr(services, "get_encoder", lambda name: ByHand("by hand 2"))
    assert stored_embeddings(IDEAS) is None
    assert n_missing(IDEAS) == 40


def test_what_was_encoded_before_a_kill_stays(encoder):
    def killed(share, _step):
        db.session.commit()
        if share < 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        encode_missing(IDEAS, killed)
    assert n_missing(IDEAS) == len(IDEAS) - tasks.BATCH_SIZE


def test_ideas_that_ask_the_same_are_grouped_by_words_alone_too(app):
    twins = [
        IdeaText(1, "카페 일회용컵 보증금", "컵을 돌려주면 돈을"),
        IdeaText(2, "카페 일회용컵 보증금을", "컵을 돌려주면"),
    ]
    other = [IdeaText(3, "마을버스 노선 늘리기", "배차가 깁니다")]
    assert group_duplicates(1, [*twins, *other], None) == DuplicateGroups(((1, 2),), 0)
    assert group_duplicates(1, [], None) == DuplicateGroups((), 0)


def test_each_campaign_has_a_file_of_its_own(encoder, app):
    encode_missing(IDEAS, say)
    assert group_duplicates(1, IDEAS[:10], stored_embeddings(IDEAS[:10])).n_with_vectors == 10
    write_embedding_store(2, stored_embeddings(IDEAS[10:]))
    folder = Path(app.config["INSTANCE_DIR"]) / "vectors"
    assert [len(EmbeddingStore(folder / name)) for name in ("1", "2")] == [10, 30]


@pytest.fixture
def written(make, app):
    """Store an idea with real search tokens."""
    campaign, author = make.campaign(), make.citizen()
    shutil.rmtree(
        Path(app.config["INSTANCE_DIR"]) / "vectors", ignore_errors=True
    )  # an earlier test's campaign had the same id

    def write(title: str, body: str = "설명", **values) -> Idea:
        idea = Idea(campaign_id=campaign.id, author_id=author.participant.id, title=title, body=body, **values)
        return store_idea(idea)

    return write


@pytest.fixture
def world(written):
    """An idea, one with the same words, one with the same meaning in other words, and some on other subjects."""
    for n in range(5):
        written(f"마을버스 배차 {n}", "막차가 너무 이릅니다", state=IdeaState.OPEN)
    titles = {
        "asked": "학교 옥상 태양광 설치",
        "worded": "옥상 태양광 발전",
        "meant": "지붕마다 햇빛 발전소",
        "hidden": "학교 옥상 태양광 설치 하자",
        "other": "일회용컵 금지",
    }
    ideas = {name: written(title) for name, title in titles.items()}
    ideas["hidden"].state = IdeaState.WITHDRAWN
    db.session.commit()
    return ideas


class Knowing(ByHand):
    """An encoder that knows that sun and solar power are one subject."""

    def encode(self, texts):
        is_sun = [any(word in text for word in ("태양", "햇빛")) for text in texts]
        spread = [[len(text) / 100, 0.1, 0.0] for text in texts]
        return np.array([[float(sun), *rest] for sun, rest in zip(is_sun, spread, strict=True)], dtype=np.float32)


@pytest.fixture
def file_of_meaning(world, monkeypatch):
    """Encode the ideas and write the vector file, as a worker does."""
    encoder = Knowing()
    monkeypatch.setattr(services, "get_encoder", lambda name: encoder)
    texts = [IdeaText(idea.id, idea.title, idea.body) for idea in db.session.scalars(sa.select(Idea))]
    encode_missing(texts, say)
    write_embedding_store(world["asked"].campaign_id, stored_embeddings(texts))
    return encoder


def ids(similar):
    return [idea.id for idea in similar.ideas]


def test_without_a_file_the_fellows_of_an_idea_come_by_words(world):
    similar = similar_ideas_to(world["asked"], 5)
    assert (ids(similar), similar.by_meaning) == ([world["worded"].id], False)


def test_with_a_file_those_that_mean_the_same_come_too_and_no_model_is_run(world, file_of_meaning):
    before = file_of_meaning.texts
    similar = similar_ideas_to(world["asked"], 5)
    assert (ids(similar), similar.by_meaning) == ([world["worded"].id, world["meant"].id], True)
    assert file_of_meaning.texts == before


def test_what_was_hidden_since_the_file_was_written_stays_out(world, file_of_meaning):
    world["meant"].state = IdeaState.HIDDEN
    db.session.commit()
    assert ids(similar_ideas_to(world["asked"], 5)) == [world["worded"].id]


def test_an_idea_newer_than_the_file_is_compared_by_words(world, file_of_meaning, written):
    similar = similar_ideas_to(written("옥상 태양광"), 5)
    assert not similar.by_meaning
    assert world["worded"].id in ids(similar)


def test_a_file_of_another_encoder_is_not_used(world, file_of_meaning, monkeypatch):
    monkeypatch.setattr(services, "get_encoder", lambda name: Knowing("another"))
    assert not similar_ideas_to(world["asked"], 5).by_meaning


def test_an_idea_of_no_word_has_fellows_by_meaning_alone_or_none(world, file_of_meaning, written):
    assert similar_ideas_to(written("!!!", "ㅋㅋ"), 5).ideas == []


def test_near_in_meaning_are_open_ideas_that_the_words_did_not_find(world, file_of_meaning):
    found = [world["worded"].id, world["asked"].id]
    assert [idea.id for idea in ideas_near(found, 3, 5)] == [world["meant"].id]
    world["meant"].state = IdeaState.HIDDEN
    db.session.commit()
    assert ideas_near(found, 3, 5) == []
    assert ideas_near([], 3, 5) == []


def test_without_stored_vectors_nothing_is_near_in_meaning(world):
    assert ideas_near([world["asked"].id], 3, 5) == []
