from __future__ import annotations

import csv
import hashlib
import io
import zipfile

import numpy as np
import pandas
import pytest
import sqlalchemy as sa

from forum import create_app
from forum.analysis.opinions import polis_export
from forum.analysis.opinions.models import OpinionScore
from forum.analysis.opinions.polis_export import ACTION, export_votes
from forum.analysis.opinions.queries import current_snapshot
from forum.analysis.opinions.services import start_snapshot
from forum.analysis.opinions.votes import read_votes as read_ours
from forum.core import clock
from forum.core.access import SYSTEM, Role
from forum.core.errors import Forbidden, WrongState
from forum.core.extensions import db, limiter
from forum.people.accounts.models import Participant
from forum.system.audit.models import AuditEntry
from forum.voice.ideas.models import Idea, IdeaState
from forum.voice.votes.services import cast_votes
from nlp.opinion.command import describe, score
from nlp.opinion.groups import OpinionGroups
from nlp.opinion.votes import read_votes
from tests.conftest import test_config
from tests.forum.analysis.opinions.crowd import cast, crowd, people

PARTICIPANTS, COMMENTS, SUMMARY, README = "participants-votes.csv", "comments.csv", "summary.csv", "README.txt"


class Files:
    """The texts of an export."""

    def __init__(self, content: bytes) -> None:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            assert archive.testzip() is None
            self.texts = {name: archive.read(name).decode("utf-8") for name in archive.namelist()}

    def rows(self, name: str) -> list[dict[str, str]]:
        return list(csv.DictReader(io.StringIO(self.texts[name], newline="")))

    def patterns(self) -> list[tuple[str, ...]]:
        """Each person's cells, in the order of the file."""
        return [tuple(row.values())[6:] for row in self.rows(PARTICIPANTS)]

    def unpack(self, folder):
        for name, text in self.texts.items():
            (folder / name).write_text(text, encoding="utf-8", newline="")
        return folder / PARTICIPANTS, folder / COMMENTS


def export(campaign, actor=SYSTEM) -> Files:
    db.session.commit()
    with export_votes(campaign, actor).file as file:
        db.session.commit()
        return Files(file.read())


def entries() -> list[AuditEntry]:
    return list(db.session.scalars(sa.select(AuditEntry).where(AuditEntry.action == ACTION).order_by(AuditEntry.id)))


def one_group(make, n_people=6):
    """A campaign in which people vote on seven ideas, each in a way of their own but for the last two."""
    campaign = make.campaign()
    ideas = [make.idea(campaign, title=f"제안 {n}") for n in range(7)]
    voters = [make.citizen(birth_year=1980).participant.id for _n in range(n_people)]
    rows = [
        (idea, who, 1 if (min(m, n_people - 2) >> n) & 1 else -1)
        for m, who in enumerate(voters)
        for n, idea in enumerate(ideas)
    ]
    cast(rows)
    db.session.commit()
    return campaign, ideas, voters


# What is in the files
def test_each_vote_that_counts_is_in_the_file_and_nothing_else(make):
    made = crowd(make, n_people=12)
    found, votes = export(made.campaign), read_ours(made.campaign.id)
    ours = np.full((12, 12), "", dtype=object)
    ours[votes.person, votes.idea] = votes.value.astype(str)
    assert sorted(found.patterns()) == sorted(map(tuple, ours))
    header = found.texts[PARTICIPANTS].splitlines()[0]
    ids = ",".join(str(n) for n in sorted(idea.id for idea in made.shared + made.dividing))
    assert header == f"participant,group-id,n-comments,n-votes,n-agree,n-disagree,{ids}"
    for row, cells in zip(found.rows(PARTICIPANTS), found.patterns(), strict=True):
        counts = [row["n-votes"], row["n-agree"], row["n-disagree"]]
        assert counts == [str(12 - cells.count("")), str(cells.count("1")), str(cells.count("-1"))]
    columns = dict(zip(ids.split(","), zip(*found.patterns(), strict=True), strict=True))
    for row in found.rows(COMMENTS):
        cells = columns[row["comment-id"]]
        assert (row["agrees"], row["disagrees"]) == (str(cells.count("1")), str(cells.count("-1")))
        title = db.session.get(Idea, int(row["comment-id"])).title
        assert (row["moderated"], row["comment-body"]) == ("1", title)
    summary = dict(csv.reader(io.StringIO(found.texts[SUMMARY])))
    assert (summary["topic"], summary["voters"], summary["comments"]) == (made.campaign.title, "12", "12")
    assert summary["url"].endswith(f"/c/{made.campaign.slug}")


