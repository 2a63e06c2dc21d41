from __future__ import annotations

import resource
import smtplib
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from forum.core.extensions import db
from forum.core.mail import FolderTransport, MailError, SmtpTransport, compose, transport
from forum.system.notices.services import queue_mail

KOREAN = "안녕하세요, 하은 님.\n‘학교 태양광’에 답변이 왔습니다.\n"


def test_a_mail_becomes_a_file_that_any_mail_program_opens(app, work, outbox):
    queue_mail("haeun@example.org", "[탄소중립 국민포럼] 내 제안에 답변이 왔습니다", KOREAN, "answer:12:7")
    work()
    assert outbox() == [
        f"To: haeun@example.org\nSubject: [탄소중립 국민포럼] 내 제안에 답변이 왔습니다\n\n{KOREAN}",
    ]


def test_the_same_mail_twice_is_one_file(tmp_path):
    carrier = FolderTransport(tmp_path / "outbox")
    for _ in range(2):
        carrier.send(compose("forum@example.org", "haeun@example.org", "제목", KOREAN, "answer:12:7"), "answer:12:7")
    files = list((tmp_path / "outbox").iterdir())
    assert [file.name for file in files] == ["answer_12_7.eml"]
    message = message_from_bytes(files[0].read_bytes(), policy=policy.default)
    assert message["Message-ID"] == "<answer-12-7@example.org>"
    assert message["Date"]
    assert message.get_content() == KOREAN


@pytest.mark.parametrize("key", ["../../etc/passwd", "/etc/passwd", "a\x00b", "가" * 20, "a b\nc"])
def test_a_key_never_leaves_the_folder(tmp_path, key):
    FolderTransport(tmp_path / "outbox").send(compose("a@example.org", "b@example.org", "제목", "글", "k"), key)
    assert len(list((tmp_path / "outbox").glob("*.eml"))) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["outbox"]


def test_a_folder_that_cannot_be_written_is_a_mail_error(tmp_path):
    (tmp_path / "outbox").write_text("a file is in the way")
    with pytest.raises(MailError):
        FolderTransport(tmp_path / "outbox").send(compose("a@example.org", "b@example.org", "제목", "글", "k"), "k")


def test_a_mail_that_cannot_be_written_leaves_no_file(tmp_path):
    """A limit on the size of files fails like a full disk: in the midst of writing."""
    message = compose("a@example.org", "b@example.org", "제목", "글" * 500, "k")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))
    try:
        with pytest.raises(MailError):
            FolderTransport(tmp_path / "outbox").send(message, "k")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert list((tmp_path / "outbox").iterdir()) == []


def test_a_line_break_adds_no_header():
    with pytest.raises(ValueError, match=r"linefeed|newline"):
        compose("a@example.org", "b@example.org\r\nBcc: c@example.org", "제목", "글", "k")


@pytest.mark.parametrize("error", [OSError("refused"), TimeoutError(), smtplib.SMTPServerDisconnected("gone")])
def test_a_mail_server_that_does_not_answer_is_a_mail_error(monkeypatch, error):
    def fails(*args, **kwargs):
        raise error

    monkeypatch.setattr(smtplib, "SMTP", fails)
    carrier = SmtpTransport("mail.example.org", 587, "", "", 1, "none")
    with pytest.raises(MailError):
        carrier.send(compose("a@example.org", "b@example.org", "제목", "글", "k"), "k")


def test_the_settings_choose_the_transport(app, monkeypatch):
    folder = transport(app)
    assert isinstance(folder, FolderTransport)
    assert folder.folder == Path(app.config["INSTANCE_DIR"]) / "outbox"
    monkeypatch.setitem(app.config, "MAIL_TRANSPORT", "smtp")
    monkeypatch.setitem(app.config, "SMTP_HOST", "mail.example.org")
    assert isinstance(transport(app), SmtpTransport)
    db.session.rollback()
