"""What end-to-end tests, fault tests and benchmarks share. It shares no code with the daemon."""
from .api import Api, Answer
from .build import build_dir, program
from .daemon import Daemon
from .ledger import Ledger
from .proxy import Proxy
from .sink import Sink

__all__ = ["Api", "Answer", "Daemon", "Ledger", "Proxy", "Sink", "build_dir", "program"]
