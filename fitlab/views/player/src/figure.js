import {
  BufferAttribute,
  BufferGeometry,
  Color,
  CylinderGeometry,
  DoubleSide,
  Group,
  LessEqualDepth,
  Mesh,
  MeshBasicMaterial,
  MeshLambertMaterial,
  SphereGeometry,
  Vector3,
} from "three";

// Radii in metres of an adult of 1.75 m; only looks, never measured.
const RADII = {
  pelvis: 0.07, spine: 0.06, thorax: 0.055, neck: 0.045, nose: 0.022, head: 0.04, head_top: 0.012,
  shoulder: 0.052, elbow: 0.038, wrist: 0.028, hand: 0.03, hip: 0.078, knee: 0.053, ankle: 0.036,
  heel: 0.03, big_toe: 0.024, toes: 0.024, foot: 0.03,
};
const ADULT_THIGH = 0.43;

// The torso as rings from the hips (0) to the shoulders (1): place along the spine, share of the
// way from hip width to shoulder width, width factor, depth in metres.
const RINGS = [
  [-0.17, 0, 0.3, 0.05], [-0.1, 0, 0.86, 0.095], [0.02, 0, 1.0, 0.115], [0.2, 0.1, 0.96, 0.108], [0.42, 0.3, 0.86, 0.1],
  [0.65, 0.65, 0.9, 0.114], [0.85, 0.9, 0.94, 0.112], [0.98, 1, 0.86, 0.085], [1.07, 1, 0.5, 0.06], [1.1, 1, 0.22, 0.04],
];
const SIDES = 20;
// Where ghost and user coincide the user is seen: the ghost is slimmer and its depth lies behind.
const BEHIND = { polygonOffset: true, polygonOffsetFactor: 2, polygonOffsetUnits: 8 };
const SLIM = 0.93;
const KEYS = ["left", "right", "middle", "mistake"];

const UP = new Vector3(0, 1, 0);
const [A, B, AXIS] = [new Vector3(), new Vector3(), new Vector3()];

const bare = (joint) => joint.replace(/^(left|right)_/, "");
const side = (joint) => /^(left|right)_/.exec(joint)?.[1] ?? "middle";

/** A person drawn as tapered limbs, a torso and a head; a ghost is translucent and casts no shadow. */
export class Figure {
  constructor(data, who, { ghost }) {
    this.data = data;
    this.who = who;
    this.group = new Group();
    this.ghost = ghost;
    this.materials = Object.fromEntries([...KEYS, "limb"].map((key) => [key, this.#material()]));
    this.materials.limb.vertexColors = true;
    this.scale = this.#bodyScale() * (ghost ? SLIM : 1);
    this.index = Object.fromEntries(data.joints.map((joint, k) => [joint, k]));
    this.spheres = data.joints.map((joint) => this.#ball(joint));
    this.limbs = data.bones.map(([parent, child]) => this.#limb(parent, child));
    this.torso = this.#hasTorso() ? this.#torsoMesh() : null;
    this.head = "head_top" in this.index || "head" in this.index ? this.#add(new SphereGeometry(1, 20, 14), "middle") : null;
    this.marked = new Set();
    // What lies inside the torso or the head is drawn only where that is missing.
    const parts = (...names) => names.map((name) => this.spheres[this.index[name]]).filter(Boolean);
    const trunk = this.limbs.filter(({ userData }) => /^(spine|thorax|left_hip|right_hip)$/.test(data.joints[userData.child]));
    this.inner = [...parts("pelvis", "spine", "thorax"), ...trunk];
    this.skull = parts("head", "head_top");
  }

  #material() {
    const ghost = { transparent: true, opacity: 0.42, depthFunc: LessEqualDepth, ...BEHIND };
    return new MeshLambertMaterial(this.ghost ? ghost : {});
  }

  /** A mesh; a ghost first writes only depth, so that its own parts do not shine through each other. */
  #add(geometry, key) {
    const mesh = new Mesh(geometry, this.materials[key]);
    mesh.castShadow = !this.ghost;
    mesh.userData.key = key;
    if (this.ghost) {
      mesh.renderOrder = 2;
      const depth = new Mesh(geometry, new MeshBasicMaterial({ colorWrite: false, transparent: true, side: DoubleSide, ...BEHIND }));
      depth.renderOrder = 1;
      mesh.add(depth);
    }
    mesh.frustumCulled = false;
    this.group.add(mesh);
    return mesh;
  }

  #radius(joint) {
    return (RADII[bare(joint)] ?? 0.022) * this.scale;
  }

  #ball(joint) {
    return this.#add(new SphereGeometry(this.#radius(joint), 14, 9), side(joint));
  }

  #limb(parent, child) {
    const [from, to] = [this.data.joints[parent], this.data.joints[child]];
    const geometry = new CylinderGeometry(this.#radius(to), Math.min(this.#radius(from), 2 * this.#radius(to)), 1, 14, 4, true);
    geometry.setAttribute("color", new BufferAttribute(new Float32Array(3 * geometry.attributes.position.count), 3));
    const mesh = this.#add(geometry, "limb");
    Object.assign(mesh.userData, { parent, child, side: side(to) });
    return mesh;
  }

  #hasTorso() {
    return ["pelvis", "thorax", "left_hip", "right_hip", "left_shoulder", "right_shoulder"].every((j) => j in this.index);
  }

