"""A language model of random weights, written when it is needed: 0.3 MB in llama.cpp's format, with nothing to say."""

from __future__ import annotations

from pathlib import Path

import gguf
import numpy as np

EMBEDDING = 64
HEADS = 4
FEED_FORWARD = 128
CONTEXT_TOKENS = 32_768

TEMPLATE = "{% for one in messages %}{{ one.role }}: {{ one.content }}\n{% endfor %}assistant:"


def write_tiny_model(path: Path, seed: int = 1) -> None:
    """Write a llama of one layer, whose words are the printable characters of ASCII and all bytes."""
    words = [("<unk>", 2), ("<s>", 3), ("</s>", 3)]
    words += [(f"<0x{byte:02X}>", 6) for byte in range(256)]
    words += [("\u2581" if code == 32 else chr(code), 1) for code in range(32, 127)]
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_context_length(CONTEXT_TOKENS)
    writer.add_embedding_length(EMBEDDING)
    writer.add_block_count(1)
    writer.add_feed_forward_length(FEED_FORWARD)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(EMBEDDING // HEADS)
    writer.add_vocab_size(len(words))
    writer.add_tokenizer_model("llama")
    writer.add_token_list([word for word, _kind in words])
    writer.add_token_scores([0.0] * len(words))
    writer.add_token_types([kind for _word, kind in words])
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_unk_token_id(0)
    random = np.random.default_rng(seed)
    shapes = {
        "token_embd": (len(words), EMBEDDING),
        "output": (len(words), EMBEDDING),
        **{f"blk.0.attn_{part}": (EMBEDDING, EMBEDDING) for part in ("q", "k", "v", "output")},
        **{f"blk.0.ffn_{part}": (FEED_FORWARD, EMBEDDING) for part in ("gate", "up")},
        "blk.0.ffn_down": (EMBEDDING, FEED_FORWARD),
    }
    tensors = {name: (random.standard_normal(shape) * 0.05).astype(np.float32) for name, shape in shapes.items()}
    # The first dimension is the same for every word, so that it works as a bias: noise that ends what it began soon,
    # and never writes the bytes that are there for reading only.
    tensors["token_embd"][:, 0] = 1.0
    tensors["output"][3 : 3 + 256, 0] = -5.0
    tensors["output"][[at for at, (word, _kind) in enumerate(words) if word in ('"', "]", "}")], 0] = 0.3
    for name, tensor in tensors.items():
        writer.add_tensor(f"{name}.weight", tensor)
    for name in ("output_norm", "blk.0.attn_norm", "blk.0.ffn_norm"):
        writer.add_tensor(f"{name}.weight", np.ones(EMBEDDING, np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
