"""Who serves a host: platforms, and the networks that stand before them. Pure data.

`networks` are what platforms tell their customers to put at a bare domain; a cloud's
whole address space is left out, because it says nothing about whose machine it is.
"""

from audits.observations.vendor_sign import VendorSign

type Headers = tuple[tuple[str, str], ...]


def _host(
    name: str,
    *cname: str,
    headers: Headers = (),
    networks: tuple[str, ...] = (),
    console: str = "",
) -> VendorSign:
    return VendorSign(
        "hosting", name, cname=cname, headers=headers, networks=networks, console=console
    )


def _cdn(
    name: str,
    *cname: str,
    headers: Headers = (),
    networks: tuple[str, ...] = (),
    console: str = "",
) -> VendorSign:
    return VendorSign("cdn", name, cname=cname, headers=headers, networks=networks, console=console)


HOSTS = (
    _host(
        "Vercel",
        *("vercel-dns.com", "vercel.app", "now.sh", "*.vercel-dns-*.com"),
        headers=(("x-vercel-id", "*"), ("server", "vercel")),
        networks=("76.76.21.0/24", "66.33.60.0/24", "216.198.79.0/24", "216.150.1.0/24"),
        console="vercel.com/dashboard",
    ),
    _host(
        "Netlify",
        *("netlify.app", "netlify.com", "netlifyglobalcdn.com"),
        headers=(("x-nf-request-id", "*"), ("server", "netlify*")),
        networks=("75.2.60.5/32", "99.83.231.61/32"),
        console="app.netlify.com",
    ),
    _host("Cloudflare Pages", "pages.dev", console="dash.cloudflare.com"),
    _host("Cloudflare Workers", "workers.dev", console="dash.cloudflare.com"),
    _host(
        "Fly.io",
        *("fly.dev", "flydns.net", "edgeapp.net"),
        headers=(("fly-request-id", "*"), ("server", "fly/*")),
        networks=("66.241.124.0/23", "2a09:8280:1::/48"),
        console="fly.io/dashboard",
    ),
    _host(
        "Render",
        "onrender.com",
        headers=(("x-render-origin-server", "*"), ("rndr-id", "*")),
        networks=("216.24.57.0/24",),
        console="dashboard.render.com",
    ),
    _host(
        "Railway",
        *("railway.app", "up.railway.app", "rlwy.net"),
        headers=(("x-railway-request-id", "*"), ("server", "railway*")),
        console="railway.com/dashboard",
    ),
    _host(
        "Heroku",
        *("herokudns.com", "herokuapp.com", "herokussl.com"),
        headers=(("via", "*vegur*"), ("server", "heroku")),
        console="dashboard.heroku.com",
    ),
    _host(
        "Replit",
        *("replit.app", "repl.co", "replit.dev"),
        headers=(("replit-cluster", "*"),),
        networks=("34.111.179.208/32",),
        console="replit.com",
    ),
    _host(
        "Lovable",
        *("lovable.app", "lovableproject.com"),
        networks=("185.158.133.1/32",),
        console="lovable.dev/projects",
    ),
    _host(
        "Firebase Hosting",
        *("web.app", "firebaseapp.com"),
        networks=("199.36.158.100/32",),
        console="console.firebase.google.com",
    ),
    _host(
        "Google Cloud Run", "ghs.googlehosted.com", "run.app", console="console.cloud.google.com"
    ),
    _host("Google App Engine", "appspot.com", console="console.cloud.google.com"),
    _host("Google Cloud Storage", "c.storage.googleapis.com", console="console.cloud.google.com"),
    _host(
        "Amazon S3",
        "s3*.amazonaws.com",
        "*.s3*.amazonaws.com",
        headers=(("server", "amazons3"),),
        console="console.aws.amazon.com/s3",
    ),
    _host(
        "AWS load balancer",
        "*.elb.*.amazonaws.com",
        "*.elb.amazonaws.com",
        console="aws.amazon.com",
    ),
    _host("AWS Amplify", "amplifyapp.com", console="console.aws.amazon.com/amplify"),
    _host("AWS Elastic Beanstalk", "elasticbeanstalk.com", console="console.aws.amazon.com"),
    _host("AWS App Runner", "awsapprunner.com", console="console.aws.amazon.com/apprunner"),
    _host(
        "GitHub Pages",
        "github.io",
        headers=(("server", "github.com"),),
        networks=("185.199.108.0/22", "2606:50c0:8000::/46"),
        console="github.com",
    ),
    _host("GitLab Pages", "gitlab.io", networks=("35.185.44.232/32",), console="gitlab.com"),
    _host(
        "Shopify",
        "myshopify.com",
        headers=(("x-shopify-stage", "*"), ("powered-by", "shopify"), ("x-shopid", "*")),
        networks=("23.227.38.0/24",),
        console="admin.shopify.com/settings/domains",
    ),
    _host(
        "Webflow",
        *("webflow.com", "webflow.io", "proxy-ssl.webflow.com", "cdn.webflow.com"),
        networks=("75.2.70.75/32", "99.83.190.102/32", "198.202.211.1/32"),
        console="webflow.com/dashboard",
    ),
    _host(
        "Wix",
        *("wixdns.net", "wixsite.com"),
        headers=(("x-wix-request-id", "*"),),
        networks=("23.236.62.147/32", "185.230.63.0/24"),
        console="manage.wix.com",
    ),
    _host(
        "Squarespace",
        *("squarespace.com", "ext-cust.squarespace.com"),
        headers=(("server", "squarespace"),),
        networks=("198.185.159.144/31", "198.49.23.144/31"),
        console="account.squarespace.com",
    ),
    _host(
        "Framer",
        *("framer.app", "sites.framer.app", "framer.website"),
        headers=(("server", "framer/*"),),
        networks=("31.43.160.0/23",),
        console="framer.com/projects",
    ),
    _host("Bubble", "bubbleapps.io", headers=(("x-bubble-perf", "*"),), console="bubble.io"),
    _host(
        "Supabase",
        *("supabase.co", "supabase.in"),
        headers=(("sb-project-ref", "*"), ("sb-gateway-version", "*")),
        console="supabase.com/dashboard",
    ),
    _host(
        "Azure App Service",
        *("azurewebsites.net", "azurewebsites.windows.net"),
        console="portal.azure.com",
    ),
    _host("Azure Static Web Apps", "azurestaticapps.net", console="portal.azure.com"),
    _host("Azure", *("cloudapp.azure.com", "trafficmanager.net"), console="portal.azure.com"),
    _host("DigitalOcean App Platform", "ondigitalocean.app", console="cloud.digitalocean.com"),
    _host("WP Engine", "wpengine.com", "wpeproxy.com", headers=(("x-powered-by", "wp engine"),)),
    _host("WordPress.com", "wordpress.com", headers=(("host-header", "wordpress.com"),)),
    _host("Ghost", "ghost.io", console="ghost.org"),
    _host("Surge", "surge.sh", networks=("45.55.110.124/32",)),
    _host("Deno Deploy", "deno.dev", headers=(("server", "deno/*"),), console="dash.deno.com"),
    _host("Koyeb", "koyeb.app", console="app.koyeb.com"),
    _host("PythonAnywhere", "pythonanywhere.com", console="pythonanywhere.com"),
    _host("Carrd", "carrd.co", console="carrd.co/dashboard"),
    _host("Softr", "softr.app", "softr.io", console="studio.softr.io"),
    _host("Bolt", "bolt.host", console="bolt.new"),
    _host("Base44", "base44.app", console="app.base44.com"),
)