def test_the_files_say_nothing_about_people_but_their_votes(make):
    campaign, _ideas, voters = one_group(make)
    known = [db.session.get(Participant, who).account for who in voters]
    found = export(campaign)
    everything = "".join(found.texts.values())
    assert not [one for one in known if one.email in everything or one.display_name in everything]
    assert "1980" not in everything  # everybody's year of birth
    assert {row["n-comments"] for row in found.rows(PARTICIPANTS)} == {""}
    assert {(row["timestamp"], row["datetime"], row["author-id"]) for row in found.rows(COMMENTS)} == {("", "", "")}


def test_two_exports_share_neither_keys_nor_order(make):
    made = crowd(make, n_people=40)
    first, second = export(made.campaign), export(made.campaign)
    for found in (first, second):
        assert [row["participant"] for row in found.rows(PARTICIPANTS)] == [str(n) for n in range(40)]
    assert first.patterns() != second.patterns()
    assert sorted(first.patterns()) == sorted(second.patterns())
    by_account = read_ours(made.campaign.id)
    own = [tuple(map(str, by_account.value[by_account.person == n])) for n in range(40)]
    assert own not in (first.patterns(), second.patterns())


def test_what_does_not_count_is_left_out(make):
    made = crowd(make, n_people=12)
    child, gone = (db.session.get(Participant, made.participant_ids[n]).account for n in (0, 1))
    child.needs_consent_until = clock.today().replace(year=clock.today().year + 1)
    child.waits_for_consent = True
    gone.active = False
    made.shared[0].state, made.dividing[0].state = IdeaState.HIDDEN, IdeaState.WITHDRAWN
    hidden = made.shared[0].title
    db.session.commit()
    found = export(made.campaign)
    assert len(found.rows(PARTICIPANTS)) == 10
    ids = {row["comment-id"] for row in found.rows(COMMENTS)}
    assert not ids & {str(made.shared[0].id), str(made.dividing[0].id)}
    assert ids == set(found.texts[PARTICIPANTS].splitlines()[0].split(",")[6:])
    assert hidden not in "".join(found.texts.values())
    assert entries()[0].after["votes"] == 100


def test_no_cell_is_a_formula_and_any_text_survives(make):
    campaign, ideas, _voters = one_group(make)
    titles = ["=1+1", "+82", "@SUM(A1)", '쉼표, "따옴표"', "두 줄\n글", "😀 <b>", "＝HYPERLINK"]
    for idea, title in zip(ideas, titles, strict=True):
        idea.title = title
    campaign.title = "=cmd|' /C calc'!A0"
    db.session.commit()
    found = export(campaign)
    told = [row["comment-body"] for row in found.rows(COMMENTS)]
    assert told == ["'=1+1", "'+82", "'@SUM(A1)", '쉼표, "따옴표"', "두 줄\n글", "😀 <b>", "'＝HYPERLINK"]
    assert dict(csv.reader(io.StringIO(found.texts[SUMMARY])))["topic"].startswith("'=")


def test_the_readme_counts_the_people_who_alone_vote_as_they_do(make):
    campaign, _ideas, _voters = one_group(make, n_people=6)
    found = export(campaign)
    assert found.texts[README].startswith("\ufeff")
    assert "6명 가운데 4명은 투표 모양이 하나뿐이라" in found.texts[README]
    assert "\r\n" in found.texts[README]
    assert "예시" not in found.texts[README]
    assert entries()[0].after["one_of_a_kind"] == 4


