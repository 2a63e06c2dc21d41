"""Checks of the registry of datasets: versions without gaps, what an offer needs, dictionaries, and stewards."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from forum.administration.operations.findings import Finding
from forum.core.extensions import db
from forum.core.i18n import _
from forum.people.accounts.models import Account
from forum.response.datasets.models import Dataset, DatasetState, DatasetVersion, DataSteward, Licence
from forum.response.datasets.rating import wrong_points

BATCH_SIZE = 200


def datasets() -> Finding:
    """Check that versions count from 1 without gaps in the order in which they were published, with at most a draft at
    the end, and that what is offered has a published version and its terms.
    """
    finding = Finding(_("공익데이터와 그 판"), 0)
    query = sa.select(Dataset).options(selectinload(Dataset.versions)).order_by(Dataset.id)
    for dataset in db.session.scalars(query.execution_options(yield_per=BATCH_SIZE)):
        finding.n_checked += 1
        for words in (*_wrong_versions(dataset.versions), *_wrong_offer(dataset)):
            finding.differences.append(_("자료 %(id)s번: %(words)s", id=dataset.id, words=words))
    return finding


def dictionaries() -> Finding:
    """Check that the columns of a version count from 0 without gaps, that a published one has some, and that each
    sample row has a cell for each column.
    """
    finding = Finding(_("데이터 사전과 예시 행"), 0)
    query = sa.select(DatasetVersion).options(selectinload(DatasetVersion.columns)).order_by(DatasetVersion.id)
    for version in db.session.scalars(query.execution_options(yield_per=BATCH_SIZE)):
        finding.n_checked += 1
        for words in _wrong_dictionary(version):
            finding.differences.append(_("판 %(id)s번: %(words)s", id=version.id, words=words))
    return finding


def stewards() -> Finding:
    """Check that nobody whose account is closed speaks for a holder."""
    finding = Finding(_("자료 담당자"), 0)
    query = (
        sa.select(DataSteward.id, Account.active)
        .join(Account, Account.id == DataSteward.account_id)
        .where(DataSteward.ended_at.is_(None))
        .order_by(DataSteward.id)
    )
    for steward_id, is_active in db.session.execute(query):
        finding.n_checked += 1
        if not is_active:
            finding.differences.append(_("담당자 %(id)s번: 닫은 계정이에요", id=steward_id))
    return finding


def _wrong_versions(versions: Sequence[DatasetVersion]) -> Iterator[str]:
    if [one.number for one in versions] != list(range(1, len(versions) + 1)):
        yield _("판의 번호가 이어지지 않아요")
    times = [one.published_at for one in versions]
    if None in times[:-1]:
        yield _("쓰고 있는 판 뒤에 다른 판이 있어요")
    published = [at for at in times if at is not None]
    if published != sorted(published):
        yield _("앞의 판보다 먼저 공개했다고 되어 있어요")


def _wrong_offer(dataset: Dataset) -> Iterator[str]:
    if dataset.state is not DatasetState.OFFERED:
        return
    if not any(one.published_at for one in dataset.versions):
        yield _("제공한다는데 공개한 판이 없어요")
    if dataset.licence is Licence.TERMS and not dataset.terms:
        yield _("제공한다는데 이용 조건이 없어요")


def _wrong_dictionary(version: DatasetVersion) -> Iterator[str]:
    if [one.position for one in version.columns] != list(range(len(version.columns))):
        yield _("열의 차례가 이어지지 않아요")
    if version.published_at is not None and not version.columns:
        yield _("공개했는데 데이터 사전이 비어 있어요")
    if any(len(row) != len(version.columns) for row in version.sample_rows):
        yield _("예시 행의 칸 수가 열의 수와 달라요")


def quality_points() -> Finding:
    """Count the quality points of all datasets anew."""
    n_checked, wrong = wrong_points()
    finding = Finding(_("공익데이터의 품질 점수"), n_checked)
    for dataset, counted in wrong:
        words = {"id": dataset.id, "kept": dataset.quality_points, "counted": counted}
        finding.differences.append(_("자료 %(id)s번: 적힌 점수 %(kept)s, 다시 센 점수 %(counted)s", **words))
    return finding


DATASET_CHECKS = (datasets, dictionaries, stewards, quality_points)
