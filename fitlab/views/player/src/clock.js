/**
 * The playhead: one frame number that the scene, the timeline, the curves and the video follow.
 *
 * Listeners hear "frame" when the frame changes, "state" when play, speed or loop changes, and
 * "settled" when the playhead rests (pause or seek): only then a notebook kernel is told.
 */
export class Clock {
  #listeners = { frame: [], state: [], settled: [] };
  #position = 0; // frames, with the fraction that has passed
  #last = 0; // time stamp of the animation frame before, in ms
  #request = 0;

  constructor(frames, fps) {
    Object.assign(this, { frames, fps, frame: 0, playing: false, speed: 1, loop: null, driver: null });
  }

  on(event, listener) {
    this.#listeners[event].push(listener);
  }

  #tell(event) {
    for (const listener of this.#listeners[event]) listener(this);
  }

  /** First frame of the range being played and the frame after its last. */
  get range() {
    return this.loop ?? [0, this.frames];
  }

  #move(position) {
    this.#position = Math.min(Math.max(position, 0), this.frames - 1e-6);
    const frame = Math.floor(this.#position);
    if (frame === this.frame) return;
    this.frame = frame;
    this.#tell("frame");
  }

  /** Go to a frame exactly. */
  seek(frame) {
    if (this.loop && (frame < this.loop[0] || frame >= this.loop[1])) this.setLoop(null);
    this.#move(Math.round(frame));
    this.#tell("settled");
  }

  step(count) {
    this.pause();
    this.seek(Math.min(Math.max(this.frame + count, 0), this.frames - 1));
  }

  play() {
    if (this.playing) return;
    const [start, stop] = this.range;
    if (this.frame >= stop - 1) this.#move(start);
    this.playing = true;
    this.#last = performance.now();
    this.#request = requestAnimationFrame(this.#tick);
    this.#tell("state");
  }

  pause() {
    if (!this.playing) return;
    this.playing = false;
    cancelAnimationFrame(this.#request);
    this.#move(this.frame);
    this.#tell("state");
    this.#tell("settled");
  }

  toggle() {
    if (this.playing) this.pause();
    else this.play();
  }

  setSpeed(speed) {
    this.speed = speed;
    this.#tell("state");
  }

  /** Repeat [start, stop) in frames; null plays everything once. */
  setLoop(range) {
    this.loop = range;
    if (range && (this.frame < range[0] || this.frame >= range[1])) this.#move(range[0]);
    this.#tell("state");
  }

  #tick = (now) => {
    const elapsed = now - this.#last;
    this.#last = now;
    // A playing video keeps its own time; the skeletons follow it, not the other way round.
    let position = this.driver?.() ?? this.#position + (elapsed / 1000) * this.fps * this.speed;
    const [start, stop] = this.range;
    if (position >= stop) {
      if (!this.loop) {
        this.#move(stop - 1);
        this.pause();
        return;
      }
      position = start + ((position - start) % (stop - start));
      this.#move(position);
      this.#tell("state"); // the video has to jump as well
    } else {
      this.#move(position);
    }
    this.#request = requestAnimationFrame(this.#tick);
  };
}
