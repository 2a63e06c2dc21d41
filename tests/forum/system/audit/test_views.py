from __future__ import annotations

import ast
from pathlib import Path

import forum
from forum.analysis.curation.models import EditKind
from forum.response.referrals.models import EventType
from forum.system.audit.queries import chain_head
from forum.system.audit.services import record
from forum.system.audit.tasks import seal_all_entries
from forum.voice.campaigns.facts import CAMPAIGNS


def test_anybody_sees_the_head_and_only_the_head(client, make):
    record(make.admin(display_name="운영지기"), "campaigns.edit", make.campaign(), after={"title": "a1b2"})
    seal_all_entries()
    page = client.get("/audit").get_data(as_text=True)
    assert str(chain_head()) in page
    assert "운영지기" not in page
    assert "a1b2" not in page


def test_an_empty_audit_says_so(client, make):
    page = client.login(make.admin()).get("/audit").get_data(as_text=True)
    assert "아직 봉인한 기록이 없어요" in page
    assert "적힌 일이 없어요" in page


def test_an_admin_reads_who_did_what_and_when_newest_first(client, make):
    admin, campaign = make.admin(display_name="운영지기"), make.campaign()
    record(admin, "campaigns.edit", campaign, {"title": "a1b2"}, {"title": "c3d4"})
    record(admin, "unheard.of", campaign)
    page = client.login(admin).get("/audit").get_data(as_text=True)
    assert "운영지기" in page
    assert "포럼 고치기" in page
    assert "title: a1b2" in page
    assert page.index("unheard.of") < page.index("포럼 고치기")
    assert "봉인을 기다리는 기록 2건" in page


def test_entries_are_paged_and_narrowed_to_one_kind(client, make, app):
    admin, campaign = make.admin(), make.campaign()
    for _ in range(app.config["PAGE_SIZE"] + 1):
        record(admin, "campaigns.edit", campaign)
    record(admin, "accounts.grant", admin)
    client.login(admin)
    first = client.get("/audit?about=campaign").get_data(as_text=True)
    assert "역할 주기" not in first
    assert "before=" in first
    assert client.get("/audit?about=nothing").status_code == 200
    assert client.get("/audit?before=99999999999999").status_code == 200
    assert client.get("/audit?about=%00&before=-1").status_code == 200


def test_fingerprints_are_counted_and_not_spelled_out(client, make):
    admin, campaign = make.admin(), make.campaign()
    facts = CAMPAIGNS.of([campaign.id])
    record(admin, "campaigns.edit", campaign, after={"title": "c3d4"}, facts=facts)
    page = client.login(admin).get("/audit").get_data(as_text=True)
    assert "title: c3d4" in page
    assert "확인용 해시 1개" in page
    assert facts["campaign"][str(campaign.id)] not in page


def recorded_actions():
    """Return the names of acts that the source records, with those that are put together from a kind."""
    for path in sorted(Path(forum.__file__).parent.rglob("*.py")):
        for call in ast.walk(ast.parse(path.read_text())):
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") in {"record", "_record"}:
                yield from (arg.value for arg in call.args if isinstance(arg, ast.Constant) and "." in str(arg.value))
    yield from (f"referrals.{kind.name.lower()}" for kind in EventType)
    yield from (f"themes.{kind.value.lower()}" for kind in EditKind)


def test_every_act_has_a_word_on_screen(app):
    words = app.jinja_env.get_template("audit/_words.html").module
    actions = set(recorded_actions())
    assert len(actions) > 40
    assert {action for action in actions if words.act(action).strip() == action} == set()


def test_a_refused_act_says_that_it_was(app):
    said = app.jinja_env.get_template("audit/_words.html").module.act("refused:referrals.transfer").strip()
    assert said == "거절된 시도 (referrals.transfer)"
