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


def test_a_long_address_stands_in_its_header_as_it_is():
    """Encoded as words, as the library does with anything longer than a line, no mail program would find it."""
    url = f"https://forum.example.go.kr/notices/leave/{'x' * 90}"
    message = compose("a@example.org", "b@example.org", "제목", "글", "k", leaving_url=url)
    assert f"List-Unsubscribe: <{url}>\r\n".encode() in message.as_bytes(policy=message.policy.clone(linesep="\r\n"))
    read = message_from_bytes(message.as_bytes(), policy=policy.default)
    assert read["List-Unsubscribe"] == f"<{url}>"
    assert "List-Unsubscribe" not in compose("a@example.org", "b@example.org", "제목", "글", "k")
    with pytest.raises(ValueError, match=r"linefeed|newline"):
        compose("a@example.org", "b@example.org", "제목", "글", "k", leaving_url="https://x\r\nBcc: c@example.org")


@pytest.mark.parametrize("subject", ["제목 " * 30 + "끝", "plain words", "답변 " + "가" * 100 + " 끝"])
def test_a_long_subject_keeps_its_spaces(subject):
    raw = compose("a@example.org", "b@example.org", subject, "글", "k").as_bytes()
    assert message_from_bytes(raw, policy=policy.default)["Subject"] == subject
    assert max(map(len, raw.split(b"\n"))) <= 998


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
