// Keeps votes in this browser while the network is gone, and sends them once when it is back. Without this script a vote
// needs the network. The words are in votes/kept.html; which account's votes these are says the key of this script's tag.
(() => {
  "use strict";
  const { account, batch: address } = document.currentScript.dataset;
  const words = document.getElementById("kept-votes");
  const PREFIX = "forum-votes:";
  const MAX = 50, DAYS = 7, PATIENCE = 20000; // votes; days; milliseconds
  const FIRST_PAUSE = 2000, LONGEST_PAUSE = 60000; // milliseconds between two attempts, doubled each time
  const VALUES = { agree: 1, pass: 0, disagree: -1, clear: null };
  const BEFORE = [401, 429, 502, 503, 504]; // nothing is said about the votes: try again at the next page

  // What is kept: `rows` that wait, and the `batch` under way, whose key stays the same until an answer has come.
  const read = (name = account) => {
    let kept = null;
    try { kept = JSON.parse(localStorage.getItem(PREFIX + name)); } catch { /* switched off, or not ours */ }
    return kept && Array.isArray(kept.rows) ? kept : { rows: [], batch: null };
  };
  const write = (kept, name = account) => {
    try {
      if (all(kept).length) localStorage.setItem(PREFIX + name, JSON.stringify(kept));
      else localStorage.removeItem(PREFIX + name);
      return true;
    } catch { return false; /* full, or switched off */ }
  };
  const all = (kept) => [...(kept.batch ? kept.batch.rows : []), ...kept.rows];

  const block = (idea) => document.getElementById(`votes-${idea}`);
  const say = (what, idea, more = []) => {
    const place = block(idea) || document.querySelector("main > .wrap");
    const box = words.content.querySelector(`[data-says=${what}]`).cloneNode(true);
    const notice = box.firstElementChild, said = [...notice.childNodes];
    for (const line of more) {
      const added = document.createElement("p");
      added.textContent = line;
      said.splice(said.length - 1, 0, added);
    }
    if (idea) for (const before of place.querySelectorAll("[data-says]")) before.remove();
    if (idea && block(idea)) place.append(box); else place.prepend(box);
    notice.replaceChildren();
    requestAnimationFrame(() => notice.append(...said)); // a status is read out when its words change
    box.addEventListener("click", (event) => {
      if (event.target.closest("[data-forget]") && write({ rows: [], batch: null })) location.reload(); // shows what counts
    });
  };
  const press = (idea, value) => {
    let word = "";
    for (const [name, each] of Object.entries(VALUES)) {
      const button = document.getElementById(`vote-${idea}-${name}`);
      if (button) button.setAttribute("aria-pressed", String(each === value));
      if (button && each === value) word = button.textContent;
    }
    const mine = block(idea) && block(idea).querySelector(".mine");
    if (!mine) return;
    mine.hidden = !word;
    mine.querySelector("strong").textContent = word;
  };

  const pressed = (idea) => {
    const found = Object.entries(VALUES).find(([name]) => {
      const button = document.getElementById(`vote-${idea}-${name}`);
      return button && button.getAttribute("aria-pressed") === "true";
    });
    return found ? found[1] : null;
  };

  const ideaOf = (request) => {
    const { pathname } = new URL(request.action, location.href);
    const found = /\/ideas\/(\d+)\/vote$/.exec(pathname);
    if (found) return Number(found[1]);
    return /\/c\/[^/]+\/vote$/.test(pathname) ? Number(new URLSearchParams(request.body).get("idea")) : 0; // the queue
  };
  const title = (idea) => {
    const place = document.getElementById(`idea-${idea}-title`) || document.querySelector("h1");
    return place ? place.textContent.trim().slice(0, 100) : "";
  };
  const keep = (idea, value, shown, first, at) => {
    const kept = read(), before = kept.rows.find((row) => row.idea === idea);
    if (before) shown = before.shown; // the draw belongs to the first vote
    if (before && before.first) first = true; // who was told once has been told
    const rows = kept.rows.filter((row) => row !== before);
    const { title: name, was } = before || { title: title(idea), was: pressed(idea) };
    rows.push({ idea, value, shown, first, at, title: name, was, address });
    const isKept = Boolean(address) && all({ ...kept, rows }).length <= MAX && write({ ...kept, rows });
    if (isKept) press(idea, value);
    say(isKept ? "kept" : "lost", idea);
    if (isKept) tryLater();
  };

  document.addEventListener("htmx:error", ({ detail: { ctx } }) => {
    const idea = ctx && !ctx.response && ideaOf(ctx.request);
    const sent = idea && new URLSearchParams(ctx.request.body);
    if (!idea || !(sent.get("value") in VALUES)) return;
    const since = ctx.sourceEvent ? performance.now() - ctx.sourceEvent.timeStamp : 0;
    keep(idea, VALUES[sent.get("value")], sent.get("shown") || undefined, sent.get("first") === "1" || undefined, Date.now() - since);
  });
  document.addEventListener("htmx:after:request", ({ detail: { ctx } }) => {
    const idea = ctx && ctx.response && ctx.response.status < 400 && ideaOf(ctx.request);
    if (!idea || !all(read()).length) return;
    const kept = read();
    write({ ...kept, rows: kept.rows.filter((row) => row.idea !== idea) }); // the person has decided anew
    send();
  });

  const newKey = () => [...crypto.getRandomValues(new Uint8Array(16))].map((it) => it.toString(16).padStart(2, "0")).join("");
  const nextBatch = () => {
    const kept = read(), [first] = kept.rows;
    if (kept.batch || !first) return kept.batch;
    const batch = { key: newKey(), address: first.address, rows: kept.rows.filter((row) => row.address === first.address) };
    return write({ batch, rows: kept.rows.filter((row) => row.address !== first.address) }) ? batch : null;
  };
  const post = ({ address: where, key, rows }) => {
    const now = Date.now(), token = document.querySelector("input[name=csrf_token]");
    const votes = rows.map(({ idea, value, shown, first, at }) => ({ idea, value, shown, first, age: Math.max(0, (now - at) / 1000) }));
    return fetch(where, {
      method: "POST",
      headers: {
        Accept: "application/json", "Content-Type": "application/json", "Idempotency-Key": key,
        "X-CSRFToken": token ? token.value : "",
      },
      body: JSON.stringify({ account, votes }),
      signal: AbortSignal.timeout ? AbortSignal.timeout(PATIENCE) : undefined,
    });
  };
  const tell = (batch, results) => {
    let isSent = false;
    results.forEach(({ status, value, reason }, place) => {
      const { idea, title: name, was } = batch.rows[place];
      press(idea, status === "refused" ? was : value);
      const said = block(idea);
      if (said) for (const notice of said.querySelectorAll("[data-says]")) notice.remove();
      if (status === "refused") say("refused", said ? idea : 0, [`‘${name}’: ${reason}`]);
      else if (status === "older") say("older", said ? idea : 0, [`‘${name}’`]);
      else isSent = true;
    });
    if (isSent) say("sent", 0);
  };
  const sendAll = async () => {
    for (let batch = nextBatch(); batch; batch = nextBatch()) {
      let answer, said;
      try {
        answer = await post(batch);
        said = await answer.json();
      } catch { tryLater(); return; /* no network, or half an answer: the same batch again, with its key */ }
      if (answer.status === 422) said = { votes: [] }; // taken before, and the answer is not given twice
      else if (!answer.ok) {
        if (!BEFORE.includes(answer.status)) say("waiting", 0, [said.error ? said.error.message : ""]);
        return;
      }
      write({ ...read(), batch: null });
      pause = FIRST_PAUSE;
      tell(batch, said.votes);
    }
  };
  // `online` comes a moment before the network works, and not at all where the browser has not noticed that it was gone.
  let timer = null, pause = FIRST_PAUSE;
  const tryLater = () => {
    if (timer || !navigator.onLine) return;
    timer = setTimeout(send, pause);
    pause = Math.min(2 * pause, LONGEST_PAUSE);
  };
  let sending = null; // one at a time, also in other tabs
  const send = () => {
    clearTimeout(timer);
    timer = null;
    sending = sending || (navigator.locks ? navigator.locks.request(PREFIX, sendAll) : sendAll()).finally(() => { sending = null; });
    return sending;
  };

  // Nobody can send what is older than the server takes. What another account has left goes too, unseen.
  const forgetOld = () => {
    let names = [];
    try { names = Object.keys(localStorage).filter((one) => one.startsWith(PREFIX)); } catch { /* switched off */ }
    for (const name of names.map((one) => one.slice(PREFIX.length))) {
      const kept = read(name), isNew = (row) => Date.now() - row.at < DAYS * 86400000;
      const old = all(kept).filter((row) => !isNew(row));
      if (!old.length) continue;
      const rows = kept.batch ? kept.batch.rows.filter(isNew) : [];
      // Other rows are another batch, which needs another key. If its first one did arrive, the same votes change nothing.
      const batch = rows.length ? { ...kept.batch, rows, key: newKey() } : null;
      if (write({ batch, rows: kept.rows.filter(isNew) }, name) && name === account) say("old", 0, old.map((row) => `‘${row.title}’`));
    }
  };

  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (!form.matches("form[action$='/account/logout']") || !all(read()).length) return;
    event.preventDefault(); // before drafts.js forgets the drafts: the person may stay
    event.stopImmediatePropagation();
    await send();
    if (all(read()).length && !window.confirm(words.dataset.leave)) return;
    write({ rows: [], batch: null });
    form.requestSubmit();
  }, true);

  forgetOld();
  for (const row of all(read())) press(row.idea, row.value);
  window.addEventListener("online", () => { pause = FIRST_PAUSE; send(); });
  window.addEventListener("pageshow", (event) => { if (event.persisted) send(); });
  send();
})();
