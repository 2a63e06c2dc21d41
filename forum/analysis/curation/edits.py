"""One analyst's edit of themes: makes the changes, and records the inverse so that the edit can be undone.

The themes' rows are locked for the whole edit (`lock_themes`). `Edit.finish` ends it: it gives the themes new versions,
writes the audit entries and stores the inverse. Who may do what is not decided here, but in `services` and `rules`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from enum import Enum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm.attributes import flag_modified

from forum.analysis.curation.member_rows import (
    BATCH_SIZE,
    delete_excluded,
    delete_members,
    ids_among,
    insert_excluded,
    insert_members,
)
from forum.analysis.curation.models import (
    AffectedTheme,
    EditKind,
    ExcludedIdea,
    Proposal,
    ProposalState,
    RecordedEdit,
)
from forum.analysis.themes.facts import THEMES
from forum.analysis.themes.models import MemberSource, Theme, ThemeIdea, ThemeRun, ThemeState
from forum.core import clock
from forum.core.access import Actor
from forum.core.database import batches
from forum.core.extensions import db
from forum.system.audit.services import record, text_hash

MAX_AUDITED_IDEAS = 200  # ideas that an audit entry names at most; the recorded edit holds all
TEXTS = ("title", "summary", "decision_reason")
FIELDS = (*TEXTS, "title_source", "state", "decided_by_id", "decided_at", "merged_into_id", "cluster_id")
UNDONE_CREATION = {"state": ThemeState.UNMADE.value, "cluster_id": None}


def lock_themes(*themes: Theme) -> None:
    """Lock the themes' rows until the commit, in the order of their ids, and reload them."""
    ids = sorted({theme.id for theme in themes})
    db.session.execute(sa.select(Theme.id).where(Theme.id.in_(ids)).order_by(Theme.id).with_for_update())
    for theme in themes:
        db.session.refresh(theme)


class Edit:
    """An edit in progress. Members are added and removed through it, so that it can be undone.

    ```
    edit = Edit(EditKind.MOVE_IDEAS, analyst, source, target)
    moved = edit.remove(source, idea_ids)
    edit.add(target, moved)
    edit.finish(note="제안 3건을 ‘…’로")
    ```
    """

    def __init__(self, kind: EditKind, actor: Actor, *themes: Theme) -> None:
        self.kind, self.actor, self.themes = kind, actor, list(themes)
        self.before: dict[int, dict[str, Any]] = {theme.id: _fields(theme) for theme in themes}
        self.added: list[list[Any]] = []
        self.removed: list[list[Any]] = []
        self.excluded: list[list[int]] = []
        self.readmitted: list[list[int]] = []

    def create_theme(
        self,
        campaign_id: int,
        run_id: int,
        title: str,
        title_source: MemberSource,
        *,
        summary: str = "",
        cluster_id: int | None = None,
    ) -> Theme:
        """Add a draft theme without members; undo marks it UNMADE."""
        theme = Theme(
            campaign_id=campaign_id,
            run_id=run_id,
            cluster_id=cluster_id,
            title=title,
            title_source=title_source,
            summary=summary,
            created_by_id=self.actor.id,
        )
        db.session.add(theme)
        db.session.flush()
        self.themes.append(theme)
        self.before[theme.id] = dict(UNDONE_CREATION)
        return theme

    def mark_merged(self, source: Theme, target: Theme) -> None:
        """Mark a theme as merged into another one of this edit."""
        source.state, source.merged_into_id = ThemeState.MERGED, target.id

    def add(
        self,
        theme: Theme,
        ideas: Mapping[int, float | None] | Collection[int],
        source: MemberSource = MemberSource.HUMAN,
    ) -> list[int]:
        """Make ideas members that are none yet, and return them. A person's choice readmits excluded ideas."""
        scores: Mapping[int, float | None] = ideas if isinstance(ideas, Mapping) else dict.fromkeys(ideas)
        present = set(ids_among(ThemeIdea.idea_id, ThemeIdea.theme_id == theme.id, scores))
        new = [idea_id for idea_id in scores if idea_id not in present]
        now = clock.now()
        insert_members([(theme, idea_id, source, scores[idea_id], now) for idea_id in new])
        self.added += [[theme.id, idea_id] for idea_id in new]
        if source is MemberSource.HUMAN:
            self._readmit(theme, new)
        return new

    def remove(self, theme: Theme, idea_ids: Collection[int], exclude: bool = True) -> dict[int, float | None]:
        """Remove those of the ideas that are members; return them with their scores, in the order asked for.

        :param exclude: remember that a person removed them, so that no run proposes them for the theme again
        """
        rows: dict[int, ThemeIdea] = {}
        for batch in batches(idea_ids, BATCH_SIZE):
            query = sa.select(ThemeIdea).where(ThemeIdea.theme_id == theme.id, ThemeIdea.idea_id.in_(batch))
            rows |= {row.idea_id: row for row in db.session.scalars(query)}
        gone = [rows[idea_id] for idea_id in dict.fromkeys(idea_ids) if idea_id in rows]
        self.removed += [[theme.id, r.idea_id, r.source.value, r.score, r.added_at.isoformat()] for r in gone]
        scores = {row.idea_id: row.score for row in gone}
        for row in gone:
            db.session.expunge(row)
        delete_members([[theme.id, idea_id] for idea_id in scores])
        if exclude:
            self.exclude(theme, list(scores))
        return scores

    def confirm(self, theme: Theme, idea_ids: Collection[int]) -> list[int]:
        """Mark members that the machine put in as a person's choice: no later run proposes to remove them."""
        kept = self.remove(theme, idea_ids, exclude=False)
        return self.add(theme, kept)

    def exclude(self, theme: Theme, idea_ids: Sequence[int]) -> None:
        """Remember ideas as not wanted in the theme; they need not have been members."""
        known = set(ids_among(ExcludedIdea.idea_id, ExcludedIdea.theme_id == theme.id, idea_ids))
        new = [idea_id for idea_id in idea_ids if idea_id not in known]
        insert_excluded([[theme.id, idea_id] for idea_id in new])
        self.excluded += [[theme.id, idea_id] for idea_id in new]

    def _readmit(self, theme: Theme, idea_ids: Sequence[int]) -> None:
        known = ids_among(ExcludedIdea.idea_id, ExcludedIdea.theme_id == theme.id, idea_ids)
        delete_excluded([[theme.id, idea_id] for idea_id in known])
        self.readmitted += [[theme.id, idea_id] for idea_id in known]

    def finish(self, note: str, **codes: object) -> RecordedEdit:
        """Finish the edit: new versions, audit entries, the inverse in the database. The caller commits.

        :param codes: what else the audit entries say; codes and numbers, never a text
        """
        for theme in self.themes:
            bump_version(theme)
        db.session.flush()
        after = {theme.id: _fields(theme) for theme in self.themes}
        recorded = RecordedEdit(
            campaign_id=self.themes[0].campaign_id,
            kind=self.kind,
            actor_id=self.actor.id,
            note=note[:300],
            changes={  # the keys are stored: older edits are undone by them too
                "themes": {str(key): {"before": self.before[key], "after": after[key]} for key in after},
                "came": self.added,
                "left": self.removed,
                "kept_out": self.excluded,
                "let_in": self.readmitted,
            },
        )
        recorded.affected_themes = [
            AffectedTheme(theme_id=theme.id, version_after=theme.version) for theme in self.themes
        ]
        db.session.add(recorded)
        db.session.flush()
        facts = THEMES.of([theme.id for theme in self.themes])
        for theme in self.themes:
            db.session.expire(theme, ["members"])
            added = [row[1] for row in self.added if row[0] == theme.id]
            removed = [row[1] for row in self.removed if row[0] == theme.id]
            record(
                self.actor,
                f"themes.{self.kind.value.lower()}",
                theme,
                audit_codes(self.before[theme.id]) | _ids_and_number("ideas", removed),
                audit_codes(after[theme.id]) | _ids_and_number("ideas", added) | {"act_id": recorded.id} | codes,
                facts,
            )
            facts = {}  # the edit's first entry vouches for all its themes
        return recorded


