from __future__ import annotations

import pytest
import sqlalchemy as sa

from forum.core.extensions import db
from forum.voice.campaigns.models import Campaign, PhaseKind
from forum.voice.campaigns.queries import get_campaign, is_open


def run(app, *args):
    db.session.commit()
    result = app.test_cli_runner().invoke(args=["campaigns", *args])
    db.session.expire_all()
    return result


def test_three_options_are_enough_to_begin(app):
    result = run(app, "add", "--slug", "real", "--title", "실제 제안", "--kind", "forum")
    assert result.exit_code == 0, result.output
    assert "real (실제 제안)" in result.output
    assert result.output.count(" ~ ") == len(PhaseKind)
    assert all(is_open(get_campaign("real"), kind) for kind in PhaseKind)


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["--slug", "한글", "--title", "포럼"], "slug: 주소 이름은"),
        (["--slug", "taken", "--title", "포럼"], "이미 쓰이고"),
        (["--slug", "real", "--title", " "], "title: 제목을 입력해"),
        (["--slug", "real", "--title", "포럼", "--as", "nobody@example.org"], "계정이 없어요"),
        (["--slug", "real", "--title", "포럼", "--as", "citizen@example.org"], "맡은 사람만"),
    ],
)
def test_a_refusal_is_said_in_words_and_changes_nothing(app, make, args, words):
    make.campaign(slug="taken")
    make.citizen(email="citizen@example.org")
    result = run(app, "add", *args)
    assert result.exit_code == 1
    assert words in result.output
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Campaign)) == 1


def test_an_unknown_kind_is_refused(app):
    assert run(app, "add", "--slug", "real", "--title", "포럼", "--kind", "party").exit_code == 2


def test_the_list(app, make):
    make.campaign(slug="first", title="첫 포럼")
    result = run(app, "list")
    assert result.exit_code == 0
    assert "first\t탄소중립 포럼\t첫 포럼" in result.output


def test_an_admin_makes_one_in_their_own_name(app, make):
    make.admin(email="admin@example.org")
    assert run(app, "add", "--slug", "real", "--title", "포럼", "--as", "admin@example.org").exit_code == 0
