"""One act of an analyst while it happens: makes the changes, and keeps what is needed to take them back.

Whoever acts holds the themes' rows locked (`lock`). An act is closed with `done`, which gives the themes new versions,
writes the audit entries and stores the inverse. Nothing here decides who may do what; that is `services`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from enum import Enum
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm.attributes import flag_modified

from forum.analysis.curation.models import ActKind, KeptOut, Proposal, ProposalState, ThemeAct, TouchedTheme
from forum.analysis.themes.models import MemberSource, Theme, ThemeIdea, ThemeRun, ThemeState
from forum.core import clock
from forum.core.access import Actor
from forum.core.extensions import db
from forum.system.audit.services import record, text_hash

PIECE = 5_000  # rows a statement names at most; SQLite takes 32,766 values in one
AUDITED_IDEAS = 200  # an audit entry names so many ideas; the act itself holds all
TEXTS = ("title", "summary", "decision_reason")
FIELDS = (*TEXTS, "title_source", "state", "decided_by_id", "decided_at", "merged_into_id", "cluster_id")
NEVER_WAS = {"state": ThemeState.UNMADE.name, "cluster_id": None}
Thing = TypeVar("Thing")


def lock(*themes: Theme) -> None:
    """Hold the themes' rows until the commit, in the order of their ids, and see them as they are now."""
    ids = sorted({theme.id for theme in themes})
    db.session.execute(sa.select(Theme.id).where(Theme.id.in_(ids)).order_by(Theme.id).with_for_update())
    for theme in themes:
        db.session.refresh(theme)


