"""Makes GGUF files out of another one."""

import struct
from pathlib import Path

ALIGNMENT = 32


def with_chat_template(source: Path, target: Path, template: str) -> Path:
    """Copy a GGUF whose metadata holds no chat template, and put one in."""
    magic, version, tensors, count = struct.unpack_from("<4sIQQ", data := source.read_bytes())
    key, value = b"tokenizer.chat_template", template.encode()
    length = len(_string(key) + struct.pack("<I", 8) + _string(value))
    # Tensors must stay on their boundaries: a comment of four bytes or more fills up.
    value += b"{#" + b" " * (-(length + 4) % ALIGNMENT) + b"#}"
    entry = _string(key) + struct.pack("<I", 8) + _string(value)
    head = struct.pack("<4sIQQ", magic, version, tensors, count + 1)
    target.write_bytes(head + entry + data[len(head) :])
    return target


def _string(value: bytes) -> bytes:
    return struct.pack("<Q", len(value)) + value
