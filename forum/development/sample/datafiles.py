"""The sample's data files: electricity by type of building, and trips of shared bicycles. Every number is made up."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Any

import sqlalchemy as sa

from forum.core.extensions import db
from forum.core.reference import regions
from forum.development.sample.letters import ANALYST
from forum.development.sample.stage import Stage
from forum.development.sample.voices import FOLDER
from forum.response.datafiles.queries import check_job
from forum.response.datafiles.uploads import add_file
from forum.response.datasets.models import Dataset, DatasetVersion
from forum.response.datasets.queries import current_version

Story = dict[str, Any]
SEED = 2050
MONTHS = [f"{2024 + (6 + n) // 12}-{(6 + n) % 12 + 1:02d}-01" for n in range(12)]
SEASON = {1: 1.25, 2: 1.15, 6: 1.05, 7: 1.3, 8: 1.35, 9: 1.1, 12: 1.2}
N_TRIPS, N_STATIONS = 1_500, 40
FIRST_HOUR = datetime(2024, 5, 2, 6)


def add_files(stage: Stage) -> list[int]:
    """Add a file to each dataset that has one here, and ask for its check. Return the jobs. The caller commits."""
    story, jobs = json.loads((FOLDER / "datafiles.json").read_text(encoding="utf-8")), []
    for key, rows in (("electricity", electricity), ("trips", trips)):
        plan = story[key]
        version = _version(plan["title"])
        data = _csv(version, rows(version, plan))
        file = add_file(version, stage.staff[ANALYST], plan["name"], io.BytesIO(data))
        job = check_job(file.id)
        assert job is not None
        jobs.append(job.id)
    return jobs


def electricity(version: DatasetVersion, plan: Story) -> Iterator[tuple[object, ...]]:
    """Yield a row for each month, region and type of building; the version's own sample rows stand among them.

    The plan has for each type: buildings in a region, floor of one in m², and electricity of one m² in spring in kWh.
    """
    random, told = Random(SEED), {tuple(row[:3]): row for row in version.sample_rows}  # noqa: S311
    for month in MONTHS:
        for region in regions().values():
            for kind, (n_usual, floor_usual, of_one) in plan["buildings"].items():
                n = round(n_usual * random.uniform(0.7, 1.3))
                floor = round(n * floor_usual * random.uniform(0.95, 1.05), -2)
                used = round(floor * of_one * SEASON.get(int(month[5:7]), 1.0) * random.uniform(0.97, 1.03), -2)
                is_guessed = plan["guessed"][random.random() >= 0.05]
                made = (month, region.name, kind, n, int(floor), int(used), round(used / floor, 1), is_guessed)
                yield tuple(told.get((month, region.name, kind), made))


def trips(_version: DatasetVersion, plan: Story) -> Iterator[tuple[object, ...]]:
    """Yield trips of a few days, in the order of their start."""
    random = Random(SEED)  # noqa: S311  (the same rows each time)
    for n in range(N_TRIPS):
        start = FIRST_HOUR + timedelta(minutes=15 * (n // 6))
        minutes = random.randint(4, 55)
        end = start + timedelta(minutes=15 * max(1, round(minutes / 15)))
        stations = (f"{plan['station']}-{random.randint(1, N_STATIONS):03d}" for _end in range(2))
        leaving, arriving = next(stations), next(stations)
        metres = minutes * random.randint(120, 200)
        times = (start.isoformat(timespec="minutes"), end.isoformat(timespec="minutes"))
        yield (
            times[0],
            leaving,
            times[1],
            arriving,
            metres,
            minutes,
            random.choice(plan["passes"]),
            random.choice(plan["ages"]),
        )


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
