/** Asks before signing out while messages wait: they stay on this device until their writer is back, or go. */
export class Leaving {
  #dialog;
  #form;
  #outbox;
  #texts;

  constructor(form, dialog, outbox, texts) {
    this.#form = form;
    this.#dialog = dialog;
    this.#outbox = outbox;
    this.#texts = texts;
    form.addEventListener("submit", (event) => this.#ask(event));
    dialog.addEventListener("submit", ({ submitter }) => this.#leave(submitter.dataset.eleccion));
  }

  #ask(event) {
    const { size } = this.#outbox;
    if (!size) return;
    event.preventDefault();
    this.#dialog.querySelector("#salida-cuantos").textContent = this.#texts.count("salida", size);
    this.#dialog.showModal();
  }

  async #leave(choice) {
    if (choice === "borrar") await this.#outbox.discardAll();
    if (choice) this.#form.submit();
  }
}
