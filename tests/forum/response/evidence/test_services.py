"""What came of a theme stands on its page, goes into further letters, and is shown where people write anew."""

from __future__ import annotations

import io
from html import unescape

import pytest
import sqlalchemy as sa
from pypdf import PdfReader
from sqlalchemy.exc import DatabaseError

from forum.administration.operations.checks import recorded_rows
from forum.administration.operations.evidence import letter_evidence
from forum.administration.operations.queries import recount
from forum.analysis.themes.models import ThemeState
from forum.core import clock
from forum.core.extensions import db
from forum.core.reference import Sector
from forum.response.evidence.models import LetterEvidence
from forum.response.evidence.queries import earlier_results, evidence_of_theme, evidence_of_themes, similar_results
from forum.response.pilots.models import PilotDecision, PilotState
from forum.response.referrals.letter_pdf import letter_pdf
from forum.response.referrals.services import forward_theme
from forum.system.audit.models import AuditEntry
from forum.system.audit.services import record_baseline
from forum.voice.campaigns.models import CampaignKind
from tests.factories import SCRIPT
from tests.unguarded import unguarded


@pytest.fixture
def tried(make):
    """A theme with one of two promises kept, four ratings of it, and pledges of four people with check-ins."""
    campaign = make.campaign()
    ideas = [make.idea(campaign, sector=Sector.TRANSPORT)]
    theme = make.theme(campaign, ideas, state=ThemeState.APPROVED, title=f"걷기 좋은 길 {SCRIPT}")
    answer = make.answer(make.referral(theme))
    done = make.milestone(answer, percent_done=100, is_closed=True, finished_on=clock.today())
    make.milestone(answer, title="다른 일", percent_done=100, is_closed=True, finished_on=clock.today())
    theme.rounds = make.rating_round(done)
    for _n in range(4):
        make.rating(theme.rounds)
        make.check_in(make.pledge(theme))
    db.session.commit()
    return theme


def everybody_joins(make, theme):
    make.rating(theme.rounds)
    make.check_in(make.pledge(theme))
    db.session.commit()


def test_it_says_no_more_than_happened_and_hides_four_people(make, tried):
    assert evidence_of_theme(make.theme().id) == ()
    [only] = evidence_of_theme(tried.id)
    assert only.words.startswith("부처가 약속한 2가지 가운데 2가지를 마쳤다고 알렸어요.")
    assert "점수는" not in only.words
    everybody_joins(make, tried)
    sides, pledges = evidence_of_theme(tried.id)
    assert "10점 가운데 3점이에요" in sides.words
    assert "로는 10점이라 차이가 커요" in sides.words
    assert pledges.words == "실천을 약속한 사람: 나 5명. 기록 5번 가운데 5번은 했거나 조금 했어요."
    assert {one.path for one in (sides, pledges)} == {f"/themes/{tried.id}"}


def test_a_pilot_is_told_once_it_is_measured(make):
    letter = make.short_answer().referral
    make.walked_pilot(letter, PilotState.PLANNED)
    assert evidence_of_theme(letter.theme_id) == ()
    pilot = make.walked_pilot(make.short_answer().referral, PilotState.DECIDED, PilotDecision.SPREAD)
    [line] = evidence_of_theme(pilot.referral.theme_id)
    assert "40%에서 70%" in line.words
    assert "다른 까닭이 섞였을 수 있어요" in line.words
    assert line.path == f"/pilots/{pilot.id}"


def test_a_further_letter_takes_it_along_as_it_is_and_keeps_it(app, client, make, tried):
    record_baseline()
    analyst, ministry, other = make.analyst(), make.ministry(), make.theme(state=ThemeState.APPROVED)
    bare = forward_theme(other, analyst, ministry, version=other.version)
    assert db.session.get(LetterEvidence, bare.id) is None
    letter = forward_theme(tried, analyst, ministry, version=tried.version)
    db.session.commit()
    before = [dict(one) for one in db.session.get_one(LetterEvidence, letter.id).content]
    everybody_joins(make, tried)
    assert db.session.get_one(LetterEvidence, letter.id).content == before
    assert len(evidence_of_theme(tried.id)) == 2
    entry = db.session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "evidence.enclose")).one()
    assert "마쳤다고" not in str(entry.after)
    client.login(make.officer(ministry))
    page = unescape(client.get(f"/referrals/{letter.id}").get_data(as_text=True))
    assert "부처가 약속한 2가지 가운데" in page
    pdf = PdfReader(io.BytesIO(letter_pdf(letter, with_withdrawn=False)))
    assert "해 본 결과" in "".join(one.extract_text() for one in pdf.pages)
    theme_page = client.get(f"/themes/{tried.id}").get_data(as_text=True)
    assert "실천을 약속한 사람" in theme_page
    assert SCRIPT not in theme_page
    assert (letter_evidence().n_checked, letter_evidence().differences) == (1, [])
    assert letter_evidence().name in {finding.name for finding in recount()}
    assert against_the_audit() == []
    letter_id = letter.id
    for change in ("UPDATE letter_evidence SET content = '[]'", "DELETE FROM letter_evidence"):
        with pytest.raises(DatabaseError, match="stays"):
            db.session.execute(sa.text(change))
        db.session.rollback()
    with unguarded("letter_evidence") as connection:
        connection.exec_driver_sql("""UPDATE letter_evidence SET content = '[{"words": "", "path": "//evil"}]'""")
    assert [f"{letter_id}번" in line for line in letter_evidence().differences] == [True]
    assert len(against_the_audit()) == 1


