from __future__ import annotations

from nlp.text.stopwords import stop_words
from nlp.text.tokens import pos_tag
from nlp.text.topics import UNKNOWN, confident_topics, score_topics, sector_taxonomy, topic_coverage, topic_taxonomy


def place(part: str) -> int:
    (found,) = [number for number, topic in enumerate(topic_taxonomy()) if part in topic.title]
    return found


def evidence(title: str, body: str = "") -> dict[int, float]:
    return score_topics([word for word, _tag in pos_tag(title)], [word for word, _tag in pos_tag(body)])


def test_the_book_is_whole():
    assert len(topic_taxonomy()) >= 30
    assert len({topic.title for topic in topic_taxonomy()}) == len(topic_taxonomy())
    assert all(len(topic.words) >= 4 for topic in topic_taxonomy())
    assert not {word for topic in topic_taxonomy() for word in topic.words} & stop_words()


def test_a_title_tells_the_topic_and_a_body_hardly_moves_it():
    told = [evidence("따릉이 대여소를 늘려 주세요", "미세먼지도 줄고 버스도 한산해집니다"), evidence("안녕하세요")]
    assert confident_topics(told).tolist() == [place("공공자전거"), UNKNOWN]


def test_two_topics_in_equal_parts_are_sure_of_none():
    both = evidence("미세먼지 일회용품 음식물쓰레기 소음")
    assert len(both) >= 4
    assert confident_topics([both]).tolist() == [UNKNOWN]


def test_headlines_do_not_speak_of_the_book():
    headlines = [evidence("코스피 2000선 회복"), evidence("프로야구 개막전 매진"), evidence("국회 본회의 개회")]
    proposals = [evidence("따릉이 설치"), evidence("재활용 분리수거 안내"), evidence("옥상 태양광")]
    assert topic_coverage(headlines) == 0.0
    assert topic_coverage(proposals) == 1.0
    assert topic_coverage([]) == 0.0


def test_every_sector_of_the_book_has_a_title_and_the_words_of_its_topics():
    sectors = sector_taxonomy()
    assert [each.sector for each in sectors] == sorted({topic.sector for topic in topic_taxonomy()})
    assert len({each.title for each in sectors}) == len(sectors)
    transport = next(each for each in sectors if each.sector == "TRANSPORT")
    assert {"따릉이", "버스", "전기차"} <= set(transport.words)
    assert {topic_taxonomy()[place].sector for place in transport.indices} == {"TRANSPORT"}
