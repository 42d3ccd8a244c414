#!/usr/bin/env python3
"""Walks a running DrmHub log the way a C2SP tlog-tiles client does, with Python's standard library only and apart from the server's code.

  tiles.py URL VKEY [TOKEN]     URL is the log's prefix, such as https://host/audit; TOKEN opens entry bundles

Checks: the checkpoint and its media type; every hash tile of the head, full and partial, its size, media type and caching; that full tiles fold to
the level above and the right edge to the signed root; narrower partial tiles, which stay beginnings of wider ones; entry bundles against
their hashes; and that nothing else answers: tiles beyond the head, and other spellings of a tile's path.
"""
import os
import sys
import urllib.error
import urllib.request

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from verify import Bad, leaf_hash, node_hash, open_checkpoint, read_vkey  # the second verifier, not the server's code


def get(url, token=None):
    request = urllib.request.Request(url, headers={"Authorization": "Bearer " + token} if token else {})
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, dict(answer.headers.items()), answer.read()
    except urllib.error.HTTPError as error:
        return error.code, dict(error.headers.items()), error.read()


def path_of(level, index, width):
    digits = "%03d" % (index % 1000)
    index //= 1000
    while index:
        digits = "x%03d/%s" % (index % 1000, digits)
        index //= 1000
    return "tile/%s/%s%s" % (level, digits, "" if width == 256 else ".p/%d" % width)


def expect(condition, message):
    if not condition:
        raise Bad(message)


def tile(prefix, level, index, width, token=None):
    path = path_of(level, index, width)
    status, headers, body = get(prefix + "/" + path, token)
    expect(status == 200, "%s answers %d" % (path, status))
    expect(headers.get("Content-Type") == "application/octet-stream", "%s is %s" % (path, headers.get("Content-Type")))
    expect("immutable" in headers.get("Cache-Control", ""), path + " may not be cached")
    return body


def fold(hashes):
    while len(hashes) > 1:
        hashes = [node_hash(hashes[i], hashes[i + 1]) for i in range(0, len(hashes), 2)]
    return hashes[0]


def root_of(edge):
    """The root from the partial tiles of each level, lowest first."""
    root = None
    for hashes in edge:
        end = len(hashes)
        while end:
            width = end & -end
            subtree = fold(hashes[end - width:end])
            root = subtree if root is None else node_hash(subtree, root)
            end -= width
    return root


def main(prefix, vkey, token=None):
    status, headers, note = get(prefix + "/checkpoint")
    expect(status == 200 and headers.get("Content-Type", "").startswith("text/plain"), "the checkpoint answers %d as %s" % (status, headers.get("Content-Type")))
    size, root = open_checkpoint(note, read_vkey(vkey))[:2]
    levels, edge, requests = [], [], 0
    level = 0
    while size >> (8 * level):
        count = size >> (8 * level)
        hashes = []
        for index in range((count + 255) // 256):
            width = min(256, count - 256 * index)
            body = tile(prefix, level, index, width)
            requests += 1
            expect(len(body) == 32 * width, "tile %d/%d has %d bytes" % (level, index, len(body)))
            for narrower in {1, width // 2} - {0, width}:
                expect(tile(prefix, level, index, narrower) == body[:32 * narrower], "tile %d/%d of width %d is no beginning" % (level, index, narrower))
                requests += 1
            hashes += [body[i:i + 32] for i in range(0, len(body), 32)]
        if levels:
            for i in range(len(levels[-1]) // 256):
                expect(fold(levels[-1][256 * i:256 * i + 256]) == hashes[i], "tile %d/%d does not fold to the level above" % (level - 1, i))
        levels.append(hashes)
        edge.append(hashes[len(hashes) // 256 * 256:])
        level += 1
    expect(root_of(edge) == root, "the right edge does not fold to the signed root")
    if token:
        for index in range((size + 255) // 256):
            width = min(256, size - 256 * index)
            rest, found = tile(prefix, "entries", index, width, token), []
            while rest:
                length = int.from_bytes(rest[:2], "big")
                found.append(rest[2:2 + length])
                rest = rest[2 + length:]
            expect([leaf_hash(entry) for entry in found] == levels[0][256 * index:256 * index + width], "bundle %d is not what was hashed" % index)
            requests += 1
        expect(get(prefix + "/" + path_of("entries", 0, min(256, size)))[0] == 401, "entries are open to anybody")
    last = (size - 1) // 256
    beyond = [path_of(0, last + 1, 1), path_of(0, last, min(256, size - 256 * last + 1)), path_of(7, 0, 1)]
    spelled = ["tile/0/0", "tile/0/0000", "tile/00/000", "tile/0/x000/000", "tile/0/000.p/0", "tile/0/000.p/256", "tile/0/000.p/01", "tile/64/000", "tile/-1/000", "tile/0/000/", "tile/entriess/000"]
    for path in (beyond if (size - 256 * last) < 256 else beyond[:1]) + spelled:
        status = get(prefix + "/" + path, token)[0]
        expect(status in (400, 404), "%s answers %d" % (path, status))
    print("%d entries, %d tiles and bundles: the server is what its head says" % (size, requests))


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except Bad as bad:
        print(bad)
        sys.exit(1)