def against_the_audit() -> list[str]:
    found = {finding.name: finding.differences for finding in recorded_rows()}
    return next(lines for name, lines in found.items() if "(letter_evidence)" in name)


def like(make, theme, sector=Sector.TRANSPORT, **values):
    """A later campaign with a theme that goes out next."""
    campaign = make.campaign(**({"created_at": clock.now()} | values))
    return make.theme(campaign, [make.idea(campaign, sector=sector)], state=ThemeState.APPROVED)


def test_results_of_similar_themes_go_along_only_if_they_are_on_offer_and_ticked(client, make, tried):
    ministry, analyst = make.ministry(), make.analyst()
    here = like(make, tried)
    assert [one.theme.id for one in similar_results(here)] == [tried.id]
    for different in (
        like(make, tried, Sector.WASTE),
        like(make, tried, is_sample=True),
        like(make, tried, kind=CampaignKind.EVERYDAY),
    ):
        assert similar_results(different) == []
    client.login(analyst)
    path = f"/themes/{here.id}/forward"
    page = client.get(path).get_data(as_text=True)
    assert f'name="similar" value="{tried.id}"' in page
    assert SCRIPT not in page
    typed = {"lead": ministry.code, "letter": "정성껏 쓴 글", "version": str(here.version)}
    for odd in ("99999", "x", str(here.id)):
        refused = client.post(path, data=typed | {"similar": odd})
        assert refused.status_code == 400, odd
        assert "정성껏 쓴 글" in refused.get_data(as_text=True)
    assert client.post(path, data=typed | {"similar": [str(tried.id), str(tried.id)]}).status_code == 303
    [line] = db.session.scalars(sa.select(LetterEvidence.content)).one()
    assert line["words"].startswith("비슷한 주제 ‘걷기 좋은 길")
    assert line["path"] == f"/themes/{tried.id}"


def test_where_people_write_three_earlier_themes_are_shown_folded(app, client, make, tried, count_queries):
    now = like(make, tried).campaign
    assert [one.theme.id for one in earlier_results(now)] == [tried.id]
    assert earlier_results(tried.campaign) == []
    assert earlier_results(like(make, tried, is_sample=True).campaign) == []
    path = f"/c/{now.slug}/ideas/new"
    page = client.get(path).get_data(as_text=True)
    assert "지난번에 이렇게 되었어요" in page
    assert page.index("earlier-results") < page.index("<form method")
    assert SCRIPT not in page
    one = count_queries(lambda: client.get(path))
    for n in range(4):
        theme = make.theme(tried.campaign, state=ThemeState.APPROVED, title=f"더 한 일 {n}")
        make.milestone(make.answer(make.referral(theme)), percent_done=100, is_closed=True, finished_on=clock.today())
    db.session.commit()
    assert count_queries(lambda: client.get(path)) == one
    assert len(earlier_results(now)) == 3
    ids = [found.theme.id for found in earlier_results(now)]
    assert count_queries(lambda: evidence_of_themes(ids)) == count_queries(lambda: evidence_of_theme(ids[0]))
    app.config["VISITOR_CACHE_SECONDS"] = 60
    client.get(path)
    kept = count_queries(lambda: client.get(path))
    app.config["VISITOR_CACHE_SECONDS"] = 0
    assert kept == one - 6
    new = like(make, tried, kind=CampaignKind.EVERYDAY).campaign
    pilot = make.walked_pilot(
        make.short_answer(referral=make.referral(like(make, tried, kind=CampaignKind.EVERYDAY))).referral,
        PilotState.RUNNING,
    )
    assert [found.theme.id for found in earlier_results(pilot.referral.theme.campaign)] == [pilot.referral.theme_id]
    assert earlier_results(new) == []
