from __future__ import annotations

import pytest
import sqlalchemy as sa

from forum.analysis.synonyms.models import SynonymList
from forum.analysis.synonyms.services import MAX_GROUPS, change_synonyms, parse_groups, synonyms_of
from forum.core.errors import Forbidden, InvalidInput, WrongState
from forum.core.extensions import db
from forum.system.audit.models import AuditEntry


def test_added_words_extend_the_shipped_ones_of_their_campaign_alone(make):
    campaign, other = make.campaign(), make.campaign()
    change_synonyms(campaign, make.analyst(), "바닥분수, 물놀이터\n안전모/머리 보호구", seen=0)
    extended, shipped = synonyms_of(campaign.id), synonyms_of(other.id)
    assert len(extended) == len(shipped) + 1
    assert set(extended.found_in(["머리", "보호", "구"])) == set(extended.found_in(["헬멧"]))
    assert shipped.found_in(["바닥", "분수"]) == []


def test_a_change_is_audited_without_the_words(make):
    campaign, analyst = make.campaign(), make.analyst()
    change_synonyms(campaign, analyst, "바닥분수, 물놀이터", seen=0)
    change_synonyms(campaign, analyst, "", seen=1)
    first, second = db.session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "synonyms.change")).all()
    assert (first.actor_id, first.subject_id) == (analyst.id, campaign.id)
    assert (first.before["groups"], first.after["groups"], second.after["groups"]) == (0, 1, 0)
    assert second.before["words"] == first.after["words"] != second.after["words"]
    assert "분수" not in str((first.after, second.before))


@pytest.mark.parametrize("role", ["citizen", "admin", "officer"])
def test_only_analysts_change_them(make, role):
    with pytest.raises(Forbidden):
        change_synonyms(make.campaign(), getattr(make, role)(), "바닥분수, 물놀이터", seen=0)


@pytest.mark.parametrize("seen", [0, 2, -1])
def test_a_page_that_is_out_of_date_changes_nothing(make, seen):
    campaign, analyst = make.campaign(), make.analyst()
    change_synonyms(campaign, analyst, "바닥분수, 물놀이터", seen=0)
    with pytest.raises(WrongState):
        change_synonyms(campaign, analyst, "다른, 낱말", seen=seen)
    assert db.session.get_one(SynonymList, campaign.id).words == "바닥분수, 물놀이터"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("혼자", "2~12개"),
        (", ,", "2~12개"),
        ("같은, 같 은", "2~12개"),
        (", ".join(f"낱말{n}" for n in range(13)), "2~12개"),
        ("가방, 배낭\n책가방, 배낭", "두 줄에"),
        ("가방, <script>", "글자나 숫자"),
        ("가방, !!", "글자나 숫자"),
        ("가방, " + "긴" * 31, "글자나 숫자"),
        ("\n".join(f"가{n}, 나{n}" for n in range(MAX_GROUPS + 1)), "200줄까지"),
        ("가" * 10_001, "10,000자"),
        ("900101-1234567, 가방", "주민등록번호"),
    ],
)
def test_what_is_no_list_of_words_is_refused_in_words(app, words, said):
    with pytest.raises(InvalidInput, match=said):
        parse_groups(words)


def test_case_spaces_and_blank_lines_do_not_matter(app):
    assert parse_groups(" EV ,  전기 차\n\n\n바닥분수、물놀이터 ") == (("EV", "전기 차"), ("바닥분수", "물놀이터"))
    assert parse_groups("") == ()


@pytest.mark.parametrize("values", [{"words": "가" * 10_001, "version": 1}, {"words": "", "version": 0}])
def test_the_database_refuses_a_book_and_a_version_of_zero(make, values):
    db.session.add(SynonymList(campaign_id=make.campaign().id, **values))
    with pytest.raises(sa.exc.IntegrityError):
        db.session.flush()
    db.session.rollback()
