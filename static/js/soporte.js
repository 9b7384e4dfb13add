/** The page: joins the socket, the open conversation, the list and the connection line. */
import htmx from "../vendor/htmx.esm.min.js";
import { io } from "../vendor/socket.io.esm.min.js";
import { Announcer } from "./announcer.js";
import { Composer } from "./composer.js";
import { Connection } from "./connection.js";
import { Drafts } from "./draft.js";
import { Freshness } from "./freshness.js";
import { History } from "./history.js";
import { loadPartial, postForm } from "./partials.js";
import { Reader } from "./reader.js";
import { singleFlight } from "./refresh.js";
import { Status } from "./status.js";
import { Texts } from "./texts.js";
import { Title } from "./title.js";

const RENEW = 10 * 60 * 1000;
const TICK = 30 * 1000;
const RECENT = 3000;
const OWNER = "soporte/usuario";

const find = (id) => document.getElementById(id);
const page = find("contenido");
const { usuario } = page.dataset;
const { lang } = document.documentElement;
const texts = new Texts(find("textos").dataset);
const status = new Status(find("conexion"), texts);
const announcer = new Announcer(find("anuncios"), texts);
const title = new Title(document);
const drafts = new Drafts(usuario, storage());
const process = (element) => htmx.process(element);
const reader = new Reader(tellRead, document);
const list = find("lista-usuarios") && (await openList());
const composer = new Composer({ texts, drafts, connected: () => connection.open, send: (message) => connection.send(message), stored: refresh });
const connection = new Connection(io, {
  changed: connectionChanged,
  heard: { mensaje_recibido: heard, mensaje_enviado: heard, leido: ({ con, sin_leer }) => list?.read(con, sin_leer) },
});
const freshness = new Freshness(status, { again: () => catchUp(), ended: sessionEnded });
let panel, history;

/** Everything that may have been missed; the line says "live" only after it. Marks on a page just drawn are fresh. */
const catchUp = singleFlight(async () => {
  const drawn = !freshness.known;
  const complete = await freshness.after(history.con && history.refresh(), drawn ? list?.refresh() : list?.reload());
  if (!complete) return;
  notLoaded(false);
  if (connection.open) status.show("vivo");
});

openPanel();
document.addEventListener("htmx:after:swap", swapped);
document.addEventListener("htmx:error", () => notLoaded(true));
document.addEventListener("htmx:response:error", () => notLoaded(true));
document.addEventListener("visibilitychange", looked);
addEventListener("focus", looked);
addEventListener("resize", () => reader.check(history));
addEventListener("online", looked);
addEventListener("offline", () => status.show("red"));
// Somebody else signed in with this browser: never go on in their name.
addEventListener("storage", ({ key, newValue }) => key === OWNER && newValue !== usuario && location.reload());
storage()?.setItem(OWNER, usuario);
setInterval(catchUp, RENEW);
setInterval(() => list?.tick(), TICK);

// Only an admin's page has a list, so only it loads the code for one.
async function openList() {
  const { Conversations } = await import("./conversations.js");
  const arrived = (row) => row.dataset.usuario !== history.con && announcer.conversation(row);
  return new Conversations(find("lista-usuarios"), { lang, load: loadPartial, process, arrived });
}

function openPanel() {
  panel = find("panel");
  history = new History(panel, { usuario, texts, lang, load: loadPartial, process, arrived, scrolled: () => reader.check(history) });
  composer.open(panel, history);
  if (list) list.current = history.con;
  page.classList.toggle("desk-open", Boolean(history.con));
  title.name = panel.dataset.titulo;
  reader.check(history);
}

function swapped({ detail }) {
  if (detail.ctx.swap === "none") return;
  notLoaded(false);
  if (find("panel") === panel) {
    history.tidy();
    return list?.tidy();
  }
  const left = history.con;
  openPanel();
  refresh();
  if (!history.con) find(`user-${left}`)?.querySelector("a").focus();
  else if (matchMedia("(pointer: coarse)").matches) find("chat").focus();
  else composer.focus();
}

function heard({ de, para, id }) {
  if (de !== usuario) title.count(id);
  freshness.after((!list || de === history.con || para === history.con) && history.refresh(), list?.refresh());
}

function refresh() {
  return freshness.after(history.con && history.refresh());
}

function arrived(rows) {
  composer.reconcile();
  rows.forEach((row) => title.count(row.dataset.id));
  announcer.messages(rows);
  reader.check(history);
}

function connectionChanged(state) {
  if (state === "sesion") return sessionEnded();
  if (state === "perdida") return status.show(navigator.onLine ? "reconectando" : "red");
  status.show("poniendo");
  reader.forget();
  catchUp();
}

function looked() {
  if (document.hidden) return;
  connection.retry();
  reader.check(history);
  if (freshness.age > RECENT || status.state !== "vivo") catchUp();
}

function notLoaded(shown) {
  find("fallo").textContent = shown ? texts.get("carga") : "";
  find("fallo").hidden = !shown;
}

async function tellRead(mark) {
  return connection.tell("leido", mark) || postForm("/soporte/leido", mark).then(() => true, () => false);
}

function sessionEnded() {
  connection.close();
  status.show("sesion");
}

function storage() {
  try {
    return localStorage;
  } catch {
    return null;
  }
}
