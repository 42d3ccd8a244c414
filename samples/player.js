// Plays a DASH or HLS package with Shaka Player and Clear Key licences of a hub. Serve the repository's root, for example
// with `python3 -m http.server`, and open /samples/player.html.
const element = (id) => document.getElementById(id);
const video = element('video');
const status = element('status');
let player;

element('form').addEventListener('submit', async (event) => {
  event.preventDefault();
  status.textContent = 'Loading …';
  try {
    await player?.destroy();
    await play(element('manifest').value, element('licence').value, element('token').value.trim(), Number(element('height').value) || null);
  } catch (error) {
    show(error);
  }
});

async function play(manifest, licence, token, maxHeight) {
  player = new shaka.Player();
  await player.attach(video);
  player.addEventListener('error', (event) => show(event.detail));
  const servers = { 'org.w3.clearkey': licence };
  if (manifest.endsWith('.m3u8')) {
    // Shaka Packager's HLS names Widevine. The same keys serve Clear Key once the pssh is one that Clear Key understands.
    servers['com.widevine.alpha'] = licence;
    player.configure({ drm: { keySystemsMapping: { 'com.widevine.alpha': 'org.w3.clearkey' }, preferredKeySystems: ['com.widevine.alpha'], initDataTransform: toCommonPssh } });
  }
  player.configure({ drm: { servers }, streaming: { retryParameters: { maxAttempts: 1 } } });
  if (maxHeight) player.configure({ restrictions: { maxHeight } });
  const { LICENSE } = shaka.net.NetworkingEngine.RequestType;
  player.getNetworkingEngine().registerRequestFilter((type, request) => {
    if (type === LICENSE && token) request.headers.Authorization = `Bearer ${token}`;
  });
  player.getNetworkingEngine().registerResponseFilter((type, response) => {
    if (type !== LICENSE) return;
    // A package may ask in several licences: audio first, a picture later.
    for (const outcome of ['granted', 'withheld']) {
      const known = [status.dataset[outcome], response.headers[`x-drmhub-${outcome}`]].filter(Boolean).join(', ');
      status.dataset[outcome] = [...new Set(known.split(', ').filter(Boolean))].join(', ');
    }
    status.textContent = `Licence: ${status.dataset.granted}${status.dataset.withheld ? `; withheld: ${status.dataset.withheld}` : ''}`;
  });
  await player.load(manifest);
  await video.play();
}

function show(error) {
  status.dataset.error ??= error.code ?? 'failed';
  status.textContent = `Error ${error.code ?? ''}: ${error.message ?? error}`;
}

// A Widevine pssh (version 0) means nothing to Clear Key: its key ids, field 2 of the protobuf behind the 32 bytes of box
// header, go into a W3C common pssh (version 1).
function toCommonPssh(initData, type) {
  const box = new Uint8Array(initData);
  if (type !== 'cenc' || box[8] !== 0 || box[12] !== 0xed) return initData;
  const ids = [];
  const varint = (at) => {
    let value = 0;
    let shift = 0;
    do { value += (box[at] & 127) * 2 ** shift; shift += 7; } while (box[at++] & 128);
    return [value, at];
  };
  for (let at = 32; at < box.length;) {
    let tag;
    let value;
    [tag, at] = varint(at);
    [value, at] = varint(at);
    if ((tag & 7) !== 2) continue;
    if (tag >> 3 === 2) ids.push(box.slice(at, at + value));
    at += value;
  }
  const bytes = new Uint8Array(36 + 16 * ids.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, bytes.length);
  bytes.set([0x70, 0x73, 0x73, 0x68, 1, 0, 0, 0], 4);
  bytes.set('1077efecc0b24d02ace33c1e52e2fb4b'.match(/../g).map((digits) => parseInt(digits, 16)), 12);
  view.setUint32(28, ids.length);
  ids.forEach((id, index) => bytes.set(id, 32 + 16 * index));
  return bytes;
}
