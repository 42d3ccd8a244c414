// Plays the catalogue through Encrypted Media Extensions with Clear Key: one licence for the queue, one timeline for its tracks.
import { Timeline } from './timeline.js';

const reasons = {
  'deal.none': 'no deal covers it', 'deal.not_open': 'the deal has not opened', 'deal.closed': 'the deal has closed', 'deal.territory': 'the deal is for other countries',
  'deal.use': 'this tier’s deal does not cover this quality', 'entitlement.none': 'no plan of this listener covers it', 'entitlement.expired': 'the plan has ended',
  'entitlement.suspended': 'the subscription is suspended', 'device.level': 'the device is not secure enough', 'device.limit': 'the account has as many devices, or this one keeps as many titles, as it may', 'content.unknown': 'it is not in the catalogue',
};
const qualities = ['low', 'high', 'lossless'];
const LOUDNESS = -16; // LUFS that players usually aim at
const WINDOW = 20; // tracks of the queue that one licence covers

const element = (id) => document.getElementById(id);
const audio = element('audio');
const state = { groups: [], queue: [], tracks: [], timeline: null, token: null, wanted: null, tier: null, answer: null, licences: 0, attempt: 0, place: null, ready: null };
window.listening = state; // for the curious, and for tests

async function start() {
  for (const radio of document.getElementsByName('tier')) radio.addEventListener('change', () => guard(changeTier(radio.value)));
  element('toggle').addEventListener('click', () => (audio.paused ? guard(audio.play()) : audio.pause()));
  element('next').addEventListener('click', () => guard(skip(1)));
  element('previous').addEventListener('click', () => guard(skip(-1)));
  element('seek').addEventListener('input', () => { if (state.place) audio.currentTime = state.place.start + Number(element('seek').value); });
  element('keep').addEventListener('click', () => guard(keep()));
  element('checkin').addEventListener('click', () => guard(checkIn()));
  element('search').addEventListener('submit', (event) => event.preventDefault());
  element('query').addEventListener('input', debounce(() => guard(search())));
  audio.addEventListener('timeupdate', drawPosition);
  for (const name of ['play', 'pause']) audio.addEventListener(name, drawToggle);
  state.groups = await getJson('/listen/catalogue.json');
  drawGroups();

  // What was chosen while the catalogue was on its way, or before the page was loaded again, holds.
  await changeTier(document.querySelector('input[name="tier"]:checked').value);
}

/** Whoever plays meanwhile waits for the token, and the tier that was chosen last is the one. */
async function changeTier(tier) {
  state.wanted = tier;
  await (state.ready = takeToken(tier));
  if (state.tier === tier && state.wanted === tier && state.queue.length) await play(state.queue, state.place ? state.tracks[state.place.index].item.id : state.queue[0].id);
}

async function takeToken(tier) {
  const { token } = await postJson('/listen/token', { tier, device: device() });
  if (state.wanted !== tier) return;
  Object.assign(state, { tier, token });
  drawShelf();
  element('checkin').disabled = false;
}

/** Plays a queue from one of its items on. */
async function play(queue, id) {
  await state.ready;
  const mine = ++state.attempt;
  state.timeline?.close();
  state.queue = queue;
  state.place = null;
  const from = queue.findIndex((item) => item.id === id);
  const answer = await license(queue.slice(from, from + WINDOW));
  if (mine !== state.attempt) return;
  state.answer = answer;
  state.licences = 1;
  drawQueue(answer ? '' : 'Refused.');
  if (!answer) return;
  drawAnswer(answer);

  // The best quality that every track of the window has: changing it between tracks would mean another decoder.
  const rank = Math.min(...answer.tracks.filter((track) => track.best).map((track) => qualities.indexOf(track.best)));
  state.tracks = queue.slice(from).flatMap((item) => {
    const granted = answer.tracks.find((track) => track.id === item.id)?.keys.filter((key) => key.granted && qualities.indexOf(key.quality) <= rank) ?? [];
    const rendition = item.renditions.find((each) => each.id === granted.at(-1)?.rendition);
    return rendition ? [{ item, rendition }] : [];
  });
  if (!state.tracks.length) return;

  audio.pause();
  audio.removeAttribute('src');
  audio.load();
  const keys = await mediaKeys(state.tracks[0].rendition.codec, answer.license);
  if (mine !== state.attempt) return;
  await audio.setMediaKeys(null);
  await audio.setMediaKeys(keys);
  drawQueue();
  const timeline = new Timeline(audio, state.tracks, 0);
  timeline.failure = (error) => fail(error.message);
  timeline.placed = () => drawPosition();
  state.timeline = timeline;
  await timeline.open();
  for (const name of ['toggle', 'next', 'previous', 'seek', 'keep']) element(name).disabled = false;
  audio.volume = gain(state.tracks);
  await audio.play();
}

