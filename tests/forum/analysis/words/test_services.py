from __future__ import annotations

import pytest
import sqlalchemy as sa

from forum.analysis.themes.models import ThemeRun
from forum.analysis.themes.services import start_run
from forum.analysis.words.models import CampaignWords
from forum.analysis.words.services import (
    MAX_GROUPS,
    change_words,
    parse_groups,
    parse_user_words,
    synonyms_of,
    user_words_of,
)
from forum.core.errors import Forbidden, InvalidInput, WrongState
from forum.core.extensions import db
from forum.system.audit.models import AuditEntry
from forum.system.jobs.runner import run_job
from forum.voice.campaigns.models import Campaign
from nlp.text.userwords import MAX_USER_WORDS
from tests.races import at_once


def change(campaign, analyst, user_words="", synonyms="", seen=0):
    return change_words(campaign, analyst, user_words, synonyms, seen)


def test_added_synonyms_extend_the_shipped_ones_of_their_campaign_alone(make):
    campaign, other = make.campaign(), make.campaign()
    change(campaign, make.analyst(), synonyms="바닥분수, 물놀이터\n안전모/머리 보호구")
    extended, shipped = synonyms_of(campaign.id), synonyms_of(other.id)
    assert len(extended) == len(shipped) + 1
    assert set(extended.found_in(["머리", "보호", "구"])) == set(extended.found_in(["헬멧"]))
    assert shipped.found_in(["바닥", "분수"]) == []


def test_the_next_run_of_the_campaign_takes_its_user_words(make):
    campaign, analyst = make.campaign(), make.analyst()
    change(campaign, analyst, user_words="햇빛발전, 리필데이")
    make.idea(campaign)
    job = start_run(campaign, analyst)
    db.session.commit()
    run_job(job.id)
    run = db.session.scalars(sa.select(ThemeRun).where(ThemeRun.campaign_id == campaign.id)).one()
    assert run.parameters["user_words"] == ["리필데이", "햇빛발전"]


def test_words_that_have_become_stop_words_stop_no_analysis(make):
    campaign = make.campaign()
    db.session.add(CampaignWords(campaign_id=campaign.id, user_words="햇빛발전\n제안", version=1))
    db.session.flush()
    assert user_words_of(campaign.id) == ("햇빛발전",)


def test_a_change_is_audited_without_the_words(make):
    campaign, analyst = make.campaign(), make.analyst()
    change(campaign, analyst, "햇빛발전", "바닥분수, 물놀이터")
    change(campaign, analyst, "햇빛발전", "", seen=1)
    first, second = db.session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "words.change")).all()
    assert (first.actor_id, first.subject_id) == (analyst.id, campaign.id)
    assert (first.before["synonyms"], first.after["synonyms"], second.after["synonyms"]) == (0, 1, 0)
    assert first.after["user_words_hash"] == second.after["user_words_hash"]
    assert second.before["synonyms_hash"] == first.after["synonyms_hash"] != second.after["synonyms_hash"]
    assert "분수" not in str((first.after, second.before))
    assert "햇빛" not in str((first.after, second.before))


@pytest.mark.parametrize("role", ["citizen", "admin", "officer"])
def test_only_analysts_change_them(make, role):
    with pytest.raises(Forbidden):
        change(make.campaign(), getattr(make, role)(), "햇빛발전")


@pytest.mark.parametrize("seen", [0, 2, -1])
def test_a_page_that_is_out_of_date_changes_nothing(make, seen):
    campaign, analyst = make.campaign(), make.analyst()
    change(campaign, analyst, "햇빛발전")
    with pytest.raises(WrongState):
        change(campaign, analyst, "다른말", seen=seen)
    assert db.session.get_one(CampaignWords, campaign.id).user_words == "햇빛발전"


@pytest.mark.parametrize("seen", [0, 1])
def test_of_two_who_save_at_once_one_is_told(app, make, seen):
    campaign, analyst = make.campaign(), make.analyst()
    if seen:
        change(campaign, analyst, "햇빛발전")
    campaign_id, analyst_id = campaign.id, analyst.id

    def save(word):
        def act():
            account = type(analyst)
            change(db.session.get_one(Campaign, campaign_id), db.session.get_one(account, analyst_id), word, seen=seen)

        return act

    results = at_once(app, [save("하나말"), save("둘째말")])
    assert sorted(type(result) for result in results if result) == [WrongState]
    words = db.session.get_one(CampaignWords, campaign_id)
    assert (words.version, words.user_words) == (seen + 1, ("하나말", "둘째말")[results.index(None)])


def test_the_faults_of_both_lists_are_said_at_once(make):
    with pytest.raises(InvalidInput) as refused:
        change(make.campaign(), make.analyst(), "제안", "혼자")
    assert set(refused.value.errors) == {"user_words", "synonyms"}


@pytest.mark.parametrize(
    "values",
    [
        {"user_words": "가" * 10_001, "version": 1},
        {"synonyms": "가" * 10_001, "version": 1},
        {"synonyms": "", "version": 0},
    ],
)
def test_the_database_refuses_a_book_and_a_version_of_zero(make, values):
    db.session.add(CampaignWords(campaign_id=make.campaign().id, **values))
    with pytest.raises(sa.exc.IntegrityError):
        db.session.flush()
    db.session.rollback()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("혼자", "2~12개"),
        (", ,", "2~12개"),
        ("같은, 같 은", "2~12개"),
        (", ".join(f"낱말{n}" for n in range(13)), "2~12개"),
        ("가방, 배낭\n책가방, 배낭", "‘배낭’이 두 줄에"),
        ("가방, <script>", "글자나 숫자"),
        ("가방, !!", "글자나 숫자"),
        ("가방, " + "긴" * 31, "글자나 숫자"),
        ("\n".join(f"가{n}, 나{n}" for n in range(MAX_GROUPS + 1)), "200줄까지"),
        ("가" * 10_001, "10,000자"),
        ("900101-1234567, 가방", "주민등록번호"),
    ],
)
def test_what_are_no_synonyms_is_refused_in_words(app, words, said):
    with pytest.raises(InvalidInput, match=said):
        parse_groups(words)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("햇빛발전\n제안", "‘제안’은 거의 모든 제안에"),
        ("도", "‘도’는 한 글자"),
        ("공매 도", "띄어 쓰지 말고"),
        ("제안, 도", "빼 주세요. ‘도’는 한 글자"),
        ("<script>", "한글, 영문, 숫자로만"),
        ("긴" * 31, "30자까지"),
        ("공매도\n햇빛발전\n공매도", "‘공매도’가 두 번"),
        ("EV, ev", "‘EV’가 두 번"),
        ("\n".join(f"말{n}" for n in range(MAX_USER_WORDS + 1)), "500개까지 쓸 수 있어요. 지금 501개"),
        ("가" * 10_001, "10,000자"),
        ("900101-1234567", "주민등록번호"),
    ],
)
def test_what_are_no_user_words_is_refused_in_words(app, words, said):
    with pytest.raises(InvalidInput, match=said):
        parse_user_words(words)


def test_case_spaces_and_blank_lines_do_not_matter(app):
    assert parse_groups(" EV ,  전기 차\n\n\n바닥분수、물놀이터 ") == (("EV", "전기 차"), ("바닥분수", "물놀이터"))
    assert parse_user_words(" 햇빛발전 ,  EV\n\n\n1기신도시、") == ("햇빛발전", "EV", "1기신도시")
    assert parse_groups("") == parse_user_words(" \n") == ()
