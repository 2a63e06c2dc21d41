from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest
import sqlalchemy as sa

from forum.analysis.themes.models import ThemeState
from forum.core.access import SYSTEM
from forum.core.extensions import db
from forum.publication.digests import commands
from forum.publication.digests.formats import FORMATS
from forum.publication.digests.models import Digest, DigestKind, PeriodKind
from forum.publication.digests.plan import DigestRequest
from forum.publication.digests.services import start_digest
from forum.system.jobs import waiting
from forum.system.jobs.models import Job
from forum.system.jobs.registry import JOB_HANDLERS
from tests.forum.system.jobs.helpers import claimed


@pytest.fixture
def run(app):
    return lambda *words: app.test_cli_runner().invoke(args=["digests", "build", *words])


def test_it_writes_each_file_and_prints_its_hash(make, run, tmp_path):
    campaign = make.campaign()
    make.run(campaign)
    make._add(make.analyst())
    said = run("--campaign", campaign.slug, "--format", "html,json", "--out", str(tmp_path / "new" / "folder"))
    assert said.exit_code == 0, said.output
    files = sorted((tmp_path / "new" / "folder").iterdir())
    assert [file.suffix for file in files] == [".html", ".json"]
    assert all(hashlib.sha256(file.read_bytes()).hexdigest() in said.output for file in files)


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["--campaign", "none"], "포럼이 없어요"),
        (["--campaign", "bare"], "아직 끝난 분석이 없어요"),
        (["--campaign", "bare", "--format", "docx"], "모르는 형식이에요: docx. 쓸 수 있는 형식: pdf, hwpx"),
        (["--campaign", "bare", "--kind", "region"], "모르는 말이에요: region. 쓸 수 있는 것: campaign"),
        (["--campaign", "bare", "--kind", "ministry"], "소관부처를 골라 주세요"),
        (["--campaign", "bare", "--kind", "ministry", "--ministry", "MOON"], "‘MOON’ 부처로 보낸 편지가 없어요"),
        (["--campaign", "bare", "--kind", "theme", "--theme", "twelve"], "정책 주제는 번호로"),
        (["--campaign", "bare", "--kind", "theme", "--theme", "12"], "12번 승인된 정책 주제가 없어요"),
        (["--campaign", "bare", "--period", "year"], "모르는 말이에요: year. 쓸 수 있는 것: all, week"),
        (["--campaign", "bare", "--period", "phase"], "어느 단계인지"),
        (["--campaign", "bare", "--period", "custom", "--from", "1월"], "날짜를 2014-03-01처럼"),
        (["--campaign", "bare", "--period", "custom", "--from", "2026-01-02", "--to", "2026-01-01"], "앞서요"),
        (["--campaign", "bare", "--as", "nobody@example.org"], "계정이 없어요"),
    ],
)
def test_bad_words_are_answered_in_words_and_leave_nothing(make, run, tmp_path, words, reason):
    make.campaign(slug="bare")
    said = run(*words, "--out", str(tmp_path / "out"))
    assert said.exit_code == 1
    assert reason in said.output
    assert not (tmp_path / "out").exists()


def test_a_digest_that_a_worker_has_begun_is_waited_for_and_written(app, make, run, tmp_path, monkeypatch):
    campaign = make.campaign()
    make.run(campaign)
    job = start_digest(campaign, SYSTEM, DigestRequest(formats=("json",)))
    db.session.commit()
    build, progress = JOB_HANDLERS[job.kind], claimed(job)

    def worker_ends(_seconds: float) -> None:
        with app.app_context():
            build(progress, **progress.arguments)

    monkeypatch.setattr(waiting.time, "sleep", worker_ends)
    said = run("--campaign", campaign.slug, "--format", "json", "--out", str(tmp_path))
    assert said.exit_code == 0, said.output
    (file,) = tmp_path.iterdir()
    assert hashlib.sha256(file.read_bytes()).hexdigest() in said.output
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Digest)) == 1  # nothing is stored a second time


def test_a_folder_that_cannot_be_written_to_is_told_before_anything_is_built(make, run, tmp_path):
    campaign = make.campaign()
    make.run(campaign)
    (tmp_path / "file").touch()
    said = run("--campaign", campaign.slug, "--format", "json", "--out", str(tmp_path / "file" / "out"))
    assert (said.exit_code, "쓰지 못했습니다" in said.output) == (1, True)
    db.session.rollback()
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Job)) == 0


def test_a_full_disk_is_told_in_words_and_leaves_no_half_file(make, run, tmp_path, monkeypatch):
    def full(_from: str, _to: Path) -> None:
        raise OSError(28, "No space left on device")

    campaign = make.campaign()
    make.run(campaign)
    monkeypatch.setattr(commands.os, "replace", full)
    said = run("--campaign", campaign.slug, "--format", "json", "--out", str(tmp_path))
    assert (said.exit_code, "No space left" in said.output) == (1, True)
    assert os.listdir(tmp_path) == []


def test_a_ministrys_digest_of_some_days_is_written_in_every_format(make, run, tmp_path):
    theme = make.theme(make.campaign(slug="netzero"), state=ThemeState.APPROVED)
    ministry = make.referral(theme).lead.ministry
    make.run(theme.campaign)
    about = ["--campaign", "netzero", "--kind", "ministry", "--ministry", ministry.code, "--period", "custom"]
    said = run(*about, "--from", "2026-01-01", "--to", "2026-01-31", "--format", "all", "--out", str(tmp_path))
    assert said.exit_code == 0, said.output
    digest = db.session.scalars(sa.select(Digest)).one()
    assert (digest.kind, digest.period_kind) == (DigestKind.MINISTRY, PeriodKind.CUSTOM)
    assert f"{ministry.name} 보고서, 보고서 {digest.id}번" in said.output
    assert {path.name for path in tmp_path.iterdir()} == {
        f"digest-netzero-{ministry.code.lower()}-{digest.id}.{extension}" for extension in FORMATS
    }


def test_a_run_that_ended_meanwhile_is_told(make, run, tmp_path, monkeypatch):
    campaign = make.campaign()
    make.run(campaign)
    monkeypatch.setattr("forum.publication.digests.tasks.newer_run", lambda _campaign_id, _run_id: 99)
    said = run("--campaign", campaign.slug, "--format", "json", "--out", str(tmp_path))
    assert "분석 회차 99번이 끝났어요" in said.output
