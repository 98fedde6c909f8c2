"""What the product's browser gets: pages, chunks and text files, as a set of faults has them.

The app is a chat assistant for small shops, built as AI-built products are: a Next.js
front end on the apex and on `app.`, a JSON API on `api.`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from textwrap import dedent

from tests.lab import planted_keys

type Has = Callable[[str], bool]

VENDOR_SCRIPT = "/assets/vendor-7c1d9e40.js"
STRANGERS = ("tags.metricly.test", "widget.chatbubble.test", "replay.watchers.test")

CHUNK = "/_next/static/chunks"
MAIN_CHUNK = f"{CHUNK}/main-app-8f3c1b7e24d0a596.js"
PAGE_CHUNK = f"{CHUNK}/app/page-5d1e0c97ab3f4286.js"
WEBPACK_CHUNK = f"{CHUNK}/webpack-2b64d1f07c9e83a5.js"
STYLESHEET = "/_next/static/css/6c0f9ad12e57b384.css"
BUILD_ID = "qT7xkWb2nRz4Vd81LmYpC"


def title_of(domain: str) -> str:
    return {"brightchat.test": "BrightChat", "brokenchat.test": "BrokenChat"}.get(
        domain, domain.partition(".")[0].capitalize()
    )


def head_links(domain: str, host: str, path: str, has: Has) -> str:
    canonical = f"https://{host}{path}"
    if has("canonical_preview"):
        canonical = f"https://{domain.partition('.')[0]}-git-main-studio.vercel.app{path}"
    lines = [f'<meta property="og:url" content="{canonical}">']
    if not has("canonical_missing"):
        lines.append(f'<link rel="canonical" href="{canonical}">')
    if has("noindex_meta"):
        lines.append('<meta name="robots" content="noindex, nofollow">')
    if has("mixed_script") or has("mixed_script_upgraded"):
        lines.append(f'<script src="http://cdn.{domain}/widget/chat-widget.js" defer></script>')
    lines += head_tags(has)
    if has("inline_script"):
        lines.append("<script>window.dataLayer = window.dataLayer || [];</script>")
    return "\n".join(lines)


def head_tags(has: Has) -> list[str]:
    tags = [f'<script src="{VENDOR_SCRIPT}" defer></script>'] if has("scripts_heavy") else []
    if has("strangers_block"):
        tags += [f'<script src="https://{host}/v1.js"></script>' for host in STRANGERS]
    return tags


def page(domain: str, host: str, path: str, heading: str, body: str, has: Has) -> str:
    """One page of the front end as the server renders it."""
    title = title_of(domain)
    data = json.dumps(
        {
            "props": {"pageProps": public_config(domain, has)},
            "page": path,
            "query": {},
            "buildId": BUILD_ID,
        }
    )
    main_chunk = f"{CHUNK}/main-app-gone.js" if has("shell_dead") else MAIN_CHUNK
    shell = "" if has("shell_dead") else f"<main><h1>{heading}</h1>{body}</main>"
    return dedent("""\
        <!DOCTYPE html>
        <html lang="en"><head><meta charset="utf-8">
        {viewport}
        <title>{heading} · {title}</title>
        <meta name="description" content="{title} answers your shop's customers day and night.">
        {links}
        <link rel="stylesheet" href="{stylesheet}">
        <link rel="icon" href="/favicon.ico">
        <script src="{webpack}" defer></script>
        <script src="{main}" defer></script>
        <script src="{page_chunk}" defer></script>
        </head><body><div id="__next">{shell}</div>
        <script id="__NEXT_DATA__" type="application/json">{data}</script>
        </body></html>
        """).format(
        heading=heading,
        title=title,
        viewport=viewport(has),
        links=head_links(domain, host, path, has),
        stylesheet=STYLESHEET,
        webpack=WEBPACK_CHUNK,
        main=main_chunk,
        page_chunk=PAGE_CHUNK,
        shell=shell,
        data=data,
    )


def viewport(has: Has) -> str:
    more = ", user-scalable=no" if has("viewport_no_zoom") else ""
    size = f'<meta name="viewport" content="width=device-width, initial-scale=1{more}">'
    # A host that answers every path with its page would answer the manifest's with it too.
    manifest = "" if has("spa_catch_all") else '<link rel="manifest" href="/manifest.webmanifest">'
    return manifest if has("viewport_missing") else size + manifest


def public_config(domain: str, has: Has) -> dict[str, object]:
    """Configuration in `__NEXT_DATA__`: every key here is public by design."""
    config: dict[str, object] = {
        "supabaseUrl": f"https://{planted_keys.supabase_project()}.supabase.co",
        "supabaseAnonKey": planted_keys.supabase_jwt("anon"),
        "stripePublishableKey": planted_keys.stripe_public_key(),
        "sentryDsn": planted_keys.sentry_address(),
        "posthogKey": planted_keys.posthog_key(),
        "apiBaseUrl": f"https://api.{domain}",
    }
    if has("next_data_stripe_secret"):
        config["stripeSecretKey"] = planted_keys.stripe_secret_key()
    return config


def home(domain: str, host: str, has: Has) -> str:
    image = f"http://images.{domain}/hero.png" if has("mixed_image") else "/images/hero.png"
    staging = ""
    if has("staging_callback"):
        preview = f"{domain.partition('.')[0]}-git-main-studio.vercel.app"
        staging = (
            f'<a href="https://accounts.brightsign.test/authorize?client_id=web&amp;'
            f'redirect_uri=https%3A%2F%2F{preview}%2Fapi%2Fauth%2Fcallback">Sign in with Bright</a>'
            f'<form action="https://{preview}/api/auth/callback" method="post">'
            "<button>Continue</button></form>"
        )
    if has("staging_image"):
        staging += f'<img src="https://staging.{domain}/images/team.png" alt="Our team">'
    body = dedent("""\
        <p>Put an assistant on your shop in ten minutes. It reads your pages, answers in your
        tone and hands over to you when it is unsure.</p>
        <img src="{image}" alt="A conversation about a late parcel" width="640" height="400">
        <svg xmlns="http://www.w3.org/2000/svg" width="16" height="16"><circle r="8"/></svg>
        <p><a href="https://app.{domain}/login">Sign in</a> · <a href="/pricing">Pricing</a> ·
        <a href="http://schema.org/Product">What search engines read</a></p>{staging}
        """).format(image=image, domain=domain, staging=staging)
    return page(domain, host, "/", "An assistant for your shop", body, has)


def login(domain: str, host: str, has: Has) -> str:
    body = (
        f'<form action="https://app.{domain}/api/session" method="post">'
        '<label>E-mail <input type="email" name="email" autocomplete="email"></label>'
        "<button>Send me a link</button></form>"
    )
    return page(domain, host, "/login", "Sign in", body, has)


def pricing(domain: str, host: str, has: Has) -> str:
    body = "<p>Free for 100 answers a month, then 29 a month.</p>"
    return page(domain, host, "/pricing", "Pricing", body, has)


def missing(domain: str, host: str, path: str, has: Has) -> str:
    body = '<p>There is nothing at this address. <a href="/">Back to the start</a></p>'
    return page(domain, host, "/404", "Page not found", body, has)


def main_chunk(domain: str, has: Has) -> str:
    """The app's own chunk: where the base URL of the API and the keys end up."""
    firebase = {
        "apiKey": planted_keys.google_browser_key(),
        "authDomain": f"auth.{domain}",
        "projectId": "bright-assistants",
        "appId": "1:481516234200:web:7d0c1f4b9a2e",
    }
    lines = [
        '"use strict";(self.webpackChunk_N_E=self.webpackChunk_N_E||[]).push([[744],{',
        f"4201:(e,t,n)=>{{n.d(t,{{a:()=>r}});const r={json.dumps(firebase)};}},",
        f'4377:(e,t,n)=>{{const a="https://api.{domain}";',
        "async function c(m){const r=await fetch(a+'/v1/chat',{method:'POST',",
        "credentials:'include',"
        "headers:{'content-type':'application/json'},body:JSON.stringify({messages:m})});",
        "if(void 0===r||null===r)return null;return r.json()}t.chat=c},",
        *(f"{code}," for code in planted_code(domain, has)),
        "}]);",
    ]
    return "\n".join(lines) + "\n"


