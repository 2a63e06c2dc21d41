"""Two everyday ideas through HTTP, with real forms and CSRF on: one is fixed with a photo, one is tried and spread.

From the citizen's photo over the check, the office's answer and the pilot to the office that takes it over. Then every
page leads to the next and back, and each number is counted once more.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from PIL import Image

from forum.administration.operations.checks import recorded_rows
from forum.administration.operations.queries import recount
from forum.core import clock
from forum.core.extensions import db
from forum.people.ministries.models import MinistryKind
from forum.response.pilots.models import Pilot, PilotDecision, PilotOrigin, PilotState
from forum.response.referrals.models import Referral
from forum.response.shortpath.models import CheckOutcome, EverydayCheck
from forum.system.blobs.models import Blob
from forum.voice.campaigns.models import CampaignKind
from tests.test_thread_end_to_end import Person
from tests.test_thread_end_to_end import with_csrf as with_csrf  # a fixture

HOME = "/c/daily/ideas"
GPS = 0x8825


def test_an_idea_is_fixed_and_another_is_tried_measured_and_spread(
    app, make, new_client: Callable[[], Any], work, with_csrf
):
    make.campaign(slug="daily", title="시험 일상 혁신", kind=CampaignKind.EVERYDAY)
    seoul = make.ministry(code="LOCAL-11", name="시험서울", kind=MinistryKind.LOCAL)
    busan = make.ministry(code="LOCAL-26", name="시험부산", kind=MinistryKind.LOCAL)
    writers = [make.citizen() for _n in range(3)]
    citizens = [Person(new_client().login(writer)) for writer in writers]
    visitor, analyst = Person(new_client()), Person(new_client().login(make.analyst()))
    officer, approver = (
        Person(new_client().login(make.officer(seoul))),
        Person(new_client().login(make.approver(seoul))),
    )
    other = Person(new_client().login(make.officer(busan)))
    make.vouch()

    # Three citizens write: of a broken stair, of the same stair, and of something to be tried. Others vote.
    stair = write(citizens[0], "계단 발판이 빠졌어요", "SAFETY", photo=photo("brown"), caption="빠진 발판")
    same = write(citizens[1], "계단에서 넘어질 뻔했어요", "SAFETY")
    crossing = write(citizens[2], "횡단보도에 발자국을 그려요", "TRANSPORT")
    for person, path in ((citizens[1], stair), (citizens[2], stair), (citizens[2], same), (citizens[0], crossing)):
        person.send(path, f"{path}/vote", value="agree")
    [picture] = pictures(visitor, stair)
    assert "빠진 발판" in visitor.read(stair).get_text() + str(visitor.read(stair))
    assert GPS not in Image.open(io.BytesIO(visitor.client.get(picture).data)).getexif()
    assert "확인 중" in visitor.read(stair).get_text()

    # The analyst's desk shows what waits; nobody else may check.
    waiting = analyst.read("/desk/checks").get_text()
    assert all(title in waiting for title in ("계단 발판이 빠졌어요", "계단에서 넘어질 뻔했어요"))
    assert officer.client.get(f"{stair}/check").status_code == 403
    for path in (stair, crossing):
        analyst.send(f"{path}/check", f"{path}/check/send", office="LOCAL-11", office_name="시험구 안전과")
    analyst.send(f"{same}/check", f"{same}/check/same", target=f"#{number(stair)}")
    outcomes = dict(db.session.execute(sa.select(EverydayCheck.idea_id, EverydayCheck.outcome)).all())
    assert outcomes[number(stair)] is outcomes[number(crossing)] is CheckOutcome.SENT
    assert outcomes[number(same)] is CheckOutcome.SAME
    fixed, tried = letter_of(stair), letter_of(crossing)

    # The office answers the first with a photo of what it fixed, and promises to try the second.
    publish(officer, approver, fixed, kind="FIXED_NOW", photo_1=photo("tan"), caption_1="새로 댄 발판")
    publish(officer, approver, tried, kind="PILOT")
    assert "새로 댄 발판" in str(visitor.read(fixed))
    [shown] = [one for one in pictures(visitor, fixed) if one.startswith("/answers/photos/")]
    assert visitor.client.get(shown).mimetype == "image/webp"
    work()
    assert "이번에 고쳤어요" in visitor.read(fixed).get_text()
    assert "시험서울이 답변했어요" in citizens[0].read("/notices").get_text()
    assert fixed in reachable(citizens[0], stair)

    # It plans the pilot, measures, starts, tells, measures again; only the approver decides.
    today = clock.today()
    first = officer.send(f"{tried}/pilots/new", **plan(today))
    refused = officer.client.post(f"{first}/start", data={"seen_revision": "1"})
    assert refused.status_code in {400, 409}, "nothing was measured before"
    officer.send(f"{first}/readings/before", **measured(today, 38))
    officer.send(first, f"{first}/start")
    officer.send(f"{first}/reports/new", text="첫 주가 지났어요.", photo=photo("gold"), caption="그린 발자국")
    officer.send(f"{first}/readings/after", **measured(today, 66))
    assert officer.client.get(f"{first}/decide").status_code == 403
    assert other.client.post(f"{first}/take-over").status_code in {400, 403}, "not decided yet"
    approver.send(f"{first}/decide", decision="SPREAD", reason="차가 더 멈췄어요.")
    said = visitor.read(first).get_text(" ")
    assert "38%에서 66%로" in said
    assert "28%p" in said
    assert "그린 발자국" in str(visitor.read(first))

    # Another office takes it over with one click, changes the place, measures on its own, and reports.
    second = other.send(first, f"{first}/take-over")
    other.send(f"{second}/edit", **(plan(today) | {"region_code": "26", "place": "바닷가초등학교 앞"}))
    other.send(f"{second}/readings/before", **measured(today, 41))
    other.send(second, f"{second}/start")
    other.send(f"{second}/reports/new", text="바닷가에서도 그렸어요.")
    assert officer.client.get(f"{second}/edit").status_code == 404
    assert "시험부산" in visitor.read(first).get_text()
    found = db.session.execute(sa.select(Pilot.origin, Pilot.state, Pilot.decision).order_by(Pilot.id)).all()
    assert [tuple(row) for row in found] == [
        (PilotOrigin.ANSWER, PilotState.DECIDED, PilotDecision.SPREAD),
        (PilotOrigin.SPREAD, PilotState.RUNNING, None),
    ]

    # Whoever visits walks every hop there and back by links.
    campaign_pilots = "/c/daily/pilots"
    assert stair in reachable(visitor, same)
    assert campaign_pilots in reachable(visitor, "/c/daily/referrals")
    for here, there in (
        (HOME, stair),
        (HOME, crossing),
        (stair, fixed),
        (crossing, tried),
        (fixed, theme_of(fixed)),
        (tried, theme_of(tried)),
        (tried, first),
        (tried, second),
        (first, second),
        (campaign_pilots, first),
        (campaign_pilots, second),
        ("/c/daily", HOME),
        ("/c/daily", "/c/daily/referrals"),
    ):
        assert there in reachable(visitor, here), f"{here} does not lead to {there}"
        assert here in reachable(visitor, there), f"{there} does not lead back to {here}"

    # Every number is counted once more. The citizen of the merged idea voted on the other one too: one vote counts.
    work()
    findings = [*recount(), *recorded_rows()]
    assert [line for finding in findings for line in finding.differences] == []
    assert visitor.read(stair).get_text().count("찬성") >= 1
    assert totals() == {"letters": 2, "checks": 3, "pilots": 2, "photos": 3}


def write(person: Person, title: str, kind: str, photo: Any = None, caption: str = "") -> str:
    """Write an everyday idea and return its page."""
    files = {"photo_1": photo, "caption_1": caption} if photo else {}
    values = {"title": title, "body": f"{title} 살펴봐 주세요.", "kind": kind, "region_code": "11"}
    return person.send(f"{HOME}/new", **values, district="시험구", place="시험천 옆", **files)


def publish(officer: Person, approver: Person, letter: str, **short: Any) -> None:
    """Acknowledge, answer and submit as one officer, publish as another."""
    officer.send(letter, f"{letter}/acknowledge")
    draft = officer.send(f"{letter}/answer", reason="살펴보고 했어요.", **short)
    officer.send(draft, f"{draft}/submit")
    assert approver.send(draft, f"{draft}/approve", has_read="y") == letter


def plan(today: Any) -> dict[str, str]:
    return {
        "title": "노란 멈춤 발자국",
        "summary": "인도 끝에 발자국을 그려 봐요.",
        "region_code": "11",
        "place": "시험초등학교 앞",
        "starts_on": today.isoformat(),
        "ends_on": (today + timedelta(days=14)).isoformat(),
        "measure": "멈춘 차",
        "measure_kind": "SHARE",
        "unit": "대",
        "better": "HIGHER",
        "measured_how": "아침마다 세어요.",
    }


def measured(today: Any, k: int) -> dict[str, str]:
    days = {"measured_from": today.isoformat(), "measured_until": today.isoformat()}
    return days | {"measured_by": "시험구 교통과", "n": "100", "k": str(k)}


def photo(colour: str) -> tuple[io.BytesIO, str]:
    """A photo as a phone takes it, which knows where it was."""
    exif = Image.Exif()
    exif[GPS] = {1: "N", 2: (37.0, 33.0, 0.0), 3: "E", 4: (126.0, 58.0, 0.0)}
    file = io.BytesIO()
    Image.new("RGB", (80, 60), colour).save(file, "JPEG", exif=exif)
    file.seek(0)
    return file, "IMG_0001.jpg"


def number(path: str) -> int:
    return int(path.rsplit("/", 1)[1])


def letter_of(idea: str) -> str:
    found = db.session.scalar(sa.select(EverydayCheck.referral_id).where(EverydayCheck.idea_id == number(idea)))
    return f"/referrals/{found}"


def theme_of(letter: str) -> str:
    return f"/themes/{db.session.get_one(Referral, number(letter)).theme_id}"


def pictures(person: Person, path: str) -> list[str]:
    return [str(image["src"]) for image in person.read(path).select("main img[src]")]


def reachable(person: Person, path: str) -> set[str]:
    """Return where the links of a page lead, without their queries and anchors."""
    return {str(link["href"]).split("#")[0].split("?")[0] for link in person.read(path).select("a[href]")}


def totals() -> dict[str, int]:
    tables = {"letters": Referral, "checks": EverydayCheck, "pilots": Pilot, "photos": Blob}
    return {
        name: db.session.scalar(sa.select(sa.func.count()).select_from(table)) or 0 for name, table in tables.items()
    }
