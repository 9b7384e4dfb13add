/** The admins' list: latest first, each person once, marks that agree with the server. */
import { arrange, holdPlaces, renew } from "./order.js";
import { singleFlight, soon } from "./refresh.js";
import { Roving } from "./roving.js";
import { badge, isMore, isRow, latest, latestFirst, markRow, unread } from "./rows.js";
import { localize, sayOnce } from "./times.js";

export { Idleness } from "./idleness.js"; // an admin's page has one part
const [PAGE, MOST_PAGES] = [200, 20];

export class Conversations {
  #list;
  #tools;
  #current = "";
  #loading = 0;
  #doubtful = new Set();
  #roving;
  #times = soon(() => this.tick());

  /** tools: {lang, load, process, arrived(row), now()} */
  constructor(list, tools) {
    this.#list = list;
    this.#tools = tools;
    this.#roving = new Roving(list);
    this.tick = () => { localize(list, tools.lang, tools.now()); sayOnce(list, tools.lang, tools.now()); };
    this.refresh = singleFlight(() => this.#catchUp());
    this.reload = singleFlight(() => this.#startAgain());
    list.addEventListener("mouseleave", () => this.#settle());
    list.addEventListener("focusout", () => setTimeout(() => this.#settle()));
  }

  get last() { return Math.max(0, ...this.#rows().map(latest)); }

  set current(usuario) {
    this.#current = usuario;
    this.tidy();
  }

  /** The server counted what is unread for this person: on this device or on another one. */
  read(usuario, unread) {
    const row = document.getElementById(`user-${usuario}`);
    if (!row || !Number.isInteger(unread)) return;
    row.dataset.sinLeer = unread;
    row.querySelector(".unread-number").textContent = badge(unread);
    row.querySelector(".unread").hidden = !unread;
    markRow(row, this.#current);
    // A list that is on its way may be older or newer than this: only the server knows, so ask for the row.
    if (!this.#loading) return;
    this.#doubtful.add(row.querySelector("a").pathname.split("/").pop());
    this.refresh();
  }

  /** The desk has a message of this person and the database not yet: its text now, the rest with the row. */
  provisional(usuario, text) {
    const row = document.getElementById(`user-${usuario}`);
    if (!row) return;
    row.querySelector(".conversation-preview").textContent = text;
    row.classList.add("text-danger", "fw-bold");
    this.#tools.arrived(row);
  }

  /** Marks, local times, and nobody twice; harmless to repeat. */
  tidy() {
    const seen = new Set();
    for (const row of this.#rows().sort(latestFirst)) {
      if (seen.has(row.id)) row.remove();
      seen.add(row.id);
      markRow(row, this.#current);
    }
    this.#roving.tidy();
    this.#times();
  }

  /** The person filtered: from the top, and how many there are is said. */
  filtered(say) {
    this.#list.parentElement.scrollTop = 0;
    say(this.#rows().length, Boolean(this.#list.querySelector(".list-more")));
  }

  async #catchUp() {
    const asked = this.#filter();
    const doubtful = [...this.#doubtful].map((name) => this.#load({}, `/${name}`));
    this.#doubtful.clear();
    const pages = await Promise.all([this.#load({ despues: this.last, limite: PAGE }), ...doubtful]);
    if (asked !== this.#filter()) return;
    this.#merge(pages.flat());
    if (pages[0].filter(isRow).length >= PAGE) await this.#catchUp();
  }

  // Marks may have changed elsewhere while this page was away: as many pages again as are on the screen.
  async #startAgain() {
    const asked = this.#filter();
    const oldest = Math.min(...this.#rows().map(latest));
    let page = await this.#load({});
    const rows = page.filter(isRow);
    for (let i = 1; i < MOST_PAGES && page.some(isMore) && latest(rows.at(-1)) > oldest; i += 1) {
      page = await this.#load({ antes: latest(rows.at(-1)) });
      rows.push(...page.filter(isRow));
    }
    if (asked !== this.#filter()) return;
    const names = new Set(rows.map((row) => row.id));
    const gone = (row) => !names.has(row.id) && !(latest(row) > latest(rows[0] ?? row));
    this.#rows().filter(gone).forEach((row) => row.remove());
    this.#list.querySelectorAll(":scope > :not([data-usuario])").forEach((other) => other.remove());
    page.filter((row) => !isRow(row)).forEach((other) => this.#add(other));
    this.#merge(rows);
  }

  #merge(rows) {
    for (const row of rows.filter(isRow)) {
      const old = document.getElementById(row.id);
      const news = unread(row) > (old ? unread(old) : 0);
      if (old && latest(old) > latest(row)) continue;
      if (old) renew(old, row);
      else this.#add(row);
      if (news) this.#tools.arrived(row);
    }
    if (this.#rows().length) this.#list.querySelectorAll(".list-empty").forEach((empty) => empty.remove());
    this.tidy();
    this.#settle();
  }

  #add(row) {
    this.#list.append(row);
    this.#tools.process(row);
  }

  // Latest first, but the row under the pointer or with the focus stays where it is until it is left.
  #settle() {
    const rows = this.#rows();
    const held = new Map(rows.map((row, index) => [row, index]).filter(([row]) => row.matches(":hover, :focus-within")));
    arrange(this.#list, holdPlaces([...rows].sort(latestFirst), held), held);
  }

  async #load(query, path = "") {
    const buscar = this.#filter();
    this.#loading += 1;
    try {
      return await this.#tools.load(`/soporte/conversaciones${path}?${new URLSearchParams({ ...query, ...(buscar && { buscar }) })}`);
    } finally {
      this.#loading -= 1;
    }
  }

  #filter() { return document.getElementById("buscar").value.trim(); }

  #rows() {
    return [...this.#list.querySelectorAll(":scope > [data-usuario]")];
  }
}
