from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from forum.core import clock
from forum.core.access import SYSTEM
from forum.core.errors import Forbidden, InvalidInput, NotFound, WrongState
from forum.core.extensions import db
from forum.core.reference import Sector
from forum.response.datasets import services
from forum.response.datasets.editions import (
    Address,
    publish_version,
    set_addresses,
    set_dictionary,
    set_sample_rows,
    start_version,
)
from forum.response.datasets.holders import add_holder, add_steward, change_holder, end_steward, forget_steward
from forum.response.datasets.models import (
    DatasetColumn,
    DatasetState,
    DataSteward,
    FileFormat,
    HolderKind,
    Licence,
    Refresh,
    Sensitivity,
)
from forum.response.datasets.pasted import read_dictionary
from forum.response.datasets.queries import draft_version, steward_of
from forum.response.datasets.services import (
    Description,
    add_quality_note,
    change_dataset,
    move_dataset,
    propose_dataset,
)
from forum.system.audit.models import AuditEntry
from forum.system.notices.models import Notice
from tests.races import at_once, changed_meanwhile

DESCRIBED = Description(
    title="건물 유형별 전기 사용량",
    summary="건물 유형마다 한 달에 쓴 전기를 모았어요. 물음은 010-1234-5678",
    keywords="전기, 건물,전기",
    sector=Sector.BUILDING,
    row_means="건물 유형 하나의 한 달",
    region_code="",
    period_from=None,
    period_until=None,
    refresh=Refresh.MONTHLY,
    sensitivity=Sensitivity.OPEN,
    licence=Licence.CC_BY_4,
)
HOLDER = ("예시 전력", HolderKind.COMPANY, "https://power.example.org", "데이터팀", "data@power.example.org")
COLUMNS = "달,어느 달,날짜\n사용량,쓴 전기,수,kWh\n"


def steward_and_dataset(make, **values):
    steward = make.data_steward()
    return steward.account, make.dataset(steward.holder, **values)


def last_act():
    return db.session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()


def test_an_analyst_adds_and_changes_a_holder(make):
    analyst = make.analyst()
    holder = add_holder(analyst, *HOLDER)
    assert last_act().action == "datasets.add_holder"
    assert "예시 전력" not in str(last_act().after)
    for changed, field in (
        ({0: ""}, "name"),
        ({2: "http://power.example.org"}, "homepage"),
        ({2: "https://data@power.example.org/"}, "homepage"),
        ({3: ""}, "contact_office"),
        ({4: "no address"}, "contact_email"),
    ):
        with pytest.raises(InvalidInput) as refused:
            change_holder(holder, analyst, *(changed.get(n, one) for n, one in enumerate(HOLDER)), seen=1)
        assert set(refused.value.errors) == {field}
    with pytest.raises(InvalidInput, match="같은 이름"):
        add_holder(analyst, *HOLDER)
    change_holder(holder, analyst, "예시 전력 공사", *HOLDER[1:], seen=1)
    with pytest.raises(WrongState):
        change_holder(holder, analyst, *HOLDER, seen=1)
    with pytest.raises(Forbidden):
        add_holder(make.citizen(), *HOLDER)


def test_stewards_are_confirmed_accounts_and_keep_their_role(make):
    analyst, holder, account = make.analyst(), make.data_holder(), make.citizen()
    steward = add_steward(holder, analyst, account.email.upper(), seen=1)
    assert steward_of(holder.id, account).id == steward.id
    assert account.role.name == "CITIZEN"
    unconfirmed, child = make.citizen(confirmed=False), make.child()
    for email in ("nobody@example.org", unconfirmed.email, child.email, account.email):
        with pytest.raises(InvalidInput):
            add_steward(holder, analyst, email, seen=2)
    with pytest.raises(Forbidden):
        add_steward(holder, account, unconfirmed.email, seen=2)
    end_steward(steward, analyst, seen=2)
    assert steward_of(holder.id, account) is None
    with pytest.raises(WrongState):
        end_steward(steward, analyst, seen=3)
    assert add_steward(holder, analyst, account.email, seen=3).id != steward.id
    told = db.session.execute(sa.select(Notice.text, Notice.in_daily_mail).where(Notice.account_id == account.id)).all()
    assert [(words[len(f"‘{holder.name}’의 공익데이터 ") :][:5], daily) for words, daily in told] == [
        ("담당자가 ", True),
        ("담당을 마", True),
        ("담당자가 ", True),
    ]


def test_closing_an_account_ends_what_it_speaks_for(make):
    steward = make.data_steward()
    forget_steward(steward.account_id, SYSTEM)
    assert steward.ended_at is not None
    assert last_act().action == "datasets.end_steward"


