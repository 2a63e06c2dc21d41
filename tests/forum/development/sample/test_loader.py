from __future__ import annotations

import pytest
import sqlalchemy as sa

from forum.administration.operations.checks import recorded_rows
from forum.administration.operations.queries import recount
from forum.analysis.themes.models import Theme, ThemeState
from forum.core.extensions import db
from forum.development.sample.loader import SIGN_INS, has_campaigns, is_half_loaded, load_sample, sample_rows
from forum.people.accounts.models import Account
from forum.people.ministries.services import load_ministries
from forum.response.referrals.models import AssignmentState, MinistryAssignment
from forum.voice.campaigns.models import Campaign
from forum.voice.ideas.models import Idea
from forum.voice.moderation.queries import held_texts


@pytest.fixture
def ministries(app):
    load_ministries()
    db.session.commit()


def test_the_sample_brings_every_page_to_life_and_recounts(ministries):
    told = list(load_sample())
    assert len(told) == 5
    assert db.session.scalar(sa.select(sa.func.count(Idea.id))) == len(sample_rows())
    states = set(db.session.scalars(sa.select(Theme.state)))
    assert states == {ThemeState.DRAFT, ThemeState.APPROVED, ThemeState.REJECTED}
    assert set(db.session.scalars(sa.select(MinistryAssignment.state))) == set(AssignmentState)
    assert not db.session.scalar(sa.select(sa.exists().where(~Account.is_sample)))
    assert not db.session.scalar(sa.select(sa.exists().where(~Campaign.is_sample)))
    assert [line for finding in [*recount(), *recorded_rows()] for line in finding.differences] == []
    assert [hiding.text_kind for hiding in held_texts()] == ["comment"]
    assert not is_half_loaded()


def test_a_loading_that_was_cut_off_is_noticed_and_people_are_never_taken_for_it(ministries, make):
    assert not is_half_loaded()
    loading = load_sample()
    next(loading)
    loading.close()
    db.session.rollback()
    assert has_campaigns()
    assert is_half_loaded()
    make.citizen()
    assert not is_half_loaded()


def test_each_role_has_one_sign_in_and_officers_two_since_nobody_approves_their_own_words():
    assert len({email for _role, email, _password in SIGN_INS}) == len(SIGN_INS) == 7
    assert all(email.endswith("@sample.invalid") and len(password) >= 15 for _role, email, password in SIGN_INS[1:])
