from __future__ import annotations

import pytest

from forum.core.errors import NotFound
from forum.system.texts.registry import TEXT_KINDS, Words, kind_named, kind_of, register_text_kind, text_kinds
from forum.voice.ideas.texts import CommentKind, IdeaKind


@pytest.mark.usefixtures("app")
def test_an_address_names_a_kind_or_nothing():
    assert kind_named("ideas").code == "idea"
    for name in ("idea", "sentences", "", "ideas "):
        with pytest.raises(NotFound):
            kind_named(name)


def test_a_row_tells_its_kind(make):
    assert (kind_of(make.idea()).code, kind_of(make.comment()).code) == ("idea", "comment")


@pytest.mark.usefixtures("app")
def test_a_second_application_registers_the_same_kinds_again_and_changes_nothing():
    before = text_kinds()
    register_text_kind(IdeaKind())
    assert text_kinds() == before


@pytest.mark.parametrize("name", ["code", "path_name"])
@pytest.mark.usefixtures("app")
def test_two_kinds_never_share_a_name(name):
    class Impostor(CommentKind):
        code, path_name = "impostor", "impostors"

    setattr(Impostor, name, getattr(CommentKind, name))
    with pytest.raises(ValueError, match="registered already"):
        register_text_kind(Impostor())
    assert not [kind for kind in TEXT_KINDS.values() if isinstance(kind, Impostor)]


def test_a_list_shows_the_title_or_else_the_words():
    assert (Words("제목", "내용").heading, Words("", "내용").heading) == ("제목", "내용")