def test_a_steward_proposes_for_the_own_holder_alone(make, monkeypatch):
    steward, other = make.data_steward(), make.data_holder()
    dataset = propose_dataset(steward.holder, steward.account, DESCRIBED)
    assert dataset.state is DatasetState.PROPOSED
    assert "1234" not in dataset.summary
    assert dataset.keywords == ["전기", "건물"]
    assert last_act().actor_id == steward.account_id
    with pytest.raises(Forbidden):
        propose_dataset(other, steward.account, DESCRIBED)
    monkeypatch.setattr(services, "MAX_PROPOSALS", 1)
    with pytest.raises(WrongState):
        propose_dataset(steward.holder, steward.account, DESCRIBED)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": ""}, "title"),
        ({"summary": "900101-1234568 의 자료예요."}, "summary"),
        ({"region_code": "99"}, "region_code"),
        ({"period_until": clock.today()}, "period_from"),
        ({"period_from": clock.today(), "period_until": clock.today().replace(year=2020)}, "period_until"),
        ({"licence": Licence.TERMS}, "terms"),
        ({"sensitivity": Sensitivity.RESTRICTED}, "terms"),
        ({"price_won": -1}, "price_won"),
        ({"keywords": ",".join(f"말{n}" for n in range(11))}, "keywords"),
    ],
)
@pytest.mark.usefixtures("app")
@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_a_description_must_go_together(changes, field):
    with pytest.raises(InvalidInput) as refused:
        replace(DESCRIBED, **changes).checked()
    assert set(refused.value.errors) == {field}


def test_only_those_who_describe_change_it(make):
    account, dataset = steward_and_dataset(make, state=DatasetState.PROPOSED)
    change_dataset(dataset, account, DESCRIBED, seen=1)
    assert dataset.title == DESCRIBED.title
    with pytest.raises(WrongState):
        change_dataset(dataset, account, DESCRIBED, seen=1)
    with pytest.raises(NotFound):
        change_dataset(dataset, make.citizen(), DESCRIBED, seen=2)
    dataset.state = DatasetState.TALKING
    with pytest.raises(Forbidden):
        change_dataset(dataset, make.citizen(), DESCRIBED, seen=2)


def test_a_steward_who_is_ended_meanwhile_changes_nothing(make):
    account, dataset = steward_and_dataset(make)
    [steward] = dataset.holder.stewards
    db.session.commit()
    changed_meanwhile(steward, ended_at=clock.now())
    with pytest.raises(Forbidden):
        change_dataset(dataset, account, DESCRIBED, seen=1)


def test_a_dataset_goes_from_proposal_to_offer_to_end(make):
    analyst = make.analyst()
    account, dataset = steward_and_dataset(make, state=DatasetState.PROPOSED)
    with pytest.raises(Forbidden):
        move_dataset(dataset, account, DatasetState.TALKING, seen=1)
    with pytest.raises(WrongState, match="다음에 올 수 없는"):
        move_dataset(dataset, analyst, DatasetState.OFFERED, seen=1)
    move_dataset(dataset, analyst, DatasetState.TALKING, seen=1)
    with pytest.raises(WrongState, match="공개한 판이 없어요"):
        move_dataset(dataset, analyst, DatasetState.OFFERED, seen=2)
    make.dataset_version(dataset)
    with pytest.raises(WrongState, match="먼저 바꾸었어요"):
        move_dataset(dataset, analyst, DatasetState.OFFERED, seen=1)
    move_dataset(dataset, analyst, DatasetState.OFFERED, seen=2)
    assert dataset.offered_at is not None
    with pytest.raises(InvalidInput):
        move_dataset(dataset, account, DatasetState.ENDED, seen=3)
    move_dataset(dataset, account, DatasetState.ENDED, seen=3, reason="더 모으지 않아요.")
    assert last_act().after["state"] == "ENDED"
    for act in (
        lambda: move_dataset(dataset, analyst, DatasetState.TALKING, seen=4),
        lambda: change_dataset(dataset, analyst, DESCRIBED, seen=4),
        lambda: start_version(dataset, analyst, seen=4),
        lambda: add_quality_note(dataset, analyst, "빠진 값이 있어요.", None, seen=4),
    ):
        with pytest.raises(WrongState):
            act()


@pytest.mark.parametrize("state", [DatasetState.PROPOSED, DatasetState.TALKING])
def test_what_is_not_offered_yet_can_be_ended_too(make, state):
    dataset = make.dataset(state=state)
    move_dataset(dataset, make.analyst(), DatasetState.ENDED, seen=1, reason="기관이 내놓지 않기로 했어요.")
    assert dataset.state is DatasetState.ENDED


