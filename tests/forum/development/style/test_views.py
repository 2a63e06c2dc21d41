from __future__ import annotations

from pathlib import Path

COMPONENTS = Path(__file__).resolve().parents[4] / "forum/templates/components"


def test_the_page_of_components_shows_each_of_them(client):
    answer = client.get("/style")
    assert answer.status_code == 200
    assert "버스 정류장 지붕에 태양광을" in answer.text


def test_it_is_not_there_in_production(app, client, monkeypatch):
    monkeypatch.setitem(app.config, "ENVIRONMENT", "production")
    assert client.get("/style").status_code == 404


def test_every_component_has_a_line_in_the_index():
    index = (COMPONENTS.parent / "macros/ui.html").read_text("utf-8")
    frame = {"header.html", "footer.html", "leaving.html", "tab_bar.html"}
    assert {path.name for path in COMPONENTS.glob("*.html")} - frame == {
        path.name for path in COMPONENTS.glob("*.html") if f'"components/{path.name}"' in index
    }
