import { h } from "./dom.js";

/** URL of the video: a file beside the page, or the bytes that travel inside the page. */
function source(video) {
  if (video.href) return video.href;
  const text = document.getElementById(video.element).textContent.trim();
  const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  return URL.createObjectURL(new Blob([bytes], { type: "video/mp4" }));
}

/** The recording with the skeleton drawn on it, in step with the playhead. */
export function videoPanel(data, clock) {
  const { fps } = data;
  const video = h("video", { src: source(data.video), muted: true, playsinline: true, preload: "auto", "aria-label": "Recording" });
  video.muted = true;
  let shown = 0; // frame that is on the screen while the video plays

  // The middle of a frame's interval lies in that frame whatever way the browser rounds.
  const seek = () => {
    const goal = (clock.frame + 0.5) / fps;
    if (Math.abs(video.currentTime - goal) > 1e-4) video.currentTime = goal;
  };
  const onFrame = (_, { mediaTime }) => {
    shown = Math.round(mediaTime * fps);
    if (!video.paused) video.requestVideoFrameCallback(onFrame);
  };
  clock.on("settled", seek);
  clock.on("frame", () => clock.playing || seek());
  clock.on("state", () => {
    video.playbackRate = clock.speed;
    const [start, stop] = clock.range;
    if (clock.playing && (video.paused || shown >= stop - 1)) {
      seek();
      shown = Math.max(clock.frame, start);
      video.requestVideoFrameCallback?.(onFrame);
      video.play().then(
        () => (clock.driver = () => (video.paused || video.seeking || video.ended ? null : shown + 0.5)),
        () => (clock.driver = null),
      );
    } else if (!clock.playing) {
      clock.driver = null;
      video.pause();
    }
  });
  const root = h("figure", { class: "fl-video" }, video);
  video.addEventListener("error", () => root.replaceChildren(h("p", { class: "fl-quiet" }, "The video that belongs to this report is not beside it.")));
  video.addEventListener("loadedmetadata", seek);
  return root;
}
