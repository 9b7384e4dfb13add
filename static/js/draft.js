/** What stands in the field and was not sent yet: one text for each person and conversation, in the browser. */
export class Drafts {
  #usuario;
  #storage;
  #texts = new Map();

  /** Without storage they live in this page only. */
  constructor(usuario, storage) {
    this.#usuario = usuario;
    this.#storage = storage;
  }

  get(con) {
    if (!this.#texts.has(con)) this.#texts.set(con, this.#read(con));
    return this.#texts.get(con);
  }

  set(con, text) {
    if (!con) return;
    this.#texts.set(con, text);
    try {
      if (text) this.#storage.setItem(this.#key(con), JSON.stringify({ text }));
      else this.#storage.removeItem(this.#key(con));
    } catch { /* full or forbidden: this page still has it */ }
  }

  #read(con) {
    try {
      const { text } = JSON.parse(this.#storage.getItem(this.#key(con))) ?? {};
      return typeof text === "string" ? text : "";
    } catch {
      return "";
    }
  }

  #key(con) {
    return `borrador/${this.#usuario}/${con}`;
  }
}
