#!/usr/bin/env bash
# Makes the sample media of this folder from ffmpeg's own test sources: a moving test pattern with a clock, and a tone.
# Fragmented MP4 with a sidx, 2 s fragments, one track a file. Run it only to change the samples; the result is committed.
set -euo pipefail
cd "$(dirname "$0")"
font=$(fc-match -f '%{file}' sans)
video() { # name, width x height, label, bitrate
  ffmpeg -v error -y -f lavfi -i "smptehdbars=size=$2:rate=25:duration=12" -f lavfi -i "testsrc=size=320x240:rate=25:duration=12" \
    -filter_complex "[0][1]overlay=x='mod(t*90\,W-w)':y='(H-h)/2',drawtext=fontfile=$font:text='DrmHub demo · $3 · %{pts\:hms}':x=24:y=24:fontsize=h/14:fontcolor=white:box=1:boxcolor=black@0.6:boxborderw=12" \
    -c:v libx264 -preset slow -refs 3 -profile:v high -pix_fmt yuv420p -b:v "$4" -maxrate "$4" -bufsize "$4" -g 50 -keyint_min 50 -sc_threshold 0 \
    -movflags +frag_keyframe+empty_moov+default_base_moof+global_sidx -map_metadata -1 -fflags +bitexact -flags:v +bitexact "$1"
}
video demo-sd.mp4 640x360 'SD 360p' 120k
video demo-hd.mp4 1280x720 'HD 720p' 260k
ffmpeg -v error -y -f lavfi -i "sine=frequency=330:beep_factor=4:sample_rate=48000:duration=12" -ac 2 -af volume=0.25 -c:a aac -b:a 64k \
  -movflags +empty_moov+default_base_moof+global_sidx -frag_duration 2000000 -map_metadata -1 -fflags +bitexact -flags:a +bitexact demo-audio.mp4
ls -l ./*.mp4
