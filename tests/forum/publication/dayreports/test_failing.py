"""A report that could not be made: who reads what, and who may have it made again."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from forum.core.access import SYSTEM
from forum.core.errors import Forbidden, WrongState
from forum.core.extensions import db
from forum.deliberation.joint.models import JointState
from forum.deliberation.joint.queries import rooms_in
from forum.publication.dayreports import tasks
from forum.publication.dayreports.models import DayReport
from forum.publication.dayreports.services import start_report
from forum.system.audit.models import AuditEntry
from forum.system.jobs.models import Job, JobState

REASON = "다시 센 수가 달라요"


@pytest.fixture
def session(make):
    room = make.gathering(state="FINISHED", n_present=9)
    make.room_idea(room)
    made = make.joint_session([room], "FINISHED", make.facilitator())
    db.session.commit()
    return made


@pytest.fixture
def failed(session, work, monkeypatch):
    with monkeypatch.context() as broken:
        broken.setattr(tasks, "recount_problems", lambda _content: [REASON])
        start_report(session, SYSTEM)
        db.session.commit()
        assert work() == [JobState.FAILED]
    return session


def jobs():
    return db.session.scalar(sa.select(sa.func.count()).select_from(Job)) or 0


def entries():
    acts = sa.select(AuditEntry.actor_id).where(AuditEntry.action == "dayreports.build").order_by(AuditEntry.id)
    return db.session.scalars(acts).all()


@pytest.mark.parametrize("path", ["/joint/{id}", "/joint/{id}/report"])
def test_everybody_reads_that_it_failed_and_the_host_why(failed, make, client, new_client, path):
    stranger = client.get(path.format(id=failed.id)).text
    assert "그날 보고서를 만들지 못했어요" in stranger
    assert (REASON in stranger, "다시 만들기" in stranger, "만들고 있어요" in stranger) == (False, False, False)
    for account in (failed.host, make.analyst(), make.admin()):
        db.session.commit()
        page = new_client().login(account).get(path.format(id=failed.id)).text
        assert REASON in page
        assert f'action="/joint/{failed.id}/report"' in page


def test_a_failed_report_is_on_the_hosts_screen_too(failed, new_client):
    page = new_client().login(failed.host).get(f"/joint/{failed.id}/host").text
    assert REASON in page
    assert "다시 만들기" in page


def test_pressed_twice_it_is_one_job_and_one_entry_and_then_the_report_is_there(failed, new_client, work):
    host, before = new_client().login(failed.host), jobs()
    for _n in range(2):
        assert host.post(f"/joint/{failed.id}/report").status_code == 303
    assert jobs() == before + 1
    assert entries() == [None, failed.host_id]
    assert "만들고 있어요" in host.get(f"/joint/{failed.id}").text
    assert work() == [JobState.DONE], db.session.scalars(sa.select(Job.error)).all()
    assert "내려받기" in host.get(f"/joint/{failed.id}/report").text
    assert host.post(f"/joint/{failed.id}/report").status_code == 303
    assert "그날 보고서가 벌써 나와 있어요" in host.get(f"/joint/{failed.id}/report").text
    assert (jobs(), len(entries())) == (before + 1, 2)


def test_others_may_not_ask_for_it(failed, make):
    for actor in (make.citizen(), make.facilitator(), make.officer(), make.council_member()):
        with pytest.raises(Forbidden, match="진행자, 분석가, 관리자"):
            start_report(failed, actor)


def test_a_session_that_goes_on_gets_none(make, new_client):
    session = make.joint_session([make.gathering(state="RUNNING")])
    db.session.commit()
    with pytest.raises(WrongState, match="끝난 연결 모임만"):
        start_report(session, session.host)
    db.session.rollback()
    assert new_client().login(session.host).post(f"/joint/{session.id}/report").status_code == 409
    session.state, session.cancelled_at, session.cancel_reason = JointState.CANCELLED, session.created_at, "비"
    db.session.commit()
    assert "취소된 연결 모임이라" in new_client().get(f"/joint/{session.id}/report").text


def test_a_session_of_before_the_reports_gets_one_when_somebody_asks(session, new_client, work):
    page = new_client().login(session.host).get(f"/joint/{session.id}/report").text
    assert "그날 보고서가 아직 없어요" in page
    assert "만들지 못했어요" not in page
    new_client().login(session.host).post(f"/joint/{session.id}/report")
    assert work() == [JobState.DONE], db.session.scalars(sa.select(Job.error)).all()
    assert db.session.scalar(sa.select(DayReport.session_id)) == session.id


def test_the_command_builds_it_and_says_where_it_is(failed, app):
    run = app.test_cli_runner().invoke
    first = run(args=["dayreports", "build", str(failed.id)])
    assert first.exit_code == 0, first.output
    assert f"/joint/{failed.id}/report" in first.output
    assert first.output.count("sha256") == 3
    again = run(args=["dayreports", "build", str(failed.id)])
    assert again.exit_code == 0
    assert "벌써 나와 있어요" in again.output
    missing = run(args=["dayreports", "build", str(failed.id + 1)])
    assert (missing.exit_code, "오류" in missing.output) == (1, True)


def test_a_session_without_a_public_room_shows_no_button(failed, new_client):
    [room] = rooms_in(failed.id)
    room.gathering.is_hidden = True
    db.session.commit()
    host = new_client().login(failed.host)
    assert "다시 만들기" not in host.get(f"/joint/{failed.id}").text
    assert host.post(f"/joint/{failed.id}/report").status_code == 404
