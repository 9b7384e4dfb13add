/** The messages of the open conversation: in the order of their ids, each once, without jumping. */
import { dayLabel, layOut } from "./days.js";
import { singleFlight } from "./refresh.js";
import { localize } from "./times.js";

const PAGE = 200;
const NEAR = 48;
const BOTTOM = 8;

export class History {
  #chat;
  #list;
  #button;
  #tools;
  #unseen = 0;

  /** tools: {texts, lang, load, process, arrived(rows), scrolled()} */
  constructor(panel, tools) {
    this.con = panel.dataset.con;
    this.#tools = tools;
    this.#chat = panel.querySelector("#chat");
    this.#list = panel.querySelector("#mensajes");
    this.#button = panel.querySelector("#nuevos");
    this.refresh = singleFlight(() => this.#catchUp());
    this.#chat.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    this.#button.addEventListener("click", () => this.toNewest());
    this.tidy();
  }

  get last() {
    return Math.max(0, ...this.#rows().map(idOf));
  }

  has(idClient) {
    return Boolean(this.#byClient(idClient)?.dataset.id);
  }

  toNewest() {
    this.#chat.scrollTop = 0;
    this.#scrolled();
  }

  /** Puts the bubble of a message that is not stored yet at the end. */
  append(bubble) {
    this.#list.append(bubble);
    this.toNewest();
  }

  /** Local times, day separators, runs of one sender; harmless to repeat. */
  tidy() {
    localize(this.#list, this.#tools.lang);
    const rows = this.#rows();
    const plan = layOut(rows.map((row) => ({ date: dateOf(row), de: row.dataset.de, para: row.dataset.para })));
    this.#list.querySelectorAll(".day").forEach((day) => day.remove());
    rows.forEach((row, i) => {
      row.classList.toggle("message-continued", plan[i].continues);
      if (plan[i].opens) row.before(this.#day(dateOf(row)));
    });
  }

  /** Adds rows that the server drew; returns those that are new and not the viewer's own. */
  insert(rows) {
    const wasNear = this.#near();
    const height = this.#list.offsetHeight;
    const fresh = rows.filter((row) => row.dataset.id && !document.getElementById(row.id));
    for (const row of fresh) this.#place(row);
    if (!fresh.length) return [];
    this.tidy();
    fresh.forEach((row) => this.#tools.process(row));
    const incoming = fresh.filter((row) => !this.#own(row));
    if (wasNear) this.toNewest();
    else this.#hold(this.#list.offsetHeight - height, incoming.length);
    return incoming;
  }

  /** The id of the last message of somebody else whose end is on the screen. */
  lastDisplayed() {
    const edge = this.#chat.getBoundingClientRect().bottom + BOTTOM;
    const shown = (row) => !this.#own(row) && row.getBoundingClientRect().bottom <= edge;
    return idOf(this.#rows().reverse().find(shown)) || 0;
  }

  async #catchUp() {
    const url = `/soporte/mensajes?con=${encodeURIComponent(this.con)}`;
    const rows = await this.#tools.load(`${url}&despues=${this.last}&limite=${PAGE + 1}`);
    if (rows.filter((row) => row.dataset.id).length > PAGE) this.#replace(await this.#tools.load(url));
    else this.#tools.arrived(this.insert(rows));
  }

  // Too far behind to add everything: start again from the newest page, as at the first load.
  #replace(rows) {
    const waiting = [...this.#list.querySelectorAll(".message-pending")].filter((bubble) => !rows.some((row) => row.dataset.idCliente === bubble.dataset.idCliente));
    const last = this.last;
    this.#list.replaceChildren(...rows, ...waiting);
    rows.forEach((row) => this.#tools.process(row));
    this.tidy();
    this.toNewest();
    this.#tools.arrived(rows.filter((row) => idOf(row) > last && !this.#own(row)));
  }

  #place(row) {
    const bubble = row.dataset.idCliente && this.#byClient(row.dataset.idCliente);
    if (bubble && !bubble.dataset.id) bubble.remove();
    const before = this.#rows().reverse().find((other) => idOf(other) < idOf(row));
    const older = this.#list.querySelector(".older") ?? this.#list.querySelector(".empty");
    if (before ?? older) (before ?? older).after(row);
    else this.#list.prepend(row);
  }

  // The list hangs from its newest end (column-reverse): what is added below is added to the distance.
  #hold(grown, incoming) {
    this.#chat.scrollTop -= grown;
    this.#unseen += incoming;
    this.#button.hidden = !this.#unseen;
    this.#button.textContent = this.#tools.texts.count("nuevos", this.#unseen);
  }

  #scrolled() {
    if (this.#near()) {
      this.#unseen = 0;
      this.#button.hidden = true;
    }
    this.#tools.scrolled();
  }

  #near() {
    return Math.abs(this.#chat.scrollTop) < NEAR;
  }

  #day(date) {
    const day = document.getElementById("plantilla-dia").content.firstElementChild.cloneNode(true);
    day.firstElementChild.textContent = dayLabel(date, new Date(), this.#tools.lang, this.#tools.texts);
    return day;
  }

  #rows() {
    return [...this.#list.querySelectorAll("[data-id]")];
  }

  #own(row) {
    return row.dataset.de === this.#tools.usuario;
  }

  #byClient(idClient) {
    return [...this.#list.querySelectorAll("[data-id-cliente]")].find((row) => row.dataset.idCliente === idClient);
  }
}

const idOf = (row) => Number(row?.dataset.id ?? 0);
const dateOf = (row) => new Date(row.querySelector("time").dateTime);
