"""The loop of a client process: one JSON request a line on stdin, one JSON answer a line on stdout."""

import base64
import json
import sys


def to_bytes(text):
    return None if text is None else base64.b64decode(text)


def to_text(data):
    return None if data is None else base64.b64encode(bytes(data)).decode()


def serve(operations, codecs):
    """Answers requests with the functions in `operations`, by name, until stdin ends."""
    admin = [name for name in operations if name not in ("produce", "consume")]
    print(json.dumps({"operations": admin, "codecs": codecs}), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        operation = operations[request.pop("do")]
        try:
            answer = {"ok": operation(**request)}
        except Exception as error:  # The test decides what to make of it.
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)
