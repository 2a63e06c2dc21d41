"""What a kit says: plain data for its Typst template, with all its words."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from forum.core.i18n import _
from forum.core.korean import day, moment, thousands
from forum.deliberation.gatherings.models import Gathering, GatheringState
from forum.deliberation.kits.qr import pass_address, pass_link, qr_svg
from forum.deliberation.kits.secret_slips import SecretSlip
from forum.deliberation.rooms.codes import spaced_join_code
from forum.deliberation.rooms.pictures import join_address, join_link
from forum.deliberation.rooms.results import TableIdea, Verdict, in_words_first, people_of, table_of
from forum.deliberation.sheets.queries import get_result
from forum.deliberation.sheets.slips import slip_code
from forum.people.passes.codes import spaced

SHEET_ROWS = 20
"""Rows of a vote sheet: the ideas on the table, then blank ones for those still to be written."""
MOST_TOLD = 5
_MINUTES = r"([0-9]{1,3}) *%s *[-:·)–]? +(\S.*)"


@dataclass(frozen=True)
class Copies:
    """What is printed: so many slips from this number on, and so many vote sheets."""

    first_slip: int
    n_slips: int
    n_sheets: int


def kit_content(
    gathering: Gathering, copies: Copies, secrets: Sequence[SecretSlip] = (), *, is_only_secrets: bool = False
) -> Mapping[str, Any]:
    """Return what the kit of an announced gathering says.

    :param secrets: slips with codes, on pages of their own at the end
    :param is_only_secrets: leave out everything else
    """
    table = table_of(gathering)
    earlier = gathering.copied_from
    return {
        "title": gathering.title,
        "is_sample": gathering.campaign.is_sample,
        "words": _words(),
        "invitation": _invitation(gathering),
        "rules": _ground_rules(),
        "agenda": _agenda(gathering),
        "slips": [_slip(gathering, copies.first_slip + n) for n in range(copies.n_slips)],
        "sheets": copies.n_sheets,
        "sheet_parts": _sheet_parts(table),
        "earlier": _earlier(earlier) if earlier is not None and _is_told(earlier) else None,
        "secrets": [_secret(slip) for slip in secrets],
        "only_secrets": is_only_secrets,
    }


def agenda_item(line: str) -> tuple[int | None, str]:
    """Return the minutes that an item of the agenda begins with, and its words.

    >>> agenda_item("10분 여는 말"), agenda_item("여는 말")
    ((10, '여는 말'), (None, '여는 말'))
    """
    found = re.fullmatch(_MINUTES % _("분"), line.strip())
    return (int(found[1]), found[2]) if found else (None, line.strip())


def _invitation(gathering: Gathering) -> Mapping[str, Any]:
    code = gathering.join_code or ""
    region = gathering.region.name if gathering.region and not gathering.address else ""
    facts = [
        (_("언제"), _span(gathering)),
        (_("어디서"), " ".join(part for part in (region, gathering.address, gathering.place_name) if part)),
        (_("누가"), gathering.age_group.label),
        (_("여는 곳"), gathering.host_name),
        (_("오는 길과 편의"), gathering.access_notes),
        (_("온라인 주소"), gathering.online_url),
    ]
    return {
        "campaign": gathering.campaign.title,
        "summary": gathering.summary,
        "facts": [list(fact) for fact in facts if fact[1]],
        "code": spaced_join_code(code),
        "join": join_address(),
        "qr": qr_svg(join_link(code)),
    }


def _span(gathering: Gathering) -> str:
    if gathering.starts_at is None or gathering.ends_at is None:
        return ""
    start, end = moment(gathering.starts_at), moment(gathering.ends_at)
    is_one_day = day(gathering.starts_at) == day(gathering.ends_at)
    return f"{start}–{end.rpartition(' ')[2]}" if is_one_day else f"{start} – {end}"


def _agenda(gathering: Gathering) -> Mapping[str, Any]:
    items = [agenda_item(line) for line in gathering.agenda_items]
    total = sum(minutes or 0 for minutes, _item in items)
    return {
        "rows": [[_("%(n)s분", n=minutes) if minutes else "", words] for minutes, words in items],
        "has_minutes": total > 0,
        "total": _("모두 %(n)s분", n=total) if total else "",
    }


def _slip(gathering: Gathering, number: int) -> Mapping[str, Any]:
    code = slip_code(gathering.id, number)
    return {"number": number, "code": spaced(code), "qr": qr_svg(pass_link(code))}


def _secret(slip: SecretSlip) -> Mapping[str, Any]:
    address = slip.link.partition("://")[2]
    return {"whose": slip.whose, "role": slip.role, "code": slip.code, "address": address, "qr": qr_svg(slip.link)}


def _sheet_parts(table: list[TableIdea]) -> list[list[list[str]]]:
    """Return the rows of a vote sheet, in parts of SHEET_ROWS: number and title, which is empty where none is shown."""
    titles = {idea.number: idea.title for idea in table}
    last = max([*titles, 1])
    n_parts = -(-last // SHEET_ROWS)
    rows = [[str(number), titles.get(number, "")] for number in range(1, n_parts * SHEET_ROWS + 1)]
    return [rows[at : at + SHEET_ROWS] for at in range(0, len(rows), SHEET_ROWS)]


def _is_told(earlier: Gathering) -> bool:
    return earlier.is_public and earlier.state is GatheringState.FINISHED


def _earlier(earlier: Gathering) -> Mapping[str, Any]:
    """Return what the gathering that this one was copied from came to, in numbers and in words."""
    table, n_people = table_of(earlier), people_of(earlier.id).n_admitted
    found, result = in_words_first(table, n_people), get_result(earlier.id)
    figures = [
        (_("온 사람"), _("%(n)s명", n=thousands(earlier.n_present or 0))),
        (_("이야기한 제안"), _("%(n)s건", n=thousands(len(table)))),
        (_("기기로 한 투표"), _("%(n)s표", n=thousands(sum(idea.votes for idea in table)))),
    ]
    if result is not None:
        figures.append((_("종이 투표지"), _("%(n)s장", n=thousands(result.n_sheets))))
    return {
        "title": earlier.title,
        "when": _("%(day)s에 열렸어요.", day=day(earlier.starts_at)),
        "figures": [list(figure) for figure in figures],
        "agreed": [_told(idea) for idea in found[Verdict.AGREED][:MOST_TOLD]],
        "divided": [_told(idea) for idea in found[Verdict.DIVIDED][:MOST_TOLD]],
    }


def _told(idea: TableIdea) -> list[str]:
    counts = {"agree": idea.agree, "disagree": idea.disagree, "passed": idea.pass_}
    return [idea.title, _("찬성 %(agree)s · 넘김 %(passed)s · 반대 %(disagree)s", **counts)]


def _ground_rules() -> list[str]:
    return [
        _("서로 존댓말로, 한 사람씩 이야기해요."),
        _("끝까지 듣고 나서 이야기해요. 말을 끊지 않아요."),
        _("생각이 달라도 사람을 나무라지 않고, 생각을 이야기해요."),
        _("모두가 말할 수 있게, 한 번에 2분 안에 말해요."),
        _("여기에서 들은 남의 사정은 밖에 옮기지 않아요. 사진과 녹음은 모두에게 물어보고 해요."),
        _("모르는 것은 물어봐도 돼요. 틀린 질문은 없어요."),
        _("투표는 자기 생각대로 해요. 남의 투표를 보거나 묻지 않아요."),
    ]


def _words() -> Mapping[str, str | list[str]]:
    return {
        "kit": _("모임 꾸러미"),
        "author": _("탄소중립 국민포럼"),
        "sample": _("예시 — 연습용으로 지어낸 모임이에요."),
        "join_title": _("휴대전화로 참여하기"),
        "join_how": _("카메라로 QR을 비추거나, 아래 주소에서 모임방 번호를 넣으세요. 가입하지 않아도 돼요."),
        "code": _("모임방 번호"),
        "address": _("주소"),
        "paper_too": _("휴대전화가 없어도 괜찮아요. 함께 쓰는 태블릿이나 종이로 똑같이 참여해요."),
        "qr_alt": _("모임방에 들어가는 QR 코드"),
        "what": _("무엇"),
        "content": _("내용"),
        "rules": _("우리 모임의 약속"),
        "agenda": _("차례"),
        "minutes": _("시간"),
        "item": _("할 일"),
        "slips": _("제안 쪽지"),
        "slip": _("제안 쪽지"),
        "slip_number": _("번"),
        "slip_title": _("제목 (한 문장으로)"),
        "slip_body": _("내용 (무엇을, 왜, 어떻게)"),
        "slip_hint": _("이름·학교·연락처는 쓰지 마세요. 만 14세 미만도 쓸 수 있어요."),
        "slip_public": _("진행자가 그대로 옮겨 적어 포럼에 올려요. 이름 없이 누구나 읽어요."),
        "stub": _("떼어서 가지세요"),
        "stub_number": _("내 쪽지 번호"),
        "stub_code": _("참여권 번호"),
        "stub_where": _("나중에 여기에서 찾아요"),
        "stub_address": pass_address(),
        "stub_keep": _("이 번호를 아는 사람은 내 제안을 볼 수 있으니 남에게 보이지 마세요."),
        "stub_qr_alt": _("내 제안을 찾는 QR 코드"),
        "sheets": _("투표지"),
        "sheet": _("투표지"),
        "sheet_how": _("제안마다 하나에만 ○표 하세요. 이름은 쓰지 않아요. 기기로 투표했으면 내지 마세요."),
        "sheet_blank": _("모르겠으면 비워 두어도 돼요."),
        "number": _("번호"),
        "idea": _("제안"),
        "agree": _("찬성"),
        "passed": _("넘김"),
        "disagree": _("반대"),
        "counting": _("투표지 집계표"),
        "counting_how": _(
            "두 사람이 따로 세고, 서로의 숫자를 보지 않아요. 다 세면 포럼의 ‘투표지 세기’에 각자 넣으세요. 두 사람의 "
            "숫자가 모두 같아야 결과가 정해져요."
        ),
        "counter": _("세는 사람"),
        "first": _("첫 번째"),
        "second": _("두 번째"),
        "n_sheets": _("투표지는 모두"),
        "sheets_unit": _("장"),
        "earlier": _("앞선 모임에서는"),
        "earlier_agreed": _("함께 찬성한 제안"),
        "earlier_divided": _("생각이 갈린 제안"),
        "earlier_none": _("3분의 2 이상이 함께 찬성한 제안은 없었어요."),
        "earlier_method": _(
            "기기로 참여한 사람의 절반 이상이 투표했고, 그 3분의 2 이상이 찬성한 제안을 ‘함께 찬성한 제안’이라고 해요. "
            "종이 투표는 따로 세어요."
        ),
        "votes": _("투표"),
        "part": _("쪽"),
        "secrets": _("되살림 번호"),
        "secrets_keep": _("나눠 주지 마세요. 잘라서 적힌 사람에게만 주세요."),
        "secrets_what": _(
            "맡은 사람의 휴대전화가 꺼지거나 고장 나면, 다른 사람이 이 번호로 자기 휴대전화에서 이어받아요. 번호를 "
            "아는 사람은 누구나 이어받을 수 있으니 사진으로 찍거나 올리지 마세요."
        ),
        "secrets_fold": _("실선을 따라 자르고, 점선을 따라 접어요. 오른쪽 칸을 안으로 접고, 왼쪽 칸을 뒤로 접어요."),
        "secret_when": _("휴대전화가 꺼졌을 때만 펴 보세요."),
        "secret_how": _("이어받는 방법"),
        "secret_qr_alt": _("이어받는 화면을 여는 QR 코드"),
        "secret_steps": [
            _("아무 휴대전화로 QR을 비추거나 주소를 열어요. 가입하지 않아도 돼요."),
            _("되살림 번호 10글자를 넣어요."),
            _("이제 그 휴대전화로 진행해요. 전에 이 번호로 이어받은 기기는 끝나요."),
        ],
        "secret_lost": _(
            "잃어버렸거나 남이 보았으면 연결 모임의 진행자에게 말해 주세요. 새 번호를 만들면 이 번호는 쓸 수 없어요."
        ),
    }
