"""Which CAA issuer domains stand for which certificate authority. Pure data.

From the authorities' own practice statements ("CAA", CP/CPS section 4.2), as the CCADB
lists them; November 2026. The words are looked for in the issuer's organisation and
common name, lower case. An authority that is missing here makes the check unknown.
"""

SECTIGO = ("sectigo.com", "comodo.com", "comodoca.com", "usertrust.com", "trust-provider.com")
DIGICERT = (
    *("digicert.com", "www.digicert.com", "digicert.ne.jp", "symantec.com", "thawte.com"),
    *(
        "geotrust.com",
        "rapidssl.com",
        "digitalcertvalidation.com",
        "volusion.digitalcertvalidation.com",
    ),
)

CA_DOMAINS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("let's encrypt", ("letsencrypt.org",)),
    ("internet security research group", ("letsencrypt.org",)),
    ("google trust services", ("pki.goog", "google.com")),
    ("zerossl", ("sectigo.com", "zerossl.com", *SECTIGO)),
    ("sectigo", SECTIGO),
    ("comodo", SECTIGO),
    ("the usertrust network", SECTIGO),
    (
        "amazon",
        ("amazon.com", "amazontrust.com", "awstrust.com", "amazonaws.com", "aws.amazon.com"),
    ),
    ("digicert", DIGICERT),
    ("geotrust", DIGICERT),
    ("thawte", DIGICERT),
    ("rapidssl", DIGICERT),
    ("encryption everywhere", DIGICERT),
    ("cloudflare", DIGICERT),
    ("globalsign", ("globalsign.com",)),
    ("godaddy", ("godaddy.com", "starfieldtech.com")),
    ("starfield", ("starfieldtech.com", "godaddy.com")),
    ("entrust", ("entrust.net", "affirmtrust.com", *SECTIGO)),
    ("ssl corp", ("ssl.com",)),
    ("ssl.com", ("ssl.com",)),
    ("buypass", ("buypass.com", "buypass.no")),
    ("actalis", ("actalis.it",)),
    ("certum", ("certum.pl", "certum.eu")),
    ("asseco", ("certum.pl", "certum.eu")),
    ("unizeto", ("certum.pl", "certum.eu")),
    ("harica", ("harica.gr",)),
    ("hellenic academic", ("harica.gr",)),
    ("identrust", ("identrust.com",)),
    ("microsoft", ("microsoft.com",)),
    ("trustasia", ("trustasia.com",)),
    ("swisssign", ("swisssign.com", "swisssign.net", "swissign.com", "swisssign.ch")),
    ("t-systems", ("telesec.de",)),
    ("deutsche telekom", ("telesec.de",)),
    ("d-trust", ("d-trust.net",)),
    ("apple", ("pki.apple.com",)),
    ("certigna", ("certigna.fr",)),
    ("quovadis", ("quovadisglobal.com", "digicert.com")),
    ("wisekey", ("wisekey.com", "hightrusted.com", "certifyid.com", "oiste.org")),
)


def ca_domains_of(issuer_names: tuple[str, ...]) -> tuple[str, ...]:
    """The issuer domains that stand for this issuer, or () where it is not known."""
    text = " ".join(issuer_names).lower()
    return next((domains for word, domains in CA_DOMAINS if word in text), ())
