"""The analysis on a Dask cluster of two workers (extra [scale])."""

from __future__ import annotations

import subprocess
import sys

SCRIPT = """
import joblib
from dask.distributed import Client, LocalCluster
from nlp.pipeline import analyse
from nlp.text import tokenized
from tests.nlp.test_pipeline import corpus

if __name__ == "__main__":
    tokenized.BATCH_SIZE = 5  # so that both workers read
    alone = analyse(corpus())
    with LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster:
        with Client(cluster), joblib.parallel_config(backend="dask"):
            assert analyse(corpus()) == alone
    print("same")
"""


def test_two_dask_workers_find_the_same_themes(tmp_path):
    script = tmp_path / "run.py"
    script.write_text(SCRIPT, encoding="utf-8")
    # A process of its own: a cluster leaves threads and warnings behind that are not ours.
    said = subprocess.run(
        [
            sys.executable,
            "-c",
            "import runpy, sys; sys.path.insert(0, ''); runpy.run_path(sys.argv[1], run_name='__main__')",
            str(script),
        ],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert said.returncode == 0, said.stderr
    assert "same" in said.stdout
