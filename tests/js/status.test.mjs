import assert from "node:assert/strict";
import { test } from "node:test";
import { Status } from "../../static/js/status.js";
import { Texts } from "../../static/js/texts.js";

// The connection line of a page that is connected, with the clock in the test's hands.
const line = (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const places = {};
  const ownerDocument = { getElementById: (id) => (places[id] ??= { textContent: "" }) };
  const status = new Status({ dataset: {}, ownerDocument }, new Texts({ esperaUno: "{n} espera", esperaVarios: "{n} esperan" }));
  status.show("vivo");
  return { status, note: () => places["conexion-nota"].textContent };
};

test("what waits is said in time however often it is offered again", (t) => {
  const { status, note } = line(t);
  for (let past = 0; past < 1500; past += 300) {
    status.waiting(2);
    assert.equal(note(), "");
    t.mock.timers.tick(300);
  }
  assert.equal(note(), "2 esperan");
});

test("a desk that answers one after the other is no news", (t) => {
  const { status, note } = line(t);
  for (let sent = 0; sent < 10; sent += 1) {
    status.waiting(2);
    t.mock.timers.tick(500);
    status.waiting(1);
    assert.equal(note(), "");
  }
  t.mock.timers.tick(1500);
  assert.equal(note(), "1 espera");
});

test("what is confirmed before the patience ends was never said, and nothing is said of it later", (t) => {
  const { status, note } = line(t);
  status.waiting(1);
  t.mock.timers.tick(1400);
  status.waiting(0);
  t.mock.timers.tick(5000);
  assert.equal(note(), "");
});

test("a line that is lost says at once what waits", (t) => {
  const { status, note } = line(t);
  status.waiting(1);
  status.show("reconectando");
  assert.equal(note(), "1 espera");
  status.waiting(0);
  assert.equal(note(), "");
});
