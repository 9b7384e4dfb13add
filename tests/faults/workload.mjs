// Runs the pages of some people; told what to do by lines of JSON, each answered with one.
import { appendFileSync, existsSync, openSync, readFileSync, writeSync } from "node:fs";
import { createInterface } from "node:readline";
import { OldPage } from "./old_page.mjs";
import { Page } from "./page.mjs";

/** Lines that are in the kernel when `write` returns: they survive a kill of this process. */
class History {
  constructor(folder, client) {
    this.client = client;
    this.path = `${folder}/${client}.jsonl`;
    this.file = openSync(this.path, "a");
  }

  write(line) {
    const at = performance.timeOrigin + performance.now();
    writeSync(this.file, JSON.stringify({ at, client: this.client, ...line }) + "\n");
  }

  read() {
    const lines = readFileSync(this.path, "utf8").split("\n");
    if (lines.at(-1)) appendFileSync(this.path, "\n"); // cut short by a kill
    return lines.flatMap((line) => { try { return [JSON.parse(line)]; } catch { return []; } });
  }
}

/** Numbers in [0, 1) that are the same in every run with the same seed. */
function seeded(text) {
  let state = [...text].reduce((sum, letter) => (Math.imul(sum, 31) + letter.charCodeAt(0)) | 0, 7);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const world = JSON.parse(readFileSync(process.argv[2], "utf8"));
const pages = world.clients.map((config) => {
  const round = existsSync(`${world.folder}/${config.name}.jsonl`) ? "again" : "";
  const random = seeded(`${world.seed} ${config.name} ${round}`);
  return new (config.reference ? OldPage : Page)(config, world, new History(world.folder, config.name), random);
});
for (const page of pages) page.start();
const byName = (name) => pages.find((page) => page.config.name === name);

const actions = {
  typing({ on }) { for (const page of pages) page.typing = on; },
  status() { return pages.map((page) => page.status()); },
  view() { for (const page of pages) if (page.screen) page.say("view", { rows: page.screen.view() }); },
  type({ name, para, mensaje }) { byName(name).type(para, mensaje); },
  cut() { for (const page of pages) page.drop(); },
  stuck({ name, on }) {
    const stream = byName(name).socket.io.engine.transport.ws._socket;
    if (on) stream.pause(); else stream.resume();
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const command = JSON.parse(line);
  const result = await actions[command.do](command);
  process.stdout.write(JSON.stringify({ id: command.id, result: result ?? true }) + "\n");
}
process.exit(0);
