"""The pages from which analysts keep the registry and stewards describe what their holder has."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from forum.core.access import require
from forum.core.errors import WrongState
from forum.core.extensions import db
from forum.core.i18n import _
from forum.response.datasets.editions import (
    publish_version,
    set_addresses,
    set_dictionary,
    set_sample_rows,
    start_version,
)
from forum.response.datasets.forms import (
    AddressesForm,
    DescriptionForm,
    DictionaryForm,
    EndForm,
    HolderForm,
    NoteForm,
    PublishForm,
    RowsForm,
    SeenForm,
    StewardForm,
    chosen,
)
from forum.response.datasets.holders import add_holder, add_steward, change_holder, end_steward
from forum.response.datasets.locking import HAS_ENDED, require_describe
from forum.response.datasets.models import Dataset, DatasetState, DatasetVersion
from forum.response.datasets.panels import DatasetPlace
from forum.response.datasets.pasted import as_text, dictionary_text, read_dictionary
from forum.response.datasets.permissions import KEEPERS_ONLY, STEWARDS_ONLY, can_describe, can_keep_registry
from forum.response.datasets.queries import (
    all_holders,
    draft_version,
    get_dataset,
    get_holder,
    get_steward,
    get_version,
    holders_of,
    published_versions,
    steward_of,
    stewards_of,
    unfinished_datasets,
)
from forum.response.datasets.services import add_quality_note, change_dataset, move_dataset, propose_dataset
from forum.web.panels import panels_of

BOTH = ["GET", "POST"]


def register_desk(bp: Blueprint) -> None:
    """Add the routes of analysts and stewards to the slice's blueprint."""
    bp.get("/datasets/desk")(desk)
    bp.route("/data-holders/new", methods=BOTH)(new_holder)
    bp.route("/data-holders/<int:holder_id>/edit", methods=BOTH)(edit_holder)
    bp.route("/data-holders/<int:holder_id>/stewards", methods=BOTH)(stewards)
    bp.post("/data-holders/stewards/<int:steward_id>/end")(end_stewardship)
    bp.route("/data-holders/<int:holder_id>/datasets/new", methods=BOTH)(propose)
    bp.route("/datasets/<int:dataset_id>/edit", methods=BOTH)(edit)
    bp.post("/datasets/<int:dataset_id>/move/<state>")(move)
    bp.route("/datasets/<int:dataset_id>/end", methods=BOTH)(end)
    bp.post("/datasets/<int:dataset_id>/versions")(start)
    bp.route("/datasets/<int:dataset_id>/dictionary", methods=BOTH)(dictionary)
    bp.route("/datasets/<int:dataset_id>/rows", methods=BOTH)(rows)
    bp.route("/datasets/<int:dataset_id>/versions/<int:number>/addresses", methods=BOTH)(addresses)
    bp.route("/datasets/<int:dataset_id>/publish", methods=BOTH)(publish)
    bp.route("/datasets/<int:dataset_id>/notes/new", methods=BOTH)(note)


def desk() -> ResponseReturnValue:
    """Show what goes on: to analysts of all holders, to stewards of theirs."""
    keeps = can_keep_registry(current_user)
    holders = all_holders() if keeps else holders_of(current_user)
    require(keeps or bool(holders), _("분석가와, 자료를 가진 기관의 담당자만 볼 수 있어요."))
    return render_template(
        "datasets/desk.html",
        keeps=keeps,
        holders=holders,
        datasets=unfinished_datasets(None if keeps else [one.id for one in holders]),
        panels=panels_of(DatasetPlace.WORK, holders, current_user),
    )


def new_holder() -> ResponseReturnValue:
    """Add a holder."""
    require(can_keep_registry(current_user), str(KEEPERS_ONLY))
    form = HolderForm()
    with form.collect_errors():
        if form.validate_on_submit():
            added = add_holder(current_user, *form.typed())
            db.session.commit()
            flash(_("기관을 올렸어요. 담당자를 정해 주세요."))
            return redirect(url_for("datasets.holder", holder_id=added.id), 303)
    return form.page("datasets/holder_form.html", holder=None)


