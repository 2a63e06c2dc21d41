"""A digest as somebody asks for it, and as a job builds it."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from enum import Enum
from typing import Any, TypeVar

from forum.core.errors import InvalidInput, WrongState
from forum.core.i18n import _
from forum.publication.digests.formats import FORMATS
from forum.publication.digests.models import DigestKind, PeriodKind
from forum.voice.campaigns.models import PhaseKind

Code = TypeVar("Code", bound=Enum)


@dataclass(frozen=True)
class DigestRequest:
    """What somebody asks for; `services.start_digest` checks it.

    :param ministry: code of the ministry that a ministry's digest is about
    :param phase: of a period PHASE; `from_day` and `to_day` of a period CUSTOM
    """

    kind: DigestKind = DigestKind.CAMPAIGN
    ministry: str = ""
    theme_id: int | None = None
    period: PeriodKind = PeriodKind.ALL
    phase: PhaseKind | None = None
    from_day: date | None = None
    to_day: date | None = None
    formats: tuple[str, ...] = tuple(FORMATS)

    @classmethod
    def typed(
        cls,
        *,
        kind: str | None,
        ministry: str | None,
        theme: str | None,
        period: str | None,
        phase: str | None,
        from_day: date | None,
        to_day: date | None,
        formats: Sequence[str],
    ) -> DigestRequest:
        """Return the request that somebody typed in a form or a command; what is empty is as without it.

        :raise InvalidInput: a kind, period or phase that there is not, or a theme that is no number
        """
        errors: dict[str, str] = {}
        found_kind = _code(DigestKind, kind, "kind", errors)
        found_period = _code(PeriodKind, period, "period", errors)
        found_phase = _code(PhaseKind, phase, "phase", errors)
        number = (theme or "").strip().removeprefix("#")
        if number and not re.fullmatch("[1-9][0-9]{0,8}", number):
            errors["theme"] = _("정책 주제는 번호로 골라 주세요. 예: 12")
        if errors:
            raise InvalidInput(errors)
        return cls(
            kind=found_kind or DigestKind.CAMPAIGN,
            ministry=(ministry or "").strip(),
            theme_id=int(number) if number else None,
            period=found_period or PeriodKind.ALL,
            phase=found_phase,
            from_day=from_day,
            to_day=to_day,
            formats=tuple(formats),
        )


def _code(kind: type[Code], typed: str | None, field: str, errors: dict[str, str]) -> Code | None:
    """Return the member that was typed by its name in any case; note an error where there is none."""
    name = (typed or "").strip()
    if not name:
        return None
    if name.upper() in kind.__members__:
        return kind[name.upper()]
    able = ", ".join(one.lower() for one in kind.__members__)
    errors[field] = _("모르는 말이에요: %(name)s. 쓸 수 있는 것: %(able)s", name=name[:40], able=able)
    return None


@dataclass(frozen=True)
class DigestPlan:
    """A request that was checked: all that a job needs to know. The run is the one that was current at the request."""

    campaign_id: int
    run_id: int
    kind: DigestKind
    ministry_id: int | None
    theme_id: int | None
    period: PeriodKind
    phase: PhaseKind | None
    first_day: date | None
    last_day: date | None
    formats: tuple[str, ...]

    @property
    def arguments(self) -> dict[str, Any]:
        """The arguments of its job, as JSON keeps them."""
        plain = asdict(self) | {"period": self.period.name, "formats": list(self.formats)}
        plain["digest_kind"] = plain.pop("kind").name  # a job's own kind is "digests.build"
        plain["phase"] = self.phase.name if self.phase else None
        for name in ("first_day", "last_day"):
            plain[name] = plain[name].isoformat() if plain[name] else None
        return plain

    @classmethod
    def of(cls, arguments: dict[str, Any]) -> DigestPlan:
        """Return the plan in a job's arguments.

        :raise WrongState: an earlier version, which kept less, enqueued the job
        """
        if "run_id" not in arguments:
            raise WrongState(_("이 포럼의 앞선 판에서 부탁한 보고서예요. 다시 만들어 주세요."))
        values = dict(arguments)
        for name in ("first_day", "last_day"):
            values[name] = values[name] and date.fromisoformat(values[name])
        values["kind"] = DigestKind[values.pop("digest_kind")]
        values["period"], values["formats"] = PeriodKind[values["period"]], tuple(values["formats"])
        values["phase"] = values["phase"] and PhaseKind[values["phase"]]
        return cls(**values)

    @property
    def dedupe_key(self) -> str:
        """The same for equal plans: two who ask for one thing at once get one job."""
        whole = json.dumps(self.arguments, sort_keys=True)
        return f"campaign:{self.campaign_id}:{self.kind.name}:{hashlib.sha256(whole.encode()).hexdigest()[:24]}"
