from __future__ import annotations

import re
from datetime import timedelta

import sqlalchemy as sa

from forum.analysis.themes.models import ThemeState
from forum.core import clock
from forum.core.access import Role
from forum.core.extensions import db
from forum.deliberation.hearings.models import Hearing, SignedOpinion
from forum.system.notices.models import OutboxMail


def test_the_secretariat_plans_and_a_minor_explains_with_a_guardians_consent(make, client, new_client):
    round_ = make.council_round()
    person = make.citizen(birth_year=clock.today().year - 16)
    task = make.task(round_, [make.idea(campaign=round_.campaign, author=person)])
    analyst = make.account(Role.ANALYST)
    client.login(analyst)
    when = (clock.now() + timedelta(days=2)).astimezone(clock.SEOUL).strftime("%Y-%m-%dT%H:%M")
    plan = {"starts_at": when, "minutes": "20", "place": "작은 회의실", "video_url": "https://example.org/secret"}
    page = f"/council/tasks/{task.id}/hearing/new"
    assert client.get(page).status_code == 200
    assert client.post(page, data=plan | {"place": "", "video_url": ""}).status_code == 400
    assert client.post(page, data=plan).status_code == 303
    [hearing] = db.session.query(Hearing)
    desk = f"/council/hearings/{hearing.id}"
    assert client.post(f"{desk}/invite", data={"proposer": person.id}).status_code == 303
    assert client.post(f"{desk}/invite", data={"account": person.email}).status_code == 409
    assert person.display_name in client.get(f"{desk}/desk").text
    [invitation] = hearing.invitations
    accept = f"/council/invitations/{invitation.id}/accept"
    words = {"way": "TEXT", "statement": "지붕이 <b>뜨거워요</b>.", "seen": "1"}
    assert client.post(accept, data=words).status_code == 403
    client.login(person)
    refused = client.post(accept, data=words)
    assert refused.status_code == 400
    assert "&lt;b&gt;뜨거워요" in refused.text
    assert client.post(accept, data=words | {"guardian_email": "guardian@example.org"}).status_code == 303
    visitor = new_client()
    assert "뜨거워요" not in visitor.get(desk).text
    mail = db.session.scalars(sa.select(OutboxMail).where(OutboxMail.recipient == "guardian@example.org")).one()
    path = re.search(r"/council/hearings/consent/\S+", mail.body)[0]
    assert "&lt;b&gt;뜨거워요" in visitor.get(path).text
    assert visitor.post(path, data={"name": "보호자"}).status_code == 400
    assert visitor.post(path, data={"name": "보호자", "agrees": "1"}).status_code == 303
    shown = visitor.get(desk).text
    assert "&lt;b&gt;뜨거워요" in shown
    assert "example.org/secret" not in shown
    assert "example.org/secret" in client.get(desk).text
    assert visitor.post(path, data={"refuse": "1"}).status_code == 303
    assert "뜨거워요" not in visitor.get(desk).text


def test_citizens_ask_and_vote_without_script(make, client):
    hearing = make.hearing()
    question = make.question(hearing)
    page = f"/council/hearings/{hearing.id}"
    assert client.post(f"{page}/questions", data={"text": "얼마예요?"}).status_code in {302, 401}
    client.login(make.citizen())
    assert client.post(f"{page}/questions", data={"text": ""}).status_code == 400
    assert client.post(f"{page}/questions", data={"text": "얼마예요?"}).status_code == 303
    assert client.post(f"/council/questions/{question.id}/want").status_code == 303
    text = client.get(page).text
    assert "듣고 싶은 사람 1명" in text
    assert "그만 듣고 싶어요" in text
    assert client.post(f"/council/questions/{question.id}/unwant").status_code == 303


def test_the_calendar_file_has_the_place_and_not_the_link(make, client):
    hearing = make.hearing(video_url="https://example.org/secret")
    file = client.get(f"/council/hearings/{hearing.id}.ics")
    assert file.mimetype == "text/calendar"
    assert "정부청사 회의실" in file.text
    assert "secret" not in file.text


def test_a_signed_opinion_stands_on_task_and_theme(make, client):
    analyst, expert = make.account(Role.ANALYST), make.citizen(birth_year=1980)
    task, theme = make.task(), make.theme(state=ThemeState.APPROVED)
    for page in (f"/council/tasks/{task.id}/opinions/new", f"/themes/{theme.id}/opinions/new"):
        client.login(analyst)
        assert client.get(page).status_code == 200
        asked = {"account": expert.email, "name": "온새미", "affiliation": "예시연구소"}
        assert client.post(page, data=asked | {"account": "nobody@example.org"}).status_code == 400
        assert client.post(page, data=asked).status_code == 303
    client.login(expert)
    for opinion in db.session.query(SignedOpinion).order_by(SignedOpinion.id):
        page = f"/opinions/{opinion.id}"
        assert client.get(page).status_code == 200
        sent = client.post(page, data={"text": "먼저 <i>날</i>을 정해야 해요.", "seen": "1"})
        assert sent.status_code == 303
    for page in (f"/council/tasks/{task.id}", f"/themes/{theme.id}"):
        text = client.get(page).text
        assert "먼저 &lt;i&gt;날" in text
        assert "예시연구소" in text
