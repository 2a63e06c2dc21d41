"""QR codes as SVG for what is printed."""

from __future__ import annotations

import io
from urllib.parse import urlencode

import segno

from forum.core.links import address_of

QUIET_ZONE = 4
"""Modules of white around the code, which readers need (ISO/IEC 18004)."""


def qr_svg(address: str) -> str:
    """Return the QR code of an address as SVG. Error correction M: paper is folded and photographed askew."""
    file = io.BytesIO()
    segno.make(address, error="m", micro=False).save(
        file, kind="svg", border=QUIET_ZONE, dark="#000", light="#fff", xmldecl=False, svgns=True, omitsize=True
    )
    return file.getvalue().decode()


def join_link(join_code: str) -> str:
    return address_of(f"/join/{join_code}")


def pass_link(code: str) -> str:
    """Return where a slip's writer finds the idea: the form that opens a pass, filled in. Opening it does nothing."""
    return address_of(f"/pass/open?{urlencode({'code': code})}")


def spoken(path: str) -> str:
    """Return the address of a path without its scheme: as it is read from paper and typed."""
    return address_of(path).partition("://")[2]
