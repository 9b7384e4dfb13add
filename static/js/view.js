/** The scrolling part of a conversation: it stays where the reader is, and says what came below. */
const NEAR = 48;
const BOTTOM = 8;

export class View {
  #chat;
  #button;
  #texts;
  #scrolled;
  #unseen = 0;

  constructor(panel, texts, scrolled) {
    this.#chat = panel.querySelector("#chat");
    this.#button = panel.querySelector("#nuevos");
    this.#texts = texts;
    this.#scrolled = scrolled;
    this.#chat.addEventListener("scroll", () => this.#moved(), { passive: true });
    this.#button.addEventListener("click", () => {
      this.toNewest();
      this.#chat.focus({ preventScroll: true });
    });
  }

  get near() {
    return Math.abs(this.#chat.scrollTop) < NEAR;
  }

  toNewest() {
    this.#chat.scrollTop = 0;
    this.#moved();
  }

  // The list hangs from its newest end (column-reverse): what is added below is added to the distance.
  hold(grown, incoming) {
    this.#chat.scrollTop -= grown;
    this.#unseen += incoming;
    this.#offer();
  }

  shows(row) {
    return row.getBoundingClientRect().bottom <= this.#chat.getBoundingClientRect().bottom + BOTTOM;
  }

  #moved() {
    if (this.near) this.#unseen = 0;
    this.#offer();
    this.#scrolled();
  }

  // The way back to the newest: when something came there, or it is more than a screen away.
  #offer() {
    const away = Math.abs(this.#chat.scrollTop) > this.#chat.clientHeight;
    const label = this.#unseen ? this.#texts.count("nuevos", this.#unseen) : this.#texts.get("ultimo");
    if (this.#button.textContent !== label) this.#button.textContent = label;
    this.#button.hidden = !this.#unseen && !away;
  }
}
