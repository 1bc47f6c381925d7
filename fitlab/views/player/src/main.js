// Two hosts of one front end: the page that carries its own data, and the anywidget in a notebook.

import { Clock } from "./clock.js";
import { curves } from "./curves.js";
import { Data } from "./data.js";
import { h } from "./dom.js";
import { advice, page } from "./page.js";
import style from "./style.css";
import { viewer } from "./viewer.js";

/** The style sheet with the colours that Python sent (fitlab/views/palette.py), once per document. */
function addStyle(palette) {
  if (document.getElementById("fitlab-style")) return;
  const rules = (colours, dark) => Object.entries({ ...colours, dark }).map(([name, value]) => `--fl-${name}:${value}`).join(";");
  const dark = rules(palette.dark, 1);
  const themes = `.fitlab{${rules(palette.light, 0)}}
@media (prefers-color-scheme:dark){.fitlab{${dark}}}
[data-jp-theme-light="true"] .fitlab{${rules(palette.light, 0)}}
[data-jp-theme-light="false"] .fitlab{${dark}}`;
  document.head.append(h("style", { id: "fitlab-style" }, themes + style));
}

function mountPage(element) {
  const payload = JSON.parse(element.textContent);
  const text = atob(document.getElementById("fitlab-block").textContent.trim());
  const block = Uint8Array.from(text, (character) => character.charCodeAt(0));
  addStyle(payload.palette);
  const { root, clock } = page(new Data(payload, block));
  document.body.append(root);
  const goThere = () => {
    const frame = /^#frame=(\d+)$/.exec(location.hash); // report.html#frame=150 opens at that moment
    if (frame) clock.seek(Math.min(Number(frame[1]), clock.frames - 1));
  };
  window.addEventListener("hashchange", goThere);
  goThere();
}

/** anywidget's entry: `payload` and `block` are sent once, `frame` goes both ways. */
function render({ model, el }) {
  const payload = model.get("payload");
  addStyle(payload.palette);
  const block = model.get("block"); // a DataView
  const data = new Data(payload, new Uint8Array(block.buffer, block.byteOffset, block.byteLength));
  const clock = new Clock(data.frames, data.fps);
  const player = viewer(data, clock);
  const root = h(
    "div",
    { class: "fitlab fl-widget", "data-lm-suppress-shortcuts": "true" }, // JupyterLab's own keys rest inside the player
    h(
      "div",
      { class: data.advice.length ? "fl-main" : "fl-main fl-alone" },
      h("div", { class: "fl-card fl-player-card" }, player),
      data.advice.length ? h("div", { class: "fl-side" }, advice(data, clock)) : null,
    ),
    data.curves.length ? h("div", { class: "fl-card fl-section" }, curves(data, clock)) : null,
  );
  el.append(root);

  clock.seek(model.get("frame"));
  let timer = 0;
  clock.on("settled", () => {
    clearTimeout(timer); // while the reader drags, only the last frame is sent
    timer = setTimeout(() => {
      model.set("frame", clock.frame);
      model.save_changes();
    }, 60);
  });
  model.on("change:frame", () => {
    if (model.get("frame") !== clock.frame) clock.seek(model.get("frame"));
  });
  return () => player.dispose();
}

const embedded = document.getElementById("fitlab-payload");
if (embedded) mountPage(embedded);

export default { render };
