"""The child process that renders SVG with resvg: texts in, pictures out, until its input ends.

Run by path with `python -I`. resvg holds Python's lock while it draws, so that threads of one process draw one after
another; children draw side by side. On stdin stand requests: 8 bytes of length, big-endian, then that much UTF-8. On
stdout stand answers: one byte, `1` for a PNG and `0` for an error in words, 8 bytes of length, then the bytes.
"""

import os
import struct
import sys

import resvg

IDENTITY_TRANSFORM = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
"""The transform that leaves a drawing where it is, row by row."""


def main() -> None:
    """Answer requests until the input ends, which it does when the parent is gone, however it went."""
    requests, responses = sys.stdin.buffer, sys.stdout.buffer
    options = resvg.usvg.Options.default()
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())  # what resvg refuses it also prints, with a trace
    while len(header := requests.read(8)) == 8:
        text = requests.read(struct.unpack(">Q", header)[0]).decode()
        try:
            ok, data = b"1", resvg.render(resvg.usvg.Tree.from_str(text, options), IDENTITY_TRANSFORM)
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:  # noqa: BLE001 - a panic of Rust's comes as no Exception
            ok, data = b"0", str(error).encode()
        responses.write(ok + struct.pack(">Q", len(data)) + data)
        responses.flush()


if __name__ == "__main__":
    main()
