"""The forum's public surface as sorted text, so that a change of it shows in a diff.

The files beside this module hold what other people and other machines rely on: addresses, tables, template names,
commands, job kinds, periodic tasks and settings. `make contract` rewrites them; `test_contract.py` compares them.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import click
from flask import Flask
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateColumn, CreateIndex, Table

from config import Config
from forum.core.database import Base
from forum.system.jobs.registry import JOB_HANDLERS, PERIODIC_TASKS
from forum.web.gate import is_public_endpoint

FOLDER = Path(__file__).resolve().parent
ROOT = FOLDER.parents[2]


def contract(app: Flask) -> dict[str, str]:
    """Name of a file in this folder -> what it must hold."""
    parts = {
        "routes": routes(app),
        "tables": tables(),
        "templates": templates(app),
        "commands": commands(app),
        "job_kinds": list(JOB_HANDLERS),
        "periodic_tasks": list(PERIODIC_TASKS),
        "settings": settings(),
    }
    return {f"{name}.txt": "".join(f"{line}\n" for line in sorted(lines)) for name, lines in parts.items()}


def routes(app: Flask) -> Iterator[str]:
    """`/ideas/<int:idea_id> GET,POST ideas.show public`"""
    for rule in app.url_map.iter_rules():
        methods = ",".join(sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}))
        access = "public" if is_public_endpoint(app, rule.endpoint) else "closed"
        yield f"{rule.rule} {methods} {rule.endpoint} {access}"


def tables() -> Iterator[str]:
    """One line for each column, constraint and index, in PostgreSQL's words."""
    dialect = postgresql.dialect()
    for table in Base.metadata.tables.values():
        for column in table.columns:
            yield f"{table.name} column {_one_line(CreateColumn(column).compile(dialect=dialect))}"
        yield from (f"{table.name} {line}" for line in _constraints(table))
        for index in table.indexes:
            yield f"{table.name} index {_one_line(CreateIndex(index).compile(dialect=dialect))}"


def _constraints(table: Table) -> Iterator[str]:
    dialect = postgresql.dialect()
    compiler = dialect.ddl_compiler(dialect, None)
    for constraint in table.constraints:
        text = compiler.process(constraint)
        if text:  # an empty PRIMARY KEY or a constraint for another database
            yield _one_line(text)


def _one_line(words: object) -> str:
    return " ".join(str(words).split())


def templates(app: Flask) -> Iterator[str]:
    """Names by which our templates are rendered; those of libraries are left out."""
    loader = app.jinja_env.loader
    assert loader is not None
    for name in loader.list_templates():
        _source, filename, _is_fresh = loader.get_source(app.jinja_env, name)
        if filename and (ROOT / "forum") in Path(filename).resolve().parents:
            yield name


def commands(app: Flask) -> Iterator[str]:
    """`flask ideas import FILE --campaign … [--as …]`, ours alone."""
    yield from _commands_of("flask", app.cli.commands)


def _commands_of(path: str, found: Mapping[str, click.Command]) -> Iterator[str]:
    for name, command in found.items():
        if isinstance(command, click.Group):
            yield from _commands_of(f"{path} {name}", command.commands)
        elif command.callback is not None and command.callback.__module__.startswith("forum."):
            yield " ".join([path, name, *_parameters(command.params)])


def _parameters(found: Iterable[click.Parameter]) -> Iterator[str]:
    for parameter in found:
        words = parameter.name if isinstance(parameter, click.Argument) else ",".join(sorted(parameter.opts))
        kind = "flag" if getattr(parameter, "is_flag", False) else parameter.type.name
        text = f"{words}:{kind}{'…' if parameter.multiple or parameter.nargs == -1 else ''}"
        yield text if parameter.required else f"[{text}]"


def settings() -> Iterator[str]:
    """The keys of `app.config` with their defaults, and the names that are read from the environment."""
    for field in dataclasses.fields(Config):
        default = "required" if field.default is dataclasses.MISSING else repr(field.default)
        if field.name not in {"INSTANCE_DIR", "EXTRA"}:  # a folder of this machine; no setting
            yield f"{field.name} {field.type} {default}"
    environ = _RecordingEnviron()
    Config.from_env(environ)
    yield from (f"environment {name}" for name in environ.asked)


class _RecordingEnviron(dict[str, str]):
    """An environment of a development machine that notes each name it is asked for."""

    def __init__(self) -> None:
        secret = "contract-" + "0" * 32
        super().__init__(FORUM_ENV="development", SECRET_KEY=secret, SECURITY_PASSWORD_SALT=secret)
        self.asked: set[str] = set()

    def get(self, name: str, default: str | None = None) -> str | None:  # type: ignore[override]
        self.asked.add(name)
        return super().get(name, default)
