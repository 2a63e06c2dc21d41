from __future__ import annotations

from nlp.text.requests import request_sentences


def test_the_last_sentences_that_ask_for_something_are_read():
    body = "버스가 늦어요. 배차를 늘려 주세요. 요금 인상에 반대합니다. 새 노선을 요청합니다. 감사합니다."
    assert request_sentences(body) == ("요금 인상에 반대합니다", "새 노선을 요청")
    assert request_sentences("버스가 늦어요. 감사합니다.") == ()
    assert request_sentences("") == ()
