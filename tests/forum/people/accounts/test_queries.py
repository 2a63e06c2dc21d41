from __future__ import annotations

import pytest

from forum.core.errors import NotFound
from forum.core.extensions import db
from forum.people.accounts.queries import (
    AccountFilters,
    account_by_email,
    accounts_page,
    get_account,
    get_account_by_email,
    staff_accounts,
)


def test_an_account_is_found_however_its_address_is_written(make):
    account = make.citizen(email="haeun@example.org")
    assert account_by_email(" HaEun@EXAMPLE.org ") is account
    assert account_by_email("haeun") is None


@pytest.mark.parametrize("account_id", [0, 987654, 2**31, 2**70])
def test_a_number_that_is_nobodys(app, account_id):
    with pytest.raises(NotFound):
        get_account(account_id)


def test_an_address_that_is_nobodys(app):
    with pytest.raises(NotFound):
        get_account_by_email("nobody@example.org")


def test_pages_go_on_where_the_last_one_ended(make):
    made = [make.citizen() for _ in range(5)]
    first = accounts_page(AccountFilters(), None, 2)
    second = accounts_page(AccountFilters(), first.next_before, 2)
    last = accounts_page(AccountFilters(), second.next_before, 2)
    assert [*first.accounts, *second.accounts, *last.accounts] == made[::-1]
    assert last.next_before is None


def test_a_full_last_page_has_no_next(make):
    [make.citizen() for _ in range(2)]
    assert accounts_page(AccountFilters(), None, 2).next_before is None


@pytest.mark.parametrize("search", ["하은", "haeun", "HAEUN@EX", " 하은 ", "하은\x00"])
def test_accounts_are_searched_by_address_and_name(make, search):
    account = make.citizen(email="haeun@example.org", display_name="김하은")
    make.citizen()
    assert list(accounts_page(AccountFilters(search), None, 10).accounts) == [account]


@pytest.mark.parametrize("search", ["%", "_", "\\", "'", '"', "100%"])
def test_signs_of_the_query_language_are_only_signs(make, search):
    make.citizen(email="haeun@example.org", display_name="김하은")
    assert list(accounts_page(AccountFilters(search), None, 10).accounts) == []


def test_a_page_is_one_statement(make, count_queries):
    for _ in range(3):
        make.officer()
    db.session.commit()
    db.session.expunge_all()
    assert count_queries(lambda: [account.role for account in accounts_page(AccountFilters(), None, 10).accounts]) == 1


def test_staff_are_those_with_a_role_in_force(make):
    analyst = make.analyst()
    make.citizen()
    assert list(staff_accounts()) == [analyst]
