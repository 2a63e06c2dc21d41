from __future__ import annotations

import pytest
import sqlalchemy as sa

from forum.analysis.themes.models import ThemeState
from forum.core.access import ANONYMOUS, SYSTEM, Role
from forum.core.errors import Forbidden, InvalidInput, NotFound, WrongState
from forum.core.extensions import db
from forum.people.accounts.models import Account
from forum.response.datafiles.access import register_grant
from forum.response.dataneeds.deciding import reopen_need, settle_need
from forum.response.dataneeds.models import NeedState
from forum.response.dataneeds.subjects import of_thing
from forum.response.datasets.models import DatasetState, Sensitivity
from forum.response.datauses.charting import TypedChart
from forum.response.datauses.deciding import publish_use, return_use, settle_with
from forum.response.datauses.models import DataUse, UseState, WrittenAs
from forum.response.datauses.queries import get_use, own_uses, uses_of_need, uses_page, waiting_uses
from forum.response.datauses.services import UseWords, change_use, withdraw_use, write_use
from forum.system.audit.models import AuditEntry
from forum.system.notices.models import Notice, OutboxMail
from forum.system.texts.limits import TooManyTexts
from forum.voice.ideas.models import IdeaState

CHART = TypedChart("1m²에 쓴 전기", "kWh", "병원, 17.8\n학교, 5")
WORDS = UseWords("병원이 가장 많이 써요", "유형마다 나누어 보았어요.", "", "https://example.org/code", CHART)


@pytest.fixture
def offered(make):
    """Make a dataset that is offered."""
    return lambda kind=Sensitivity.OPEN, holder=None: make.dataset(holder, state=DatasetState.OFFERED, sensitivity=kind)


def told(account: Account) -> list[str]:
    return list(db.session.scalars(sa.select(Notice.text).where(Notice.account_id == account.id).order_by(Notice.id)))


def actions() -> list[str]:
    query = sa.select(AuditEntry.action).where(AuditEntry.action.like("data_uses.%")).order_by(AuditEntry.id)
    return list(db.session.scalars(query))


@pytest.mark.parametrize("kind", ["idea", "theme", "referral", "task"])
def test_what_open_data_showed_is_public_at_once_on_four_kinds_of_things(make, offered, kind):
    thing = make.theme(state=ThemeState.APPROVED) if kind == "theme" else getattr(make, kind)()
    dataset, author = offered(), make.citizen()
    use = write_use(of_thing(thing), author, WORDS, [dataset.id])
    assert (use.state, use.written_as, use.needs_check) == (UseState.PUBLISHED, WrittenAs.PERSON, False)
    assert (use.chart_rows, use.datasets) == ([["병원", 17.8], ["학교", 5]], [dataset])
    assert write_use(of_thing(thing), author, WORDS, [dataset.id]) is use
    assert (uses_page(None, 1, 20), uses_page(use.campaign_id + 1, 1, 20)) == ([use], [])
    assert actions() == []


@pytest.mark.parametrize("role", [Role.MINISTRY_OFFICER, Role.ADMIN])
def test_staff_writes_for_a_holder_alone(make, offered, role):
    actor, dataset, idea = make.account(role), offered(), make.idea()
    with pytest.raises(Forbidden):
        write_use(of_thing(idea), actor, WORDS, [dataset.id])
    make.data_steward(dataset.holder, actor)
    assert write_use(of_thing(idea), actor, WORDS, [dataset.id]).written_as is WrittenAs.HOLDER
    assert actions() == ["data_uses.write"]


def test_neither_visitors_nor_guests_nor_children_who_wait_write(make, offered):
    idea, dataset = make.idea(), offered()
    for actor in (ANONYMOUS, SYSTEM, make.child(), make.citizen(confirmed=False)):
        with pytest.raises(Forbidden):
            write_use(of_thing(idea), actor, WORDS, [dataset.id])
    assert write_use(of_thing(idea), make.account(Role.COUNCIL_MEMBER), WORDS, [dataset.id])
    assert write_use(of_thing(idea), make.analyst(), WORDS, [dataset.id]).written_as is WrittenAs.ANALYST


def test_what_is_not_shown_takes_no_uses_and_hides_those_it_has(make, offered):
    idea, dataset, author = make.idea(), offered(), make.citizen()
    use, need = make.data_use(idea), make.data_need()
    idea.state, need.state = IdeaState.HIDDEN, NeedState.WITHDRAWN
    db.session.flush()
    with pytest.raises(WrongState):
        write_use(of_thing(idea), author, WORDS, [dataset.id])
    with pytest.raises(WrongState):
        write_use(of_thing(need.idea), author, WORDS, [dataset.id], need)
    with pytest.raises(NotFound):
        get_use(use.id, author)
    assert (get_use(use.id, make.analyst()), uses_page(None, 1, 20)) == (use, [])


def test_the_datasets_are_one_to_five_that_were_offered(make, offered):
    idea = make.idea()
    talked_about, many = make.dataset(), [offered().id for _n in range(6)]
    for ids in ([], many, [talked_about.id], [many[0], 2_000_000_000], [-1]):
        with pytest.raises(InvalidInput) as refused:
            write_use(of_thing(idea), make.citizen(), WORDS, ids)
        assert list(refused.value.errors) == ["datasets"]
    assert len(write_use(of_thing(idea), make.citizen(), WORDS, many[:5]).datasets) == 5


