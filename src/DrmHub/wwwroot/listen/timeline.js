// One timeline for a queue: every track's fragments go into the same source buffer, each at the sample where the one before it ended.

/** Seconds to have ahead of what is heard, and behind it before it is let go. */
const AHEAD = 25;
const BEHIND = 30;

export class Timeline {
  /**
   * @param audio the audio element, with its media keys set
   * @param tracks [{ item, rendition }], of one codec
   * @param first index of the track to start with
   */
  constructor(audio, tracks, first) {
    this.audio = audio;
    this.tracks = tracks;
    this.places = []; // { index, start, end } in the order in which they were appended
    this.upcoming = first;
    this.end = 0; // of what is on the timeline, in seconds
    this.filling = false;
    this.closed = false;
    this.failure = null;
  }

  async open() {
    const source = new MediaSource();
    this.source = source;
    this.audio.src = URL.createObjectURL(source);
    await once(source, 'sourceopen');
    URL.revokeObjectURL(this.audio.src);
    if (this.closed) return;
    this.codec = this.tracks[0].rendition.codec;
    this.buffer = source.addSourceBuffer(`audio/mp4; codecs="${this.codec}"`);
    this.extend();
  }

  /** Goes on where tracks were added; also after the last one was appended. */
  extend() {
    if (this.filling || this.closed || !this.buffer) return;
    this.filling = true;
    this.fill().catch((error) => { if (!this.closed) this.failure?.(error); });
  }

  close() {
    this.closed = true;
    this.wake?.();
  }

  /** The place that is heard now. */
  now() {
    const time = this.audio.currentTime;
    return this.places.findLast((place) => time >= place.start - 1e-6) ?? this.places[0];
  }

  async fill() {
    for (; this.upcoming < this.tracks.length && !this.closed; this.upcoming++) {
      const { rendition } = this.tracks[this.upcoming];
      const start = this.end;
      this.end = start + rendition.seconds;
      this.places.push({ index: this.upcoming, start, end: this.end });
      this.placed?.();
      await this.append(rendition, start, this.end);
    }
    this.filling = false;
    if (!this.closed && this.source.readyState === 'open') this.source.endOfStream();
  }

  async append(rendition, start, end) {
    const header = await range(rendition.url, 0, rendition.initLength);
    if (this.closed) return;

    // What the encoder put in front and behind lies outside the window and is cut off at the sample. The edit list in the header has moved the
    // track to its first real sample already; the end of the window must not lie before its start at any moment.
    this.buffer.appendWindowEnd = Infinity;
    this.buffer.appendWindowStart = start;
    this.buffer.appendWindowEnd = end;
    this.buffer.timestampOffset = start;
    if (rendition.codec !== this.codec) this.buffer.changeType(`audio/mp4; codecs="${this.codec = rendition.codec}"`);
    await this.push(header);
    for (const [offset, length] of rendition.segments) {
      await this.room(start);
      if (this.closed) return;
      await this.push(await range(rendition.url, offset, length));
    }
  }

  async push(bytes) {
    if (this.closed) return;
    const done = Promise.race([
      once(this.buffer, 'updateend'),
      once(this.buffer, 'error').then(() => { throw new Error('The browser could not read the sound.'); }),
    ]);
    this.buffer.appendBuffer(bytes);
    await done;
  }

  /** Waits while enough is buffered, and lets go of what was heard. */
  async room() {
    while (!this.closed && this.buffered() - this.audio.currentTime > AHEAD) {
      await Promise.race([once(this.audio, 'timeupdate'), once(this.audio, 'seeking'), new Promise((resolve) => { this.wake = resolve; })]);
    }
    const old = this.audio.currentTime - BEHIND;
    if (!this.closed && old > 0 && this.buffer.buffered.length && this.buffer.buffered.start(0) < old - 10) {
      const done = once(this.buffer, 'updateend');
      this.buffer.remove(0, old);
      await done;
    }
  }

  buffered() {
    const { buffered } = this.buffer;
    return buffered.length ? buffered.end(buffered.length - 1) : 0;
  }
}

async function range(url, offset, length) {
  const response = await fetch(url, { headers: { Range: `bytes=${offset}-${offset + length - 1}` } });
  if (response.status !== 206) throw new Error(`The sound could not be fetched (HTTP ${response.status}).`);
  return response.arrayBuffer();
}

const once = (target, name) => new Promise((resolve) => { target.addEventListener(name, resolve, { once: true }); });
