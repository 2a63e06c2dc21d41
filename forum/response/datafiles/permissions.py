from __future__ import annotations

from forum.core.access import Actor
from forum.core.i18n import _l
from forum.response.datasets.models import DataSteward
from forum.response.datasets.permissions import can_describe

STEWARDS_ONLY = _l("이 자료를 가진 기관의 담당자와 분석가만 파일을 올리고 거둘 수 있어요.")
GRANTED_ONLY = _l("이 파일은 신청해서 승인받은 사람만 받을 수 있어요. 자료 화면에서 신청할 수 있어요.")
AGGREGATE_ONLY = _l("이 자료는 집계한 값만 내놓아요. 한 줄 한 줄은 받을 수 없어요.")
OWN_LINK_ONLY = _l("다른 사람에게 준 링크예요. 내 계정으로 링크를 새로 받아 주세요.")


def can_keep_files(actor: Actor, steward: DataSteward | None) -> bool:
    """Who describes a dataset uploads its files, reads what the check found, and withdraws them.

    :param steward: the actor's row at the holder, if there is one in force
    """
    return can_describe(actor, steward)
