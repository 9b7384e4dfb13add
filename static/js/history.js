/** The messages of the open conversation: in the order of their ids, each once, without jumping. */
import { singleFlight } from "./refresh.js";
import { markAway, separate } from "./separators.js";
import { concerns, setState } from "./states.js";
import { localize } from "./times.js";
import { View } from "./view.js";

const PAGE = 199; // one less than a fragment can have: the one beyond tells that there is more
const UNREAD = 50;

export class History {
  #list;
  #tools;
  #view;
  /** Nobody was connected: marks may have moved, and what comes first came meanwhile. */
  gap = false;

  /** tools: {usuario, texts, lang, load, process, arrived(rows), scrolled()} */
  constructor(panel, tools) {
    this.con = panel.dataset.con;
    this.#tools = tools;
    this.#list = panel.querySelector("#mensajes");
    this.#view = new View(panel, tools.texts, tools.scrolled);
    this.refresh = singleFlight(() => this.#catchUp());
    this.reload = singleFlight(() => this.#startAgain());
    this.tidy();
  }

  get last() { return idOf(this.#rows().at(-1)); }

  get lastClient() { return this.#rows().at(-1)?.dataset.idCliente; }

  get ids() { return this.#rows().map(idOf); }

  /** The last message of somebody else that has reached this page. */
  get lastArrived() {
    return idOf(this.#rows().findLast((row) => !this.#own(row)));
  }

  has(de, idClient) {
    return Boolean(this.#find(de, idClient)?.dataset.id);
  }

  /** Puts the bubble of a message that is not stored yet at the end. */
  append(bubble, toNewest) {
    const [near, height] = [this.#view.near, this.#list.offsetHeight];
    this.#list.append(bubble);
    this.tidy();
    if (near || toNewest) this.#view.toNewest();
    else this.#view.hold(this.#list.offsetHeight - height, 1);
  }

  /** Local times, day separators, runs of one sender; harmless to repeat. */
  tidy() {
    separate(this.#list, [...this.#list.querySelectorAll(".message:has(time)")], this.#tools.lang, this.#tools.texts);
    localize(this.#list, this.#tools.lang);
  }

  mark(state, mark) {
    for (const row of this.#rows()) if (idOf(row) <= mark.hasta && concerns(row, mark)) setState(row, state);
  }

  /** The id of the last message of somebody else whose end is on the screen. */
  lastDisplayed() {
    return idOf(this.#rows().findLast((row) => !this.#own(row) && this.#view.shows(row)));
  }

  async #catchUp() {
    const gap = this.gap;
    const rows = await this.#load({ despues: gap ? this.#unread() : this.last, limite: PAGE + 1 });
    if (rows.filter(idOf).length > PAGE) {
      this.gap ||= gap;
      return this.#startAgain();
    }
    this.#tools.arrived(this.#insert(rows, gap));
  }

  // Too far behind to add everything, or in doubt: the newest page, as at the first load.
  async #startAgain() {
    const rows = await this.#load({});
    const waiting = [...this.#list.querySelectorAll(".message-pending")];
    const last = this.last;
    this.#list.replaceChildren(...[...this.#list.querySelectorAll(".empty")], ...rows);
    this.#list.append(...waiting.filter((bubble) => !this.#find(bubble.dataset.de, bubble.dataset.idCliente)));
    rows.forEach((row) => this.#tools.process(row));
    this.tidy();
    this.#view.toNewest();
    this.#tools.arrived(rows.filter((row) => idOf(row) > last && !this.#own(row)));
  }

  // Adds rows that the server drew; returns those that are new and not the viewer's own.
  #insert(rows, gap) {
    const [near, height] = [this.#view.near, this.#list.offsetHeight];
    const fresh = rows.filter((row) => idOf(row) && !this.#known(row));
    for (const row of fresh) this.#place(row);
    if (!fresh.length) return [];
    const incoming = fresh.filter((row) => !this.#own(row));
    if (gap) markAway(this.#list, incoming, this.#tools.texts);
    this.tidy();
    fresh.forEach((row) => this.#tools.process(row));
    if (near) this.#view.toNewest();
    else this.#view.hold(this.#list.offsetHeight - height, incoming.length);
    return incoming;
  }

  #known(row) {
    const shown = document.getElementById(row.id);
    const state = row.querySelector(".message-state")?.dataset.estado;
    if (shown && state) setState(shown, state);
    return Boolean(shown);
  }

  #place(row) {
    const bubble = this.#find(row.dataset.de, row.dataset.idCliente);
    if (bubble && !bubble.dataset.id) bubble.remove();
    const before = this.#rows().findLast((other) => idOf(other) < idOf(row));
    const older = this.#list.querySelector(".older") ?? this.#list.querySelector(".empty");
    if (before ?? older) (before ?? older).after(row);
    else this.#list.prepend(row);
  }

  // Before the first own message whose mark may still move, so that its row is drawn again.
  #unread() {
    const first = this.#rows().slice(-UNREAD).find((row) => row.querySelector(".message-state:not([data-estado=leido])"));
    return first ? idOf(first) - 1 : this.last;
  }

  // What is lost while it loads is lost after it.
  #load(query, gap = this.gap) {
    this.gap = false;
    const rows = this.#tools.load(`/soporte/mensajes?${new URLSearchParams({ con: this.con, ...query })}`);
    return rows.catch((error) => { this.gap ||= gap; throw error; });
  }

  #rows() {
    return [...this.#list.querySelectorAll("[data-id]")];
  }

  #own(row) {
    return row.dataset.de === this.#tools.usuario;
  }

  #find(de, idClient) {
    return [...this.#list.querySelectorAll("[data-id-cliente]")].find((row) => row.dataset.idCliente === idClient && row.dataset.de === de);
  }
}

const idOf = (row) => Number(row?.dataset.id ?? 0);
