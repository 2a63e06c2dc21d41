"""Text for people is written as messages from now on."""

from __future__ import annotations

import ast

from tests.project import hangul
from tests.project.hangul import allowed, bare_texts


def test_no_file_gains_a_bare_text():
    limits = allowed()
    grown = [
        f"{name}: {count}, at most {limits.get(name, 0)}"
        for name, count in bare_texts().items()
        if count > limits.get(name, 0)
    ]
    assert not grown, "put new text through _() (code and templates); a moved file: python -m tests.project.hangul"


def test_what_counts_as_bare_in_code():
    tree = ast.parse(
        '"""문서"""\n'
        'a = "맨글"\n'
        'b = f"{a} 글"\n'
        'c = _("옮길 글 %(name)s", name="안쪽 맨글")\n'
        'd = _l("옮길 글")\n'
        'e = ngettext("글", "글", 1)\n'
        'f = "plain"\n'
    )
    assert len(list(hangul._literals(tree))) == 3


def test_what_counts_as_bare_in_a_template(tmp_path):
    page = tmp_path / "page.html"
    lines = [
        "{# 말 #}",
        "<p>맨글</p>",
        "<p>{{ _('옮길 글') }}</p>",
        '{{ _("옮길 글 %(a)s", a=a) }}',
        "<b>글</b> {{ _('말') }}",
    ]
    page.write_text("\n".join(lines), encoding="utf-8")
    assert hangul._in_template(page) == 2  # 맨글, 글
