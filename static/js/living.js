/** What shows something that changes elsewhere: drawn anew when the desk says so, and after every gap. */
import { singleFlight } from "./refresh.js";

export class Living {
  #root;
  #usuario;
  #texts;

  /** Elements with `data-vive="kind key"` are drawn anew from `data-vista`; `load` is `loadPartial`. */
  constructor(root, load, usuario, texts) {
    this.#root = root;
    this.#usuario = usuario;
    this.#texts = texts;
    this.refresh = singleFlight(() => Promise.all(this.#elements.map(async (element) => {
      const [drawn] = await load(element.dataset.vista);
      element.replaceWith(drawn);
      if (drawn.dataset?.borrado !== undefined) this.erase();
    })));
  }

  /** Texts are gone: of a person, whose own page asks nobody any more, or of some in a conversation; else it is asked what changed. */
  heard(change, { again, reload }) {
    const { tipo, clave } = change;
    if (tipo === "borrado" && clave === this.#usuario) this.erase();
    else if (tipo === "borrado") reload();
    else if (tipo === "mensajes") reload(clave);
    else if (this.shows(change)) again();
  }

  /** Whether something here shows what has changed; by a change of the own account the page may be another one. */
  shows({ tipo, clave }) {
    if (tipo === "cuenta" && clave === this.#usuario) return true;
    return this.#elements.some((element) => element.dataset.vive === `${tipo} ${clave}`);
  }

  /** The person whose conversation is open was erased: nothing of it is shown any more. */
  erase() {
    for (const text of this.#root.querySelectorAll("#mensajes .message-text")) {
      text.textContent = this.#texts.get("borrado");
      text.classList.add("message-erased");
    }
  }

  get #elements() {
    return [...this.#root.querySelectorAll("[data-vive]")];
  }
}
