/** Keeps the page in step with the desk: over the socket, without it by asking, and after every gap. */
import { attend } from "./attention.js";
import { Connection } from "./connection.js";
import { Epoch } from "./epoch.js";
import { Freshness } from "./freshness.js";
import { postMessage } from "./partials.js";
import { Polling } from "./polling.js";
import { Relay } from "./relay.js";
import { singleFlight } from "./refresh.js";

const [HTTP, RECENT] = [{ id: "http", ordered: false }, 3000];

export class Live {
  #tools;
  #connection;
  #freshness;
  #polling;
  #relay;
  #epoch;
  #seen = 0;
  #over = false;
  #drawn = true;

  /** tools: {status, heard, relay: {tabs, BroadcastChannel, usuario}, epoca, refresh(known), place(drawn), gap(), joined(drawn), drawn(), complete(), ended(), restart()} */
  constructor(io, tools) {
    this.#tools = tools;
    this.#epoch = new Epoch(tools.epoca);
    this.catchUp = singleFlight(() => this.#catchUp());
    this.#freshness = new Freshness(tools.status, { again: () => this.catchUp(), ended: () => this.end() });
    this.#polling = new Polling({ ask: () => this.catchUp(), changed: () => this.#polled(), hidden: () => document.hidden });
    const heard = { ...tools.heard, latido: (beat) => this.#heardBeat(beat) };
    this.#relay = new Relay({ ...tools.relay, heard: (name, payload) => heard[name](payload), changed: (fed) => this.#fed(fed), granted: () => this.#connection.poll() });
    this.#connection = new Connection(io, { changed: (state) => this.#changed(state), heard: this.#relay.handing(heard), refused: () => this.#relay.want() });
    const slept = () => { tools.gap(); this.catchUp(); };
    attend({ looked: () => this.#looked(), offline: () => tools.status.show("red"), slept, renew: () => this.catchUp() });
    this.#polling.lost();
  }

  /** How messages leave just now, or null. */
  get line() {
    if (this.#over) return null;
    if (this.#connection.open) return { id: this.#connection.joined, ordered: true };
    return this.#polling.on || this.#relay.fed ? HTTP : null;
  }

  /** Offers a message to the desk; resolves to its acknowledgement. */
  send(payload) {
    return this.#connection.open ? this.#connection.send(payload) : postMessage(payload);
  }

  tell(event, payload) {
    return this.#connection.tell(event, payload);
  }

  /** True when these refreshes succeeded; those that failed are tried again. */
  after(...refreshes) {
    return this.#freshness.after(...refreshes);
  }

  /** The session is over, or with `fuera` somebody signed out. */
  end(state = "sesion") {
    this.#over = true;
    this.#polling.stop();
    this.#connection.close();
    this.#relay.end();
    this.#tools.status.show(state);
    this.#tools.ended();
  }

  // Everything that may have been missed.
  #catchUp() {
    this.#drawn = false;
    return this.#complete(...this.#tools.refresh(this.#freshness.known));
  }

  // The line says "live" only after it. Marks on a page just drawn are fresh.
  async #complete(...refreshes) {
    const complete = await this.#freshness.after(...refreshes);
    if (!complete || this.#over) return false;
    this.#drawn = false;
    this.#tools.complete();
    if (this.#epoch.elsewhere) this.#tools.restart(); // the desk can be read: what loads now is not an error page
    else if (this.#connection.open || this.#relay.fed) this.#tools.status.show("vivo");
    return true;
  }

  async #changed(state) {
    if (state === "sesion") return this.end();
    if (this.#connection.open && !this.#connection.polls) this.#relay.end();
    else this.#relay.say(state === "abierta");
    if (state === "perdida") return this.#lost();
    this.#polling.stop();
    this.#tools.status.show("poniendo");
    this.#tools.joined(this.#drawn);
    const drawn = this.#drawn || void this.catchUp();
    const answer = await this.#connection.ask("sincronizar", this.#epoch.cursor(this.#tools.place(drawn)));
    if (this.#know(answer) || !drawn) return;
    // A page just drawn lacks nothing where the desk has nothing newer: it need not ask for what it shows.
    if (this.#drawn && answer.filas?.length === 0) this.#complete(this.#tools.drawn());
    else this.catchUp();
  }

  #lost() {
    this.#drawn = false;
    if (this.#relay.fed || this.#over) return;
    this.#tools.gap();
    this.#polling.lost();
    if (!this.#polling.on) this.#tools.status.show(navigator.onLine ? "reconectando" : "red");
  }

  // Another page hears for this one, or does so no longer.
  #fed(fed) {
    if (this.#over || this.#connection.open) return;
    if (!fed) {
      this.#lost();
      return this.#connection.retry();
    }
    this.#connection.close();
    this.#polling.stop();
    this.#tools.status.show("poniendo");
    this.#tools.joined(this.#drawn);
    this.catchUp();
  }

  // The desk says what this page should have by now.
  async #heardBeat({ ultimo, epoca }) {
    if (this.#know({ epoca }) || !(ultimo > Math.max(this.#seen, this.#tools.place().last))) return;
    if (await this.catchUp()) this.#seen = ultimo;
  }

  #know(said) {
    if (!this.#epoch.left(said)) return false;
    this.#tools.status.show("poniendo");
    this.catchUp();
    return true;
  }

  #polled() {
    if (this.#connection.open || this.#over) return;
    this.#tools.status.show(this.#polling.on ? "sondeo" : navigator.onLine ? "reconectando" : "red");
    if (this.#polling.on) this.#tools.joined(true);
  }

  #looked() {
    if (this.#over) return;
    if (!this.#relay.fed) this.#connection.retry();
    this.#tools.looked();
    if (!this.#drawn && (this.#freshness.age > RECENT || this.#tools.status.state !== "vivo")) this.catchUp();
  }
}
