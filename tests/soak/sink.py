#!/usr/bin/python3
"""An SMTP provider that fails in ten ways, for the soak. The standard library only; it shares no code with the daemon or
with the other test tools.

sink.py --log FILE --cert FILE --key FILE: prints "PORT" and obeys lines on its standard input: the name of a mode. What it
did is told in the log, one JSON object a line: {"at", "event": "taken" | "refused" | "mode", "token", "answer", "attempt"}.
`answer` of a taken message is what the client was told: "250", or "none" when the connection was dropped behind the dot."""
import argparse
import asyncio
import json
import re
import ssl
import sys
import time

MODES = ("well", "refused", "timeouts", "4xx", "5xx", "drop-in-data", "drop-after-dot", "slow", "tls-broken", "garbage",
         "throttling")
SLOW, THROTTLE = 0.3, 10  # seconds a reply, messages a second
TOKEN = re.compile(rb"token-([0-9a-f]{32})")
ATTEMPT = re.compile(rb"^Message-ID:\s*<[^>@]*\.(\d+)@", re.I | re.M)


class Sink:
    def __init__(self, options):
        self.mode, self.port, self.server = "well", 0, None
        self.log_file = open(options.log, "a", buffering=1)
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.tls.load_cert_chain(options.cert, options.key)
        self.writers, self.second, self.in_second = set(), 0, 0

    def log(self, event, **more):
        self.log_file.write(json.dumps({"at": time.time(), "event": event, "mode": self.mode, **more}) + "\n")

    async def listen(self):
        self.server = await asyncio.start_server(self.serve, "127.0.0.1", self.port, limit=1 << 22)
        self.port = self.server.sockets[0].getsockname()[1]

    async def set_mode(self, mode):
        if mode not in MODES:
            raise ValueError(mode)
        self.mode = mode
        self.log("mode")
        for writer in list(self.writers):  # what stands belongs to the mode before
            writer.transport.abort()
        if mode == "refused" and self.server:
            self.server.close()
            self.server = None
        elif mode != "refused" and self.server is None:
            await self.listen()

    def is_throttled(self):
        now = int(time.monotonic())
        if now != self.second:
            self.second, self.in_second = now, 0
        self.in_second += 1
        return self.in_second > THROTTLE

    async def serve(self, reader, writer):
        self.writers.add(writer)
        try:
            await Session(self, reader, writer).run()
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ssl.SSLError):
            pass
        finally:
            self.writers.discard(writer)
            writer.transport.abort()


class Session:
    def __init__(self, sink, reader, writer):
        self.sink, self.reader, self.writer = sink, reader, writer
        self.secured, self.greeted = False, False
        self.rcpt = ""

    async def say(self, text):
        if self.sink.mode == "slow":
            await asyncio.sleep(SLOW)
        if self.sink.mode == "garbage":
            text = "\x00\xff%$ nothing of SMTP\r\n999 " + text
        self.writer.write(text.encode("latin-1") + b"\r\n")
        await self.writer.drain()

    async def run(self):
        if self.sink.mode == "timeouts":
            await asyncio.sleep(3600)
        await self.say("220 sink.example ESMTP")
        while line := await self.reader.readline():
            verb = line[:4].upper()
            if verb == b"QUIT":
                return await self.say("221 2.0.0 Bye")
            if not await self.obey(verb, line):
                return None

    async def obey(self, verb, line):
        """False: the session is over."""
        if verb == b"EHLO":
            await self.say("250-sink.example\r\n250-STARTTLS\r\n250 8BITMIME" if not self.secured
                           else "250-sink.example\r\n250 8BITMIME")
        elif verb == b"STAR":
            return await self.secure()
        elif verb == b"MAIL":
            await self.say("250 2.1.0 Ok" if self.secured else "530 5.7.0 Must issue STARTTLS first")
        elif verb == b"RCPT":
            await self.recipient(line)
        elif verb == b"DATA":
            return await self.data()
        elif verb == b"RSET" or verb == b"NOOP":
            await self.say("250 2.0.0 Ok")
        else:
            await self.say("500 5.5.2 Unknown")
        return True

    async def secure(self):
        await self.say("220 2.0.0 Go ahead")
        if self.sink.mode == "tls-broken":
            self.writer.write(b"\x16\x03\x01 no handshake of mine\r\n" * 20)
            await self.writer.drain()
            return False
        await self.writer.start_tls(self.sink.tls)
        self.secured = True
        return True

    async def recipient(self, line):
        self.rcpt = re.search(rb"<([^>]*)>", line).group(1).decode()
        if self.sink.mode == "4xx":
            self.sink.log("refused", rcpt=self.rcpt, answer="451")
            return await self.say("451 4.3.0 Try again later")
        if self.sink.mode == "5xx" and self.rcpt.startswith("gone"):
            self.sink.log("refused", rcpt=self.rcpt, answer="550")
            return await self.say("550 5.1.1 No such user")
        if self.sink.mode == "throttling" and self.sink.is_throttled():
            self.sink.log("refused", rcpt=self.rcpt, answer="450")
            return await self.say("450 4.7.1 Too many messages, slow down")
        return await self.say("250 2.1.5 Ok")

    async def data(self):
        await self.say("354 Go ahead")
        if self.sink.mode == "drop-in-data":
            await self.reader.readline()
            return False
        body = await self.reader.readuntil(b"\r\n.\r\n")
        token, attempt = TOKEN.search(body), ATTEMPT.search(body)
        dropped = self.sink.mode == "drop-after-dot"
        garbled = self.sink.mode == "garbage"
        self.sink.log("taken", token=token and token.group(1).decode(), rcpt=self.rcpt,
                      attempt=attempt and int(attempt.group(1)), answer="none" if dropped or garbled else "250")
        if dropped:
            return False
        await self.say("250 2.0.0 Queued")
        return True


async def main():
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("log", "cert", "key"):
        parser.add_argument(f"--{name}", required=True)
    sink = Sink(parser.parse_args())
    await sink.listen()
    print(sink.port, flush=True)
    commands = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(commands), sys.stdin)
    while line := await commands.readline():
        await sink.set_mode(line.decode().strip())
        print("ok", flush=True)


if __name__ == "__main__":
    asyncio.run(main())
