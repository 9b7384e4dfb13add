/** The parts of the page that are not needed at once: each is loaded when it is asked for, from where the page says. */
import { nextTask } from "./refresh.js";

export class Parts {
  #addresses;
  #missing;
  #load;
  #failed = new Set();

  /** addresses: {parteLista: url, …}; `missing(some)`: whether there are parts that could not be loaded. */
  constructor(addresses, missing, load = (address) => import(address)) {
    this.#addresses = addresses;
    this.#missing = missing;
    this.#load = load;
  }

  /** The module, or null where it cannot be had. What is done with it is a task of its own. */
  async load(name) {
    const module = await this.#load(this.#addresses[`parte${name}`]).catch(() => null);
    if (module) this.#failed.delete(name);
    else this.#failed.add(name);
    this.#missing(this.#failed.size > 0);
    await nextTask();
    return module;
  }

  /** HTMX is loaded where something asks for it: not for a customer whose conversation is short. */
  async process(element) {
    if (!element.matches("[hx-get]") && !element.querySelector("[hx-get]")) return;
    (await this.load("Htmx"))?.default.process(element);
    await nextTask();
  }

  async trigger(element, name) {
    (await this.load("Htmx"))?.default.trigger(element, name);
  }
}
