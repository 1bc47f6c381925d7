import { Clock } from "./clock.js";
import { curves } from "./curves.js";
import { clockTime, h, icon, words } from "./dom.js";
import { videoPanel } from "./video.js";
import { viewer } from "./viewer.js";

const STATES = { yes: ["warning", "Yes"], no: ["check", "No"], cannot_tell: ["question", "Cannot tell"] };

const number = (value, digits = 0) => (value === null || value === undefined ? "–" : value.toFixed(digits));

const section = (title, note, ...content) =>
  h("section", { class: "fl-card fl-section" }, h("h2", {}, title), note ? h("p", { class: "fl-quiet" }, note) : null, content);

const cards = (data) =>
  h(
    "dl",
    { class: "fl-cards" },
    data.cards.map((card) =>
      h(
        "div",
        { class: "fl-card fl-figure", "data-tone": card.tone },
        h("dt", {}, card.label),
        h("dd", {}, h("strong", {}, card.value), card.unit ? h("span", {}, card.unit === "°" ? "°" : ` ${card.unit}`) : null),
        h("p", { class: "fl-quiet" }, card.note),
      ),
    ),
  );

/** A button for each repetition in which a mistake was made; it jumps to the moment. */
function moments(data, clock, name) {
  const found = data.mistakes.map((mistake, i) => [mistake, i]).filter(([mistake]) => mistake.name === name);
  if (!found.length) return null;
  const jump = (mistake) => (event) => {
    clock.pause();
    clock.seek(mistake.frame);
    event.target.closest(".fitlab").querySelector(".fl-player").scrollIntoView({ block: "nearest" });
  };
  return h(
    "div",
    { class: "fl-moments" },
    h("span", { class: "fl-quiet" }, "Repetition"),
    found.map(([mistake, i]) =>
      h(
        "button",
        {
          type: "button",
          class: "fl-chip",
          "data-jump": i,
          "aria-label": `Show ${mistake.title} in repetition ${mistake.repetition + 1}`,
          title: mistake.reason,
          style: `--severity:${mistake.severity ?? 0}`,
          onclick: jump(mistake),
        },
        String(mistake.repetition + 1),
      ),
    ),
  );
}

/** Advice in words, the mistakes behind it, and where they happen. */
export function advice(data, clock) {
  const told = new Set(data.advice.map((entry) => entry.mistake));
  const untold = [...new Set(data.mistakes.map((mistake) => mistake.name))].filter((name) => !told.has(name));
  const item = (mistake, text) =>
    h(
      "li",
      { class: mistake ? "fl-wrong" : "fl-note" },
      icon(mistake ? "warning" : "note"),
      h("div", {}, mistake ? h("strong", {}, words(mistake)) : null, h("p", {}, text), mistake ? moments(data, clock, mistake) : null),
    );
  const items = [...data.advice.map((entry) => item(entry.mistake, entry.text)), ...untold.map((name) => item(name, ""))];
  return h(
    "section",
    { class: "fl-card fl-advice" },
    h("h2", {}, "Advice"),
    items.length ? h("ul", {}, items) : h("p", { class: "fl-quiet" }, "Nothing to change was found."),
  );
}

function verdicts(data) {
  const rows = data.verdicts.map((verdict) => {
    const [sign, text] = STATES[verdict.state];
    return h(
      "tr",
      {},
      h("th", { scope: "row" }, verdict.title),
      h("td", {}, h("span", { class: "fl-state", "data-state": verdict.state }, icon(sign), text)),
      h("td", {}, verdict.reason),
    );
  });
  return table(["Mistake", "Found", "Why"], rows);
}

const table = (heads, rows) =>
  h("div", { class: "fl-scroll" }, h("table", {}, h("thead", {}, h("tr", {}, heads.map((head) => h("th", { scope: "col" }, head)))), h("tbody", {}, rows)));

function comparison(data) {
  const top = Math.max(...data.comparison.map((group) => Math.max(group.mean_deg ?? 0, group.tolerance_deg ?? 0)), 1) * 1.1;
  return h(
    "div",
    { class: "fl-bars", role: "list" },
    data.comparison.map((group) =>
      h(
        "div",
        { class: "fl-bar-row", role: "listitem", "data-over": group.tolerance_deg !== null && group.mean_deg > group.tolerance_deg ? "yes" : "no" },
        h("span", {}, words(group.group)),
        h(
          "span",
          { class: "fl-track" },
          h("i", { style: `width:${(100 * (group.mean_deg ?? 0)) / top}%` }),
          group.tolerance_deg === null ? null : h("em", { style: `left:${(100 * group.tolerance_deg) / top}%`, title: `Allowed: ${group.tolerance_deg}°` }),
        ),
        h("span", { class: "fl-amount" }, h("b", {}, `${number(group.mean_deg, 1)}°`), ` max ${number(group.max_deg)}° · ${number(group.mean_mm)} mm`),
      ),
    ),
  );
}

