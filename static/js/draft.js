/**
 * What stands in the field and was not sent yet, in the browser: each tab has its own for each conversation.
 *
 * A reload finds its own again; a new tab is given the latest that no living tab has. What is older goes after a month.
 */
const TAB = "soporte/pestana";
const DAY = 86400 * 1000;
const MONTH = 30 * DAY;

export class Drafts {
  #prefix;
  #storage;
  #tab;
  #alive;
  #now;
  #began;
  #texts = new Map();
  #over = false;

  /** Without storage they live in this page only. tools: {tab: this tab's name, alive: those of all tabs, or null where unknown} */
  constructor(usuario, storage, { tab = "", alive = null, now = Date.now } = {}) {
    this.#prefix = `borrador/${encodeURIComponent(usuario)}/`;
    this.#storage = storage;
    this.#tab = tab;
    this.#alive = alive;
    this.#now = now;
    this.#began = now();
  }

  get(con) {
    if (!this.#texts.has(con)) this.#texts.set(con, this.#read(con));
    return this.#texts.get(con);
  }

  set(con, text) {
    if (!con || this.#over) return;
    this.#texts.set(con, text);
    this.#write(this.#key(con), text && { text, at: this.#now() });
  }

  /** Another tab may have what this one leaves behind. */
  leave() {
    for (const [key, draft] of this.#mine()) this.#write(key, { ...draft, left: true });
  }

  /** Signed out: none of this person's stays here, and none is written again. */
  clear() {
    this.#over = true;
    this.#texts.clear();
    for (const key of this.#keys()) this.#write(key, null);
  }

  #read(con) {
    const own = parse(this.#storage, this.#key(con));
    if (own?.left) this.#write(this.#key(con), { text: own.text, at: own.at });
    if (own) return own.text;
    for (const key of this.#keys()) if (!(parse(this.#storage, key)?.at > this.#now() - MONTH)) this.#write(key, null);
    const found = this.#keys(`${encodeURIComponent(con)}/`).map((key) => [key, parse(this.#storage, key)]);
    const [[key, latest] = []] = found.filter((pair) => this.#abandoned(...pair)).sort((a, b) => b[1].at - a[1].at);
    if (!latest) return "";
    this.#write(key, null);
    this.#write(this.#key(con), { text: latest.text, at: this.#now() });
    return latest.text;
  }

  // Who was alive is known of the moment when this page began; a tab that came later says itself when it leaves.
  #abandoned(key, draft) {
    if (draft.left) return true;
    return this.#alive ? draft.at < this.#began && !this.#alive.has(key.split("/").at(-1)) : draft.at < this.#now() - DAY;
  }

  #mine() {
    return this.#keys().filter((key) => key.endsWith(`/${this.#tab}`)).map((key) => [key, parse(this.#storage, key)]).filter(([, draft]) => draft);
  }

  #keys(con = "") {
    return Object.keys(this.#storage ?? {}).filter((key) => key.startsWith(this.#prefix + con));
  }

  #key(con) {
    return `${this.#prefix}${encodeURIComponent(con)}/${this.#tab}`;
  }

  #write(key, draft) {
    try {
      if (draft) this.#storage.setItem(key, JSON.stringify(draft));
      else this.#storage.removeItem(key);
    } catch { /* full or forbidden: this page still has it */ }
  }
}

/**
 * This tab's name, the same after a reload, and the names of the other living ones (null where the browser cannot say).
 *
 * A tab that was duplicated has the name of the other: it says so by standing open already.
 */
export async function tabs({ sessionStorage, navigator, addEventListener }, fresh) {
  const [known, open] = [sessionStorage?.getItem(TAB), sessionStorage?.getItem(`${TAB}/abierta`)];
  const tab = known && !open ? known : fresh();
  const stand = (state) => { try { sessionStorage.setItem(TAB, tab); sessionStorage.setItem(`${TAB}/abierta`, state); } catch { /* as after a new opening */ } };
  stand("1");
  addEventListener("pagehide", () => stand(""));
  addEventListener("pageshow", () => stand("1"));
  const { locks } = navigator ?? {};
  if (!locks) return { tab, alive: null };
  locks.request(`pestana/${tab}`, () => new Promise(() => {})).catch(() => {});
  const { held } = await locks.query();
  return { tab, alive: new Set(held.map(({ name }) => name).filter((name) => name.startsWith("pestana/")).map((name) => name.slice(8))) };
}

function parse(storage, key) {
  try {
    const draft = JSON.parse(storage.getItem(key));
    return typeof draft?.text === "string" ? { at: 0, ...draft } : null;
  } catch {
    return null;
  }
}
