"""Services flush and never commit: whoever calls several of them decides what belongs together."""

from __future__ import annotations

import ast

from tests.project.source import ROOT, files, parsed

ENTRY_POINTS = {
    *("views.py", "polis_views.py", "queue_views.py", "desk_views.py", "tablet_views.py", "catalogue_views.py"),
    *("host_views.py", "phone_views.py", "planning_views.py"),
    *("commands.py", "polis_commands.py", "tasks.py"),
}
COMMITTING = {
    "forum/core/database.py": "defines the session's own commit",
    "forum/development/sample/loader.py": "the body of a development command; jobs run between its steps",
    "forum/people/signin/security.py": "Flask-Security's views are the library's; a failed attempt counts all the same",
    "forum/system/audit/refused_attempts.py": "after a refused request, whose own work is rolled back",
    "forum/system/jobs/progress.py": "a running job's progress and heartbeats are seen while it runs",
    "forum/system/jobs/runner.py": "claims jobs, ends them, and commits what periodic tasks leave open",
    "forum/web/form_recovery.py": "after a refused request: the texts that were typed",
    "forum/web/idempotency.py": "commits once for the whole request, with its answer",
}
"""file -> why it commits although it is neither a view, a command nor a task. The list may only get shorter."""


def test_only_views_commands_tasks_and_named_files_commit():
    committing = {
        str(path.relative_to(ROOT))
        for path in files("forum")
        if path.name not in ENTRY_POINTS
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "commit"
    }
    assert committing == set(COMMITTING)


def test_no_service_is_on_the_list():
    assert not [file for file in COMMITTING if file.endswith("services.py")]
