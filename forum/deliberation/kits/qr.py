"""QR codes as SVG for what is printed, and the addresses in them."""

from __future__ import annotations

import io

import segno

from forum.core.links import link_to
from forum.deliberation.rooms.pictures import QUIET_ZONE


def qr_svg(address: str) -> str:
    """Return the QR code of an address as SVG. Error correction M: paper is folded and photographed askew."""
    file = io.BytesIO()
    segno.make(address, error="m", micro=False).save(
        file, kind="svg", border=QUIET_ZONE, dark="#000", light="#fff", xmldecl=False, svgns=True, omitsize=True
    )
    return file.getvalue().decode()


def pass_link(code: str) -> str:
    """Return where a slip's writer finds the idea: the form that opens a pass, filled in. Opening it does nothing."""
    return link_to("passes.open_form", code=code)


def pass_address() -> str:
    """Return the address at which a pass is opened, without its scheme: as it is read from paper and typed."""
    return link_to("passes.open_form").partition("://")[2]
