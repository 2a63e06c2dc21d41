"""A report of the day: asked for by the end of a session, counted twice, and the same in each file."""

from __future__ import annotations

import hashlib
import re
import time
from dataclasses import replace
from types import SimpleNamespace

import pypdfium2
import pytest
import sqlalchemy as sa
from hwp_hwpx_parser import Reader

from forum.administration.operations.checks import recorded_rows
from forum.administration.operations.queries import recount
from forum.analysis.themes.models import ThemeState
from forum.core.errors import WrongState
from forum.core.extensions import db
from forum.deliberation.joint.models import JointSession
from forum.deliberation.joint.running import finish_session
from forum.deliberation.rooms.models import IdeaRoom, RoomIdeaWay
from forum.deliberation.rooms.results import Verdict
from forum.people.passes.models import PassKind
from forum.publication.dayreports.checks import recount_problems
from forum.publication.dayreports.collecting import collect_day
from forum.publication.dayreports.models import DayReport, DayReportFile
from forum.publication.dayreports.queries import get_report_file, report_of
from forum.publication.dayreports.services import ask_for_report
from forum.publication.digests.content import PaperVotes
from forum.system.jobs.models import Job, JobState
from forum.voice.votes.models import AGREE, DISAGREE
from tests.unguarded import unguarded

READY_SECONDS = 60


def put(gathering, idea, number):
    """Put an idea on a further table, brought along."""
    db.session.add(
        IdeaRoom(
            gathering_id=gathering.id,
            idea_id=idea.id,
            campaign_id=gathering.campaign_id,
            number=number,
            way=RoomIdeaWay.BROUGHT,
        )
    )


@pytest.fixture
def day(make):
    """Nine people in a village who agree, twelve online who do not, two at a school."""
    campaign = make.campaign()
    village = make.gathering(state="RUNNING", campaign=campaign, title="마을 방", seats=40)
    school = make.gathering(state="RUNNING", campaign=campaign, title="학교 방")
    online = make.gathering(state="RUNNING", campaign=campaign, title="온라인으로 모인 방", seats=40)
    people = {room.id: [make.citizen() for _n in range(n)] for room, n in ((village, 9), (school, 2), (online, 12))}
    for room in (village, school, online):
        for person in people[room.id]:
            make.entry(room, person)
    common = make.room_idea(village, title="모든 방에 놓은 제안")
    put(school, common, 1)
    put(online, common, 1)
    writer = make.entry(village, make.guest(PassKind.PHONE))
    written = make.room_idea(village, writer, title="마을에서 쓴 제안")
    for room, value in ((village, AGREE), (school, AGREE), (online, DISAGREE)):
        for person in people[room.id]:
            make.vote(common, person, value)
    session = make.joint_session([village, school], title="세 방이 함께")
    make.joint_room(session, online, is_online=True)
    make.paper(village, 6, {written: (4, 1, 1)})
    make.theme(campaign, [make.idea(campaign)], state=ThemeState.APPROVED)
    db.session.commit()
    return SimpleNamespace(session=session, rooms=(village, school, online), common=common, written=written)


@pytest.fixture
def ended(day):
    finish_session(day.session, day.session.host, seen=day.session.revision)
    db.session.commit()
    return day


def text_of_pdf(data: bytes) -> str:
    return "".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(data))


def flat(text: str) -> str:
    return re.sub(r"[\s\u2060\u200b\xad]+", "", text)


def test_the_end_of_a_session_asks_for_its_report_in_the_same_transaction(day):
    finish_session(day.session, day.session.host, seen=day.session.revision)
    jobs = sa.select(sa.func.count()).select_from(Job).where(Job.kind == "dayreports.build")
    assert db.session.scalar(jobs) == 1
    db.session.rollback()
    assert db.session.scalar(jobs) == 0


def test_a_report_is_ready_within_a_minute_and_each_format_says_the_same(ended, work, client, tmp_path):
    client.get(f"/joint/{ended.session.id}/report").text.index("보고서를 만들고 있어요")
    began = time.monotonic()
    assert work() == [JobState.DONE], db.session.scalar(sa.select(Job.error))
    assert time.monotonic() - began < READY_SECONDS
    page = client.get(f"/joint/{ended.session.id}/report").text
    assert "마을에서 쓴 제안" in page
    files = {name: get_report_file(ended.session.id, name).content for name in ("pdf", "hwpx", "html")}
    (tmp_path / "report.hwpx").write_bytes(files["hwpx"])
    with Reader(str(tmp_path / "report.hwpx")) as reader:
        texts = [text_of_pdf(files["pdf"]), reader.text, files["html"].decode(), page]
    for words in ("마을에서 쓴 제안", "모든 방에 놓은 제안", "온라인으로 모인 방", "새 제안 1건이 나왔고"):
        assert [flat(words) in flat(text) for text in texts] == [True] * len(texts), words
    sent = client.get(f"/joint/{ended.session.id}/report/pdf")
    assert (sent.data[:5], sent.headers["ETag"].strip('"')) == (b"%PDF-", report_of(ended.session.id).files[2].sha256)
    assert client.get(f"/joint/{ended.session.id}/report/exe").status_code == 404
    assert f"/joint/{ended.session.id}/report" in client.get(f"/joint/{ended.session.id}").text


