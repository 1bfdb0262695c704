#!/usr/bin/env python3
"""The gate: whose requests reach the server behind it, whatever else nginx is told to do with them.

{satisfy all, any} x {alone, auth_basic, auth_request} x {plain, error_page, named location, try_files, rewrite last,
internal redirect, subrequest, mirror} x {HTTP/1.1, HTTP/2} x {GET, 2 MB, without length, upgrade, event stream}, each with
good, bad and no credentials."""
import base64
import itertools

import harness
import wire

BESIDE = ("alone", "basic", "request")
FLOWS = ("plain", "error", "named", "try", "rewrite", "redirect", "sub", "mirror")
KINDS = ("get", "large", "chunked", "stream", "upgrade")
LARGE = bytes(range(256)) * 8192  # 2 MiB
SMALLER = LARGE[:96 * 1024]  # where it is the flow that counts
BASIC = "Basic " + base64.b64encode(b"user:secret").decode()
# nginx's own reader of passwords takes this form as it is.
PASSWORDS = "user:{PLAIN}secret\n"


def protections(satisfy, beside):
    """What stands in a location. Beside auth_basic, which needs the Authorization header, the token has its own."""
    said = f"satisfy {satisfy}; assay on;"
    if beside == "basic":
        said += "auth_basic b; auth_basic_user_file passwords; assay_token $http_x_token;"
    if beside == "request":
        said += "auth_request /authz;"
    return said


def locations(satisfy, beside, flow, backend, mirror):
    name = f"{satisfy}-{beside}-{flow}"
    inner = f"location /inner-{name} {{ internal; {protections(satisfy, beside)} {PROXY.format(backend)} }}"
    head = f"location /{name} {{ {protections(satisfy, beside)} "
    if flow == "plain":
        return head + PROXY.format(backend) + "}"
    if flow == "error":
        return (head + f"error_page 401 403 /denied-{name}; " + PROXY.format(backend) +
                f"}} location /denied-{name} {{ internal; default_type text/plain; return 403 'denied'; }}")
    if flow == "named":
        return (head + f"proxy_intercept_errors on; error_page 418 = @{name}; " + PROXY.format(backend) +
                f"}} location @{name} {{ {protections(satisfy, beside)} {PROXY.format(backend)} "
                "proxy_set_header X-Again yes; }")
    if flow == "try":
        return head + f"try_files /none /inner-{name}$is_args$args; }} " + inner
    if flow == "rewrite":
        return head + f"rewrite ^ /inner-{name} last; }} " + inner
    if flow == "redirect":
        return head + PROXY.format(backend) + "} " + inner
    if flow == "sub":
        return (f"location /{name} {{ ssi on; ssi_types *; proxy_pass http://127.0.0.1:{backend}/page/{name}; "
                "proxy_set_header Accept-Encoding ''; proxy_set_header Authorization ''; proxy_set_header X-Token ''; } " + inner)
    return (head + f"mirror /mirror-{name}; " + PROXY.format(backend) +
            f"}} location /mirror-{name} {{ internal; proxy_pass http://127.0.0.1:{mirror}; }}")


PROXY = ("proxy_pass http://127.0.0.1:{0}; proxy_set_header X-Sub $assay_sub; proxy_set_header Upgrade $http_upgrade; "
         "proxy_set_header Connection $upgrade_connection; proxy_buffering off; ")


def answer(request):
    if request.target.startswith("/page/"):
        return 200, [("Content-Type", "text/html")], f'<!--#include virtual="/inner-{request.target[6:]}" -->'.encode()
    if "-redirect" in request.target and not request.target.startswith("/inner"):
        return 200, [("X-Accel-Redirect", "/inner" + request.target.replace("/", "-", 1))], b""
    if "-named" in request.target and not request.all("x-again"):
        return 418, [], b""
    if request.all("x-stream"):
        return stream()
    return None


def stream():
    yield b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
    for i in range(3):
        yield b"data: %d\n\n" % i