def planted_code(domain: str, has: Has) -> list[str]:
    """One module per planted fault, as a bundler would leave it."""
    modules = {
        "localhost_api": "5101:(e,t)=>{t.load=()=>fetch('http://localhost:8000/api/conversations',"
        "{credentials:'include'})}",
        "localhost_dev_branch": "5102:(e,t)=>{t.base='localhost'===location.hostname?"
        f"'http://localhost:8000':'https://api.{domain}';t.load=()=>fetch(t.base+'/v1/models')}}",
        "undefined_url": "5103:(e,t)=>{t.profile=()=>fetch('https://api."
        f"{domain}/undefined/v1/profile').then(r=>r.json())}}",
        "staging_api": "5104:(e,t)=>{t.search=q=>fetch('https://bright-search-api.onrender.com"
        "/v1/search?q='+encodeURIComponent(q))}",
        "js_openai_key": "5105:(e,t)=>{t.ask=m=>fetch('https://api.openai.com/v1/chat/completions',"
        "{method:'POST',headers:{Authorization:'Bearer "
        f"{planted_keys.openai_key()}'}},body:JSON.stringify(m)}})}}",
        "js_service_role": "5106:(e,t)=>{t.admin=createClient('https://"
        f"{planted_keys.supabase_project()}.supabase.co','{planted_keys.supabase_jwt('service_role')}')}}",
        "js_gemini_key": "5107:(e,t)=>{t.gen=p=>fetch('https://generativelanguage.googleapis.com"
        "/v1beta/models/gemini-2.5-flash:generateContent?key="
        f"{planted_keys.google_browser_key()}',{{method:'POST',body:p}})}}",
        "mixed_fetch": f"5108:(e,t)=>{{t.rates=()=>fetch('http://api.{domain}/v1/rates')}}",
        "development_build": "5110:(e,t)=>{/**\n * @license React\n *"
        " react-dom.development.js\n */}",
        "test_instance": "5111:(e,t)=>{t.clerk=()=>fetch('https://bright-otter-12.clerk.accounts.dev"
        "/v1/client')}",
        "js_placeholder_key": "5109:(e,t)=>{t.hint='Paste your key, it looks like sk-xxxxxxxxxxxx"
        "xxxxxxxxxxxxxxxx'}",
    }
    return [code for fault, code in modules.items() if has(fault)]


