import { h, s } from "./dom.js";

const HEIGHT = 168;
const MARGIN = { left: 44, right: 14, top: 10, bottom: 30 };

/** Round steps for about `wanted` ticks from `low` to `high`. */
export function ticks(low, high, wanted) {
  const raw = (high - low) / wanted;
  const size = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((factor) => factor * size).find((candidate) => candidate >= raw);
  const found = [];
  for (let at = Math.ceil(low / step - 1e-9) * step; at <= high + 1e-9 * step; at += step) found.push(Number(at.toPrecision(12)));
  return found;
}

/** SVG path of values[frame]; a missing value breaks the line. */
function line(values, x, y) {
  let path = "";
  let open = false;
  for (let frame = 0; frame < values.length; frame++) {
    const value = values[frame];
    if (Number.isNaN(value)) {
      open = false;
      continue;
    }
    path += `${open ? "L" : "M"}${x(frame).toFixed(1)} ${y(value).toFixed(1)}`;
    open = true;
  }
  return path;
}

/** One curve with axes, repetitions and mistakes as bands, and the playhead; a click seeks. */
function curve(data, clock, spec) {
  const lines = spec.lines.map((entry) => ({ ...entry, values: data.block[entry.array] }));
  const numbers = lines.map(() => h("b"));
  const legend = lines.map((entry, i) => h("span", { class: "fl-key", "data-paint": entry.paint }, entry.label, " ", numbers[i]));
  const plot = h("div", { class: "fl-plot" });
  const root = h(
    "figure",
    { class: "fl-curve", "data-curve": spec.name },
    h("figcaption", {}, h("strong", {}, spec.title), h("span", { class: "fl-keys" }, legend)),
    plot,
  );
  let moving = [];
  let x = () => 0;

  const draw = (width) => {
    const [left, right, top, bottom] = [MARGIN.left, width - MARGIN.right, MARGIN.top, HEIGHT - MARGIN.bottom];
    let [low, high] = [Infinity, -Infinity];
    for (const { values } of lines) {
      for (const value of values) {
        if (value < low) low = value;
        if (value > high) high = value;
      }
    }
    if (!(low <= high)) [low, high] = [0, 1];
    const pad = Math.max((high - low) * 0.08, 1);
    [low, high] = [low - pad, high + pad];
    x = (frame) => left + ((frame + 0.5) / data.frames) * (right - left);
    const y = (value) => bottom - ((value - low) / (high - low)) * (bottom - top);
    const edge = (frame) => left + (frame / data.frames) * (right - left);
    const band = (kind) => ({ start, stop }) =>
      s("rect", { class: kind, x: edge(start), width: Math.max(edge(stop) - edge(start), 1), y: top, height: bottom - top });

    const seconds = data.frames / data.fps;
    const dots = lines.map((entry) => s("circle", { r: 3.6, class: "fl-dot", "data-paint": entry.paint }));
    const head = s("line", { class: "fl-playhead", y1: top, y2: bottom });
    const drawing = s(
      "svg",
      { viewBox: `0 0 ${width} ${HEIGHT}`, width, height: HEIGHT, role: "img", "aria-label": `${spec.title} over time` },
      data.repetitions.map((rep, i) => band(i % 2 ? "fl-shade fl-odd" : "fl-shade")(rep)),
      data.mistakes.filter((mistake) => spec.mistakes.includes(mistake.name)).map(band("fl-fault")),
      ticks(low, high, 4).map((value) => [
        s("line", { class: "fl-rule", x1: left, x2: right, y1: y(value), y2: y(value) }),
        s("text", { class: "fl-tick", x: left - 7, y: y(value) + 3.5, "text-anchor": "end" }, `${value}${spec.unit === "°" ? "°" : ""}`),
      ]),
      ticks(0, seconds, Math.max(3, Math.floor(width / 90))).map((value) =>
        s("text", { class: "fl-tick", x: edge(value * data.fps), y: bottom + 14, "text-anchor": "middle" }, String(value)),
      ),
      s("text", { class: "fl-axis", x: (left + right) / 2, y: HEIGHT - 3, "text-anchor": "middle" }, "time (s)"),
      spec.unit === "°" ? null : s("text", { class: "fl-axis", x: 4, y: top + 4 }, spec.unit),
      lines.map((entry) => s("path", { class: "fl-line", "data-paint": entry.paint, d: line(entry.values, x, y) })).reverse(),
      head,
      dots,
    );
    plot.replaceChildren(drawing);
    moving = [head, dots, y];
    follow();
  };

  const follow = () => {
    if (!moving.length) return;
    const [head, dots, y] = moving;
    const at = x(clock.frame);
    head.setAttribute("x1", at);
    head.setAttribute("x2", at);
    for (const [i, { values }] of lines.entries()) {
      const value = values[clock.frame];
      const seen = !Number.isNaN(value);
      dots[i].style.display = seen ? "" : "none";
      if (seen) {
        dots[i].setAttribute("cx", at);
        dots[i].setAttribute("cy", y(value));
      }
      numbers[i].textContent = seen ? `${value.toFixed(spec.unit === "°" ? 0 : 1)}${spec.unit === "°" ? "°" : ` ${spec.unit}`}` : "–";
    }
  };

  const scrub = (event) => {
    const box = plot.getBoundingClientRect();
    const share = (event.clientX - box.left - MARGIN.left) / (box.width - MARGIN.left - MARGIN.right);
    clock.pause();
    clock.seek(Math.min(Math.max(Math.floor(share * data.frames), 0), data.frames - 1));
  };
  plot.addEventListener("pointerdown", (event) => (plot.setPointerCapture(event.pointerId), scrub(event)));
  plot.addEventListener("pointermove", (event) => plot.hasPointerCapture(event.pointerId) && scrub(event));
  clock.on("frame", follow);
  new ResizeObserver(([entry]) => entry.contentRect.width > 60 && draw(Math.round(entry.contentRect.width))).observe(plot);
  return root;
}

/** All curves of the payload in a grid. */
export const curves = (data, clock) => h("div", { class: "fl-curves" }, data.curves.map((spec) => curve(data, clock, spec)));

