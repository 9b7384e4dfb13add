import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { Connection, delay } from "../../static/js/connection.js";
import { Socket } from "./socket.mjs";

const enter = () => {
  const socket = new Socket();
  const states = [];
  const heard = [];
  const refused = [];
  const connection = new Connection(() => socket, {
    changed: (state) => states.push(state),
    refused: () => refused.push(states.length),
    heard: { mensaje_recibido: (payload) => heard.push(payload) },
  });
  return { socket, states, heard, refused, connection };
};

test("a message is answered with the desk's acknowledgement", async () => {
  const { socket, connection } = enter();
  socket.fire("connect");
  assert.deepEqual(await connection.send({ mensaje: "hola" }), { ok: true, id: 1 });
});

test("without a connection nothing is handed to the library, which would send it later", async () => {
  const { socket, connection } = enter();
  assert.deepEqual(await connection.send({ mensaje: "hola" }), { ok: false, error: "desconectado" });
  assert.equal(connection.tell("leido", {}), false);
  assert.deepEqual(socket.sent, []);
});

test("an acknowledgement that never came is a doubt, not a refusal", async () => {
  const { socket, connection } = enter();
  socket.fire("connect");
  socket.answer = async () => { throw new Error("timeout"); };
  assert.equal((await connection.send({})).error, "perdido");
  socket.answer = async () => undefined;
  assert.equal((await connection.send({})).error, "perdido");
});

test("a refused session is not tried again", () => {
  const { socket, states } = enter();
  socket.active = false;
  for (const message of ["No autenticado", "Token no proporcionado", "Token inválido"]) socket.fire("connect_error", { message });
  assert.deepEqual(states, ["sesion", "sesion", "sesion"]);
});

test("any other refusal is tried again by our own timer, a broken line by the library", (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const { socket, states } = enter();
  socket.fire("connect_error", { message: "xhr poll error" });
  context.mock.timers.tick(6000);
  assert.equal(socket.attempts, 0);
  socket.active = false;
  socket.fire("connect_error", { message: "Servicio no disponible" });
  context.mock.timers.tick(6000);
  assert.equal(socket.attempts, 1);
  assert.deepEqual(states, ["perdida", "perdida"]);
});

test("being put out by the desk is tried again: a restart must not end the conversation", (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const { socket } = enter();
  socket.fire("connect");
  socket.active = false;
  socket.fire("disconnect", "io server disconnect");
  context.mock.timers.tick(6000);
  assert.equal(socket.attempts, 1);
});

test("events without a payload do no harm", () => {
  const { socket, heard } = enter();
  socket.handlers.mensaje_recibido(undefined);
  assert.deepEqual(heard, [{}]);
});

test("waiting times lie between 0.5 and 5 s, grow, and differ", () => {
  assert.equal(delay(0, 0), 500);
  assert.equal(delay(9, 0), 500);
  assert.equal(delay(9, 1), 5000);
  assert.ok(delay(0, 1) < delay(2, 1));
  const random = mock.method(Math, "random", () => 0.5);
  assert.equal(delay(9), 2750);
  random.mock.restore();
});

test("only a WebSocket that could not be had asks for polling, which then is tried at once", () => {
  const { socket, refused, connection } = enter();
  socket.fire("connect_error", new Error("Token inválido"));
  socket.fire("connect_error", new Error("server error"));
  assert.deepEqual(refused, []);
  socket.fire("connect_error", Object.assign(new Error("websocket error"), { type: "TransportError" }));
  socket.fire("connect_error", new Error("timeout"));
  assert.equal(refused.length, 2);
  socket.io.engine.transport.name = "polling";
  const before = socket.attempts;
  connection.poll();
  assert.deepEqual(socket.io.opts.transports, ["websocket", "polling"]);
  assert.equal(socket.attempts, before + 1);
  socket.fire("connect");
  assert.equal(connection.polls, true);
  connection.poll();
  assert.equal(socket.attempts, before + 1);
});
