from __future__ import annotations

import json
import subprocess
import sys

import numpy as np

from nlp.opinion.slate import slate


def test_the_verifier_as_it_is_served_checks_a_proof(client, tmp_path):
    response = client.get("/slates/verify_slate.py")
    assert (response.status_code, response.mimetype) == (200, "text/plain")
    (tmp_path / "verify_slate.py").write_bytes(response.data)
    (tmp_path / "proof.json").write_text(json.dumps(slate(np.eye(4), 2).proof()), encoding="utf-8")
    command = [sys.executable, "-I", tmp_path / "verify_slate.py", tmp_path / "proof.json"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
