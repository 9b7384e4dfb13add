/** What takes a sentence stands where it is seen: above the composer, or under the list where no conversation is. */
export class News {
  #node;
  #texts;
  #panel;
  #again;

  constructor(node, texts) {
    this.#node = node;
    this.#texts = texts;
    addEventListener("resize", () => this.place());
    this.#retry.addEventListener("click", () => this.#again());
  }

  place(panel = this.#panel) {
    this.#panel = panel;
    const foot = panel.querySelector(".chat-foot");
    const list = document.querySelector(".sidebar");
    const place = foot.offsetParent || !list ? foot : list;
    if (this.#node.parentElement !== place) place.append(this.#node);
  }

  /** Something could not be loaded; `again` tries it once more. */
  failed(again) {
    this.place();
    this.#again = again;
    this.#show(this.#texts.get("carga"));
  }

  loaded() {
    this.#show("");
  }

  #show(sentence) {
    const line = this.#node.querySelector("#fallo");
    if (line.textContent !== sentence) line.textContent = sentence;
    line.hidden = this.#retry.hidden = !sentence;
  }

  get #retry() {
    return this.#node.querySelector("#reintentar");
  }
}
