from __future__ import annotations

from html import unescape

import pytest

from forum.core.extensions import db
from forum.response.certificates.models import Certificate
from forum.response.certificates.tasks import issue_certificates
from tests.factories import SCRIPT


def text(response) -> str:
    return unescape(response.get_data(as_text=True))


@pytest.fixture
def certificate(make):
    make.answer()
    issue_certificates()
    return db.session.query(Certificate).order_by(Certificate.id).first()


def test_everybody_sees_the_certificate_and_nobody_the_name_until_the_author_agrees(client, new_client, certificate):
    author, path = certificate.participant.account, f"/certificates/{certificate.id}"
    author.display_name = "태양광 좋아"
    page = client.get(path).get_data(as_text=True)
    assert SCRIPT not in page
    assert "이름을 밝히지 않은 제안자" in page
    own = new_client().login(author)
    assert "이름을 밝히는 데 동의합니다" in text(own.get(path))
    assert own.post(f"{path}/name").status_code == 303
    assert "태양광 좋아" in text(client.get(path))
    assert own.post(f"{path}/unname").status_code == 303
    assert "태양광 좋아" not in text(client.get(path))


def test_the_pdf_is_an_attachment_for_everybody(client, certificate):
    response = client.get(f"/certificates/{certificate.id}.pdf")
    assert response.data.startswith(b"%PDF-")
    assert response.headers["Content-Disposition"].startswith("attachment")
    assert client.get("/certificates/9999.pdf").status_code == 404


def test_the_ideas_page_leads_to_its_certificate(client, certificate):
    assert f"/certificates/{certificate.id}" in text(client.get(f"/ideas/{certificate.idea_id}"))
