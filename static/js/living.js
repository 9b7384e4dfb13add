/** What shows something that changes elsewhere: drawn anew when the desk says so, and after every gap. */
import { singleFlight } from "./refresh.js";

export class Living {
  #root;
  #usuario;

  /** Elements with `data-vive="kind key"` are drawn anew from `data-vista`; `load` is `loadPartial`. */
  constructor(root, load, usuario) {
    this.#root = root;
    this.#usuario = usuario;
    this.refresh = singleFlight(() => Promise.all(this.#elements.map(async (element) => {
      const [drawn] = await load(element.dataset.vista);
      element.replaceWith(drawn);
    })));
  }

  /** Whether something here shows what has changed; by a change of the own account the page may be another one. */
  shows({ tipo, clave }) {
    if (tipo === "cuenta" && clave === this.#usuario) return true;
    return this.#elements.some((element) => element.dataset.vive === `${tipo} ${clave}`);
  }

  get #elements() {
    return [...this.#root.querySelectorAll("[data-vive]")];
  }
}
