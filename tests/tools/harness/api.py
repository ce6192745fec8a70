"""A plain HTTP/1.1 client over the daemon's Unix socket: http.client, nothing of ours."""
import http.client
import json
import socket


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path, timeout):
        super().__init__("chapar", timeout=timeout)
        self._path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def lines(self):
        return [json.loads(line) for line in self.body.splitlines() if line.strip()]

    def __repr__(self):
        return f"<{self.status} {self.body[:400]!r}>"


class Api:
    """One connection a call by default; keep=True holds one open. Raises OSError or HTTPException when the link breaks."""

    def __init__(self, path, timeout=15, keep=False):
        self.path, self.timeout, self.keep = str(path), timeout, keep
        self._connection = None

    def request(self, method, target, body=None, content_type="application/json", headers=None):
        connection = self._connection or _UnixConnection(self.path, self.timeout)
        self._connection = None
        head = dict(headers or {})
        if body is not None:
            if not isinstance(body, (bytes, str)):
                body = json.dumps(body, ensure_ascii=False)
            if isinstance(body, str):
                body = body.encode()
            head.setdefault("Content-Type", content_type)
        try:
            connection.request(method, target, body, head)
            response = connection.getresponse()
            answer = Answer(response.status, dict(response.getheaders()), response.read())
        except BaseException:
            connection.close()
            raise
        if self.keep and not response.will_close:
            self._connection = connection
        else:
            connection.close()
        return answer

    def get(self, target):
        return self.request("GET", target)

    def post(self, target, body=None, **more):
        return self.request("POST", target, body, **more)

    def put(self, target, body):
        return self.request("PUT", target, body)

    def delete(self, target):
        return self.request("DELETE", target)

    def send(self, message):
        return self.post("/v1/messages", message)

    def send_many(self, messages):
        text = "".join(json.dumps(message, ensure_ascii=False) + "\n" for message in messages)
        return self.post("/v1/messages", text, content_type="application/x-ndjson")

    def message(self, message_id):
        return self.get(f"/v1/messages/{message_id}").json

    def close(self):
        if self._connection:
            self._connection.close()
            self._connection = None