/** Puts an item behind the queue. What plays goes on: the key of the new track comes by a licence of its own. */
async function enqueue(item) {
  await state.ready;
  if (state.tracks.some((each) => each.item.id === item.id)) { drawQueue(`${item.title} is in the queue already.`); return; }
  const others = state.queue.filter((each) => each.id !== item.id);
  if (!state.tracks.length || !audio.mediaKeys) { await play([...others, item], item.id); return; }
  const mine = state.attempt;
  const response = await post('/music/licenses', { tracks: [item.id] });
  const answer = await response.json();
  if (mine !== state.attempt) return;
  const granted = answer.tracks?.[0].keys.filter((key) => key.granted) ?? [];
  const usable = item.renditions.filter((each) => granted.some((key) => key.rendition === each.id));
  const quality = state.tracks.at(-1).rendition.quality;
  const rendition = usable.find((each) => each.quality === quality) ?? usable.at(-1);
  if (!rendition) { drawQueue(`${item.title} was not added: ${reasons[answer.code ?? answer.tracks?.[0].reason] ?? answer.detail ?? 'it is refused'}.`); return; }
  await openSession(audio.mediaKeys, answer.license);
  if (mine !== state.attempt) return;
  state.queue = [...others, item];
  state.tracks.push({ item, rendition });
  state.answer.tracks.push(...answer.tracks);
  state.answer.license.keys.push(...answer.license.keys);
  state.licences++;
  const wasOver = audio.ended;
  state.timeline.extend();
  drawAnswer(state.answer);
  drawQueue(`${item.title} was added.`);
  if (!wasOver) return;

  // To play again would mean from the beginning; and a jump is one only once something is there.
  const { start } = state.timeline.places.at(-1);
  while (mine === state.attempt && !isBuffered(start + 0.05)) await new Promise((resolve) => { setTimeout(resolve, 50); });
  if (mine !== state.attempt) return;
  audio.currentTime = start;
  await audio.play();
}

/** One licence for a window of the queue; null where all of it is refused. */
async function license(items) {
  const response = await post('/music/licenses', { tracks: items.map((item) => item.id) });
  if (response.ok) return response.json();
  const problem = await response.json();
  verdict('refused', 'Refused', `${problem.detail ?? ''} (${problem.code})`);
  element('keys').hidden = true;
  element('ads').hidden = true;
  element('why').textContent = reasons[problem.code] ? `Why: ${reasons[problem.code]}.` : '';
  audio.pause();
  return null;
}

/** Keys for the browser: the licence is here already, so the session's own request is not sent anywhere. */
async function mediaKeys(codec, licence) {
  const access = await navigator.requestMediaKeySystemAccess('org.w3.clearkey', [{ initDataTypes: ['keyids'], audioCapabilities: [{ contentType: `audio/mp4; codecs="${codec}"` }] }]);
  const keys = await access.createMediaKeys();
  await openSession(keys, licence);
  return keys;
}

async function openSession(keys, licence) {
  const session = keys.createSession();
  const asked = new Promise((resolve) => { session.addEventListener('message', resolve, { once: true }); });
  await session.generateRequest('keyids', new TextEncoder().encode(JSON.stringify({ kids: licence.keys.map((key) => key.kid) })));
  await asked;
  await session.update(new TextEncoder().encode(JSON.stringify(licence)));
}

/** Next or previous: a track that is on the timeline already is only a jump. */
async function skip(step) {
  const place = state.place;
  if (!place) return;
  if (step < 0 && audio.currentTime - place.start > 3) { audio.currentTime = place.start; return; }
  const next = state.timeline.places.find((each) => each.index === place.index + step);
  if (next && isBuffered(next.start + 0.05)) { audio.currentTime = next.start; return; }
  const item = state.tracks[place.index + step]?.item ?? state.queue[state.queue.findIndex((each) => each.id === state.tracks[place.index].item.id) + step];
  if (item) await play(state.queue, item.id);
}

function isBuffered(time) {
  for (let i = 0; i < audio.buffered.length; i++) if (audio.buffered.start(i) <= time && time < audio.buffered.end(i)) return true;
  return false;
}

/** Turned down by the album's loudness, never up: within an album tracks keep their distance. */
function gain(tracks) {
  const measured = tracks.filter((track) => track.rendition.loudness != null);
  if (!measured.length) return 1;
  const energy = measured.reduce((sum, { rendition }) => sum + rendition.seconds * 10 ** (rendition.loudness / 10), 0);
  const loudness = 10 * Math.log10(energy / measured.reduce((sum, { rendition }) => sum + rendition.seconds, 0));
  return Math.min(1, 10 ** ((LOUDNESS - loudness) / 20));
}

