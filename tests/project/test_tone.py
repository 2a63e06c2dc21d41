"""The site speaks to people in one tone."""

from __future__ import annotations

import ast

from tests.project import tone


def test_no_file_gains_a_formal_sentence():
    limits = tone.allowed()
    grown = [
        f"{name}: {count}, at most {limits.get(name, 0)}"
        for name, count in tone.formal_sentences().items()
        if count > limits.get(name, 0)
    ]
    assert not grown, "end sentences to people in 해요체; a moved file: python -m tests.project.tone"


def test_what_counts_as_formal():
    tree = ast.parse('"""문서입니다."""\na = _("보냈습니다.")\nb = f"{a} 봐 주십시오"\nc = "보냈어요. 니다리"\n')
    assert sum(len(tone.FORMAL.findall(text)) for text in tone._texts(tree)) == 2
