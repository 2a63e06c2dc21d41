"""The small world every check walks in: one of each thing, in each state, around one actor."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from forum.analysis.curation.membership import add_ideas
from forum.analysis.curation.models import Proposal, ProposalKind, RecordedEdit
from forum.analysis.curation.queries import SPLIT_JOB, get_edit
from forum.analysis.curation.services import edit_theme, undo_edit
from forum.analysis.themes.models import RunState, Theme, ThemeState
from forum.core import clock
from forum.core.access import Role
from forum.core.database import Base
from forum.core.extensions import db
from forum.deliberation.joint.codes import codes_of
from forum.deliberation.joint.models import JointSession
from forum.deliberation.minutes.models import MinutesQuote
from forum.deliberation.rounds.models import StageKind, StageState
from forum.deliberation.sheets.counting import Marks, count_sheets, seen_result
from forum.deliberation.sheets.queries import get_result
from forum.deliberation.sheets.services import type_slip
from forum.people.follows.models import Follow
from forum.publication.dayreports.models import DayReport, DayReportFile
from forum.publication.digests.models import DOCUMENT, Digest, DigestFile, DigestPart, DigestState
from forum.publication.subscriptions.links import token_of
from forum.publication.subscriptions.models import DigestSubscription, Rhythm
from forum.response.certificates.models import Certificate, NameConsent, RevocationReason
from forum.response.pilots.models import PilotDecision, PilotReport, PilotState
from forum.response.pledges.keeping import period_of
from forum.response.pledges.models import PledgeBy
from forum.response.referrals.interim import last_event_of
from forum.response.referrals.models import (
    AssignmentState,
    Decision,
    FileKind,
    MinistryAssignment,
    Referral,
    ReferralEvent,
    ReferralFile,
    ReferralIdea,
    ResponseClock,
)
from forum.response.shortpath.models import AnswerPhoto, ShortAnswer, ShortAnswerKind
from forum.response.shortpath.services import refuse_idea, seen_of
from forum.system.audit.services import record
from forum.system.jobs.models import Job, JobState
from forum.system.notices.models import MailOptOut, MailState, MailStream, Notice, OutboxMail
from forum.system.notices.streams import leaving_token
from forum.system.pauses.models import ElectionPause
from forum.voice.campaigns.models import Campaign, CampaignKind
from forum.voice.campaigns.services import state_hash
from forum.voice.guardians.models import GuardianConsent
from forum.voice.guardians.queries import ANSWER_PURPOSE, MANAGE_PURPOSE, consent_token
from forum.voice.ideas.models import Idea, IdeaOriginal, IdeaState
from forum.voice.integrity.services import object_to
from forum.voice.photos.models import IdeaPhoto, PhotoState
from tests.factories import Factories
from tests.project.rights.commissions_world import build_commissions
from tests.project.rights.council_world import build_council
from tests.project.rights.datafiles_world import build_data_files
from tests.project.rights.datanoise_world import build_data_noise
from tests.project.rights.datasets_world import build_datasets
from tests.project.rights.dataviews_world import build_dataviews
from tests.project.rights.hearings_world import build_hearings
from tests.project.rights.meetings_world import build_meetings
from tests.project.rights.needs_world import build_needs
from tests.project.rights.requests_world import build_requests
from tests.project.rights.rounds_world import build_rounds
from tests.project.rights.scorecards_world import build_scorecards
from tests.project.rights.uses_world import build_uses

NOWHERE = 2_000_000_000
HOUR = timedelta(hours=1)
ROLES = {
    "citizen": Role.CITIZEN,
    "facilitator": Role.FACILITATOR,
    "analyst": Role.ANALYST,
    "officer": Role.MINISTRY_OFFICER,
    "council": Role.COUNCIL_MEMBER,
    "admin": Role.ADMIN,
}
SECRETS = (
    "WITHDRAWN",
    "HIDDEN",
    "MASKED",
    "DRAFT",
    "ANSWER",
    "LETTER-OWN",
    "LETTER-OTHER",
    "CLUSTER",
    "EMAIL",
    "VOTER",
    "NOTICE",
    "JOB",
    "DIGEST",
    "AUDIT",
    "MAIL",
    "REGISTRANT",
    "ONLINE",
)


def secret(name: str) -> str:
    """The word that gives a secret away wherever it is shown."""
    return f"canary{name.replace('-', '').lower()}canary"


def secrets_in(body: str) -> set[str]:
    return {name for name in SECRETS if secret(name) in body}


class World:
    """One of each thing. `objects` says by which arguments of an address each is reached."""

    def __init__(self, actor: str) -> None:
        make = self.make = Factories()
        self.ministry, self.other_ministry = make.ministry(), make.ministry()
        self.account = self._account(actor)
        self.fs_uniquifier = self.account.fs_uniquifier if self.account else ""  # what a sign-in puts into the cookie
        self.author = self.account or make.citizen()
        self.open, self.closed = make.campaign(), make.campaign(open_phases=())
        self.stranger = make.citizen(email=f"{secret('EMAIL')}@example.org")
        self.voter = make.citizen(display_name=secret("VOTER"))  # has done nothing but vote, so nobody sees the name
        self.analyst = make.analyst()
        self.objects: dict[str, dict[str, Any]] = {
            "site": {},
            "campaign:open": {"slug": self.open.slug, "seen": state_hash(self.open)},
            "campaign:closed": {"slug": self.closed.slug, "seen": state_hash(self.closed)},
            "campaign:voted": {"slug": self._voted().slug},
            "campaign:missing": {"slug": "no-such-forum", "seen": ""},
            "policy:terms": {"slug": "terms", "version": 1},
            "policy:missing": {"slug": "no-such-policy", "version": NOWHERE},
            "token:forged": {"token": "forged.token"},
            "file:stylesheet": {"filename": "css/site.css"},
            "file:missing": {"filename": "../config.py"},
        }
        self.words: dict[str, str] = {}
        for build in (
            self._ideas,
            self._photos,
            self._analysis,
            self._opinions,
            self._shortlists,
            self._integrity,
            self._letters,
            self._short_path,
            self._ratings,
            self._pledges,
            self._pilots,
            self._digests,
            self._office,
            self._gathering,
            self._rooms,
            self._joint,
            self._gatherings,
            self._paper,
            self._minutes,
            self._meetings,
            self._hearings,
            self._council,
            self._scorecards,
            self._commissions,
            self._needs,
            self._datasets,
            self._data_files,
            self._pauses,
            self._guardians,
            self._mail,
            self._advisory,
        ):
            build()
        if actor == "child":
            self.account.waits_for_consent = True
        self.words |= {
            "ministry": self.other_ministry.code,
            "idea": str(self.objects["idea:others"]["idea_id"]),
            "today": clock.today().isoformat(),
            "soon": (clock.today() + timedelta(days=5)).isoformat(),
            "third": self.make.ministry().code,
        }
        db.session.commit()

    def _voted(self) -> Campaign:
        """A campaign with as many voters as an export needs."""
        campaign = self.make.campaign()
        idea = self.make.idea(campaign, self.stranger)
        for _n in range(5):
            self.make.vote(idea, self.make.citizen())
        return campaign

    def _account(self, actor: str) -> Any:
        if actor in {"visitor", "guest"}:
            return None
        if actor == "child":  # with a guardian's consent until everything stands; see the end of __init__
            return self.make.child(waits_for_consent=False)
        if actor == "unconfirmed":
            return self.make.citizen(confirmed=False)
        ministry = {"ministry": self.ministry} if actor == "officer" else {}
        return self.make.account(ROLES[actor], **ministry)

    def _idea(self, name: str, campaign: Campaign | None = None, mine: bool = False, **values: Any) -> Idea:
        idea = self.make.idea(campaign or self.open, self.author if mine else self.stranger, **values)
        self.objects[f"idea:{name}"] = {"idea_id": idea.id, "kind": "ideas", "thing_id": idea.id, "hiding_id": NOWHERE}
        return idea

    def _ideas(self) -> None:
        self._idea("own", mine=True)
        others = self._idea("others")
        self.make.vote(self._idea("own voted", mine=True), self.voter)
        self.make.vote(others, self.voter)
        gone = {"state": IdeaState.WITHDRAWN, "body": secret("WITHDRAWN")}
        self._idea("own withdrawn", mine=True, **gone)
        self._idea("withdrawn", **gone)
        self._idea("merged", state=IdeaState.MERGED, merged_into_id=others.id)
        self._idea("own closed", self.closed, mine=True)
        self._idea("closed", self.closed)
        missing = {"idea_id": NOWHERE, "kind": "ideas", "thing_id": NOWHERE, "hiding_id": NOWHERE}
        self.objects["idea:missing"] = missing
        self._hidden("own hidden", mine=True)
        self._hidden("hidden")
        self._hidden("appealed", appeal_text="숨길 까닭이 없습니다.", appealed_at=clock.now())
        masked = self._idea("masked", body="전화는 ***-****-**** 입니다.")
        db.session.add(IdeaOriginal(idea_id=masked.id, title=masked.title, body=secret("MASKED")))

    def _photos(self) -> None:
        """Photos of everyday ideas. Their idea's page shows them with what they say."""
        everyday = self.make.campaign(kind=CampaignKind.EVERYDAY)

        def add(name: str, mine: bool = False, idea: dict[str, Any] | None = None, **values: Any) -> IdeaPhoto:
            author = self.author if mine else self.stranger
            of = self.make.everyday_idea(everyday, author=author, **(idea or {}))
            photo = self.make.idea_photo(of, **values)
            self.objects[f"photo:{name}"] = {
                "photo_id": photo.id,
                "idea_id": of.id,
                "kind": "photos",
                "thing_id": photo.id,
                "hiding_id": NOWHERE,
            }
            return photo

        add("own", mine=True)
        add("others")
        add("own removed", mine=True, state=PhotoState.REMOVED)
        add("removed", state=PhotoState.REMOVED)
        add("of a hidden idea", idea={"state": IdeaState.HIDDEN, "title": secret("HIDDEN"), "body": secret("HIDDEN")})
        add("of a withdrawn idea", idea={"state": IdeaState.WITHDRAWN, "body": secret("WITHDRAWN")})
        for name, mine in (("own hidden", True), ("hidden", False)):
            photo = add(name, mine=mine, caption=secret("HIDDEN"))
            hiding = self.make.hiding(photo, hidden_by_id=self.analyst.id)
            self.objects[f"photo:{name}"]["hiding_id"] = hiding.id
        self.objects["photo:missing"] = {"photo_id": NOWHERE, "kind": "photos", "thing_id": NOWHERE}

    def _hidden(self, name: str, mine: bool = False, **values: Any) -> None:
        idea = self._idea(name, mine=mine, state=IdeaState.HIDDEN, title=secret("HIDDEN"), body=secret("HIDDEN"))
        hiding = self.make.hiding(idea, hidden_by_id=self.analyst.id, **values)
        self.objects[f"idea:{name}"]["hiding_id"] = hiding.id

    def _analysis(self) -> None:
        clusters = [[self._idea("themed")], [self.make.idea(self.open)]]
        left_out, pairs = [self._idea("left out")], {"nearly_equal": [[1, 2, 0.9]]}
        run = self.make.run(self.open, clusters, left_out, {"title": secret("CLUSTER")}, quality=pairs)
        cluster, taken = run.clusters
        building = self.make.run(
            self.open, [], state=RunState.BUILDING, is_current=False, finished_at=None, n_ideas=0, n_themed=0
        )
        run_of = {"run_id": run.id, "reason": "TOO_FEW_FELLOWS"}
        self.objects |= {
            "run:current": run_of | {"number": cluster.number},
            "run:adopted": run_of | {"number": taken.number},
            "run:building": {"run_id": building.id, "number": 1, "reason": "TOO_FEW_FELLOWS"},
            "run:missing": {"run_id": NOWHERE, "number": 1, "reason": "TOO_FEW_FELLOWS"},
            "run:no such part": run_of | {"number": 99, "reason": "JUST_SO"},
        }
        self.run, self.cluster = run, cluster
        draft = self._theme("draft", title=secret("DRAFT"), summary=secret("DRAFT"), cluster_id=taken.id)
        self._desk(draft)
        self._theme("approved", state=ThemeState.APPROVED)
        self._theme("rejected", state=ThemeState.REJECTED)
        self.objects["theme:missing"] = {"theme_id": NOWHERE, "idea_id": NOWHERE, "kind": "themes", "thing_id": NOWHERE}

    def _hearings(self) -> None:
        build_hearings(self, secret("ONLINE"), secret("HIDDEN"))

    def _needs(self) -> None:
        build_needs(self, secret("HIDDEN"), secret("WITHDRAWN"))
        build_uses(self, secret("HIDDEN"), secret("WITHDRAWN"), secret("DRAFT"))

    def _datasets(self) -> None:
        build_datasets(self)
        build_dataviews(self)

    def _data_files(self) -> None:
        build_data_files(self)
        build_requests(self, secret("ONLINE"), secret("HIDDEN"), secret("WITHDRAWN"))
        build_data_noise(self)

    def _meetings(self) -> None:
        build_meetings(self, secret("ONLINE"), secret("DRAFT"))

    def _shortlists(self) -> None:
        """Closed ones, with a slate and without, and an open one; in a campaign of their own."""
        campaign = self.make.campaign()
        ideas = [self.make.idea(campaign) for _ in range(3)]
        if self.account is not None:
            self.make.vote(ideas[0], self.account).cast_at = clock.now() - timedelta(hours=1)
        for name, is_open in (("told", False), ("waiting", False), ("open", True)):
            shortlist = self.make.shortlist(campaign, ideas[:2], is_open=is_open)
            self.objects[f"shortlist:{name}"] = {"slug": campaign.slug, "number": shortlist.number}
            if name == "told":
                self.make.slate(shortlist, ideas[:2])
        self.objects["shortlist:missing"] = {"slug": campaign.slug, "number": NOWHERE}
        self.words |= {
            "pair": " ".join(str(self.make.idea(self.open).id) for _ in range(2)),
            "listed": str(ideas[0].id),
            "unlisted": str(ideas[2].id),
        }

    def _advisory(self) -> None:
        """Rounds at the assembly: open, closed without a list, and closed with the members' list. The council's own
        member has a seat in each."""
        for name in ("open", "closed", "told"):
            round_ = self.make.council_round(present=StageKind.ASSEMBLY, n_chosen=1)
            ideas = [self.make.idea(round_.campaign, self.stranger) for _ in range(2)]
            tasks = [self.make.task(round_, [idea], added_by_id=self.analyst.id) for idea in ideas]
            if self.account is not None and self.account.role is Role.COUNCIL_MEMBER:
                self.make.seat(round_.term, self.account)
            if name == "open":
                self.words["finalist"] = str(tasks[0].id)
            else:
                stage = round_.stage(StageKind.ASSEMBLY)
                stage.state, stage.closed_at = StageState.CLOSED, clock.now()
            if name == "told":
                self.make.advisory_slate(round_, tasks)
            self.objects[f"advisory:{name}"] = {"round_id": round_.id, "task_id": tasks[0].id, "side": "members"}
        self.objects["advisory:missing"] = {"round_id": NOWHERE, "task_id": NOWHERE, "side": "members"}

    def _integrity(self) -> None:
        """Findings and excluded votes, of the actor and of others; in a campaign of their own."""
        campaign, other = self.make.campaign(), self.make.citizen()
        self.make.vote(self.make.idea(campaign), other)
        objector = self.make.citizen()
        objected = self.make.exclusion(campaign, objector)
        object_to(objected, objector, "제 계정은 하나예요")
        cases = {"others": self.make.exclusion(campaign, self.make.citizen()), "objected": objected}
        cases["own"] = self.make.exclusion(campaign, self.account) if self.account else cases["others"]
        self.objects |= {f"exclusion:{name}": {"exclusion_id": case.exclusion_id} for name, case in cases.items()}
        self.objects |= {
            "exclusion:missing": {"exclusion_id": NOWHERE},
            "finding:open": {"finding_id": self.make.finding(campaign, [other]).id},
            "finding:judged": {"finding_id": objected.finding_id},
            "finding:missing": {"finding_id": NOWHERE},
        }
        self.words["found"] = str(other.participant.id)
        # The mails are on their way: whoever stops mail withdraws those that wait.
        db.session.execute(sa.delete(OutboxMail).where(OutboxMail.message_key.startswith("vote_exclusion:")))

    def _theme(self, name: str, **values: Any) -> Theme:
        ideas = [self.make.idea(self.open), self.make.idea(self.open)]
        theme = self.make.theme(self.open, ideas, run_id=self.run.id, **values)
        follow = {"kind": "themes", "thing_id": theme.id}
        self.objects[f"theme:{name}"] = {"theme_id": theme.id, "idea_id": ideas[0].id} | follow
        return theme

    def _opinions(self) -> None:
        """A snapshot that everybody may read, and one that is being made."""
        self.make.snapshot(self.open, [self.make.idea(self.open)])
        self.make.snapshot(self.closed, [], is_finished=False)
        self.objects |= {
            "snapshot:finished": {"slug": self.open.slug, "number": 1},
            "snapshot:unfinished": {"slug": self.closed.slug, "number": 1},
            "snapshot:missing": {"slug": self.open.slug, "number": NOWHERE},
        }

    def _desk(self, draft: Theme) -> None:
        """What an analyst has done to the draft, and what a run proposes for it."""
        other = self.make.theme(self.open, run_id=self.run.id)
        cited = self.make.idea(self.open)
        add_ideas(draft, [cited.id], self.analyst, draft.version)
        done, undone = (self._act(draft) for _ in range(2))
        undo_edit(get_edit(undone), self.analyst)
        self.objects |= {
            "act:done": {"act_id": done},
            "act:undone": {"act_id": undone},
            "act:missing": {"act_id": NOWHERE},
            "proposal:missing": {"proposal_id": NOWHERE},
        }
        job = Job(kind=SPLIT_JOB, dedupe_key=f"theme:{draft.id}", state=JobState.DONE, finished_at=clock.now())
        job.result = {"groups": [{"title": "갈래", "keywords": [], "idea_ids": [cited.id]}]}
        proposal = Proposal(
            run_id=self.run.id,
            theme_id=draft.id,
            kind=ProposalKind.NEW_IDEAS,
            cluster_id=self.cluster.id,
            idea_ids=[self.objects["idea:themed"]["idea_id"]],
        )
        db.session.add_all([job, proposal])
        db.session.flush()
        self.objects["proposal:open"] = {"proposal_id": proposal.id}
        db.session.refresh(draft)
        self.words |= {
            "version": str(draft.version),
            "member": str(cited.id),
            "suggestion": str(job.id),
            "joined": f"{draft.id}:{draft.version}",
            "target": f"{other.id}:{other.version}",
        }

    def _act(self, theme: Theme) -> int:
        """Rename it, as little as that takes, and give the act's id."""
        edit_theme(theme, self.analyst, theme.title, theme.summary, theme.version)
        return db.session.scalar(sa.select(sa.func.max(RecordedEdit.id))) or 0

    def _gatherings(self) -> None:
        """Gatherings in each state, of the actor if they may have one and of others; one that the actor helps in, one
        that they registered for, and one whose organiser lost the role."""
        other = self.make.facilitator()
        mine = self.account if self.account and self.account.role is Role.FACILITATOR else self.make.facilitator()
        for name, organiser in (("own", mine), ("others", other)):
            self._planned(name, organiser)
            prefix = "own " if name == "own" else ""
            self._gathering_of(f"{prefix}draft", organiser, "DRAFT", title=secret("DRAFT"))
            self._gathering_of(
                f"{prefix}finished", organiser, "FINISHED", lists_until=clock.today() + timedelta(days=9)
            )
            self._gathering_of(f"{prefix}cancelled", organiser, "CANCELLED")
            self._gathering_of(f"{prefix}hidden", organiser, title=secret("HIDDEN"), is_hidden=True)
        for name, helper in (("helped", self.account), ("registered", None)):
            gathering = self._planned(name, other, helper)
            if self.account is not None and helper is None:
                self.make.registration(gathering, self.account)
        self._planned("left", self.make.citizen())
        here = self.objects["gathering:others"]
        missing = dict.fromkeys(("gathering_id", "account_id", "thing_id", "hiding_id"), NOWHERE)
        self.objects["gathering:missing"] = here | missing | {"seen": 1}
        starts = clock.now().astimezone(clock.SEOUL) + timedelta(days=3)
        self.words["starts"], self.words["ends"] = (
            f"{moment:%Y-%m-%dT%H:%M}" for moment in (starts, starts + timedelta(hours=2))
        )
        self.words["helper"], self.words["successor"] = self.make.citizen().email, self.make.facilitator().email

    def _planned(self, name: str, organiser: Any, helper: Any = None) -> Any:
        gathering = self._gathering_of(name, organiser, online_url=f"https://{secret('ONLINE')}.example.org/a")
        self.make.registration(gathering, self.make.citizen(display_name=secret("REGISTRANT")))
        helper = self.make.helper(gathering, helper)
        self.objects[f"gathering:{name}"]["account_id"] = helper.id
        return gathering

    def _gathering_of(self, name: str, organiser: Any, state: str = "PLANNED", **values: Any) -> Any:
        gathering = self.make.gathering(organiser, state, campaign=self.open, **values)
        ids = {"gathering_id": gathering.id, "seen": 1, "account_id": NOWHERE}
        text = {"kind": "gatherings", "thing_id": gathering.id, "hiding_id": NOWHERE}
        self.objects[f"gathering:{name}"] = ids | text
        return gathering

    def _gathering(self) -> None:
        """A room that is open, of the actor if they may have one, with a guest who has written and voted there."""
        organiser = self.account if self.account and self.account.role is Role.FACILITATOR else self.make.facilitator()
        self.gathering = self.make.gathering(organiser, "RUNNING", campaign=self.open)
        self.guest_pass = self.make.guest()
        self.guest_code: str = self.guest_pass.code  # what a guest's browser holds
        self.guest_entry = self.make.entry(self.gathering, self.guest_pass)
        self.guest_idea = self.make.room_idea(self.gathering, self.guest_entry)
        self.make.vote(self.make.room_idea(self.gathering), self.guest_pass)
        ids = {"idea_id": self.guest_idea.id, "kind": "ideas", "thing_id": self.guest_idea.id, "hiding_id": NOWHERE}
        self.objects["idea:of a guest"] = ids
        self.words["code"] = self.guest_code

    def _rooms(self) -> None:
        """Rooms that are open, planned and over; "own" ones are the actor's if they may have one."""
        mine = self.gathering.organiser
        planned = self.make.gathering(mine, campaign=self.open, starts_at=clock.now(), ends_at=clock.now() + HOUR)
        finished = self.make.gathering(mine, "FINISHED", campaign=self.open)
        others = self.make.gathering(self.make.facilitator(), "RUNNING", campaign=self.open)
        for name, room in (("own", self.gathering), ("planned", planned), ("over", finished), ("others", others)):
            waiting = self.make.entry(room, self.make.guest(is_admitted=False), is_admitted=False)
            self.objects[f"room:{name}"] = self._room(room) | {"entry_id": waiting.id}
            self.objects[f"room:{name} checked in"] = self._room(room) | {"entry_id": self.make.entry(room).id}
            late = self.make.late_action(self.make.entry(room))
            self.objects[f"room:{name} late"] = {"gathering_id": room.id, "entry_id": late.entry_id, "key": late.key}
        self.objects["room:missing"] = dict.fromkeys(("gathering_id", "entry_id", "idea_id", "tablet_id"), NOWHERE) | {
            "key": "nowhere",
            "code": "87654321",
            "loose": NOWHERE,
            "revision": 1,
        }

    def _room(self, room: Any) -> dict[str, Any]:
        return {
            "gathering_id": room.id,
            "code": room.join_code or "87654321",
            "idea_id": self.make.room_idea(room).id,
            "loose": self.make.idea(self.open).id,
            "tablet_id": self.make._tablet(room).id,
            "revision": room.revision,
        }

    def _joint(self) -> None:
        """Joint sessions in each state, hosted by the actor if they may, one of another host, and one whose host has
        lost the role.
        """
        mine = self.gathering.organiser
        hosts = {"planned": mine, "own": mine, "over": mine, "cancelled": mine, "others": self.make.facilitator()}
        hosts |= {"left": self.make.citizen(), "unreported": mine, "others unreported": hosts["others"]}
        states = {"planned": "PLANNED", "over": "FINISHED", "cancelled": "CANCELLED"}
        states |= dict.fromkeys(("unreported", "others unreported"), "FINISHED")
        for name, host in hosts.items():
            self._session(name, host, states.get(name, "RUNNING"))
        here = self.objects["joint:own"]
        self.objects["joint:missing"] = here | {"session_id": NOWHERE, "gathering_id": NOWHERE}

    def _session(self, name: str, host: Any, state: str) -> None:
        is_over = state in {"FINISHED", "CANCELLED"}
        room = self.make.gathering(host, "FINISHED" if is_over else "RUNNING", campaign=self.open)
        session = self.make.joint_session([room], state, host)
        if state == "RUNNING":
            online = self.make.gathering(host, "RUNNING", campaign=self.open)
            self.make.joint_room(session, online, is_online=True)
        if name == "over":
            self._day_report(session)
        self.objects[f"joint:{name}"] = {
            "session_id": session.id,
            "file_format": "pdf",
            "gathering_id": room.id,
            "loose": self.make.gathering(self.make.facilitator(), campaign=self.open).id,
            "recovery": codes_of(session, [])[0].code,
            "seen": 1,
        }

    def _day_report(self, session: JointSession) -> None:
        now, kept = clock.now(), b"%PDF-1.7 of the day"
        document = {"title": "", "subtitle": "", "is_sample": False, "facts": [], "blocks": []}
        report = DayReport(session_id=session.id, data_cut_at=now, published_at=now, counts={}, document=document)
        db.session.add(report)
        db.session.flush()
        file = {"format": "pdf", "sha256": hashlib.sha256(kept).hexdigest(), "size_bytes": len(kept)}
        db.session.add(DayReportFile(session_id=session.id, content=kept, **file))
        db.session.flush()

    def _paper(self) -> None:
        """Gatherings with a copied slip: of the actor if they may have one, with their help, and of somebody else."""
        stranger = self.make.facilitator()
        own = self.account if self.account and self.account.role is Role.FACILITATOR else stranger
        self._paper_of("own", own)
        self._paper_of("helped", stranger, helps=True)
        self._paper_of("others", stranger)
        self._paper_of("counted", own, is_counted=True)
        for state in ("PLANNED", "FINISHED"):
            made = self.make.gathering(own, state, campaign=self.open)
            self.objects[f"paper:{state.lower()}"] = {"gathering_id": made.id, "paper_idea": NOWHERE, "seen": ""}
        missing = {"gathering_id": NOWHERE, "slip_number": 1, "paper_idea": NOWHERE, "seen": ""}
        self.objects["paper:missing"] = missing
        self.objects["paper:no slip"] = self.objects["paper:own"] | {"slip_number": 9}

    def _paper_of(self, name: str, organiser: Any, helps: bool = False, is_counted: bool = False) -> None:
        room = self.make.gathering(organiser, "RUNNING", campaign=self.open)
        idea_id, seen = type_slip(room, organiser, 1, f"쪽지에 쓴 글 {name}", "내용").idea_id, ""
        if helps and self.account:
            self.make.helper(room, self.account)
        if is_counted:
            for person in (organiser, self.make.helper(room)):
                count_sheets(room, person, 2, {idea_id: Marks(1, 0, 0)}, 0)
            result = get_result(room.id)
            assert result is not None
            seen = seen_result(result)
        things = {"gathering_id": room.id, "slip_number": 1, "paper_idea": idea_id, "seen": seen}
        self.objects[f"paper:{name}"] = things

    def _minutes(self) -> None:
        """Minutes of each state; a facilitator runs the gatherings, but the one whose room is asked: there they sat."""
        is_mine = self.account is not None and self.account.role is Role.FACILITATOR
        organiser = self.account if is_mine and self.account else self.make.facilitator()
        own, others = self.objects["idea:own"]["idea_id"], self.objects["idea:others"]["idea_id"]
        published = self.make.gathering_minutes(author=organiser)
        quotes = [MinutesQuote(minutes_id=published.id, idea_id=idea_id, text="인용") for idea_id in (own, others)]
        draft = self.make.gathering_minutes(author=organiser, state="DRAFT", summary=secret("DRAFT"))
        asked = self.make.gathering_minutes(state="ASKED", summary=secret("DRAFT"))
        for one in (self.account, self.make.citizen()):
            if one is not None and one.role in {Role.CITIZEN, Role.FACILITATOR}:
                self.make.entry(asked.gathering, one)
        db.session.add_all(quotes)
        db.session.flush()
        self.objects |= {
            "minutes:published": {"gathering_id": published.gathering_id, "quote_id": quotes[1].id, "seen": 1},
            "minutes:published with own quote": {"gathering_id": published.gathering_id, "quote_id": quotes[0].id},
            "minutes:draft": {"gathering_id": draft.gathering_id, "quote_id": NOWHERE, "seen": 1},
            "minutes:asked": {"gathering_id": asked.gathering_id, "quote_id": NOWHERE, "seen": 1},
            "minutes:missing": {"gathering_id": NOWHERE, "quote_id": NOWHERE, "seen": 1},
        }

    def _pauses(self) -> None:
        """Election pauses that do not hold today, so that gatherings go on."""
        soon = {"begins_on": clock.today() + timedelta(days=30), "ends_on": clock.today() + timedelta(days=40)}
        now = clock.now()
        to_come = ElectionPause(name="시험 선거", **soon)
        ended = ElectionPause(name="취소된 선거", set_at=now, ended_at=now, **soon)
        db.session.add_all([to_come, ended])
        db.session.flush()
        self.objects |= {
            "pause:to come": {"pause_id": to_come.id},
            "pause:ended": {"pause_id": ended.id},
            "pause:missing": {"pause_id": NOWHERE},
        }

    def _guardians(self) -> None:
        asked = self.make.consent()
        of_child = GuardianConsent.account_id == self.make.child(waits_for_consent=False).id
        in_force = db.session.scalars(sa.select(GuardianConsent).where(of_child)).one()
        self.objects |= {
            "consent:asked": {"token": consent_token(asked, ANSWER_PURPOSE)},
            "consent:given": {"token": consent_token(in_force, ANSWER_PURPOSE)},
            "consent:to manage": {"token": consent_token(in_force, MANAGE_PURPOSE)},
        }

    def _letters(self) -> None:
        mine, theirs = self.ministry, self.other_ministry
        self._letter("sent", mine, "LETTER-OWN")
        acknowledged = self._letter("acknowledged", mine, "LETTER-OWN")
        self.make.received(acknowledged, AssignmentState.ACKNOWLEDGED)
        self.words["seen_acknowledged"] = str(last_event_of(acknowledged.lead))
        self._letter("others", theirs, "LETTER-OTHER")
        together = self._letter("co-operating", theirs, "LETTER-OWN")
        self._beside(together, mine)
        self._helping(mine, theirs)
        self._own_answered(mine, theirs)
        self._drafts(mine, theirs)
        self._files(mine, theirs)
        for name, ministry in (("answered", mine), ("others answered", theirs)):
            answer = self.make.answer(self._letter(name, ministry, ""))
            milestone = self.make.milestone(answer)
            self.objects[f"milestone:{name}"] = {"milestone_id": milestone.id}
        self.objects["referral:missing"] = {"referral_id": NOWHERE}
        self.objects["milestone:missing"] = {"milestone_id": NOWHERE}
        db.session.flush()

    def _short_path(self) -> None:
        """Checks of an everyday campaign, and photos of the offices' answers."""
        make = self.make
        everyday = make.campaign(kind=CampaignKind.EVERYDAY)
        waiting = make.everyday_check(make.everyday_idea(everyday, author_id=self.stranger.participant.id))
        refused = make.everyday_check(make.everyday_idea(everyday, author_id=self.stranger.participant.id))
        earlier = make.everyday_idea(everyday, created_at=clock.now() - timedelta(days=9))
        refuse_idea(refused, self.analyst, "다른 곳에 말해 주세요.", seen=seen_of(refused))
        for name, check in (("waiting", waiting), ("refused", refused)):
            self.objects[f"check:{name}"] = {"idea_id": check.idea_id}
        self.objects["check:missing"] = {"idea_id": NOWHERE}
        self.words |= {"earlier": str(earlier.id), "seen_waiting": seen_of(waiting), "seen_refused": seen_of(refused)}
        for name, ministry, published_at in (
            ("own draft", self.ministry, None),
            ("others draft", self.other_ministry, None),
            ("published", self.other_ministry, clock.now()),
        ):
            theme = make.theme(everyday, state=ThemeState.APPROVED)
            answer = make.answer(make.received(make.referral(theme, ministry)), published_at=None)
            make._add(ShortAnswer(answer_id=answer.id, kind=ShortAnswerKind.FIXED_NOW))
            values = {"sha256": make.blob().sha256, "width": 4, "height": 3, "caption": "고친 길"}
            photo = AnswerPhoto(answer_id=answer.id, position=1, added_by_id=answer.author_id, **values)
            make._add(photo)
            if published_at:
                answer.approved_by_id, answer.published_at = make.approver(ministry).id, published_at
                make._publish(answer.referral, answer)
            self.objects[f"answer photo:{name}"] = {"photo_id": photo.id}
        self.objects["answer photo:missing"] = {"photo_id": NOWHERE}
        db.session.flush()

    def _beside(
        self, referral: Referral, ministry: Any, state: AssignmentState = AssignmentState.SENT
    ) -> MinistryAssignment:
        """A co-operating ministry's part, with its clock."""
        at = None if state is AssignmentState.SENT else clock.now()
        values = {"is_lead": False, "state": state, "arrived_on": referral.sent_on, "acknowledged_at": at}
        assignment = MinistryAssignment(referral_id=referral.id, ministry_id=ministry.id, **values)
        db.session.add(assignment)
        db.session.flush()
        days = {"started_on": referral.sent_on, "period_ends_on": referral.due_on, "due_on": referral.due_on}
        db.session.add(ResponseClock(part_id=assignment.id, **days))
        db.session.flush()
        db.session.refresh(referral, ["assignments"])
        return assignment

    def _helping(self, mine: Any, theirs: Any) -> None:
        self._beside(self._letter("helping", theirs, "LETTER-OWN"), mine, AssignmentState.ACKNOWLEDGED)
        stopped = self.make.received(self._letter("stopped", mine, "LETTER-OWN"), AssignmentState.ACKNOWLEDGED).lead
        stopped.state, stopped.clock.stopped_on = AssignmentState.CORRECTION, clock.today()
        stopped.clock.stopped_until = clock.today() + timedelta(days=5)
        waiting = self.make.referral(self.make.theme(self.open, state=ThemeState.APPROVED, run_id=self.run.id), mine)
        self.objects |= {
            "part:stopped": {"part_id": stopped.id},
            "part:sent": {"part_id": waiting.lead.id},
            "part:missing": {"part_id": NOWHERE},
        }

    def _own_answered(self, mine: Any, theirs: Any) -> None:
        """Letters that quote an idea of the actor's own; one of them was refused, one accepted and delivered."""
        self._letter("own waiting", theirs, "", mine=True)
        declined = self._letter("own declined", theirs, "", mine=True)
        self.make.answer(declined, decision=Decision.DECLINED)
        delivered = self._letter("delivered", mine, "", mine=True)
        answer = self.make.answer(delivered)
        self.make.milestone(answer, percent_done=100, is_closed=True, finished_on=clock.today())
        delivered.lead.state = AssignmentState.DELIVERING
        idea_id = db.session.query(ReferralIdea.idea_id).filter_by(referral_id=delivered.id).scalar()
        named = self.make.answer(self._letter("own named", theirs, "", mine=True)).referral
        named_idea = db.session.query(ReferralIdea.idea_id).filter_by(referral_id=named.id).scalar()
        other = self.make.answer(self._letter("certified", theirs, "")).referral
        other_idea = db.session.query(ReferralIdea).filter_by(referral_id=other.id).one().idea
        for name, referral, idea, who in (
            ("own", delivered, idea_id, self.author.participant.id),
            ("own named", named, named_idea, self.author.participant.id),
            ("own revoked", delivered, idea_id, self.author.participant.id),
            ("others", other, other_idea.id, other_idea.author_id),
        ):
            certificate = Certificate(referral_id=referral.id, idea_id=idea, participant_id=who, decision="ACCEPTED")
            if name == "own revoked":
                certificate.issued_at = certificate.revoked_at = clock.now()
                certificate.revoked_reason = RevocationReason.REPLACED
            db.session.add(certificate)
            db.session.flush()
            self.objects[f"certificate:{name}"] = {"certificate_id": certificate.id}
            if name == "own named":
                db.session.add(NameConsent(certificate_id=certificate.id, account_id=self.author.id))
        for name, letter in (("own sent", "own waiting"), ("own answered", "own declined")):
            quoted = (
                db.session.query(ReferralIdea.idea_id)
                .filter_by(referral_id=self.objects[f"referral:{letter}"]["referral_id"])
                .scalar()
            )
            self.objects[f"idea:{name}"] = {"idea_id": quoted}
        self.objects["certificate:missing"] = {"certificate_id": NOWHERE}

    def _drafts(self, mine: Any, theirs: Any) -> None:
        for name, ministry, submitted in (
            ("open", mine, None),
            ("submitted", mine, clock.now()),
            ("others", theirs, None),
        ):
            referral = self.make.received(self._letter(f"drafted {name}", ministry, ""))
            draft = self.make.answer(referral, published_at=None, submitted_at=submitted, reason=secret("ANSWER"))
            self.objects[f"draft:{name}"] = {"answer_id": draft.id}
        self.objects["draft:missing"] = {"answer_id": NOWHERE}

    def _files(self, mine: Any, theirs: Any) -> None:
        for name, ministry, kept in (("own", mine, "LETTER-OWN"), ("others", theirs, "LETTER-OTHER")):
            referral = self._letter(f"with file {name}", ministry, "")
            event = db.session.query(ReferralEvent).filter_by(referral_id=referral.id).one()
            content = secret(kept).encode()
            file = ReferralFile(referral_id=referral.id, event_id=event.id, kind=FileKind.LETTER, name="붙임.pdf")
            file.media_type, file.content, file.size_bytes = "application/pdf", content, len(content)
            file.sha256, file.uploaded_by_id = hashlib.sha256(content).hexdigest(), self.analyst.id
            db.session.add(file)
            db.session.flush()
            self.objects[f"letter file:{name}"] = {"file_id": file.id}
        self.objects["letter file:missing"] = {"file_id": NOWHERE}

    def _letter(self, name: str, ministry: Any, kept: str, mine: bool = False) -> Referral:
        idea = self.make.idea(self.open, self.author if mine else None)
        theme = self.make.theme(self.open, [idea], state=ThemeState.APPROVED, run_id=self.run.id)
        referral = self.make.referral(theme, ministry, letter=secret(kept) if kept else "검토를 부탁드립니다.")
        self.objects[f"referral:{name}"] = {"referral_id": referral.id, "theme_id": theme.id}
        return referral

    def _ratings(self) -> None:
        """Steps marked done: of a theme with an idea of the actor's own, and of others; and one of a draft."""
        done = {"percent_done": 100, "is_closed": True, "finished_on": clock.today()}
        for name, mine in (("own done", True), ("others done", False)):
            answer = self.make.answer(self._letter(name, self.other_ministry, "", mine=mine))
            round_ = self.make.rating_round(self.make.milestone(answer, **done), opened_at=clock.now() + HOUR)
            self.make.rating(round_, self.voter)  # one of fewer than five: the comment is shown to nobody
            self.objects[f"milestone:{name}"] = {"milestone_id": round_.milestone_id, "round_id": round_.id}
        self.objects["milestone:not done"] = self.objects["milestone:answered"] | {"round_id": NOWHERE}
        waiting = self.make.received(self._letter("with promise", self.ministry, "LETTER-OWN"))
        step = self.make.milestone(self.make.answer(waiting, published_at=None), title=secret("DRAFT"))
        self.objects["milestone:draft"] = {"milestone_id": step.id, "round_id": NOWHERE}
        self.objects["milestone:nowhere"] = {"milestone_id": NOWHERE, "round_id": NOWHERE}

    def _pledges(self) -> None:
        """A theme that is accepted, and pledges with it: the actor's own, and of others, private and public."""
        letter = self._letter("with pledges", self.other_ministry, "")
        self.make.answer(letter)
        letter.theme.frozen_at = clock.now()
        self.objects["theme:accepted"] = {"theme_id": letter.theme_id}
        self.objects["theme:not sent"] = {"theme_id": self.make.theme(self.open).id}
        self.objects["theme:nowhere"] = {"theme_id": NOWHERE}
        group: dict[str, Any] = {"made_by": PledgeBy.CLASS, "group_size": 20}
        for name, person, more in (
            ("own", self.author, {}),
            ("private of others", self.stranger, group | {"group_name": secret("PLEDGE")}),
            ("public of others", self.make.citizen(), group | {"group_name": "하늘중 3반", "is_public": True}),
        ):
            pledge = self.make.pledge(letter.theme, person, **more)
            period = period_of(pledge.rhythm, clock.today()).first.isoformat()
            self.objects[f"pledge:{name}"] = {"pledge_id": pledge.id, "kind": "pledges", "thing_id": pledge.id}
            self.words["present_period"] = period
        self.objects["pledge:missing"] = {"pledge_id": NOWHERE, "kind": "pledges", "thing_id": NOWHERE}

    def _council(self) -> None:
        """The council and its rounds; see `council_world.py` and `rounds_world.py`."""
        build_council(self, secret("REGISTRANT"))
        build_rounds(self, hidden=secret("HIDDEN"), draft=secret("DRAFT"))

    def _scorecards(self) -> None:
        build_scorecards(self, hidden=secret("HIDDEN"))

    def _commissions(self) -> None:
        """Chosen tasks and their letters; see `commissions_world.py`."""
        build_commissions(self)

    def _pilots(self) -> None:
        """Pilots of each state of the officer's own office, and of another; one letter still waits for its pilot."""
        mine, theirs = self.ministry, self.other_ministry
        self.make.short_answer(referral=self._letter("promised", mine, ""))
        for name, ministry, state, decision in (
            ("planned", mine, PilotState.PLANNED, None),
            ("running", mine, PilotState.RUNNING, None),
            ("changed", mine, PilotState.DECIDED, PilotDecision.CHANGE),
            ("others", theirs, PilotState.PLANNED, None),
            ("to spread", theirs, PilotState.DECIDED, PilotDecision.SPREAD),
        ):
            letter = self.make.short_answer(referral=self._letter(f"with pilot {name}", ministry, "")).referral
            pilot = self.make.walked_pilot(letter, state, decision)
            phase = "before" if state is PilotState.PLANNED else "after"
            self.objects[f"pilot:{name}"] = {"pilot_id": pilot.id, "phase": phase, "seen": pilot.revision}
            told = PilotReport(pilot_id=pilot.id, text="해 보고 있어요.", author_id=pilot.created_by_id)
            db.session.add(told)
            db.session.flush()
            self.objects["pilot report:without"] = {"report_id": told.id}
        shown = {"sha256": self.make.blob().sha256, "width": 40, "height": 30, "caption": "새로 칠한 횡단보도"}
        told = PilotReport(pilot_id=pilot.id, text="다 칠했어요.", author_id=pilot.created_by_id, **shown)
        db.session.add(told)
        db.session.flush()
        self.objects |= {
            "pilot:missing": {"pilot_id": NOWHERE, "phase": "before", "seen": 1},
            "pilot report:with photo": {"report_id": told.id},
            "pilot report:missing": {"report_id": NOWHERE},
        }

    def _digests(self) -> None:
        content = f"{secret('DIGEST')} 비공개".encode()
        for name, state in (("published", DigestState.PUBLISHED), ("building", DigestState.BUILDING)):
            published = state is DigestState.PUBLISHED
            digest = Digest(
                campaign_id=self.open.id,
                run_id=self.run.id,
                state=state,
                data_cut_at=clock.now(),
                counts={"ideas": 1, "themes": 1},
                published_at=clock.now() if published else None,
            )
            db.session.add(digest)
            db.session.flush()
            kept = "공개된 보고서".encode() if published else content
            file = {"format": "csv", "sha256": hashlib.sha256(kept).hexdigest(), "size_bytes": len(kept)}
            db.session.add(DigestFile(digest_id=digest.id, run_id=self.run.id, content=kept, **file))
            self.objects[f"digest:{name}"] = {"digest_id": digest.id, "file_format": "csv"}
            self.objects[f"picture:{name}"] = {"digest_id": digest.id, "name": "support.svg"}
            for part, shown_as in (("support.svg", kept), (DOCUMENT, b'{"facts": [], "blocks": []}')):
                shown = {"name": part, "media_type": "image/svg+xml", "sha256": "0" * 64, "content": shown_as}
                db.session.add(DigestPart(digest_id=digest.id, **shown))
        self.objects["picture:the page"] = self.objects["picture:published"] | {"name": DOCUMENT}
        reader = {"address": "reader@example.org", "address_key": "reader@example.org", "rhythm": Rhythm.WEEKLY}
        subscription = DigestSubscription(campaign_id=self.open.id, **reader)
        db.session.add(subscription)
        db.session.flush()
        self.objects["token:digest mail"] = {"token": token_of(subscription)}
        self.objects["digest:no such file"] = self.objects["digest:published"] | {"file_format": "exe"}
        self.objects["digest:missing"] = {"digest_id": NOWHERE, "file_format": "csv"}
        for name, table in (
            ("ideas", "ideas"),
            ("themes", "themes"),
            ("answers", "answers"),
            ("no such table", "votes"),
        ):
            self.objects[f"open data:{name}"] = {"slug": self.open.slug, "name": table}
        self.objects["open data:missing"] = {"slug": "no-such-forum", "name": "ideas"}

    def _mail(self) -> None:
        """What the actor follows, and which mails they have left."""
        own, others = self.author.id, self.objects["idea:others"]["idea_id"]
        db.session.add(Follow(account_id=own, kind="idea", object_id=others))
        db.session.add(Follow(account_id=own, kind="idea", object_id=self.objects["idea:hidden"]["idea_id"]))
        db.session.add(MailOptOut(account_id=own, stream=MailStream.OWN))
        db.session.add(MailOptOut(account_id=self.stranger.id, stream=MailStream.OWN))
        self.objects |= {
            "ministry:any": {"code": self.ministry.code, "kind": "ministries", "thing_id": self.ministry.id},
            "ministry:missing": {"code": "no-such", "kind": "ministries", "thing_id": NOWHERE},
            "kind:missing": {"kind": "votes", "thing_id": 1},
            "mail stream:taken": {"stream": "daily"},
            "mail stream:left": {"stream": "own"},
            "mail stream:missing": {"stream": "password"},
            "token:taken mail": {"token": leaving_token(self.stranger.id, MailStream.DAILY)},
            "token:left mail": {"token": leaving_token(self.stranger.id, MailStream.OWN)},
        }

    def _office(self) -> None:
        now = clock.now()
        running = Job(kind="themes.run", dedupe_key="x", state=JobState.RUNNING, started_at=now, error=secret("JOB"))
        done = Job(kind="themes.run", dedupe_key="x", state=JobState.FAILED, finished_at=now, error=secret("JOB"))
        db.session.add_all([running, done])
        mail = {"recipient": "somebody@example.org", "body": "본문", "created_at": now, "next_attempt_at": now}
        lost = OutboxMail(message_key="lost", subject=secret("MAIL"), state=MailState.FAILED, attempts=8, **mail)
        sent = OutboxMail(message_key="sent", subject="보낸 우편", state=MailState.SENT, sent_at=now, **mail)
        db.session.add_all([lost, sent])
        for name, account in (("own", self.author), ("others", self.stranger)):
            text = "내 알림" if account is self.author else secret("NOTICE")
            notice = Notice(account_id=account.id, kind="idea_themed", text=text, path="/mine")
            db.session.add(notice)
            db.session.flush()
            self.objects[f"notice:{name}"] = {"notice_id": notice.id}
        self.objects["notice:missing"] = {"notice_id": NOWHERE}
        db.session.flush()
        record(self.analyst, "themes.edit", self.run, after={"title": secret("AUDIT")})
        someone = self.make.account(Role.ANALYST, email=f"{secret('EMAIL')}.staff@example.org")
        self.objects |= {
            "job:running": {"job_id": running.id},
            "job:failed": {"job_id": done.id},
            "job:missing": {"job_id": NOWHERE},
            "mail:undelivered": {"mail_id": lost.id},
            "mail:sent": {"mail_id": sent.id},
            "mail:missing": {"mail_id": NOWHERE},
            "account:self": {"account_id": self.author.id},
            "account:citizen": {"account_id": self.stranger.id},
            "account:staff": {"account_id": someone.id},
            "account:missing": {"account_id": NOWHERE},
        }