async function keep() {
  const response = await post('/music/licenses', { tracks: state.queue.slice(0, 100).map((item) => item.id), use: 'download' });
  const answer = await response.json();
  if (!response.ok) { element('shelf').textContent = `Not kept: ${reasons[answer.code] ?? answer.detail ?? answer.code}.`; return; }
  const kept = answer.tracks.filter((track) => track.best).map((track) => ({ contentId: track.contentId, until: answer.offline.checkInBefore }));
  store({ kept, serverTime: answer.offline.serverTime });
  drawShelf();
}

async function checkIn() {
  const shelf = load();
  const response = await post('/music/checkins', { deviceTime: new Date().toISOString() });
  const answer = await response.json();
  if (!response.ok) { element('shelf').textContent = `Check-in refused: ${reasons[answer.code] ?? answer.detail ?? answer.code}.`; return; }
  store({ kept: answer.keep.map(({ contentId, until }) => ({ contentId, until })), serverTime: answer.serverTime });
  drawShelf(answer.remove.length ? ` Removed: ${answer.remove.map((title) => `${title.contentId} (${reasons[title.reason] ?? title.reason})`).join(', ')}.` : shelf.kept.length ? ' Checked in.' : '');
}

// What a device knows of its downloads. The highest time that it was told stands beside them: a clock before it was set back, and nothing plays.
const load = () => { try { return JSON.parse(localStorage.getItem(`shelf.${state.tier}`)) ?? { kept: [] }; } catch { return { kept: [] }; } };
const store = (shelf) => localStorage.setItem(`shelf.${state.tier}`, JSON.stringify(shelf));
function device() {
  const name = localStorage.getItem('device') ?? `browser-${crypto.randomUUID()}`;
  localStorage.setItem('device', name);
  return name;
}

function drawShelf(more = '') {
  const { kept, serverTime } = load();
  const setBack = serverTime && Date.now() < Date.parse(serverTime) - 600_000;
  element('shelf').textContent = (!kept.length ? 'Nothing is kept on this device.'
    : setBack ? 'The clock of this device was set back: what it keeps plays again when the clock is right.'
      : `${kept.length} ${kept.length === 1 ? 'title' : 'titles'} kept; check in before ${new Date(kept[0].until).toLocaleDateString()}.`) + more;
}

async function search() {
  await state.ready;
  const query = element('query').value.trim();
  element('found').hidden = !query;
  if (!query) return;
  const response = await fetch(`/music/search?${new URLSearchParams({ q: query, limit: '20' })}`, { headers: { Authorization: `Bearer ${state.token}` } });
  if (!response.ok) throw new Error(`The search failed (HTTP ${response.status}).`);
  const hits = (await response.json()).items;
  const found = new Map();
  for (const hit of hits) {
    for (const group of state.groups) {
      const items = group.id === hit.id ? group.items : group.items.filter((item) => item.id === hit.id || item.contentId === hit.id);
      for (const item of items) found.set(item.id, { item, group });
    }
  }
  const list = element('found').querySelector('ol');
  list.replaceChildren(...[...found.values()].map(({ item, group }, i) => trackRow(item, group.items, i)));
  if (!found.size) list.append(Object.assign(document.createElement('li'), { textContent: 'Nothing that can be played.' }));
}

function drawGroups() {
  element('groups').replaceChildren(...state.groups.map((group) => {
    const section = Object.assign(document.createElement('section'), { className: 'group' });
    const cover = Object.assign(document.createElement('img'), { src: `/listen/artwork/${encodeURIComponent(group.id)}.svg`, alt: '', width: 160, height: 160 });
    const body = document.createElement('div');
    const list = Object.assign(document.createElement('ol'), { className: 'tracks' });
    list.append(...group.items.map((item, i) => trackRow(item, group.items, i)));
    body.append(
      Object.assign(document.createElement('h2'), { textContent: group.title }),
      Object.assign(document.createElement('p'), { textContent: [group.kind === 'show' ? 'Podcast' : 'Album', group.subtitle, group.description].filter(Boolean).join(' · ') }),
      list);
    section.append(cover, body);
    return section;
  }));
}

function trackRow(item, queue, i) {
  const button = Object.assign(document.createElement('button'), { type: 'button' });
  button.dataset.id = item.id;
  const title = document.createElement('span');
  title.append(item.title, ' ', Object.assign(document.createElement('small'), { textContent: item.otherTitle ?? '' }));
  button.append(
    Object.assign(document.createElement('span'), { className: 'number', textContent: String(i + 1) }), title,
    Object.assign(document.createElement('span'), { className: 'number', textContent: clock(Math.max(...item.renditions.map((each) => each.seconds))) }));
  button.addEventListener('click', () => guard(play(queue, item.id)));
  const add = Object.assign(document.createElement('button'), { type: 'button', className: 'add', textContent: '+' });
  add.setAttribute('aria-label', `Add ${item.otherTitle ?? item.title} to the queue`);
  add.dataset.add = item.id;
  add.addEventListener('click', () => guard(enqueue(item)));
  const row = document.createElement('li');
  row.append(button, add);
  return row;
}