def test_the_readme_says_where_nobody_votes_alone_as_they_do(make):
    campaign = make.campaign()
    idea = make.idea(campaign)
    for _n in range(5):
        make.vote(idea, make.citizen())
    assert "투표 모양이 하나뿐인 사람은 없어요" in export(campaign).texts[README]


def test_a_sample_says_so(make):
    campaign, _ideas, _voters = one_group(make)
    campaign.is_sample = True
    db.session.commit()
    assert "예시: 지어낸 사람들의 투표" in export(campaign).texts[README]


# Other programs
def test_groups_and_scores_computed_from_the_file_are_those_of_the_snapshot(make, work, tmp_path):
    made = crowd(make)
    start_snapshot(made.campaign, SYSTEM)
    work()
    snapshot = current_snapshot(made.campaign.id)
    found = export(made.campaign)
    assert dict(csv.reader(io.StringIO(found.texts[SUMMARY])))["groups"] == str(len(snapshot.groups))
    table = read_votes(*found.unpack(tmp_path))
    told = describe(table)
    assert (told["n_people"], told["n_ideas"], told["n_groups"]) == (80, 12, len(snapshot.groups))
    assert told["ari_with_file"] == 1.0  # the file's own groups
    groups = OpinionGroups().fit_cells(table.cells)
    ground = score(table.cells, groups.labels_).ground
    by_idea = {one.idea_id: one for one in _scores(snapshot)}
    for n, idea_id in enumerate(map(int, table.ideas)):
        ours = by_idea[idea_id]
        assert ground.share[n] == pytest.approx(ours.share)
        assert ground.gic[n] == pytest.approx(ours.consensus)
        counts = sorted(map(tuple, ground.group_counts[:, n].round().astype(int).tolist()))
        assert counts == sorted(tuple(group[:3]) for group in ours.groups)
        # Another order of the people means other draws of the bootstrap: 200 redraws leave a point or so.
        assert ground.score[n] == pytest.approx(ours.common_ground, abs=3)


def _scores(snapshot):
    return db.session.scalars(sa.select(OpinionScore).where(OpinionScore.snapshot_id == snapshot.id)).all()


def test_pandas_opens_it(make, tmp_path):
    made = crowd(make, n_people=12)
    votes, comments = export(made.campaign).unpack(tmp_path)
    table, statements = pandas.read_csv(votes), pandas.read_csv(comments)
    assert table.shape == (12, 6 + 12)
    assert set(np.unique(table.iloc[:, 6:].to_numpy())) <= {-1, 0, 1}
    assert statements["agrees"].sum() == table["n-agree"].sum()
    assert list(statements.columns)[-1] == "comment-body"


def test_groups_of_few_people_and_people_with_few_votes_have_no_group_in_the_file(make, work):
    made = crowd(make)
    few = people(6)
    cast([(made.shared[0], who, 1) for who in few])
    start_snapshot(made.campaign, SYSTEM)
    work()
    groups = [row["group-id"] for row in export(made.campaign).rows(PARTICIPANTS)]
    assert sorted(groups.count(one) for one in set(groups)) == [6, 40, 40]
    assert groups.count("") == 6
    for account in (db.session.get(Participant, who).account for who in made.participant_ids[::2][:37]):
        account.active = False
    db.session.commit()
    left = [row["group-id"] for row in export(made.campaign).rows(PARTICIPANTS)]
    assert sorted(left.count(one) for one in set(left)) == [9, 40]


def test_without_a_snapshot_no_group_is_told(make):
    campaign, _ideas, _voters = one_group(make)
    found = export(campaign)
    assert {row["group-id"] for row in found.rows(PARTICIPANTS)} == {""}
    assert dict(csv.reader(io.StringIO(found.texts[SUMMARY])))["groups"] == "0"