class Act:
    """What an analyst does now. Members come and go through it, so that it can be undone.

    ```
    act = Act(ActKind.MOVE_IDEAS, analyst, source, target)
    moved = act.take(source, idea_ids)
    act.put(target, moved)
    act.done(note="제안 3건을 ‘…’로")
    ```
    """

    def __init__(self, kind: ActKind, actor: Actor, *themes: Theme) -> None:
        self.kind, self.actor, self.themes = kind, actor, list(themes)
        self.before: dict[int, dict[str, Any]] = {theme.id: _fields(theme) for theme in themes}
        self.came: list[list[Any]] = []
        self.left: list[list[Any]] = []
        self.kept_out: list[list[int]] = []
        self.let_in: list[list[int]] = []

    def made(self, theme: Theme) -> None:
        """A theme that this act has made; undoing it makes it one that never was."""
        self.themes.append(theme)
        self.before[theme.id] = dict(NEVER_WAS)

    def put(
        self,
        theme: Theme,
        ideas: Mapping[int, float | None] | Collection[int],
        source: MemberSource = MemberSource.HUMAN,
    ) -> list[int]:
        """Make ideas members, those that are none yet; give those. What was kept out of the theme is let in again."""
        scores: Mapping[int, float | None] = ideas if isinstance(ideas, Mapping) else dict.fromkeys(ideas)
        present = set(_ids_among(ThemeIdea.idea_id, ThemeIdea.theme_id == theme.id, scores))
        new = [idea_id for idea_id in scores if idea_id not in present]
        now = clock.now()
        _insert_members([(theme, idea_id, source, scores[idea_id], now) for idea_id in new])
        self.came += [[theme.id, idea_id] for idea_id in new]
        if source is MemberSource.HUMAN:
            self._let_in(theme, new)
        return new

    def take(self, theme: Theme, idea_ids: Collection[int], keep_out: bool = True) -> dict[int, float | None]:
        """Take members out, those that are some; give those with their scores, in the order asked for.

        :param keep_out: remember that a person took them out, so that no run proposes them for the theme again
        """
        rows: dict[int, ThemeIdea] = {}
        for piece in pieces(list(idea_ids)):
            query = sa.select(ThemeIdea).where(ThemeIdea.theme_id == theme.id, ThemeIdea.idea_id.in_(piece))
            rows |= {row.idea_id: row for row in db.session.scalars(query)}
        gone = [rows[idea_id] for idea_id in dict.fromkeys(idea_ids) if idea_id in rows]
        self.left += [[theme.id, r.idea_id, r.source.name, r.score, r.added_at.isoformat()] for r in gone]
        scores = {row.idea_id: row.score for row in gone}
        for row in gone:
            db.session.expunge(row)
        _delete_members([[theme.id, idea_id] for idea_id in scores])
        if keep_out:
            self._keep_out(theme, list(scores))
        return scores

    def confirm(self, theme: Theme, idea_ids: Collection[int]) -> list[int]:
        """Make machine-made members a person's word: they stay, whatever later runs say."""
        kept = self.take(theme, idea_ids, keep_out=False)
        return self.put(theme, kept)

    def done(self, note: str, **codes: object) -> ThemeAct:
        """Close the act: new versions, audit entries, the inverse in the database. The caller commits.

        :param codes: what else the audit should say; codes and numbers, never a text
        """
        for theme in self.themes:
            touch(theme)
        db.session.flush()
        after = {theme.id: _fields(theme) for theme in self.themes}
        act = ThemeAct(
            campaign_id=self.themes[0].campaign_id,
            kind=self.kind,
            actor_id=self.actor.id,
            note=note[:300],
            changes={
                "themes": {str(key): {"before": self.before[key], "after": after[key]} for key in after},
                "came": self.came,
                "left": self.left,
                "kept_out": self.kept_out,
                "let_in": self.let_in,
            },
        )
        act.touched = [TouchedTheme(theme_id=theme.id, version_after=theme.version) for theme in self.themes]
        db.session.add(act)
        db.session.flush()
        for theme in self.themes:
            db.session.expire(theme, ["members"])
            came = [row[1] for row in self.came if row[0] == theme.id]
            left = [row[1] for row in self.left if row[0] == theme.id]
            record(
                self.actor,
                f"themes.{self.kind.name.lower()}",
                theme,
                audit_codes(self.before[theme.id]) | _some("ideas", left),
                audit_codes(after[theme.id]) | _some("ideas", came) | {"act_id": act.id} | codes,
            )
        return act

    def _keep_out(self, theme: Theme, idea_ids: Sequence[int]) -> None:
        known = set(_ids_among(KeptOut.idea_id, KeptOut.theme_id == theme.id, idea_ids))
        new = [idea_id for idea_id in idea_ids if idea_id not in known]
        _insert_kept_out([[theme.id, idea_id] for idea_id in new])
        self.kept_out += [[theme.id, idea_id] for idea_id in new]

    def keep_out(self, theme: Theme, idea_ids: Sequence[int]) -> None:
        """Remember ideas that never were members as not wanted here."""
        self._keep_out(theme, idea_ids)

    def _let_in(self, theme: Theme, idea_ids: Sequence[int]) -> None:
        known = _ids_among(KeptOut.idea_id, KeptOut.theme_id == theme.id, idea_ids)
        _delete_kept_out([[theme.id, idea_id] for idea_id in known])
        self.let_in += [[theme.id, idea_id] for idea_id in known]


def take_back(act: ThemeAct, themes: Sequence[Theme], actor: Actor) -> None:
    """Undo an act that nothing stands in the way of; its themes are locked. The caller commits."""
    changes = act.changes
    before = {theme.id: _fields(theme) for theme in themes}
    for theme in themes:
        _restore(theme, changes["themes"][str(theme.id)]["before"])
        touch(theme)
    db.session.flush()
    by_id = {theme.id: theme for theme in themes}
    _delete_members(changes["came"])
    _insert_members(
        [
            (by_id[theme_id], idea_id, MemberSource[source], score, datetime.fromisoformat(added_at))
            for theme_id, idea_id, source, score, added_at in changes["left"]
        ]
    )
    _delete_kept_out(changes["kept_out"])
    _insert_kept_out(changes["let_in"])
    _open_proposals_again(act)
    act.undone_at, act.undone_by_id = clock.now(), actor.id
    for touched in act.touched:
        touched.version_after = by_id[touched.theme_id].version
    db.session.flush()
    for theme in themes:
        db.session.expire(theme, ["members"])
        codes = audit_codes(_fields(theme)) | {"act_id": act.id, "act": act.kind.name}
        record(actor, "themes.undo", theme, audit_codes(before[theme.id]), codes)


