/** The title counts what came while nobody looked: "(2) Soporte". */
export class Title {
  #seen = new Set();
  #name;
  #document;

  constructor(document) {
    this.#document = document;
    this.#name = document.title;
    document.addEventListener("visibilitychange", () => this.#clear());
  }

  set name(name) {
    this.#name = name;
    this.#show();
  }

  /** Counts a message once, however often it is heard of. */
  count(id) {
    if (!this.#document.hidden) return;
    this.#seen.add(String(id));
    this.#show();
  }

  #clear() {
    if (this.#document.hidden) return;
    this.#seen.clear();
    this.#show();
  }

  #show() {
    this.#document.title = this.#seen.size ? `(${this.#seen.size}) ${this.#name}` : this.#name;
  }
}
