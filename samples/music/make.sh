#!/usr/bin/env bash
# Makes the demo music of this folder: synthesised by synthesise.py, encoded by ffmpeg at three qualities (lower bit rates than a catalogue
# would have, to keep it small). Run it only to change the music; the result is committed.
set -euo pipefail
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 synthesise.py "$work"
encode() { # input, output, codec options
  ffmpeg -v error -y -i "$work/$1.wav" -map_metadata -1 -fflags +bitexact -flags:a +bitexact "${@:3}" -strict -2 -movie_timescale 48000 -f mp4 "$2.mp4"
}
for song in song-1 song-2 song-3; do
  encode "$song" "$song-low" -c:a aac -b:a 64k
  encode "$song" "$song-high" -c:a aac -b:a 128k
  encode "$song" "$song-lossless" -c:a flac -compression_level 12
done
encode talk-1 talk-1-low -c:a aac -b:a 48k
ls -l ./*.mp4
