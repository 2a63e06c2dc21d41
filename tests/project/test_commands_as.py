"""Every command with `--as EMAIL` works for a real account, which the session knows as any other row.

The system has no row, so what a command does to the session's rows shows only with `--as`.
"""

from __future__ import annotations

import contextvars
from pathlib import Path

import pytest
import sqlalchemy as sa

from forum.analysis.themes.models import ThemeState
from forum.core import clock
from forum.core.access import Role
from forum.core.extensions import db
from forum.deliberation.joint.models import JointSession
from forum.response.datasets.models import Dataset
from forum.system.audit.models import AuditEntry
from forum.system.pauses.models import ElectionPause
from tests.forum.response.datasets.test_dcat_import import MINIMAL

TABLE = "달,유형,사용량\n" + "2026-01-01,학교,12.5\n" * 6
CONTRACT = Path(__file__).resolve().parent / "contract" / "commands.txt"
TAKE_AN_ACCOUNT = sorted(
    line.split(" ", 1)[1].split(" [")[0].split(" --")[0]
    for line in CONTRACT.read_text(encoding="utf-8").splitlines()
    if "[--as:text]" in line
)
CALLS = {  # the command as in the contract -> its arguments, and the entry that names the account
    "accounts add": ("accounts add --email new@example.org --name 새사람 --role analyst", "accounts.grant"),
    "accounts grant email:text role_name:choice": ("accounts grant other@example.org analyst", "accounts.grant"),
    "accounts revoke email:text": ("accounts revoke held@example.org", "accounts.revoke"),
    "campaigns add": ("campaigns add --slug new --title 새포럼", "campaigns.add"),
    "council add-seat term:integer kind:choice": (
        "council add-seat 9 civil --name 김위원 --office 대학교수",
        "council.appoint",
    ),
    "council add-term number:integer": (
        "council add-term 10 --starts 2040-03-01 --ends 2042-02-28",
        "council.add_term",
    ),
    "dayreports build session_id:integer range": ("dayreports build {session}", "dayreports.build"),
    "digests build": ("digests build --campaign real --format json --out {folder}/out", "digests.start"),
    "forum accept kind:text keys:integer…": ("forum accept role_grant 1 --reason 고침", "audit.accept"),
    "forum backup path:file": ("forum backup {folder}/backup.zip", "operations.backup"),
    "datasets add file:file": ("datasets add {folder}/table.csv --dataset {dataset}", "datafiles.upload"),
    "datasets measure-joins": ("datasets measure-joins", "datajoins.ask_again"),
    "datasets import file:file": ("datasets import {folder}/in.ttl", "datasets.import"),
    "forum blobs copy to:text": ("forum blobs copy {folder}/photos", "blobs.copy"),
    "forum blobs own": ("forum blobs own", "blobs.own"),
    "forum pause end pause_id:integer": ("forum pause end {pause}", "pauses.end"),
    "forum pause set": (
        "forum pause set --name 시험선거 --from {today} --to {today}",
        "pauses.set",
    ),
    "ideas import file:path": ("ideas import {folder}/in.csv --campaign real", "ideas.import"),
    "opinions export": ("opinions export --campaign real --out {folder}/votes", "opinions.export"),
    "opinions import-statements": (
        "opinions import-statements --campaign real --comments {folder}/comments.csv --conversation 5twd2jsnkf",
        "ideas.import",
    ),
    "opinions snapshot": ("opinions snapshot --campaign real", "opinions.start_snapshot"),
    "themes run": ("themes run --campaign real --wait", "themes.start_run"),
}


def test_each_command_that_takes_an_account_is_called_here():
    assert sorted(CALLS) == TAKE_AN_ACCOUNT


@pytest.fixture
def forum(app, make, tmp_path):
    """What the commands need, committed; nothing of it is left in the session."""
    campaign = make.campaign(slug="real")
    ideas = [make.idea(campaign) for _ in range(2)]
    make.theme(campaign, ideas, state=ThemeState.APPROVED, run_id=make.run(campaign, [ideas]).id)
    make.term(number=9)
    make.citizen(email="other@example.org")
    make.account(Role.ANALYST, email="held@example.org")
    rows = "".join(f"{n},제안 {n}번,버스를 늘려 주세요\n" for n in range(1, 8))
    (tmp_path / "in.csv").write_text("external_id,title,body\n" + rows, encoding="utf-8")
    (tmp_path / "in.ttl").write_text(MINIMAL, encoding="utf-8")
    columns = [column.name for column in make.dataset_version(make.dataset()).columns]
    (tmp_path / "table.csv").write_text(TABLE, encoding="utf-8")
    assert TABLE.partition("\n")[0].split(",") == columns
    (tmp_path / "comments.csv").write_text(
        "comment-id,moderated,comment-body\n" + "".join(f"{n},1,제안 {n}번\n" for n in range(1, 8)), encoding="utf-8"
    )
    for _n in range(5):
        make.vote(ideas[0], make.citizen())
    make.joint_session([make.gathering(state="FINISHED", campaign=campaign)], "FINISHED")
    actors = {"admin": make.admin(), "analyst": make.analyst()}
    db.session.add(ElectionPause(name="다음 선거", begins_on=clock.today(), ends_on=clock.today()))
    known = {name: (account.id, account.email) for name, account in actors.items()}
    db.session.commit()
    db.session.remove()
    return known


@pytest.mark.parametrize("command", sorted(CALLS))
def test_a_command_acts_as_a_real_account_and_the_audit_says_so(app, forum, tmp_path, monkeypatch, command):
    monkeypatch.setattr("forum.voice.ideas.tasks.IMPORT_BATCH_SIZE", 3)
    words, action = CALLS[command]
    account_id, email = forum["analyst" if command == "digests build" else "admin"]
    rows = {"pause": ElectionPause, "session": JointSession, "dataset": Dataset}
    ids = {name: db.session.scalar(sa.select(one.id)) for name, one in rows.items()}
    db.session.remove()
    args = [*words.format(folder=tmp_path, today=clock.today(), **ids).split(), "--as", email]

    def run():
        with app.app_context():
            return app.test_cli_runner().invoke(args=args)

    said = contextvars.Context().run(run)
    assert said.exit_code == 0, (said.output, said.exception)
    actors = db.session.scalars(sa.select(AuditEntry.actor_id).where(AuditEntry.action == action)).all()
    assert actors == [account_id]