def test_only_who_may_have_a_restricted_dataset_says_what_it_showed(make, offered):
    dataset, author, idea = offered(Sensitivity.RESTRICTED), make.citizen(), make.idea()
    make.data_file(dataset.versions[0])
    granted: set[int] = set()
    register_grant("test", lambda _file, actor: actor.id in granted)
    with pytest.raises(InvalidInput, match="승인받은"):
        write_use(of_thing(idea), author, WORDS, [dataset.id])
    granted.add(author.id)
    use = write_use(of_thing(idea), author, WORDS, [dataset.id])
    granted.clear()
    change_use(use, author, WORDS, [dataset.id], seen=1)
    assert (use.state, use.revision) == (UseState.WAITING, 2)


def test_what_other_data_showed_waits_for_a_check_by_another(make, offered):
    steward = make.data_steward()
    dataset, author, follower = offered(Sensitivity.AGGREGATE, steward.holder), make.citizen(), make.citizen()
    need = make.data_need()
    make.need_join(need, follower)
    use = write_use(of_thing(need.idea), author, WORDS, [dataset.id, offered().id], need)
    assert (use.state, use.needs_check, uses_page(None, 1, 20)) == (UseState.WAITING, True, [])
    assert (len(told(steward.account)), told(author), told(follower)) == (1, [], [])
    other = make.data_steward().account
    for stranger in (author, other, make.citizen(), make.account(Role.MINISTRY_OFFICER), SYSTEM):
        with pytest.raises(Forbidden):
            publish_use(use, stranger, seen=1)
    with pytest.raises(NotFound):
        get_use(use.id, other)
    assert (waiting_uses(other), waiting_uses(steward.account), waiting_uses(make.analyst())) == ([], [use], [use])
    assert get_use(use.id, steward.account) is use
    with pytest.raises(WrongState):
        publish_use(use, steward.account, seen=7)
    publish_use(use, steward.account, seen=1)
    assert (use.state, uses_page(None, 1, 20)) == (UseState.PUBLISHED, [use])
    assert (len(told(author)), len(told(follower)), len(told(need.author.account))) == (1, 1, 1)
    mail = db.session.scalars(sa.select(OutboxMail)).one()
    assert (mail.recipient, WORDS.title in mail.body) == (author.email, False)
    with pytest.raises(WrongState):
        publish_use(use, steward.account, seen=2)
    assert actions() == ["data_uses.publish"]


def test_a_steward_of_one_holder_does_not_check_the_data_of_another(make, offered):
    steward = make.data_steward()
    both = [offered(Sensitivity.AGGREGATE, steward.holder).id, offered(Sensitivity.AGGREGATE).id]
    use = write_use(of_thing(make.idea()), make.citizen(), WORDS, both)
    with pytest.raises(Forbidden):
        publish_use(use, steward.account, seen=1)
    publish_use(use, make.analyst(), seen=1)


def test_it_is_returned_corrected_published_and_called_back(make, offered):
    analyst, author, dataset = make.analyst(), make.citizen(), offered(Sensitivity.AGGREGATE)
    use = write_use(of_thing(make.idea()), author, WORDS, [dataset.id])
    with pytest.raises(InvalidInput):
        return_use(use, analyst, " ", seen=1)
    return_use(use, analyst, "칸 하나가 세 사람이에요. 010-1234-5678", seen=1)
    assert (use.state, "010-1234" in use.reason, len(told(author))) == (UseState.RETURNED, False, 1)
    with pytest.raises(WrongState):
        publish_use(use, analyst, seen=2)
    change_use(use, author, UseWords("고친 것", "다시 묶었어요."), [dataset.id], seen=2)
    assert (use.state, use.reason, use.chart_rows, use.corrected_at) == (UseState.WAITING, "", [], None)
    publish_use(use, analyst, seen=3)
    change_use(use, author, WORDS, [dataset.id], seen=4)
    assert (use.state, use.corrected_at is not None, uses_page(None, 1, 20)) == (UseState.WAITING, True, [])
    publish_use(use, analyst, seen=5)
    return_use(use, analyst, "다시 보니 알아볼 수 있어요.", seen=6)
    assert (use.state, uses_page(None, 1, 20)) == (UseState.RETURNED, [])
    withdraw_use(use, author, seen=7)
    expected = ["return", "change", "publish", "change", "publish", "return", "withdraw"]
    assert actions() == [f"data_uses.{one}" for one in expected]


