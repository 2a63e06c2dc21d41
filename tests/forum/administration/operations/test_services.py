from __future__ import annotations

import pytest

from forum.administration.operations.services import refuse_samples_in_production
from forum.core.extensions import db


@pytest.fixture
def production(app):
    app.config["ENVIRONMENT"] = "production"
    yield
    app.config["ENVIRONMENT"] = "development"


def test_production_refuses_to_start_with_sample_accounts(make, production):
    make.citizen(is_sample=True)
    db.session.commit()
    with pytest.raises(RuntimeError, match="sample accounts"):
        refuse_samples_in_production()


def test_production_starts_without_them(make, production):
    make.citizen()
    refuse_samples_in_production()


def test_development_keeps_its_samples(make):
    make.citizen(is_sample=True)
    refuse_samples_in_production()
