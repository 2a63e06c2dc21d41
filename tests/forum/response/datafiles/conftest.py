from __future__ import annotations

import shutil

import pytest

from forum.response.datafiles.parts import uploads_folder


@pytest.fixture
def no_uploads(app):
    """Nothing lies in the folder of uploads that another test left there."""
    shutil.rmtree(uploads_folder(), ignore_errors=True)
