import { clockTime, h, icon, iconButton, words } from "./dom.js";

const SPEEDS = [0.25, 0.5, 1, 2];

/** A row of buttons of which one is pressed; `choices` is [[value, text], ...]. */
export function choice(label, choices, value, onchange) {
  const buttons = choices.map(([option, text]) =>
    h("button", { type: "button", "data-value": option, onclick: () => (select(option), onchange(option)) }, text),
  );
  const root = h("div", { class: "fl-choice", role: "group", "aria-label": label }, buttons);
  const select = (option) => {
    for (const [i, button] of buttons.entries()) button.setAttribute("aria-pressed", String(choices[i][0] === option));
    root.dataset.value = option;
  };
  select(value);
  return Object.assign(root, { select });
}

/** Play, step, jump, speed and the loop of one repetition. */
export function transport(data, clock) {
  const play = iconButton("play", "Play (space)", () => clock.toggle(), { "data-action": "play" });
  play.classList.add("fl-play");
  const loop = iconButton("loop", "Loop this repetition (L)", () => toggleLoop(data, clock), { "data-action": "loop" });
  const speed = choice("Speed", SPEEDS.map((value) => [value, `${value}×`]), 1, (value) => clock.setSpeed(value));
  const jump = (direction) => () => jumpToMistake(data, clock, direction);
  const root = h(
    "div",
    { class: "fl-transport" },
    data.mistakes.length ? iconButton("previous", "Previous mistake (P)", jump(-1), { "data-action": "previous" }) : null,
    iconButton("back", "One frame back (left arrow)", () => clock.step(-1), { "data-action": "back" }),
    play,
    iconButton("forward", "One frame forward (right arrow)", () => clock.step(1), { "data-action": "forward" }),
    data.mistakes.length ? iconButton("next", "Next mistake (N)", jump(1), { "data-action": "next" }) : null,
    data.repetitions.length ? loop : null,
    speed,
  );
  clock.on("state", () => {
    play.replaceChildren(icon(clock.playing ? "pause" : "play"));
    play.setAttribute("aria-label", clock.playing ? "Pause (space)" : "Play (space)");
    loop.setAttribute("aria-pressed", String(Boolean(clock.loop)));
    speed.select(clock.speed);
  });
  return root;
}

/** Repeat the repetition at the playhead, or the next one; a second call ends it. */
export function toggleLoop(data, clock) {
  if (clock.loop) return clock.setLoop(null);
  const here = data.repetitions.find((repetition) => clock.frame < repetition.stop) ?? data.repetitions.at(-1);
  if (here) clock.setLoop([here.start, here.stop]);
}

export function jumpToMistake(data, clock, direction) {
  const moments = data.mistakes.map((mistake) => mistake.frame).sort((a, b) => a - b);
  const next = direction > 0 ? moments.find((at) => at > clock.frame) : moments.findLast((at) => at < clock.frame);
  if (next === undefined) return;
  clock.pause();
  clock.seek(next);
}

/** Time, frame, repetition and phase at the playhead. */
export function readout(data, clock) {
  const [time, frame, place] = [h("b"), h("span"), h("span", { class: "fl-where" })];
  const update = () => {
    const repetition = data.repetitionAt(clock.frame);
    const phase = data.phaseAt(clock.frame);
    time.textContent = clockTime(clock.frame / data.fps);
    frame.textContent = `frame ${clock.frame} of ${data.frames - 1}`;
    const parts = repetition < 0 ? [] : [`Repetition ${repetition + 1}`, ...(phase ? [words(phase.name)] : [])];
    place.textContent = parts.join(" · ");
  };
  clock.on("frame", update);
  update();
  return h("div", { class: "fl-readout" }, time, frame, place);
}

/** Keyboard of the player; `root` is the element that has the focus inside it, or the document. */
export function keyboard(root, data, clock, actions) {
  const keys = {
    " ": () => clock.toggle(),
    ArrowLeft: (event) => clock.step(event.shiftKey ? -10 : -1),
    ArrowRight: (event) => clock.step(event.shiftKey ? 10 : 1),
    Home: () => clock.step(-data.frames),
    End: () => clock.step(data.frames),
    n: () => jumpToMistake(data, clock, 1),
    p: () => jumpToMistake(data, clock, -1),
    l: () => toggleLoop(data, clock),
    ...actions,
  };
  root.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest?.("input, select, textarea, summary, a")) return;
    if (event.key === " " && event.target.closest?.("button")) return; // space presses the button that has the focus
    const action = keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!action) return;
    event.preventDefault();
    event.stopPropagation();
    action(event);
  });
}
