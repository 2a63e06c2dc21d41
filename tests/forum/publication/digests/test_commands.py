from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest
import sqlalchemy as sa

from forum.core.access import SYSTEM
from forum.core.extensions import db
from forum.publication.digests import commands
from forum.publication.digests.models import Digest
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
        (["--campaign", "bare", "--format", "pdf"], "모르는 형식이에요"),
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
    job = start_digest(campaign, SYSTEM, ["json"])
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
