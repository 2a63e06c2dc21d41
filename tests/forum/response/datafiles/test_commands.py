from __future__ import annotations

import pytest

from forum.core.extensions import db
from forum.response.datafiles.models import DataFile, DataFileState

pytestmark = [
    pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True),
    pytest.mark.usefixtures("no_uploads"),
]


def test_a_file_is_added_checked_and_published_by_one_command(app, make, tmp_path):
    version = make.dataset_version(make.dataset())
    good, bad = tmp_path / "전기.csv", tmp_path / "나쁨.csv"
    good.write_text("달,유형,사용량\n" + "2026-01-01,학교,12.5\n" * 6)
    bad.write_text("달,유형,사용량\n2026-01-01,900101-1234567,1\n")
    db.session.commit()
    run = app.test_cli_runner()
    add = ["datasets", "add", "--dataset", str(version.dataset_id)]
    refused = run.invoke(args=[*add, str(bad)])
    assert (refused.exit_code, "주민등록번호" in refused.output, "900101" in refused.output) == (1, True, False)
    done = run.invoke(args=[*add, str(good), "--as", make.analyst().email])
    assert (done.exit_code, "6 rows" in done.output) == (0, True), done.output
    states = {one.name: one.state for one in db.session.query(DataFile)}
    assert states == {"나쁨.csv": DataFileState.REFUSED, "전기.csv": DataFileState.READY}
