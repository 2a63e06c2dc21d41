"""The database itself refuses rows about texts that do not exist, and the loss of a text that a row is about."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from forum.core.extensions import db
from forum.system.texts.models import published_text
from forum.system.texts.queries import is_about_a_text_of, texts_by_reference
from forum.voice.guardians.models import ConsentHiddenText
from forum.voice.moderation.models import Hiding, Report


def rows_about(make, kind, text_id):
    return {
        Report: {"reporter_id": make.citizen().participant.id, "reason": "SPAM", "words": ""},
        Hiding: {"reason": "SPAM", "state_before": "OPEN"},
        ConsentHiddenText: {"consent_id": make.consent().id, "was_state": "OPEN"},
    }, {"text_kind": kind, "text_id": text_id}


@pytest.mark.parametrize("model", [Report, Hiding, ConsentHiddenText])
@pytest.mark.parametrize("wrong", [{"text_id": 999_999}, {"text_kind": "sentence"}, {"text_kind": ""}])
def test_a_row_about_no_text_is_refused_and_so_is_a_change_to_one(make, model, wrong):
    values, reference = rows_about(make, "idea", make.idea().id)
    db.session.commit()
    with pytest.raises(IntegrityError):
        db.session.execute(sa.insert(model).values(values[model] | reference | wrong))
    db.session.rollback()
    db.session.execute(sa.insert(model).values(values[model] | reference))
    with pytest.raises(IntegrityError):
        db.session.execute(sa.update(model).values(wrong))
    db.session.rollback()


@pytest.mark.parametrize("model", [Report, Hiding, ConsentHiddenText])
def test_a_text_that_a_row_is_about_cannot_be_deleted(make, model):
    comment = make.comment()
    values, reference = rows_about(make, "comment", comment.id)
    db.session.execute(sa.insert(model).values(values[model] | reference))
    db.session.commit()
    with pytest.raises(IntegrityError):
        db.session.execute(sa.text("DELETE FROM comment WHERE id = :id"), {"id": comment.id})
    db.session.rollback()


def test_the_view_lists_the_texts_of_every_kind_with_their_authors(make):
    idea, comment = make.idea(), make.comment()
    rows = set(db.session.execute(sa.select(published_text.c.kind, published_text.c.id, published_text.c.author_id)))
    assert {("idea", idea.id, idea.author_id), ("comment", comment.id, comment.author_id)} <= rows


def test_rows_about_the_texts_of_one_person_are_found_whatever_the_kind(make):
    author = make.citizen()
    mine = [make.hiding(make.idea(author=author)), make.hiding(make.comment(author=author))]
    make.hiding(make.idea()), make.hiding(make.comment())
    found = db.session.scalars(sa.select(Hiding).where(is_about_a_text_of(Hiding, author.participant.id)))
    assert set(found) == set(mine)


def test_texts_are_loaded_by_kind_and_id(make):
    idea, comment = make.idea(), make.comment()
    found = texts_by_reference([("idea", idea.id), ("comment", comment.id), ("idea", 999_999)])
    assert found == {("idea", idea.id): idea, ("comment", comment.id): comment}