def test_figures_equal_a_recount_and_a_wrong_one_is_found(ended):
    content = collect_day(ended.session.id)
    assert content.counts == {"rooms": 3, "rooms_online": 1, "ideas": 1, "votes": 23, "paper": 6}
    assert list(recount_problems(content)) == []
    for name in content.counts:
        wrong = replace(content, counts=content.counts | {name: content.counts[name] + 1})
        assert len(list(recount_problems(wrong))) == 1, name
    online = content.rooms[2]
    line = replace(online.table[0], agree=(online.table[0].agree or 0) + 5)
    wrong = replace(content, rooms=(*content.rooms[:2], replace(online, table=(line, *online.table[1:]))))
    assert len(list(recount_problems(wrong))) == 1


def test_rooms_stand_beside_each_other_and_paper_beside_votes(ended):
    village, school, online = collect_day(ended.session.id).rooms
    assert [line.idea_id for line in village.said(Verdict.AGREED)] == [ended.common.id]
    assert [line.paper for line in village.born] == [PaperVotes(4, 1, 1)]
    assert (online.is_online, online.said(Verdict.AGREED), online.table[0].disagree) == (True, [], 12)
    assert village.table[0].agree is None, "with the sum of small rooms it would tell the school's votes"
    assert [line.agree for line in school.table] == [None], "two people's votes would tell how each of them voted"
    assert not collect_day(ended.session.id).found.apart, "the sum of village and school is not told either"


def test_a_small_room_is_hidden_also_from_who_subtracts(ended):
    people = collect_day(ended.session.id).people
    assert people.of_rooms[ended.rooms[1].id] is None
    assert list(people.of_rooms.values()).count(None) >= 2
    assert people.is_rounded


def test_a_session_that_goes_on_has_no_report(day, client):
    with pytest.raises(WrongState, match="끝난 연결 모임만"):
        collect_day(day.session.id)
    assert "아직 보고서가 없어요" in client.get(f"/joint/{day.session.id}/report").text
    assert client.get(f"/joint/{day.session.id + 1}/report").status_code == 404


def test_a_report_is_written_once(ended, work):
    work()
    first = db.session.scalars(sa.select(DayReportFile.sha256)).all()
    ask_for_report(db.session.get_one(JointSession, ended.session.id), ended.session.host)
    assert set(work()) == {JobState.DONE}
    assert db.session.scalars(sa.select(DayReportFile.sha256)).all() == first
    assert db.session.scalar(sa.select(sa.func.count()).select_from(DayReport)) == 1


def test_a_hidden_room_is_not_told_of(ended):
    ended.rooms[0].is_hidden = True
    db.session.commit()
    content = collect_day(ended.session.id)
    assert [room.title for room in content.rooms] == ["학교 방", "온라인으로 모인 방"]
    assert list(recount_problems(content)) == []


@pytest.mark.parametrize(
    ("table", "change", "found"),
    [
        ("day_report_file", "UPDATE day_report_file SET content = :bytes WHERE format = 'pdf'", "내용이 바뀌었습니다"),
        ("day_report_file", "UPDATE day_report_file SET content = :bytes, sha256 = :hash", "그날 보고서와 파일의 해시"),
        ("day_report_file", "DELETE FROM day_report_file WHERE format = 'html'", "그날 보고서와 파일의 해시"),
        ("day_report", "UPDATE day_report SET counts = '{}'", "그날 보고서와 파일의 해시"),
        ("day_report", "UPDATE day_report SET document = '{}'", "그날 보고서와 파일의 해시"),
    ],
)
def test_a_report_that_was_changed_past_the_database_is_found(once, request, work, table, change, found):
    def differences():
        return [f"{one.name}: {line}" for one in [*recount(), *recorded_rows()] for line in one.differences]

    def make_report():
        request.getfixturevalue("ended")
        work()
        return differences()

    before = once(make_report)
    assert not any("그날 보고서" in line for line in before)
    forged = {"bytes": b"forged", "hash": hashlib.sha256(b"forged").hexdigest()}
    with unguarded(table) as connection:
        connection.execute(sa.text(change), {name: value for name, value in forged.items() if f":{name}" in change})
    assert [line for line in differences() if line not in before and found in line]
