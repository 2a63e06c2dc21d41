"""The metrics by which the European data portal rates descriptions of data, with what each is worth and asks for.

Metadata quality assessment (MQA) of data.europa.eu, data.europa.eu/mqa/methodology: 405 points in five dimensions.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from forum.core.database import LabelledEnum
from forum.core.i18n import LazyString, _l

MAX_POINTS = 405


class Dimension(LabelledEnum):
    FINDABILITY = "FINDABILITY"
    ACCESSIBILITY = "ACCESSIBILITY"
    INTEROPERABILITY = "INTEROPERABILITY"
    REUSABILITY = "REUSABILITY"
    CONTEXTUALITY = "CONTEXTUALITY"

    __labels__ = {
        FINDABILITY: _l("찾기 쉬움"),
        ACCESSIBILITY: _l("받기 쉬움"),
        INTEROPERABILITY: _l("다른 자료와 함께 쓰기 쉬움"),
        REUSABILITY: _l("다시 쓰기 쉬움"),
        CONTEXTUALITY: _l("자료의 앞뒤 사정"),
    }


class Grade(LabelledEnum):
    EXCELLENT = "EXCELLENT"
    GOOD = "GOOD"
    SUFFICIENT = "SUFFICIENT"
    POOR = "POOR"

    __labels__ = {
        EXCELLENT: _l("아주 좋음"),
        GOOD: _l("좋음"),
        SUFFICIENT: _l("보통"),
        POOR: _l("부족함"),
    }


class Metric(StrEnum):
    """Its value is the name of the fact that earns the points."""

    KEYWORDS = "has_keywords"
    THEME = "has_theme"
    SPATIAL = "has_place"
    TEMPORAL = "has_period"
    ACCESS_ANSWERS = "access_answers"
    DOWNLOAD = "has_download"
    DOWNLOAD_ANSWERS = "download_answers"
    FORMAT = "has_format"
    MEDIA_TYPE = "has_media_type"
    VOCABULARY = "is_named_by_table"
    NON_PROPRIETARY = "is_non_proprietary"
    MACHINE_READABLE = "is_machine_readable"
    COMPLIANT = "is_compliant"
    LICENCE = "has_licence"
    KNOWN_LICENCE = "has_known_licence"
    ACCESS_RIGHTS = "has_access_rights"
    KNOWN_ACCESS_RIGHTS = "has_known_access_rights"
    CONTACT = "has_contact"
    PUBLISHER = "has_publisher"
    RIGHTS = "has_rights"
    SIZE = "has_size"
    ISSUED = "has_issue_date"
    MODIFIED = "has_change_date"


@dataclass(frozen=True)
class Rule:
    """What a metric is worth, what it asks in words, and what to do if it is not reached."""

    metric: Metric
    dimension: Dimension
    weight: int
    label: LazyString
    missing: LazyString


GRADES = ((351, Grade.EXCELLENT), (221, Grade.GOOD), (121, Grade.SUFFICIENT))
"""From how many points on; fewer are poor."""
_FIND, _ACCESS, _INTEROPERATE, _REUSE, _CONTEXT = Dimension
RULES = (
    Rule(Metric.KEYWORDS, _FIND, 30, _l("찾는 낱말"), _l("찾는 낱말을 하나 이상 적어 주세요.")),
    Rule(Metric.THEME, _FIND, 30, _l("부문"), _l("부문을 골라 주세요.")),
    Rule(Metric.SPATIAL, _FIND, 20, _l("지역"), _l("어느 지역의 자료인지 적어 주세요.")),
    Rule(Metric.TEMPORAL, _FIND, 20, _l("기간"), _l("언제부터의 자료인지 적어 주세요.")),
    Rule(
        Metric.ACCESS_ANSWERS,
        _ACCESS,
        50,
        _l("안내 화면이 열림"),
        _l("판을 공개하고, 자료를 안내하는 화면의 주소가 열리는지 확인해 주세요."),
    ),
    Rule(Metric.DOWNLOAD, _ACCESS, 20, _l("내려받는 주소"), _l("누구나 내려받을 수 있으면 파일의 주소를 적어 주세요.")),
    Rule(
        Metric.DOWNLOAD_ANSWERS,
        _ACCESS,
        30,
        _l("내려받기가 열림"),
        _l("파일의 주소가 열리는지 확인해 주세요."),
    ),
    Rule(Metric.FORMAT, _INTEROPERATE, 20, _l("파일 형식"), _l("파일 형식을 골라 주세요.")),
    Rule(Metric.MEDIA_TYPE, _INTEROPERATE, 10, _l("미디어 유형"), _l("미디어 유형을 아는 형식을 골라 주세요.")),
    Rule(Metric.VOCABULARY, _INTEROPERATE, 10, _l("표준 이름의 형식"), _l("표준 목록에 있는 형식을 골라 주세요.")),
    Rule(
        Metric.NON_PROPRIETARY,
        _INTEROPERATE,
        20,
        _l("어느 회사에도 매이지 않은 형식"),
        _l("CSV, JSON, GeoJSON 가운데 하나로도 내 주세요."),
    ),
    Rule(
        Metric.MACHINE_READABLE,
        _INTEROPERATE,
        20,
        _l("프로그램이 읽는 형식"),
        _l("CSV, JSON, GeoJSON, 엑셀(XLSX) 가운데 하나로도 내 주세요."),
    ),
    Rule(
        Metric.COMPLIANT,
        _INTEROPERATE,
        30,
        _l("국제 표준(DCAT-AP)에 맞음"),
        _l("제목과 설명을 적고, 주소를 https://로 시작하는 바른 주소로 고쳐 주세요."),
    ),
    Rule(Metric.LICENCE, _REUSE, 20, _l("이용 조건"), _l("판을 공개하고 이용 조건을 정해 주세요.")),
    Rule(
        Metric.KNOWN_LICENCE,
        _REUSE,
        10,
        _l("표준 이용 허락"),
        _l("CC0, CC BY 4.0, CC BY-SA 4.0 가운데 하나를 쓸 수 있는지 살펴 주세요."),
    ),
    Rule(Metric.ACCESS_RIGHTS, _REUSE, 10, _l("받을 수 있는 사람"), _l("누가 받을 수 있는지 적어 주세요.")),
    Rule(
        Metric.KNOWN_ACCESS_RIGHTS,
        _REUSE,
        5,
        _l("받을 수 있는 사람의 표준 이름"),
        _l("누가 받을 수 있는지 목록에서 골라 주세요."),
    ),
    Rule(Metric.CONTACT, _REUSE, 20, _l("물어볼 곳"), _l("물어볼 부서와 메일 주소를 적어 주세요.")),
    Rule(Metric.PUBLISHER, _REUSE, 10, _l("가진 기관"), _l("자료를 가진 기관을 적어 주세요.")),
    Rule(Metric.RIGHTS, _CONTEXT, 5, _l("권리 설명"), _l("판을 공개하고 이용 조건을 말로 적어 주세요.")),
    Rule(Metric.SIZE, _CONTEXT, 5, _l("파일 크기"), _l("파일 크기를 적어 주세요.")),
    Rule(Metric.ISSUED, _CONTEXT, 5, _l("처음 나온 날"), _l("제공을 시작하면 날짜가 적혀요.")),
    Rule(Metric.MODIFIED, _CONTEXT, 5, _l("고친 날"), _l("고치면 날짜가 적혀요.")),
)
