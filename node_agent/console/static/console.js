// Keeps an open page up to date and keeps what is typed. Every page works without it.
const session = document.body.dataset.session;
const live = [...document.querySelectorAll("[data-live]")];
const topics = new Set(live.flatMap((part) => part.dataset.live.split(" ")));

// ---- what changes is fetched again, as whoever we are by then

const fetching = new Map();

async function refresh(part) {
  if (fetching.has(part)) {
    fetching.set(part, true); // once more when it is there: it changed meanwhile
    return;
  }
  fetching.set(part, false);
  try {
    const answer = await fetch(part.dataset.src, { headers: { "x-live": document.hidden ? "hidden" : "1" }, credentials: "same-origin", redirect: "error" });
    if (answer.status === 401) return lost();
    if (answer.ok) put(part, new DOMParser().parseFromString(await answer.text(), "text/html").body);
  } catch {
    // the agent is away for a moment: the next news, or the next connection, tries again
  } finally {
    const again = fetching.get(part);
    fetching.delete(part);
    if (again) refresh(part);
  }
}

function put(part, fresh) {
  const held = part.querySelector("ol");
  const now = fresh.querySelector("ol");
  if ("keyed" in part.dataset && held && now) return merge(part, held, now, fresh);
  if (!part.contains(document.activeElement)) part.replaceChildren(...fresh.childNodes);
}

// A list whose items have ids: what is new is put in, and nobody who reads or stands in it is disturbed.
function merge(part, held, now, fresh) {
  const ids = new Set([...now.children].map((item) => item.id));
  for (const item of [...held.children]) if (!ids.has(item.id)) item.remove();
  [...now.children].forEach((item, place) => {
    const old = document.getElementById(item.id);
    if (!old) held.insertBefore(item, held.children[place] ?? null);
    else if (old.innerHTML !== item.innerHTML && !old.contains(document.activeElement)) old.replaceWith(item);
  });
  part.querySelector(".later")?.remove();
  const later = fresh.querySelector(".later");
  if (later) part.append(later);
}

const CALM = 1000;

function heard(news) {
  for (const part of live) {
    if (!part.dataset.live.split(" ").some((topic) => news.has(topic))) continue;
    if (!("calm" in part.dataset)) refresh(part);
    else if (!part.resting) {
      part.resting = true; // a list that many look at is not asked for by all of them at each message
      setTimeout(() => { part.resting = false; refresh(part); }, Math.random() * CALM);
    }
  }
}

function lost() {
  stopped = true;
  const state = document.getElementById("link");
  if (state) state.textContent = document.body.dataset.lost;
}

const ENDED = 4401;
const FIRST_WAIT = 500;
const LONGEST_WAIT = 30000;
let stopped = false;
let wait = FIRST_WAIT;
let opened = 0;

function connect() {
  const socket = new WebSocket(`${location.origin.replace(/^http/, "ws")}/live?topics=${[...topics].join(",")}`);
  socket.addEventListener("open", () => {
    wait = FIRST_WAIT;
    if (opened++) heard(topics); // what was missed meanwhile
  });
  socket.addEventListener("message", (event) => heard(new Set(event.data.split(","))));
  socket.addEventListener("close", (event) => {
    if (event.code === ENDED) return lost();
    if (stopped) return;
    setTimeout(connect, wait * (0.5 + Math.random() / 2)); // pages of a whole hall do not come back at once
    wait = Math.min(wait * 2, LONGEST_WAIT);
  });
}

if (topics.size) connect();
document.addEventListener("visibilitychange", () => { if (!document.hidden && opened && !stopped) heard(topics); });
addEventListener("pagehide", () => { stopped = true; });

// ---- what is typed is kept

const PAUSE = 700;

function keep(field) {
  const told = document.getElementById("draft-state");
  const say = (text) => { if (told) told.textContent = text; };
  let waiting;
  let held = field.value;

  async function save() {
    clearTimeout(waiting);
    if (field.value === held) return;
    const typed = field.value;
    const body = new URLSearchParams({ form_token: session, form: field.dataset.draft, content: typed });
    try {
      const answer = await fetch("/drafts", { method: "POST", body, credentials: "same-origin", redirect: "error", keepalive: true });
      if (!answer.ok) throw new Error(answer.status);
      held = typed;
      say(document.body.dataset.kept);
    } catch {
      say(document.body.dataset.notKept);
    }
  }

  field.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(save, PAUSE); });
  field.addEventListener("blur", save);
  document.addEventListener("visibilitychange", () => { if (document.hidden) save(); });
  field.form.addEventListener("submit", () => { held = field.value; });
}

document.querySelectorAll("[data-draft]").forEach(keep);

// ---- one click is one act

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post") return;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "1";
});
addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent));
