/** What somebody typed in one conversation and is not known to be stored: the field, and parts on their way. */
export class Draft {
  /** parts: {id, text, back}; `back` means it could not be sent and stands in the field again. */
  constructor({ text = "", parts = [] } = {}) {
    this.text = text;
    this.parts = parts;
  }

  static parse(json) {
    try {
      const { text, parts } = JSON.parse(json) ?? {};
      const sound = Array.isArray(parts) ? parts.filter((part) => typeof part?.id === "string" && typeof part.text === "string") : [];
      return new Draft({ text: typeof text === "string" ? text : "", parts: sound });
    } catch {
      return new Draft();
    }
  }

  get empty() {
    return !this.text && !this.parts.length;
  }

  /**
   * The field's `text` goes on its way. Unchanged text that came back keeps its id, so that the server knows it
   * again; returned parts that were edited into something else are given up and listed in `dropped`.
   */
  send(text, newId) {
    const back = this.parts.filter((part) => part.back);
    const again = back.length === 1 && back[0].text === text;
    const part = { id: again ? back[0].id : newId, text, back: false };
    this.parts = [...this.parts.filter((other) => !other.back), part];
    this.text = "";
    return { part, dropped: again ? [] : back.map((other) => other.id) };
  }

  /** It could not be sent: its text stands in the field again, in the order in which it was written. */
  fail(id) {
    const part = this.parts.find((other) => other.id === id);
    if (!part || part.back) return;
    const lead = this.#lead();
    const rest = lead && this.text.startsWith(lead) ? this.text.slice(lead.length).replace(/^\n/, "") : this.text;
    const kept = rest === this.text ? [] : [lead];
    this.text = [...kept, part.text, rest].filter(Boolean).join("\n");
    part.back = true;
  }

  /** It is stored: if its text stands in the field unchanged, it leaves the field. */
  confirm(id) {
    const part = this.parts.find((other) => other.id === id);
    if (!part) return;
    if (part.back) {
      const lead = this.#lead((other) => other !== part);
      const whole = this.#lead();
      if (this.text.startsWith(whole)) this.text = [lead, this.text.slice(whole.length).replace(/^\n/, "")].filter(Boolean).join("\n");
    }
    this.parts = this.parts.filter((other) => other !== part);
  }

  #lead(keep = () => true) {
    return this.parts.filter((part) => part.back && keep(part)).map((part) => part.text).join("\n");
  }
}

/** Drafts of one person, one for each conversation, in the browser; without storage they live in this page only. */
export class Drafts {
  #usuario;
  #storage;
  #drafts = new Map();

  constructor(usuario, storage) {
    this.#usuario = usuario;
    this.#storage = storage;
  }

  /** What an earlier page left on its way stands in the field again, unless `isStored(id)`. */
  load(con, isStored = () => false) {
    if (!this.#drafts.has(con)) this.#drafts.set(con, resumed(this.#read(con), isStored));
    return this.#drafts.get(con);
  }

  save(con) {
    const draft = this.load(con);
    try {
      if (draft.empty || !con) this.#storage.removeItem(this.#key(con));
      else this.#storage.setItem(this.#key(con), JSON.stringify(draft));
    } catch { /* full or forbidden: this page still has it */ }
  }

  #read(con) {
    try {
      return Draft.parse(this.#storage.getItem(this.#key(con)));
    } catch {
      return new Draft();
    }
  }

  #key(con) {
    return `borrador/${this.#usuario}/${con}`;
  }
}

function resumed(draft, isStored) {
  for (const { id } of [...draft.parts]) isStored(id) ? draft.confirm(id) : draft.fail(id);
  return draft;
}
