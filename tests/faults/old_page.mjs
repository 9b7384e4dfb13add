// A page of the reference system: emits without an acknowledgement, shows what it hears, trusts the library to reconnect.
import { createRequire } from "node:module";

const require = createRequire(new URL("../../static/package.json", import.meta.url));
const { io } = require("socket.io-client");

export class OldPage {
  typing = false;
  typed = 0;

  constructor(config, world, history, random) {
    Object.assign(this, { config, world, history, random });
    this.typed = history.read().filter(({ what }) => what === "typed").length;
  }

  start() {
    const { urls } = this.world;
    const url = urls[(this.config.place ?? 0) % urls.length];
    const options = { transports: ["websocket"], reconnectionDelay: 200, reconnectionDelayMax: 500, timeout: 3000 };
    this.socket = io(url, { ...options, extraHeaders: { Cookie: `token=${this.config.token}` } });
    this.socket.on("connect", () => {
      this.name = `${this.config.name}/${this.socket.id}`;
      this.history.write({ what: "connected", socket: this.name, url });
    });
    this.socket.on("disconnect", () => this.history.write({ what: "disconnected", socket: this.name }));
    this.socket.onAny((event, payload = {}) => {
      const { id, de, para, mensaje, id_cliente, provisional, error } = payload;
      this.history.write({ what: "heard", socket: this.name, url, event, id, de, para, mensaje, id_cliente, provisional, error });
    });
    this.#typeSoon();
  }

  type(para, mensaje) {
    this.typed += 1;
    this.history.write({ what: "typed", para, mensaje });
    this.history.write({ what: "sent", socket: this.name });
    this.socket.emit("mensaje_privado", { para, mensaje });
  }

  status() {
    return { name: this.config.name, unsent: 0, provisional: 0, rows: 0, quiet: true, idle: 60_000 };
  }

  drop() {}

  #typeSoon() {
    setTimeout(() => {
      const { para, name } = this.config;
      if (this.typing && para.length) this.type(para[Math.floor(this.random() * para.length)], `${name} ${this.typed + 1}`);
      this.#typeSoon();
    }, (1000 / this.config.rate) * 2 * this.random());
  }
}
