"""Who keeps a domain's DNS, who takes its mail, who sends in its name. Pure data.

Facts of common knowledge as of November 2026, from the vendors' own set-up pages and
the Domain Connect templates (audit.md 2.7). A missing vendor only means that nothing is
pre-filled; no verdict hangs on this table.
"""

from audits.observations.vendor_sign import VendorSign


def _dns(name: str, *ns: str, console: str, style: str = "") -> VendorSign:
    return VendorSign("dns", name, ns=ns, console=console, name_style=style)


def _mail(name: str, *mx: str, spf: tuple[str, ...] = (), console: str = "") -> VendorSign:
    return VendorSign("mail", name, mx=mx, spf=spf, console=console)


def _sender(
    name: str,
    *,
    spf: tuple[str, ...] = (),
    cname: tuple[str, ...] = (),
    mx: tuple[str, ...] = (),
    console: str,
) -> VendorSign:
    return VendorSign("sender", name, spf=spf, cname=cname, mx=mx, console=console)


RELATIVE, FULL = "relative", "full"

DNS_PROVIDERS = (
    _dns("Cloudflare", "ns.cloudflare.com", console="dash.cloudflare.com", style=RELATIVE),
    _dns("Amazon Route 53", "*.awsdns-*", console="console.aws.amazon.com/route53", style=RELATIVE),
    _dns("Vercel", "vercel-dns.com", console="vercel.com/dashboard/domains", style=RELATIVE),
    _dns("Netlify", "dns?.p*.nsone.net", console="app.netlify.com", style=RELATIVE),
    _dns("GoDaddy", "domaincontrol.com", console="dcc.godaddy.com", style=RELATIVE),
    _dns(
        "Namecheap",
        "registrar-servers.com",
        "namecheaphosting.com",
        console="ap.www.namecheap.com",
        style=RELATIVE,
    ),
    _dns(
        "Squarespace",
        "squarespacedns.com",
        "*.googledomains.com",
        console="account.squarespace.com/domains",
        style=RELATIVE,
    ),
    _dns("Google Cloud DNS", "ns-cloud-*", console="console.cloud.google.com/net-services/dns"),
    _dns("Azure DNS", "*.azure-dns.*", console="portal.azure.com", style=RELATIVE),
    _dns("DigitalOcean", "digitalocean.com", console="cloud.digitalocean.com/networking/domains"),
    _dns("Wix", "wixdns.net", console="manage.wix.com", style=RELATIVE),
    _dns("Porkbun", "porkbun.com", console="porkbun.com/account/domains", style=RELATIVE),
    _dns("Name.com", "name.com", console="name.com/account/domain", style=RELATIVE),
    _dns("Gandi", "*.gandi.net", console="admin.gandi.net", style=RELATIVE),
    _dns("OVHcloud", "ovh.net", "anycast.me", console="ovh.com/manager", style=RELATIVE),
    _dns("IONOS", "*.ui-dns.*", "1and1.com", console="my.ionos.com/domains", style=RELATIVE),
    _dns("Hetzner", "*.ns.hetzner.*", "second-ns.*", console="dns.hetzner.com", style=RELATIVE),
    _dns("INWX", "*.inwx.*", console="inwx.com", style=RELATIVE),
    _dns("DNSimple", "*.dnsimple.*", "dnsimple-edge.*", console="dnsimple.com"),
    _dns("NS1", "nsone.net", console="my.nsone.net"),
    _dns("Hover", "hover.com", console="hover.com/control_panel", style=RELATIVE),
    _dns("Dynadot", "dyna-ns.net", console="dynadot.com/account", style=RELATIVE),
    _dns("Hostinger", "dns-parking.com", console="hpanel.hostinger.com", style=RELATIVE),
    _dns("Bluehost", "bluehost.com", console="my.bluehost.com", style=RELATIVE),
    _dns("Strato", "*.strato-*", "*.rzone.de", console="strato.de/apps/CustomerService"),
    _dns("deSEC", "desec.io", "desec.org", console="desec.io/domains", style=RELATIVE),
    _dns("ClouDNS", "cloudns.net", console="cloudns.net/records", style=RELATIVE),
    _dns("bunny.net", "bunny.net", console="dash.bunny.net/dns", style=RELATIVE),
    _dns("Linode", "linode.com", console="cloud.linode.com/domains", style=RELATIVE),
    _dns("Akamai", "*.akam.net", console="control.akamai.com"),
)

