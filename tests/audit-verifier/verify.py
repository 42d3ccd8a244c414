#!/usr/bin/env python3
"""Checks an exported DrmHub audit log with nothing but its public key.

Written from the public specifications (RFC 6962 section 2.1, RFC 8032, C2SP signed-note, tlog-checkpoint, tlog-tiles,
tlog-cosignature, tlog-proof) and docs/audit.md, with Python's standard library only, and without looking at the server's code.

  verify.py log FOLDER VKEY [--witness VKEY]...     a whole export: every hash, every entry
  verify.py proof FILE VKEY ENTRYFILE               one entry and its .tlog-proof
  verify.py consistency OLDNOTE NEWNOTE VKEY HASH...  base64 hashes

Exit code 0: it verifies. 1: it does not, and one line says why.
"""
import base64
import hashlib
import json
import os
import struct
import sys


class Bad(Exception):
    pass


# --- Ed25519, RFC 8032 section 5.1 -------------------------------------------------------------------------------------
P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P


def point_add(a, b):
    e = (a[1] - a[0]) * (b[1] - b[0]) % P
    f = (a[1] + a[0]) * (b[1] + b[0]) % P
    g = 2 * a[3] * b[3] * D % P
    h = 2 * a[2] * b[2] % P
    i, j, k, m = f - e, h - g, h + g, f + e
    return (i * j % P, k * m % P, j * k % P, i * m % P)


def point_mul(scalar, point):
    result = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            result = point_add(result, point)
        point = point_add(point, point)
        scalar >>= 1
    return result


