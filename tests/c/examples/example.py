#!/usr/bin/env python3
"""example.py LIBRARY CONFIG TOKEN: validates a token with libassay-c.so.1. Exit status 0 accepted, 1 refused, 2 no engine."""
import ctypes
import sys
import time


class Span(ctypes.Structure):
    _fields_ = [("data", ctypes.c_char_p), ("size", ctypes.c_size_t)]


def span(text):
    return Span(text, len(text))


def declare(library, name, result, *arguments):
    function = getattr(library, name)
    function.restype, function.argtypes = result, arguments
    return function


def main(path, config_path, token):
    pointer, errors = ctypes.c_void_p, ctypes.POINTER(ctypes.c_void_p)
    library = ctypes.CDLL(path)
    from_file = declare(library, "assay_config_from_file", pointer, Span, errors)
    create = declare(library, "assay_engine_create", pointer, pointer, pointer, errors)
    worker_create = declare(library, "assay_worker_create", pointer, pointer, errors)
    validate = declare(library, "assay_validate", ctypes.c_int32, pointer, Span, ctypes.c_int64)
    verdict = declare(library, "assay_worker_verdict", pointer, pointer, ctypes.c_size_t)
    claim = declare(library, "assay_claim_text", ctypes.c_int32, pointer, ctypes.POINTER(Span), ctypes.c_size_t,
                    ctypes.POINTER(Span))
    word = declare(library, "assay_reason_word", ctypes.c_char_p, ctypes.c_int32)
    message = declare(library, "assay_error_message", ctypes.c_char_p, pointer)
    free = {name: declare(library, "assay_" + name, None, pointer)
            for name in ("worker_free", "engine_release", "config_free", "error_free")}

    error = ctypes.c_void_p()
    config = from_file(span(config_path.encode()), ctypes.byref(error))
    engine = create(config, None, ctypes.byref(error)) if config else None
    if not engine:
        print(message(error).decode())
        free["error_free"](error)
        return 2
    worker = worker_create(engine, None)
    reason = validate(worker, span(token.encode()), int(time.time()))
    accepted = reason == 200
    subject = Span()
    if accepted:
        claim(verdict(worker, 0), ctypes.byref(span(b"sub")), 1, ctypes.byref(subject))
    print("accept" if accepted else "reject", word(reason).decode(),
          ctypes.string_at(subject.data, subject.size).decode() if subject.size else "")
    free["worker_free"](worker)
    free["engine_release"](engine)
    free["config_free"](config)
    return 0 if accepted else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
