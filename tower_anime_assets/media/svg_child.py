"""The child process that renders SVG with resvg until its input ends.

Run by path with `python -I`. resvg holds the GIL while it renders, so threads of one process would render one after
another; processes render in parallel. A request on stdin is a length in 8 bytes, big-endian, and that much UTF-8. An
answer on stdout is one byte, `1` for a PNG and `0` for an error message, a length in 8 bytes, and the bytes.
"""

import os
import struct
import sys

import resvg

IDENTITY_TRANSFORM = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
"""The identity as an affine transform, row by row."""


def main() -> None:
    """Answer requests until the input ends, which it also does when the parent is killed."""
    requests, responses = sys.stdin.buffer, sys.stdout.buffer
    options = resvg.usvg.Options.default()
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())  # resvg also prints its errors, with a stack trace
    while len(header := requests.read(8)) == 8:
        text = requests.read(struct.unpack(">Q", header)[0]).decode()
        try:
            ok, data = b"1", resvg.render(resvg.usvg.Tree.from_str(text, options), IDENTITY_TRANSFORM)
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:  # noqa: BLE001 - a Rust panic is not an Exception
            ok, data = b"0", str(error).encode()
        responses.write(ok + struct.pack(">Q", len(data)) + data)
        responses.flush()


if __name__ == "__main__":
    main()
