// Sends chosen files in pieces while one goes on typing, and goes on where it broke off. Without it files go along with the form.
const token = document.body.dataset.session;
const PIECE = 192 * 1024;
const TRIES = 8;
const pause = (time) => new Promise((done) => setTimeout(done, time));

const hex = (bytes) => [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, "0")).join("");

async function post(path, body) {
  const answer = await fetch(path, { method: "POST", body, headers: { "x-form-token": token }, credentials: "same-origin", redirect: "error" });
  if (answer.status === 422) throw new RangeError((await answer.json()).why);
  if (!answer.ok) throw new Error(answer.status);
  return answer.json();
}

async function persist(ask) {
  for (let tried = 0; ; tried++) {
    try {
      return await ask();
    } catch (error) {
      if (error instanceof RangeError || tried >= TRIES) throw error;
      await pause(Math.min(500 * 2 ** tried, 8000)); // the agent is away for a moment
    }
  }
}

async function send(file, form, say) {
  const sha256 = hex(await crypto.subtle.digest("SHA-256", await file.arrayBuffer()));
  const begin = () => post("/guidance/uploads", new URLSearchParams({ form_token: token, form, name: file.name, size: file.size, sha256 }));
  let held = await persist(begin);
  while (!held.whole) {
    const path = `/guidance/uploads/${held.id}?offset=${held.offset}`;
    const piece = file.slice(held.offset, held.offset + PIECE);
    held = await persist(() => post(path, piece));
    say(`${file.name} ${Math.floor((100 * held.offset) / file.size)} %`);
  }
}

document.querySelectorAll("[data-upload]").forEach((part) => {
  const input = part.querySelector("input[type=file]");
  const state = part.querySelector("[role=status]");
  const staged = part.querySelector(".staged");
  const say = (text) => { state.textContent = text; };
  part.querySelector("button[value=attach]").hidden = true;

  async function show() {
    const answer = await fetch(staged.dataset.src, { headers: { "x-live": "1" }, credentials: "same-origin", redirect: "error" });
    if (answer.ok) staged.replaceChildren(...new DOMParser().parseFromString(await answer.text(), "text/html").body.childNodes);
  }

  let sending = false;
  input.addEventListener("change", async () => {
    const files = [...input.files];
    input.value = "";
    sending = true;
    say(part.dataset.wait);
    try {
      for (const file of files) {
        if (file.size > part.dataset.most * 1024 * 1024) throw new RangeError(file.name);
        await send(file, part.dataset.upload, say);
      }
      say("");
    } catch (error) {
      say(error instanceof RangeError ? `${part.dataset.failed} ${error.message}` : part.dataset.again);
    }
    sending = false;
    await show().catch(() => {});
  });
  part.closest("form").addEventListener("submit", (event) => {
    if (!sending) return;
    event.preventDefault();
    event.stopImmediatePropagation(); // it is said when its files are there
    say(part.dataset.wait);
  });
});
