/** On request the page proves that it is complete: its count and last number against the server's. */
export class Check {
  #tools;

  /** tools: {load, history(), failed()} */
  constructor(button, tools) {
    this.#tools = tools;
    button.addEventListener("click", () => this.#run(button));
    document.addEventListener("click", ({ target }) => target.closest(".check-close") && this.#close(button));
  }

  clear() {
    document.getElementById("comprobacion").replaceChildren();
  }

  async #run(button) {
    button.setAttribute("aria-busy", "true");
    try {
      let [answer, same] = await this.#compare();
      const repaired = !same;
      if (!same) {
        await this.#tools.history().reload();
        [answer, same] = await this.#compare();
      }
      const verdict = same ? (repaired ? "reparada" : "completa") : "incompleta";
      answer.querySelector(`[data-veredicto="${verdict}"]`).hidden = false;
      document.getElementById("comprobacion").replaceChildren(answer);
    } catch {
      this.#tools.failed();
    }
    button.removeAttribute("aria-busy");
  }

  // What has come since the server counted is not compared.
  async #compare() {
    const { con, ids } = this.#tools.history();
    const [answer] = await this.#tools.load(`/soporte/comprobacion?${new URLSearchParams({ con, desde: ids[0] ?? 0 })}`);
    const { cuenta, ultimo } = answer.dataset;
    const shown = this.#tools.history().ids.filter((id) => id <= Number(ultimo));
    return [answer, shown.length === Number(cuenta) && (shown.at(-1) ?? 0) === Number(ultimo)];
  }

  #close(button) {
    this.clear();
    button.focus();
  }
}
