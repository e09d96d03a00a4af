"""Deploys the contracts on any chain, hands out the roles, sets the first parameters; run again, it only mends."""

from deploy.wiring.deployment import Deployed, load_deployed, save_deployed
from deploy.wiring.sender import Sender
from deploy.wiring.settings import WiringSettings
from deploy.wiring.wire import Outcome, wire

__all__ = ["Deployed", "Outcome", "Sender", "WiringSettings", "load_deployed", "save_deployed", "wire"]
