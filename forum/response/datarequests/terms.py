"""The terms of an approval as data: what was accepted, its fingerprint, and an ODRL agreement for programs.

ODRL is the W3C's language for permissions (https://www.w3.org/TR/odrl-model/). What it has no word for has an address
of our own, below `urn:netzero-forum:`.
"""

from __future__ import annotations

import hashlib
import json
from datetime import date, timedelta
from typing import Any

from forum.core.i18n import _, _l
from forum.core.korean import day
from forum.core.links import link_to
from forum.response.datarequests.models import Publishing, RequestTerms

AGREEMENT_NAME, CONDITIONS_NAME = _l("승인조건.json"), _l("승인조건.txt")
CONTEXT = "http://www.w3.org/ns/odrl.jsonld"
OWN = "urn:netzero-forum:"


def last_day(terms: RequestTerms) -> date:
    """Return the last day on which the files may be had: of the terms, and not after what was asked for."""
    return min(terms.until_on, terms.request.until_on)


def erase_by(terms: RequestTerms) -> date:
    """Return until when the received files have to be deleted."""
    return last_day(terms) + timedelta(days=terms.erase_within_days)


def whole_terms(terms: RequestTerms) -> dict[str, Any]:
    """Return everything that a person accepts: the approval's terms and the dataset's own, as they stand now."""
    dataset = terms.request.dataset
    return {
        "edition": terms.number,
        "from": terms.request.from_on.isoformat(),
        "until": last_day(terms).isoformat(),
        "most_users": terms.most_users,
        "use": terms.request.use_kind.name,
        "publishing": terms.publishing.name,
        "may_join": terms.may_join,
        "erase_within_days": terms.erase_within_days,
        "must_report": terms.must_report,
        "more": terms.more,
        "licence": dataset.licence.name,
        "dataset_terms": dataset.terms,
        "price_won": dataset.price_won,
    }


def fingerprint(terms: RequestTerms) -> str:
    """Return the SHA-256 of `whole_terms`, in hexadecimal."""
    told = json.dumps(whole_terms(terms), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(told.encode()).hexdigest()


def is_accepted(terms: RequestTerms) -> bool:
    """Return whether the person has accepted the terms as they stand now."""
    wanted = fingerprint(terms)
    return any(one.terms_sha256 == wanted for one in terms.acceptances)


def lines_of(terms: RequestTerms) -> list[tuple[str, str]]:
    """Return the terms as lines of a table, in words."""
    lines = [
        (_("쓸 수 있는 날"), _("%(day)s까지", day=day(last_day(terms)))),
        (_("쓰는 목적"), terms.request.use_kind.label),
        (_("다루는 사람"), _("%(n)s명까지", n=terms.most_users)),
        (_("공개할 수 있는 것"), terms.publishing.label),
        (_("다른 자료와 이어 붙이기"), _("해도 돼요") if terms.may_join else _("하면 안 돼요")),
        (_("사람을 알아내려 하기"), _("하면 안 돼요")),
        (_("다른 사람에게 넘기기"), _("하면 안 돼요")),
        (_("받은 파일 지우기"), _("%(day)s까지", day=day(erase_by(terms)))),
        (_("알게 된 것 알리기"), _("이 포럼에 알려야 해요") if terms.must_report else _("알리지 않아도 돼요")),
        (_("더 지킬 것"), terms.more),
    ]
    return [(name, words) for name, words in lines if words]


def conditions_text(terms: RequestTerms) -> str:
    """Return the terms as a text that travels beside the data."""
    title = _("‘%(title)s’ 승인 조건 (%(n)s번째)", title=terms.request.dataset.title, n=terms.number)
    lines = [title, "", *(f"{name}: {words}" for name, words in lines_of(terms)), ""]
    lines.append(_("신청 화면: %(url)s", url=link_to("datarequests.show", request_id=terms.request_id)))
    return "\ufeff" + "\r\n".join("\r\n".join(line.splitlines()) for line in lines) + "\r\n"


def agreement(terms: RequestTerms) -> dict[str, Any]:
    """Return the terms as an ODRL agreement (JSON-LD). It names the request, not the person."""
    request = terms.request
    asset = link_to("datasets.show", dataset_id=request.dataset_id)
    page = link_to("datarequests.show", request_id=request.id)
    use = {
        "action": "use",
        "constraint": [
            _constraint("dateTime", "gteq", request.from_on),
            _constraint("dateTime", "lteq", last_day(terms)),
            {"leftOperand": "purpose", "operator": "eq", "rightOperand": {"@id": f"{OWN}use:{request.use_kind.name}"}},
            {"leftOperand": f"{OWN}users", "operator": "lteq", "rightOperand": terms.most_users},
        ],
        "duty": [
            {"action": "attribute"},
            {"action": "delete", "constraint": [_constraint("dateTime", "lteq", erase_by(terms))]},
            *([{"action": "inform"}] if terms.must_report else []),
            *([{"action": f"{OWN}have-results-checked"}] if terms.publishing is Publishing.CHECKED else []),
        ],
    }
    banned = ["distribute", f"{OWN}re-identify"]
    banned += [] if terms.may_join else [f"{OWN}join"]
    banned += ["present"] if terms.publishing is Publishing.NOTHING else []
    parties = {"target": asset, "assigner": f"{asset}#holder", "assignee": f"{page}#person"}
    return {
        "@context": CONTEXT,
        "@type": "Agreement",
        "uid": f"{page}#terms-{terms.number}",
        **parties,
        "permission": [use],
        "prohibition": [{"action": action} for action in banned],
    }


def _constraint(left: str, operator: str, on: date) -> dict[str, Any]:
    return {"leftOperand": left, "operator": operator, "rightOperand": {"@value": on.isoformat(), "@type": "xsd:date"}}