# Who may, and when it is refused
@pytest.mark.parametrize("role", list(Role))
def test_only_admins_and_the_system_take_out_votes(make, role):
    campaign, _ideas, _voters = one_group(make)
    actor = make.actor(role)
    db.session.commit()
    if role in {Role.ADMIN, Role.SYSTEM}:
        assert len(export(campaign, actor).rows(PARTICIPANTS)) == 6
        assert [entry.actor_id for entry in entries()] == [actor.id]
    else:
        with pytest.raises(Forbidden):
            export_votes(campaign, actor)
        assert entries() == []


def test_the_entry_holds_counts_and_the_hash_of_the_file_and_no_vote(make):
    campaign, _ideas, _voters = one_group(make)
    with export_votes(campaign, SYSTEM).file as file:
        content = file.read()
    db.session.commit()
    (entry,) = entries()
    assert (entry.subject_type, entry.subject_id) == ("campaign", campaign.id)
    assert entry.after.pop("last_event") > 0
    assert entry.after == {
        "people": 6,
        "ideas": 7,
        "votes": 42,
        "one_of_a_kind": 4,
        "sha256": hashlib.sha256(content).hexdigest(),
    }


@pytest.mark.parametrize("n_people", [0, 1, 3, 4])
def test_fewer_than_five_voters_are_refused_with_a_reason(make, n_people):
    campaign = make.campaign()
    ideas = [make.idea(campaign) for _ in range(7)]
    if n_people:
        cast([(idea, who, 1) for who in people(n_people) for idea in ideas])
    db.session.commit()
    with pytest.raises(WrongState, match="5명보다 적어"):
        export_votes(campaign, SYSTEM)
    assert entries() == []


def test_two_files_do_not_tell_what_a_few_people_voted_in_between(make):
    campaign, ideas, voters = one_group(make, n_people=8)
    export(campaign)
    export(campaign)  # nothing has changed: it tells nothing
    cast([(ideas[0], who, 1) for who in people(4)])
    db.session.commit()
    with pytest.raises(WrongState, match="지난번에 내보낸 뒤로"):
        export_votes(campaign, SYSTEM)
    cast([(ideas[0], who, 1) for who in people(1)])
    db.session.commit()
    assert len(export(campaign).rows(PARTICIPANTS)) == 13
    cast_votes({ideas[0].id: 0}, db.session.get(Participant, voters[0]).account)
    db.session.commit()
    with pytest.raises(WrongState):
        export_votes(campaign, SYSTEM)


def test_two_files_do_not_tell_what_somebody_voted_who_left_in_between(make):
    campaign, _ideas, voters = one_group(make, n_people=8)
    export(campaign)
    db.session.get(Participant, voters[0]).account.active = False
    db.session.commit()
    with pytest.raises(WrongState, match="지난번에 내보낸 뒤로"):
        export_votes(campaign, SYSTEM)


def test_votes_elsewhere_do_not_stand_in_the_way(make):
    campaign, _ideas, _voters = one_group(make)
    export(campaign)
    make.vote(make.idea())
    db.session.commit()
    assert len(export(campaign).rows(PARTICIPANTS)) == 6


