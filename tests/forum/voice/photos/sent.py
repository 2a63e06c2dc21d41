"""Photos as people send them, for tests."""

from __future__ import annotations

import io

from PIL import Image


def picture(size: tuple[int, int] = (64, 48), colour: str = "green", fmt: str = "JPEG") -> io.BytesIO:
    file = io.BytesIO()
    Image.new("RGB", size, colour).save(file, fmt)
    file.seek(0)
    return file


def everyday_form(**changes: object) -> dict[str, object]:
    """What a well-meaning form of an everyday idea sends."""
    form: dict[str, object] = {
        "title": "횡단보도를 다시 칠해 주세요",
        "body": "줄이 지워져 차가 멈추지 않아요.",
        "kind": "SAFETY",
        "region_code": "11",
        "district": "마포구",
        "place": "시험초등학교 앞",
    }
    return form | changes
