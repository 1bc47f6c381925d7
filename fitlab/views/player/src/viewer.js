import { choice, keyboard, readout, transport } from "./controls.js";
import { h, iconButton } from "./dom.js";
import { Stage } from "./scene.js";
import { timeline } from "./timeline.js";

const VIEW_NAMES = [["free", "Angle"], ["front", "Front"], ["side", "Side"], ["back", "Back"], ["top", "Top"]];
const SLOW = 1.8; // times the ideal time between frames
const LEADER = 130; // pixels from the mistaken joints to the hint
const GHOST_NAMES = [["overlay", "Overlay"], ["beside", "Beside"], ["off", "Off"]];

/** Colours that the style sheet gives this element now. */
function colours(element) {
  const style = getComputedStyle(element);
  const names = ["left", "right", "middle", "mistake", "reference", "grid"];
  const found = Object.fromEntries(names.map((name) => [name, style.getPropertyValue(`--fl-${name}`).trim()]));
  return { ...found, better: style.getPropertyValue("--fl-good").trim() };
}

const isDark = (element) => getComputedStyle(element).getPropertyValue("--fl-dark").trim() === "1";

/** Calls `changed` when the reader's system, or JupyterLab, turns light or dark. */
function onTheme(changed) {
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", changed);
  new MutationObserver(changed).observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light"] });
}

function legend(data) {
  const keys = [["left", "Left side"], ["right", "Right side"]];
  for (const ghost of data.ghosts) keys.push([ghost.name, ghost.legend]);
  if (data.mistakes.length) keys.push(["mistake", "Mistake"]);
  return h("div", { class: "fl-legend" }, keys.map(([paint, text]) => h("span", { class: "fl-key", "data-paint": paint }, text)));
}

/**
 * The 3D player: stage, readout, view buttons, transport and timeline.
 * Its state is on data attributes: data-ready, data-frame, data-playing, data-ghost, data-who, data-mistakes.
 */
