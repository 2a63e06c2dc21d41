"""The sample's people: an account for each role, officers of other ministries, authors and voters."""

from __future__ import annotations

from random import Random

from forum.core import clock
from forum.core.access import SYSTEM, Role
from forum.core.extensions import db
from forum.core.i18n import _, _l
from forum.development.sample.letters import APPROVER, LEAD_MINISTRY
from forum.development.sample.stage import Stage
from forum.people.accounts.models import Account, CouncilSeat, Participant
from forum.people.accounts.services import add_account, grant_role
from forum.people.ministries.models import Ministry
from forum.people.ministries.queries import get_ministry

CITIZEN, TEACHER, FACILITATOR = "시민", "반 선생님", "모임 진행자"
COUNCIL, CHAIR, GOVERNMENT_CHAIR, ADMIN = "협의회 위원", _l("민간 공동위원장"), _l("정부 공동위원장"), "관리자"
LOCAL_OFFICER, LOCAL_APPROVER, OTHER_LOCAL_OFFICER = "시·도 담당자", "시·도 결재자", "이어받은 시·도 담당자"
STEWARD = _l("자료 담당자")
WRITES, APPROVES = "담당", "결재"  # what an officer of another ministry does
LOCAL_OFFICE, OTHER_LOCAL_OFFICE = "LOCAL-48", "LOCAL-52"  # of the everyday ideas; the second takes a pilot over
AGES = ((15, 19), (20, 29), (30, 75))  # youngest and oldest: the age groups of `analysis.opinions.lens`
FIRST_DAY = 71  # days ago: the accounts are made, and the forum opens
SIGN_INS = (
    (CITIZEN, "citizen@sample.invalid", "sample-citizen-2050"),
    (TEACHER, "teacher@sample.invalid", "sample-teacher-2050"),
    (FACILITATOR, "facilitator@sample.invalid", "sample-facilitator-2050"),
    ("분석가", "analyst@sample.invalid", "sample-analyst-2050"),
    ("소관부처 담당자", "officer@sample.invalid", "sample-officer-2050"),
    ("소관부처 결재자", "approver@sample.invalid", "sample-approver-2050"),
    (LOCAL_OFFICER, "local-officer@sample.invalid", "sample-local-officer-2050"),
    (LOCAL_APPROVER, "local-approver@sample.invalid", "sample-local-approver-2050"),
    (OTHER_LOCAL_OFFICER, "other-officer@sample.invalid", "sample-other-officer-2050"),
    (COUNCIL, "council@sample.invalid", "sample-council-2050"),
    (CHAIR, "chair@sample.invalid", "sample-chair-2050"),
    (GOVERNMENT_CHAIR, "gov-chair@sample.invalid", "sample-gov-chair-2050"),
    (STEWARD, "steward@sample.invalid", "sample-steward-2050"),
    (ADMIN, "admin@sample.invalid", "sample-admin-2050"),
)


def create_staff(stage: Stage) -> None:
    """Create the account of each role in `SIGN_INS`, and officers of the ministries that answer."""
    names = (
        _("새벽이슬"),
        _("3반 선생님"),
        _("모임지기 한결"),
        _("분석가 다온"),
        _("기후부 담당 이음"),
        _("기후부 결재 나래"),
        _("경남 담당 바다"),
        _("경남 결재 노을"),
        _("전북 담당 들녘"),
        _("위원 도담"),
        _("위원장 새론"),
        _("위원장 해솔"),
        _("한빛전력 담당 샛별"),
        _("관리자 누리"),
    )
    officer = Role.MINISTRY_OFFICER
    members = (Role.COUNCIL_MEMBER,) * 3
    roles = (None, None, Role.FACILITATOR, Role.ANALYST, *(officer,) * 5, *members, None, Role.ADMIN)
    offices = {LOCAL_OFFICER: LOCAL_OFFICE, LOCAL_APPROVER: LOCAL_OFFICE, OTHER_LOCAL_OFFICER: OTHER_LOCAL_OFFICE}
    with clock.at(stage.days_ago(FIRST_DAY)):
        for (label, email, password), name, role in zip(SIGN_INS, names, roles, strict=True):
            account = add_account(email, name, password, birth_year=2009 if label == CITIZEN else 1985, is_sample=True)
            if role is not None:
                office = get_ministry(offices.get(label, LEAD_MINISTRY))
                kind = CouncilSeat.GOVERNMENT if label == GOVERNMENT_CHAIR else CouncilSeat.CIVIL
                _grant(account, role, office, can_approve=label in {APPROVER, LOCAL_APPROVER}, council_seat=kind)
            stage.staff[label] = account
        for ministry_code in sorted(_answering_ministries(stage) - {LEAD_MINISTRY}):
            stage.staff[ministry_code] = _other_officer(ministry_code, WRITES)
            stage.staff[f"{ministry_code} 결재"] = _other_officer(ministry_code, APPROVES)
        db.session.flush()  # at this moment: what the accounts are told is dated as it is written