def edit_holder(holder_id: int) -> ResponseReturnValue:
    """Change what is said of a holder."""
    require(can_keep_registry(current_user), str(KEEPERS_ONLY))
    form = HolderForm.of(get_holder(holder_id))
    with form.collect_errors():
        if form.validate_on_submit():
            change_holder(get_holder(holder_id), current_user, *form.typed(), seen=form.seen_revision())
            db.session.commit()
            flash(_("고쳤어요."))
            return redirect(url_for("datasets.holder", holder_id=holder_id), 303)
    return form.page("datasets/holder_form.html", holder=get_holder(holder_id))


def stewards(holder_id: int) -> ResponseReturnValue:
    """Show who speaks for a holder, and add somebody."""
    require(can_keep_registry(current_user), str(KEEPERS_ONLY))
    holder, form = get_holder(holder_id), StewardForm()
    with form.collect_errors():
        if form.validate_on_submit():
            add_steward(holder, current_user, form.email.data or "", seen=form.seen_revision())
            db.session.commit()
            flash(_("담당자로 정했어요."))
            return redirect(url_for("datasets.stewards", holder_id=holder_id), 303)
    return form.page("datasets/stewards.html", holder=get_holder(holder_id), stewards=stewards_of(holder_id))


def end_stewardship(steward_id: int) -> ResponseReturnValue:
    """End that somebody speaks for a holder."""
    require(can_keep_registry(current_user), str(KEEPERS_ONLY))
    steward = get_steward(steward_id)
    end_steward(steward, current_user, seen=SeenForm().seen_revision())
    db.session.commit()
    flash(_("이제 담당자가 아니에요."))
    return redirect(url_for("datasets.stewards", holder_id=steward.holder_id), 303)


def propose(holder_id: int) -> ResponseReturnValue:
    """Propose a dataset of a holder."""
    holder = get_holder(holder_id)
    require(can_describe(current_user, steward_of(holder_id, current_user)), str(STEWARDS_ONLY))
    form = DescriptionForm()
    with form.collect_errors():
        if form.validate_on_submit():
            dataset = propose_dataset(holder, current_user, form.typed())
            db.session.commit()
            flash(_("자료를 제안했어요. 데이터 사전을 쓰고 첫 판을 공개해 주세요."))
            return redirect(url_for("datasets.show", dataset_id=dataset.id), 303)
    return form.page("datasets/description.html", holder=get_holder(holder_id), dataset=None)


def edit(dataset_id: int) -> ResponseReturnValue:
    """Change what is said of a dataset."""
    form = DescriptionForm.of(_own(dataset_id))
    with form.collect_errors():
        if form.validate_on_submit():
            change_dataset(_own(dataset_id), current_user, form.typed(), seen=form.seen_revision())
            db.session.commit()
            flash(_("고쳤어요."))
            return redirect(url_for("datasets.show", dataset_id=dataset_id), 303)
    dataset = get_dataset(dataset_id)
    return form.page("datasets/description.html", holder=dataset.holder, dataset=dataset)


def move(dataset_id: int, state: str) -> ResponseReturnValue:
    """Move a dataset on to talks or to being offered."""
    dataset = _own(dataset_id)
    require(can_keep_registry(current_user), str(KEEPERS_ONLY))
    to = chosen(DatasetState, state, "")
    move_dataset(dataset, current_user, to, seen=SeenForm().seen_revision())
    db.session.commit()
    flash(_("‘%(state)s’ 상태로 옮겼어요.", state=to.label))
    return redirect(url_for("datasets.show", dataset_id=dataset_id), 303)


def end(dataset_id: int) -> ResponseReturnValue:
    """End a dataset with a reason."""
    dataset, form = _own(dataset_id), EndForm()
    with form.collect_errors():
        if form.validate_on_submit():
            reason, seen = form.reason.data or "", form.seen_revision()
            move_dataset(dataset, current_user, DatasetState.ENDED, seen=seen, reason=reason)
            db.session.commit()
            flash(_("자료 제공을 끝냈어요."))
            return redirect(url_for("datasets.show", dataset_id=dataset_id), 303)
    return form.page("datasets/end.html", dataset=get_dataset(dataset_id))


def start(dataset_id: int) -> ResponseReturnValue:
    """Start the next version."""
    version = start_version(_own(dataset_id), current_user, seen=SeenForm().seen_revision())
    db.session.commit()
    flash(_("%(n)s판을 쓰기 시작했어요. 데이터 사전을 확인해 주세요.", n=version.number))
    return redirect(url_for("datasets.dictionary", dataset_id=dataset_id), 303)


