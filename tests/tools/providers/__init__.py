"""Local stand-ins of SMS providers. Each enforces what the provider's documentation asks and refuses what it refuses."""
from .kavenegar import Kavenegar  # noqa: F401
from .melipayamak import Melipayamak  # noqa: F401
from .smsir import SmsIr  # noqa: F401
from .twilio import Twilio  # noqa: F401
from .vonage import Vonage  # noqa: F401
