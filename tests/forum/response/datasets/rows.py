"""Datasets for tests: one that says everything, and one that says the least a row may."""

from __future__ import annotations

from datetime import date
from typing import Any

from forum.core import clock
from forum.core.extensions import db
from forum.core.reference import Sector
from forum.response.datasets.models import (
    ColumnType,
    DataHolder,
    Dataset,
    DatasetColumn,
    DatasetState,
    DatasetVersion,
    Distribution,
    FileFormat,
    HolderKind,
    Licence,
    Refresh,
    Sensitivity,
)
from tests.factories import SCRIPT, Factories


def holder_of_data(make: Factories, **values: Any) -> DataHolder:
    defaults = {
        "name": f"한빛전력 {SCRIPT}",
        "kind": HolderKind.COMPANY,
        "contact_office": "데이터전략팀",
        "contact_email": "data@hanbit.example",
        "created_by_id": make.analyst().id,
    }
    return add(DataHolder(**(defaults | values)))


def minimal_dataset(make: Factories, holder: DataHolder | None = None, **values: Any) -> Dataset:
    holder = holder or holder_of_data(make)
    defaults = {
        "holder": holder,
        "title": "건물 유형별 전력",
        "summary": "건물 유형마다 달마다 쓴 전력이에요.",
        "sector": Sector.BUILDING,
        "row_means": "건물 유형 하나의 한 달",
        "refresh": Refresh.IRREGULAR,
        "sensitivity": Sensitivity.RESTRICTED,
        "licence": Licence.KOGL_1,
        "state": DatasetState.TALKING,
        "proposed_by_id": holder.created_by_id,
    }
    return add(Dataset(**(defaults | values)))


def full_dataset(make: Factories, **values: Any) -> Dataset:
    defaults = {
        "title": f"“따옴표” \\ 와 줄 {SCRIPT}",
        "summary": '첫 줄\n둘째 줄 🏢 """ 끝\\',
        "keywords": ["전력", "건물"],
        "region_code": "11",
        "period_from": date(2024, 1, 1),
        "period_until": date(2025, 12, 31),
        "refresh": Refresh.MONTHLY,
        "sensitivity": Sensitivity.OPEN,
        "licence": Licence.CC_BY_4,
        "state": DatasetState.OFFERED,
        "offered_at": clock.now(),
        "price_won": 10_000,
    }
    dataset = minimal_dataset(make, **(defaults | values))
    version = add(DatasetVersion(dataset=dataset, number=1, created_by_id=dataset.proposed_by_id))
    version.columns = [
        DatasetColumn(position=0, name="유형", meaning="건물 유형", type=ColumnType.CODE, is_identifying=True),
        DatasetColumn(position=1, name="kwh", meaning="쓴 전력", type=ColumnType.NUMBER, unit="kWh", is_sensitive=True),
    ]
    version.distributions = [
        Distribution(
            title="CSV 파일",
            access_url="https://data.hanbit.example/전력?a=1&b=(2)",
            download_url="https://data.hanbit.example/power.csv",
            format=FileFormat.CSV,
            size_bytes=12_345,
            access_answers_at=clock.now(),
            download_answers_at=clock.now(),
        )
    ]
    publish(version)
    return dataset


def publish(version: DatasetVersion) -> None:
    db.session.flush()
    version.published_at = clock.now()
    db.session.flush()


def add(thing: Any) -> Any:
    db.session.add(thing)
    db.session.flush()
    return thing