def dictionary(dataset_id: int) -> ResponseReturnValue:
    """Write the dictionary of the version that is being written."""
    draft = _draft(_own(dataset_id))
    form = DictionaryForm(data={"columns": dictionary_text(draft.columns)})
    with form.collect_errors():
        if form.validate_on_submit():
            lines = read_dictionary(form.columns.data or "")
            rows_stay = set_dictionary(_own(dataset_id), current_user, lines, seen=form.seen_revision())
            db.session.commit()
            flash(
                _("데이터 사전을 적었어요.")
                if rows_stay
                else _("데이터 사전을 적었어요. 맞지 않는 예시 행은 지웠어요.")
            )
            return redirect(url_for("datasets.rows", dataset_id=dataset_id), 303)
    return _draft_page(form, "datasets/dictionary.html", dataset_id)


def rows(dataset_id: int) -> ResponseReturnValue:
    """Write the sample rows of the version that is being written."""
    draft = _draft(_own(dataset_id))
    form = RowsForm(data={"rows": as_text(draft.sample_rows)})
    with form.collect_errors():
        if form.validate_on_submit():
            set_sample_rows(_own(dataset_id), current_user, form.rows.data or "", seen=form.seen_revision())
            db.session.commit()
            flash(_("예시 행을 적었어요."))
            return redirect(url_for("datasets.version", dataset_id=dataset_id, number=draft.number), 303)
    return _draft_page(form, "datasets/rows.html", dataset_id)


def addresses(dataset_id: int, number: int) -> ResponseReturnValue:
    """Say where the holder offers a version."""
    dataset = _own(dataset_id)
    form = AddressesForm.of(get_version(dataset_id, number))
    with form.collect_errors():
        if form.validate_on_submit():
            set_addresses(get_version(dataset_id, number), current_user, form.typed(), seen=form.seen_revision())
            db.session.commit()
            flash(_("주소를 적었어요."))
            return redirect(url_for("datasets.version", dataset_id=dataset_id, number=number), 303)
    dataset = get_dataset(dataset_id)
    return form.page("datasets/addresses.html", dataset=dataset, version=get_version(dataset_id, number))


def publish(dataset_id: int) -> ResponseReturnValue:
    """Publish the version that is being written."""
    draft, form = _draft(_own(dataset_id)), PublishForm()
    with form.collect_errors():
        if form.validate_on_submit():
            publish_version(_own(dataset_id), current_user, form.changes.data or "", seen=form.seen_revision())
            db.session.commit()
            flash(_("%(n)s판을 공개했어요.", n=draft.number))
            return redirect(url_for("datasets.show", dataset_id=dataset_id), 303)
    return _draft_page(form, "datasets/publish.html", dataset_id)


def note(dataset_id: int) -> ResponseReturnValue:
    """Note what one should know before using the data."""
    dataset, form = _own(dataset_id), NoteForm()
    form.offer(published_versions(dataset_id))
    with form.collect_errors():
        if form.validate_on_submit():
            text, number, seen = form.text.data or "", form.chosen_number(), form.seen_revision()
            add_quality_note(dataset, current_user, text, number, seen=seen)
            db.session.commit()
            flash(_("품질 메모를 남겼어요."))
            return redirect(url_for("datasets.show", dataset_id=dataset_id, _anchor="notes"), 303)
    return form.page("datasets/note.html", dataset=get_dataset(dataset_id))


def _draft_page(form: SeenForm, template: str, dataset_id: int) -> ResponseReturnValue:
    dataset = get_dataset(dataset_id)
    return form.page(template, dataset=dataset, version=draft_version(dataset_id))


def _own(dataset_id: int) -> Dataset:
    """:raise NotFound: no such dataset, or a proposal of another holder
    :raise Forbidden: neither a steward of its holder nor an analyst
    :raise WrongState: it has ended
    """
    dataset = get_dataset(dataset_id)
    require_describe(dataset, current_user)
    if dataset.state is DatasetState.ENDED:
        raise WrongState(str(HAS_ENDED))
    return dataset


def _draft(dataset: Dataset) -> DatasetVersion:
    """:raise WrongState: no version is being written"""
    found = draft_version(dataset.id)
    if found is None:
        raise WrongState(_("쓰고 있는 판이 없어요. 새 판을 먼저 시작해 주세요."))
    return found
