/** The page: joins the connection, the open conversation, what is sent, the list and what a person is told. */
import { io } from "../vendor/socket.io.esm.min.js";
import { Announcer } from "./announcer.js";
import { History } from "./history.js";
import { copied } from "./copying.js";
import { tabs as thisTab } from "./draft.js";
import { newIdentifier } from "./identifier.js";
import { keep } from "./keeping.js";
import { Leaving } from "./leaving.js";
import { Live } from "./live.js";
import { Living } from "./living.js";
import { follow } from "./loading.js";
import { News } from "./news.js";
import { hearPage, serverClock } from "./now.js";
import { Outgoing } from "./outgoing.js";
import { nameOf } from "./people.js";
import { loadPartial, postForm } from "./partials.js";
import { Parts } from "./parts.js";
import { browser } from "./place.js";
import { Reader } from "./reader.js";
import { restart } from "./restart.js";
import { Status } from "./status.js";
import { Texts } from "./texts.js";
import { Title } from "./title.js";

const find = (id) => document.getElementById(id);
const page = find("contenido");
const { usuario } = page.dataset;
const admin = page.dataset.admin === "true";
hearPage(page.dataset, performance);
const { lang } = document.documentElement;
const place = browser();
const texts = new Texts(find("textos").dataset);
const status = new Status(find("conexion"), texts);
const news = new News(find("novedades"), texts);
const announcer = new Announcer(find("anuncios"), texts);
const title = new Title(document);
const parts = new Parts(page.dataset, (some) => news.missing(some));
const process = (element) => parts.process(element);
const reader = new Reader(tellMark, document);
const living = new Living(document, loadPartial, usuario, texts);
const tab = await thisTab(place, newIdentifier);
let panel, history, older;
// Only an admin's page has a list and a session that must be used, so only it loads the code for them.
const [desk] = admin ? await Promise.all([parts.load("Lista"), process(page)]) : [];
const list = desk && new desk.Conversations(find("lista-usuarios"), { lang, load: loadPartial, process, arrived: listed, now: () => serverClock.now() });

const outgoing = new Outgoing(usuario, { admin, place, tab, texts, status, live: () => live, refresh, said: () => find("comprobacion").replaceChildren() });
const live = new Live(io, {
  status,
  heard: { mensaje_recibido: heard, mensaje_enviado: heard, mensaje_guardado: heard, mensaje_fallido: failed, entregado: marked("entregado"), leido: marked("leido"), cambio: (change) => living.heard(change, { again: () => live.catchUp(), reload: (con) => live.after(con === history.con && history.reload(), list?.reload()) }) },
  refresh: (known) => [history.con && history.refresh(), known ? list?.reload() : list?.refresh(), living.refresh()],
  drawn: () => living.refresh(),
  place: cursor, epoca: page.dataset.epoca,
  gap: () => { history.gap = true; outgoing.lost(); },
  joined: (drawn) => { history.gap ||= !drawn; reader.forget(); outgoing.offer(); }, // what was read before it may be older than this
  looked: () => reader.check(history),
  relay: { tabs: outgoing.tabs, BroadcastChannel: place.BroadcastChannel, usuario },
  // HTMX is only for older messages there: on a slow line the socket's first words must not wait for it.
  complete: () => { outgoing.complete(); older ??= admin || process(panel); },
  ended: () => outgoing.close(),
  restart: () => restart(place.sessionStorage),
});

openPanel();
outgoing.offer();
new Leaving(document.querySelector("form[action='/logout']"), find("salida"), { usuario, place, texts, outbox: outgoing.outbox, gone: () => { live.end("fuera"); outgoing.close(true); title.name = document.querySelector(".brand").textContent; } });
find("comprobar").addEventListener("click", async ({ currentTarget: button }) => {
  const part = await parts.load("Check");
  await part?.check(button, { load: loadPartial, history: () => history, failed: () => news.failed(() => button.click()) });
});
follow(document, { trigger: (element, name) => parts.trigger(element, name), swapped, failed: (again) => news.failed(again) });
document.addEventListener("copy", copied);
addEventListener("resize", () => reader.check(history));
keep({ usuario, place, sesion: page.dataset.sesion, Idleness: desk?.Idleness, tick: () => list?.tick(), last: () => cursor().desde, warn: (text, again) => news.expiring(text, again) });

function listed(row) { if (row.dataset.usuario !== history.con) announcer.conversation(row); }

function openPanel() {
  panel = find("panel");
  history = new History(panel, { usuario, texts, lang, load: loadPartial, process, arrived, scrolled: () => reader.check(history) });
  outgoing.open(panel, history);
  if (list) list.current = history.con;
  page.classList.toggle("desk-open", Boolean(history.con));
  news.place();
  find("comprobar").hidden = !history.con;
  title.name = panel.dataset.titulo;
  reader.check(history);
}

function swapped({ sourceElement }) {
  news.loaded();
  if (find("panel") === panel) {
    news.place();
    history.tidy();
    list?.tidy();
    return sourceElement.id === "filtro" && list?.filtered((count, more) => announcer.found(count, more));
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
  const here = !admin || de === history.con || para === history.con;
  if (message.provisional) return here ? shown(outgoing.provisional(message, nameOf(page, de))) : list?.provisional(de, message.mensaje);
  const asked = outgoing.stored(message);
  if (de !== usuario) title.count(message.id_cliente);
  live.after(here && !asked && history.refresh(), list?.refresh());
}

// The desk has it, the database not yet: it is shown, counted and read out like any other.
function shown(bubble) {
  if (bubble) title.count(bubble.dataset.idCliente);
  if (bubble) announcer.messages([bubble]);
}

function failed(message) { if (outgoing.failed(message)) announcer.say(texts.get("retirado", { nombre: nameOf(page, message.de) })); }

function marked(state) {
  return (mark) => { history.mark(state, mark); if (state === "leido") list?.read(mark.con, mark.sin_leer); };
}

// Up to where the page is complete. The list is read before the conversation: of a page just drawn it is what counts.
function cursor(drawn) {
  const newest = !/[?&](antes|despues)=/.test(location.search);
  const desde = (drawn && newest && list?.last) || history.last || list?.last || 0;
  return { desde, idCliente: desde === history.last ? history.lastClient : undefined, last: Math.max(history.last, list?.last ?? 0) };
}

async function refresh() { return live.after(history.con && history.refresh()); }

function arrived(rows) {
  outgoing.settle();
  rows.forEach((row) => title.count(row.dataset.idCliente));
  announcer.messages(rows);
  reader.check(history);
}

async function tellMark(event, mark) {
  if (live.tell(event, mark)) return true;
  return event === "leido" && postForm("/soporte/leido", mark).then(() => true, () => false);
}
