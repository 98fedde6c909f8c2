"""Faults of mail in transit; merged into `catalogue.CATALOGUE`."""

from __future__ import annotations

from tests.lab.fault import Fault, Find, fault


def mail(check: str, verdict: str = "fail", consent: int = 0) -> Find:
    return Find(f"email.{check}", verdict, consent=consent)


MAIL_TRANSPORT: dict[str, Fault] = {
    "sts_enforced": fault("MTA-STS is enforced and whole (harmless)"),
    "sts_testing": fault("MTA-STS is left in testing", mail("mta_sts", "warn", 1)),
    "sts_left_out": fault("MTA-STS leaves a server out", mail("mta_sts", consent=1)),
    "sts_redirect": fault("The MTA-STS policy is a redirect", mail("mta_sts", consent=1)),
    "sts_no_policy": fault("MTA-STS without a policy", mail("mta_sts", consent=1)),
    "sts_html": fault("The MTA-STS policy is a page", mail("mta_sts", consent=1)),
    "tls_rpt": fault("TLS reports are asked for (harmless)"),
    "tls_rpt_missing": fault("MTA-STS without reports", mail("tls_rpt", "warn")),
    "own_mx": fault("A mail server of their own, as it should be (harmless)"),
    "own_mx_plain": fault(
        "A mail server of their own, without name and TLS",
        mail("mx_ptr", "warn"),
        mail("starttls", "warn", 1),
    ),
    "dane_right": fault("The server's key in the DNS (harmless)"),
    "dane_old_key": fault("An old key in the DNS", mail("dane", consent=1)),
    "dkim_doubled": fault("The domain stands twice in a key's name", mail("dkim_present")),
    "dkim_proxied": fault("A key's alias behind a web proxy", mail("dkim_present")),
    "notify_alone": fault("A sending subdomain stands alone", mail("subdomain_gap", "warn")),
}