def touch(theme: Theme) -> None:
    """Give the theme a new version at the next flush, even where no field of it changes or the clock stands still."""
    theme.changed_at = clock.now()
    flag_modified(theme, "changed_at")


def audit_codes(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Fields as an audit entry may say them: texts as fingerprints."""
    return {
        {"decision_reason": "reason"}.get(name, name): text_hash(value) if name in TEXTS else value
        for name, value in fields.items()
        if name not in {"decided_by_id", "decided_at"}
    }


def pieces(things: Sequence[Thing]) -> Iterator[Sequence[Thing]]:
    for start in range(0, len(things), PIECE):
        yield things[start : start + PIECE]


def _fields(theme: Theme) -> dict[str, Any]:
    return {name: _plain(getattr(theme, name)) for name in FIELDS}


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.name
    return value.isoformat() if isinstance(value, datetime) else value


def _restore(theme: Theme, fields: Mapping[str, Any]) -> None:
    for name, value in fields.items():
        if name == "state":
            value = ThemeState[value]
        elif name == "title_source":
            value = MemberSource[value]
        elif name == "decided_at" and value is not None:
            value = datetime.fromisoformat(value)
        setattr(theme, name, value)


def _some(name: str, idea_ids: Sequence[int]) -> dict[str, Any]:
    return {name: list(idea_ids[:AUDITED_IDEAS]), f"n_{name}": len(idea_ids)} if idea_ids else {}


def _ids_among(column: Any, where: Any, idea_ids: Collection[int]) -> list[int]:
    found: list[int] = []
    for piece in pieces(list(idea_ids)):
        found += db.session.scalars(sa.select(column).where(where, column.in_(piece)))
    return found


def _insert_members(rows: Sequence[tuple[Theme, int, MemberSource, float | None, datetime]]) -> None:
    values = [
        {
            "theme_id": theme.id,
            "idea_id": idea_id,
            "campaign_id": theme.campaign_id,
            "source": source,
            "score": score,
            "is_frozen": False,
            "added_at": added_at,
        }
        for theme, idea_id, source, score, added_at in rows
    ]
    for piece in pieces(values):
        db.session.execute(sa.insert(ThemeIdea), piece)


def _delete_members(pairs: Sequence[Sequence[int]]) -> None:
    _delete_pairs(ThemeIdea, pairs)


def _insert_kept_out(pairs: Sequence[Sequence[int]]) -> None:
    now = clock.now()
    for piece in pieces([{"theme_id": pair[0], "idea_id": pair[1], "at": now} for pair in pairs]):
        db.session.execute(sa.insert(KeptOut), piece)


def _delete_kept_out(pairs: Sequence[Sequence[int]]) -> None:
    _delete_pairs(KeptOut, pairs)


def _delete_pairs(table: type[ThemeIdea] | type[KeptOut], pairs: Sequence[Sequence[int]]) -> None:
    by_theme: dict[int, list[int]] = {}
    for theme_id, idea_id in pairs:
        by_theme.setdefault(theme_id, []).append(idea_id)
    for theme_id, idea_ids in by_theme.items():
        for piece in pieces(idea_ids):
            db.session.execute(
                sa.delete(table)
                .where(table.theme_id == theme_id, table.idea_id.in_(piece))
                .execution_options(synchronize_session=False)
            )


def _open_proposals_again(act: ThemeAct) -> None:
    """What the act took or left waits again, unless a newer run has spoken since."""
    is_current = sa.select(ThemeRun.is_current).where(ThemeRun.id == Proposal.run_id).scalar_subquery()
    state = sa.case((is_current, ProposalState.OPEN.name), else_=ProposalState.SUPERSEDED.name)
    db.session.execute(
        sa.update(Proposal)
        .where(Proposal.act_id == act.id)
        .values(state=state, act_id=None)
        .execution_options(synchronize_session=False)
    )
