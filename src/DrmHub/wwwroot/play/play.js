// Plays the demo title through Encrypted Media Extensions with Clear Key, or has a simulated device ask for it, and shows what the licence says.
import { explain, facts } from './simulation.js';

const sentences = {
  'device.level': 'The level of this device is too low for this picture.',
  'entitlement.none': 'No plan of this subscriber covers it.',
  'entitlement.expired': 'The plan that covered it has ended.',
  'entitlement.suspended': 'The subscription is suspended.',
  'deal.none': 'No deal covers it.',
  'deal.not_open': 'The deal has not opened.',
  'deal.closed': 'The deal has closed.',
  'deal.territory': 'The deal does not cover this country.',
  'deal.use': 'The deal does not cover this use.',
};
const element = (id) => document.getElementById(id);
const video = element('video');
let title;
let attempt = 0;

const hex = (bytes) => Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, '0')).join('');

async function start() {
  title = await (await fetch('/play/demo.json')).json();
  element('title').textContent = title.contentId;
  for (const subscriber of title.subscribers) {
    const label = document.createElement('label');
    const radio = Object.assign(document.createElement('input'), { type: 'radio', name: 'subscriber', value: subscriber });
    label.append(radio, subscriber);
    element('subscribers').append(label);
  }
  for (const device of await (await fetch('/play/devices')).json()) {
    const label = document.createElement('label');
    label.append(Object.assign(document.createElement('input'), { type: 'radio', name: 'device', value: device }), device);
    element('devices').append(label);
  }
  for (const radio of document.querySelectorAll('input[type=radio]')) radio.addEventListener('change', choose);
  drawKeys({});
  video.addEventListener('timeupdate', () => { element('clock').textContent = `${video.currentTime.toFixed(1)} s`; });
  video.addEventListener('resize', () => { element('picture').textContent = `Playing ${video.videoWidth} × ${video.videoHeight}`; });
}

const chosen = (name) => document.querySelector(`input[name=${name}]:checked`)?.value;

function choose() {
  const [subscriber, device] = [chosen('subscriber'), chosen('device')];
  if (!subscriber) return;
  (device === 'browser' ? play(subscriber) : simulate(subscriber, device)).catch((error) => showFailure(error.message));
}

async function clear() {
  video.removeAttribute('src');
  video.load();
  await video.setMediaKeys(null);
}

async function simulate(subscriber, device) {
  const mine = ++attempt;
  curtain(`A simulated ${device} asks as ${subscriber} …`);
  await clear();
  const response = await fetch('/play/simulate', {
    method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ subscriber, device }),
  });
  const answer = await response.json();
  if (mine !== attempt) return;
  if (!response.ok) return showFailure(answer.detail);
  const outcome = explain(title.tracks, answer.device, split);
  const refused = !Object.values(outcome).some((track) => track.granted);
  verdict(refused ? 'refused' : 'granted', refused ? 'Refused' : 'Granted', refused ? answer.device.refusal?.detail ?? 'The device can use none of the keys.' : 'The device opened the licence.');
  drawKeys(outcome, refused ? 'refused' : 'withheld');
  details(facts(answer.device));
  curtain('A simulated device shows no picture.');
  element('picture').textContent = 'No picture';
}

async function play(subscriber) {
  const mine = ++attempt;
  curtain(`Asking for a licence as ${subscriber} …`);
  await clear();

  const { token } = await (await fetch('/play/token', {
    method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ subscriber }),
  })).json();
  const access = await navigator.requestMediaKeySystemAccess('org.w3.clearkey', [{
    initDataTypes: ['keyids'],
    videoCapabilities: title.tracks.filter((track) => track.width).map((track) => ({ contentType: track.mimeType })),
    audioCapabilities: title.tracks.filter((track) => !track.width).map((track) => ({ contentType: track.mimeType })),
  }]);
  const keys = await access.createMediaKeys();
  const session = keys.createSession();
  const usable = await new Promise((resolve, reject) => {
    session.addEventListener('message', async (event) => {
      try {
        const response = await fetch('/license/clearkey', { method: 'POST', headers: { Authorization: `Bearer ${token}` }, body: event.message });
        if (!response.ok) return resolve(await refused(response, mine));
        const licence = await response.arrayBuffer();
        if (mine === attempt) showLicence(response);
        await session.update(licence);
        const ids = [];
        session.keyStatuses.forEach((status, id) => { if (status === 'usable') ids.push(hex(id)); });
        resolve(ids);
      } catch (error) { reject(error); }
    });
    const kids = title.tracks.map((track) => btoa(String.fromCharCode(...track.keyId.match(/../g).map((byte) => parseInt(byte, 16))))
      .replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', ''));
    session.generateRequest('keyids', new TextEncoder().encode(JSON.stringify({ kids }))).catch(reject);
  });
  if (mine !== attempt || !usable) return;

  const playable = title.tracks.filter((track) => usable.includes(track.keyId));
  const audio = playable.find((track) => !track.width);
  const picture = playable.filter((track) => track.width).sort((a, b) => b.height - a.height)[0];
  await video.setMediaKeys(keys);
  await attach([picture, audio].filter(Boolean));
  curtain(null);
  await video.play();
}