function repetitions(data, clock) {
  const names = [...new Set(data.repetitions.flatMap((repetition) => repetition.phases.map((phase) => phase.name)))];
  const judged = data.verdicts.length > 0;
  const allFull = data.repetitions.every((repetition) => repetition.full);
  const lasts = (span) => (span ? number((span.stop - span.start) / data.fps, 2) : "–");
  const rows = data.repetitions.map((repetition, i) => {
    const mistakes = data.mistakes.filter((mistake) => mistake.repetition === i).map((mistake) => mistake.title);
    return h(
      "tr",
      {},
      h("th", { scope: "row" }, h("button", { type: "button", class: "fl-chip", onclick: () => (clock.pause(), clock.seek(repetition.start)) }, String(i + 1))),
      h("td", {}, clockTime(repetition.start / data.fps)),
      h("td", {}, lasts(repetition)),
      names.map((name) => h("td", {}, lasts(repetition.phases.find((phase) => phase.name === name)))),
      data.comparison.length ? h("td", {}, repetition.mean_deg === null ? "–" : `${number(repetition.mean_deg, 1)}°`) : null,
      judged ? h("td", {}, mistakes.join(", ") || "none") : null,
      allFull ? null : h("td", {}, repetition.full ? "yes" : "no"),
    );
  });
  const heads = ["Repetition", "Starts", "Lasts (s)", ...names.map((name) => `${words(name)} (s)`)];
  const more = [data.comparison.length && "From athlete", judged && "Mistakes", !allFull && "Full"].filter(Boolean);
  return table([...heads, ...more], rows);
}

/** Every hold as a bar of its seconds, red where a rule of its form is broken, and a button for each break. */
function holds(data, clock) {
  const longest = Math.max(...data.holds.map((hold) => hold.stop - hold.start));
  const go = (frame) => () => (clock.pause(), clock.seek(frame));
  const rows = data.holds.map((hold, i) => {
    const share = (frames) => `${(100 * frames) / longest}%`;
    const place = ({ start, stop }) => `left:${share(start - hold.start)};width:${share(stop - start)}`;
    const told = ({ start, stop, title }) =>
      `${title} from ${((start - hold.start) / data.fps).toFixed(1)} s for ${((stop - start) / data.fps).toFixed(1)} s`;
    return h(
      "tr",
      {},
      h("th", { scope: "row" }, h("button", { type: "button", class: "fl-chip", "data-hold": i, onclick: go(hold.start) }, String(i + 1))),
      h("td", {}, clockTime(hold.start / data.fps)),
      h("td", {}, number(hold.duration_s, 1)),
      h("td", {}, number(hold.clean_s, 1)),
      h(
        "td",
        { class: "fl-hold-cell" },
        h(
          "div",
          { class: "fl-hold", role: "img", "aria-label": [hold.note, ...hold.breaks.map(told)].join(", ") },
          h("i", { style: `width:${share(hold.stop - hold.start)}` }),
          hold.breaks.map((broken) => h("b", { style: place(broken), title: told(broken) })),
        ),
        h("span", { class: "fl-quiet" }, hold.note),
        hold.breaks.length
          ? h("div", { class: "fl-moments" }, hold.breaks.map((broken) => h("button", { type: "button", class: "fl-chip", "data-break": "", onclick: go(broken.start) }, told(broken))))
          : null,
      ),
    );
  });
  return table(["Hold", "Starts", "Lasts (s)", "Before it broke (s)", "Where it broke"], rows);
}

const facts = (pairs) => h("dl", { class: "fl-facts" }, pairs.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))));

/** The whole report page. */
export function page(data) {
  const clock = new Clock(data.frames, data.fps);
  const hasWords = data.advice.length || data.mistakes.length || data.verdicts.length;
  const root = h(
    "main",
    { class: "fitlab fl-page" },
    h("header", { class: "fl-header" }, h("div", {}, h("h1", {}, data.title), h("p", { class: "fl-quiet" }, data.subtitle)), h("span", { class: "fl-brand" }, "fitlab")),
    cards(data),
    h(
      "div",
      { class: hasWords || data.video ? "fl-main" : "fl-main fl-alone" },
      h("div", { class: "fl-card fl-player-card" }, viewer(data, clock, document)),
      h(
        "div",
        { class: "fl-side" },
        hasWords ? advice(data, clock) : null,
        data.video ? videoPanel(data, clock) : null,
      ),
    ),
    data.curves.length ? section("Movement over time", null, curves(data, clock)) : null,
    h(
      "div",
      { class: "fl-pair" },
      data.comparison.length ? section("Difference from the athlete", "Mean angle by joint group; the mark is what the exercise allows.", comparison(data)) : null,
      data.verdicts.length ? section("Every rule that was checked", null, verdicts(data)) : null,
    ),
    data.holds.length ? section("Holds", "Seconds in the position; red is where a rule of its form is broken.", holds(data, clock)) : null,
    data.repetitions.length ? section("Repetitions", null, repetitions(data, clock)) : null,
    data.statistics.length ? section("Statistics", null, facts(data.statistics)) : null,
    h("details", { class: "fl-card fl-section" }, h("summary", {}, "How this was made"), facts(data.provenance)),
  );
  return { root, clock };
}
