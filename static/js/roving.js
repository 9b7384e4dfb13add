/** One stop for Tab in a list of links; the arrows, Home and End go from row to row. */
const STEPS = { ArrowDown: 1, ArrowUp: -1, Home: -Infinity, End: Infinity };

export class Roving {
  #list;
  #last;

  constructor(list) {
    this.#list = list;
    list.addEventListener("keydown", (event) => this.#key(event));
    list.addEventListener("focusin", ({ target }) => this.#stop(target.closest("li > a")));
  }

  /** Rows came or went: exactly one of them is the stop. */
  tidy() {
    const links = this.#links();
    const current = links.find((link) => link.hasAttribute("aria-current"));
    this.#stop(links.includes(document.activeElement) ? document.activeElement : links.includes(this.#last) ? this.#last : (current ?? links[0]));
  }

  #stop(stop) {
    if (!stop) return;
    this.#last = stop;
    for (const link of this.#links()) link.tabIndex = link === stop ? 0 : -1;
  }

  #key(event) {
    const step = STEPS[event.key];
    const links = this.#links();
    const at = links.indexOf(document.activeElement);
    if (!step || at < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    links[Math.min(Math.max(at + step, 0), links.length - 1)].focus();
  }

  #links() {
    return [...this.#list.querySelectorAll(":scope > li > a")];
  }
}
