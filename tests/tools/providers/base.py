"""An HTTP server on 127.0.0.1 that a provider derives from. Nothing of ours: http.server and the documentation."""
import http.client
import http.server
import threading
import urllib.parse

GSM = ("@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
       "¿abcdefghijklmnopqrstuvwxyzäöñüà^{}\\[~]|€")


class Refusal(Exception):
    def __init__(self, status, body, headers=None):
        super().__init__(status, body)
        self.status, self.body, self.headers = status, body, headers or {}


class Provider:
    """`answer(request)` gives (status, body bytes, headers). `taken` is what was taken, in order."""

    key, account, sender = "geheim-0123", "AC0123", "10004346"

    def __init__(self):
        self.taken, self.calls, self.refused = [], [], []
        self.throttle = 0     # so many calls are refused for their rate
        self.break_after = 0  # so many calls are taken, and the connection broken before the answer
        self.lock = threading.Lock()
        provider = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *unused):
                pass

            def handle_any(self):
                length = int(self.headers.get("Content-Length") or 0)
                self.body = self.rfile.read(length)
                with provider.lock:
                    try:
                        status, body, headers = provider.answer(self)
                    except Refusal as refusal:
                        status, body, headers = refusal.status, refusal.body, refusal.headers
                        provider.refused.append(body)
                    provider.calls.append(self.path)
                    breaks = provider.break_after > 0
                    provider.break_after -= breaks
                if breaks:
                    self.close_connection = True
                    return
                self.send_response(status)
                for name, value in {"Content-Type": "application/json", **headers}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = do_PUT = handle_any

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *unused):
                pass

        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        self.endpoint = f"http://127.0.0.1:{self.port}"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self.thread.start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def is_throttled(self):
        throttled = self.throttle > 0
        self.throttle -= throttled
        return throttled

    def texts(self):
        """(number's last nine digits, text), sorted."""
        with self.lock:
            return sorted((each["to"][-9:], each["text"]) for each in self.taken)


def form_of(request, refuse):
    """The members of a form; `refuse(sentence)` raises for what no server of a provider would read."""
    if not (request.headers.get("Content-Type") or "").startswith("application/x-www-form-urlencoded"):
        refuse("no form")
    pairs = urllib.parse.parse_qsl(request.body.decode(), keep_blank_values=True, strict_parsing=True)
    members = dict(pairs)
    if len(members) != len(pairs):
        refuse("a member stands twice")
    return members


def call(port, method, target, body=b"", headers=None, raw_host="127.0.0.1", timeout=15):
    """One request as a provider's webhook makes it: (status, body, headers)."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        connection.request(method, target, body, {"Host": raw_host, **(headers or {})})
        response = connection.getresponse()
        return response.status, response.read(), dict(response.getheaders())
    finally:
        connection.close()