CDNS = (
    _cdn(
        "Cloudflare",
        "cdn.cloudflare.net",
        headers=(("cf-ray", "*"), ("server", "cloudflare")),
        networks=(
            *("104.16.0.0/13", "104.24.0.0/14", "172.64.0.0/13", "188.114.96.0/20"),
            *("162.158.0.0/15", "198.41.128.0/17", "190.93.240.0/20", "141.101.64.0/18"),
            *("108.162.192.0/18", "173.245.48.0/20", "103.21.244.0/22", "103.22.200.0/22"),
            *("103.31.4.0/22", "197.234.240.0/22", "131.0.72.0/22"),
            *("2606:4700::/32", "2400:cb00::/32", "2803:f800::/32", "2405:b500::/32"),
            *("2405:8100::/32", "2a06:98c0::/29", "2c0f:f248::/32"),
        ),
        console="dash.cloudflare.com",
    ),
    _cdn(
        "Amazon CloudFront",
        "cloudfront.net",
        headers=(("x-amz-cf-id", "*"), ("via", "*cloudfront*")),
        console="console.aws.amazon.com/cloudfront",
    ),
    _cdn(
        "Fastly",
        *("fastly.net", "fastlylb.net", "global.ssl.fastly.net"),
        headers=(("x-served-by", "cache-*"), ("x-fastly-request-id", "*")),
        networks=("151.101.0.0/16", "199.232.0.0/16", "2a04:4e42::/32"),
        console="manage.fastly.com",
    ),
    _cdn(
        "Akamai",
        *("akamaiedge.net", "edgekey.net", "edgesuite.net", "akamaized.net"),
        headers=(("server", "akamaighost*"), ("x-akamai-transformed", "*")),
        console="control.akamai.com",
    ),
    _cdn(
        "bunny.net",
        "b-cdn.net",
        headers=(("server", "bunnycdn*"), ("cdn-requestid", "*")),
        console="dash.bunny.net",
    ),
    _cdn(
        "Azure Front Door",
        *("azurefd.net", "azureedge.net", "t-msedge.net"),
        headers=(("x-azure-ref", "*"),),
        console="portal.azure.com",
    ),
    _cdn("Google Cloud CDN", headers=(("via", "1.1 google"),), console="console.cloud.google.com"),
    _cdn("KeyCDN", "kxcdn.com", headers=(("server", "keycdn*"),), console="app.keycdn.com"),
    _cdn(
        "Imperva",
        "incapdns.net",
        headers=(("x-iinfo", "*"), ("x-cdn", "imperva")),
        console="imperva.com",
    ),
    _cdn("Sucuri", "sucuri.net", headers=(("x-sucuri-id", "*"),), console="waf.sucuri.net"),
)
