"""The sample's data files: electricity by type of building, and trips of shared bicycles. Every number is made up."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from random import Random

import sqlalchemy as sa

from forum.core.extensions import db
from forum.core.reference import regions
from forum.development.sample.letters import ANALYST
from forum.development.sample.stage import Stage
from forum.response.datafiles.queries import check_job
from forum.response.datafiles.uploads import add_file
from forum.response.datasets.models import Dataset, DatasetVersion
from forum.response.datasets.queries import current_version

SEED = 2050
MONTHS = [f"{2024 + (6 + n) // 12}-{(6 + n) % 12 + 1:02d}-01" for n in range(12)]
# Type of building -> buildings in a region, floor of one in m², electricity of one m² in a spring month in kWh
BUILDINGS = {
    "학교": (800, 2_960, 5.0),
    "병원": (160, 6_270, 14.0),
    "음식점": (5_200, 180, 11.5),
    "아파트": (2_400, 9_800, 3.1),
    "사무실": (1_900, 2_100, 8.2),
    "가게": (7_100, 140, 9.4),
    "공장": (900, 3_400, 21.0),
    "숙박": (640, 1_150, 9.9),
    "공공기관": (310, 3_900, 6.6),
}
SEASON = {1: 1.25, 2: 1.15, 6: 1.05, 7: 1.3, 8: 1.35, 9: 1.1, 12: 1.2}
PASSES, AGES = ("하루", "한 달", "한 해"), ("", "10대", "20대", "30대", "40대", "50대", "60대")
N_TRIPS, N_STATIONS = 1_500, 40
FIRST_HOUR = datetime(2024, 5, 2, 6)


def add_files(stage: Stage) -> list[int]:
    """Add a file to each dataset that has one here, and ask for its check. Return the jobs. The caller commits."""
    jobs = []
    for title, name, rows in (
        ("건물 유형별 월 전기 사용량", "예시-건물유형별-월-전기-사용량.csv", electricity),
        ("공유자전거 대여와 반납 기록", "예시-공유자전거-대여와-반납.csv", trips),
    ):
        version = _version(title)
        file = add_file(version, stage.staff[ANALYST], name, io.BytesIO(_csv(version, rows(version))))
        job = check_job(file.id)
        assert job is not None
        jobs.append(job.id)
    return jobs


def electricity(version: DatasetVersion) -> Iterator[tuple[object, ...]]:
    """Yield a row for each month, region and type of building; the version's own sample rows stand among them."""
    random, told = Random(SEED), {tuple(row[:3]): row for row in version.sample_rows}  # noqa: S311
    for month in MONTHS:
        for region in regions().values():
            for kind, (n_usual, floor_usual, of_one) in BUILDINGS.items():
                n = round(n_usual * random.uniform(0.7, 1.3))
                floor = round(n * floor_usual * random.uniform(0.95, 1.05), -2)
                used = round(floor * of_one * SEASON.get(int(month[5:7]), 1.0) * random.uniform(0.97, 1.03), -2)
                is_guessed = "예" if random.random() < 0.05 else "아니요"
                made = (month, region.name, kind, n, int(floor), int(used), round(used / floor, 1), is_guessed)
                yield tuple(told.get((month, region.name, kind), made))


def trips(_version: DatasetVersion) -> Iterator[tuple[object, ...]]:
    """Yield trips of a few days, in the order of their start."""
    random = Random(SEED)  # noqa: S311  (the same rows each time)
    for n in range(N_TRIPS):
        start = FIRST_HOUR + timedelta(minutes=15 * (n // 6))
        minutes = random.randint(4, 55)
        end = start + timedelta(minutes=15 * max(1, round(minutes / 15)))
        stations = (f"예시-{random.randint(1, N_STATIONS):03d}" for _end in range(2))
        leaving, arriving = next(stations), next(stations)
        metres = minutes * random.randint(120, 200)
        times = (start.isoformat(timespec="minutes"), end.isoformat(timespec="minutes"))
        yield times[0], leaving, times[1], arriving, metres, minutes, random.choice(PASSES), random.choice(AGES)


def _version(title: str) -> DatasetVersion:
    dataset_id = db.session.scalars(sa.select(Dataset.id).where(Dataset.title == title)).one()
    version = current_version(dataset_id)
    assert version is not None
    return version


def _csv(version: DatasetVersion, rows: Iterable[tuple[object, ...]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([column.name for column in version.columns])
    writer.writerows(rows)
    return text.getvalue().encode()
