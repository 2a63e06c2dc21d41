"""The files of an export of votes, in Polis' format, from what was read of a campaign. Knows no database.

Columns that would tell about people stay empty: times, authors, and how many ideas somebody wrote, for authors are
public and their number of ideas would lead to their row.
"""

from __future__ import annotations

import csv
import hashlib
import io
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from random import SystemRandom
from typing import IO

from forum.analysis.opinions.votes import CampaignVotes
from forum.core import clock
from forum.core.i18n import _
from forum.core.korean import moment, thousands
from forum.core.spreadsheets import escape_formula

PARTICIPANTS, COMMENTS, SUMMARY, README = "participants-votes.csv", "comments.csv", "summary.csv", "README.txt"
PERSON_COLUMNS = "participant,group-id,n-comments,n-votes,n-agree,n-disagree".split(",")
COMMENT_COLUMNS = "timestamp,datetime,comment-id,author-id,agrees,disagrees,moderated,comment-body".split(",")
ACCEPTED = 1  # of `moderated`
VOTE_TEXT = {1: "1", 0: "0", -1: "-1"}
BOM = "\ufeff"  # of README.txt alone: programs that read the tables know none


@dataclass(frozen=True)
class ExportSource:
    """What is read for a file, as of one moment.

    :param titles: of the ideas, in the order of `votes.idea_ids`
    :param groups: of the people, in the order of `votes.participant_ids`; None where none may be told
    :param n_authors: people who wrote these ideas
    :param n_groups: groups that pages show; 0 without a snapshot
    """

    campaign_id: int
    topic: str
    url: str
    is_sample: bool
    votes: CampaignVotes
    titles: Sequence[str]
    groups: Sequence[int | None]
    n_authors: int
    n_groups: int


@dataclass(frozen=True)
class ExportCounts:
    """What is written down about a file.

    :param n_unique: people whose votes, and gaps, nobody else has
    """

    n_people: int
    n_ideas: int
    n_votes: int
    n_unique: int


def write_export(source: ExportSource, file: IO[bytes]) -> ExportCounts:
    """Write the ZIP. Rows are written one by one, so that memory grows with the votes and not with people × ideas."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        with _entry(archive, PARTICIPANTS) as text:
            agrees, disagrees, patterns = _write_people(source, text)
        with _entry(archive, COMMENTS) as text:
            _write_table(text, _comment_rows(source, agrees, disagrees))
        with _entry(archive, SUMMARY) as text:
            _write_table(text, _summary_rows(source))
        votes = source.votes
        n_unique = sum(1 for n in patterns.values() if n == 1)
        counts = ExportCounts(len(votes.participant_ids), len(votes.idea_ids), len(votes.value), n_unique)
        with _entry(archive, README) as text:
            text.write(BOM + "\r\n".join(_readme(source, counts)))
    file.seek(0)
    return counts


def unique_words(counts: ExportCounts) -> str:
    """Return the sentence that says how many people can be recognised by their votes alone."""
    if not counts.n_unique:
        return _("투표 모양이 하나뿐인 사람은 없어요. 그래도 똑같이 투표한 몇 사람 가운데 하나인 것은 알 수 있어요.")
    return _(
        "%(n)s명 가운데 %(m)s명은 투표 모양이 하나뿐이라, 그 사람의 투표를 여러 개 아는 사람은 알아볼 수 있어요.",
        n=thousands(counts.n_people),
        m=thousands(counts.n_unique),
    )


def _write_people(source: ExportSource, text: IO[str]) -> tuple[list[int], list[int], Counter[bytes]]:
    """Write a row for each person; return each idea's agreeing and disagreeing votes, and how often each row occurs.

    A row is counted by a short hash of its votes.
    """
    votes = source.votes
    n_people, n_ideas = len(votes.participant_ids), len(votes.idea_ids)
    agrees, disagrees, patterns = [0] * n_ideas, [0] * n_ideas, Counter[bytes]()
    by_person = votes.person.argsort(kind="stable")
    starts = votes.person[by_person].searchsorted(range(n_people + 1)).tolist()
    order = list(range(n_people))
    SystemRandom().shuffle(order)
    text.write(",".join([*PERSON_COLUMNS, *map(str, votes.idea_ids.tolist())]) + "\n")
    for key, person in enumerate(order):
        own = by_person[starts[person] : starts[person + 1]]
        values, cells = votes.value[own].tolist(), [""] * n_ideas
        for idea, value in zip(votes.idea[own].tolist(), values, strict=True):
            cells[idea] = VOTE_TEXT[value]
            agrees[idea] += value == 1
            disagrees[idea] += value == -1
        row, group = ",".join(cells), source.groups[person]
        patterns[hashlib.blake2b(row.encode(), digest_size=16).digest()] += 1
        about = (key, "" if group is None else group, "", len(values), values.count(1), values.count(-1))
        text.write(",".join(map(str, about)) + f",{row}\n")
    return agrees, disagrees, patterns


def _comment_rows(source: ExportSource, agrees: Sequence[int], disagrees: Sequence[int]) -> Iterator[Sequence[object]]:
    yield COMMENT_COLUMNS
    for n, idea_id in enumerate(source.votes.idea_ids.tolist()):
        yield "", "", idea_id, "", agrees[n], disagrees[n], ACCEPTED, escape_formula(source.titles[n])


def _summary_rows(source: ExportSource) -> Iterator[Sequence[object]]:
    """Yield names and values. Polis' number of views is left out: nobody counts them here."""
    n_people = len(source.votes.participant_ids)
    yield "topic", escape_formula(source.topic)
    yield "url", source.url
    yield "voters", n_people
    yield "voters-in-conv", n_people
    yield "commenters", source.n_authors
    yield "comments", len(source.votes.idea_ids)
    yield "groups", source.n_groups


