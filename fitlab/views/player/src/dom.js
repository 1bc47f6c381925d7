// Elements without a framework.  Text always becomes a text node, so names cannot inject markup.

const SVG = "http://www.w3.org/2000/svg";

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "style") element.style.cssText = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(3).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** An HTML element: h("button", {class: "x", onclick: f}, "text", otherElement). */
export const h = (tag, attributes, ...children) => fill(document.createElement(tag), attributes, children);

/** The same for SVG. */
export const s = (tag, attributes, ...children) => fill(document.createElementNS(SVG, tag), attributes, children);

// Icons are drawn on a 24 x 24 grid: fonts without media glyphs would show empty boxes.
const ICONS = {
  play: ["M8 5.5v13l10.5-6.5z", "fill"],
  pause: ["M7 5.5h3.4v13H7zM13.6 5.5H17v13h-3.4z", "fill"],
  back: ["M15.5 6.5 9 12l6.5 5.5M7 6.5v11"],
  forward: ["M8.5 6.5 15 12l-6.5 5.5M17 6.5v11"],
  previous: ["M12.5 6 6.5 12l6 6M18.5 6l-6 6 6 6"],
  next: ["M11.5 6l6 6-6 6M5.5 6l6 6-6 6"],
  loop: ["M6 10.5A6 6 0 0 1 16.5 7.7L18.5 9.5M18.5 5.5v4h-4M18 13.5A6 6 0 0 1 7.5 16.3L5.5 14.5M5.5 18.5v-4h4"],
  warning: ["M12 4.5 21 19.5H3zM12 10v4.5M12 16.9v.2"],
  note: ["M12 10.5v7M12 6.8v.2"],
  check: ["M5 12.5l4.5 4.5L19 7.5"],
  question: ["M9 9.2a3 3 0 1 1 4.3 2.7c-.9.5-1.3 1-1.3 2.1M12 17.2v.2"],
  expand: ["M4.5 9.5v-5h5M19.5 9.5v-5h-5M4.5 14.5v5h5M19.5 14.5v5h-5"],
};

/** An inline SVG icon, drawn in the colour of the text around it. */
export function icon(name) {
  const [path, kind] = ICONS[name];
  const paint = kind === "fill" ? { fill: "currentColor" } : { fill: "none", stroke: "currentColor", "stroke-width": 1.8 };
  return s(
    "svg",
    { viewBox: "0 0 24 24", class: "fl-icon", "aria-hidden": "true" },
    s("path", { d: path, "stroke-linecap": "round", "stroke-linejoin": "round", ...paint }),
  );
}

/** A button that shows an icon and says `label` to screen readers and on hover. */
export const iconButton = (name, label, onclick, attributes = {}) =>
  h("button", { type: "button", class: "fl-button", "aria-label": label, title: label, onclick, ...attributes }, icon(name));

/** "knees_inward" -> "Knees inward". */
export function words(name) {
  const text = String(name).replaceAll("_", " ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Seconds with two decimals, minutes where there are any: 3.20 s, 1:03.20. */
export function clockTime(seconds) {
  const minutes = Math.floor(seconds / 60);
  const rest = (seconds - 60 * minutes).toFixed(2);
  return minutes ? `${minutes}:${rest.padStart(5, "0")}` : `${rest} s`;
}
