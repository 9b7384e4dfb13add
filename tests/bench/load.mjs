/**
 * Load on one chat: many people over raw WebSockets, one admin who hears them all. Commands come on stdin, a JSON a line,
 * and each is answered with a line: {people} enters, {count, rate | window} talks; a plan in the first argument says to whom.
 */
import { createRequire } from "node:module";
import readline from "node:readline";
import { token } from "./token.mjs";

const plan = JSON.parse(process.argv[2]);
const WebSocket = createRequire(`${plan.modules}/`)("ws");
const TEXT = "x".repeat(70);
const AT_ONCE = 50;

const now = () => performance.now();
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
const people = [];
let sentAt = [], heardAt = [], answeredAt = [], heard = 0, answered = 0, progress = () => {};

function end(error) {
  console.log(JSON.stringify({ error }));
  process.exit(1);
}

/** A socket that is let in; `hear(frame)` gets the events and acknowledgements, their first 200 bytes as text. */
function enter(user, rol, hear, url = plan.url) {
  return new Promise((done) => {
    const headers = { Cookie: `token=${token(plan.secret, user, rol)}` };
    const socket = new WebSocket(`${url}/socket.io/?EIO=4&transport=websocket`, { headers, perMessageDeflate: false, skipUTF8Validation: true });
    socket.on("error", (error) => end(`${user}: ${error.message}`));
    socket.on("close", () => end(`the server closed the socket of ${user}`));
    socket.on("message", (data) => {
      const frame = data.toString("latin1", 0, 200);
      if (frame[0] === "2") socket.send("3");
      else if (frame[0] === "0") socket.send("40");
      else if (frame.startsWith("40")) done(socket);
      else if (frame.startsWith("44")) end(`${user} was refused: ${data}`);
      else hear(frame);
    });
  });
}

function adminHears(frame) {
  const number = /@(\d+)@/.exec(frame)?.[1];
  if (number === undefined) return;
  if (heardAt[number] !== undefined) {
    // An admin to whom a message is addressed hears it twice from a reference: by their name, and as an admin.
    return plan.acknowledged ? end(`message ${number} was heard twice`) : undefined;
  }
  heardAt[number] = now();
  heard += 1;
  progress();
}

function senderHears(frame) {
  const number = /^43(\d+)\[/.exec(frame)?.[1];
  if (number === undefined) return;
  if (!frame.includes('"guardado"')) end(`message ${number} was not stored: ${frame}`);
  answeredAt[number] = now();
  answered += 1;
  progress();
}

async function enterAll(count) {
  const begun = now();
  await enter("admin", "admin", adminHears, plan.door);
  let next = 0;
  const one = async () => {
    while (next < count) people.push(await enter(`u${next++}`, "user", senderHears));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, one));
  return { seconds: (now() - begun) / 1000 };
}

function write(base) {
  const number = base + sentAt.length;
  sentAt.push(now());
  people[(number * 7919) % people.length].send(`42${plan.acknowledged ? number : ""}["mensaje_privado",{"para":"admin","mensaje":"@${number}@${TEXT}"}]`);
}

/** `rate` a second, evenly. */
async function steadily(base, count, rate) {
  const begun = now();
  while (sentAt.length < count) {
    const due = Math.min(count, Math.floor(((now() - begun) * rate) / 1000));
    while (sentAt.length < due) write(base);
    await sleep(2);
  }
}

const through = () => (plan.acknowledged ? Math.min(heard, answered) : heard);

/** As fast as it goes with `window` messages on their way. */
function saturating(base, count, window) {
  return new Promise((done) => {
    progress = () => {
      while (sentAt.length < count && sentAt.length - through() < window) write(base);
      if (sentAt.length === count) done();
    };
    progress();
  });
}

/** How long the messages took to `arrivals`, in milliseconds. */
function times(arrivals, base) {
  const sorted = sentAt.map((sent, i) => arrivals[base + i] - sent).sort((a, b) => a - b);
  const share = (part) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];
  return { p50: share(0.5), p99: share(0.99) };
}

let told = 0;
async function talk({ count, rate, window }) {
  const base = told, begun = now();
  [sentAt, heard, answered, told] = [[], 0, 0, told + count];
  await (rate ? steadily(base, count, rate) : saturating(base, count, window));
  progress = () => {};
  while (through() < count) await sleep(2);
  return { seconds: (now() - begun) / 1000, heard: times(heardAt, base), answered: plan.acknowledged ? times(answeredAt, base) : null };
}

for await (const line of readline.createInterface({ input: process.stdin })) {
  const command = JSON.parse(line);
  console.log(JSON.stringify(await (command.people ? enterAll(command.people) : talk(command))));
}
process.exit(0);
