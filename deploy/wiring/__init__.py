"""Deploys the contracts on any chain, hands out the offices, sets the first parameters; run again, it only mends."""

from deploy.wiring.deployment import Deployed, load_deployed, save_deployed
from deploy.wiring.sender import WiringSender
from deploy.wiring.settings import WiringSettings
from deploy.wiring.wire import WiringResult, wire

__all__ = ["Deployed", "WiringResult", "WiringSender", "WiringSettings", "load_deployed", "save_deployed", "wire"]
