/** The texts that the scripts show: written into the page by the templates, in the reader's language. */
export class Texts {
  #texts;

  constructor(texts) {
    this.#texts = texts;
  }

  get(key, values = {}) {
    return (this.#texts[key] ?? "").replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
  }

  count(key, n) {
    return this.get(n === 1 ? `${key}Uno` : `${key}Varios`, { n });
  }

  /** The sentence for a refusal; an unknown code reads like "try again". */
  error(code) {
    return this.#texts[`error${capital(String(code))}`] ?? this.get("errorOcupado");
  }
}

const capital = (word) => word.charAt(0).toUpperCase() + word.slice(1);