def _grant(
    account: Account,
    role: Role,
    ministry: Ministry,
    can_approve: bool = False,
    council_seat: CouncilSeat = CouncilSeat.CIVIL,
) -> None:
    grant_role(
        account,
        role,
        SYSTEM,
        ministry=ministry if role is Role.MINISTRY_OFFICER else None,
        council_seat=council_seat if role is Role.COUNCIL_MEMBER else None,
        can_approve_answers=can_approve,
    )


def _answering_ministries(stage: Stage) -> set[str]:
    letters = [plan["letter"] for plan in stage.story["themes"] if plan.get("letter")]
    named = {code for letter in letters for code in (letter["to"], *letter.get("co", ()))}
    return named | {step["to"] for letter in letters for step in letter["steps"] if "to" in step}


def _other_officer(ministry_code: str, duty: str) -> Account:
    """Create an officer who writes answers or approves them for another ministry; without a password."""
    ministry = get_ministry(ministry_code)
    email = f"{'officer' if duty == WRITES else 'approver'}-{ministry_code.lower()}@sample.invalid"
    account = add_account(email, f"{ministry.name} {duty}"[:20], None, birth_year=1985, is_sample=True)
    _grant(account, Role.MINISTRY_OFFICER, ministry, can_approve=duty == APPROVES)
    return account


def create_people(stage: Stage) -> None:
    """Create the authors and voters. They have no password, so no visitor signs in as them."""
    with clock.at(stage.days_ago(FIRST_DAY)):
        for n, person in enumerate(stage.story["people"], start=1):
            account = _person(stage, f"person{n}", person["display_name"], person["age"], person["region"])
            stage.people.append((account, person["group"] - 1))
        _create_voters(stage)


def _create_voters(stage: Stage) -> None:
    """Create people who only vote, of regions as the others; the story says how many of each group, and their ages."""
    random, plan = Random("voters"), stage.story["voters"]  # noqa: S311  (seeded on purpose)
    groups = plan["groups"]
    for n in range(1, plan["n"] + 1):
        [group] = random.choices(range(len(groups)), [one["share"] for one in groups])
        [(youngest, oldest)] = random.choices(AGES, groups[group]["ages"])
        region = random.choice(stage.story["people"])["region"]
        account = _person(stage, f"voter{n}", _("예시 참여자 %(n)s", n=n), random.randint(youngest, oldest), region)
        stage.voters.append((account, group))


def _person(stage: Stage, key: str, display_name: str, age: int, region: str) -> Account:
    email = f"{key}@sample.invalid"
    account = Account(
        email=email,
        email_key=email,
        display_name=display_name,
        birth_year=stage.now.year - age,
        region_code=region,
        confirmed_at=clock.now(),
        is_sample=True,
        must_agree=False,
    )
    account.participant = Participant()
    db.session.add(account)
    return account


def create_lookalike(n: int) -> Account:
    """Create one of the accounts that a single person makes; without a password."""
    address = f"alike{n}@sample.invalid"
    account = Account(
        email=address,
        email_key=address,
        display_name=_("푸른하루%(n)s", n=n),
        birth_year=1990,
        confirmed_at=clock.now(),
        is_sample=True,
        must_agree=False,
    )
    account.participant = Participant()
    db.session.add(account)
    db.session.flush()
    return account


def author_of(stage: Stage, age: int, region: str) -> Account:
    """Return a person of about this age and, if possible, of this region."""

    def distance(person: tuple[Account, int]) -> tuple[int, float]:
        account, _group = person
        years = abs(stage.now.year - (account.birth_year or 0) - age)
        return years + (0 if account.region_code == region else 6), stage.random.random()

    return min(stage.people, key=distance)[0]
