"""약속이 된 의견: how many arguments became a dated commitment, and how many a kept one."""

from __future__ import annotations

from collections.abc import Iterator

from forum.core.i18n import _
from forum.publication.digests.composing.pieces import Charts, grid, paragraph
from forum.publication.digests.content import DigestContent
from forum.publication.digests.document import Block, Column, ColumnKind, Heading
from forum.publication.outcomes.words import outcome_sentence, people_sentence, rated_sentence


def outcomes(content: DigestContent, _charts: Charts) -> Iterator[Block]:
    """Yield the section; nothing before the first answer."""
    found = content.outcomes
    if found is None or not found.shares.n_arguments:
        return
    yield Heading(1, _("약속이 된 의견"), "outcomes")
    rated = rated_sentence(found.rated) if found.shares.n_kept else ""
    said = (outcome_sentence(found.shares), people_sentence(found.shares), rated)
    yield paragraph(" ".join(filter(None, said)))
    columns = (
        Column("name", _("의견"), width=22),
        Column("arguments", _("가지 수"), ColumnKind.INTEGER, width=11),
        Column("share", _("비율"), ColumnKind.SHARE, width=9),
        Column("people", _("사람 수"), ColumnKind.INTEGER, width=11),
        Column("people_share", _("사람으로 본 비율"), ColumnKind.SHARE, width=15),
    )
    note = _(
        "뜻이 같은 제안(합쳐진 제안, 자동 분석이 거의 같다고 본 제안)은 하나로 세었어요. "
        "날짜를 정한 단계나 시범이 있는 ‘수용’과 ‘일부 수용’이 약속이고, 지켜졌는지는 부처가 알린 대로예요."
    )
    yield grid("outcomes", _("의견이 어떻게 되었나"), columns, found.shares.rows(), note)
