"""`make constraints` pins every dependency, with hashes, for every system that the forum runs on."""

from __future__ import annotations

import re
from configparser import ConfigParser
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
PINS = (ROOT / "docs" / "deploy" / "requirements.txt").read_text(encoding="utf-8")
HASH = re.compile(r"\s+--hash=sha256:[0-9a-f]{64}")
SYSTEMS = [("linux", "Linux", "x86_64"), ("linux", "Linux", "aarch64"), ("darwin", "Darwin", "arm64")]
PYTHONS = ["3.11.2", "3.11.9", "3.12.0", "3.13.0", "3.14.0"]


def wanted() -> list[Requirement]:
    setup = ConfigParser()
    setup.read(ROOT / "setup.cfg", encoding="utf-8")
    lines = setup["options"]["install_requires"].splitlines()
    return [Requirement(line.split(" #")[0]) for line in lines if line.strip() and not line.startswith("#")]


def pins() -> list[tuple[Requirement, int]]:
    """Each pinned package, and how many hashes it has."""
    text = re.sub(r"^\s*#.*$", "", PINS, flags=re.MULTILINE).replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.strip()]
    return [(Requirement(HASH.sub("", line).strip()), len(HASH.findall(line))) for line in lines]


def environment(system: tuple[str, str, str], python: str) -> dict[str, str]:
    platform, name, machine = system
    return {
        "python_version": python.rpartition(".")[0],
        "python_full_version": python,
        "sys_platform": platform,
        "platform_system": name,
        "platform_machine": machine,
        "os_name": "posix",
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
        "extra": "",
    }


def test_each_pin_is_one_version_with_hashes():
    for pin, n_hashes in pins():
        assert [specifier.operator for specifier in pin.specifier] == ["=="], pin.name
        assert n_hashes > 0, pin.name


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("system", SYSTEMS, ids=str)
def test_each_dependency_is_pinned_once_within_its_range(system, python):
    here = environment(system, python)
    applying = [pin for pin, _hashes in pins() if pin.marker is None or pin.marker.evaluate(here)]
    versions = {canonicalize_name(pin.name): next(iter(pin.specifier)).version for pin in applying}
    assert len(versions) == len(applying)  # no package twice
    for requirement in wanted():
        if requirement.marker is None or requirement.marker.evaluate(here):
            version = versions[canonicalize_name(requirement.name)]
            assert requirement.specifier.contains(version), f"{requirement} is pinned to {version}: make constraints"


def test_the_file_names_no_host_and_no_index():
    assert "://" not in PINS
    assert "index" not in PINS
    assert "find-links" not in PINS
