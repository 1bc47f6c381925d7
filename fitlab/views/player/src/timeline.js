import { clockTime, h, words } from "./dom.js";

const percent = (share) => `${(100 * share).toFixed(4)}%`;

/**
 * Everything over time: repetitions, phases and mistakes as bands, and the playhead.
 * Drag anywhere to scrub, click a repetition or a mistake to jump there.
 */
export function timeline(data, clock) {
  const { frames, fps, repetitions, mistakes } = data;
  const place = ({ start, stop }) => `left:${percent(start / frames)};width:${percent((stop - start) / frames)}`;
  const wide = (span) => (span.stop - span.start) / frames > 0.035;

  const repetitionBands = repetitions.map((repetition, i) =>
    h(
      "button",
      {
        type: "button",
        class: "fl-band fl-repetition",
        style: place(repetition),
        title: `Repetition ${i + 1}: ${clockTime(repetition.start / fps)} to ${clockTime(repetition.stop / fps)}`,
        "aria-label": `Go to repetition ${i + 1}`,
        onclick: () => clock.seek(repetition.start),
      },
      wide(repetition) ? String(i + 1) : "",
    ),
  );
  const names = [...new Set(repetitions.flatMap((repetition) => repetition.phases.map((phase) => phase.name)))];
  const phaseBands = repetitions.flatMap((repetition) =>
    repetition.phases.map((phase) =>
      h(
        "span",
        { class: "fl-band fl-phase", "data-phase": names.indexOf(phase.name) % 4, style: place(phase), title: words(phase.name) },
        (phase.stop - phase.start) / frames > 0.075 ? words(phase.name) : "",
      ),
    ),
  );
  const marks = mistakes.flatMap((mistake, i) => [
    h("span", { class: "fl-band fl-mistake-span", style: place(mistake) }),
    h("button", {
      type: "button",
      class: "fl-mark",
      "data-mistake": i,
      style: `left:${percent((mistake.frame + 0.5) / frames)}`,
      title: `${mistake.title}, repetition ${mistake.repetition + 1}, ${clockTime(mistake.frame / fps)}`,
      "aria-label": `Go to mistake: ${mistake.title}, repetition ${mistake.repetition + 1}`,
      onclick: () => clock.seek(mistake.frame),
    }),
  ]);
  const head = h("span", { class: "fl-head" });
  const outside = [
    { start: 0, stop: data.trimmed[0] },
    { start: data.trimmed[1], stop: frames },
  ].filter(({ start, stop }) => stop > start);

  const root = h(
    "div",
    {
      class: "fl-timeline",
      role: "slider",
      tabindex: 0,
      "aria-label": "Playhead",
      "aria-valuemin": 0,
      "aria-valuemax": frames - 1,
    },
    repetitions.length ? h("div", { class: "fl-lane" }, repetitionBands) : null,
    phaseBands.length ? h("div", { class: "fl-lane fl-lane-phases" }, phaseBands) : null,
    h("div", { class: "fl-lane fl-lane-scrub" }, h("span", { class: "fl-played" }), mistakes.length ? marks : null),
    outside.map((span) => h("span", { class: "fl-outside", style: place(span), title: "Before the first or after the last repetition" })),
    head,
  );
  const played = root.querySelector(".fl-played");

  const scrub = (event) => {
    const box = root.getBoundingClientRect();
    const share = Math.min(Math.max((event.clientX - box.left) / box.width, 0), 1);
    clock.pause();
    clock.seek(Math.min(Math.floor(share * frames), frames - 1));
  };
  root.addEventListener("pointerdown", (event) => {
    if (event.target.closest("button")) return;
    root.setPointerCapture(event.pointerId);
    scrub(event);
  });
  root.addEventListener("pointermove", (event) => {
    if (root.hasPointerCapture(event.pointerId)) scrub(event);
  });

  const update = () => {
    const at = percent((clock.frame + 0.5) / frames);
    head.style.left = at;
    played.style.width = at;
    root.setAttribute("aria-valuenow", clock.frame);
    root.setAttribute("aria-valuetext", clockTime(clock.frame / fps));
  };
  clock.on("frame", update);
  update();
  return root;
}
