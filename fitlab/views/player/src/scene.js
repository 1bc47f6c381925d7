import {
  AmbientLight,
  BufferAttribute,
  BufferGeometry,
  Color,
  DirectionalLight,
  HemisphereLight,
  LineBasicMaterial,
  LineSegments,
  Mesh,
  PCFShadowMap,
  PerspectiveCamera,
  PlaneGeometry,
  Scene,
  ShadowMaterial,
  Vector3,
  WebGLRenderer,
} from "three";
import { OrbitControls } from "three/addons/controls/OrbitControls.js";

import { Figure } from "./figure.js";

const REACH = 6; // metres from the middle of the floor to where its grid has faded
const CELL = 0.5; // metres between its lines
const SHADE = 3.4; // metres across which shadows are drawn: a software renderer pays for every pixel

// Directions from the person to the camera: [degrees from the person's front to their left, degrees up].
export const VIEWS = { free: [35, 12], front: [0, 6], side: [90, 6], back: [180, 6], top: [0, 89] };

/** The 3D stage: floor, light, camera, the user and the ghosts: the athlete, the user without the mistakes. */
export class Stage {
  constructor(canvas, data) {
    this.data = data;
    this.renderer = new WebGLRenderer({ canvas, antialias: true, alpha: true });
    this.renderer.shadowMap.enabled = true;
    this.renderer.shadowMap.type = PCFShadowMap;
    this.scene = new Scene();
    this.user = new Figure(data, "user", { ghost: false });
    this.ghosts = Object.fromEntries(data.ghosts.map(({ name }) => [name, new Figure(data, name, { ghost: true })]));
    this.ghost = this.ghosts[data.ghosts[0]?.name] ?? null; // the one that is shown
    this.scene.add(this.user.group, ...Object.values(this.ghosts).map((figure) => figure.group));
    for (const figure of Object.values(this.ghosts)) figure.group.visible = figure === this.ghost;
    this.#addLights();
    this.#addFloor();
    this.#fit();
    this.camera = new PerspectiveCamera(30, 1, 0.05, 100);
    this.camera.up.set(0, 0, 1);
    this.controls = new OrbitControls(this.camera, canvas);
    Object.assign(this.controls, { enableDamping: true, dampingFactor: 0.12, minDistance: 0.6, maxDistance: 25, maxPolarAngle: 1.62 });
    this.controls.addEventListener("change", () => this.invalidate());
    // The wheel scrolls the page until the reader has taken hold of the stage.
    this.controls.enableZoom = false;
    canvas.addEventListener("pointerdown", () => (this.controls.enableZoom = true), { capture: true });
    canvas.addEventListener("pointerleave", ({ pointerType }) => pointerType === "mouse" && (this.controls.enableZoom = false));
    this.thrifty = false;
    this.ghostMode = this.ghost ? "overlay" : "off";
    this.frame = 0;
    this.marked = new Set();
    this.onrender = () => {};
    this.view("free", false);
  }