def _readme(source: ExportSource, counts: ExportCounts) -> list[str]:
    """Return the lines that explain the file to a reader of 14."""
    return [
        _("탄소중립 국민포럼의 투표 (Polis 형식)"),
        "",
        *([_("예시: 지어낸 사람들의 투표예요. 연습에만 써 주세요.")] if source.is_sample else []),
        _("포럼: %(topic)s", topic=source.topic),
        _("어디에서: %(url)s", url=source.url),
        _("투표를 읽은 때: %(at)s (서울 시각)", at=moment(source.votes.cut_at)),
        _(
            "사람 %(people)s명, 제안 %(ideas)s건, 투표 %(votes)s개",
            people=thousands(counts.n_people),
            ideas=thousands(counts.n_ideas),
            votes=thousands(counts.n_votes),
        ),
        "",
        _("■ 조심해 주세요"),
        _("- 의견은 민감한 정보예요. 이름이 없어도 이 파일을 인터넷에 올리거나 다른 사람에게 보내지 마세요."),
        "- " + unique_words(counts),
        _("- 그러니 누구의 투표인지 알아내려고 하지 마세요. 다 쓴 뒤에는 파일을 지워 주세요."),
        "",
        _("■ 무엇이 들어 있나요"),
        _(
            "- %(file)s: 한 줄이 한 사람이에요. 1은 찬성, -1은 반대, 0은 넘김, 빈칸은 투표하지 않음이에요. "
            "participant는 이 파일에만 쓰는 번호이고, 번호와 차례는 파일마다 새로 뽑아요. group-id는 마지막 공감대 "
            "회차의 의견 갈래이고(0이 가 갈래), 투표가 적은 사람과 5명보다 적은 갈래는 비어 있어요.",
            file=PARTICIPANTS,
        ),
        _(
            "- %(file)s: 제안마다 한 줄이에요. comment-id는 포럼의 제안 번호이고, 그 번호가 "
            "%(participants)s의 열 이름이에요.",
            file=COMMENTS,
            participants=PARTICIPANTS,
        ),
        _("- %(file)s: 포럼의 이름과 주소, 사람과 제안과 갈래의 수예요.", file=SUMMARY),
        _("- 글자는 UTF-8이에요. 표 프로그램이 계산식으로 알아들을 글 앞에는 작은따옴표(')를 붙였어요."),
        "",
        _("■ 무엇이 없나요"),
        _("- 이름, 이메일, 계정: 어떤 번호도 계정과 이어지지 않아요."),
        _("- 때, 나이, 지역: timestamp와 datetime은 비어 있어요."),
        _("- 누가 몇 건을 제안했는지: 제안한 사람은 공개되어 있어, n-comments와 author-id를 채우면 알아볼 수 있어요."),
        _("- 숨기거나 거두거나 합친 제안, 보호자 동의를 기다리는 어린이와 닫힌 계정의 투표."),
        "",
    ]


def _write_table(text: IO[str], rows: Iterator[Sequence[object]]) -> None:
    csv.writer(text, lineterminator="\n").writerows(rows)


@contextmanager
def _entry(archive: zipfile.ZipFile, name: str) -> Iterator[IO[str]]:
    """Open a text file of the archive, dated now in Seoul time, for its owner alone."""
    info = zipfile.ZipInfo(name, clock.now().astimezone(clock.SEOUL).timetuple()[:6])
    info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
    with archive.open(info, "w", force_zip64=name == PARTICIPANTS) as raw:
        text = io.TextIOWrapper(raw, encoding="utf-8", newline="")
        yield text
        text.flush()
        text.detach()
