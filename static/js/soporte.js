/** The page: joins the connection, the open conversation, what is sent, the list and what a person is told. */
import htmx from "../vendor/htmx.esm.min.js";
import { io } from "../vendor/socket.io.esm.min.js";
import { Announcer } from "./announcer.js";
import { History } from "./history.js";
import { Leaving } from "./leaving.js";
import { Live } from "./live.js";
import { hearPage } from "./now.js";
import { Outgoing } from "./outgoing.js";
import { loadPartial, postForm } from "./partials.js";
import { browser } from "./place.js";
import { Reader } from "./reader.js";
import { restart } from "./restart.js";
import { Status } from "./status.js";
import { Texts } from "./texts.js";
import { Title } from "./title.js";

const TICK = 30 * 1000;
const RENEWAL = 1200000;
const OWNER = "soporte/usuario";

const find = (id) => document.getElementById(id);
const page = find("contenido");
const { usuario } = page.dataset;
const admin = page.dataset.admin === "true";
hearPage(page.dataset, performance);
const { lang } = document.documentElement;
const place = browser();
const texts = new Texts(find("textos").dataset);
const status = new Status(find("conexion"), texts);
const announcer = new Announcer(find("anuncios"), texts);
const title = new Title(document);
const process = (element) => htmx.process(element);
const reader = new Reader(tellMark, document);
const list = find("lista-usuarios") && (await openList());
let panel, history;

const outgoing = new Outgoing(usuario, { admin, place, texts, status, live: () => live, refresh, said: () => find("comprobacion").replaceChildren() });
const live = new Live(io, {
  status,
  heard: { mensaje_recibido: heard, mensaje_enviado: heard, mensaje_guardado: heard, mensaje_fallido: failed, entregado: marked("entregado"), leido: marked("leido") },
  refresh: (known) => [history.con && history.refresh(), known ? list?.reload() : list?.refresh()],
  place: () => ({ desde: history.last || list?.last || 0, idCliente: history.lastClient, last: Math.max(history.last, list?.last ?? 0) }),
  gap: () => { history.gap = true; outgoing.lost(); },
  joined: () => { reader.forget(); outgoing.offer(); },
  looked: () => reader.check(history),
  complete: () => { notLoaded(false); outgoing.complete(); },
  restart: () => restart(place.sessionStorage),
});

openPanel();
outgoing.offer();
new Leaving(document.querySelector("form[action='/logout']"), find("salida"), outgoing.outbox, texts);
find("comprobar").addEventListener("click", prove);
document.addEventListener("htmx:after:swap", swapped);
document.addEventListener("htmx:error", () => notLoaded(true));
document.addEventListener("htmx:response:error", () => notLoaded(true));
addEventListener("resize", () => reader.check(history));
// Somebody else signed in with this browser: never go on in their name.
addEventListener("storage", ({ key, newValue }) => key === OWNER && newValue !== usuario && location.reload());
place.localStorage?.setItem(OWNER, usuario);
setInterval(() => list?.tick(), TICK);
// A socket ends with its token and renews none: a page that is only open must not lose its session. What fails is tried again.
setInterval(() => fetch(`/soporte/comprobacion?desde=${history.last || list?.last || 0}`).catch(() => {}), RENEWAL);

// Only an admin's page has a list, so only it loads the code for one.
async function openList() {
  const { Conversations } = await import("./conversations.js");
  const arrived = (row) => row.dataset.usuario !== history.con && announcer.conversation(row);
  return new Conversations(find("lista-usuarios"), { lang, load: loadPartial, process, arrived });
}

function openPanel() {
  panel = find("panel");
  history = new History(panel, { usuario, texts, lang, load: loadPartial, process, arrived, scrolled: () => reader.check(history) });
  outgoing.open(panel, history);
  if (list) list.current = history.con;
  page.classList.toggle("desk-open", Boolean(history.con));
  find("comprobar").hidden = !history.con;
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
  else outgoing.focus();
}

function heard(message) {
  const { de, para } = message;
  const here = !list || de === history.con || para === history.con;
  if (message.provisional) return here ? shown(outgoing.provisional(message, nameOf(de))) : list.provisional(de, message.mensaje);
  outgoing.stored(message);
  if (de !== usuario) title.count(message.id_cliente);
  live.after(here && history.refresh(), list?.refresh());
}

// The desk has it, the database not yet: it is shown, counted and read out like any other.
function shown(bubble) {
  if (!bubble) return;
  title.count(bubble.dataset.idCliente);
  announcer.messages([bubble]);
}

function failed(message) {
  if (outgoing.failed(message)) announcer.say(texts.get("retirado", { nombre: nameOf(message.de) }));
}

function marked(state) {
  return (mark) => {
    history.mark(state, mark);
    if (state === "leido") list?.read(mark.con, mark.sin_leer);
  };
}

function nameOf(de) {
  const known = page.querySelector(`[data-de="${CSS.escape(de)}"][data-id] .message-name`) ?? find(`user-${de}`)?.querySelector(".conversation-name");
  return known?.textContent.trim() ?? de;
}

async function refresh() { return live.after(history.con && history.refresh()); }

function arrived(rows) {
  outgoing.settle();
  rows.forEach((row) => title.count(row.dataset.idCliente));
  announcer.messages(rows);
  reader.check(history);
}

async function prove({ currentTarget }) {
  const { check } = await import("./check.js");
  await check(currentTarget, { load: loadPartial, history: () => history, failed: () => notLoaded(true) });
}

function notLoaded(shown) {
  find("fallo").textContent = shown ? texts.get("carga") : "";
  find("fallo").hidden = !shown;
}

async function tellMark(event, mark) {
  if (live.tell(event, mark)) return true;
  return event === "leido" && postForm("/soporte/leido", mark).then(() => true, () => false);
}