def webpack_chunk() -> str:
    """The runtime: what every such bundle holds and what is no fault at all."""
    return "\n".join(
        (
            '"use strict";self.webpackChunk_N_E=[];(()=>{var e={},t={},',
            'c={744:"8f3c1b7e24d0a596",931:"5d1e0c97ab3f4286"};',
            "function r(n){var o=t[n];if(void 0!==o)return o.exports;return e[n]}",
            'var i="undefined"!=typeof window?window:null,u=undefined;',
            'var b=i&&new URL(i.location.pathname,"http://n");',
            'var s="http://www.w3.org/2000/svg",m="http://www.w3.org/1998/Math/MathML";',
            'function x(e){throw Error("Minified error; see https://react.dev/errors/"+e)}',
            'r.u=e=>"static/chunks/"+e+"-"+c[e]+".js";})();',
            "",
        )
    )


def page_chunk(has: Has) -> str:
    """A page's chunk; a build that uploads its maps leaves the comment behind."""
    code = (
        '"use strict";(self.webpackChunk_N_E=self.webpackChunk_N_E||[]).push([[931],{'
        "7310:(e,t,n)=>{var o=n(5155);t.default=function(){return o.jsx('main',{children:"
        "'An assistant for your shop'})}}}]);\n"
    )
    if any(map(has, ("source_map", "source_map_secret", "map_comment_only"))):
        code += f"//# sourceMappingURL={PAGE_CHUNK.rpartition('/')[2]}.map\n"
    return code


