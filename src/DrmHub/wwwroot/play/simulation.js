// What a simulated device reported, in the words of the page.
const verdicts = {
  LevelTooLow: 'The licence wants a better guarded device.',
  OutputTooLow: 'The output is not protected enough.',
  NotAllowed: 'The licence allows no playback.',
  NotBegun: 'The licence has not begun.',
};

/** For each track: granted, or the reason why not. */
export function explain(tracks, device, split) {
  const reasons = Object.fromEntries(split(device.withheld).map((item) => item.split(';reason=')));
  return Object.fromEntries(tracks.map((track) => {
    const key = device.keys.find((item) => item.keyId === track.keyId);
    if (key?.verdict === 'Plays') return [track.track, { granted: true, rule: rule(key) }];
    const reason = key?.inLicense ? verdicts[key.verdict] ?? key.verdict : reasons[track.track] ?? key?.refusal?.code ?? 'device.level';
    return [track.track, { granted: false, reason }];
  }));
}

/** What the licence says as a whole. */
export function facts(device) {
  const rules = device.rules ?? {};
  const shown = {
    Device: `${device.system} ${device.level}, HDCP ${device.hdcp}`,
    Status: device.statuses.map((status) => `HTTP ${status}`).join(', '),
    Reason: device.refusal?.code,
    Licence: seconds(rules.licenseSeconds),
    Ends: rules.endsMs ? new Date(rules.endsMs).toISOString() : undefined,
    'Start within': seconds(rules.rentalSeconds),
    'From first play': seconds(rules.playbackSeconds),
    'May be kept': device.rules ? (rules.persistent ? 'yes' : 'no') : undefined,
  };
  return Object.fromEntries(Object.entries(shown).filter(([, value]) => value !== undefined));
}

function rule(key) {
  const words = [key.level && `needs ${key.level}`, key.hdcp && key.hdcp !== 'none' && `HDCP ${key.hdcp}`, key.maxHeight && `up to ${key.maxHeight} lines`].filter(Boolean);
  return words.length ? `In the licence: ${words.join(', ')}.` : undefined;
}

const seconds = (value) => (value ? `${value} s` : undefined);
