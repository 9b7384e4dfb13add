/** What the page's `isVisible` says of every code point, and of the texts given as JSON. */
import { isVisible } from "../../static/js/visible.js";

const texts = JSON.parse(await new Response(process.stdin).text());
const all = Array.from({ length: 0x110000 }, (_, code) => (isVisible(String.fromCodePoint(code)) ? "1" : "0")).join("");
console.log(JSON.stringify({ all, texts: texts.map(isVisible) }));
