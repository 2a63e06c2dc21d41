"""A promise kept together, through HTTP with real forms and CSRF on: both sides say whether it was done.

From a proposer's idea over the ministry's interim answer and its two steps to what people say of them, what a person
and a class pledge, and a second letter that carries the results. At the end each number is counted once more.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from forum.administration.operations.checks import recorded_rows
from forum.administration.operations.queries import recount
from forum.analysis.themes.models import Theme
from forum.core import clock
from forum.core.extensions import db
from forum.response.delivery.models import MilestoneRating, RatingRound, RoundEnd
from forum.response.pledges.models import CheckIn
from forum.response.referrals.models import Milestone
from forum.voice.ideas.models import Idea
from tests.test_thread_end_to_end import Person
from tests.test_thread_end_to_end import with_csrf as with_csrf  # a fixture

STEPS = ("마을버스 시간표 고치기", "정류장에 그늘 만들기")
HELPS = (3, 4, 2, 5, 4)
HOPED = 9


def test_a_promise_is_kept_together_and_both_sides_say_so(app, make, new_client: Callable[[], Any], work, with_csrf):
    campaign = make.campaign(slug="together", title="시험 포럼")
    ministry, other = make.ministry(name="시험교통부", code="BUS"), make.ministry(name="시험도시부", code="CITY")
    people = [Person(new_client().login(make.citizen())) for _n in range(6)]
    proposer, supporters, stranger = people[0], people[1:5], people[5]
    analyst, visitor = Person(new_client().login(make.analyst())), Person(new_client())
    officer, approver = (Person(new_client().login(one(ministry))) for one in (make.officer, make.approver))
    receiver = Person(new_client().login(make.officer(other)))

    # One proposes, four support it, and an analyst approves the theme and sends it off.
    words = {"title": "마을버스를 더 자주", "body": "학교 마치는 시간에 맞춰 주세요.", "region_code": "11"}
    idea = proposer.send("/c/together/ideas/new", **words, sector="TRANSPORT")
    for person in supporters:
        person.send(idea, f"{idea}/vote", value="agree")
    theme = f"/themes/{theme_of(make, campaign, idea)}"
    analyst.send(f"/desk{theme}", f"/desk{theme}/decision", decision="APPROVED", reason="뜻이 모였습니다")
    letter = analyst.send(f"{theme}/forward", lead="BUS", letter="살펴 주세요.")

    # The ministry says where it stands, and later promises two steps. Nothing is done yet: nobody may rate.
    officer.send(letter, f"{letter}/acknowledge")
    officer.send(f"{letter}/interim", text="노선마다 타는 사람을 세고 있습니다.", expected_on=in_days(7))
    for person, page in ((visitor, letter), (visitor, theme), (proposer, "/notices")):
        assert "중간 답변" in person.read(page).get_text(), page
    promised = {
        f"milestones-{n}-{name}": value
        for n, title in enumerate(STEPS)
        for name, value in (("title", title), ("due_on", in_days(30)))
    }
    draft = officer.send(f"{letter}/answer", decision="ACCEPTED", reason="두 가지를 하겠습니다.", **promised)
    officer.send(draft, f"{draft}/submit")
    approver.send(draft, f"{draft}/approve", has_read="y")
    first, second = (f"/milestones/{number_of(title)}" for title in STEPS)
    assert refused(proposer, f"{first}/rating", happened="YES", helps="9") == 409

    # One step is marked done. Those who took part are asked, and say that it hardly helps.
    officer.send(first, percent_done="100", note="시간표를 고쳤습니다.")
    work()
    for person in (proposer, *supporters):
        assert f"‘{STEPS[0]}’, 됐나요?" in person.read("/notices").get_text()
    assert "됐나요?" not in stranger.read("/notices").get_text()
    rating = f"{first}/rating"
    assert refused(stranger, rating, happened="YES", helps="10", **shown_by(proposer, rating)) == 403
    assert refused(officer, rating, happened="YES", helps="10", **shown_by(proposer, rating)) == 403
    assert refused(proposer, rating, happened="YES", helps="1000000000", **shown_by(proposer, rating)) == 400
    for person, helps in zip((proposer, *supporters), HELPS, strict=True):
        assert "차이가 커요" not in visitor.read(rating).get_text(), "fewer than five people are not shown"
        person.send(rating, happened="PARTLY", helps=str(helps), comment=f"{helps}점만큼 나아졌어요.")
    assert refused(proposer, rating, happened="NO", helps="0", round_id=round_of(first), seen_revision="0") == 409
    assert db.session.query(MilestoneRating).count() == len(HELPS), "each person once"
    for page in (rating, letter):
        assert "차이가 커요" in visitor.read(page).get_text(" "), page
    assert "차이가 커요" not in visitor.read(theme).get_text(" "), "one of two steps is done: 5.0 beside 3.6"
    said = visitor.read(rating).get_text(" ")
    assert f"{sum(HELPS) / len(HELPS):.1f}" in said
    assert "3점만큼 나아졌어요." in said

    # The ministry says that it is not done after all, and later that it is: people are asked anew.
    seen = shown_by(proposer, rating)
    officer.send(first, percent_done="60", note="저녁 시간표가 빠져 다시 고칩니다.")
    assert refused(proposer, rating, happened="YES", helps="9", **seen) == 409
    assert "다시" in visitor.read(rating).get_text()
    officer.send(first, percent_done="100", note="저녁 시간표도 고쳤습니다.")
    assert refused(proposer, rating, happened="YES", helps="9", **seen) == 409, "the page showed the first round"
    officer.send(second, percent_done="100", note="그늘막을 세웠습니다.")
    work()
    ends = [(one.number, one.ended_because) for one in db.session.query(RatingRound).order_by(RatingRound.id)]
    assert ends == [(1, RoundEnd.REOPENED), (2, None), (1, None)]
    for person in (proposer, *supporters):
        person.send(rating, happened="YES", helps=str(HOPED))
        person.send(f"{second}/rating", happened="YES", helps=str(HOPED))
    assert "차이가 커요" not in visitor.read(letter).get_text(" ")
    officer.send(letter, f"{letter}/complete")

    # A person and a class pledge something beside it. Nobody pledges for a billion, and three people are not shown.
    new = f"{theme}/pledges/new"
    whole = {"item": "ride_transit", "rhythm": "WEEK", "starts_on": in_days(0), "goes_with": ""}
    own = supporters[0].send(new, **whole, made_by="PERSON")
    of_class = {"made_by": "CLASS", "group_name": "시험중학교 2학년 3반", "is_public": "y"}
    assert refused(supporters[1], new, **whole, **of_class, group_size="1000000000") == 400
    assert refused(officer, new, **whole, **of_class, group_size="24") == 403
    assert refused(supporters[1], new, **(whole | {"starts_on": in_days(-7)}), made_by="PERSON") == 400
    supporters[2].send(new, **whole, **(of_class | {"group_name": "시험초등학교 방과후 모둠"}), group_size="3")
    assert "3명" not in beside(visitor, theme)
    pledge = supporters[1].send(new, **whole, **of_class, group_size="24")
    assert supporters[1].send(new, **whole, **of_class, group_size="24") == pledge, "a second press"
    assert visitor.client.get(own).status_code == 404, "private"
    assert "시험중학교 2학년 3반" in beside(visitor, theme)

    # Both say how the week went: for this week only, and no more of the class than it has.
    supporters[0].send(own, f"{own}/check-in", outcome="SOME")
    supporters[0].send(own, f"{own}/check-in", outcome="DONE")
    last_week = (clock.today() - timedelta(days=clock.today().weekday() + 7)).isoformat()
    said = {"outcome": "DONE", "n_kept": "20", "seen_outcome": ""}
    assert refused(supporters[1], f"{pledge}/check-in", **said, seen_period=last_week) == 409
    supporters[1].send(pledge, f"{pledge}/check-in", outcome="DONE", n_kept="25", expect=400)
    supporters[1].send(pledge, f"{pledge}/check-in", outcome="DONE", n_kept="20")
    assert refused(stranger, f"{pledge}/check-in", **said, seen_period=in_days(0)) == 404
    assert [(one.outcome.name, one.n_kept) for one in db.session.query(CheckIn).order_by(CheckIn.pledge_id)] == [
        ("DONE", None),
        ("DONE", 20),
    ]
    assert pledge in {link["href"] for link in supporters[1].read("/mine/pledges").select("a[href]")}

    # A second letter, to another ministry, carries what came of it.
    sent = analyst.send(f"{theme}/forward", lead="CITY", letter="이 결과를 보고 함께 살펴 주세요.")
    told = receiver.read(sent).get_text(" ")
    for page, said in ((sent, told), (theme, visitor.read(theme).get_text(" "))):
        assert "해 본 결과" in said, page
        assert f"{HOPED}점" in said, page
    assert "해 본 결과" not in visitor.read(sent).get_text(" "), "the letter is shown with its answer"

    # Both ideas are arguments that became a commitment, and a kept one. Every number is counted once more.
    counted = "서로 다른 의견 2가지 가운데 2가지(100.0%)가 날짜를 정한 약속이 되었고, 2가지(100.0%)는 지켜졌어요."
    assert counted in visitor.read("/c/together/outcomes").get_text(" ")
    work()
    assert [line for finding in [*recount(), *recorded_rows()] for line in finding.differences] == []


def theme_of(make: Any, campaign: Any, idea: str) -> int:
    """Make a draft theme of an idea and another one, as the analysis finds it."""
    own = db.session.get_one(Idea, number(idea))
    run, ideas = make.run(campaign, []), [own, make.idea(campaign)]
    found: Theme = make.theme(campaign, ideas, title="자주 오는 마을버스", summary=f"[#{own.id}]", run_id=run.id)
    make.vouch()
    db.session.commit()
    return found.id


def beside(person: Person, theme: str) -> str:
    """Return what a theme's page says of the promises on both sides."""
    [shown] = person.read(theme).select(".both-keep")
    return shown.get_text(" ")


def refused(person: Person, action: str, **values: Any) -> int:
    """Post what no form on a page of theirs would send, with a token of theirs, and return how that was answered."""
    token = person.read("/notices").select_one("input[name=csrf_token]")["value"]
    return int(person.client.post(action, data={"csrf_token": token, **values}).status_code)


def shown_by(person: Person, rating: str) -> dict[str, str]:
    """Return what the form of a rating carries."""
    fields = person.read(rating).select("main form input[type=hidden]")
    return {str(one["name"]): str(one["value"]) for one in fields if one["name"] in {"round_id", "seen_revision"}}


def round_of(milestone: str) -> str:
    found = db.session.query(RatingRound).filter_by(milestone_id=number(milestone), ended_at=None).one()
    return str(found.id)


def number(path: str) -> int:
    return int(path.rsplit("/", 1)[1])


def number_of(title: str) -> int:
    return db.session.query(Milestone).filter_by(title=title).one().id


def in_days(n: int) -> str:
    return (clock.today() + timedelta(days=n)).isoformat()
