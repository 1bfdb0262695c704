"""HTTP as the tests of the nginx module speak it: a backend that records, and raw clients of HTTP/1.1 and HTTP/2."""
import json
import socket
import struct
import threading


class Message:
    """What a request and a response have in common."""

    def __init__(self, headers, body):
        self.headers, self.body = headers, body

    def all(self, name):
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def one(self, name):
        found = self.all(name)
        assert len(found) <= 1, f"{name} came {len(found)} times: {found}"
        return found[0] if found else None


class Request(Message):
    """What a backend has received."""

    def __init__(self, method, target, headers, body):
        super().__init__(headers, body)
        self.method, self.target = method, target


class Backend:
    """An HTTP/1.1 server that records what it gets. `answer(request)` gives (status, headers, body), or a generator of
    bytes, which is sent as it comes; else it says "backend"."""

    def __init__(self, answer=None):
        self.answer = answer
        self.requests = []
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port = self.listener.getsockname()[1]
        self.closed = False
        threading.Thread(target=self._accept, daemon=True).start()

    def take(self):
        """What has come since the last call."""
        taken, self.requests = self.requests, []
        return taken

    def close(self):
        self.closed = True
        self.listener.close()

    def _accept(self):
        while not self.closed:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        with connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            reader = connection.makefile("rb")
            try:
                while self._one(connection, reader):
                    pass
            except (OSError, ValueError):
                pass

    def _one(self, connection, reader):
        line = reader.readline().decode("latin-1").split()
        if len(line) != 3:
            return False
        request = Request(line[0], line[1], read_fields(reader), b"")
        length = request.all("content-length")
        if "chunked" in ",".join(request.all("transfer-encoding")).lower():
            request.body = read_chunks(reader)
        elif length:
            request.body = reader.read(int(length[0]))
        self.requests.append(request)
        status, fields, body = 200, [], b"backend"
        if request.all("upgrade"):
            connection.sendall(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\n")
            while (data := connection.recv(4096)):
                connection.sendall(data)
            return False
        answered = self.answer(request) if self.answer else None
        if answered is not None:
            if not isinstance(answered, tuple):
                for part in answered:
                    connection.sendall(part)
                return False
            status, fields, body = answered
        head = f"HTTP/1.1 {status} X\r\n" + "".join(f"{name}: {value}\r\n" for name, value in fields)
        connection.sendall((head + f"Content-Length: {len(body)}\r\n\r\n").encode() + (b"" if request.method == "HEAD" else body))
        return (request.one("connection") or "").lower() != "close"


def read_chunks(reader):
    parts = []
    while True:
        size = int(reader.readline().split(b";")[0], 16)
        if size == 0:
            while reader.readline().rstrip(b"\r\n"):
                pass
            return b"".join(parts)
        parts.append(reader.read(size))
        reader.readline()


class Response(Message):
    def __init__(self, status, headers, body):
        super().__init__(headers, body)
        self.status = status

    def json(self):
        return json.loads(self.body)


def read_fields(reader):
    headers = []
    while (field := reader.readline().rstrip(b"\r\n")):
        name, _, value = field.decode("latin-1").partition(":")
        headers.append((name, value.strip()))
    return headers


def read_response(reader, method="GET"):
    status = reader.readline().decode("latin-1").split()
    if len(status) < 2:
        raise ConnectionError("no response")
    response = Response(int(status[1]), read_fields(reader), b"")
    if method == "HEAD" or response.status in (101, 204, 304):
        return response
    if "chunked" in response.all("transfer-encoding"):
        response.body = read_chunks(reader)
    elif response.all("content-length"):
        response.body = reader.read(int(response.one("content-length")))
    else:
        response.body = reader.read()
    return response


class Client:
    """One HTTP/1.1 connection."""

    def __init__(self, port, timeout=10):
        self.port, self.timeout, self.socket = port, timeout, None

    def open(self):
        self.close()
        self.socket = socket.create_connection(("127.0.0.1", self.port), timeout=self.timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.reader = self.socket.makefile("rb")

    def close(self):
        if self.socket is not None:
            self.reader.close()
            self.socket.close()
            self.socket = None

    def send(self, method, target, headers=(), body=None, chunked=False):
        fields = list(headers)
        if not any(name.lower() == "host" for name, _ in fields):
            fields.insert(0, ("Host", "gate.example.com"))
        if chunked:
            fields.append(("Transfer-Encoding", "chunked"))
            body = b"".join(b"%x\r\n%s\r\n" % (len(body[i:i + 65536]), body[i:i + 65536])
                            for i in range(0, len(body), 65536)) + b"0\r\n\r\n"
        elif body is not None:
            fields.append(("Content-Length", str(len(body))))
        head = f"{method} {target} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in fields) + "\r\n"
        try:
            self.socket.sendall(head.encode("latin-1") + (body or b""))
        except (BrokenPipeError, ConnectionResetError):
            pass  # refused before the whole body was sent: the answer is there

    def request(self, method, target, headers=(), body=None, chunked=False):
        for attempt in (0, 1):
            fresh = self.socket is None
            if fresh:
                self.open()
            try:
                self.send(method, target, headers, body, chunked)
                response = read_response(self.reader, method)
                break
            except ConnectionError:
                self.close()
                if fresh or attempt == 1:
                    raise
        if (response.one("connection") or "").lower() == "close" or response.status == 101:
            if response.status != 101:
                self.close()
        return response


def bearer(token):
    return [("Authorization", "Bearer " + token)] if token else []


class Http2:
    """One HTTP/2 connection with prior knowledge: enough of RFC 9113 for requests one by one. Of the answer's headers only
    :status is read: nginx sends it first."""

    STATUS = {0x88: 200, 0x89: 204, 0x8A: 206, 0x8B: 304, 0x8C: 400, 0x8D: 404, 0x8E: 500}

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self.reader = self.socket.makefile("rb")
        self.socket.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + self._frame(4, 0, 0, struct.pack(">HI", 4, 0x7FFFFFF)))
        self.stream, self.window, self.initial, self.most = -1, 65535, 65535, 16384

    def close(self):
        self.reader.close()
        self.socket.close()

    @staticmethod
    def _frame(kind, flags, stream, payload=b""):
        return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload

    @staticmethod
    def _text(text):
        data = text.encode("latin-1")
        if len(data) < 127:
            return bytes([len(data)]) + data
        rest, out = len(data) - 127, [127]
        while rest >= 128:
            out.append(rest % 128 + 128)
            rest //= 128
        return bytes(out + [rest]) + data

    def _read(self):
        head = self.reader.read(9)
        if len(head) < 9:
            raise ConnectionError("the connection was closed")
        size = int.from_bytes(head[:3], "big")
        return head[3], head[4], int.from_bytes(head[5:], "big"), self.reader.read(size)

    def request(self, method, target, headers=(), body=None, chunked=False):
        self.stream += 2
        fields = [(":method", method), (":scheme", "http"), (":path", target), (":authority", "gate.example.com")]
        fields += [(name.lower(), value) for name, value in headers]
        if body is not None and not chunked:
            fields.append(("content-length", str(len(body))))
        block = b"".join(b"\x00" + self._text(name) + self._text(value) for name, value in fields)
        sent = self._frame(1, 4 | (0 if body else 1), self.stream, block[:self.most])
        self.socket.sendall(sent)
        pending, status, got, window = memoryview(body or b""), 0, b"", self.initial
        while True:
            while pending and min(window, self.window) > 0:
                part = pending[:min(window, self.window, self.most)]
                pending = pending[len(part):]
                window, self.window = window - len(part), self.window - len(part)
                try:
                    self.socket.sendall(self._frame(0, 0 if pending else 1, self.stream, bytes(part)))
                except (BrokenPipeError, ConnectionResetError):
                    pending = memoryview(b"")
            kind, flags, stream, payload = self._read()
            if kind == 4 and not flags & 1:
                for i in range(0, len(payload), 6):
                    name, value = struct.unpack(">HI", payload[i:i + 6])
                    if name == 4:
                        window, self.initial = window + value - self.initial, value
                self.socket.sendall(self._frame(4, 1, 0))
            elif kind == 6 and not flags & 1:
                self.socket.sendall(self._frame(6, 1, 0, payload))
            elif kind == 7:
                raise ConnectionError("GOAWAY")
            elif kind == 8:
                more = int.from_bytes(payload, "big")
                if stream == 0:
                    self.window += more
                elif stream == self.stream:
                    window += more
            elif stream != self.stream:
                continue
            elif kind == 3:
                if status and int.from_bytes(payload, "big") == 0:
                    return Response(status, [], got)  # the rest of the body is not wanted
                return Response(-1, [], got)  # reset
            elif kind == 1 and not status:
                while payload[0] & 0xE0 == 0x20:
                    payload = payload[1:]
                status = self.STATUS.get(payload[0]) or int(payload[2:5])
            elif kind == 0:
                got += payload
                if payload:
                    self.socket.sendall(self._frame(8, 0, 0, struct.pack(">I", len(payload))))
            if kind in (0, 1) and stream == self.stream and flags & 1:
                return Response(status, [], got)
