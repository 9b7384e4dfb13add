// Runs real socket.io-client sockets (and raw WebSockets) for the Python tests.
// One JSON object a line: in {id, do, ...}, out {id, result} or {socket, event, args}.
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const require = createRequire(new URL("../../static/package.json", import.meta.url));
const { io } = require("socket.io-client");
const WebSocket = require("ws");

const sockets = new Map();
const say = (line) => process.stdout.write(JSON.stringify(line) + "\n");
const tell = (socket, event, ...args) => say({ socket, event, args });

const actions = {
  connect({ socket: name, url, headers, options }) {
    const socket = io(url, { forceNew: true, reconnection: false, extraHeaders: headers, ...options });
    sockets.set(name, socket);
    return new Promise((resolve) => {
      socket.onAny((event, ...args) => tell(name, event, ...args));
      socket.on("disconnect", (reason) => tell(name, "disconnect", reason));
      socket.on("connect", () => { tell(name, "connect"); resolve({ ok: true, transport: socket.io.engine.transport.name }); });
      socket.on("connect_error", (error) => { tell(name, "connect_error", error.message); resolve({ ok: false, message: error.message }); });
    });
  },
  emit({ socket, args }) {
    sockets.get(socket).emit(...args);
    return true;
  },
  // Talks on and on without acknowledgement until its WebSocket has heard the goodbye; how often.
  talk({ socket: name, event, payload, text, every }) {
    const socket = sockets.get(name), wire = socket.io.engine.transport.ws;
    let said = 0;
    return new Promise((resolve) => {
      const timer = setInterval(() => {
        if (wire.readyState !== 1) { clearInterval(timer); return resolve(said); }
        socket.emit(event, { ...payload, [text]: String(++said) });
      }, every);
    });
  },
  ask({ socket, args, timeout }) {
    return sockets.get(socket).timeout(timeout ?? 8000).emitWithAck(...args).catch((error) => ({ timeout: error.message }));
  },
  // The reference system's page: no acknowledgement, default transports, an error is nobody's business.
  askAll({ socket, list }) {
    return Promise.all(list.map((args) => actions.ask({ socket, args })));
  },
  upgraded({ socket }) {
    const { engine } = sockets.get(socket).io;
    return engine.transport.name === "websocket" || new Promise((resolve) => engine.once("upgrade", () => resolve(true)));
  },
  close({ socket }) {
    sockets.get(socket)?.close();
    return true;
  },
  raw({ socket: name, url, headers }) {
    const socket = new WebSocket(url, { headers, perMessageDeflate: false });
    sockets.set(name, socket);
    return new Promise((resolve) => {
      socket.on("message", (data) => tell(name, "frame", data.toString()));
      socket.on("close", (code) => tell(name, "closed", code));
      socket.on("open", () => resolve({ ok: true }));
      socket.on("error", (error) => resolve({ ok: false, message: error.message }));
    });
  },
  frame({ socket, data, binary }) {
    sockets.get(socket).send(binary ? Buffer.from(data, "base64") : data);
    return true;
  },
  pause({ socket }) {
    sockets.get(socket).pause();
    return true;
  },
  forget() {
    for (const socket of sockets.values()) (socket.terminate ?? socket.close).call(socket);
    sockets.clear();
    return true;
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const command = JSON.parse(line);
  Promise.resolve(actions[command.do](command)).then(
    (result) => say({ id: command.id, result }),
    (error) => say({ id: command.id, error: String(error) }),
  );
}
process.exit(0);
