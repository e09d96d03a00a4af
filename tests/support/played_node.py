"""A node played by a function, behind real HTTP: `answer(method, params)` returns a result or raises a refusal."""

import json
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class RefusedError(Exception):
    """An answer other than a result: an error object, or a status with whatever body."""

    def __init__(self, error=None, *, status=200, body=None, headers=None):
        super().__init__(str(error))
        self.error, self.status, self.body, self.headers = error, status, body, headers or {}


class PlayedNode:
    """Answers on a free port of 127.0.0.1; `asked` lists the calls, `headers` those of the last request.

    `tls` is the context of an https server.
    """

    def __init__(self, answer, tls=None):
        self.answer, self.asked, self.headers = answer, [], {}
        node = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                node.headers = dict(self.headers)
                request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                status, body, headers = node.respond(request)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                with suppress(BrokenPipeError, ConnectionResetError):  # whoever asked may have turned to another node
                    self.end_headers()
                    self.wfile.write(body)

            def log_message(self, *_):
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._scheme = "http"
        if tls is not None:
            self._scheme = "https"
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    @property
    def port(self):
        return self._server.server_address[1]

    @property
    def url(self):
        return f"{self._scheme}://127.0.0.1:{self.port}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()

    def respond(self, request):
        try:
            if isinstance(request, list):
                return 200, json.dumps([self._one(each) for each in request]).encode(), {}
            return 200, json.dumps(self._one(request)).encode(), {}
        except RefusedError as refusal:
            if refusal.body is None and refusal.status == 200:
                return 200, json.dumps({"jsonrpc": "2.0", "id": 0, "error": refusal.error}).encode(), {}
            return refusal.status, refusal.body or b"", refusal.headers

    def _one(self, request):
        self.asked.append((request["method"], request["params"]))
        answer = {"jsonrpc": "2.0", "id": request["id"]}
        try:
            return answer | {"result": self.answer(request["method"], request["params"])}
        except RefusedError as refusal:
            if refusal.error is None:
                raise
            return answer | {"error": refusal.error}
