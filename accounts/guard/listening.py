"""TLS for those who come to us: the receiver of mail offers it by STARTTLS."""

import ssl


def server_tls(certificate_file: str, key_file: str) -> ssl.SSLContext:
    """A server's context, TLS 1.2 at least. Raises OSError (also for files that don't fit)."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(certificate_file, key_file or None)
    return context
