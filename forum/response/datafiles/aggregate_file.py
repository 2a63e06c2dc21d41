from __future__ import annotations

import csv
import io

from forum.core.access import Actor
from forum.core.errors import NotFound
from forum.core.extensions import db
from forum.core.i18n import _
from forum.core.spreadsheets import escape_formula
from forum.response.datafiles.access import is_given_out
from forum.response.datafiles.accompanying import BOM
from forum.response.datafiles.models import DataAggregate
from forum.response.datafiles.queries import get_file


def get_aggregate(aggregate_id: int, reader: Actor) -> DataAggregate:
    """:raise NotFound: no such aggregate, or of a file that is not given out"""
    found = db.session.get(DataAggregate, aggregate_id)
    if found is None or not is_given_out(get_file(found.file_id, reader)):
        raise NotFound(_("그런 집계가 없어요."))
    return found


def aggregate_csv(made: DataAggregate) -> str:
    """Return an aggregate as CSV; hidden cells say so."""
    table = io.StringIO()
    rows = csv.writer(table, lineterminator="\r\n")
    rows.writerow([escape_formula(made.by_column), escape_formula(made.sum_column or _("줄 수"))])
    for value, figure in made.cells:
        rows.writerow([escape_formula(value), _("가림") if figure is None else figure])
    return BOM + table.getvalue()
