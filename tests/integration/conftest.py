"""Makes the shared fixtures known to the end-to-end tests."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from conftest_shared import *  # noqa: E402,F401,F403
