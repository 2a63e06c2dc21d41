from __future__ import annotations

from forum.response.datasets.models import DatasetState
from forum.response.datasets.search_kind import DatasetSearch
from forum.system.finding.search import SearchWords


def test_search_finds_what_everybody_may_read(client, make):
    holder = make.data_holder()
    offered = make.dataset(holder, state=DatasetState.OFFERED, title="계량기로 잰 전기")
    proposed = make.dataset(holder, state=DatasetState.PROPOSED, title="계량기로 잰 가스")
    kind, words = DatasetSearch(), SearchWords.of("계량기")
    assert [hit.id for hit in kind.rank(words, None)] == [offered.id]
    assert kind.rank(words, make.campaign().id) == []
    assert [found.title for found in kind.show([proposed.id, offered.id])] == [offered.title]
    page = client.get("/search?q=계량기").text
    assert f"/datasets/{offered.id}" in page
    assert f"/datasets/{proposed.id}" not in page
