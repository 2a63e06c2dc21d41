from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest
import sqlalchemy as sa

from forum.administration.mydata.services import close_account
from forum.core import clock
from forum.core.clock import SEOUL
from forum.core.errors import InvalidInput, WrongState
from forum.core.extensions import db
from forum.people.accounts.services import add_account
from forum.publication.digests.models import Digest, DigestState
from forum.publication.subscriptions.links import token_of
from forum.publication.subscriptions.models import DigestSubscription, Rhythm
from forum.publication.subscriptions.queries import subscription_of
from forum.publication.subscriptions.services import (
    ask_for_mail,
    choose_rhythm,
    delete_unconfirmed,
    end_subscription,
    next_day,
)
from forum.publication.subscriptions.tasks import forget_unconfirmed, write_mails
from forum.system.notices.models import OutboxMail
from forum.system.notices.tasks import send_waiting_mail

ADDRESS = "reader@example.org"
THURSDAY = datetime(2026, 11, 26, 10, tzinfo=SEOUL)
MONDAY = THURSDAY + timedelta(days=4)
PASSWORD = "바다가보이는우리학교"


@pytest.fixture
def campaign(make):
    found = make.campaign(title="<b>우리 동네</b> 포럼")
    make.run(found)
    return found


def ask(campaign, address=ADDRESS, rhythm="WEEKLY", *, agrees=True):
    ask_for_mail(campaign, address, rhythm, agrees=agrees)
    db.session.commit()
    return db.session.scalars(sa.select(DigestSubscription)).one()


def confirmed(campaign, rhythm="WEEKLY"):
    subscription = ask(campaign, rhythm=rhythm)
    choose_rhythm(subscription, rhythm)
    db.session.execute(sa.delete(OutboxMail))
    db.session.commit()
    return subscription


def publish(campaign) -> Digest:
    run_id = db.session.scalar(sa.text("SELECT max(id) FROM theme_run"))
    digest = Digest(
        campaign_id=campaign.id,
        run_id=run_id,
        state=DigestState.PUBLISHED,
        data_cut_at=clock.now(),
        published_at=clock.now(),
        counts={"ideas": 2, "themes": 1},
    )
    db.session.add(digest)
    db.session.commit()
    return digest


def written() -> list[OutboxMail]:
    return list(db.session.scalars(sa.select(OutboxMail).order_by(OutboxMail.id)))


def test_an_address_gets_nothing_but_the_link_that_confirms_it(campaign):
    subscription = ask(campaign)
    [mail] = written()
    assert (mail.recipient, subscription.confirmed_at) == (ADDRESS, None)
    assert token_of(subscription) in mail.body
    with clock.at(clock.now() + timedelta(days=30)):
        publish(campaign)
        assert write_mails() == 0
    assert len(written()) == 1


def test_asking_again_within_the_hour_sends_no_second_mail_and_keeps_the_last_choice(campaign):
    with clock.at(THURSDAY):
        ask(campaign)
        subscription = ask(campaign, "READER@EXAMPLE.ORG", "MONTHLY")
        assert (len(written()), subscription.rhythm) == (1, Rhythm.MONTHLY)
    with clock.at(THURSDAY + timedelta(hours=1)):
        ask(campaign)
    assert len(written()) == 2


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"address": "누구"}, "address"), ({"rhythm": "DAILY"}, "rhythm"), ({"agrees": False}, "agrees")],
)
def test_what_is_wrong_is_named_at_its_field_and_nothing_is_stored(campaign, changes, field):
    with pytest.raises(InvalidInput) as refused:
        ask(campaign, **changes)
    assert list(refused.value.errors) == [field]
    db.session.rollback()
    assert (db.session.scalar(sa.select(sa.func.count(DigestSubscription.id))), written()) == (0, [])


def test_who_is_confirmed_already_gets_the_link_to_the_settings_and_stays_as_they_were(campaign):
    subscription = confirmed(campaign)
    ask(campaign, rhythm="MONTHLY")
    [mail] = written()
    assert "이미 받고" in mail.subject
    assert (subscription.rhythm, subscription.confirmed_at is not None) == (Rhythm.WEEKLY, True)


def test_new_digests_come_on_the_day_in_one_mail_and_once(campaign):
    with clock.at(THURSDAY):
        publish(campaign)  # before the confirmation
        confirmed(campaign)
        new = [publish(campaign), publish(campaign)]
        assert write_mails() == 0
    with clock.at(MONDAY):
        assert (write_mails(), write_mails()) == (1, 0)
        [mail] = written()
        assert re.findall(r"/digests/(\d+)$", mail.body, re.MULTILINE) == [str(new[1].id), str(new[0].id)]
    with clock.at(MONDAY + timedelta(days=7)):
        assert write_mails() == 0  # nothing new is out
        assert len(written()) == 1
    with clock.at(MONDAY + timedelta(days=8)):
        publish(campaign)
        assert write_mails() == 0
    with clock.at(MONDAY + timedelta(days=16)):  # the worker was away on the Monday
        assert write_mails() == 1


