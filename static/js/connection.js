/** The socket: who may speak, when to try again, and what came of a message that was sent. */
const REFUSED = ["No autenticado", "Token no proporcionado", "Token inválido"];
const ACKNOWLEDGED_WITHIN = 10000;
const [SHORTEST, LONGEST] = [500, 5000];

export class Connection {
  #socket;
  #attempts = 0;
  #joined = 0;
  #timer = 0;

  /** `heard`: event name → handler; `changed(state)` with abierta · perdida · sesion; `refused()`: no WebSocket could be had. */
  constructor(io, { heard, changed, refused }) {
    this.#socket = io({
      transports: ["websocket"],
      tryAllTransports: true,
      reconnectionDelay: SHORTEST,
      reconnectionDelayMax: LONGEST,
      randomizationFactor: 0.5,
    });
    this.#socket.on("connect", () => {
      this.#attempts = 0;
      this.#joined += 1;
      changed("abierta");
    });
    this.#socket.on("disconnect", () => {
      changed("perdida");
      if (!this.#socket.active) this.#tryLater();
    });
    this.#socket.on("connect_error", (error) => {
      if (REFUSED.includes(error.message)) return changed("sesion");
      if (error.type === "TransportError" || error.message === "timeout") refused();
      changed("perdida");
      // The library gives up on a refusal; it goes on by itself after anything else.
      if (!this.#socket.active) this.#tryLater();
    });
    for (const [name, handler] of Object.entries(heard)) this.#socket.on(name, (payload) => handler(payload ?? {}));
  }

  /** From now on by long polling, too. */
  poll() {
    this.#socket.io.opts.transports = ["websocket", "polling"];
    if (this.open) return;
    this.#socket.disconnect(); // a planned attempt would come later, and without polling
    this.retry();
  }

  get polls() {
    return this.open && this.#socket.io.engine.transport.name === "polling";
  }

  get open() {
    return this.#socket.connected;
  }

  /** Which connection this is: 1, 2, 3 … */
  get joined() {
    return this.#joined;
  }

  /** The acknowledgement, or {ok: false, error}: `desconectado` was never sent, `perdido` may have arrived. */
  send(payload) {
    return this.ask("mensaje_privado", payload);
  }

  async ask(event, payload) {
    if (!this.open) return { ok: false, error: "desconectado" };
    try {
      const answer = await this.#socket.timeout(ACKNOWLEDGED_WITHIN).emitWithAck(event, payload);
      return answer && typeof answer === "object" ? answer : { ok: false, error: "perdido" };
    } catch {
      return { ok: false, error: "perdido" };
    }
  }

  /** Says so to the desk; false if there is no connection. */
  tell(event, payload) {
    if (this.open) this.#socket.emit(event, payload);
    return this.open;
  }

  retry() {
    clearTimeout(this.#timer);
    if (!this.open) this.#socket.connect();
  }

  close() {
    clearTimeout(this.#timer);
    this.#socket.disconnect();
  }

  #tryLater() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#socket.connect(), delay(this.#attempts++));
  }
}

/** Milliseconds until the next attempt: between 0.5 and 5 s, growing, and different for every client. */
export function delay(attempt, random = Math.random()) {
  const ceiling = Math.min(LONGEST, SHORTEST * 2 ** (attempt + 1));
  return Math.round(SHORTEST + random * (ceiling - SHORTEST));
}
