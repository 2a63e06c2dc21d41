// A room's page in a joint session: asks every 1.5 seconds where all stand, changes the step at its moment by the server's
// clock, and brings the ideas up to date. What is being typed stands outside of what it changes. Without it, "새로 보기"
// does the same. What is written and pressed: kept.js, which hears of each answer by `room:answered`.
(() => {
  "use strict";
  const EVERY = 1500, PATIENCE = 5000, SPREAD = 1000; // milliseconds
  const PARTS = { WRITE: "write", LOOK: "room-ideas", VOTE: "room-ideas" };
  const step = document.getElementById("room-step");

  // The server's clock less this page's, from the quickest answer: a phone's own clock may be an hour wrong.
  let offset = step ? Number(step.dataset.now) - performance.now() : 0, best = Infinity;
  const learn = (answer, sent) => {
    const said = Number(answer.headers.get("X-Forum-Time")), trip = performance.now() - sent;
    if (!said || trip > best) { best += 1; return; } // an old best one counts for less and less
    best = trip;
    offset = said + trip / 2 - performance.now();
  };
  const mark = () => {
    for (const part of document.querySelectorAll(".room-part")) part.classList.toggle("is-now", part.id === PARTS[step.dataset.kind]);
  };

  // The table anew, with the keyboard's focus where it was.
  let isBringing = false;
  const bring = async () => {
    if (isBringing) return;
    isBringing = true;
    try {
      const answer = await fetch(location.pathname, { headers: { Accept: "text/html" }, signal: AbortSignal.timeout(PATIENCE) });
      const page = answer.ok && !answer.redirected && new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const id of ["room", "room-late"]) {
        const fresh = page && page.getElementById(id), old = document.getElementById(id);
        if (!fresh || !old) continue;
        const focus = old.contains(document.activeElement) ? document.activeElement.id : "";
        old.replaceWith(fresh);
        if (window.htmx) window.htmx.process(fresh);
        if (focus && document.getElementById(focus)) document.getElementById(focus).focus({ preventScroll: true });
      }
      if (step) mark();
      document.dispatchEvent(new CustomEvent("room:brought"));
    } catch { /* no network: what is shown stays */ } finally { isBringing = false; }
  };
  document.addEventListener("room:sent", bring);
  if (!step) return;

  const place = (name) => step.querySelector(`[data-step=${name}]`);
  const change = ({ position, kind, title, minutes, begins }) => {
    if (Number(step.dataset.begins) === begins) return;
    Object.assign(step.dataset, { begins, kind });
    const until = new Date(begins + minutes * 60000).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: "Asia/Seoul" });
    place("place").textContent = step.dataset.place.replace("{all}", step.dataset.steps).replace("{n}", position);
    document.getElementById("room-step-title").textContent = title;
    place("words").textContent = step.querySelector("template").content.querySelector(`[data-kind=${kind}]`).textContent;
    place("until").textContent = step.dataset.until.replace("{time}", until);
    place("said").textContent = step.dataset.changed.replace("{title}", title);
    mark();
  };

  let timer = null, etag = "", brought = document.getElementById("room").dataset.ideas, stood = "RUNNING";
  const read = (said) => {
    if (said.move < Number(step.dataset.move)) return; // from before this page: a moment old, or of a server without its database
    step.dataset.move = said.move;
    if (said.step) {
      clearTimeout(timer);
      timer = setTimeout(change, Math.max(0, said.step.begins - offset - performance.now()), said.step);
    }
    const n = String(said.rooms[step.dataset.gathering] || 0);
    if (n !== brought || said.state !== stood) setTimeout(bring, Math.random() * SPREAD);
    [brought, stood] = [n, said.state];
  };
  const ask = async () => {
    const sent = performance.now();
    try {
      const headers = etag ? { "If-None-Match": etag } : {};
      const answer = await fetch(step.dataset.state, { headers, cache: "no-store", credentials: "omit", signal: AbortSignal.timeout(PATIENCE) });
      learn(answer, sent);
      if (answer.ok) {
        etag = answer.headers.get("ETag") || "";
        read(await answer.json());
      }
      if (answer.status < 500) document.dispatchEvent(new CustomEvent("room:answered"));
    } catch { /* no network: again in a moment */ }
    setTimeout(ask, EVERY * (0.9 + Math.random() * 0.2));
  };
  document.addEventListener("visibilitychange", () => { best = Infinity; }); // while it slept its clock may have stood still
  ask();
})();
