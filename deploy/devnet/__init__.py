"""A local chain with the contracts deployed and seeded traffic on it."""

from deploy.devnet.node import Account, DevNode, is_running_by_pid_file, pid_file, stop_by_pid_file
from deploy.devnet.rpc import advance_time, mine, set_time
from deploy.devnet.run import Devnet, reload_devnet, run_devnet
from deploy.devnet.settings import DevnetSettings

__all__ = [
    "Account",
    "DevNode",
    "Devnet",
    "DevnetSettings",
    "advance_time",
    "is_running_by_pid_file",
    "mine",
    "pid_file",
    "reload_devnet",
    "run_devnet",
    "set_time",
    "stop_by_pid_file",
]