# The page
def test_the_page_hands_over_a_file_that_nobody_keeps(client, make):
    campaign, _ideas, _voters = one_group(make)
    client.login(make.admin())
    page = client.get(f"/admin/campaigns/{campaign.slug}/votes")
    assert (page.status_code, "README.txt" in page.text) == (200, True)
    with client.post(f"/admin/campaigns/{campaign.slug}/votes") as answer:
        found = Files(answer.get_data())
        headers = answer.headers
    (entry,) = entries()
    assert len(found.rows(PARTICIPANTS)) == 6
    assert headers["Content-Type"] == "application/zip"
    assert headers["Content-Disposition"] == f"attachment; filename=votes-{campaign.slug}-{entry.id}.zip"
    assert "no-store" in headers["Cache-Control"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "투표 내보내기" in client.get("/admin/campaigns").text


def test_the_page_says_why_it_is_refused(client, make, monkeypatch):
    campaign = make.campaign()
    client.login(make.admin())
    refused = client.post(f"/admin/campaigns/{campaign.slug}/votes")
    assert (refused.status_code, "5명보다 적어" in refused.text) == (409, True)
    large, _ideas, _voters = one_group(make)
    monkeypatch.setattr("forum.analysis.opinions.polis_views.PAGE_MAX_VOTES", 41)
    refused = client.post(f"/admin/campaigns/{large.slug}/votes")
    assert (refused.status_code, "flask opinions export" in refused.text) == (409, True)
    assert entries() == []


def test_the_page_has_a_limit_for_each_admin(app, make, tmp_path):
    campaign, _ideas, _voters = one_group(make)
    counting = create_app(test_config(str(app.config["SQLALCHEMY_DATABASE_URI"]), tmp_path, RATELIMIT_ENABLED=True))
    counting.test_client_class = app.test_client_class
    limiter.reset()
    client, codes = counting.test_client().login(make.admin()), []
    for _n in range(11):
        with client.post(f"/admin/campaigns/{campaign.slug}/votes") as answer:
            answer.get_data()
            codes.append(answer.status_code)
    limiter.enabled = False  # all applications of this process share the limiter
    with counting.app_context():
        db.engine.dispose()
    assert codes == [200] * 10 + [429]


# The command
@pytest.fixture
def run(app):
    def invoke(*words: str):
        db.session.commit()
        return app.test_cli_runner().invoke(args=["opinions", "export", *words])

    return invoke


def test_the_command_writes_a_private_file_and_says_what_is_in_it(run, make, tmp_path):
    campaign, _ideas, _voters = one_group(make)
    said = run("--campaign", campaign.slug, "--out", str(tmp_path / "out"), "--as", make.admin().email)
    assert said.exit_code == 0, said.output
    (path,) = (tmp_path / "out").iterdir()
    (entry,) = entries()
    assert path.name == f"votes-{campaign.slug}-{entry.id}.zip"
    assert path.stat().st_mode & 0o777 == 0o600
    assert hashlib.sha256(path.read_bytes()).hexdigest() == entry.after["sha256"]
    assert entry.after["sha256"] in said.output
    assert "6명 가운데 4명은 투표 모양이 하나뿐이라" in said.output


def test_the_command_of_an_analyst_writes_nothing(run, make, tmp_path):
    campaign, _ideas, _voters = one_group(make)
    said = run("--campaign", campaign.slug, "--out", str(tmp_path), "--as", make.analyst().email)
    assert (said.exit_code, list(tmp_path.iterdir()), entries()) == (1, [], [])


def test_where_no_file_can_be_written_nothing_is_recorded(run, make, tmp_path):
    campaign, _ideas, _voters = one_group(make)
    (tmp_path / "file").write_text("")
    said = run("--campaign", campaign.slug, "--out", str(tmp_path / "file" / "out"))
    assert (said.exit_code, entries()) == (1, [])


def test_a_second_export_that_ended_meanwhile_is_seen(make, monkeypatch):
    """Somebody votes between two exports that run at once: the one that ends last is refused."""
    campaign, ideas, _voters = one_group(make)
    write = polis_export.write_export

    def write_slowly(source, file):
        monkeypatch.setattr(polis_export, "write_export", write)
        cast([(ideas[0], who, 1) for who in people(1)])
        db.session.commit()
        export(campaign)
        return write(source, file)

    monkeypatch.setattr(polis_export, "write_export", write_slowly)
    with pytest.raises(WrongState, match="지난번에 내보낸 뒤로"):
        export_votes(campaign, SYSTEM)
    db.session.rollback()
    assert len(entries()) == 1
