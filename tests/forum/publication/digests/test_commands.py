from __future__ import annotations

import hashlib

import pytest


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
        (["--campaign", "none"], "포럼이 없습니다"),
        (["--campaign", "bare"], "아직 끝난 분석이 없습니다"),
        (["--campaign", "bare", "--format", "pdf"], "모르는 형식입니다"),
        (["--campaign", "bare", "--as", "nobody@example.org"], "계정이 없습니다"),
    ],
)
def test_bad_words_are_answered_in_words_and_leave_nothing(make, run, tmp_path, words, reason):
    make.campaign(slug="bare")
    said = run(*words, "--out", str(tmp_path / "out"))
    assert said.exit_code == 1
    assert reason in said.output
    assert not (tmp_path / "out").exists()
