"""The child process that renders SVG with resvg: texts in, pictures out, until its input ends.

Run by path with `python -I`. resvg holds Python's lock while it draws, so that threads of one process draw one after
another; children draw side by side. On stdin stand requests: 8 bytes of length, big-endian, then that much UTF-8. On
stdout stand answers: one byte, `1` for a PNG and `0` for an error in words, 8 bytes of length, then the bytes.
"""

import struct
import sys

import resvg_py


def main() -> None:
    """Answer requests until the input ends, which it does when the parent is gone, however it went."""
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    while len(head := requests.read(8)) == 8:
        text = requests.read(struct.unpack(">Q", head)[0]).decode()
        try:
            ok, data = b"1", bytes(resvg_py.svg_to_bytes(svg_string=text, skip_system_fonts=True))
        except ValueError as error:
            ok, data = b"0", str(error).encode()
        answers.write(ok + struct.pack(">Q", len(data)) + data)
        answers.flush()


if __name__ == "__main__":
    main()
