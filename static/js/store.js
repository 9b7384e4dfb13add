/** Where unsent messages are kept: IndexedDB, else localStorage, else only this page. */
const NAME = "soporte";
const SHELF = "salida";
const PATIENCE = 2000;

/** Keeps each entry on the first shelf that takes it; reads them all. */
export class Store {
  #shelves;
  #told;
  #lasting = true;

  /** `told(lasting)`: whether what is kept survives this page. */
  constructor({ indexedDB, localStorage }, told) {
    this.#told = told;
    this.#shelves = this.#open(indexedDB, localStorage);
  }

  async all() {
    const lists = await Promise.all((await this.#shelves).map((shelf) => shelf.all()));
    const newest = new Map();
    for (const entry of lists.flat()) if (!(newest.get(entry.id)?.version >= entry.version)) newest.set(entry.id, entry);
    return [...newest.values()];
  }

  async put(entry) {
    for (const shelf of await this.#shelves) {
      try {
        await shelf.put(entry);
        return this.#tell(shelf.lasting);
      } catch { /* full or forbidden: the next one */ }
    }
  }

  async remove(id) {
    for (const shelf of await this.#shelves) await Promise.resolve(shelf.remove(id)).catch(() => {});
  }

  async #open(indexedDB, localStorage) {
    const database = await openDatabase(indexedDB).catch(() => null);
    const local = works(localStorage) ? new Local(localStorage) : null;
    if (!database && !local) this.#tell(false);
    return [database && new Indexed(database), local, new Memory()].filter(Boolean);
  }

  #tell(lasting) {
    if (lasting !== this.#lasting) this.#told(lasting);
    this.#lasting = lasting;
  }
}

class Indexed {
  lasting = true;

  constructor(database) {
    this.database = database;
  }

  async all() {
    return ended(this.database.transaction(SHELF).objectStore(SHELF).getAll());
  }

  async put(entry) {
    await this.#write((shelf) => shelf.put(entry));
  }

  async remove(id) {
    await this.#write((shelf) => shelf.delete(id));
  }

  // Strict: on the disk, not only on its way there.
  #write(work) {
    const transaction = this.database.transaction(SHELF, "readwrite", { durability: "strict" });
    work(transaction.objectStore(SHELF));
    return new Promise((resolve, reject) => {
      transaction.oncomplete = resolve;
      transaction.onabort = transaction.onerror = () => reject(transaction.error);
    });
  }
}

class Local {
  lasting = true;

  constructor(storage) {
    this.storage = storage;
  }

  async all() {
    const keys = Object.keys(this.storage).filter((key) => key.startsWith(`${SHELF}/`));
    return keys.map((key) => parse(this.storage.getItem(key))).filter(Boolean);
  }

  async put(entry) {
    this.storage.setItem(`${SHELF}/${entry.id}`, JSON.stringify(entry));
  }

  async remove(id) {
    this.storage.removeItem(`${SHELF}/${id}`);
  }
}

class Memory {
  lasting = false;
  #entries = new Map();

  all = async () => [...this.#entries.values()];
  put = async (entry) => void this.#entries.set(entry.id, entry);
  remove = async (id) => void this.#entries.delete(id);
}

async function openDatabase(indexedDB) {
  const request = indexedDB.open(NAME, 1);
  request.onupgradeneeded = () => request.result.createObjectStore(SHELF, { keyPath: "id" });
  const late = new Promise((_, reject) => setTimeout(() => reject(new Error("late")), PATIENCE));
  const database = await Promise.race([ended(request), late]);
  database.onversionchange = () => database.close();
  return database;
}

const ended = (request) => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});

function works(storage) {
  try {
    storage.setItem(`${SHELF}?`, "1");
    storage.removeItem(`${SHELF}?`);
    return true;
  } catch {
    return false;
  }
}

function parse(json) {
  try {
    return JSON.parse(json);
  } catch {
    return null;
  }
}
