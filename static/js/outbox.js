/**
 * What somebody wrote and the desk has not confirmed: kept in order, never lost, only the person gives one up.
 *
 * entry: {id, usuario, con, para, text, state, order, tries, after, version, error?}
 * state: aqui (on this device) → pendiente (the desk has it, the database not yet) → guardado; or fallido.
 */
import { newIdentifier } from "./identifier.js";

export class Outbox {
  #usuario;
  #tools;
  #entries = new Map();
  #removed = new Set();
  #latest = 0;
  #adding = Promise.resolve();

  /** tools: {store, tell(), changed(entry), offer(con?), now?}; a removed entry is told as `guardado` or `retirado`. */
  constructor(usuario, tools) {
    this.#usuario = usuario;
    this.#tools = { now: Date.now, ...tools };
  }

  get size() {
    return this.#entries.size;
  }

  /** Those that wait for the desk, in order; what failed waits for the person. */
  waiting(con) {
    return this.all(con).filter((entry) => isWaiting(entry));
  }

  all(con) {
    const entries = [...this.#entries.values()].sort((a, b) => a.order - b.order || (a.id < b.id ? -1 : 1));
    return con === undefined ? entries : entries.filter((entry) => entry.con === con);
  }

  get(id) {
    return this.#entries.get(id);
  }

  /** Keeps `text`; when this resolves it survives the page, as far as the device can. */
  add(con, para, text) {
    this.#adding = this.#adding.catch(() => {}).then(() => this.#add(con, para, text));
    return this.#adding;
  }

  /** Sends a failed one again, as the last; under its own id, unless that id is what failed. */
  async retry(id) {
    const entry = this.#failed(id);
    if (!entry) return;
    const fresh = this.#fresh();
    const used = entry.error === "id_reutilizado";
    await this.keep({ ...entry, id: used ? fresh.id : id, order: fresh.order, state: "aqui", tries: 0, after: 0, error: undefined });
    if (used) await this.#remove(entry, "retirado");
    this.#tools.offer(entry.con);
  }

  /** The person takes a failed one back; returns it. */
  async discard(id) {
    const entry = this.#failed(id);
    if (entry) await this.#remove(entry, "retirado");
    return entry;
  }

  async discardAll() {
    for (const entry of this.all()) await this.#remove(entry, "retirado");
  }

  /** It is stored: the desk said so, or its row is there. */
  async confirm(id) {
    const entry = this.#entries.get(id);
    if (!entry) return;
    await this.#remove(entry, "guardado");
    this.#tools.offer(entry.con);
  }

  async fail(id, error) {
    const entry = this.#entries.get(id);
    if (entry) await this.keep({ ...entry, state: "fallido", error });
  }

  /** What other pages of this person did, or an earlier one left; what cannot be read is not taken for gone. */
  async sync() {
    const known = this.all();
    const stored = await this.#tools.store.all().catch(() => null);
    if (!stored) return;
    const there = new Map(stored.filter((entry) => entry.usuario === this.#usuario).map((entry) => [entry.id, entry]));
    for (const entry of there.values()) {
      if (this.#removed.has(entry.id) || entry.version <= (this.#entries.get(entry.id)?.version ?? -1)) continue;
      this.#entries.set(entry.id, entry);
      this.#tools.changed(entry);
    }
    for (const entry of known) if (!there.has(entry.id) && this.#entries.has(entry.id)) this.#forget(entry, "retirado");
  }

  async keep(entry) {
    const next = { ...entry, version: entry.version + 1 };
    await this.#tools.store.put(next);
    this.#entries.set(next.id, next);
    this.#tools.changed(next);
    this.#tools.tell();
  }

  // After what other pages have written: its place is the last.
  async #add(con, para, text) {
    await this.sync();
    await this.keep({ ...this.#fresh(), usuario: this.#usuario, con, para, text, state: "aqui", tries: 0, after: 0, version: 0 });
    this.#tools.offer(con);
  }

  async #remove(entry, state) {
    this.#removed.add(entry.id);
    this.#forget(entry, state);
    await this.#tools.store.remove(entry.id);
    this.#tools.tell();
  }

  #forget(entry, state) {
    this.#entries.delete(entry.id);
    this.#tools.changed({ ...entry, state, before: entry.state });
  }

  #failed(id) {
    const entry = this.#entries.get(id);
    return entry?.state === "fallido" ? entry : undefined;
  }

  #fresh() {
    this.#latest = Math.max(this.#tools.now(), this.#latest + 1, ...this.all().map((entry) => entry.order + 1));
    return { id: newIdentifier(), order: this.#latest };
  }
}

export const isWaiting = (entry) => entry?.state === "aqui" || entry?.state === "pendiente";
