from __future__ import annotations

import click
import pytest
import sqlalchemy as sa

from forum.core.cli import report_errors

LIBRARIES = {"db", "run", "shell", "routes", "limiter", "users", "roles"}  # commands of Flask and its extensions


def lost():
    reason = Exception('connection to server at "127.0.0.1" failed: refused\n\tIs the server running?')
    raise sa.exc.OperationalError("SELECT 1", {}, reason)


def test_a_database_that_is_gone_is_one_sentence(app):
    app.cli.add_command(click.Command("lose", callback=report_errors(lost)))
    try:
        said = app.test_cli_runner().invoke(args=["lose"])
    finally:
        del app.cli.commands["lose"]
    assert said.exit_code == 1
    assert said.output == '오류: 데이터베이스가 답하지 않습니다: connection to server at "127.0.0.1" failed: refused\n'


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_every_command_of_ours_reports_errors_in_words(app):
    def commands(group, path):
        for name, command in group.commands.items():
            if isinstance(command, click.Group):
                yield from commands(command, [*path, name])
            else:
                yield " ".join([*path, name]), command

    ours = [(path, command) for path, command in commands(app.cli, []) if path.split()[0] not in LIBRARIES]
    assert len(ours) > 20
    assert [path for path, command in ours if not reports_errors(command.callback)] == []


def reports_errors(function):
    """Is one of the wrappers around a command that of `report_errors`?"""
    reporter = report_errors(lost).__code__
    while function is not None and function.__code__ is not reporter:
        function = getattr(function, "__wrapped__", None)
    return function is not None