def test_a_version_is_written_published_and_followed(make):
    account, dataset = steward_and_dataset(make)
    version = start_version(dataset, account, seen=1)
    with pytest.raises(WrongState, match="쓰고 있는 판"):
        start_version(dataset, account, seen=2)
    with pytest.raises(WrongState, match="사전이 비어"):
        publish_version(dataset, account, "", seen=2)
    assert set_dictionary(dataset, account, read_dictionary(COLUMNS), seen=2)
    set_sample_rows(dataset, account, "2026-01-01,1.5", seen=3)
    assert not set_dictionary(dataset, account, read_dictionary(COLUMNS + "유형,건물 유형,글자"), seen=4)
    assert version.sample_rows == []
    assert set_dictionary(dataset, account, read_dictionary(COLUMNS), seen=5)
    set_sample_rows(dataset, account, "2026-01-01,1.5", seen=6)
    publish_version(dataset, account, "", seen=7)
    second = start_version(dataset, account, seen=8)
    assert (second.number, [one.name for one in second.columns]) == (2, ["달", "사용량"])
    assert second.sample_rows == [["2026-01-01", "1.5"]]
    with pytest.raises(InvalidInput):
        publish_version(dataset, account, "", seen=9)
    publish_version(dataset, account, "열의 뜻을 고쳤어요.", seen=9)
    with pytest.raises(WrongState):
        set_dictionary(dataset, account, read_dictionary(COLUMNS), seen=10)
    db.session.commit()
    with pytest.raises(DBAPIError):
        db.session.execute(sa.update(DatasetColumn).values(meaning="다른 뜻"))
    db.session.rollback()


def test_two_who_start_a_version_at_once_start_one(app, make):
    account, dataset = steward_and_dataset(make)
    db.session.commit()
    key = dataset.id

    def act():
        own = db.session.get(type(dataset), key)
        start_version(own, db.session.get(type(account), account_id), seen=1)

    account_id = account.id
    results = at_once(app, [act, act])
    assert [type(one) for one in results if one is not None] == [WrongState]
    assert draft_version(key).number == 1


def test_addresses_are_of_https_and_keep_what_is_known_of_them(make):
    account, dataset = steward_and_dataset(make)
    version = make.dataset_version(dataset)
    page = Address("월별 자료", "https://data.example.org/1", "https://data.example.org/1.csv", FileFormat.CSV, 10)
    set_addresses(version, account, [page], seen=1)
    [kept] = version.distributions
    kept.access_answers_at = clock.now()
    db.session.flush()
    other = Address("다른 곳", "https://data.example.org/2", "", FileFormat.JSON)
    set_addresses(version, account, [other, replace(page, title="달마다")], seen=2)
    assert {(one.title, one.access_answers_at is not None) for one in version.distributions} == {
        ("다른 곳", False),
        ("달마다", True),
    }
    for wrong, field in (
        (replace(page, access_url="http://data.example.org/1"), "rows-0-access_url"),
        (replace(page, download_url="https://me@data.example.org/1"), "rows-0-download_url"),
        (replace(page, title=""), "rows-0-title"),
        (replace(page, size_bytes=-1), "rows-0-size_bytes"),
    ):
        with pytest.raises(InvalidInput) as refused:
            set_addresses(version, account, [wrong], seen=3)
        assert set(refused.value.errors) == {field}
    with pytest.raises(InvalidInput, match="두 번"):
        set_addresses(version, account, [page, page], seen=3)


def test_notes_say_who_wrote_them_and_stay(make):
    account, dataset = steward_and_dataset(make)
    make.dataset_version(dataset)
    ours = add_quality_note(dataset, account, "2월은 이틀이 빠져요.", 1, seen=1)
    theirs = add_quality_note(dataset, make.analyst(), "다른 자료와 더하면 안 돼요.", None, seen=2)
    assert (ours.by_holder, theirs.by_holder) == (True, False)
    with pytest.raises(InvalidInput):
        add_quality_note(dataset, account, "없는 판이에요.", 2, seen=3)
    with pytest.raises(InvalidInput):
        add_quality_note(dataset, account, "900101-1234568", None, seen=3)


def test_every_change_rates_the_dataset_anew(make, monkeypatch):
    seen = []
    monkeypatch.setattr(services, "refresh_points", lambda dataset: seen.append(dataset.id))
    analyst, dataset = make.analyst(), make.dataset()
    change_dataset(dataset, analyst, DESCRIBED, seen=1)
    start_version(dataset, analyst, seen=2)
    holder = dataset.holder
    change_holder(holder, analyst, holder.name, holder.kind, "", "새 팀", holder.contact_email, seen=1)
    assert seen == [dataset.id] * 3


def test_a_steward_row_is_unique_while_it_is_in_force(make):
    steward = make.data_steward()
    again = DataSteward(holder_id=steward.holder_id, account_id=steward.account_id, added_by_id=steward.added_by_id)
    db.session.add(again)
    with pytest.raises(DBAPIError):
        db.session.flush()
    db.session.rollback()