// The samples are small: each track is appended whole.
async function attach(tracks) {
  const source = new MediaSource();
  video.src = URL.createObjectURL(source);
  await new Promise((resolve) => source.addEventListener('sourceopen', resolve, { once: true }));
  await Promise.all(tracks.map(async (track) => {
    const buffer = source.addSourceBuffer(track.mimeType);
    const media = await (await fetch(track.url)).arrayBuffer();
    await new Promise((resolve, reject) => {
      buffer.addEventListener('updateend', resolve, { once: true });
      buffer.addEventListener('error', () => reject(new Error(`The ${track.track} track could not be appended.`)), { once: true });
      buffer.appendBuffer(media);
    });
  }));
  source.endOfStream();
}

function showLicence(response) {
  const outcome = {};
  for (const name of split(response.headers.get('X-DrmHub-Granted'))) outcome[name] = { granted: true };
  for (const item of split(response.headers.get('X-DrmHub-Withheld'))) {
    const [name, reason] = item.split(';reason=');
    outcome[name] = { granted: false, reason };
  }
  const withheld = Object.keys(outcome).filter((name) => !outcome[name].granted);
  verdict('granted', 'Granted', withheld.length ? `The licence leaves out ${withheld.join(' and ')}.` : 'The licence has every key that was asked for.');
  drawKeys(outcome);
  details({ Status: `HTTP ${response.status}` });
}

async function refused(response, mine) {
  const problem = await response.json();
  if (mine !== attempt) return null;
  verdict('refused', 'Refused', problem.detail);
  drawKeys(Object.fromEntries(title.tracks.map((track) => [track.track, { granted: false, reason: problem.code }])), 'refused');
  details({ Status: `HTTP ${response.status}`, Reason: problem.code, Request: problem.requestId });
  curtain(`Refused: ${problem.detail}`);
  element('picture').textContent = 'No picture';
  return null;
}

function showFailure(message) {
  verdict('refused', 'The page failed', message);
  curtain(message);
}

function verdict(kind, heading, sentence) {
  element('verdict').textContent = heading;
  element('verdict').className = kind;
  element('sentence').textContent = sentence;
}

function drawKeys(outcome, word = 'withheld') {
  element('keys').tBodies[0].replaceChildren(...title.tracks.map((track) => {
    const row = document.createElement('tr');
    const known = outcome[track.track];
    const name = Object.assign(document.createElement('th'), { scope: 'row', textContent: track.track });
    const size = Object.assign(document.createElement('td'), { className: 'number', textContent: track.width ? `${track.width} × ${track.height}` : 'sound' });
    const result = Object.assign(document.createElement('td'), known
      ? { textContent: known.granted ? 'granted' : word, className: known.granted ? 'granted' : word } : { textContent: '–' });
    const why = document.createElement('td');
    if (known?.granted) why.textContent = known.rule ?? 'The deal and the device allow it.';
    if (known && !known.granted) why.append(sentences[known.reason] ?? 'It was refused.', Object.assign(document.createElement('small'), { textContent: known.reason }));
    row.append(name, size, result, why);
    return row;
  }));
}

function details(facts) {
  element('details').replaceChildren(...Object.entries(facts).flatMap(([name, value]) => [
    Object.assign(document.createElement('dt'), { textContent: name }),
    Object.assign(document.createElement('dd'), { textContent: value, className: 'id' }),
  ]));
}

function curtain(text) {
  element('curtain').hidden = text === null;
  element('curtain').textContent = text ?? '';
}

const split = (header) => (header ?? '').split(', ').filter(Boolean);

start().catch((error) => showFailure(error.message));
