/** What the page's `isVisible` and `acceptable` say of every code point, and of the texts given as JSON. */
import { acceptable, isVisible } from "../../static/js/visible.js";

const texts = JSON.parse(await new Response(process.stdin).text());
const all = Array.from({ length: 0x110000 }, (_, code) => (isVisible(String.fromCodePoint(code)) ? "1" : "0")).join("");
const refused = Array.from({ length: 0x110000 }, (_, code) => code).filter((code) => !acceptable(String.fromCodePoint(code)));
console.log(JSON.stringify({ all, refused, texts: texts.map(isVisible) }));