class GateTest(harness.NginxTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.place.file("passwords", PASSWORDS)
        cls.back, cls.mirror = cls.start_backend(answer), cls.start_backend()
        blocks = "\n".join(locations(*each, cls.back.port, cls.mirror.port)
                           for each in itertools.product(("all", "any"), BESIDE, FLOWS))
        cls.server = cls.start_nginx(f"""
            assay_config assay.json;
            map $http_upgrade $upgrade_connection {{ default upgrade; '' ''; }}
            server {{
                listen @PORT@; listen @PORT2@ http2; server_name gate.example.com;
                location = /authz {{ internal; if ($http_x_authz != yes) {{ return 403; }} return 204; }}
                {blocks}
                location /three {{ satisfy any; assay on; auth_basic b; auth_basic_user_file passwords; auth_request /authz; {PROXY.format(cls.back.port)} }}
                location /login {{ assay on; error_page 401 = @login; }}
                location @login {{ return 302 /sign-in; }}
                location /page {{ assay on; error_page 401 /401.html; {PROXY.format(cls.back.port)} }}
                location = /401.html {{ internal; assay on; default_type text/html; }}
                location /return {{ assay on; return 200 'never judged'; }}
                location / {{ {PROXY.format(cls.back.port)} }}
            }}""")

    def ask(self, client, target, kind, headers):
        headers = list(headers)
        if kind in ("large", "chunked"):
            return client.request("POST", target, headers, self.body(target), chunked=kind == "chunked")
        if kind == "stream":
            headers.append(("X-Stream", "yes"))
        if kind == "upgrade":
            headers += [("Upgrade", "echo"), ("Connection", "Upgrade")]
        return client.request("GET", target, headers)

    @staticmethod
    def body(target):
        return LARGE if target.endswith(("plain", "mirror")) else SMALLER

    def check(self, client, satisfy, beside, flow, kind, token_kind, token, other):
        case = f"{satisfy}-{beside}-{flow}-{kind}-{token_kind}-{other}-{type(client).__name__}"
        headers = [("X-Case", case)]
        if beside == "basic":
            headers += [("X-Token", token)] if token else []
            headers += [("Authorization", BASIC if other else "Basic dXNlcjpiYWQ=")]
        else:
            headers += wire.bearer(token)
            headers += [("X-Authz", "yes")] if beside == "request" and other else []
        good, other_good = token_kind == "good", other and beside != "alone"
        passes = (good or other_good) if satisfy == "any" else good and (other or beside == "alone")
        if flow == "sub":
            passes = good  # nginx asks its other access modules of main requests alone
        response = self.ask(client, f"/{satisfy}-{beside}-{flow}", kind, headers)
        got, mirrored = self.back.take(), self.mirror.take()
        reached = [request for request in got if not request.target.startswith("/page/")]
        self.assertEqual(bool(reached), passes, f"{case}: {response.status}, reached {[r.target for r in got]}")
        if flow == "sub":
            self.assertEqual(response.status, 200, case)
            self.assertEqual(b"backend" in response.body or b"data: 2" in response.body, passes, f"{case}: {response.body[:300]}")
        elif passes:
            self.assertEqual(response.status, 101 if kind == "upgrade" else 200, f"{case}: {response.body[:300]}")
            if kind == "stream" and flow != "mirror":
                self.assertIn(b"data: 2", response.body, case)
        else:
            denied = 403 if satisfy == "all" and good and beside == "request" else 401
            self.assertEqual(response.status, denied, case)
            if flow == "error":
                self.assertEqual(response.body, b"denied", case)
        for request in got + mirrored:
            self.assertIsNone(request.one("authorization"), case)
            self.assertIsNone(request.one("x-token"), case)
        for request in reached:
            if request.target.startswith("/page/"):
                continue
            self.assertEqual(request.one("x-sub"), "alice" if good else None, case)
            if kind in ("large", "chunked") and flow != "sub":
                self.assertTrue(request.body == self.body('/' + flow), case)
        if not passes and isinstance(client, wire.Client) and response.status == 401:
            challenges = [value for value in response.all("www-authenticate") if value.startswith("Bearer")]
            self.assertLessEqual(len(challenges), 1, case)
            if satisfy == "all" and not good:
                self.assertEqual(len(challenges), 1, f"{case}: {response.headers}")
        if passes:
            self.assertEqual([value for value in response.all("www-authenticate") if value.startswith("Bearer")], [], case)
        if flow == "mirror":
            harness.wait_for(lambda: self.mirror.take() or mirrored or not passes, 5, f"the mirror of {case}")
        self.asked += 1
        self.refused += not passes

    def run_matrix(self, make, kinds):
        self.asked = self.refused = 0
        bad = itertools.cycle(self.bad.items())
        for satisfy, beside, flow in itertools.product(("all", "any"), BESIDE, FLOWS):
            with self.subTest(satisfy=satisfy, beside=beside, flow=flow):
                client = make()
                self.back.take()
                self.mirror.take()
                for kind in kinds:
                    if kind == "upgrade" and flow in ("sub", "mirror", "redirect", "named"):
                        continue  # a connection is upgraded once
                    if flow == "sub" and kind in ("large", "chunked"):
                        continue
                    for other in (True, False) if beside != "alone" else (False,):
                        self.check(client, satisfy, beside, flow, kind, "good", self.good, other)
                        if kind == "upgrade":
                            client.close()
                        for _ in range(1 if kind in ('large', 'chunked') else 2):
                            name, token = next(bad)
                            self.check(client, satisfy, beside, flow, kind, name, token, other)
                            if kind == "upgrade":
                                client.close()
                        self.check(client, satisfy, beside, flow, kind, "none", None, other)
                        if kind == "upgrade":
                            client.close()
                client.close()
        self.assertGreater(self.refused, 200)
        print(f"{self.asked} requests, {self.refused} of them to be refused")

    def test_http1(self):
        self.run_matrix(lambda: wire.Client(self.server.port), KINDS)

    def test_http2(self):
        self.run_matrix(lambda: wire.Http2(self.server.port2), KINDS[:4])

    def test_return_comes_before_the_gate(self):
        client = self.client(self.server)
        self.assertEqual(client.request("GET", "/return").body, b"never judged")

    def test_challenges_stand_in_refusals_alone_and_once(self):
        client = self.client(self.server)
        bad = wire.bearer(self.bad["expired"])
        response = client.request("GET", "/three", bad + [("X-Authz", "yes")])
        self.assertEqual((response.status, response.all("www-authenticate")), (200, []))
        self.assertEqual(client.request("GET", "/three", bad).status, 401)
        response = client.request("GET", "/login", bad)
        self.assertEqual((response.status, response.all("www-authenticate")), (302, []))
        response = client.request("GET", "/page", bad)
        self.assertEqual((response.status, len(response.all("www-authenticate"))), (401, 1))

    def test_every_kind_of_bad_token_gives_its_reason(self):
        client = self.client(self.server)
        for reason, token in {**self.bad, "credential_missing": None}.items():
            response = client.request("GET", "/all-alone-plain", [("X-Case", reason)] + wire.bearer(token))
            self.assertEqual(response.status, 401, reason)
            line = self.server.logged(reason)
            self.assertEqual((line["assay"], line["sub"]), (reason, ""))
            self.assertNotEqual(line["detail"], "-")
            challenge = response.one("www-authenticate")
            self.assertEqual("invalid_token" in challenge, token is not None, challenge)
            self.assertIn('realm="gate.example.com"', challenge)
            logged = [text for text in self.server.log().splitlines() if line["id"] in text]
            self.assertEqual(len(logged), 1)
            self.assertIn(f"assay: refused: {reason}: ", logged[0])
            for part in (token or "").split("."):
                self.assertFalse(len(part) > 12 and part in logged[0])
        self.assertEqual(self.back.take(), [])

    def test_malformed_credentials(self):
        client = self.client(self.server)
        good = "Bearer " + self.good
        for status, lines in {
            400: [[good, good], [good, "Bearer x"], [good + "," + good], ["Bearer a b"], ["Bearer ä"], ["Bearer =x"],
                  ["Bearer, " + good], [good, ""], [good + "é"]],
            401: [["Basic " + BASIC], ["Bearer"], ["Bearer   "], [""], ["Bear " + self.good], [self.good],
                  ["Bearer\t" + self.good], ["DPoP " + self.good], ["\tBearer"], ["Bearer," + good]],
            200: [["bearer " + self.good], ["BEARER   " + self.good], [good + "   "]],
        }.items():
            for values in lines:
                self.back.take()
                response = client.request("GET", "/all-alone-plain", [("Authorization", value) for value in values])
                self.assertEqual(response.status, status, values)
                self.assertEqual(len(self.back.take()), status == 200, values)
                if status == 400 and len(values) == 1:  # nginx itself refuses repeated lines
                    self.assertIn("invalid_request", response.one("www-authenticate"))
        # In any spelling that a server behind may read as a second token.
        for query in ("access_token=x", "ACCESS_TOKEN=x", "access%5Ftoken=x", "a=1;access_token=x", "a&access.token=x"):
            response = client.request("GET", "/all-alone-plain?" + query, [("Authorization", good)])
            self.assertEqual(response.status, 400, query)

    def test_a_refused_body_is_bounded(self):
        client = self.client(self.server)
        response = client.request("POST", "/all-alone-plain", [], b"x" * 100, chunked=True)
        self.assertEqual((response.status, response.one("connection")), (401, "close"))
        response = client.request("POST", "/all-alone-plain", [], b"x" * 100)
        self.assertEqual((response.status, response.one("connection")), (401, "keep-alive"))

    def test_pipelined_requests_are_judged_one_by_one(self):
        client = self.client(self.server)
        client.open()
        tokens = [self.good, self.bad["bad_signature"], self.good, None, self.bad["expired"], self.good] * 5
        client.socket.sendall(b"".join(
            f"GET /all-alone-plain HTTP/1.1\r\nHost: x\r\n{'Authorization: Bearer ' + token if token else 'X: y'}\r\n\r\n".encode()
            for token in tokens))
        self.assertEqual([wire.read_response(client.reader).status for _ in tokens],
                         [200 if token == self.good else 401 for token in tokens])


if __name__ == "__main__":
    harness.run_tests()
