"""TLS: whose certificates are trusted, and the certificate by which the server knows us, if it wants one."""

import ssl
from pathlib import Path
from typing import Final

from bulkprov.commvault.credentials import check_private, read_secret
from bulkprov.errors import SettingsError
from bulkprov.settings import Access

__all__ = ["tls_context", "tls_for"]

_OF_OTHER_KEY: Final = "KEY_VALUES_MISMATCH"
"""OpenSSL's word for a certificate and a key that do not belong together."""


def tls_for(access: Access) -> ssl.SSLContext:
    """The settings for TLS that the options say, with the client certificate.

    Raises:
        SettingsError: a file of certificates or keys cannot be used.
    """
    context = tls_context(ca_file=access.ca_file, verify=not access.insecure)
    if access.cert_file:
        _present(context, access.cert_file, access.key_file, access.key_password_file)
    return context


def tls_context(*, ca_file: Path | None = None, verify: bool = True) -> ssl.SSLContext:
    """Settings for TLS, which say whose certificates are trusted.

    Args:
        ca_file: certificates in PEM to trust instead of the system's.
        verify: whether certificates are checked at all.

    Raises:
        SettingsError: `ca_file` is not a file of certificates.
    """
    try:
        context = ssl.create_default_context(cafile=str(ca_file) if ca_file else None)
    except OSError as error:
        problem = "not a PEM file of certificates" if isinstance(error, ssl.SSLError) else error.strerror
        where = f"--ca-file {ca_file}" if ca_file else "the certificates that this system trusts"
        raise SettingsError(f"{where}: {problem}") from error
    # Python 3.13 refuses certificates that lack formalities, which in-house authorities often leave out; people would
    # turn to --insecure. Chain, dates and host name are checked all the same.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _present(context: ssl.SSLContext, cert: Path, key: Path | None, password_file: Path | None) -> None:
    """Have a client certificate shown to servers that ask for one.

    Raises:
        SettingsError: the certificate or its key cannot be used, or others can read the key.
    """
    password = read_secret(password_file, "BULKPROV_KEY_PASSWORD")
    asked = False

    def passphrase() -> str:  # without it, OpenSSL would ask on the terminal
        nonlocal asked
        asked = True
        return password

    holder = key or cert
    option = f"--key-file {key}" if key else f"--cert-file {cert}"
    try:
        check_private(holder, holder.stat().st_mode)
        context.load_cert_chain(cert, key, passphrase)
    except ssl.SSLError as error:
        if asked and not password:
            words = f"{option}: the key is encrypted: give --key-password-file FILE, or set BULKPROV_KEY_PASSWORD"
        elif asked:
            words = f"{option}: the password of the key is wrong"
        elif error.reason == _OF_OTHER_KEY:
            words = f"{option}: the key is not that of the certificate in {cert}"
        else:
            words = f"--cert-file {cert}: no PEM file with a certificate and its key{'' if key else ' (or --key-file)'}"
        raise SettingsError(words) from error
    except OSError as error:
        missing = holder if error.filename else f"{cert}, {holder}"
        raise SettingsError(f"{missing}: {error.strerror}") from error