def test_what_open_data_showed_is_corrected_in_the_open_and_never_returned(make, offered):
    author, dataset = make.citizen(), offered()
    use = write_use(of_thing(make.idea()), author, WORDS, [dataset.id])
    with pytest.raises(WrongState):
        change_use(use, author, WORDS, [dataset.id], seen=2)
    with pytest.raises(Forbidden):
        change_use(use, make.citizen(), WORDS, [dataset.id], seen=1)
    change_use(use, author, UseWords("고친 것", "다시 셌어요."), [dataset.id], seen=1)
    assert (use.state, use.corrected_at is not None) == (UseState.PUBLISHED, True)
    with pytest.raises(WrongState):
        return_use(use, make.analyst(), "까닭", seen=2)
    dataset.sensitivity = Sensitivity.AGGREGATE
    change_use(use, author, WORDS, [dataset.id], seen=2)
    assert use.state is UseState.WAITING
    withdraw_use(use, author, seen=3)
    with pytest.raises(WrongState):
        withdraw_use(use, author, seen=4)
    assert (own_uses(author.participant.id), get_use(use.id, author)) == ([use], use)


def test_nothing_of_a_child_whose_consent_was_revoked_is_published(make):
    child = make.child(waits_for_consent=False)
    use = make.data_use(author=child, state=UseState.WAITING)
    child.waits_for_consent = True
    db.session.flush()
    with pytest.raises(WrongState):
        publish_use(use, make.analyst(), seen=1)
    with pytest.raises(Forbidden):
        withdraw_use(use, child, seen=1)


def test_a_hidden_use_is_neither_published_nor_changed(make):
    author = make.citizen()
    use = make.data_use(author=author, state=UseState.WAITING, is_hidden=True)
    with pytest.raises(WrongState):
        publish_use(use, make.analyst(), seen=1)
    with pytest.raises(WrongState):
        withdraw_use(use, author, seen=1)


def test_an_analyst_settles_a_need_with_it_until_it_is_opened_again(make, offered):
    analyst, dataset, need = make.analyst(), offered(), make.data_need()
    make.need_offer(need, dataset)
    first, use = (write_use(of_thing(need.idea), make.citizen(), WORDS, [dataset.id], need) for _n in range(2))
    loose = make.data_use(need.idea)
    with pytest.raises(WrongState):
        settle_with(loose, analyst, "풀렸어요", seen=1, seen_need=need.revision)
    with pytest.raises(WrongState):
        settle_with(use, analyst, "풀렸어요", seen=1, seen_need=99)
    with pytest.raises(Forbidden):
        settle_with(use, use.author.account, "풀렸어요", seen=1, seen_need=need.revision)
    settle_with(first, analyst, "풀렸어요", seen=1, seen_need=need.revision)
    assert (need.state, first.settles_need, use.settles_need) == (NeedState.SETTLED, True, False)
    assert uses_of_need(need) == [first, use]
    reopen_need(need, analyst, seen=need.revision)
    settle_need(need, analyst, "다른 것으로 풀렸어요", seen=need.revision)
    assert not first.settles_need
    assert "data_uses.settle" in actions()


BAD = {
    "title": UseWords("", "알게 된 것"),
    "finding": UseWords("제목", "가" * 1_501),
    "effect": UseWords("제목", "알게 된 것", "주민번호 900101-1234568"),
}


@pytest.mark.parametrize("field", BAD)
def test_words_are_checked(field):
    with pytest.raises(InvalidInput) as refused:
        BAD[field].checked()
    assert list(refused.value.errors) == [field]


ADDRESSES = [
    "http://example.org/code",
    "javascript:alert(1)",
    "data:text/html,<script>",
    "https://127.0.0.1/",
    "https://169.254.169.254/latest/meta-data",
    "https://1.0x7f/",
    "https://[::ffff:127.0.0.1]/",
    "https://2130706433/",
    "https://db.internal/",
    "https://printer.local./",
    "https://user:pass@example.org/",
    "https://example.org@10.0.0.1/",
    "https://exa mple.org/",
    "HTTPS://example.org/",
    "https://example.org/?tel=010-1234-5678",
    "//example.org/",
    "https://example.org/" + "a" * 500,
]


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_of_code_that_is_not_a_public_page_is_refused(address):
    with pytest.raises(InvalidInput) as refused:
        UseWords("제목", "알게 된 것", code_url=address).checked()
    assert list(refused.value.errors) == ["code_url"]


def test_an_address_of_a_public_page_stays_as_it_is():
    for address in ("", "https://github.com/example/code", "https://xn--3e0b707e.kr/a?b=c#d", "https://예시.한국/"):
        assert UseWords("제목", "알게 된 것", code_url=address).checked()["code_url"] == address


def test_personal_data_is_masked_and_kept_for_the_author(make, offered):
    words = UseWords("연락 010-1234-5678", "알게 된 것", "달라진 것 a@example.org")
    use = write_use(of_thing(make.idea()), make.citizen(), words, [offered().id])
    assert ("1234" in use.title, "example" in use.effect) == (False, False)
    assert (use.title_typed, use.finding_typed) == (words.title, None)


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_one_person_writes_so_many(make, offered, app):
    app.config["DATA_USE_LIMIT_PER_PERSON"] = "1 per minute"
    author, idea, dataset = make.citizen(), make.idea(), offered()
    write_use(of_thing(idea), author, WORDS, [dataset.id])
    with pytest.raises(TooManyTexts):
        write_use(of_thing(idea), author, WORDS, [dataset.id])
    assert db.session.scalar(sa.select(sa.func.count(DataUse.id))) == 1
