// Keeps what somebody writes and presses in a room until the server has it: in this browser, each with a key of its own, so
// that it counts once however often it is sent. It is kept for one person of one room and sent by nobody else. Without this
// script the forms of the room are sent as they are. Words and addresses are in joint/_kept.html.
(() => {
  "use strict";
  const place = document.getElementById("kept");
  if (!place || !window.indexedDB || !crypto.randomUUID) return;
  const { room, person, entry, address } = place.dataset, here = `/gatherings/${room}/room`;
  const MAX = 50, DAYS = 7, PATIENCE = 20000, SOON = 1000; // actions; days; milliseconds
  const FIRST_PAUSE = 2000, LONGEST_PAUSE = 60000, LONGEST_OF_BUSY = 16000; // milliseconds between two attempts, doubled each time
  const VALUES = { agree: 1, pass: 0, disagree: -1, clear: null };
  const version = (/\/static\/([0-9a-f]+)\//.exec(document.currentScript.src) || ["", "0"])[1];

  // The store: one row for each action. Three calls need no library.
  let store = null;
  const answered = (asked) => new Promise((good, bad) => { asked.onsuccess = () => good(asked.result); asked.onerror = () => bad(asked.error); });
  const open = () => {
    const asked = indexedDB.open("forum-room", 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore("actions", { keyPath: "key" });
    return answered(asked);
  };
  const rows = (mode) => store.transaction("actions", mode).objectStore("actions");
  const put = (row) => answered(rows("readwrite").put(row));
  const drop = (key) => answered(rows("readwrite").delete(key));
  const all = () => answered(rows("readonly").getAll());
  const own = async () => (await all()).filter((row) => row.room === room && row.person === person).sort((a, b) => a.at - b.at);

  const said = document.getElementById("room-said");
  const say = (words) => { if (said.textContent !== words) said.textContent = words; };
  const press = ({ idea, value }) => {
    for (const [name, each] of Object.entries(VALUES)) {
      const button = document.getElementById(`vote-${idea}-${name}`);
      if (button) button.setAttribute("aria-pressed", String(each === value));
    }
  };
  const show = async () => {
    const kept = await own(), waiting = kept.filter((row) => !row.reason), refused = kept.filter((row) => row.reason);
    const [line, list] = place.children, words = place.dataset.waiting.replace("{n}", waiting.length);
    line.hidden = !waiting.length;
    if (line.textContent !== words) line.textContent = waiting.length ? words : "";
    list.hidden = !refused.length;
    list.replaceChildren(...refused.map((row) => {
      const item = document.createElement("li"), button = document.createElement("button");
      for (const text of [row.title, row.body, row.reason]) item.append(Object.assign(document.createElement("p"), { textContent: text }));
      Object.assign(button, { type: "button", className: "link", textContent: place.dataset.forget, onclick: () => drop(row.key).then(show) });
      item.append(button);
      return item;
    }));
    for (const row of waiting) if (row.kind === "vote") press(row);
  };

  const keep = async (action) => {
    const step = document.getElementById("room-step");
    const row = { key: crypto.randomUUID(), room, person, at: Date.now(), move: step ? Number(step.dataset.move) : null, ...action };
    try { await put(row); } catch { say(place.dataset.lost); return false; /* full, or switched off */ }
    if (row.kind === "vote") press(row);
    setTimeout(show, SOON); // where the network is there, it is sent by then
    pause = FIRST_PAUSE;
    send();
    return true;
  };
  document.addEventListener("submit", async (event) => {
    const form = event.target, path = new URL(form.action, location.href).pathname, input = new FormData(form, event.submitter);
    const is = (what) => path === `${here}/${what}`;
    if (!store || !(is("votes") || is("ideas"))) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (is("votes")) {
      const idea = Number(input.get("idea")), heading = document.querySelector(`#idea-${idea} .card-title`);
      await keep({ kind: "vote", idea, value: VALUES[input.get("value")], title: heading ? heading.textContent : "", body: "" });
      return;
    }
    const fields = ["title", "body"].map((name) => form.elements[name]), blank = fields.find((field) => !field.value.trim());
    if (blank) { blank.focus(); return; }
    const [title, body] = fields.map((field) => field.value);
    if (!await keep({ kind: "idea", title, body })) return;
    for (const [n, field] of fields.entries()) if (field.value === [title, body][n]) field.value = "";
    draft(typed());
  }, true);

  // What is being typed, so that a reload finds it: as drafts.js keeps texts, which forgets it when somebody signs out.
  const DRAFT = `forum-draft:room-${room}-${person}`, write = document.querySelector(`form[action$='${here}/ideas']`);
  const draft = (fields) => {
    try {
      if (!fields) return JSON.parse(localStorage.getItem(DRAFT));
      if (Object.values(fields).some((text) => text.trim())) localStorage.setItem(DRAFT, JSON.stringify({ at: Date.now(), fields, sent: false }));
      else localStorage.removeItem(DRAFT);
    } catch { /* switched off */ }
    return null;
  };
  const typed = () => ({ title: write.elements.title.value, body: write.elements.body.value });
  if (write) {
    const before = draft();
    if (before && !Object.values(typed()).some((text) => text)) for (const [name, text] of Object.entries(before.fields)) write.elements[name].value = text;
    write.addEventListener("input", () => draft(typed()));
  }

  const post = (kept) => {
    const now = Date.now(), token = document.querySelector("input[name=csrf_token]");
    const actions = kept.map(({ key, kind, at, move, idea, value, title, body }) => ({
      key, kind, move, age: Math.max(0, (now - at) / 1000), ...(kind === "vote" ? { idea, value } : { title, body }),
    }));
    return fetch(address, {
      method: "POST",
      headers: { Accept: "application/json", "Content-Type": "application/json", "X-CSRFToken": token ? token.value : "" },
      body: JSON.stringify({ entry: Number(entry), actions }),
      signal: AbortSignal.timeout(PATIENCE),
    });
  };
  // A page of half an hour ago may have a token that is not taken any more: the room's page has a new one.
  const renewToken = async () => {
    const answer = await fetch(here, { headers: { Accept: "text/html" }, signal: AbortSignal.timeout(PATIENCE) });
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("input[name=csrf_token]");
    if (fresh) for (const field of document.querySelectorAll("input[name=csrf_token]")) field.value = fresh.value;
    return Boolean(fresh);
  };
  const settle = async (kept, results) => {
    let words = "";
    for (const { key, status, was, reason } of results) {
      const row = kept.find((one) => one.key === key), what = was || status;
      if (!row) continue;
      if (what === "refused" && row.kind === "idea") await put({ ...row, reason: reason || place.dataset.refused });
      else await drop(key);
      if (what === "refused" || what === "late") words = reason || place.dataset.refused;
    }
    say(words || (isLost ? place.dataset.sent : ""));
  };
  let isLost = false, mayRenew = true;
  const sendAll = async () => {
    for (;;) {
      const kept = (await own()).filter((row) => !row.reason).slice(0, MAX);
      if (!kept.length) break;
      let answer, body;
      try {
        answer = await post(kept);
        if (answer.status === 400 && mayRenew) {
          mayRenew = false;
          if (await renewToken()) continue;
        }
        if (answer.status === 429 || answer.status >= 500) { tryLater(answer); break; }
        body = await answer.json();
      } catch { // no network, or half an answer: the same again, each with its key
        isLost = true;
        say(`${place.dataset.offline} ${place.dataset.waiting.replace("{n}", kept.length)}.`);
        tryLater();
        break;
      }
      if (!answer.ok) { say(body.error ? body.error.message : place.dataset.refused); break; }
      await settle(kept, body.actions);
      [isLost, mayRenew, pause] = [false, true, FIRST_PAUSE];
      document.dispatchEvent(new CustomEvent("room:sent"));
    }
    await show();
  };
  let timer = null, pause = FIRST_PAUSE, notBefore = 0, sending = null; // one at a time, also in other tabs
  // A busy server says after how many seconds to come again. All phones of a session hear it together, so each waits a
  // different while longer; and whatever is pressed meanwhile waits for the same moment.
  const tryLater = (answer) => {
    const told = Math.min(1000 * (answer ? Number(answer.headers.get("Retry-After")) || 0 : 0), LONGEST_PAUSE);
    clearTimeout(timer);
    timer = setTimeout(send, told ? told + pause * Math.random() : pause * (1 + Math.random()) / 2);
    notBefore = told ? performance.now() + told : 0;
    pause = Math.min(2 * pause, told ? LONGEST_OF_BUSY : LONGEST_PAUSE);
  };
  const send = () => {
    if (!store) return;
    if (sending) { sending.then(() => own()).then((kept) => { if (!isLost && kept.some((row) => !row.reason)) send(); }); return; }
    if (performance.now() < notBefore) return; // the timer runs
    clearTimeout(timer);
    sending = (navigator.locks ? navigator.locks.request("forum-room", sendAll) : sendAll()).finally(() => { sending = null; });
  };

  document.addEventListener("room:answered", () => { if (isLost) send(); });
  document.addEventListener("room:brought", () => { if (store) show(); });
  window.addEventListener("online", () => { pause = FIRST_PAUSE; send(); });
  window.addEventListener("pageshow", (event) => { if (event.persisted) send(); });

  open().then(async (opened) => {
    store = opened;
    store.onversionchange = () => { store.close(); store = null; }; // another page forgets everything
    for (const row of await all()) if (Date.now() - row.at > DAYS * 86400000) await drop(row.key);
    await show();
    send();
  }).catch(() => { /* switched off: the forms are sent as they are */ });

  if (navigator.serviceWorker) {
    navigator.serviceWorker.register(`/room-sw.js?v=${version}`, { scope: "/gatherings/" }).then(() => navigator.serviceWorker.ready).then(({ active }) => {
      const files = performance.getEntriesByType("resource").map(({ name }) => name).filter((name) => new URL(name).pathname.startsWith("/static/"));
      active.postMessage({ page: here, files: [...new Set(files)] });
    }).catch(() => { /* not allowed: a reload needs the network */ });
  }
})();
