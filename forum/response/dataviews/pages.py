"""What the page of a preview shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from forum.core.i18n import _
from forum.response.dataviews.asking import NUMBERS, Column, Operator, PreviewRequest
from forum.response.dataviews.charts import Chart, chart_of
from forum.response.dataviews.engine import PreviewResult


@dataclass(frozen=True)
class PreviewPage:
    """A preview with its form, for `dataviews/_preview.html`.

    path : address that the form is sent to
    typed : the fields of the address, as they came
    errors : messages, where it was refused
    is_closed : single rows are not open, so that there is no filter and no order to choose
    """

    path: str
    columns: Sequence[Column]
    typed: Mapping[str, str]
    is_closed: bool
    request: PreviewRequest = field(default_factory=PreviewRequest)
    result: PreviewResult | None = None
    errors: Sequence[str] = ()

    @property
    def chart(self) -> Chart | None:
        return chart_of(self.result, self.request, self.columns) if self.result else None

    @property
    def choices(self) -> list[tuple[str, str]]:
        return [(column.name, column.name) for column in self.columns]

    @property
    def number_choices(self) -> list[tuple[str, str]]:
        return [(column.name, column.name) for column in self.columns if column.type in NUMBERS]

    @property
    def n_chosen(self) -> int:
        """Return how many choices of the form differ from its beginning."""
        return sum(bool(self.typed.get(name)) for name in ("by", "sum", "column", "sort"))

    @property
    def operators(self) -> list[tuple[str, str]]:
        return [(operator.value, operator.label) for operator in Operator]

    @property
    def head(self) -> list[tuple[str, str]]:
        """Return the names of the columns that are shown, with their units, for `ui.data_table`."""
        shown = self.result.columns if self.result else ()
        named = [f"{column.name} ({column.unit})" if column.unit else column.name for column in shown]
        return [(name, "number" if column.type in NUMBERS else "") for name, column in zip(named, shown, strict=True)]

    @property
    def lines(self) -> list[list[str]]:
        rows = self.result.rows if self.result else ()
        return [[_("(빈칸)") if cell is None else cell for cell in row] for row in rows]

    @property
    def n_left_out(self) -> int:
        """Return how many columns are not shown for their number."""
        return len(self.columns) - len(self.result.columns) if self.result and self.result.columns else 0

    @property
    def words(self) -> str:
        """Return in a sentence how much of the table is shown."""
        assert self.result is not None
        n_rows, n = self.result.n_rows, len(self.result.rows)
        if self.is_closed:
            return _("약 %(n)s행이 있어요.", n=f"{n_rows:,}") if n_rows else _("행이 너무 적어서 수를 보이지 않아요.")
        counted = f"{n_rows:,}"
        said = _("모두 %(n)s행이에요.", n=counted)
        if self.request.filter:
            said = _("조건에 맞는 행이 %(n)s개예요.", n=counted)
        is_whole = n == n_rows or bool(self.request.group_by)
        return said if is_whole else " ".join([said, _("앞의 %(n)s행을 보여 드려요.", n=n)])
