// Make one small style sheet of KRDS's two: `node purge.mjs TOKENS COMPONENTS CLASSES RESULT`.
//
// PurgeCSS keeps the rules whose every class, element and attribute is known; Lightning CSS minifies. Custom properties
// stay, also the unused ones: forum/web/style_sheet.py drops them at the start, when it knows what our own sheets use.

import { readFileSync, writeFileSync } from "node:fs";
import { transform } from "lightningcss";
import { PurgeCSS } from "purgecss";

const ELEMENTS = `
  html head body a abbr address article aside b blockquote br button caption cite code col colgroup dd del details dfn
  dialog div dl dt em fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 header hr i img input ins kbd label legend
  li main mark menu nav ol optgroup option output p picture pre progress q s samp search section select small span strong
  sub summary sup svg table tbody td template textarea tfoot th thead time tr u ul var`;
const ATTRIBUTES = `
  data-krds-mode disabled readonly checked hidden role type
  button checkbox date email file number password radio search submit tel text url`;

const [tokens, components, list, result] = process.argv.slice(2);
const classes = readFileSync(list, "utf8").replace(/^#.*$/gm, "");
const words = `${ELEMENTS} ${ATTRIBUTES} ${classes}`.split(/\s+/).filter(Boolean);
const [{ css }] = await new PurgeCSS().purge({
  content: [{ raw: "", extension: "txt" }],
  extractors: [{ extractor: () => words, extensions: ["txt"] }],
  css: [{ raw: readFileSync(components, "utf8") }],
});
const whole = readFileSync(tokens, "utf8") + css.replace(/@(?:charset|import)[^;]*;/g, "");
const browsers = { chrome: 90 << 16, firefox: 90 << 16, safari: 14 << 16, samsung: 15 << 16 };
writeFileSync(
  result,
  transform({ filename: "krds.css", code: Buffer.from(whole), minify: true, targets: browsers }).code,
);
