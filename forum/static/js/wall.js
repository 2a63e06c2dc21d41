/* A joint session's wall: asks every second where the session stands and what is on the wall. A step begins on all
   screens at the same moment of the server's clock. The page's own HTML is what it shows without this. */
(() => {
  "use strict";
  const EVERY = 1000, JITTER = 200; // milliseconds between two questions; so that a hundred walls do not ask at once
  const LOST_AFTER = 5000, PATIENCE = 4000;
  const MINUTE = 60000, SECOND = 1000;
  const RESET = 2 * MINUTE; // an answer that is older than any can be: the server's clock was put back
  const wall = document.querySelector("main.wall");
  if (!wall) return;
  const byId = (id) => document.getElementById(id);
  const steps = byId("wall-steps");

  // --- the server's clock: of the last answers, the one that was under way the shortest is the most exact
  const samples = [];
  // by the page's own running time, which nobody sets wrong or puts right in the middle of a session
  let offset = Date.now() - performance.now();
  const serverNow = () => performance.now() + offset;
  const learnClock = (response, asked) => {
    const told = Number(response.headers.get("X-Forum-Time"));
    if (!told) return;
    const arrived = performance.now();
    samples.push({ trip: arrived - asked, offset: told - (asked + arrived) / 2 });
    if (samples.length > 20) samples.shift();
    offset = samples.reduce((best, one) => (one.trip < best.trip ? one : best)).offset;
  };

  // --- one question after the other; an answer that did not change is 304, and has no body
  let heardAt = performance.now();
  const poll = (address, take) => {
    let etag = "";
    const ask = async () => {
      const asked = performance.now();
      try {
        const headers = etag ? { "If-None-Match": etag } : {};
        const response = await fetch(address, { cache: "no-store", credentials: "omit", headers, signal: AbortSignal.timeout(PATIENCE) });
        learnClock(response, asked);
        if (response.ok) {
          const said = await response.json();
          if (take(said, Number(response.headers.get("X-Forum-Read")))) etag = response.headers.get("ETag") || "";
        } else if (response.status === 404) {
          window.location.reload(); // no wall any more: the page says so
          return;
        }
        if (response.ok || response.status === 304) heardAt = performance.now();
      } catch { /* without network the next question tries again */ }
      setTimeout(ask, EVERY + JITTER * (2 * Math.random() - 1) - Math.min(performance.now() - asked, EVERY / 2));
    };
    ask();
  };

  // --- steps
  let state = null, found = false, timer = 0;
  const current = () => {
    if (!state || !state.step) return 0;
    return serverNow() >= state.step.begins ? state.step.position : state.before;
  };
  const showStep = () => {
    const isRunning = state.state === "RUNNING", position = isRunning ? current() : 0;
    let title = steps.dataset[state.state === "PLANNED" || isRunning ? "before" : state.state.toLowerCase()], isApart = false;
    for (const item of steps.children) {
      const isNow = Number(item.dataset.position) === position;
      if (isNow) {
        item.setAttribute("aria-current", "step");
        title = item.textContent;
        isApart = "apart" in item.dataset;
      } else item.removeAttribute("aria-current");
    }
    if (byId("wall-step").textContent !== title) byId("wall-step").textContent = title;
    const view = found && (isApart || state.state === "FINISHED") ? "apart" : "board";
    wall.dataset.view = view;
    byId("wall-board").hidden = view !== "board";
    byId("wall-apart").hidden = view !== "apart";
    showClock();
  };
  const showClock = () => {
    const clock = byId("wall-clock"), step = state && state.state === "RUNNING" && state.step;
    const isOn = step && serverNow() >= step.begins;
    const left = isOn ? step.begins + step.minutes * MINUTE - serverNow() : 0;
    const seconds = Math.max(0, Math.ceil(left / SECOND));
    const text = isOn ? `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}` : "";
    if (clock.textContent !== text) clock.textContent = text;
    clock.classList.toggle("is-over", Boolean(isOn) && seconds === 0);
  };
  poll(wall.dataset.state, (said) => {
    state = said;
    clearTimeout(timer);
    const wait = said.step ? said.step.begins - serverNow() : 0;
    if (wait > 0) timer = setTimeout(showStep, wait);
    showStep();
    return true;
  });
  setInterval(() => {
    if (state) showStep();
    byId("wall-lost").hidden = performance.now() - heardAt < LOST_AFTER;
  }, SECOND / 4);

  // --- ideas, figures, and what rooms share. Never an older answer than the one shown: it may hold what was hidden since.
  let readAt = 0;
  const onWall = () => new Set([...document.querySelectorAll("[data-idea]")].map((one) => one.dataset.idea));
  const put = (id, html) => {
    const part = byId(id), before = onWall();
    part.innerHTML = html; // made by our templates, which escape what people wrote; the policy stops scripts anyway
    for (const one of part.querySelectorAll("[data-idea]")) one.classList.toggle("is-fresh", !before.has(one.dataset.idea));
  };
  poll(wall.dataset.wall, (said, read) => {
    if (read < readAt && read > readAt - RESET) return false;
    readAt = read;
    found = said.has_found;
    for (const [name, html] of Object.entries(said.html)) put(`wall-${name}`, html);
    if (state) showStep();
    return true;
  });
})();
