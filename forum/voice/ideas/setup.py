from __future__ import annotations

from flask import Flask

from forum.core.i18n import _l
from forum.people.follows.registry import register_follow_kind
from forum.people.passes.links import PassSection, register_section
from forum.people.passes.withdrawing import register_withdrawal
from forum.people.signin.first_act import register_first_act
from forum.system.finding.registry import register_search_kind
from forum.system.texts.registry import register_text_kind
from forum.voice.ideas.first_idea import FirstIdea
from forum.voice.ideas.follows import FollowedIdea
from forum.voice.ideas.guests import ideas_of_guest, withdraw_ideas
from forum.voice.ideas.search_kind import IdeaSearch
from forum.voice.ideas.texts import CommentKind, IdeaKind
from forum.web.navigation import MenuEntry, Place, register_menu_entry


def register(_app: Flask) -> None:
    register_text_kind(IdeaKind())
    register_text_kind(CommentKind())
    register_first_act(FirstIdea())
    register_follow_kind(FollowedIdea())
    register_search_kind(IdeaSearch())
    register_section(PassSection(10, "ideas/_of_pass.html", ideas_of_guest))
    register_withdrawal("ideas", withdraw_ideas, order=20)
    register_menu_entry(
        MenuEntry(
            Place.MAIN,
            30,
            _l("제안"),
            "ideas.listing",
            frozenset({"ideas.*", "thread.idea", "thread.similar"}),
            of_campaign=True,
        )
    )
    register_menu_entry(
        MenuEntry(
            Place.TABS,
            20,
            _l("제안"),
            "ideas.listing",
            frozenset({"ideas.*", "thread.idea", "thread.similar"}),
            of_campaign=True,
            icon="idea",
        )
    )
