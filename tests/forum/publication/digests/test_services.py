from __future__ import annotations

import hashlib
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from forum.analysis.themes.models import ThemeState
from forum.core import blobs, clock
from forum.core.access import SYSTEM
from forum.core.errors import Forbidden, InvalidInput, NotFound, WrongState
from forum.core.extensions import db
from forum.people.follows.models import Follow
from forum.publication.digests import rendering, tasks
from forum.publication.digests.formats import FORMATS
from forum.publication.digests.models import Digest, DigestFile, DigestKind, PeriodKind
from forum.publication.digests.plan import DigestPlan, DigestRequest
from forum.publication.digests.queries import get_digest, get_file
from forum.publication.digests.services import chosen_formats, start_digest
from forum.publication.digests.tasks import build_digest
from forum.system.audit.models import AuditEntry
from forum.system.jobs.models import Job, JobState
from forum.system.jobs.progress import LeaseLost, Progress
from forum.system.notices.models import Notice
from forum.voice.campaigns.models import PhaseKind
from tests.forum.publication.digests.collecting.told import told_world

JSON = DigestRequest(formats=("json",))
MINISTRYS = DigestKind.MINISTRY


@pytest.fixture
def told(make):
    return told_world(make)


def n_digests() -> int:
    return db.session.scalar(sa.select(sa.func.count(Digest.id)))


def test_a_file_is_what_its_hash_says_and_says_its_run_and_its_pages(told, publish, monkeypatch):
    monkeypatch.setattr(blobs, "PIECE_BYTES", 1000)  # each file is stored in several pieces
    publish(told.campaign, formats=("json", "pdf"))
    columns = DigestFile.format, DigestFile.sha256, DigestFile.content, DigestFile.run_id, DigestFile.n_pages
    files = db.session.execute(sa.select(*columns, DigestFile.size_bytes).order_by(DigestFile.format)).all()
    assert [(file.format, bool(file.n_pages)) for file in files] == [("json", False), ("pdf", True)]
    for file in files:
        assert hashlib.sha256(file.content).hexdigest() == file.sha256
        assert (file.run_id, file.size_bytes) == (told.run.id, len(file.content))


def test_a_digest_keeps_what_it_is_about(told, publish, make):
    snapshot = make.snapshot(told.campaign, told.ideas[:1])
    digest = publish(told.campaign, kind=MINISTRYS, ministry=told.letter.lead.ministry.code, period=PeriodKind.WEEK)
    assert (digest.kind, digest.ministry_id, digest.theme_id) == (MINISTRYS, told.letter.lead.ministry_id, None)
    assert (digest.period_from, digest.period_to) == (clock.today() - timedelta(days=6), clock.today())
    assert digest.snapshot_id == snapshot.id
    theme = publish(told.campaign, kind=DigestKind.THEME, theme_id=told.theme.id)
    assert (theme.kind, theme.theme_id, theme.period_kind) == (DigestKind.THEME, told.theme.id, PeriodKind.ALL)
    acts = db.session.scalars(sa.select(AuditEntry.action).where(AuditEntry.action.startswith("digests."))).all()
    assert sorted(acts) == ["digests.publish", "digests.publish", "digests.start", "digests.start"]


def test_followers_of_what_a_digest_is_about_hear_of_it(told, publish, make):
    ministry = told.letter.lead.ministry
    people = {kind: make.citizen() for kind in ("campaign", "ministry", "theme")}
    ids = {"campaign": told.campaign.id, "ministry": ministry.id, "theme": told.theme.id}
    for kind, person in people.items():
        make._add(Follow(account_id=person.id, kind=kind, object_id=ids[kind]))
    digests = {
        "campaign": publish(told.campaign),
        "ministry": publish(told.campaign, kind=MINISTRYS, ministry=ministry.code),
        "theme": publish(told.campaign, kind=DigestKind.THEME, theme_id=told.theme.id),
    }
    rows = db.session.execute(sa.select(Notice.account_id, Notice.path).where(Notice.kind == "digest_published"))
    assert dict(rows.all()) == {people[kind].id: f"/digests/{digests[kind].id}" for kind in people}


def test_without_a_run_there_is_nothing_to_report(make):
    with pytest.raises(WrongState, match="아직 끝난 분석이 없어요"):
        start_digest(make.campaign(), SYSTEM, DigestRequest())


@pytest.mark.parametrize("formats", [["docx"], ["html", "exe"], [], [""], ["../csv"]])
def test_unknown_formats_are_refused_with_the_known_ones(formats):
    with pytest.raises(InvalidInput, match="pdf, hwpx, xlsx, html, csv, json"):
        chosen_formats(formats)


def test_formats_may_come_in_any_order_and_case():
    assert chosen_formats(["JSON", " html ", "json"]) == ("html", "json")
    assert chosen_formats(FORMATS) == tuple(FORMATS)


