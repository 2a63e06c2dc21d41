from __future__ import annotations

from forum.analysis.themes.models import ThemeState
from forum.core import clock
from forum.core.extensions import db
from forum.publication.outcomes.recent import recent_shares
from forum.publication.outcomes.shares import KeptAsRated, OutcomeShares
from forum.publication.outcomes.words import outcome_sentence, percent, rated_sentence
from forum.response.referrals.models import Decision
from forum.web import recent


def test_pages_show_the_figure_and_what_it_counts(make, client, app, count_queries, monkeypatch):
    sample, real = make.campaign(is_sample=True), make.campaign()
    idea, other = make.idea(real), make.idea(real)
    make.idea(sample)
    letter = make.referral(make.theme(real, [idea], state=ThemeState.APPROVED))
    assert "약속이 된 의견은 아직 없어요" in client.get(f"/c/{real.slug}/outcomes").text
    done = {"is_closed": True, "percent_done": 100, "finished_on": clock.today()}
    make.milestone(make.answer(letter, decision=Decision.ACCEPTED), **done)
    make.milestone(
        make.answer(make.referral(make.theme(real, [other], state=ThemeState.APPROVED))), title="내년에 할 일"
    )
    db.session.commit()
    page = client.get(f"/c/{real.slug}/outcomes").text
    assert "의견 2가지 가운데 2가지(100.0%)가 날짜를 정한 약속이 되었고, 1가지(50.0%)는 지켜졌어요." in page
    assert "시범 학교 열 곳 고르기" in page
    assert "내년에 할 일" not in page
    assert "<script>" not in page.split("<main", 1)[1].split("</main>")[0]
    assert "내년에 할 일" in client.get(f"/c/{real.slug}/outcomes?only=committed").text
    assert client.get(f"/c/{real.slug}/outcomes?page=9").status_code == 404
    whole = client.get("/outcomes").text
    assert whole.index("모든 포럼") < whole.index("지어낸 것이라 따로 셌어요")
    assert "의견 2가지" in whole
    assert "의견 3가지" not in whole
    for path in ("/", f"/c/{real.slug}", f"/c/{real.slug}/referrals"):
        assert "1가지(50.0%)는 지켜졌어요." in client.get(path).text
    app.config["VISITOR_CACHE_SECONDS"] = 5
    try:
        ids = [real.id]
        recent_shares(ids)
        assert count_queries(lambda: recent_shares(ids)) == 0
        monkeypatch.setattr(recent, "KEPT_SECONDS", -1)
        assert count_queries(lambda: recent_shares(ids)) == 2
    finally:
        app.config["VISITOR_CACHE_SECONDS"] = 0
        app.extensions.pop("forum_recent", None)


def test_words_say_no_more_than_was_counted():
    assert outcome_sentence(OutcomeShares()) == ""
    assert "지켜진 의견은 아직 없어요" in outcome_sentence(OutcomeShares(10, 1, 0, 30, 5, 0))
    assert (percent(None), percent(0), percent(0.0001), percent(0.9999), percent(1)) == (
        "–",
        "0.0%",
        "0.1%",
        "99.9%",
        "100.0%",
    )
    assert "2점 넘게 달라요" in rated_sentence(KeptAsRated(3, 1))
