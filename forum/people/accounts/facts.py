"""Facts about roles for the audit (`forum.system.audit.facts`)."""

from __future__ import annotations

import sqlalchemy as sa

from forum.core.i18n import _l
from forum.people.accounts.models import RoleGrant
from forum.system.audit.facts import fact_kind

ROLE_GRANTS = fact_kind(
    "role_grant",
    _l("역할을 주고 거둔 일"),
    sa.select(
        RoleGrant.id,
        RoleGrant.account_id,
        RoleGrant.role,
        RoleGrant.ministry_id,
        RoleGrant.council_seat,
        RoleGrant.can_approve_answers,
        RoleGrant.granted_by_id,
        RoleGrant.granted_at,
        RoleGrant.revoked_at,
    ),
)
"""Every role ever granted, in force or ended."""