def test_what_there_is_not_is_refused_at_its_field(told, make):
    foreign = make.theme(make.campaign(), [], state=ThemeState.APPROVED)
    draft = make.theme(told.campaign, [])
    wrong = {
        "ministry": [DigestRequest(kind=MINISTRYS), DigestRequest(kind=MINISTRYS, ministry=make.ministry().code)],
        "theme": [DigestRequest(kind=DigestKind.THEME, theme_id=one) for one in (None, foreign.id, draft.id, 10**8)],
        "phase": [DigestRequest(period=PeriodKind.PHASE)],
        "from_day": [DigestRequest(period=PeriodKind.CUSTOM, to_day=clock.today())],
        "to_day": [
            DigestRequest(period=PeriodKind.CUSTOM, from_day=first, to_day=last)
            for first, last in (
                (date(2026, 1, 1), None),
                (date(2026, 1, 2), date(2026, 1, 1)),
                (date(2026, 1, 1), clock.today() + timedelta(days=1)),
            )
        ],
    }
    for field, requests in wrong.items():
        for request in requests:
            with pytest.raises(InvalidInput) as refused:
                start_digest(told.campaign, SYSTEM, request)
            assert list(refused.value.errors) == [field], request
    assert db.session.scalar(sa.select(sa.func.count(Job.id))) == 0


def test_officers_build_for_their_own_ministry_and_citizens_nothing(told, make):
    own, other = told.letter.lead.ministry, make.ministry()
    make.referral(make.theme(told.campaign, state=ThemeState.APPROVED), other)
    officer = make.officer(own)
    start_digest(told.campaign, officer, DigestRequest(kind=MINISTRYS, ministry=own.code))
    start_digest(told.campaign, officer, JSON)
    with pytest.raises(Forbidden, match="다른 소관부처"):
        start_digest(told.campaign, officer, DigestRequest(kind=MINISTRYS, ministry=other.code))
    start_digest(told.campaign, make.analyst(), DigestRequest(kind=MINISTRYS, ministry=other.code))
    with pytest.raises(Forbidden):
        start_digest(told.campaign, make.citizen(), JSON)


def test_asking_twice_at_once_makes_one_and_later_another(told, work, publish):
    first, second = (start_digest(told.campaign, SYSTEM, JSON) for _ in range(2))
    other = start_digest(told.campaign, SYSTEM, DigestRequest(formats=("json",), period=PeriodKind.WEEK))
    assert first.id == second.id != other.id
    work()
    publish(told.campaign)
    assert n_digests() == 3


def test_a_digest_whose_job_was_lost_is_not_published(told):
    job = start_digest(told.campaign, SYSTEM, JSON)
    job.state, job.attempt = JobState.RUNNING, 2
    db.session.commit()
    with pytest.raises(LeaseLost):
        build_digest(Progress(job.id, 1, {}, None), **job.arguments)
    assert n_digests() == 0


def test_a_run_that_ends_meanwhile_changes_nothing_but_is_told(told, work, make, monkeypatch):
    job = start_digest(told.campaign, SYSTEM, JSON)
    told.run.is_current = False
    db.session.flush()
    newer = make.run(told.campaign, [told.ideas])
    db.session.commit()
    assert work() == [JobState.DONE]
    result = db.session.get_one(Job, job.id).result
    assert result["newer_run"] == newer.id
    digest = get_digest(result["digest_id"])
    assert digest.run_id == told.run.id
    assert b'"run_number": %d,' % told.run.id in get_file(digest, "json").content


def test_files_that_fail_a_check_are_kept_back_whole_and_the_job_says_why(told, work, monkeypatch):
    def failing(*_arguments):
        raise WrongState("검사를 통과하지 못해서 보고서를 내지 않았어요. PDF의 표에 머리글이 없어요.")

    monkeypatch.setattr(rendering, "render_files", failing)
    job = start_digest(told.campaign, SYSTEM, JSON)
    assert work() == [JobState.FAILED]
    assert "PDF의 표에 머리글이 없어요" in db.session.get_one(Job, job.id).error
    assert n_digests() == 0


def test_a_job_of_an_earlier_version_is_refused_in_words():
    with pytest.raises(WrongState, match="다시 만들어 주세요"):
        DigestPlan.of({"campaign_id": 1, "formats": ["json"]})


def test_a_plan_survives_being_kept_as_json():
    plan = DigestPlan(
        7,
        3,
        DigestKind.THEME,
        None,
        5,
        PeriodKind.PHASE,
        PhaseKind.VOTING,
        date(2026, 1, 1),
        date(2026, 2, 1),
        ("pdf",),
    )
    assert DigestPlan.of(plan.arguments) == plan
    assert len(plan.dedupe_key) <= 128


def test_the_numbers_are_of_one_moment(told, work, monkeypatch, engine_name):
    levels = []

    def noted(plan):
        levels.append(db.session.connection().get_isolation_level())
        return collect(plan)

    collect = tasks.collect
    monkeypatch.setattr(tasks, "collect", noted)
    start_digest(told.campaign, SYSTEM, JSON)
    work()
    assert levels == ["REPEATABLE READ" if engine_name == "postgresql" else "SERIALIZABLE"]


def test_a_digest_cannot_be_of_another_campaigns_run_theme_or_snapshot(told, make):
    other = make.campaign()
    run = make.run(other, [])
    theme, snapshot = told.theme.id, make.snapshot(told.campaign, told.ideas[:1]).id
    db.session.commit()
    about = {"campaign_id": other.id, "run_id": run.id, "data_cut_at": clock.now()}
    for wrong in ({"run_id": told.run.id}, {"snapshot_id": snapshot}, {"kind": DigestKind.THEME, "theme_id": theme}):
        db.session.add(Digest(**about | wrong))
        with pytest.raises(sa.exc.IntegrityError):
            db.session.flush()
        db.session.rollback()


def test_an_unknown_digest_or_format_is_not_found(told, publish):
    digest = publish(told.campaign)
    with pytest.raises(NotFound):
        get_digest(digest.id + 1)
    with pytest.raises(NotFound):
        get_file(digest, "csv")