  #torsoMesh() {
    const geometry = new BufferGeometry();
    geometry.setAttribute("position", new BufferAttribute(new Float32Array(3 * RINGS.length * SIDES), 3));
    const faces = [];
    for (let ring = 0; ring + 1 < RINGS.length; ring++) {
      for (let i = 0; i < SIDES; i++) {
        const [a, b] = [ring * SIDES + i, ring * SIDES + ((i + 1) % SIDES)];
        faces.push(a, b, a + SIDES, b, b + SIDES, a + SIDES);
      }
    }
    geometry.setIndex(faces);
    const mesh = this.#add(geometry, "middle");
    return mesh;
  }

  #bodyScale() {
    const lengths = [];
    const [hip, knee] = ["left_hip", "left_knee"].map((joint) => this.data.joints.indexOf(joint));
    if (hip < 0 || knee < 0) return 1;
    for (let frame = 0; frame < this.data.frames; frame += 1 + Math.floor(this.data.frames / 50)) {
      const [a, b] = [hip, knee].map((joint) => this.data.joint(this.who, frame, joint));
      const length = Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
      if (length > 0) lengths.push(length);
    }
    lengths.sort((a, b) => a - b);
    return lengths.length ? lengths[lengths.length >> 1] / ADULT_THIGH : 1;
  }

  at(frame, joint, target) {
    return target.fromArray(this.data.joint(this.who, frame, joint));
  }

  /** Pose the figure as in `frame`, with the joints of the set `marked` in the colour of a mistake. */
  update(frame, marked = this.marked) {
    this.marked = marked;
    for (const [joint, mesh] of this.spheres.entries()) {
      this.at(frame, joint, mesh.position);
      mesh.visible = !Number.isNaN(mesh.position.x);
      this.#paint(mesh, marked.has(joint));
      mesh.scale.setScalar(marked.has(joint) ? 1.2 : 1);
    }
    for (const mesh of this.limbs) this.#placeLimb(mesh, frame, marked);
    if (this.torso) this.#placeTorso(frame, marked);
    if (this.head) this.#placeHead(frame, marked);
    for (const mesh of this.inner) mesh.visible &&= !this.torso?.visible;
    for (const mesh of this.skull) mesh.visible &&= !this.head?.visible;
  }

  #paint(mesh, isMarked) {
    mesh.material = this.materials[isMarked ? "mistake" : mesh.userData.key];
  }

  #placeLimb(mesh, frame, marked) {
    const { parent, child } = mesh.userData;
    this.at(frame, parent, A);
    this.at(frame, child, B);
    AXIS.subVectors(B, A);
    const length = AXIS.length();
    mesh.visible = length > 0; // false for NaN too
    if (!mesh.visible) return;
    mesh.position.addVectors(A, B).multiplyScalar(0.5);
    mesh.quaternion.setFromUnitVectors(UP, AXIS.divideScalar(length));
    mesh.scale.set(1, length, 1);
    this.#shadeLimb(mesh, marked.has(parent), marked.has(child));
  }

  /** A limb takes the colour of a mistake towards the joint that is marked. */
  #shadeLimb(mesh, parentMarked, childMarked) {
    const state = `${parentMarked} ${childMarked} ${this.colours?.version}`;
    if (mesh.userData.state === state || !this.colours) return;
    mesh.userData.state = state;
    const { position, color } = mesh.geometry.attributes;
    const own = this.colours[mesh.userData.side];
    const mixed = new Color();
    for (let i = 0; i < position.count; i++) {
      const towards = position.getY(i) + 0.5; // 0 at the parent, 1 at the child
      const share = Math.max(parentMarked ? 1.9 - 3 * towards : 0, childMarked ? 3 * towards - 1.1 : 0, 0);
      mixed.copy(own).lerp(this.colours.mistake, Math.min(share, 1));
      color.setXYZ(i, mixed.r, mixed.g, mixed.b);
    }
    color.needsUpdate = true;
  }

  #placeTorso(frame, marked) {
    const at = (joint) => this.at(frame, this.index[joint], new Vector3());
    const [hips, neck] = [at("pelvis"), at("thorax")];
    const across = { low: at("left_hip").sub(at("right_hip")), high: at("left_shoulder").sub(at("right_shoulder")) };
    const spine = "spine" in this.index ? at("spine") : new Vector3(NaN);
    if (Number.isNaN(spine.x)) spine.addVectors(hips, neck).multiplyScalar(0.5);
    this.torso.visible = !Number.isNaN(hips.x + neck.x + across.low.x + across.high.x);
    if (!this.torso.visible) return;

    const up = new Vector3().subVectors(neck, hips).normalize();
    const control = spine.multiplyScalar(2).addScaledVector(hips, -0.5).addScaledVector(neck, -0.5); // curve passes the spine joint
    const widths = { low: across.low.length() / 2 + 0.075 * this.scale, high: across.high.length() / 2 + 0.01 * this.scale };
    const vertices = this.torso.geometry.attributes.position;
    const [centre, lateral, forward] = [new Vector3(), new Vector3(), new Vector3()];
    for (const [ring, [t, blend, width, depth]] of RINGS.entries()) {
      centre.copy(hips).multiplyScalar((1 - t) ** 2).addScaledVector(control, 2 * t * (1 - t)).addScaledVector(neck, t * t);
      lateral.copy(across.low).lerp(across.high, Math.min(Math.max(t, 0), 1));
      lateral.addScaledVector(up, -lateral.dot(up)).normalize();
      forward.crossVectors(up, lateral);
      const half = width * (widths.low + (widths.high - widths.low) * blend);
      for (let i = 0; i < SIDES; i++) {
        const angle = (2 * Math.PI * i) / SIDES;
        const [u, v] = [half * Math.cos(angle), depth * this.scale * Math.sin(angle)];
        vertices.setXYZ(
          ring * SIDES + i,
          centre.x + lateral.x * u + forward.x * v,
          centre.y + lateral.y * u + forward.y * v,
          centre.z + lateral.z * u + forward.z * v,
        );
      }
    }
    vertices.needsUpdate = true;
    this.torso.geometry.computeVertexNormals();
    this.#paint(this.torso, marked.has(this.index.thorax) && marked.has(this.index.pelvis));
  }

  #placeHead(frame, marked) {
    const { index, scale } = this;
    const top = index.head_top ?? index.head;
    const face = index.nose ?? index.head ?? index.neck;
    this.at(frame, top, A);
    this.at(frame, index.thorax ?? face, B);
    this.head.visible = !Number.isNaN(A.x + B.x);
    if (!this.head.visible) return;
    AXIS.subVectors(A, B).normalize();
    this.head.quaternion.setFromUnitVectors(UP, AXIS);
    this.head.scale.set(0.082 * scale, 0.115 * scale, 0.094 * scale);
    this.head.position.copy(A).addScaledVector(AXIS, (top === index.head_top ? -0.1 : 0.02) * scale);
    if (!("nose" in index)) return;
    // The joint called nose lies before the face in some layouts: draw it on the head, towards the joint.
    const nose = this.spheres[index.nose].position;
    if (!Number.isNaN(nose.x)) nose.sub(this.head.position).setLength(0.096 * scale).add(this.head.position);
    this.#paint(this.head, marked.has(top) || marked.has(face));
  }

  /** Colours by CSS text: {left, right, middle, mistake}. */
  recolour(colours) {
    const version = (this.colours?.version ?? 0) + 1;
    this.colours = { version, ...Object.fromEntries(KEYS.map((key) => [key, new Color(colours[key])])) };
    for (const key of KEYS) this.materials[key].color.copy(this.colours[key]);
    for (const mesh of this.limbs) this.#shadeLimb(mesh, this.marked.has(mesh.userData.parent), this.marked.has(mesh.userData.child));
  }
}
