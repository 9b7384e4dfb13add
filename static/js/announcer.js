/** Says to screen readers what came in, without moving the focus. */
const FEW = 3;

export class Announcer {
  #place;
  #texts;

  constructor(place, texts) {
    this.#place = place;
    this.#texts = texts;
  }

  messages(rows) {
    const lines = rows.map((row) => this.#texts.get("anuncio", { nombre: words(row, ".message-from"), texto: words(row, ".message-text") }));
    if (lines.length) this.say(lines.length > FEW ? this.#texts.count("nuevos", lines.length) : lines.join(" "));
  }

  conversation(row) {
    this.say(this.#texts.get("otra", { nombre: words(row, ".conversation-name") }));
  }

  /** The list was filtered; `more`: there are more than these. */
  found(count, more) {
    this.say(this.#texts.count(more ? "masDe" : "hallados", count));
  }

  say(text) {
    this.#place.textContent = text;
  }
}

const words = (row, selector) => row.querySelector(selector).textContent.trim();
