/** Day separators and runs of one sender, by the reader's own calendar. */
import { kept, two } from "./times.js";

const RUN = 5 * 60 * 1000;

/** As the server writes it. */
export const dayKey = (date) => `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;

/** `named`: days that the server has named, by their key: the first formatter costs a slow phone a tenth of a second. */
export function dayLabel(date, now, lang, texts, named = new Map()) {
  const yesterday = new Date(now.getFullYear(), now.getMonth(), now.getDate() - 1);
  if (dayKey(date) === dayKey(now)) return texts.get("hoy");
  if (dayKey(date) === dayKey(yesterday)) return texts.get("ayer");
  return named.get(dayKey(date)) ?? kept(`${lang} dia`, () => new Intl.DateTimeFormat(lang, { weekday: "long", day: "numeric", month: "long", year: "numeric" })).format(date);
}

/** For messages in order: which of them open a day, and which continue the run of the one before. */
export function layOut(messages) {
  return messages.map((message, index) => {
    const before = messages[index - 1];
    const opens = !before || dayKey(before.date) !== dayKey(message.date);
    const same = before && before.de === message.de && before.para === message.para;
    return { opens, continues: Boolean(same) && !opens && message.date - before.date < RUN };
  });
}
