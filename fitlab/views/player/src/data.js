// What Python sent: a JSON payload and one binary block (see fitlab/views/payload.py).

/** int16 block -> Float32Array; the most negative value stands for a missing number. */
function decoded({ offset, shape, scale }, block) {
  const count = shape.reduce((product, size) => product * size, 1);
  const stored = new DataView(block.buffer, block.byteOffset + offset, 2 * count);
  const values = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    const value = stored.getInt16(2 * i, true);
    values[i] = value === -32768 ? NaN : value * scale;
  }
  return values;
}

const inside = (frame, span) => frame >= span.start && frame < span.stop;

/** The payload with its arrays decoded and questions about a frame answered. */
export class Data {
  constructor(payload, block) {
    Object.assign(this, payload);
    this.block = Object.fromEntries(Object.entries(payload.arrays).map(([name, spec]) => [name, decoded(spec, block)]));
  }

  /** Index of the repetition at `frame`, or -1. */
  repetitionAt(frame) {
    return this.repetitions.findIndex((repetition) => inside(frame, repetition));
  }

  phaseAt(frame) {
    return this.repetitions[this.repetitionAt(frame)]?.phases.find((phase) => inside(frame, phase));
  }

  mistakesAt(frame) {
    return this.mistakes.filter((mistake) => inside(frame, mistake));
  }

  /** Position of one joint as [x, y, z]; NaN where missing. */
  joint(who, frame, joint) {
    const at = 3 * (frame * this.joints.length + joint);
    return this.block[who].subarray(at, at + 3);
  }
}
