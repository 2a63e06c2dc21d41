"""만든 방법: what the program and people did, with which settings, what was left out, what to be careful with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from forum.core.i18n import _
from forum.core.korean import moment, thousands
from forum.publication.digests.composing.pieces import Charts, grid, paragraph, words
from forum.publication.digests.content import DigestContent
from forum.publication.digests.document import Block, Bullets, Column, ColumnKind, Heading, Link
from forum.publication.digests.method_words import settings_in_words


def method(content: DigestContent, _charts: Charts) -> Iterator[Block]:
    yield Heading(1, _("이 보고서를 만든 방법"), "method")
    yield from _steps(content)
    yield from _settings(content)
    yield from _left_out(content)
    yield from _limits(content)
    yield from _further(content)


def method_in_short(content: DigestContent, _charts: Charts) -> Iterator[Block]:
    """Yield what must be said in a digest of a few pages."""
    yield Heading(1, _("이 보고서를 만든 방법"), "method")
    yield paragraph(
        _(
            "컴퓨터가 비슷한 제안을 묶었고(분석 회차 %(run)d번), 분석가가 읽고 고쳐 정책 주제로 승인했어요. "
            "참여한 사람들의 생각이라서, 온 국민의 생각이라고 말할 수는 없어요. "
            "90%% 구간은 다시 투표해도 열에 아홉 번은 들 범위예요.",
            run=content.run_number,
        ),
        " ",
        _where_the_rest_is(),
        " ",
        Link(_("자세한 방법"), content.method_url),
    )


def _steps(content: DigestContent) -> Iterator[Block]:
    yield Bullets(
        (
            words(
                _(
                    "컴퓨터가 한 일(자동 분석): %(moment)s까지 올라온 제안을 읽고, 거의 같은 글을 찾고, 낱말과 뜻이 "
                    "비슷한 것끼리 묶었어요. 묶음의 수는 미리 정하지 않았어요.",
                    moment=moment(content.run_read_at),
                )
            ),
            words(
                _(
                    "사람이 한 일: 분석가가 제안을 읽고 묶음을 고쳤어요. 정책 주제의 이름과 요약을 쓰고 승인했어요. "
                    "답변은 소관부처가 썼어요."
                )
            ),
            words(
                _(
                    "숫자를 센 때: 투표와 댓글, 답변은 모두 %(moment)s에 한 번에 셌어요.",
                    moment=moment(content.data_cut_at),
                ),
                *(_about_opinion(content)),
            ),
        )
    )
    yield paragraph(Link(_("정책 주제를 만드는 방법 자세히 보기"), content.method_url))


def _about_opinion(content: DigestContent) -> tuple[str, ...]:
    if content.opinion is None:
        return ()
    cut = moment(content.opinion.votes_cut_at)
    return (" " + _("공감대와 의견 갈래만 %(moment)s까지의 투표로 계산한 것이에요.", moment=cut),)


def _settings(content: DigestContent) -> Iterator[Block]:
    yield Heading(2, _("분석에 쓴 설정"), "settings")
    rows = list(settings_in_words(content.parameters))
    rows += [(_("%(name)s의 판", name=name), str(value)) for name, value in content.versions.items()]
    if not rows:
        yield paragraph(_("이 분석 회차에는 설정이 적혀 있지 않아요."))
        return
    columns = (Column("name", _("설정"), width=36), Column("value", _("값"), width=40))
    note = _("같은 제안을 같은 설정과 같은 판으로 분석하면 누가 해도 같은 묶음이 나와요.")
    yield grid("settings", _("분석에 쓴 설정과 프로그램"), columns, rows, note)


def _left_out(content: DigestContent) -> Iterator[Block]:
    yield Heading(2, _("주제에 들지 않은 제안"), "left-out")
    if not content.unthemed:
        yield paragraph(_("읽은 제안이 모두 어느 묶음엔가 들었어요.") if content.ideas else _("읽은 제안이 없어요."))
    else:
        reasons = Counter(left.reason for left in content.unthemed)
        yield paragraph(
            _(
                "읽은 제안 %(all)s건 가운데 %(n)s건은 어느 묶음에도 들지 않았어요. 버린 것이 아니고, 다음 분석에서 "
                "다시 읽어요.",
                all=thousands(len(content.ideas)),
                n=thousands(len(content.unthemed)),
            )
        )
        columns = (Column("reason", _("까닭"), width=50), Column("ideas", _("제안"), ColumnKind.INTEGER))
        yield grid("left-out", _("묶이지 않은 까닭"), columns, reasons.most_common())
    clustered = {key for cluster in content.clusters for key in cluster.idea_ids}
    waiting = len(clustered - {idea.id for theme in content.themes for idea in theme.ideas})
    if waiting:
        yield paragraph(
            _(
                "묶음에 들었지만 승인된 정책 주제에 들지 않은 제안이 %(n)s건 있어요. "
                "분석가가 아직 읽지 않았거나 승인하지 않은 묶음의 제안이에요.",
                n=thousands(waiting),
            )
        )


def _limits(content: DigestContent) -> Iterator[Block]:
    yield Heading(2, _("조심해서 읽을 점"), "limits")
    said = [
        _("스스로 찾아와 투표한 사람들이에요. 무작위로 뽑은 사람들이 아니라서 온 국민의 생각이라고 말할 수 없어요."),
        _(
            "90% 구간은 같은 사람들이 다시 투표했을 때 열에 아홉 번 들 범위예요. "
            "투표하지 않은 사람이 어떻게 생각하는지는 말해 주지 않아요."
        ),
        _(
            "주제의 찬성 구간은 실제보다 좁아요. 한 사람이 그 주제의 제안 여럿에 투표할 수 있는데, "
            "서로 다른 사람의 투표처럼 계산했기 때문이에요."
        ),
        _(
            "컴퓨터는 엉뚱한 제안을 묶거나 어울리는 제안을 놓칠 수 있어요. ‘자동 분석’이라고 적은 것은 사람이 고치지 "
            "않은 것이에요."
        ),
        _("다섯 명이 안 되는 칸과, 다른 칸에서 빼 보면 알 수 있는 칸은 숨겼어요."),
    ]
    if content.counts.get("paper_votes"):
        said.append(
            _(
                "모임에서 종이로 받은 표는 누구의 것인지 몰라서 따로 적었어요. 찬성 비율과 90% 구간, 공감대, 의견 "
                "갈래에는 들어 있지 않아요."
            )
        )
    if content.opinion is None:
        said.append(_("의견 갈래를 아직 찾지 않아서 공감대가 없어요. 찬성은 갈래를 따지지 않은 것이에요."))
    if content.counts.get("imported"):
        n = thousands(content.counts["imported"])
        said.append(
            _("제안 %(n)s건은 다른 누리집에서 가져왔어요. 그곳에서 받은 공감은 이 보고서의 찬성에 넣지 않았어요.", n=n)
        )
    yield Bullets(tuple(words(one) for one in said))


def _further(content: DigestContent) -> Iterator[Block]:
    yield Heading(2, _("더 찾아보려면"), "further")
    yield paragraph(_where_the_rest_is())
    yield paragraph(Link(_("누리집에서 이 포럼 보기"), content.campaign_url))


def _where_the_rest_is() -> str:
    return _(
        "이 글에는 인용한 제안만 있어요. 제안 전체와 모든 숫자는 같은 보고서의 엑셀(XLSX), CSV, JSON 파일에 있고, "
        "제안의 번호로 찾을 수 있어요."
    )
