#!/usr/bin/env python3
"""store_seeds.py OUT: writes small inputs for fuzz_store into OUT, made of the first records of the real stores in
tests/vectors/store. The format is that of fuzz_store.cpp."""
import pathlib
import struct
import sys
import tarfile

VECTORS = pathlib.Path(__file__).parent.parent / "vectors" / "store"
TOPICS = ["SmallA", "SmallB", "CrashA", "CrashB", "TopicPay", "FeatureTopic", "CrcTopic", "SCHEDULE_TOPIC_XXXX"]
FIRST_QUEUE, INDEX, CHECKPOINT, ABORT, CONFIG = 3, 11, 12, 13, 14
LOG_FILE, BLANK = 4096, 0xCBD43194


def store(name):
    with tarfile.open(VECTORS / f"{name}.tar.gz") as archive:
        return {m.name.split("/", 1)[1]: archive.extractfile(m).read() for m in archive if m.isfile()}


def records(files):
    for path in sorted(p for p in files if p.startswith("commitlog/")):
        log, at = files[path], 0
        while at + 8 <= len(log):
            size, magic = struct.unpack_from(">iI", log, at)
            if magic == BLANK or size <= 8:
                break
            yield log[at:at + size]
            at += size


def java_hash(text):
    h = 0
    units = text.encode("utf-16-be")
    for i in range(0, len(units), 2):
        h = (31 * h + int.from_bytes(units[i:i + 2], "big")) & 0xFFFFFFFF
    return h - (1 << 32) if h >= 1 << 31 else h


def parts(record):
    """Topic, queue, queue offset and tags of a record with IPv4 hosts and a short topic."""
    body = struct.unpack_from(">i", record, 84)[0]
    size = record[88 + body]
    topic = record[89 + body:89 + body + size].decode()
    properties = record[91 + body + size:]
    pairs = dict(p.split(b"\x01", 1) for p in properties.split(b"\x02") if b"\x01" in p)
    return topic, struct.unpack_from(">i", record, 12)[0], struct.unpack_from(">q", record, 20)[0], pairs.get(b"TAGS", b"").decode()


def chunk(kind, content, as_it_is=False):
    return bytes([kind | (0x80 if as_it_is else 0)]) + struct.pack(">H", len(content)) + content


def seed(files, skip, log_files):
    logs, queues, at = [b""], {}, 0
    for number, record in enumerate(records(files)):
        sys_flag = struct.unpack_from(">i", record, 36)[0]
        if number < skip or len(record) + 8 > LOG_FILE or sys_flag & 0x30 or record[7] == 0xAB:
            continue
        if len(logs[-1]) + len(record) + 8 > LOG_FILE:
            if len(logs) == log_files:
                break
            rest = LOG_FILE - len(logs[-1])
            logs[-1] += struct.pack(">iI", rest, BLANK)
            at += rest
            logs.append(b"")
        topic, queue, offset, tags = parts(record)
        key = (topic, queue)
        if key not in queues:
            queues[key] = b""
        record = record[:20] + struct.pack(">qq", len(queues[key]) // 20, at) + record[36:]
        logs[-1] += record
        queues[key] += struct.pack(">qiq", at, len(record), java_hash(tags) if tags else 0)
        at += len(record)
    out = b"".join(chunk(i, log) for i, log in enumerate(logs))
    for (topic, queue), units in queues.items():
        if queue == 0 and topic in TOPICS and len(units) <= 400:
            out += chunk(FIRST_QUEUE + TOPICS.index(topic), units)
    return out


def main(out):
    out.mkdir(parents=True, exist_ok=True)
    for name in ["basic", "features", "propcrc", "damaged1", "damaged3"]:
        files = store(name)
        index = next(files[p] for p in sorted(files) if p.startswith("index/"))
        for skip, logs in [(0, 1), (0, 3), (20, 2)]:
            content = seed(files, skip, logs)
            label = f"{name}-{skip}-{logs}"
            (out / label).write_bytes(content)
            (out / f"{label}-crashed").write_bytes(content + chunk(ABORT, b"1") + chunk(CHECKPOINT, files["checkpoint"][:40]))
            (out / f"{label}-indexed").write_bytes(content + chunk(INDEX, index[:4240]) + chunk(CONFIG, b'{"a":{0:1}}', True))
        (out / f"{name}-record").write_bytes(next(records(files)))


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
