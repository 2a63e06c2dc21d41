from __future__ import annotations

import pytest

from forum.core.access import ANONYMOUS
from forum.core.errors import InvalidInput, WrongState
from forum.voice.guardians.services import give_consent, request_consent
from forum.voice.guardians.verifiers import MailedLink, verifier


class PhoneCheck:
    """Another verifier: takes the code that the guardian's phone showed."""

    name = "phone"
    proves_identity = True
    explanation = "휴대전화로 확인합니다."
    begun: list[int] = []

    def begin(self, consent):
        self.begun.append(consent.id)

    def check(self, consent, evidence):
        if evidence.get("code") != "1234":
            raise InvalidInput({"code": "확인 번호가 다릅니다."})


def test_the_mailed_link_says_that_it_proves_little(app):
    assert isinstance(verifier(), MailedLink)
    assert not verifier().proves_identity


def test_another_way_takes_its_place_by_a_setting(app, make, monkeypatch):
    monkeypatch.setitem(app.config, "GUARDIAN_VERIFIER", f"{__name__}:PhoneCheck")
    child = make.child()
    consent = request_consent(child, child, "eomma@example.org")
    assert PhoneCheck.begun == [consent.id]
    with pytest.raises(InvalidInput):
        give_consent(consent, ANONYMOUS, "김보호", {"code": "0000"})
    give_consent(consent, ANONYMOUS, "김보호", {"code": "1234"})
    assert consent.verifier == "phone"
    PhoneCheck.begun.clear()


def test_without_a_way_nobody_is_asked(app, make, monkeypatch):
    monkeypatch.setitem(app.config, "GUARDIAN_VERIFIER", "")
    child = make.child()
    with pytest.raises(WrongState):
        request_consent(child, child, "eomma@example.org")
