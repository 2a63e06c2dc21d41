"""The QR code of a room, and the address that it holds."""

from __future__ import annotations

import segno
from markupsafe import Markup

from forum.core.links import link_to
from forum.deliberation.rooms.codes import spaced_join_code

QUIET_ZONE = 4
"""Modules of white around the code, which readers need (ISO/IEC 18004)."""


def join_address() -> str:
    """Return the address at which a code is typed, without its scheme: as it is read aloud."""
    return link_to("rooms.join").partition("://")[2]


def join_link(code: str) -> str:
    return link_to("rooms.welcome", code=code)


def join_qr(code: str) -> Markup:
    """Return the QR code of a room's join address."""
    return address_qr(join_link(code), f"QR {spaced_join_code(code)}")


def address_qr(address: str, title: str) -> Markup:
    """Return the QR code of an address as inline SVG, black on white in every look of the page.

    Error correction M: a photograph from the last row has glare and corners cut off.

    :param title: what the picture is called
    """
    qr = segno.make(address, error="m", micro=False)
    drawn = qr.svg_inline(
        scale=1, border=QUIET_ZONE, dark="#000", light="#fff", omitsize=True, svgclass=None, lineclass=None, title=title
    )
    return Markup(drawn)  # noqa: S704  (drawn by segno, which escapes the title, from an address of ours)