export function viewer(data, clock, keyRoot) {
  const canvas = h("canvas", { class: "fl-canvas", "aria-label": "3D view of the skeleton; drag to turn, scroll to zoom" });
  const hint = h("div", { class: "fl-hint", role: "status", hidden: true });
  const views = choice("View", VIEW_NAMES, "free", (name) => stage?.view(name));
  const [first] = data.ghosts;
  const ghost = first ? choice(first.label, GHOST_NAMES, "overlay", (mode) => setGhost(mode)) : null;
  const names = data.ghosts.map(({ name, label }) => [name, label]);
  const who = names.length > 1 ? choice("Ghost", names, first.name, (name) => setWho(name)) : null;
  const screen = h("div", { class: "fl-stage" }, canvas, hint, readout(data, clock), h("div", { class: "fl-foot" }, legend(data), views));
  const root = h(
    "section",
    { class: "fl-player", tabindex: -1, "aria-label": "3D player" },
    screen,
    timeline(data, clock),
    h(
      "div",
      { class: "fl-bar" },
      transport(data, clock),
      h(
        "div",
        { class: "fl-bar-end" },
        ghost ? h("span", { class: "fl-labelled" }, who ?? first.label, ghost) : null,
        iconButton("expand", "Full screen (F)", () => fullScreen(), { "data-action": "expand" }),
      ),
    ),
  );
  const fullScreen = () => (document.fullscreenElement ? document.exitFullscreen() : root.requestFullscreen?.());

  let stage = null;
  try {
    stage = new Stage(canvas, data);
  } catch (error) {
    canvas.replaceWith(h("p", { class: "fl-quiet" }, `This browser shows no 3D graphics (WebGL): ${error.message}`));
  }

  const setGhost = (mode) => {
    root.dataset.ghost = mode;
    ghost.select(mode);
    stage?.setGhost(mode);
    if (mode === "beside") stage?.view(views.dataset.value);
    update();
  };

  const setWho = (name) => {
    root.dataset.who = name;
    stage?.setWho(name);
    update();
  };

  const placeHint = () => {
    const [mistake] = data.mistakesAt(clock.frame);
    hint.hidden = !mistake;
    if (!mistake) return;
    const at = stage?.project(mistake.joints);
    const [width, height] = [screen.clientWidth, screen.clientHeight];
    hint.classList.toggle("fl-hint-loose", !at || width < 560); // no room for a leader: the style sheet puts it on top
    if (!at || width < 560) return;
    const left = root.dataset.ghost === "beside" || at[0] > width * 0.6;
    hint.classList.toggle("fl-hint-left", left);
    const x = Math.min(Math.max(left ? at[0] - LEADER - hint.offsetWidth : at[0] + LEADER, 8), width - hint.offsetWidth - 8);
    hint.style.setProperty("--lead", `${Math.max(left ? at[0] - x - hint.offsetWidth : x - at[0], 0) - 12}px`);
    hint.style.left = `${x}px`;
    hint.style.top = `${Math.min(Math.max(at[1] - hint.offsetHeight / 2, 8), height - hint.offsetHeight - 8)}px`;
  };

  let told = null;
  const update = () => {
    root.dataset.frame = clock.frame;
    const mistakes = data.mistakesAt(clock.frame);
    root.dataset.mistakes = mistakes.map((mistake) => mistake.name).join(" ");
    const uncorrected = mistakes.length > 0 && root.dataset.who === "better" && root.dataset.ghost !== "off" && !data.joint("better", clock.frame, 0).some(Number.isFinite);
    const telling = mistakes.map((mistake) => mistake.title + mistake.reason).join() + uncorrected; // the same one differs by repetition
    if (told !== telling) {
      told = telling;
      hint.replaceChildren(
        ...mistakes.map((mistake) => h("p", {}, h("b", {}, mistake.title), h("span", {}, mistake.reason))),
        ...(uncorrected ? [h("p", { class: "fl-quiet" }, "No correction is shown of this repetition.")] : []),
      );
    }
    stage?.show(clock.frame, new Set(mistakes.flatMap((mistake) => mistake.joints)));
    placeHint();
  };
  let pace = { at: 0, ms: 0 }; // running mean of the time between two drawn frames
  clock.on("frame", () => {
    update();
    if (!clock.playing) return;
    const now = performance.now();
    if (pace.at) pace.ms += 0.25 * (Math.min(now - pace.at, 400) - pace.ms);
    pace.at = now;
    if (pace.ms > SLOW * Math.max(1000 / (data.fps * clock.speed), 17)) stage?.economise(true);
  });
  clock.on("state", () => {
    root.dataset.playing = clock.playing;
    if (clock.playing) return;
    pace = { at: 0, ms: 0 };
    stage?.economise(false);
  });
  keyboard(keyRoot ?? root, data, clock, {
    g: () => ghost && setGhost({ overlay: "beside", beside: "off", off: "overlay" }[root.dataset.ghost]),
    f: fullScreen,
    ...Object.fromEntries(VIEW_NAMES.map(([name], i) => [String(i + 1), () => (views.select(name), stage?.view(name))])),
  });

  root.dataset.playing = "false";
  root.dataset.ghost = first ? "overlay" : "none";
  root.dataset.who = first?.name ?? "none";
  if (stage) {
    stage.onrender = () => {
      placeHint();
      root.dataset.ready = "true";
    };
    const size = new ResizeObserver(() => canvas.clientWidth && stage.resize(canvas.clientWidth, canvas.clientHeight));
    size.observe(canvas);
    const recolour = () => stage.recolour(colours(root), isDark(root));
    requestAnimationFrame(recolour); // once the element is in the document and its style is known
    onTheme(recolour);
  } else {
    root.dataset.ready = "no-webgl";
  }
  update();
  return Object.assign(root, { dispose: () => (clock.pause(), stage?.dispose()) });
}

