from __future__ import annotations

import pytest

from forum.core.extensions import db
from forum.system.audit.queries import chain_head
from forum.system.audit.services import record
from tests.forum.system.audit.test_queries import foreign_key_again, rewriting

__all__ = ["foreign_key_again"]


@pytest.fixture
def audit(app):
    def run(*args):
        db.session.commit()
        return app.test_cli_runner().invoke(args=["forum", "audit", *args])

    return run


@pytest.fixture
def entries(make):
    admin, campaign = make.admin(), make.campaign()
    return [record(admin, "campaigns.edit", campaign, {"n": n}).id for n in range(3)]


def test_a_head_kept_in_a_file_is_what_verify_holds_the_chain_against(audit, entries, tmp_path):
    assert "기록 3건을 봉인" in audit("seal").output
    heads = tmp_path / "heads"
    heads.write_text(audit("head").output)
    assert audit("verify").exit_code == 0
    found = audit("verify", "--head", str(heads))
    assert (found.exit_code, "밖에 적어 둔 머리 1개도 그대로" in found.output) == (0, True)
    assert audit("verify", "--head", str(chain_head())).exit_code == 0


def test_verify_names_the_first_bad_row_and_exits_with_1(audit, entries):
    audit("seal")
    with rewriting() as connection:
        connection.exec_driver_sql(f"UPDATE audit_entry SET action = 'x' WHERE id >= {entries[1]}")
    found = audit("verify")
    assert found.exit_code == 1
    assert f"봉인 2번: 기록 {entries[1]}번" in found.stderr


def test_an_unreadable_head_is_an_error_in_words(audit, entries):
    found = audit("verify", "--head", "no-such-file")
    assert found.exit_code == 1
    assert "머리는 한 줄에" in found.stderr


def test_a_worker_seals_what_waits(audit, entries, work):
    assert "봉인을 기다리는 기록 3건" in audit("verify").output
    work()
    assert chain_head().seq == 3
