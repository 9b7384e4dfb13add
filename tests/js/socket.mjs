/** A socket that does what it is told. */
export class Socket {
  connected = false;
  active = true;
  handlers = {};
  sent = [];
  attempts = 0;
  io = { opts: {}, engine: { transport: { name: "websocket" } } };
  answer = async () => ({ ok: true, id: 1 });

  on(name, handler) { this.handlers[name] = handler; }
  connect() { this.attempts += 1; }
  disconnect() { this.connected = false; }
  emit(...args) { this.sent.push(args); }
  timeout() { return { emitWithAck: (...args) => { this.sent.push(args); return this.answer(); } }; }
  fire(name, payload) {
    this.connected = name === "connect" || (this.connected && name !== "disconnect");
    this.handlers[name](payload);
  }
}