  #addLights() {
    this.lights = { sky: new HemisphereLight(0xffffff, 0x8899aa, 1.6), fill: new AmbientLight(0xffffff, 0.6) };
    this.lights.sky.position.set(0, 0, 1); // z is up
    this.sun = new DirectionalLight(0xffffff, 2.4);
    this.sun.castShadow = true;
    this.sun.shadow.mapSize.set(768, 768);
    this.sun.shadow.radius = 3;
    this.sun.shadow.bias = -0.0008;
    this.sun.shadow.normalBias = 0.02;
    Object.assign(this.sun.shadow.camera, { left: -1.7, right: 1.7, top: 1.7, bottom: -1.7, near: 0.5, far: 12 });
    this.scene.add(this.lights.sky, this.lights.fill, this.sun, this.sun.target);
  }

  /** A grid that fades towards the horizon, and the plane that shadows fall on. */
  #addFloor() {
    const ends = [];
    for (let across = -REACH; across <= REACH; across += CELL) {
      for (let along = -REACH; along < REACH; along += CELL) {
        ends.push([across, along], [across, along + CELL], [along, across], [along + CELL, across]);
      }
    }
    const geometry = new BufferGeometry();
    geometry.setAttribute("position", new BufferAttribute(new Float32Array(ends.flatMap(([x, y]) => [x, y, 0])), 3));
    const fade = ([x, y]) => Math.max(1 - Math.hypot(x, y) / REACH, 0) ** 1.5;
    geometry.setAttribute("color", new BufferAttribute(new Float32Array(ends.flatMap((end) => [1, 1, 1, fade(end)])), 4));
    const look = { vertexColors: true, transparent: true, depthWrite: false };
    this.floor = new LineSegments(geometry, new LineBasicMaterial(look));
    this.shadow = new Mesh(new PlaneGeometry(SHADE, SHADE), new ShadowMaterial({ opacity: 0.22 }));
    this.floor.renderOrder = -2;
    this.shadow.renderOrder = -1;
    this.shadow.receiveShadow = true;
    this.shadow.position.z = 0.001;
    this.scene.add(this.floor, this.shadow);
  }

  /** Size of the stage from where the user goes; people who travel are followed by the camera. */
  #fit() {
    const { data } = this;
    const low = [Infinity, Infinity, Infinity];
    const high = [-Infinity, -Infinity, -Infinity];
    const values = data.block.user;
    for (let i = 0; i < values.length; i++) {
      if (values[i] < low[i % 3]) low[i % 3] = values[i];
      if (values[i] > high[i % 3]) high[i % 3] = values[i];
    }
    this.height = Math.max(high[2] - Math.min(low[2], 0), 0.5);
    this.width = Math.max(high[0] - low[0], high[1] - low[1]);
    this.follows = this.width > 3.2;
    this.centre = new Vector3((low[0] + high[0]) / 2, (low[1] + high[1]) / 2, this.height * 0.5);
    if (this.follows) this.#place(0, this.centre);
    this.floor.position.set(this.centre.x, this.centre.y, 0);
    this.shadow.position.set(this.centre.x, this.centre.y, 0.001);
  }

  /** Middle of the joints seen in `frame`, on the floor plane; `target` keeps its height. */
  #place(frame, target) {
    let [x, y, count] = [0, 0, 0];
    for (let joint = 0; joint < this.data.joints.length; joint++) {
      const at = this.data.joint("user", frame, joint);
      if (Number.isNaN(at[0])) continue;
      x += at[0];
      y += at[1];
      count += 1;
    }
    if (count) target.set(x / count, y / count, target.z);
    return target;
  }

  /** Colours: {left, right, middle, mistake, reference, better, grid} as CSS text, and whether the page is dark. */
  recolour(colours, dark) {
    this.user.recolour(colours);
    for (const [name, figure] of Object.entries(this.ghosts)) {
      figure.recolour({ left: colours[name], right: colours[name], middle: colours[name], mistake: colours[name] });
    }
    this.lights.sky.intensity = dark ? 1.2 : 1.7;
    this.sun.intensity = dark ? 2.0 : 2.2;
    this.shadow.material.opacity = dark ? 0.45 : 0.2;
    this.floor.material.color = new Color(colours.grid);
    this.invalidate();
  }

  /** Coarser pixels and no shadows: what a machine without a graphics card needs to keep up while playing. */
  economise(thrifty) {
    if (this.thrifty === thrifty) return;
    this.thrifty = thrifty;
    this.shadow.visible = !thrifty;
    this.renderer.shadowMap.autoUpdate = !thrifty;
    this.renderer.setPixelRatio(this.#pixelRatio());
    this.invalidate();
  }

  #pixelRatio() {
    return this.thrifty ? 0.6 : Math.min(window.devicePixelRatio || 1, 2);
  }

  resize(width, height) {
    this.renderer.setPixelRatio(this.#pixelRatio());
    this.renderer.setSize(width, height, false);
    const before = this.#distance();
    this.camera.aspect = width / height;
    this.camera.updateProjectionMatrix();
    const ratio = this.#distance() / before; // keep the zoom that the reader chose
    if (Number.isFinite(ratio)) this.camera.position.sub(this.controls.target).multiplyScalar(ratio).add(this.controls.target);
    this.invalidate();
  }

  /** Metres from the camera at which the person fills the stage. */
  #distance() {
    const half = Math.tan((this.camera.fov * Math.PI) / 360);
    const width = (this.follows ? 1.4 : this.width + 0.3) + (this.ghostMode === "beside" ? 1.3 : 0);
    const nearer = this.follows ? 0.4 : this.width / 2; // a step towards the camera must not leave the picture
    return Math.max((this.height * 0.56) / half, (width * 0.5) / (half * this.camera.aspect)) + nearer;
  }

  /** Turn to one of VIEWS, seen from the person's own front. */
  view(name, glide = true) {
    this.viewName = name;
    if (this.ghostMode === "beside") this.ghost.group.position.copy(this.#beside());
    const target = this.centre.clone();
    if (this.ghostMode === "beside") target.addScaledVector(this.#beside(), 0.5);
    const goal = this.#towards(...VIEWS[name], this.#distance()).add(target);
    const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.glide = { start: performance.now(), ms: glide && !calm ? 420 : 0, from: this.camera.position.clone(), goal, aim: this.controls.target.clone(), target };
    this.invalidate();
  }

  #glideOn() {
    const { start, ms, from, goal, aim, target } = this.glide;
    const share = ms ? Math.min((performance.now() - start) / ms, 1) : 1;
    const eased = 1 - (1 - share) ** 3;
    const distance = from.distanceTo(aim) * (1 - eased) + goal.distanceTo(target) * eased;
    this.controls.target.lerpVectors(aim, target, eased);
    this.camera.position.lerpVectors(from, goal, eased).sub(this.controls.target).setLength(distance || 1).add(this.controls.target);
    if (share === 1) this.glide = null;
  }

  /** `metres` in a direction given in degrees from the person's front to their left, and up. */
  #towards(turn, lift, metres = 1) {
    const heading = ((this.data.facing_deg + turn) * Math.PI) / 180;
    const up = (lift * Math.PI) / 180;
    return new Vector3(Math.cos(heading) * Math.cos(up), Math.sin(heading) * Math.cos(up), Math.sin(up)).multiplyScalar(metres);
  }

  /** Where the ghost stands beside the user: on the right as seen in the chosen view. */
  #beside() {
    return this.#towards(VIEWS[this.viewName][0] + 90, 0, 1.25);
  }

  /** "overlay", "beside" or "off". */
  setGhost(mode) {
    this.ghostMode = mode;
    this.ghost.group.visible = mode !== "off";
    this.ghost.group.position.copy(mode === "beside" ? this.#beside() : new Vector3());
    this.show(this.frame, this.marked);
  }

  /** Show the ghost of this name instead of the other. */
  setWho(name) {
    this.ghost.group.visible = false;
    this.ghost = this.ghosts[name];
    this.setGhost(this.ghostMode);
  }

  /** Show `frame` with the joints in `marked` (a Set of indices) as mistaken. */
  show(frame, marked) {
    if (this.follows) {
      const before = this.centre.clone();
      const moved = this.#place(frame, this.centre).clone().sub(before);
      for (const point of [this.camera.position, this.controls.target]) point.add(moved);
      this.glide?.goal.add(moved);
      this.glide?.target.add(moved);
      const snapped = [this.centre.x, this.centre.y].map((at) => Math.round(at / CELL) * CELL);
      this.floor.position.set(...snapped, 0); // by whole cells, so that the grid seems to stand still
      this.shadow.position.set(this.centre.x, this.centre.y, 0.001);
    }
    this.frame = frame;
    this.marked = marked;
    this.user.update(frame, marked);
    if (this.ghost?.group.visible) this.ghost.update(frame);
    this.invalidate();
  }

  /** Pixel position on the stage of the middle of `joints`, or null where none is seen. */
  project(joints) {
    const sum = new Vector3();
    let count = 0;
    for (const joint of joints) {
      const at = this.user.at(this.frame, joint, new Vector3());
      if (Number.isNaN(at.x)) continue;
      sum.add(at);
      count += 1;
    }
    if (!count) return null;
    sum.divideScalar(count).project(this.camera);
    const { clientWidth, clientHeight } = this.renderer.domElement;
    return [((sum.x + 1) / 2) * clientWidth, ((1 - sum.y) / 2) * clientHeight];
  }

  /** Draw once with the next animation frame. */
  invalidate() {
    this.request ??= requestAnimationFrame(() => {
      this.request = null;
      if (this.glide) this.#glideOn();
      this.controls.update(); // fires "change" while the camera still glides
      this.sun.target.position.copy(this.centre);
      this.sun.position.copy(this.centre).add(this.#towards(50, 62, 5));
      this.renderer.render(this.scene, this.camera);
      this.onrender();
      if (this.glide) this.invalidate();
    });
  }

  dispose() {
    this.controls.dispose();
    this.renderer.dispose();
  }
}
