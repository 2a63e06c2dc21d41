from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta, timezone

from forum.core.access import Role
from forum.core.clock import SEOUL
from forum.system.audit.chain import ZERO_HASH, canonical_bytes, link_hash
from forum.system.audit.models import AuditEntry


def an_entry(**values):
    defaults = {
        "id": 7,
        "at": datetime(2026, 11, 24, 0, 5, 9, 120, tzinfo=UTC),
        "actor_id": 3,
        "actor_role": Role.ANALYST,
        "action": "themes.approved",
        "subject_type": "theme",
        "subject_id": 12,
        "before": {"state": "DRAFT"},
        "after": {"summary": "a1b2", "state": "APPROVED", "이름": "햇빛", "n": 3},
    }
    return AuditEntry(**(defaults | values))


def test_the_bytes_are_these_for_ever():
    """If this fails, every existing chain becomes invalid: add a version instead of changing the bytes."""
    assert canonical_bytes(an_entry()).decode() == (
        '{"action":"themes.approved","actor_id":3,"actor_role":"ANALYST",'
        '"after":{"n":3,"state":"APPROVED","summary":"a1b2","이름":"햇빛"},"at":"2026-11-24T00:05:09.000120+00:00",'
        '"before":{"state":"DRAFT"},"id":7,"subject_id":12,"subject_type":"theme"}'
    )


def test_a_link_is_the_hash_of_the_link_before_its_number_and_the_entry():
    wanted = hashlib.sha256(ZERO_HASH.encode() + b" 1\n" + canonical_bytes(an_entry())).hexdigest()
    assert link_hash(1, ZERO_HASH, an_entry()) == wanted
    assert wanted == "fd881fbc01173da91d5f3726473f81899b3f27795bcbb78453611ef9cd19314d"


def test_the_same_moment_in_another_zone_is_the_same_bytes():
    seoul = an_entry(at=datetime(2026, 11, 24, 9, 5, 9, 120, tzinfo=SEOUL))
    elsewhere = an_entry(at=datetime(2026, 11, 23, 16, 5, 9, 120, tzinfo=timezone(timedelta(hours=-8))))
    assert canonical_bytes(seoul) == canonical_bytes(elsewhere) == canonical_bytes(an_entry())


def test_every_field_changes_the_hash():
    changes = {
        "id": 8,
        "at": datetime(2026, 11, 24, 0, 5, 9, 121, tzinfo=UTC),
        "actor_id": None,
        "actor_role": Role.ADMIN,
        "action": "themes.rejected",
        "subject_type": "idea",
        "subject_id": None,
        "before": {},
        "after": {"state": "APPROVED"},
    }
    hashes = {link_hash(1, ZERO_HASH, an_entry(**{name: value})) for name, value in changes.items()}
    hashes |= {
        link_hash(1, ZERO_HASH, an_entry()),
        link_hash(2, ZERO_HASH, an_entry()),
        link_hash(1, "1" * 64, an_entry()),
    }
    assert len(hashes) == len(changes) + 3