def test_the_mail_can_be_left_by_its_program_with_one_click(app, campaign, client):
    with clock.at(THURSDAY):
        subscription = confirmed(campaign)
        token = token_of(subscription)
        publish(campaign)
    with clock.at(MONDAY):
        write_mails()
        send_waiting_mail()
        [file] = list((Path(app.config["INSTANCE_DIR"]) / "outbox").glob("*digest-mail-new*"))
        message = message_from_bytes(file.read_bytes(), policy=policy.default)
        assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        path = message["List-Unsubscribe"].strip("<>").removeprefix(app.config["BASE_URL"])
        assert path in message.get_content()
        app.config["WTF_CSRF_ENABLED"] = True
        try:
            assert client.post(path, data={"List-Unsubscribe": "One-Click"}).status_code == 200
        finally:
            app.config["WTF_CSRF_ENABLED"] = False
    assert subscription_of(token) is None


def test_ending_deletes_the_address_and_its_waiting_mail(campaign):
    with clock.at(THURSDAY):
        subscription = confirmed(campaign)
        token = token_of(subscription)
        publish(campaign)
    with clock.at(MONDAY):
        write_mails()
        end_subscription(subscription_of(token))
        db.session.commit()
    assert (written(), subscription_of(token)) == ([], None)


def test_an_old_link_does_not_open_a_later_row_with_the_same_number(campaign):
    subscription = ask(campaign)
    number, token = subscription.id, token_of(subscription)
    end_subscription(subscription)
    db.session.execute(
        sa.insert(DigestSubscription).values(
            id=number, campaign_id=campaign.id, address="b@example.org", address_key="b@example.org", rhythm="WEEKLY"
        )
    )
    db.session.commit()
    assert subscription_of(token) is None


def test_choosing_after_it_has_ended_is_refused(campaign):
    subscription = ask(campaign)
    db.session.execute(sa.delete(DigestSubscription).execution_options(synchronize_session=False))
    with pytest.raises(WrongState):
        choose_rhythm(subscription, "WEEKLY")


def test_an_address_that_nobody_confirms_is_deleted_after_two_days(campaign):
    with clock.at(THURSDAY):
        ask(campaign)
        assert delete_unconfirmed() == 0
    with clock.at(THURSDAY + timedelta(days=2, minutes=1)):
        assert forget_unconfirmed() == 1


@pytest.mark.parametrize(
    ("rhythm", "today", "expected"),
    [
        (Rhythm.WEEKLY, date(2026, 11, 29), date(2026, 11, 30)),
        (Rhythm.WEEKLY, date(2026, 11, 30), date(2026, 12, 7)),
        (Rhythm.MONTHLY, date(2026, 11, 30), date(2026, 12, 1)),
        (Rhythm.MONTHLY, date(2026, 12, 1), date(2027, 1, 1)),
        (Rhythm.MONTHLY, date(2027, 1, 31), date(2027, 2, 1)),
    ],
)
def test_the_next_mail_comes_on_a_monday_or_a_first(rhythm, today, expected):
    assert next_day(rhythm, today) == expected


def test_closing_the_account_of_an_address_ends_its_mail_and_nobody_elses(campaign):
    account = add_account(ADDRESS, "하은", PASSWORD, birth_year=2000, region_code="11")
    account.confirmed_at = clock.now()
    confirmed(campaign)
    ask_for_mail(campaign, "other@example.org", "WEEKLY", agrees=True)
    close_account(account, account, PASSWORD, True)
    db.session.commit()
    assert list(db.session.scalars(sa.select(DigestSubscription.address))) == ["other@example.org"]
    about_digests = [mail.recipient for mail in written() if mail.message_key.startswith("digest-mail")]
    assert about_digests == ["other@example.org"]


def test_an_account_whose_address_is_not_confirmed_ends_no_mail(campaign):
    account = add_account(ADDRESS, "하은", PASSWORD, birth_year=2000, region_code="11")
    account.confirmed_at = None
    confirmed(campaign)
    close_account(account, account, PASSWORD, True)
    db.session.commit()
    assert list(db.session.scalars(sa.select(DigestSubscription.address))) == [ADDRESS]
