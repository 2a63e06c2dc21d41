"""Phones in a real browser that lose the network, with clocks of their own, and what their people do on them."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from playwright.sync_api import BrowserContext, Page, expect

from tests.assault.bad_network import Network
from tests.test_browser_walk import Phone

HOUR = 3600
VALUES = {"agree": 1, "pass": 0, "disagree": -1}
PATIENCE_MILLISECONDS = 240_000
"""Between two attempts lies a minute at most, and a fifth of the answers is lost."""
WRONG_CLOCK = """
  const Right = Date, now = () => Right.now() + globalThis.skew;
  globalThis.Date = class extends Right {
    constructor(...given) { given.length ? super(...given) : super(now()); }
    static now() { return now(); }
  };
"""


def wear_clock(context: BrowserContext, skew: int) -> None:
    """Let the pages that a browser opens from now on have a clock that is so many seconds fast."""
    context.add_init_script(f"globalThis.skew = {skew * 1000};{WRONG_CLOCK}")


@dataclass(frozen=True)
class Case:
    """A kind of phone.

    is_noticed : the browser is told that it is offline (Chromium's emulation); else its requests just fail
    skew : by how many seconds its clock is wrong
    is_set_right : the network sets the clock when it is back
    has_account : signed in; else a guest with a pass
    """

    name: str
    is_noticed: bool = True
    skew: int = 0
    is_set_right: bool = False
    has_account: bool = False


CASES = (
    Case("offline, clock right"),
    Case("requests fail, clock an hour fast", is_noticed=False, skew=HOUR),
    Case("offline, account, clock an hour slow", skew=-HOUR, has_account=True),
    Case("offline, clock an hour slow until the network is back", skew=-HOUR, is_set_right=True),
)


@dataclass
class Done:
    """Something that a person did.

    at : when, by the harness' clock
    title, step : of an idea; the position of the step that the phone showed
    idea_id, value : of a vote
    """

    at: float
    title: str = ""
    step: int = 0
    idea_id: int = 0
    value: int | None = None


@dataclass
class Person:
    """Somebody at a phone. `done`: what they did, in order."""

    case: Case
    phone: Phone
    network: Network
    entry_id: int = 0
    done: list[Done] = field(default_factory=list)
    seconds_to_send: float = 0.0

    @property
    def page(self) -> Page:
        return self.phone.page

    def vote(self, idea_id: int, word: str) -> None:
        button = self.page.locator(f"#vote-{idea_id}-{word}")
        self.done.append(Done(time.time(), idea_id=idea_id, value=VALUES[word]))
        button.tap()
        expect(button).to_have_attribute("aria-pressed", "true")

    def type_idea(self, title: str) -> None:
        for label, text in (("제목", title), ("내용", "저녁에도 버스가 자주 오면 좋겠습니다.")):
            self.page.get_by_label(label).press_sequentially(text)

    def send_idea(self, title: str, step: int) -> None:
        self.done.append(Done(time.time(), title=title, step=step))
        self.page.get_by_role("button", name="제안 올리기").tap()
        expect(self.page.get_by_label("제목")).to_have_value("")

    def expect_waiting(self, n: int) -> None:
        expect(self.page.locator("#kept .room-waiting")).to_have_text(f"{n}개 보낼 것이 남음", timeout=15_000)

    def wait_until_sent(self) -> float:
        """Wait until nothing is left to be sent; return for how many seconds."""
        begun = time.monotonic()
        self.page.wait_for_timeout(1_500)
        expect(self.page.locator("#kept .room-waiting")).to_be_hidden(timeout=PATIENCE_MILLISECONDS)
        return time.monotonic() - begun

    def lose_network(self) -> None:
        self.network.is_cut = True
        if self.case.is_noticed:
            self.phone.context.set_offline(True)

    def find_network(self, drops: float) -> None:
        if self.case.is_set_right:
            self._set_clock(0)
        self.network.drops, self.network.is_cut = drops, False
        if self.case.is_noticed:
            self.phone.context.set_offline(False)

    def wear_clock_in_worker(self) -> None:
        for worker in self.phone.context.service_workers:
            worker.evaluate(f"() => {{ globalThis.skew = {self.case.skew * 1000};{WRONG_CLOCK} }}")

    def _set_clock(self, skew: int) -> None:
        self.page.evaluate("(skew) => { globalThis.skew = skew; }", skew * 1000)
        for worker in self.phone.context.service_workers:
            worker.evaluate("(skew) => { globalThis.skew = skew; }", skew * 1000)

    def cookie_days(self) -> float | None:
        """For how many days the session's cookie lives on; None: until the browser is closed."""
        [expires] = [one["expires"] for one in self.phone.context.cookies() if one["name"] == "session"]
        return None if expires < 0 else round((expires - time.time()) / 86_400, 2)