READING = ("SELECT", "BEGIN", "SAVEPOINT", "RELEASE", "ROLLBACK", "SET", "PRAGMA")
"""How statements begin that change no row; no function of ours that a SELECT could call writes."""


class Snapshot:
    """Every row of every table at one moment, to compare with and to come back to."""

    def __init__(self, *, without_triggers: bool = False) -> None:
        self.tables = Base.metadata.sorted_tables
        self.without_triggers = without_triggers
        self.is_written_to = False
        self.engine = db.engine
        sa.event.listen(self.engine, "before_cursor_execute", self._note)
        with db.engine.connect() as connection:
            self.rows = {table.name: _rows(connection, table) for table in self.tables}
        self.contents, self.marks = contents(), marks()

    def close(self) -> None:
        sa.event.remove(self.engine, "before_cursor_execute", self._note)

    def _note(self, _connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        self.is_written_to = self.is_written_to or not statement.lstrip().startswith(READING)

    def changed(self) -> list[str]:
        """Names of the tables that hold other rows now; none is read where no statement was sent that could write."""
        if not self.is_written_to:
            return []
        self.is_written_to = False
        return self.compare()

    def compare(self) -> list[str]:
        """Names of the tables that hold other rows now, whatever was sent."""
        now = marks()
        touched = [name for name, mark in now.items() if mark != self.marks[name]] if now else list(self.contents)
        changed = [name for name, found in contents(touched).items() if _differ(found, self.contents[name])]
        self.marks |= {name: now[name] for name in touched if now and name not in changed}
        return sorted(changed)

    def restore(self, changed: list[str]) -> None:
        """Put back what was there, on PostgreSQL row by row with the triggers that would refuse it switched off.

        See `PostgresBase._emptying` for how: an ALTER TABLE has the server plan the page's and our statements anew.
        """
        tables = [table for table in self.tables if table.name in changed]
        with db.engine.begin() as connection:
            if self.without_triggers:
                connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
            for table in tables if not self.without_triggers else ():
                connection.exec_driver_sql(f'ALTER TABLE "{table.name}" DISABLE TRIGGER USER')
            self._point_back(connection, tables)
            for table in reversed(tables):
                for key in _rows(connection, table).keys() - self.rows[table.name].keys():
                    connection.execute(sa.delete(table).where(_is(table, key)))
            for table in tables:
                there = _rows(connection, table)
                for key, row in self.rows[table.name].items():
                    if key not in there:
                        connection.execute(sa.insert(table).values(row))
                    elif there[key] != row:
                        connection.execute(sa.update(table).where(_is(table, key)).values(row))
                if not self.without_triggers:
                    connection.exec_driver_sql(f'ALTER TABLE "{table.name}" ENABLE TRIGGER USER')
        self.marks = marks()
        self.is_written_to = False

    def _point_back(self, connection: sa.Connection, tables: Sequence[sa.Table]) -> None:
        """Rows that point at new ones by now let go of them, or those could not be deleted. What clashes here waits."""
        for table in tables:
            for key, row in _rows(connection, table).items():
                if self.rows[table.name].get(key, row) != row:
                    with suppress(IntegrityError), connection.begin_nested():
                        connection.execute(sa.update(table).where(_is(table, key)).values(self.rows[table.name][key]))


def _rows(connection: sa.Connection, table: sa.Table) -> dict[tuple[Any, ...], dict[sa.Column[Any], Any]]:
    keys = list(table.primary_key.columns)
    return {
        tuple(row._mapping[key] for key in keys): {column: row._mapping[column] for column in table.columns}
        for row in connection.execute(sa.select(table))
    }


def _is(table: sa.Table, key: tuple[Any, ...]) -> sa.ColumnElement[bool]:
    return sa.and_(*(column == value for column, value in zip(table.primary_key.columns, key, strict=True)))


def marks() -> dict[str, Any]:
    """What is another as soon as a row was written, by table: how many rows, and of which transactions.

    PostgreSQL says this in a fifth of the time that a hash of every row takes. SQLite has no such thing: none there.
    """
    if db.engine.dialect.name != "postgresql":
        return {}
    question = " UNION ALL ".join(
        f"SELECT '{table.name}', count(*), sum(xmin::text::bigint) FROM \"{table.name}\""
        for table in Base.metadata.sorted_tables
    )
    with db.engine.connect() as connection:
        return {row[0]: tuple(row[1:]) for row in connection.exec_driver_sql(question)}


def contents(names: Sequence[str] | None = None) -> dict[str, Any]:
    """Every row of these tables, or of all: on SQLite the rows, on PostgreSQL their hash, in one statement for all."""
    tables = [table.name for table in Base.metadata.sorted_tables] if names is None else names
    if not tables:
        return {}
    with db.engine.connect() as connection:
        if db.engine.dialect.name == "postgresql":
            question = " UNION ALL ".join(
                f"SELECT '{t}', md5(coalesce(string_agg(md5(r::text), '' ORDER BY md5(r::text)), '')) FROM \"{t}\" r"
                for t in tables
            )
            return {row[0]: row[1] for row in connection.execute(sa.text(question))}
        # The driver's own tuples: SQLAlchemy's rows take six times as long to make.
        ask = connection.connection.driver_connection.execute
        return {t: ask(f'SELECT * FROM "{t}"').fetchall() for t in tables}


def _differ(some: Any, others: Any) -> bool:
    """Whether these are other rows; a row that was deleted and written again may stand elsewhere on SQLite."""
    if some == others or isinstance(some, str):
        return bool(some != others)
    return sorted(map(repr, some)) != sorted(map(repr, others))
