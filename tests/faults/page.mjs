// A person's page as docs/protocol.md describes it: outbox, live events, catching up. Every step goes into its history first.
import { randomUUID } from "node:crypto";
import { createRequire } from "node:module";
import { Outbox } from "./outbox.mjs";
import { Screen } from "./screen.mjs";

const require = createRequire(new URL("../../static/package.json", import.meta.url));
const { io } = require("socket.io-client");

const ACK_MS = 4000;
const REOFFER_MS = 1000;
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export class Page {
  outbox = new Outbox();
  screen = new Screen();
  typed = 0;
  typing = false;
  sending = false;
  syncing = null;
  beats = 0;
  lastNews = 0;

  constructor(config, world, history, random) {
    Object.assign(this, { config, world, history, random });
    this.place = config.place ?? 0;
    this.#remember();
  }

  say(what, fields = {}) { this.history.write({ what, ...fields }); }

  start() {
    this.connect();
    this.#typeSoon();
    setInterval(() => this.#watch(), 500);
  }

  /** A new socket, to the next process where the last one did not answer: as a load balancer would. */
  connect() {
    const url = this.world.urls[this.place % this.world.urls.length];
    const options = { forceNew: true, reconnection: false, transports: ["websocket"], timeout: 3000 };
    const socket = io(url, { ...options, extraHeaders: { Cookie: `token=${this.config.token}` } });
    this.socket = socket;
    socket.on("connect", () => this.#connected(socket, url));
    socket.on("connect_error", () => this.#comeBack(socket, 1));
    socket.on("disconnect", () => {
      this.say("disconnected", { socket: socket.name });
      this.#comeBack(socket, this.random() < 0.5 ? 1 : 0);
    });
    socket.onAny((event, payload) => this.#hear(socket, event, payload ?? {}));
  }

  drop() {
    const { socket } = this;
    socket.disconnect();
    this.#comeBack(socket, 1);
  }

  type(para, mensaje) {
    const entry = { id_cliente: randomUUID(), para, mensaje };
    this.typed += 1;
    this.say("typed", entry);
    this.outbox.add(entry);
    this.send();
  }

  /** One at a time, in order, until nothing is left to offer on this connection. */
  async send() {
    if (this.sending) return;
    this.sending = true;
    for (let entry; this.socket.connected && (entry = this.outbox.next()); ) await this.#offer(entry);
    this.sending = false;
  }

  /** Everything after the cursor; one request at a time, and once more where something came up meanwhile. */
  sync() {
    this.screen.doubt();
    this.again = true;
    this.syncing ??= this.#catchUp().finally(() => { this.syncing = null; });
    return this.syncing;
  }

  status() {
    const { outbox, screen } = this;
    return {
      name: this.config.name,
      unsent: outbox.entries.length,
      provisional: screen.provisional.size,
      rows: screen.rows.size,
      quiet: this.socket.connected && screen.complete && !outbox.entries.length && !screen.provisional.size,
      idle: Date.now() - this.lastNews,
    };
  }

  async #offer(entry) {
    const { socket } = this;
    this.say("sent", { socket: socket.name, url: socket.url, id_cliente: entry.id_cliente });
    const answer = await this.ask(socket, "mensaje_privado", entry);
    if (socket !== this.socket) return;
    const { id, estado, error } = answer;
    this.say("answered", { socket: socket.name, id_cliente: entry.id_cliente, id, estado, error });
    const outcome = this.outbox.answered(entry, answer);
    if (outcome === "failed") {
      this.say("failed", { id_cliente: entry.id_cliente, error });
      this.screen.failed(entry);
    }
    if (outcome === "wait") await sleep(Math.min(answer.espera_ms ?? 300, 1000) * (0.5 + this.random()));
    if (outcome === "later") this.#reofferSoon();
  }

  #reofferSoon() {
    this.reoffer ??= setTimeout(() => {
      this.reoffer = null;
      this.outbox.again();
      this.send();
    }, REOFFER_MS * (0.7 + 0.6 * this.random()));
  }

  /** The acknowledgement; one that does not come says that the connection is dead. */
  async ask(socket, event, payload) {
    try {
      return (await socket.timeout(ACK_MS).emitWithAck(event, payload)) ?? {};
    } catch {
      if (socket === this.socket && socket.connected) this.drop();
      return { ok: false, error: "perdido" };
    }
  }

  #connected(socket, url) {
    socket.name = `${this.config.name}/${socket.id}`;
    socket.url = url;
    this.lastHeard = Date.now();
    this.say("connected", { socket: socket.name, url });
    this.outbox.again();
    this.screen.provisional.clear(); // whether those failed meanwhile, nobody would tell; stored, they come back
    this.sync();
    this.send();
  }

  #comeBack(socket, step) {
    if (socket !== this.socket || this.returning) return;
    this.place += step;
    this.screen.doubt();
    this.returning = setTimeout(() => {
      this.returning = null;
      this.connect();
    }, 50 + 450 * this.random());
  }

  #hear(socket, event, payload) {
    if (socket !== this.socket) return;
    this.lastHeard = Date.now();
    if (event === "latido") return this.#beat(payload);
    const { id, de, para, mensaje, id_cliente, provisional, error } = payload;
    this.say("heard", { socket: socket.name, url: socket.url, event, id, de, para, mensaje, id_cliente, provisional, error });
    this.lastNews = Date.now();
    if (event === "mensaje_recibido" || event === "mensaje_enviado") this.screen.show(payload);
    if (event === "mensaje_guardado") {
      if (!this.screen.saved(payload)) this.sync();
      if (de === this.config.usuario) this.outbox.confirmed(id_cliente);
    }
    if (event === "mensaje_fallido") {
      this.screen.failed(payload);
      this.outbox.confirmed(id_cliente); // shown as failed, where it is the own
    }
  }

  #beat({ ultimo, epoca }) {
    this.beats += 1;
    if (this.config.http && epoca !== this.screen.epoca) this.#restart(epoca); // its routes know nothing of epochs
    const behind = epoca !== this.screen.epoca || ultimo > this.screen.cursor;
    if (behind && !this.syncing) this.sync(); // else one slower than a heartbeat would never be the last
  }

  async #catchUp() {
    while (this.again && this.socket.connected) {
      this.again = false;
      const seen = Math.max(0, ...this.screen.rows.keys());
      const done = await (this.config.http ? this.#overHttp() : this.#overSocket());
      if (!done) {
        this.again = true;
        await sleep(200 + 300 * this.random());
      } else if (!this.again) this.screen.caughtUp(this.config.http ? seen : undefined);
    }
  }

  async #overSocket() {
    const { socket, screen } = this;
    for (let desde = screen.cursor; ;) {
      const question = { desde, epoca: screen.epoca, limite: 500 };
      if (desde && screen.rows.get(desde)?.[4]) question.id_cliente = screen.rows.get(desde)[4];
      const answer = await this.ask(socket, "sincronizar", question);
      if (!answer.ok || socket !== this.socket) return false;
      if (answer.reinicio) {
        this.#restart(answer.epoca);
        desde = 0;
        continue;
      }
      screen.epoca = answer.epoca;
      for (const row of answer.filas) this.#learn({ ...row, de: row.de_usuario, para: row.para_usuario });
      if (!answer.mas) return true;
      desde = answer.hasta;
    }
  }

  #restart(epoca) {
    this.say("restarted", { mensaje: epoca });
    this.screen.restart(epoca);
    if (this.config.http) this.sync();
  }

  async #overHttp() {
    try {
      const paths = this.config.rol === "admin" ? this.world.people.map((name) => `/api/mensajes?con=${name}`) : ["/api/mensajes/mios?"];
      for (const path of paths) await this.#readAll(path, this.screen.cursor);
      return true;
    } catch {
      return false;
    }
  }

  async #readAll(path, desde) {
    for (let rows; !rows || rows.length === 500; desde = rows.at(-1)?.id) {
      const url = `${this.socket.url}${path}&despues=${desde}&limite=500`;
      const answer = await fetch(url, { headers: { Cookie: `token=${this.config.token}` }, signal: AbortSignal.timeout(4000) });
      if (!answer.ok) throw new Error(answer.status);
      rows = await answer.json();
      for (const row of rows) this.#learn({ ...row, de: row.de_usuario, para: row.para_usuario });
    }
  }

  #learn(row) {
    const { id, de, para, mensaje, id_cliente } = row;
    if (!this.screen.rows.has(id)) this.say("row", { id, de, para, mensaje, id_cliente });
    this.screen.put(row);
    this.outbox.confirmed(de === this.config.usuario ? id_cliente : undefined);
  }

  /** A connection on which even the heartbeat is missing is dead. */
  #watch() {
    if (this.beats && this.socket.connected && Date.now() - this.lastHeard > this.world.silence) this.drop();
  }

  #typeSoon() {
    setTimeout(() => {
      const { para, name } = this.config;
      if (this.typing && para.length && this.outbox.entries.length < 400) {
        const n = this.typed + 1;
        const more = n % 10 ? "" : n % 50 ? " <b>ñ</b> 🙂 \u202eartxe" : " " + "á".repeat(3000);
        this.type(para[Math.floor(this.random() * para.length)], `${name} ${n}${more}`);
      }
      this.#typeSoon();
    }, (1000 / this.config.rate) * 2 * this.random());
  }

  /** After a crash: what the history tells was typed and never confirmed. */
  #remember() {
    const open = new Map();
    for (const { what, event, estado, id_cliente, para, mensaje, de } of this.history.read()) {
      if (what === "typed") {
        this.typed += 1;
        open.set(id_cliente, { id_cliente, para, mensaje });
      }
      const stored = (what === "answered" && estado === "guardado") || what === "failed" || what === "row";
      if (stored || (event === "mensaje_guardado" && de === this.config.usuario)) open.delete(id_cliente);
    }
    for (const entry of open.values()) this.outbox.add(entry);
  }
}