MAIL_VENDORS = (
    _mail(
        "Google Workspace",
        "google.com",
        "googlemail.com",
        spf=("_spf.google.com",),
        console="admin.google.com",
    ),
    _mail(
        "Microsoft 365",
        "mail.protection.outlook.com",
        "mx.microsoft",
        spf=("spf.protection.outlook.com",),
        console="admin.microsoft.com",
    ),
    _mail(
        "Zoho Mail",
        *("zoho.com", "zoho.eu", "zoho.in", "zohomail.com"),
        spf=("zoho.com", "zoho.eu", "zohomail.com", "one.zoho.com"),
        console="mailadmin.zoho.com",
    ),
    _mail(
        "Fastmail",
        "messagingengine.com",
        spf=("spf.messagingengine.com",),
        console="app.fastmail.com/settings/domains",
    ),
    _mail(
        "Proton Mail",
        "protonmail.ch",
        spf=("_spf.protonmail.ch",),
        console="account.proton.me",
    ),
    _mail("iCloud Mail", "mail.icloud.com", spf=("icloud.com",), console="icloud.com/settings"),
    _mail("Cloudflare Email Routing", "mx.cloudflare.net", console="dash.cloudflare.com"),
    _mail("ImprovMX", "improvmx.com", spf=("spf.improvmx.com",), console="app.improvmx.com"),
    _mail("ForwardEmail", "forwardemail.net", spf=("spf.forwardemail.net",)),
    _mail("Migadu", "migadu.com", spf=("spf.migadu.com",), console="admin.migadu.com"),
    _mail("mailbox.org", "mailbox.org", spf=("mailbox.org",), console="login.mailbox.org"),
    _mail("Namecheap Private Email", "privateemail.com", spf=("spf.privateemail.com",)),
    _mail("Namecheap Forwarding", "registrar-servers.com", spf=("spf.efwd.registrar-servers.com",)),
    _mail("Titan", "titan.email", spf=("spf.titan.email",), console="manage.titan.email"),
    _mail("Hostinger Mail", "mx1.hostinger.com", "mx2.hostinger.com", "hostinger.com"),
    _mail("GoDaddy Mail", "secureserver.net", spf=("secureserver.net",), console="godaddy.com"),
    _mail("IONOS Mail", "kundenserver.de", "ionos.com", "ionos.de", spf=("_spf.perfora.net",)),
    _mail("OVHcloud Mail", "mail.ovh.net", spf=("mx.ovh.com",), console="ovh.com/manager"),
    _mail("Gandi Mail", "mail.gandi.net", spf=("_mailcust.gandi.net",), console="admin.gandi.net"),
    _mail("Yandex 360", "mx.yandex.net", spf=("_spf.yandex.net",)),
    _mail("Rackspace Email", "emailsrvr.com", spf=("emailsrvr.com",)),
    _mail("Mimecast", "mimecast.com", spf=("*.mimecast.com",)),
    _mail("Proofpoint", "pphosted.com", spf=("pphosted.com",)),
    _mail("Tuta", "tutanota.de", spf=("spf.tutanota.de",), console="app.tuta.com"),
)

SENDERS = (
    _sender(
        "Resend",
        mx=("feedback-smtp.*.amazonses.com",),
        spf=("_spf.resend.com",),
        console="resend.com/domains",
    ),
    _sender(
        "Amazon SES",
        spf=("amazonses.com",),
        cname=("dkim.amazonses.com",),
        console="console.aws.amazon.com/ses",
    ),
    _sender(
        "SendGrid",
        spf=("sendgrid.net",),
        cname=("sendgrid.net",),
        console="app.sendgrid.com/settings/sender_auth",
    ),
    _sender(
        "Postmark",
        spf=("spf.mtasv.net",),
        cname=("pm.mtasv.net",),
        console="account.postmarkapp.com/signature_domains",
    ),
    _sender(
        "Mailgun",
        spf=("mailgun.org",),
        cname=("mailgun.org",),
        mx=("mailgun.org",),
        console="app.mailgun.com/sending/domains",
    ),
    _sender(
        "Mailchimp",
        spf=("servers.mcsv.net",),
        cname=("dkim.mcsv.net", "dkim2.mcsv.net", "dkim3.mcsv.net"),
        console="admin.mailchimp.com/account/domains",
    ),
    _sender(
        "Mandrill",
        spf=("spf.mandrillapp.com",),
        cname=("dkim1.mandrillapp.com", "dkim2.mandrillapp.com"),
        console="mandrillapp.com/settings/sending-domains",
    ),
    _sender(
        "Brevo",
        spf=("spf.brevo.com", "spf.sendinblue.com"),
        cname=("dkim.brevo.com", "sendinblue.com"),
        console="app.brevo.com/senders/domain",
    ),
    _sender(
        "MailerSend",
        spf=("spf.mailersend.net", "_spf.mailersend.net"),
        cname=("mailersend.net",),
        console="app.mailersend.com/domains",
    ),
    _sender(
        "MailerLite",
        spf=("_spf.mlsend.com",),
        cname=("mlsend.com",),
        console="dashboard.mailerlite.com",
    ),
    _sender("Mailjet", spf=("spf.mailjet.com",), console="app.mailjet.com/account/sender"),
    _sender(
        "SparkPost",
        spf=("sparkpostmail.com", "_spf.sparkpostmail.com"),
        cname=("sparkpostmail.com",),
        console="app.sparkpost.com/domains",
    ),
    _sender(
        "HubSpot",
        spf=("*.spf*.hubspotemail.net", "spf.hubspotemail.net"),
        cname=("dkim.hubspotemail.net", "hubspotemail.net"),
        console="app.hubspot.com/domains",
    ),
    _sender(
        "Klaviyo",
        spf=("_spf.klaviyo.com", "spf.klaviyomail.com"),
        cname=("klaviyodns.com", "klaviyomail.com"),
        console="klaviyo.com/settings/email/domains",
    ),
    _sender(
        "Customer.io",
        spf=("customeriomail.com",),
        cname=("customeriomail.com",),
        console="fly.customer.io",
    ),
    _sender("Zendesk", spf=("mail.zendesk.com",), cname=("zendesk.com",), console="zendesk.com"),
    _sender("Intercom", spf=("spf.intercom.io",), cname=("intercom.io",), console="intercom.com"),
    _sender("Help Scout", spf=("helpscoutemail.com",), console="secure.helpscout.net"),
    _sender("Salesforce", spf=("_spf.salesforce.com",), console="login.salesforce.com"),
    _sender("Shopify Email", spf=("shops.shopify.com",), console="admin.shopify.com"),
    _sender("Clerk", cname=("clerk.services",), console="dashboard.clerk.com"),
    _sender("AWeber", spf=("send.aweber.com",), cname=("send.aweber.com",), console="aweber.com"),
    _sender(
        "Freshdesk", spf=("email.freshdesk.com", "fdspfus.freshemail.io"), console="freshdesk.com"
    ),
)
