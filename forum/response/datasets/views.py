from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_login import current_user

from forum.core.errors import NotFound
from forum.core.i18n import _
from forum.response.datasets.catalogue_views import register_catalogue
from forum.response.datasets.desk_views import register_desk
from forum.response.datasets.locking import NO_SUCH_DATASET
from forum.response.datasets.models import Dataset
from forum.response.datasets.pages import dataset_page, holder_page, list_page, period_words, price_words, version_page
from forum.response.datasets.panels import DatasetPlace
from forum.response.datasets.permissions import can_describe, can_read_dataset
from forum.response.datasets.queries import get_dataset, get_holder, get_version, holders_of, steward_of
from forum.system.audit.refused_attempts import audit_rejected_posts
from forum.web.forms import query_number, query_text
from forum.web.gate import public
from forum.web.pagecache import same_for_visitors
from forum.web.panels import panels_of

bp = Blueprint("datasets", __name__, template_folder="templates")
audit_rejected_posts(bp)
register_desk(bp)
register_catalogue(bp)


@bp.get("/datasets")
@public
@same_for_visitors
def listing() -> ResponseReturnValue:
    """List the data that everybody may know of."""
    page = list_page(query_text("sector"), query_text("state"), query_number("page", 1) or 1)
    return render_template(
        "datasets/listing.html",
        page=page,
        period_words=period_words,
        price_words=price_words,
        own_holders=holders_of(current_user),
        panels=panels_of(DatasetPlace.LIST, None, current_user),
    )


@bp.get("/datasets/<int:dataset_id>")
@public
@same_for_visitors
def show(dataset_id: int) -> ResponseReturnValue:
    """Show a dataset with its dictionary and its versions."""
    page = dataset_page(_readable(dataset_id), current_user)
    return render_template(
        "datasets/show.html",
        page=page,
        dataset=page.dataset,
        version=page.current.version if page.current else None,
        panels=panels_of(DatasetPlace.PAGE, page.dataset, current_user),
        desk_panels=panels_of(DatasetPlace.DESK, page.dataset, current_user) if page.work else [],
    )


@bp.get("/datasets/<int:dataset_id>/versions/<int:number>")
@public
@same_for_visitors
def version(dataset_id: int, number: int) -> ResponseReturnValue:
    """Show one version; a draft only to those who write it."""
    dataset = _readable(dataset_id)
    found = get_version(dataset_id, number)
    describes = can_describe(current_user, steward_of(dataset.holder_id, current_user))
    if found.published_at is None and not describes:
        raise NotFound(_("그런 판이 없어요."))
    return render_template(
        "datasets/version.html",
        dataset=dataset,
        version=found,
        page=version_page(found),
        describes=describes,
        panels=panels_of(DatasetPlace.VERSION, found, current_user),
    )


@bp.get("/data-holders/<int:holder_id>")
@public
@same_for_visitors
def holder(holder_id: int) -> ResponseReturnValue:
    """Show a holder and its datasets; analysts change both from here."""
    page = holder_page(get_holder(holder_id), current_user)
    return render_template(
        "datasets/holder.html",
        page=page,
        holder=page.holder,
        period_words=period_words,
        price_words=price_words,
        panels=panels_of(DatasetPlace.HOLDER, page.holder, current_user),
    )


def _readable(dataset_id: int) -> Dataset:
    """:raise NotFound: no such dataset, or a proposal that this person may not read"""
    dataset = get_dataset(dataset_id)
    if not can_read_dataset(current_user, dataset, steward_of(dataset.holder_id, current_user)):
        raise NotFound(str(NO_SUCH_DATASET))
    return dataset