function drawQueue(note = '') {
  element('queue-note').textContent = note;
  element('queue').replaceChildren(...state.queue.map((item, i) => {
    const row = trackRow(item, state.queue, i);
    const button = row.firstChild;
    delete button.dataset.id;
    button.dataset.queued = item.id;
    row.lastChild.remove();
    return row;
  }));
  markCurrent();
}

function markCurrent() {
  const current = state.place ? state.tracks[state.place.index].item.id : null;
  for (const button of document.querySelectorAll('.tracks button:not(.add)')) button.setAttribute('aria-current', String((button.dataset.id ?? button.dataset.queued) === current));
}

function drawAnswer(answer) {
  const names = new Map(state.queue.map((item) => [item.id, item.otherTitle ?? item.title]));
  const best = answer.tracks.map((track) => track.best).filter(Boolean);
  verdict('granted', `${state.tier[0].toUpperCase()}${state.tier.slice(1)}: ${[...new Set(best)].join(' and ')} quality`, `${state.licences === 1 ? 'One licence' : `${state.licences} licences`} with ${answer.license.keys.length} keys for ${answer.tracks.length} ${answer.tracks.length === 1 ? 'track' : 'tracks'}.`);
  element('ads').hidden = !answer.ads;
  element('keys').hidden = false;
  const why = new Set();
  element('keys').tBodies[0].replaceChildren(...answer.tracks.map((track) => {
    const row = document.createElement('tr');
    row.append(Object.assign(document.createElement('th'), { scope: 'row', textContent: names.get(track.id) ?? track.id }));
    for (const quality of qualities) {
      const key = track.keys.find((each) => each.quality === quality);
      if (key && !key.granted) why.add(`${quality}: ${reasons[key.reason] ?? key.reason}`);
      row.append(Object.assign(document.createElement('td'), { textContent: !key ? '–' : key.granted ? 'granted' : 'withheld', className: !key ? 'number' : key.granted ? 'granted' : 'withheld' }));
    }
    return row;
  }));
  element('why').textContent = why.size ? `Withheld. ${[...why].join('; ')}.` : '';
}

function drawPosition() {
  const place = state.timeline?.now();
  if (!place) return;
  if (place !== state.place) {
    state.place = place;
    const { item, rendition } = state.tracks[place.index];
    element('now').textContent = item.title;
    element('now-artist').textContent = [item.otherTitle, item.artist].filter(Boolean).join(' · ');
    element('quality').textContent = rendition.quality;
    element('cover').hidden = false;
    element('cover').src = `/listen/artwork/${encodeURIComponent(state.groups.find((group) => group.items.some((each) => each.id === item.id))?.id ?? item.id)}.svg`;
    element('seek').max = String(place.end - place.start);
    element('length').textContent = clock(place.end - place.start);
    markCurrent();
  }
  const time = Math.max(0, audio.currentTime - place.start);
  element('seek').value = String(time);
  element('elapsed').textContent = clock(time);
}

function drawToggle() {
  element('icon-play').toggleAttribute('hidden', !audio.paused);
  element('icon-pause').toggleAttribute('hidden', audio.paused);
  element('toggle').setAttribute('aria-label', audio.paused ? 'Play' : 'Pause');
}

function verdict(kind, heading, sentence) {
  element('verdict').textContent = heading;
  element('verdict').className = kind;
  element('sentence').textContent = sentence;
}

const fail = (message) => verdict('refused', 'The page failed', message);

// A play that another one overtook is no failure.
const guard = (work) => work.catch((error) => { if (error.name !== 'AbortError') fail(error.message); });
const post = (url, body) => fetch(url, { method: 'POST', headers: { 'Content-Type': 'application/json', ...(state.token ? { Authorization: `Bearer ${state.token}` } : {}) }, body: JSON.stringify(body) });
const postJson = async (url, body) => checked(await post(url, body));
const getJson = async (url) => checked(await fetch(url));
const checked = (response) => { if (!response.ok) throw new Error(`${response.url} answered HTTP ${response.status}.`); return response.json(); };
const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, '0')}`;

function debounce(action) {
  let timer;
  return () => { clearTimeout(timer); timer = setTimeout(action, 200); };
}

start().catch((error) => fail(error.message));
