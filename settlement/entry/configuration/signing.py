"""Who signs, by the settings: a key, a keystore with its password, or a signer that is asked."""

from settlement.entry.configuration.settings import SignerSettings
from settlement.ports.signer import Signer


def open_signer(settings: SignerSettings) -> Signer | None:
    """Return the configured signer, None where there is none."""
    from settlement.adapters.chain.signers import KeySigner, RemoteSigner, open_keystore

    if settings.private_key:
        return KeySigner(settings.private_key)
    if settings.keystore is not None:
        return open_keystore(settings.keystore, settings.password)
    if settings.url and settings.address is not None:
        return RemoteSigner(settings.url, settings.address)
    return None
