/** Signing out: asks while messages wait, forgets on this device what may not stay, and tells the other pages. */
import { Drafts } from "./draft.js";
import { Tabs } from "./tabs.js";

export const OWNER = "soporte/usuario";

/** What signing out takes from the device: what was typed and who it was; messages in the outbox are kept unless given up. */
export function forget(usuario, place) {
  const tabs = new Tabs(`adios/${usuario}`, place, () => {});
  tabs.tell();
  tabs.close();
  new Drafts(usuario, place.localStorage).clear();
  place.localStorage?.removeItem(OWNER);
}

/** Hides what the page of somebody who is gone shows, and lets nothing that is still on its way show it again. */
export function hide(document) {
  for (const element of document.querySelectorAll("#mensajes, #lista-usuarios, #anuncios, #comprobacion, .panel-head, .who")) element.remove();
  for (const field of document.querySelectorAll("#mensaje, #buscar")) field.value = "";
}

export class Leaving {
  #dialog;
  #form;
  #outbox;
  #texts;
  #gone;

  /** tools: {usuario, place, outbox, texts, gone()}; `gone` when this person signs out, in this page or another one. */
  constructor(form, dialog, { usuario, place, outbox, texts, gone }) {
    this.#form = form;
    this.#dialog = dialog;
    this.#outbox = outbox;
    this.#texts = texts;
    this.#gone = () => {
      gone();
      forget(usuario, place);
    };
    new Tabs(`adios/${usuario}`, place, () => {
      gone();
      hide(form.ownerDocument);
    });
    form.addEventListener("submit", (event) => this.#ask(event));
    dialog.addEventListener("submit", ({ submitter }) => this.#leave(submitter.dataset.eleccion));
  }

  #ask(event) {
    const { size } = this.#outbox;
    if (!size) return this.#gone();
    event.preventDefault();
    this.#dialog.querySelector("#salida-cuantos").textContent = this.#texts.count("salida", size);
    this.#dialog.showModal();
  }

  async #leave(choice) {
    if (choice === "borrar") await this.#outbox.discardAll();
    if (!choice) return;
    this.#gone();
    this.#form.submit();
  }
}
