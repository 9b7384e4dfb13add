/** What takes a sentence stands where it is seen: above the composer, or under the list where no conversation is. */
export class News {
  #node;
  #texts;
  #again;
  #stay;

  constructor(node, texts) {
    this.#node = node;
    this.#texts = texts;
    addEventListener("resize", () => this.place());
    this.#find("reintentar").addEventListener("click", () => this.#again());
    this.#find("seguir").addEventListener("click", () => this.#stay?.());
    this.#find("recargar").addEventListener("click", () => location.reload());
  }

  /** The window may be turned, and a part be missing, before there is an open conversation. */
  place() {
    const foot = document.querySelector("#panel .chat-foot");
    const list = document.querySelector(".sidebar");
    const place = foot.offsetParent || !list ? foot : list;
    if (this.#node.parentElement !== place) place.append(this.#node);
  }

  /** Something could not be loaded; `again` tries it once more. */
  failed(again) {
    this.place();
    this.#again = again;
    this.#show(this.#texts.get("carga"), "fallo", "reintentar");
  }

  loaded() {
    this.#show("", "fallo", "reintentar");
  }

  /** The session ends soon: what `text` says, if anything; `again` keeps it where that can be. */
  expiring(text, again) {
    this.place();
    this.#stay = again;
    this.#show(text ? this.#texts.get(text) : "", "inactiva", "seguir");
    if (!again) this.#find("seguir").hidden = true;
  }

  /** Whether a part of the page is missing, which only a new page can have. */
  missing(some) {
    this.#show(some ? this.#texts.get("falta") : "", "falta", "recargar");
  }

  #show(sentence, place, button) {
    const line = this.#find(place);
    if (line.textContent !== sentence) line.textContent = sentence;
    line.hidden = this.#find(button).hidden = !sentence;
  }

  #find(id) {
    return this.#node.querySelector(`#${id}`);
  }
}