def undo(edit: RecordedEdit, themes: Sequence[Theme], actor: Actor) -> None:
    """Undo an edit that no later one depends on; its themes are locked. The caller commits."""
    changes = edit.changes
    before = {theme.id: _fields(theme) for theme in themes}
    for theme in themes:
        _restore(theme, changes["themes"][str(theme.id)]["before"])
        bump_version(theme)
    db.session.flush()
    by_id = {theme.id: theme for theme in themes}
    delete_members(changes["came"])
    insert_members(
        [
            (by_id[theme_id], idea_id, MemberSource(source), score, datetime.fromisoformat(added_at))
            for theme_id, idea_id, source, score, added_at in changes["left"]
        ]
    )
    delete_excluded(changes["kept_out"])
    insert_excluded(changes["let_in"])
    _reopen_proposals(edit)
    edit.undone_at, edit.undone_by_id = clock.now(), actor.id
    for affected in edit.affected_themes:
        affected.version_after = by_id[affected.theme_id].version
    db.session.flush()
    facts = THEMES.of([theme.id for theme in themes])
    for theme in themes:
        db.session.expire(theme, ["members"])
        codes = audit_codes(_fields(theme)) | {"act_id": edit.id, "act": edit.kind.value}
        record(actor, "themes.undo", theme, audit_codes(before[theme.id]), codes, facts)
        facts = {}


def bump_version(theme: Theme) -> None:
    """Give the theme a new version at the next flush, even if no field and not even the time changed."""
    theme.changed_at = clock.now()
    flag_modified(theme, "changed_at")


def audit_codes(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields as an audit entry may hold them: texts as hashes, without who decided and when."""
    return {
        {"decision_reason": "reason"}.get(name, name): text_hash(value) if name in TEXTS else value
        for name, value in fields.items()
        if name not in {"decided_by_id", "decided_at"}
    }


def _fields(theme: Theme) -> dict[str, Any]:
    return {name: _as_json(getattr(theme, name)) for name in FIELDS}


def _as_json(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    return value.isoformat() if isinstance(value, datetime) else value


def _restore(theme: Theme, fields: Mapping[str, Any]) -> None:
    for name, value in fields.items():
        if name == "state":
            value = ThemeState(value)
        elif name == "title_source":
            value = MemberSource(value)
        elif name == "decided_at" and value is not None:
            value = datetime.fromisoformat(value)
        setattr(theme, name, value)


def _ids_and_number(name: str, idea_ids: Sequence[int]) -> dict[str, Any]:
    return {name: list(idea_ids[:MAX_AUDITED_IDEAS]), f"n_{name}": len(idea_ids)} if idea_ids else {}


def _reopen_proposals(edit: RecordedEdit) -> None:
    """Reopen the proposal that the edit accepted or dismissed; SUPERSEDED where a newer run is current."""
    is_current = sa.select(ThemeRun.is_current).where(ThemeRun.id == Proposal.run_id).scalar_subquery()
    state = sa.case((is_current, ProposalState.OPEN.value), else_=ProposalState.SUPERSEDED.value)
    db.session.execute(
        sa.update(Proposal)
        .where(Proposal.act_id == edit.id)
        .values(state=state, act_id=None)
        .execution_options(synchronize_session=False)
    )
