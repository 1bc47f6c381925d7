// The front end of fitlab/views/labeller.py: it draws `view` and tells Python what the hand did; Python saves and answers.

const SVG = "http://www.w3.org/2000/svg";
const STATES = ["absent", "hidden", "seen"];
const GRAB = 12; // screen pixels around a joint that take hold of it

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== false && value !== undefined) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}
const h = (tag, attributes = {}, ...children) => fill(document.createElement(tag), attributes, children);
const s = (tag, attributes = {}, ...children) => fill(document.createElementNS(SVG, tag), attributes, children);

const words = (name) => name.replaceAll("_", " ");
const side = (name) => (name.startsWith("left") ? "left" : name.startsWith("right") ? "right" : "middle");
const boneSide = (a, b) => (side(a) === side(b) || side(a) === "middle" ? side(b) : side(b) === "middle" ? side(a) : "middle");

function render({ model, el }) {
  let view = model.get("view");
  let points = [];
  let selected = -1;
  let drag = null; // {joint} or {from, box}
  let box = null; // what of the picture is shown: [left, top, width, height]
  let address = "";
  const send = (told) => model.send(told);

  // ---------------------------------------------------------------- elements

  const image = s("image", { x: 0, y: 0, preserveAspectRatio: "none" });
  const bones = s("g", { class: "fl-bones" });
  const joints = s("g", { class: "fl-joints" });
  const label = s("text", { class: "fl-label" });
  const stage = s("svg", { class: "fl-stage", "aria-label": "Picture with joints" }, image, bones, joints, label);
  const title = h("strong");
  const where = h("span", { class: "fl-quiet" });
  const state = h("span", { class: "fl-state" });
  const tally = h("span", { class: "fl-quiet fl-tally" });
  const problem = h("p", { class: "fl-problem", role: "alert" });
  const reasons = h("ul", { class: "fl-reasons" });
  const list = h("ol", { class: "fl-list" });
  const saved = h("p", { class: "fl-quiet fl-saved" });

  const button = (text, key, action, name) =>
    h("button", { type: "button", "data-action": name, title: `${text} (${key})`, onclick: (event) => pressed(event, action) }, text, h("kbd", {}, key));
  const pressed = (event, action) => {
    action();
    if (event.detail) root.focus({ preventScroll: true }); // a button that is disabled next would take the keys with it
  };
  const decide = (value) => send({ do: "decide", state: value });
  const zoomBy = (factor, at) => zoom(factor, at ?? [box[0] + box[2] / 2, box[1] + box[3] / 2]);
  const buttons = {
    previous: button("Previous", "←", () => send({ do: "go", by: -1 }), "previous"),
    next: button("Next", "→", () => send({ do: "go", by: 1 }), "next"),
    undo: button("Undo", "z", () => send({ do: "undo" }), "undo"),
    redo: button("Redo", "y", () => send({ do: "redo" }), "redo"),
    out: button("Out", "-", () => zoomBy(1 / 1.5), "zoom-out"),
    fit: button("Whole", "0", () => fit(), "fit"),
    into: button("In", "+", () => zoomBy(1.5), "zoom-in"),
    reject: button("Reject", "r", () => decide("rejected"), "reject"),
    accept: button("Accept", "a", () => decide("accepted"), "accept"),
  };
  const group = (...names) => h("div", { class: "fl-group" }, names.map((name) => buttons[name]));
  const root = h(
    "div",
    { class: "fl-labeller", tabindex: 0, "data-lm-suppress-shortcuts": "true" }, // JupyterLab's own keys rest inside
    h("header", {}, title, where, state, tally),
    h("div", { class: "fl-body" }, stage, h("aside", {}, h("h3", {}, "Why this frame"), reasons, h("h3", {}, "Joints", h("span", {}, "h hidden, x absent")), list)),
    problem,
    h("footer", {}, group("previous", "next"), group("undo", "redo"), group("out", "fit", "into"), group("reject", "accept")),
    saved,
  );
  el.append(root);

  // ---------------------------------------------------------------- drawing

  const scale = () => stage.getScreenCTM()?.a || 1; // screen pixels per pixel of the picture
  const place = (event) => {
    const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(stage.getScreenCTM().inverse());
    return [at.x, at.y];
  };

  function draw() {
    stage.setAttribute("viewBox", box.join(" "));
    const unit = 1 / scale();
    bones.replaceChildren(
      ...view.bones
        .filter(([a, b]) => points[a][2] > 0 && points[b][2] > 0)
        .map(([a, b]) =>
          s("line", {
            ...{ x1: points[a][0], y1: points[a][1], x2: points[b][0], y2: points[b][1] },
            "data-side": boneSide(view.joints[a], view.joints[b]),
            "data-hidden": points[a][2] === 1 || points[b][2] === 1,
          }),
        ),
    );
    joints.replaceChildren(
      ...points.flatMap(([x, y, visibility], joint) =>
        visibility === 0
          ? []
          : [
              s("circle", {
                ...{ cx: x, cy: y, r: (joint === selected ? 7 : 5) * unit },
                "data-joint": joint,
                "data-side": side(view.joints[joint]),
                "data-hidden": visibility === 1,
                "data-selected": joint === selected,
              }),
            ],
      ),
    );
    const chosen = points[selected];
    const flip = chosen && chosen[0] > box[0] + 0.75 * box[2];
    label.textContent = chosen?.[2] > 0 ? words(view.joints[selected]) : "";
    if (label.textContent) {
      label.setAttribute("x", chosen[0] + (flip ? -12 : 12) * unit);
      label.setAttribute("y", chosen[1] - 10 * unit);
      label.setAttribute("text-anchor", flip ? "end" : "start");
      label.setAttribute("font-size", 13 * unit);
      label.setAttribute("stroke-width", 3 * unit);
    }
    for (const row of list.children) {
      const joint = Number(row.dataset.joint);
      row.toggleAttribute("data-selected", joint === selected);
      row.querySelectorAll("button").forEach((one) => one.setAttribute("aria-pressed", Number(one.dataset.value) === points[joint][2]));
    }
  }

  function update() {
    const other = view.number !== model.get("view").number || !list.children.length;
    view = model.get("view");
    points = view.keypoints.map((triple) => [...triple]);
    if (other) {
      selected = -1;
      drag = null;
      fit(false);
      list.replaceChildren(...view.joints.map(row));
    }
    title.textContent = `Frame ${view.number + 1} of ${view.count}`;
    where.textContent = view.where;
    state.textContent = view.state;
    state.dataset.state = view.state;
    root.dataset.state = view.state;
    root.dataset.number = view.number;
    tally.textContent = `${view.tally.accepted} accepted · ${view.tally.rejected} rejected · ${view.tally.waiting} waiting`;
    reasons.replaceChildren(...view.reasons.map((reason) => h("li", {}, reason)));
    problem.textContent = view.problem;
    saved.textContent = view.problem ? "" : `Saved in ${view.file}`;
    buttons.undo.disabled = !view.undo;
    buttons.redo.disabled = !view.redo;
    buttons.previous.disabled = view.number === 0;
    buttons.next.disabled = view.number === view.count - 1;
    draw();
  }

  function row(name, joint) {
    const sure = view.confidence[joint];
    const choice = STATES.map((text, value) =>
      h("button", { type: "button", "data-value": value, "aria-label": `${words(name)} is ${text}`, onclick: () => mark(joint, value) }, text),
    ).reverse();
    return h(
      "li",
      { "data-joint": joint, "data-side": side(name), onclick: () => select(joint) },
      h("span", { class: "fl-name" }, words(name)),
      sure === undefined ? null : h("span", { class: "fl-quiet", title: "confidence of the prediction" }, sure.toFixed(2)),
      h("span", { class: "fl-choice" }, choice),
    );
  }

  function showPicture() {
    URL.revokeObjectURL(address);
    address = URL.createObjectURL(new Blob([model.get("picture")], { type: model.get("view").type }));
    image.setAttribute("href", address);
    image.setAttribute("width", model.get("view").size[0]);
    image.setAttribute("height", model.get("view").size[1]);
  }

  // ---------------------------------------------------------------- what the hand does

  function select(joint) {
    selected = joint;
    draw();
  }

  function mark(joint, value) {
    select(joint);
    if (value > 0 && points[joint][2] === 0) {
      problem.textContent = `Click where the ${words(view.joints[joint])} is.`; // its place is not known
      return;
    }
    send({ do: "mark", joint, visibility: value });
  }

  function move(joint, [x, y]) {
    points[joint] = [Math.min(Math.max(x, 0), view.size[0]), Math.min(Math.max(y, 0), view.size[1]), points[joint][2] || 2];
  }

  const nearest = (at) => {
    const away = points.map(([x, y, v]) => (v ? Math.hypot(x - at[0], y - at[1]) * scale() : Infinity));
    const joint = away.indexOf(Math.min(...away));
    return away[joint] <= GRAB ? joint : -1;
  };

  stage.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    event.preventDefault();
    root.focus({ preventScroll: true });
    const at = place(event);
    const joint = nearest(at);
    stage.setPointerCapture(event.pointerId);
    if (joint >= 0) {
      drag = { joint, offset: [points[joint][0] - at[0], points[joint][1] - at[1]], moved: false };
      select(joint);
    } else if (selected >= 0 && points[selected][2] === 0) {
      move(selected, at); // an absent joint comes back where it is clicked
      drag = { joint: selected, offset: [0, 0], moved: true };
      draw();
    } else drag = { from: [event.clientX, event.clientY], box: [...box] };
  });
  stage.addEventListener("pointermove", (event) => {
    if (!drag) return;
    if (drag.from) {
      const unit = 1 / scale();
      look([drag.box[0] - (event.clientX - drag.from[0]) * unit, drag.box[1] - (event.clientY - drag.from[1]) * unit, drag.box[2], drag.box[3]]);
      return;
    }
    const at = place(event);
    move(drag.joint, [at[0] + drag.offset[0], at[1] + drag.offset[1]]);
    drag.moved = true;
    draw();
  });
  stage.addEventListener("pointerup", () => {
    const done = drag;
    drag = null;
    if (done?.moved) send({ do: "move", joint: done.joint, x: points[done.joint][0], y: points[done.joint][1] });
  });
  stage.addEventListener("pointercancel", () => {
    drag = null;
    update();
  });

  // ---------------------------------------------------------------- zoom

  function look([left, top, width, height]) {
    const [w, t] = view.size;
    const inside = (start, extent, whole) => (extent >= whole ? (whole - extent) / 2 : Math.min(Math.max(start, 0), whole - extent));
    box = [inside(left, width, w), inside(top, height, t), width, height];
    draw();
  }
  function fit(drawn = true) {
    box = [0, 0, ...view.size];
    if (drawn) draw();
  }
  function zoom(factor, [x, y]) {
    const width = Math.min(Math.max(box[2] / factor, view.size[0] / 20), view.size[0]);
    const shrink = width / box[2];
    look([x - (x - box[0]) * shrink, y - (y - box[1]) * shrink, width, box[3] * shrink]);
  }
  stage.addEventListener(
    "wheel",
    (event) => {
      if (!root.contains(document.activeElement)) return; // the notebook scrolls until the panel was clicked
      event.preventDefault();
      zoom(Math.exp(-event.deltaY / 400), place(event));
    },
    { passive: false },
  );

  // ---------------------------------------------------------------- keys

  const toggle = (value, otherwise) => {
    if (selected >= 0) mark(selected, points[selected][2] === value ? otherwise : value);
  };
  const keys = {
    ArrowLeft: () => send({ do: "go", by: -1 }),
    ArrowRight: () => send({ do: "go", by: 1 }),
    z: () => send({ do: "undo" }),
    y: () => send({ do: "redo" }),
    h: () => toggle(1, 2),
    x: () => selected >= 0 && mark(selected, 0),
    a: () => decide("accepted"),
    r: () => decide("rejected"),
    "+": () => zoomBy(1.5),
    "-": () => zoomBy(1 / 1.5),
    0: () => fit(),
  };
  root.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const action = keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!action || (event.repeat && "ar".includes(event.key))) return; // a key held down accepts one frame
    event.preventDefault();
    event.stopPropagation();
    if (!drag) action();
  });

  const resized = new ResizeObserver(() => box && draw());
  resized.observe(stage);
  model.on("change:picture", showPicture);
  model.on("change:view", () => (drag?.joint === undefined ? update() : null));
  showPicture();
  update();
  return () => {
    resized.disconnect();
    URL.revokeObjectURL(address);
  };
}

export default { render };
