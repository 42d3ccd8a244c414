#!/usr/bin/env python3
"""Makes spc.json: server playback contexts of the versions 1, 2 and 3 with own keys and a stand-in D-Function.

Written from the published layout alone, apart from the product and in another language, so that one mistake does not pass on both
sides. Needs the package "cryptography"; the vectors are kept, so tests do not run this. Nothing in here is Apple's: certificates,
application secret, the D-Function and the constants of version 3 are made up.
"""
import datetime
import hashlib
import json
import os
import struct
import sys

from cryptography import x509
from cryptography.hazmat.primitives import cmac, hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.x509.oid import NameOID

ASK = bytes.fromhex("5a0102030405060708090a0b0c0d0e0f")
SEEDS = {name: hashlib.sha256(b"made up: " + name.encode()).digest()[:16] for name in ("key", "iv", "integrity")}
BASELINE, MAIN = 0x32F0004966A5C4F8, 0x4E7FD92421D588B4
ORDER = []


def derive(r2, ask):
    """The stand-in: SHA-256 over a label, R2 and the secret."""
    return hashlib.sha256(b"drmhub test d-function" + r2 + ask).digest()[:16]


def cbc(key, iv, data):
    cipher = Cipher(algorithms.AES(key), modes.CBC(iv)).encryptor()
    return cipher.update(data) + cipher.finalize()


def ecb(key, block):
    cipher = Cipher(algorithms.AES(key), modes.ECB()).encryptor()
    return cipher.update(block) + cipher.finalize()


def tllv(tag, value, extra=0):
    total = (len(value) + 15) // 16 * 16 + extra
    return struct.pack(">QII", tag, total, len(value)) + value + os.urandom(total - len(value))


def credential(bits):
    key = rsa.generate_private_key(65537, bits)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"DrmHub test FairPlay {bits}")])
    start = datetime.datetime(2020, 1, 1)
    certificate = (x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(bits)
                   .not_valid_before(start).not_valid_after(datetime.datetime(2120, 1, 1)).sign(key, hashes.SHA256()))
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()).decode()
    return key, certificate.public_bytes(serialization.Encoding.DER), pem


def message(asset, level, capabilities, kdl, state, offline_extra):
    sk, hu, r1, integrity = os.urandom(16), os.urandom(20), os.urandom(44), os.urandom(16)
    r2, seed, iv = os.urandom(21), os.urandom(16), os.urandom(16)
    elements = {
        "session": tllv(0x3D1A10B8BFFAC2EC, iv + cbc(derive(r2, ASK), iv, sk + hu + r1 + integrity)),
        "integrity": tllv(0xB349D4809E910687, integrity, 16),
        "seed": tllv(0x89C90F12204106B2, seed),
        "r2": tllv(0x71B5595AC1521133, r2),
        "asset": tllv(0x1BF7F53F5D5D5A1F, asset, offline_extra),
        "transaction": tllv(0x47AA7AD3440577DE, os.urandom(8)),
        "used": tllv(0x5D81BCBCC7F61703, struct.pack(">I", 1)),
        "supported": tllv(0x67B8FB79ECCE1A13, struct.pack(">II", 1, 2)),
        "unknown": tllv(0x0123456789ABCDEF, os.urandom(37)),
    }
    returned = ["transaction", "unknown"]
    if state is not None:
        elements["playback"] = tllv(0xEB8EFDF2B25AB3A0, struct.pack(">IIQ", 1700000000, state, 0x1122334455667788))
        returned.append("playback")
    if level is not None:
        elements["report"] = tllv(0xB18EE16EA50F6C02, struct.pack(">IIQI", 1, 0, level, kdl))
    if capabilities is not None:
        elements["capabilities"] = tllv(0x9C02AF3253C07FB2, struct.pack(">QQ", 0, capabilities))
        elements["device"] = tllv(0xD43FC6ABC596AAE7, struct.pack(">QI", 0x8551FD5E31F479B3, 17 << 16 | 4 << 8 | 1))
        elements["class"] = tllv(0x94C17CD676C69B59, struct.pack(">I", 2) + bytes(32))
    tags = b"".join(elements[name][:8] for name in returned)
    elements["return"] = tllv(0x19F9D4E5AB7609CB, tags)
    names = sorted(elements, key=lambda name: hashlib.sha256(name.encode() + r2).digest())
    facts = {"sessionKey": sk.hex(), "deviceId": hu.hex(), "r1": r1.hex(), "antiReplaySeed": seed.hex(), "assetId": asset.hex(),
             "returned": [elements[name].hex() for name in returned]}
    return b"".join(elements[name] for name in names), facts


def wrap(key, secret, algorithm):
    return key.public_key().encrypt(secret, padding.OAEP(padding.MGF1(algorithm()), algorithm(), None))


def sealed(version, held, payload, algorithm):
    key, certificate, _ = held
    secret, iv = os.urandom(16), os.urandom(16)
    return struct.pack(">II", version, 0) + iv + wrap(key, secret, algorithm) + hashlib.sha1(certificate).digest() + struct.pack(">I", len(payload)) + cbc(secret, iv, payload)


def sealed_v3(held, payload):
    key, certificate, _ = held
    master = os.urandom(16)
    body = wrap(key, master, hashes.SHA256) + hashlib.sha256(certificate).digest() + bytes(12) + struct.pack(">I", len(payload))
    body += cbc(ecb(master, SEEDS["key"]), ecb(master, SEEDS["iv"]), payload)
    code = cmac.CMAC(algorithms.AES(ecb(master, SEEDS["integrity"])))
    code.update(body)
    return struct.pack(">II", 3, 0) + bytes.fromhex("6644ff2ba87c99b6ff9655270cd068a6") + body + code.finalize()


def main():
    small, large = credential(1024), credential(2048)
    kid = bytes.fromhex("00112233445566778899aabbccddeeff")
    cases = [
        ("v1 of an old device", 1, small, hashes.SHA1, b"skd://00112233-4455-6677-8899-aabbccddeeff", None, None, 0, None),
        ("v1 Baseline, ready", 1, small, hashes.SHA1, b"00112233445566778899aabbccddeeff", BASELINE, 0b010011, 31, 0xF4DEE5A2),
        ("v2 Main, lease expiring, SHA-256", 2, large, hashes.SHA256, b"skd://title/00112233445566778899aabbccddeeff", MAIN, 0b111011, 40, 0x4F834330),
        ("v2 Main, SHA-1", 2, large, hashes.SHA1, kid, MAIN, 0b111011, 40, 0xF4DEE5A2),
        ("v3 Main", 3, large, hashes.SHA256, b"skd://00112233-4455-6677-8899-aabbccddeeff", MAIN, 0b111011, 40, 0xF4DEE5A2),
    ]
    out = {"ask": ASK.hex(), "seeds": {name: value.hex() for name, value in SEEDS.items()},
           "credentials": [{"certificate": held[1].hex(), "privateKey": held[2]} for held in (small, large)], "spcs": []}
    for name, version, held, algorithm, asset, level, capabilities, kdl, state in cases:
        payload, facts = message(asset, level, capabilities, kdl, state, 32 if version == 2 else 0)
        spc = sealed_v3(held, payload) if version == 3 else sealed(version, held, payload, algorithm)
        out["spcs"].append({"name": name, "version": version, "spc": spc.hex(), "level": {None: "Software", BASELINE: "HardwareCrypto", MAIN: "Hardware"}[level],
                            "state": state, **facts})
    json.dump(out, sys.stdout, indent=1)
    print()


main()
