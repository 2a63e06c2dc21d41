// Sends a data file in parts of 8 MB, so that a lost network, a closed page or a pause costs one part and not the file: the
// server says which parts it has. Without this script the form sends a small file at once. The words are in datafiles/_parts.html.
(() => {
  "use strict";
  const form = document.querySelector("form[data-parts]");
  const panel = document.getElementById("parts"), words = document.getElementById("parts-words");
  if (!form || !panel || !words) return;
  const field = form.querySelector("input[type=file]"), submit = form.querySelector("button[type=submit]");
  const [bar, line] = [panel.querySelector("progress"), panel.querySelector(".progress-line span")];
  const said = panel.querySelector("[role=status]");
  const [toggle, forget] = panel.querySelectorAll("button");
  const labels = { pause: toggle.textContent, goOn: toggle.dataset.goOn };
  const MEGABYTE = 1048576, PATIENCE = 300000; // milliseconds for one part
  const FIRST_PAUSE = 2000, LONGEST_PAUSE = 60000; // milliseconds between two attempts, doubled each time
  const AGAIN = { 0: "offline", 429: "often", 502: "busy", 503: "busy", 504: "busy" };
  const HEX = (bytes) => [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, "0")).join("");

  let token = form.querySelector("input[name=csrf_token]").value;
  let turn = 0; // what a later turn finds running has ended
  let request = null, wake = () => {}, upload = null;

  // Why sending ended: `words` of the template, or what the server said.
  class Ended extends Error {
    constructor(name, message = "") { super(message); this.words = name; }
  }

  const say = (name, values = {}, message = "") => {
    const box = words.content.querySelector(`[data-says=${name}]`).cloneNode(true);
    const first = box.querySelector("p");
    if (message) first.textContent = message;
    for (const [key, value] of Object.entries(values)) first.textContent = first.textContent.replace(`{${key}}`, value);
    said.replaceChildren(box);
  };
  const show = (done, size) => {
    const megabytes = (bytes) => (bytes / MEGABYTE).toFixed(bytes < 10 * MEGABYTE ? 1 : 0);
    bar.value = Math.floor((done / size) * 100);
    line.textContent = panel.dataset.line.replace("{percent}", bar.value).replace("{done}", megabytes(done)).replace("{size}", megabytes(size));
  };
  const work = (isOn) => {
    panel.hidden = false;
    field.disabled = submit.disabled = isOn;
    toggle.textContent = isOn ? labels.pause : labels.goOn;
    forget.hidden = isOn || !upload;
  };

  const post = (address, fields, told) => new Promise((good) => {
    const body = new FormData();
    for (const [name, value] of Object.entries(fields)) body.append(name, value);
    request = new XMLHttpRequest();
    request.open("POST", address);
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("X-CSRFToken", token);
    request.responseType = "json";
    request.timeout = PATIENCE;
    request.upload.onprogress = (event) => told(event.loaded);
    const asked = request;
    asked.onload = () => good({ status: asked.status, body: asked.response, wait: Number(asked.getResponseHeader("Retry-After")) });
    asked.onerror = asked.ontimeout = asked.onabort = () => good({ status: 0, body: null, wait: 0 });
    asked.send(body);
  });
  const pause = (milliseconds) => new Promise((good) => {
    wake = good;
    setTimeout(good, milliseconds);
  });
  // The page itself says whether we are still signed in, and has a token that holds.
  const renewToken = async () => {
    const answer = await fetch(location.pathname, { headers: { Accept: "text/html" } }).catch(() => null);
    if (!answer) return;
    if (answer.redirected || answer.status === 401) throw new Ended("signed-out");
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelector("form[data-parts] input[name=csrf_token]");
    if (fresh) token = fresh.value;
  };
  const ask = async (mine, address, fields, told = () => {}) => {
    let wait = FIRST_PAUSE, isRenewed = false;
    for (;;) {
      const { status, body, wait: seconds } = await post(address, fields, told);
      if (turn !== mine) throw new Ended("paused");
      if (status >= 200 && status < 300 && body) return body;
      const error = (body && body.error) || {};
      if (AGAIN[status]) {
        const milliseconds = Math.max(wait, seconds * 1000 || 0);
        say(AGAIN[status], { n: Math.ceil(milliseconds / 1000) });
        await pause(milliseconds);
        if (turn !== mine) throw new Ended("paused");
        wait = Math.min(wait * 2, LONGEST_PAUSE);
      } else if (!isRenewed && (status === 401 || (status === 400 && !Object.keys(error.fields || {}).length))) {
        isRenewed = true;
        await renewToken();
      } else if (status === 413) {
        throw new Ended("large");
      } else {
        throw new Ended(error.message && status < 500 ? "refused" : "broken", error.message && status < 500 ? error.message : "");
      }
    }
  };
  const read = async (blob) => {
    try { return await blob.arrayBuffer(); } catch { throw new Ended("changed"); }
  };
  const digest = async (bytes) => (window.crypto && crypto.subtle ? HEX(await crypto.subtle.digest("SHA-256", bytes)) : "");

  const sendParts = async (mine, file, begun) => {
    const there = Object.keys(begun.parts).map(Number), last = Math.max(0, ...there);
    let done = 0;
    say(there.length ? "again" : "sending", { there: there.length, n: begun.n_parts });
    for (let number = 1; number <= begun.n_parts; number += 1) {
      const blob = file.slice(done, done + begun.part_bytes), bytes = await read(blob), sha256 = await digest(bytes);
      if (turn !== mine) throw new Ended("paused");
      const known = begun.parts[number];
      if (known && sha256 && known !== sha256) throw new Ended("other");
      if (!known || (!sha256 && number === last)) { // without a SHA-256 the server compares the last part that it has
        const address = `${begun.address}/parts/${number}`;
        const before = done;
        await ask(mine, address, { part: new Blob([bytes]), sha256 }, (sent) => show(before + Math.min(sent, blob.size), file.size));
        if (said.querySelector("[data-says=offline], [data-says=busy], [data-says=often]")) say("sending");
      }
      done += blob.size;
      show(done, file.size);
    }
  };
  const send = async (file) => {
    const mine = (turn += 1);
    work(true);
    show(0, file.size || 1);
    say("sending");
    panel.scrollIntoView({ block: "nearest" });
    try {
      const begun = await ask(mine, form.dataset.parts, { name: file.name, size: file.size });
      upload = begun.address;
      await sendParts(mine, file, begun);
      say("done");
      try {
        location.assign((await ask(mine, `${upload}/finish`, {})).url);
      } catch (ended) {
        if (ended.words !== "refused") throw ended;
        location.reload(); // its answer was lost, and the page knows the file
      }
    } catch (ended) {
      if (!(ended instanceof Ended)) throw ended;
      if (turn !== mine) return; // the button has said so
      say(ended.words, {}, ended.message);
      work(false);
    }
  };

  form.querySelector(".help").textContent = panel.dataset.help;
  form.addEventListener("submit", (event) => {
    const [file] = field.files;
    if (!file) return; // the server says what is missing
    event.preventDefault();
    if (!field.disabled) send(file);
  });
  toggle.addEventListener("click", () => {
    if (!field.disabled) {
      if (field.files[0]) send(field.files[0]);
      return;
    }
    turn += 1;
    if (request) request.abort();
    wake();
    say("paused");
    work(false);
  });
  forget.addEventListener("click", async () => {
    const body = new URLSearchParams({ csrf_token: token });
    await fetch(`${upload}/cancel`, { method: "POST", body }).catch(() => null);
    location.assign(location.pathname);
  });
  window.addEventListener("online", () => wake());
})();
