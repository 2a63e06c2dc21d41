from __future__ import annotations

from werkzeug.datastructures import MultiDict

from forum.core.errors import InvalidInput
from forum.core.i18n import _
from forum.response.dataviews.asking import Filter, Operator, PreviewRequest

FIELDS = ("sort", "down", "column", "op", "value", "by", "sum")
MAX_FIELD_CHARS = 400


def read_request(args: MultiDict[str, str]) -> PreviewRequest:
    """Return what an address asks of a table; fields of other parts of the page are passed over.

    :raise InvalidInput: a field is there twice, too long, or is no choice
    """
    given = {field: _only(args, field) for field in FIELDS}
    wanted = None
    if given["column"]:
        wanted = Filter(given["column"], _operator(given["op"]), given["value"])
    return PreviewRequest(given["sort"], given["down"] == "1", wanted, given["by"], given["sum"])


def _only(args: MultiDict[str, str], field: str) -> str:
    found = args.getlist(field)
    if len(found) > 1 or any(len(text) > MAX_FIELD_CHARS for text in found):
        raise InvalidInput({field: _("주소가 잘못되었어요. 화면에서 다시 골라 주세요.")})
    return found[0] if found else ""


def _operator(code: str) -> Operator:
    try:
        return Operator(code)
    except ValueError as error:
        raise InvalidInput({"op": _("어떻게 거를지 목록에서 골라 주세요.")}) from error
