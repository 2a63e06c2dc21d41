"""Data that a slice adds to the page of a slice below it.

The page of a theme shows where the theme was sent, but `themes` must not import `referrals`. So `referrals` registers a
provider for that page in its `setup.py`, and the page's view asks for what is registered: the view runs the queries,
not the template.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Provider = Callable[[Any], object]

PAGE_DATA: dict[str, dict[str, Provider]] = {}
"""Template -> name of the variable -> the function that gets what the page is about and returns its value."""


def provide_page_data(template: str, name: str, provider: Provider) -> None:
    """Register that `provider(subject)` gives the variable `name` of the page with this template."""
    PAGE_DATA.setdefault(template, {})[name] = provider


def page_data(template: str, subject: Any) -> dict[str, object]:
    """Return the variables that other slices registered for this page, for `render_template`.

    :param subject: what the page is about, such as a theme
    """
    return {name: provider(subject) for name, provider in PAGE_DATA.get(template, {}).items()}
