from __future__ import annotations

from dataclasses import replace

import pytest

from forum.publication.digests import document as doc
from forum.publication.digests.checks.references import reference_problems
from forum.publication.digests.content import Dividing, Voice
from forum.publication.digests.renderers.as_pdf import render_pdf
from tests.forum.publication.digests.checks.planting import hwpx, sound_document
from tests.forum.publication.digests.contents import URL, example_content, example_document


def found(document=None, content=None, **files):
    return list(reference_problems(files, document or sound_document(), content or example_content()))


def citing(number, url=None, *, under=None):
    heading = (doc.Heading(1, "장", under),) if under else ()
    link = doc.IdeaLink(number, url or f"{URL}/ideas/{number}")
    return sound_document(blocks=(*heading, doc.Paragraph((doc.Text("이래요"), link))))


def test_a_sound_digest_has_no_problem():
    document = sound_document()
    assert found(document, pdf=render_pdf(document)) == []


def test_an_idea_that_is_not_counted_is_found():
    assert found(citing(99)) == ["보고서가 가리킨 제안 #99번은 이 보고서가 센 제안이 아니에요."]


def test_a_number_that_leads_to_another_idea_is_found():
    assert len(found(citing(1, f"{URL}/ideas/2"))) == 1


@pytest.mark.parametrize(("under", "n"), [("theme-1", 1), ("theme-2", 0), ("method", 0), ("theme-77", 0)])
def test_a_chapter_cites_only_ideas_of_its_theme(under, n):
    problems = found(citing(20, under=under))
    assert len(problems) == n
    assert all("‘전기 버스와 자전거로 다니기’가 가리킨 제안 #20번" in problem for problem in problems)


def test_a_chapter_ends_at_the_next_heading_as_high_as_its_own():
    link = doc.Paragraph((doc.IdeaLink(20, f"{URL}/ideas/20"),))
    inside = (doc.Heading(2, "주제", "theme-1"), doc.Heading(3, "말"), link)
    after = (doc.Heading(2, "주제", "theme-1"), doc.Heading(3, "말"), doc.Heading(2, "다음"), link)
    assert len(found(sound_document(blocks=inside))) == 1
    assert found(sound_document(blocks=after)) == []


def test_a_quote_of_another_theme_is_found():
    assert len(found(example_document())) == 1


@pytest.mark.parametrize(
    "change", [{"voices": (Voice("AGREEING", "찬성", "말", 9),)}, {"dividing": (Dividing(9, "달라요"),)}]
)
def test_a_voice_from_outside_the_theme_is_found_also_where_only_data_files_tell_it(change):
    content = example_content()
    themes = (replace(content.themes[0], **change), *content.themes[1:])
    (problem,) = found(content=replace(content, themes=themes))
    assert "#9번" in problem


def written(name, *addresses):
    if name == "html":
        return ("<main>" + "".join(f'<a href="{one}">#</a>' for one in addresses) + "</main>").encode()
    links = "".join(f'<hp:stringParam name="Command">{one};1;0;0;</hp:stringParam>' for one in addresses)
    return hwpx(links.replace("https:", "https\\:"))


SOUND = (f"{URL}/ideas/1", f"{URL}/ideas/21", f"{URL}/themes/4", f"{URL}/ideas/")


@pytest.mark.parametrize("name", ["html", "hwpx"])
def test_the_links_of_a_written_file_are_those_of_the_document(name):
    assert found(**{name: written(name, *SOUND)}) == []
    (problem,) = found(**{name: written(name, *SOUND, f"{URL}/ideas/99")})
    assert problem.startswith(f"{name.upper()} 파일이 가리킨 제안({URL}/ideas/99)")
    (problem,) = found(**{name: written(name, *SOUND[1:])})
    assert problem == f"{name.upper()} 파일에 제안으로 가는 링크({URL}/ideas/1)가 빠졌어요."


def test_a_pdf_with_other_links_than_the_document_is_found():
    assert len(found(citing(3), pdf=render_pdf(sound_document()))) == 1
    (problem,) = found(sound_document(), pdf=render_pdf(citing(99)))
    assert "ideas/99" in problem
