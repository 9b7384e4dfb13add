/** What this person sends: from the field over the outbox to the desk, and its bubble meanwhile. */
import { Bubbles } from "./bubbles.js";
import { Composer } from "./composer.js";
import { Drafts } from "./draft.js";
import { Lanes } from "./lanes.js";
import { isWaiting, Outbox } from "./outbox.js";
import { Store } from "./store.js";
import { Tabs } from "./tabs.js";

export class Outgoing {
  #usuario;
  #tools;
  #lanes;
  #composer;
  #drafts;
  #bubbles;
  #history;
  #asked = new Set();
  #lasting = true;

  /** tools: {place, tab: {tab, alive}, texts, status, live(), refresh(): Promise, said()} */
  constructor(usuario, tools) {
    this.#usuario = usuario;
    this.#tools = tools;
    const store = new Store(tools.place, (lasting) => this.#keeps(lasting));
    const tabs = (this.tabs = new Tabs(usuario, tools.place, () => this.offer()));
    this.outbox = new Outbox(usuario, { store, tell: () => tabs.tell(), changed: (entry) => this.#changed(entry), offer: (con) => this.#lanes.offer(con) });
    this.#lanes = new Lanes(this.outbox, {
      turn: (con, work) => tabs.turn(`${usuario}/${con}`, work),
      line: () => tools.live().line,
      send: ({ id, para, text }) => tools.live().send({ de: usuario, para, mensaje: text, id_cliente: id }),
      ended: () => tools.live().end(),
    });
    const keep = async (con, para, text) => { tools.said(); await this.outbox.add(con, para, text); };
    this.#drafts = new Drafts(usuario, tools.place.localStorage, tools.tab);
    this.#composer = new Composer({ texts: tools.texts, drafts: this.#drafts, keep });
    addEventListener("pagehide", () => this.#drafts.leave());
    const actions = { reintentar: (id) => this.outbox.retry(id), descartar: (id) => this.outbox.discard(id), editar: (id) => this.#edit(id) };
    this.#bubbles = new Bubbles({ usuario, texts: tools.texts, actions });
    addEventListener("beforeunload", (event) => !this.#lasting && this.outbox.size && event.preventDefault());
  }

  open(panel, history) {
    this.#history = history;
    this.#composer.open(panel);
    this.#bubbles.open(panel, history, this.outbox.all(history.con));
    this.settle();
    this.#keeps(this.#lasting);
  }

  focus() {
    this.#composer.focus();
  }

  /** The session is over; `gone`: by signing out, which leaves nothing of what was typed. */
  close(gone) {
    this.#composer.close();
    if (gone) this.#drafts.clear();
  }

  /** There is a connection, or another page has changed something: go on from the first unconfirmed. */
  async offer() {
    await this.outbox.sync();
    this.#lanes.offer();
  }

  /** Rows came: what was on its way and stands among them is stored. */
  settle() {
    for (const { id } of this.outbox.all(this.#history.con)) if (this.#history.has(this.#usuario, id)) this.outbox.confirm(id);
  }

  /** The desk has a message of this conversation that is not stored yet; its bubble if it is somebody else's and new. */
  provisional(message, name) {
    return this.#bubbles.provisional(message, name, message.de !== this.#history.con && this.#tools.admin);
  }

  lost() {
    this.#bubbles.doubt((id) => this.outbox.get(id));
  }

  complete() {
    this.#bubbles.settle();
  }

  /** It is stored; true where its row was asked for since, after its acknowledgement. */
  stored({ de, id_cliente: id }) {
    if (de !== this.#usuario) return false;
    this.outbox.confirm(id);
    return this.#asked.delete(id);
  }

  /** It can never be stored; true if it was somebody else's and stood on the screen. */
  failed({ de = this.#usuario, id_cliente: id, error }) {
    const own = de === this.#usuario;
    if (!own || !this.outbox.get(id)) return this.#bubbles.drop(de, id) && !own;
    this.outbox.fail(id, error);
    return false;
  }

  #changed(entry) {
    this.#tools.status.waiting(this.outbox.waiting().length);
    if (entry.con !== this.#history?.con) return;
    const drop = () => this.#bubbles.drop(this.#usuario, entry.id);
    if (entry.state !== "retirado") this.#bubbles.show(entry);
    // Its row first, which may stand above what this page has loaded: then nothing would take the bubble's place.
    if (entry.state === "guardado") {
      this.#asked.add(entry.id);
      return this.#tools.refresh().then((complete) => complete && drop());
    }
    if (entry.state !== "retirado") return;
    // Another page of this person may have had it stored.
    if (isWaiting({ state: entry.before })) this.#tools.refresh().then(drop);
    else drop();
  }

  async #edit(id) {
    const { text } = this.outbox.get(id) ?? {};
    if (!text) return;
    this.#composer.restore(text);
    await this.outbox.discard(id);
  }

  #keeps(lasting) {
    this.#lasting = lasting;
    const note = document.getElementById("sin-memoria");
    if (note) note.hidden = lasting;
  }
}
