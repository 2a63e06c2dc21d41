// Who signs out while a room's ideas or votes are still kept in this browser (kept.js) is asked first: send them now, delete
// them, or stay. Without this script signing out works, and drafts.js forgets them. The words are in components/leaving.html.
(() => {
  "use strict";
  const dialog = document.getElementById("leaving");
  if (!dialog || !window.indexedDB) return;
  const LEAVES = /^\/(account\/logout|pass\/leave)$/;
  const DATABASE = "forum-room", STORE = "actions"; // of kept.js
  const MAX = 50, PATIENCE = 20000, HURRY = 2000; // actions in one request; milliseconds for an answer, and for the store

  // The store is opened for each use and closed again, so that nobody who deletes it has to wait.
  const answered = (asked) => new Promise((good, bad) => { asked.onsuccess = () => good(asked.result); asked.onerror = () => bad(asked.error); });
  const inStore = async (mode, work) => {
    const asked = indexedDB.open(DATABASE);
    asked.onupgradeneeded = () => asked.transaction.abort(); // there was none, and there shall be none
    const store = await answered(asked);
    try { return await work(store.transaction(STORE, mode).objectStore(STORE)); } finally { store.close(); }
  };
  const late = (value) => new Promise((good) => setTimeout(() => good(value), HURRY));
  const kept = () => Promise.race([inStore("readonly", (rows) => answered(rows.getAll())).catch(() => []), late([])]);
  const forget = (key) => inStore("readwrite", (rows) => answered(rows.delete(key)));
  const keep = (row) => inStore("readwrite", (rows) => answered(rows.put(row)));

  // The room's page says whose place this browser has there now. What somebody else kept is sent by nobody but them.
  const placeIn = async (room) => {
    const answer = await fetch(`/gatherings/${room}/room`, { headers: { Accept: "text/html" }, signal: AbortSignal.timeout(PATIENCE) });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const place = page.getElementById("kept"), token = page.querySelector("input[name=csrf_token]");
    return place && token ? { ...place.dataset, token: token.value } : null;
  };
  const post = async ({ address, entry, token }, rows) => {
    const now = Date.now();
    const actions = rows.map(({ key, kind, at, move, idea, value, title, body }) => ({
      key, kind, move, age: Math.max(0, (now - at) / 1000), ...(kind === "vote" ? { idea, value } : { title, body }),
    }));
    const answer = await fetch(address, {
      method: "POST",
      headers: { Accept: "application/json", "Content-Type": "application/json", "X-CSRFToken": token },
      body: JSON.stringify({ entry: Number(entry), actions }),
      signal: AbortSignal.timeout(PATIENCE),
    });
    return answer.ok ? (await answer.json()).actions : [];
  };
  const sendRoom = async (room, rows) => {
    const place = await placeIn(room), own = place ? rows.filter((row) => row.person === place.person) : [];
    let refused = "";
    for (let at = 0; at < own.length; at += MAX) {
      for (const { key, status, was, reason } of await post(place, own.slice(at, at + MAX))) {
        const row = own.find((one) => one.key === key), isRefused = (was || status) === "refused";
        if (!row) continue;
        if (isRefused) refused = reason || dialog.dataset.refused;
        if (isRefused && row.kind === "idea") await keep({ ...row, reason: refused }); // its words can still be copied
        else await forget(key);
      }
    }
    return refused;
  };
  const sendAll = async () => {
    const waiting = (await kept()).filter((row) => !row.reason);
    let refused = "";
    for (const room of new Set(waiting.map((row) => row.room))) {
      try { refused = await sendRoom(room, waiting.filter((row) => row.room === room)) || refused; } catch { /* no network */ }
    }
    return refused;
  };

  const [title, , said] = dialog.children, [send, remove, stay] = dialog.querySelectorAll("button");
  let form = null, submitter = null, isPassed = false;
  const show = (rows) => {
    title.textContent = dialog.dataset.waiting.replace("{n}", rows.length);
    send.hidden = rows.every((row) => row.reason);
  };
  const leave = () => {
    if (dialog.open) dialog.close();
    isPassed = true;
    form.requestSubmit(submitter);
  };
  const busy = (is) => { for (const button of [send, remove, stay]) button.disabled = is; };
  send.addEventListener("click", async () => {
    busy(true);
    said.textContent = dialog.dataset.sending;
    const refused = await sendAll(), rows = await kept();
    busy(false);
    if (!rows.length && !refused) { leave(); return; }
    said.textContent = refused || dialog.dataset.failed;
    if (rows.length) show(rows); else { title.textContent = dialog.dataset.sent; send.hidden = true; }
  });
  remove.addEventListener("click", async () => {
    busy(true);
    for (const row of await kept()) await forget(row.key).catch(() => { /* drafts.js deletes the store too */ });
    busy(false);
    leave();
  });
  stay.addEventListener("click", () => dialog.close());

  document.addEventListener("submit", async (event) => {
    if (!LEAVES.test(new URL(event.target.action, location.href).pathname)) return;
    if (isPassed) { isPassed = false; return; }
    event.preventDefault(); // before drafts.js forgets everything: the person may stay
    event.stopImmediatePropagation();
    [form, submitter] = [event.target, event.submitter];
    const rows = await kept();
    if (!rows.length) { leave(); return; }
    const of = form.action.endsWith("/pass/leave") ? "pass" : "account";
    for (const button of [send, remove]) button.textContent = button.dataset[of];
    said.textContent = "";
    show(rows);
    if (!dialog.open) dialog.showModal();
  }, true);
})();