def recover_x(y, sign):
    if y >= P:
        return None
    x2 = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    if x2 == 0:
        return None if sign else 0
    x = pow(x2, (P + 3) // 8, P)
    if (x * x - x2) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if (x * x - x2) % P:
        return None
    return P - x if x & 1 != sign else x


def decompress(data):
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & ((1 << 255) - 1)
    x = recover_x(y, sign)
    return None if x is None else (x, y, 1, x * y % P)


BASE_Y = 4 * pow(5, P - 2, P) % P
BASE_X = recover_x(BASE_Y, 0)
BASE = (BASE_X, BASE_Y, 1, BASE_X * BASE_Y % P)


def ed25519_verify(public, message, signature):
    if len(public) != 32 or len(signature) != 64:
        return False
    a, r = decompress(public), decompress(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    if a is None or r is None or s >= L:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % L
    left, right = point_mul(s, BASE), point_add(r, point_mul(h, a))
    return (left[0] * right[2] - right[0] * left[2]) % P == 0 and (left[1] * right[2] - right[1] * left[2]) % P == 0


# --- notes and checkpoints ---------------------------------------------------------------------------------------------
def b64(text):
    data = base64.b64decode(text, validate=True)
    if base64.b64encode(data).decode() != text:
        raise Bad("base64 has another spelling")
    return data


def read_vkey(text):
    name, key_hash, blob = text.split("+", 2)
    blob = b64(blob)
    if len(blob) != 33 or blob[0] not in (1, 4):
        raise Bad("unknown kind of key")
    if hashlib.sha256(name.encode() + b"\n" + blob).digest()[:4].hex() != key_hash:
        raise Bad("the key's hash does not match")
    return name, bytes.fromhex(key_hash), blob[0], blob[1:]


def open_note(data, vkey):
    """The text of a note, after a right signature by the key."""
    text = data.decode("utf-8")
    if any(ord(c) < 32 and c != "\n" for c in text) or not text.endswith("\n"):
        raise Bad("malformed note")
    split = text.rfind("\n\n")
    if split < 0:
        raise Bad("a note without signatures")
    body, lines = text[: split + 1], text[split + 2 : -1].split("\n")
    name, key_id, kind, public = vkey
    good = 0
    for line in lines:
        dash, signer, blob = line.split(" ")
        if dash != "\u2014":
            raise Bad("malformed signature line")
        blob = b64(blob)
        if signer != name or blob[:4] != key_id:
            continue
        signature, message = blob[4:], body.encode()
        if kind == 4:
            (time,) = struct.unpack(">Q", signature[:8])
            message = f"cosignature/v1\ntime {time}\n".encode() + message
            signature = signature[8:]
        if not ed25519_verify(public, message, signature):
            raise Bad(f"a wrong signature of {name}")
        good += 1
    if not good:
        raise Bad(f"no signature of {name}")
    return body


def open_checkpoint(data, vkey, witnesses=()):
    body = open_note(data, vkey)
    for witness in witnesses:
        open_note(data, witness)
    lines = body[:-1].split("\n")
    if len(lines) < 3 or lines[0] != vkey[0] or not lines[1].isascii() or not lines[1].isdigit() or str(int(lines[1])) != lines[1]:
        raise Bad("malformed checkpoint")
    root = b64(lines[2])
    if len(root) != 32:
        raise Bad("malformed root")
    return int(lines[1]), root


# --- the tree ----------------------------------------------------------------------------------------------------------
def leaf_hash(entry):
    return hashlib.sha256(b"\0" + entry).digest()


def node_hash(left, right):
    return hashlib.sha256(b"\1" + left + right).digest()


def tree_root(hashes):
    """RFC 6962 section 2.1 from leaf hashes, by a stack of perfect subtrees."""
    stack = []
    for i, h in enumerate(hashes):
        i += 1
        while i % 2 == 0:
            h = node_hash(stack.pop(), h)
            i //= 2
        stack.append(h)
    if not stack:
        return hashlib.sha256(b"").digest()
    root = stack.pop()
    while stack:
        root = node_hash(stack.pop(), root)
    return root


def check_inclusion(index, size, leaf, proof, root):
    """RFC 9162 section 2.1.3.2."""
    if index >= size:
        raise Bad("the index is not below the size")
    fn, sn, r = index, size - 1, leaf
    for p in proof:
        if len(p) != 32 or sn == 0:
            raise Bad("malformed inclusion proof")
        if fn & 1 or fn == sn:
            r = node_hash(p, r)
            while not fn & 1 and fn:
                fn >>= 1
                sn >>= 1
        else:
            r = node_hash(r, p)
        fn >>= 1
        sn >>= 1
    if sn != 0 or r != root:
        raise Bad(f"entry {index} is not in the tree")


def check_consistency(first, second, root1, root2, proof):
    """RFC 9162 section 2.1.4.2."""
    if first == second:
        if proof or root1 != root2:
            raise Bad("two heads of one size differ")
        return
    if not 0 < first < second or not proof:
        raise Bad("malformed consistency proof")
    path = ([root1] if first & (first - 1) == 0 else []) + list(proof)
    fn, sn = first - 1, second - 1
    while fn & 1:
        fn >>= 1
        sn >>= 1
    fr = sr = path[0]
    for c in path[1:]:
        if len(c) != 32 or sn == 0:
            raise Bad("malformed consistency proof")
        if fn & 1 or fn == sn:
            fr, sr = node_hash(c, fr), node_hash(c, sr)
            while not fn & 1 and fn:
                fn >>= 1
                sn >>= 1
        else:
            sr = node_hash(sr, c)
        fn >>= 1
        sn >>= 1
    if sn != 0 or fr != root1 or sr != root2:
        raise Bad("the new head does not continue the old one")


def tile_name(index, width):
    name = f"{index % 1000:03}"
    while index >= 1000:
        index //= 1000
        name = f"x{index % 1000:03}/" + name
    return name if width == 256 else f"{name}.p/{width}"


def tiles_of(hashes):
    for index in range(hashes // 256):
        yield index, 256
    if hashes % 256:
        yield hashes // 256, hashes % 256


def read(folder, *parts):
    path = os.path.join(folder, *parts)
    if not os.path.exists(path):
        return None
    with open(path, "rb") as file:
        return file.read()


def split_bundle(data):
    entries, at = [], 0
    while at < len(data):
        (length,) = struct.unpack_from(">H", data, at)
        entries.append(data[at + 2 : at + 2 + length])
        if len(entries[-1]) != length:
            raise Bad("a bundle ends early")
        at += 2 + length
    return entries


def verify_log(folder, vkey, witnesses):
    note = read(folder, "checkpoint")
    if note is None:
        raise Bad("there is no checkpoint")
    size, root = open_checkpoint(note, vkey, witnesses)
    leaves = []
    for index, width in tiles_of(size):
        tile = read(folder, "tile", "0", tile_name(index, width))
        if tile is None or len(tile) != 32 * width:
            raise Bad(f"tile 0/{tile_name(index, width)} is missing or of a wrong length")
        leaves += [tile[i : i + 32] for i in range(0, len(tile), 32)]
    if tree_root(leaves) != root:
        raise Bad("the hashes do not fold to the signed root")
    level, hashes = 1, leaves
    while size >> (8 * level):
        hashes = [tree_root(hashes[i : i + 256]) for i in range(0, len(hashes) // 256 * 256, 256)]
        for index, width in tiles_of(len(hashes)):
            if read(folder, "tile", str(level), tile_name(index, width)) != b"".join(hashes[index * 256 : index * 256 + width]):
                raise Bad(f"tile {level}/{tile_name(index, width)} is not the fold of the level below")
        level += 1
    checked, started = 0, False
    for index, width in tiles_of(size):
        bundle = read(folder, "tile", "entries", tile_name(index, width))
        if bundle is None:
            if started:
                raise Bad(f"the entries from {index * 256} are missing")
            continue
        started = True
        entries = split_bundle(bundle)
        for i in range(max(width, len(entries))):
            at = index * 256 + i
            if i >= len(entries) or i >= width or leaf_hash(entries[i]) != leaves[at]:
                raise Bad(f"entry {at} is not the one that was logged")
            check_canonical(at, entries[i])
            checked += 1
    print(f"OK {checked} of {size} entries, root {root.hex()}")


def check_canonical(index, entry):
    """docs/audit.md: version 1 is RFC 8785 JSON; Python's compact sorted form is the same for ASCII names and integers."""
    value = json.loads(entry)
    if value.get("v") != 1:
        raise Bad(f"entry {index} has an unknown version")
    if json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode() != entry:
        raise Bad(f"entry {index} is not in canonical form")


def open_proof(text, vkey):
    lines = text.split("\n")
    if lines[0] != "c2sp.org/tlog-proof@v1":
        raise Bad("not a proof file")
    at = 2 if lines[1].startswith("extra ") else 1
    word, index = lines[at].split(" ")
    if word != "index" or str(int(index)) != index:
        raise Bad("malformed index")
    end = lines.index("", at)
    hashes = [b64(line) for line in lines[at + 1 : end]]
    size, root = open_checkpoint("\n".join(lines[end + 1 :]).encode(), vkey)
    return int(index), hashes, size, root


def verify_proof(file, vkey, entry_file):
    with open(file, encoding="utf-8", newline="") as handle:
        index, hashes, size, root = open_proof(handle.read(), vkey)
    with open(entry_file, "rb") as handle:
        entry = handle.read()
    check_inclusion(index, size, leaf_hash(entry), hashes, root)
    print(f"OK entry {index} of {size}")


def main(arguments):
    if len(arguments) >= 3 and arguments[0] == "log":
        witnesses = [read_vkey(arguments[i + 1]) for i in range(3, len(arguments), 2) if arguments[i] == "--witness"]
        verify_log(arguments[1], read_vkey(arguments[2]), witnesses)
    elif len(arguments) == 4 and arguments[0] == "proof":
        verify_proof(arguments[1], read_vkey(arguments[2]), arguments[3])
    elif len(arguments) >= 4 and arguments[0] == "consistency":
        vkey = read_vkey(arguments[3])
        old, new = (open_checkpoint(read(os.path.dirname(path) or ".", os.path.basename(path)), vkey) for path in arguments[1:3])
        check_consistency(old[0], new[0], old[1], new[1], [b64(text) for text in arguments[4:]])
        print(f"OK {new[0]} entries continue {old[0]}")
    else:
        print(__doc__, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except (Bad, ValueError, IndexError, struct.error, KeyError) as problem:
        print(f"NOT VERIFIED: {problem}")
        sys.exit(1)