def source_map(has: Has) -> str:
    source = (
        "export default function Page() {\n  return <main>An assistant for your shop</main>;\n}\n"
    )
    if has("source_map_secret"):
        source += f"// server only\nconst OPENAI_API_KEY = '{planted_keys.openai_key()}';\n"
    return json.dumps(
        {
            "version": 3,
            "file": PAGE_CHUNK.rpartition("/")[2],
            "sources": ["webpack://_N_E/./src/app/page.tsx"],
            "sourcesContent": [source],
            "names": ["Page"],
            "mappings": "AAAA,eAAe,SAASA,OACtB",
        }
    )


def robots(domain: str, host: str, has: Has) -> str:
    rule = "Disallow: /" if has("robots_disallow") else "Disallow: /account/"
    return f"User-agent: *\n{rule}\n\nSitemap: https://{host}/sitemap.xml\n"


def sitemap(domain: str, host: str, has: Has) -> str:
    paths = ["/", "/pricing", "/login"]
    urls = [f"https://{host}{path}" for path in paths]
    if has("sitemap_dead"):
        urls += [f"http://{host}/old", f"https://staging.{domain}/", f"https://{host}/gone"]
    entries = "".join(f"<url><loc>{url}</loc></url>" for url in urls)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{entries}</urlset>\n'
    )


def env_file() -> str:
    identifier, secret = planted_keys.aws_key_pair()
    return dedent(f"""\
        NODE_ENV=production
        DATABASE_URL={planted_keys.database_url()}
        OPENAI_API_KEY={planted_keys.openai_key()}
        STRIPE_SECRET_KEY={planted_keys.stripe_secret_key()}
        AWS_ACCESS_KEY_ID={identifier}
        AWS_SECRET_ACCESS_KEY={secret}
        """)


GIT_HEAD = "ref: refs/heads/main\n"
GIT_CONFIG = dedent("""\
    [core]
    \trepositoryformatversion = 0
    \tfilemode = true
    \tbare = false
    [remote "origin"]
    \turl = git@git.brightsign.test:studio/assistant.git
    \tfetch = +refs/heads/*:refs/remotes/origin/*
    """)


def django_debug_page(url: str, path: str) -> str:
    """A 404 as Django shows it with DEBUG on: its headings, its ids, its well-known sentence."""
    return dedent(f"""\
        <!DOCTYPE html>
        <html lang="en"><head><meta http-equiv="content-type" content="text/html; charset=utf-8">
        <title>Page not found at {path}</title>
        <meta name="robots" content="NONE,NOARCHIVE"></head>
        <body><header id="summary"><h1>Page not found <small>(404)</small></h1>
        <table class="meta"><tr><th scope="row">Request Method:</th><td>GET</td></tr>
        <tr><th scope="row">Request URL:</th><td>{url}</td></tr></table></header>
        <main id="info"><p>Using the URLconf defined in <code>assistant.urls</code>,
        Django tried these URL patterns, in this order:</p>
        <ol><li><code>admin/</code></li><li><code>v1/chat</code></li></ol>
        <p>The current path, <code>{path.lstrip("/")}</code>, didn’t match any of these.</p></main>
        <footer id="explanation"><p>You’re seeing this error because you have
        <code>DEBUG = True</code> in your Django settings file. Change that to
        <code>False</code>, and Django will display a standard 404 page.</p></footer>
        </body></html>
        """)
