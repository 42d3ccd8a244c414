#!/usr/bin/env python3
"""Synthesises the demo music: one piece of half a minute that runs on over three tracks, and a short episode. Writes WAV files (16 bit, 48 kHz,
stereo) to the folder named on the command line. Everything is computed here; nothing is a recording."""
import array, math, sys, wave

RATE = 48000
TRACK = 10 * RATE
NOTES = {name: 440 * 2 ** ((midi - 69) / 12) for midi, name in enumerate("c cs d ds e f fs g gs a as b".split() * 10)
         for name in [f"{name}{midi // 12 - 1}"]}


def pluck(buffer, start, frequency, seconds, gain, pan):
    """A struck string: five partials that fade, the higher the sooner."""
    count = min(int(seconds * RATE), len(buffer) // 2 - start)
    left, right = math.cos(pan * math.pi / 2) * gain, math.sin(pan * math.pi / 2) * gain
    partials = [(2 * math.pi * frequency * n / RATE, 1 / n ** 1.4, 1.2 + 0.9 * n) for n in (1, 2, 3, 4, 6) if frequency * n < 9000]
    for i in range(max(0, count)):
        t = i / RATE
        attack = min(1.0, i / 240)
        release = min(1.0, (count - i) / 2400)
        value = attack * release * sum(a * math.exp(-d * t) * math.sin(w * i) for w, a, d in partials)
        j = 2 * (start + i)
        buffer[j] += left * value
        buffer[j + 1] += right * value


def drone(buffer, start, frequency, count, gain):
    """A soft tone that swells, so that a gap between two tracks would be heard at once."""
    w = 2 * math.pi * frequency / RATE
    for i in range(count):
        value = gain * (0.8 + 0.2 * math.sin(2 * math.pi * 0.2 * i / RATE)) * (math.sin(w * i) + 0.3 * math.sin(2 * w * i))
        edge = min(1.0, i / 9600, (count - i) / 9600)
        j = 2 * (start + i)
        buffer[j] += value * edge
        buffer[j + 1] += value * edge


def write(path, buffer, start, count):
    samples = array.array("h", (int(max(-1.0, min(1.0, value)) * 32000) for value in buffer[2 * start:2 * (start + count)]))
    with wave.open(path, "wb") as out:
        out.setnchannels(2)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(samples.tobytes())


def album(folder):
    buffer = [0.0] * (2 * 3 * TRACK)
    drone(buffer, 0, NOTES["d3"], 3 * TRACK, 0.06)
    scale = ["d4", "e4", "fs4", "a4", "b4", "d5", "e5", "fs5"]
    # A walk over the scale, one figure for each track; it does not stop at the borders.
    figures = [[0, 3, 5, 3, 4, 2, 3, 1], [2, 4, 6, 5, 4, 3, 5, 2], [7, 5, 4, 3, 4, 2, 1, 0]]
    step = RATE // 3
    for beat in range(3 * TRACK // step):
        figure = figures[min(2, beat * step // TRACK)]
        pluck(buffer, beat * step, NOTES[scale[figure[beat % 8]]], 1.1, 0.20, 0.3 + 0.4 * (beat % 3) / 2)
        if beat % 6 == 0:
            pluck(buffer, beat * step, NOTES["d3" if beat % 12 == 0 else "a3"], 2.0, 0.22, 0.5)
    for track in range(3):
        write(f"{folder}/song-{track + 1}.wav", buffer, track * TRACK, TRACK)


def episode(folder):
    length = 12 * RATE
    buffer = [0.0] * (2 * length)
    for beat in range(24):
        pluck(buffer, beat * RATE // 2, NOTES[["g4", "g4", "b4", "d5", "c5", "b4", "a4", "g4"][beat % 8]], 0.7, 0.25, 0.5)
    write(f"{folder}/talk-1.wav", buffer, 0, length)


album(sys.argv[1])
episode(sys.argv[1])
