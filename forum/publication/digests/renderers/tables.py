"""Tables shared by CSV and XLSX: column names, and rows of plain values."""

from __future__ import annotations

from collections.abc import Iterator

from forum.core.i18n import _, _l
from forum.publication.digests.content import DigestContent, IdeaLine, ThemeChapter

Value = str | int | None
Row = tuple[Value, ...]

IDEA_COLUMNS = (
    "주제 번호",
    "주제",
    "묶음",
    "묶이지 않은 까닭",
    "제안 번호",
    "제안 제목",
    "제안 내용",
    "부문",
    "지역",
    "제안한 날",
    "찬성",
    "반대",
    "넘김",
    "댓글",
    "원래 누리집 공감",
    "주제에 넣은 이",
    "대표 제안",
    "주소",
)
THEME_COLUMNS = (
    "주제 번호",
    "주제",
    "요약",
    "제안",
    "사람",
    "거의 같은 제안",
    "찬성",
    "반대",
    "넘김",
    "핵심어",
    "분석 회차",
    "승인한 날",
    "전달 번호",
    "소관부처",
    "답변 기한",
    "상태",
    "결정",
    "까닭",
    "주소",
)
PARTICIPANT_COLUMNS = (_l("구분"), _l("이름"), _l("참여자 가운데 %"), _l("인구 가운데 %"))
CLUSTER_COLUMNS = ("묶음 번호", "묶음", "상태", "제안", "핵심어", "제안 번호")


def theme_rows(content: DigestContent) -> Iterator[Row]:
    """Yield one row per approved theme, with its latest referral."""
    for theme in content.themes:
        sent = theme.referrals[-1] if theme.referrals else None
        yield (
            theme.id,
            theme.title,
            theme.summary,
            len(theme.ideas),
            theme.people,
            theme.copies,
            theme.agree,
            theme.disagree,
            theme.pass_,
            ", ".join(theme.keywords),
            theme.run_number,
            theme.approved_on.isoformat() if theme.approved_on else "",
            *((sent.number, sent.ministry, sent.due_on.isoformat(), sent.state) if sent else ("", "", "", "전달 전")),
            *((sent.decision, sent.reason) if sent else ("", "")),
            theme.url,
        )


def idea_rows(content: DigestContent) -> Iterator[Row]:
    """Yield one row per theme and idea, then one for each other idea, so that every idea appears at least once."""
    cluster_of = {key: cluster.title for cluster in content.clusters for key in cluster.idea_ids}
    reason_of = {left.idea_id: left.reason for left in content.unthemed}
    themed = set()
    for theme in content.themes:
        for idea in theme.ideas:
            themed.add(idea.id)
            yield _idea_row(idea, theme, cluster_of.get(idea.id, ""), reason_of.get(idea.id, ""))
    for idea in content.ideas:
        if idea.id not in themed:
            yield _idea_row(idea, None, cluster_of.get(idea.id, ""), reason_of.get(idea.id, ""))


def cluster_rows(content: DigestContent) -> Iterator[Row]:
    for cluster in content.clusters:
        ids = ", ".join(map(str, cluster.idea_ids))
        yield cluster.number, cluster.title, cluster.status, len(cluster.idea_ids), ", ".join(cluster.keywords), ids


def participant_rows(content: DigestContent) -> Iterator[Row]:
    """Yield the shares of participants and of the population, in percent, by age group and region."""
    for one in content.participants.breakdowns if content.participants else ():
        for group in one.groups:
            share = _("적어서 숨김") if group.share is None else group.share
            yield one.label, group.name, share, group.population_share
        if one.untold_share is not None:
            yield one.label, _("밝히지 않음 (모든 참여자 가운데)"), one.untold_share, None


def _idea_row(idea: IdeaLine, theme: ThemeChapter | None, cluster: str, reason: str) -> Row:
    added_by = "" if theme is None else "분석가" if idea.id in theme.by_hand else "자동 분석"
    return (
        theme.id if theme else None,
        theme.title if theme else "",
        cluster,
        reason,
        idea.id,
        idea.title,
        idea.body,
        idea.sector,
        idea.region,
        idea.created_on.isoformat(),
        idea.agree,
        idea.disagree,
        idea.pass_,
        idea.comments,
        idea.imported_agree_count,
        added_by,
        "예" if theme and idea.id in theme.representatives else "",
        idea.url,
    )
