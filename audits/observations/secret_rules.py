"""Shapes of the credentials that AI-built products leave in what browsers receive. Data.

Each rule is looked for only near one of its literal `prefixes`. Source: automation
specification, section 2.7 (shapes, validators, what is public by design).
"""

import re
from dataclasses import dataclass
from enum import StrEnum


class Grade(StrEnum):
    """How bad it is that a stranger reads it. PUBLIC is made to be read."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    PUBLIC = "public"


@dataclass(frozen=True, slots=True)
class Rule:
    """`shape` is the whole credential; `floor` its least entropy in bits per character.

    `context` must stand, in lower case, within 40 characters before it. `proof` names a
    validator of `secret_scan` that may change the grade or drop the match.
    """

    name: str
    label: str
    prefixes: tuple[str, ...]
    shape: re.Pattern[str]
    grade: Grade
    floor: float = 3.0
    context: tuple[str, ...] = ()
    proof: str = ""


def rule(
    name: str,
    label: str,
    prefixes: str,
    core: str,
    grade: Grade = Grade.CRITICAL,
    *,
    floor: float = 3.0,
    context: str = "",
    proof: str = "",
) -> Rule:
    """A row of the table; `prefixes` and `context` are separated by spaces."""
    left = r"(?<![A-Za-z0-9_])" if core[0] != "-" else ""
    shape = re.compile(f"{left}(?:{core})(?![A-Za-z0-9_-])")
    words = tuple(context.split())
    return Rule(name, label, tuple(prefixes.split()), shape, grade, floor, words, proof)


C, HIGH, MEDIUM, LOW, PUBLIC = Grade.CRITICAL, Grade.HIGH, Grade.MEDIUM, Grade.LOW, Grade.PUBLIC

AI = (
    rule("openai", "OpenAI key", "sk-proj- sk-svcacct- sk-admin- T3BlbkFJ",
         r"sk-[A-Za-z0-9]{20}T3BlbkFJ[A-Za-z0-9]{20}"
         r"|sk-(?:proj|svcacct|admin)-(?:[\w-]{74}|[\w-]{58}|[\w-]{20})T3BlbkFJ"
         r"(?:[\w-]{74}|[\w-]{58}|[\w-]{20})"),
    rule("anthropic", "Anthropic key", "sk-ant-api03- sk-ant-admin01-",
         r"sk-ant-(?:api03|admin01)-[\w-]{93}AA"),
    rule("openrouter", "OpenRouter key", "sk-or-v1-", r"sk-or-v1-[0-9a-f]{64}", floor=3.0),
    rule("groq", "Groq key", "gsk_", r"gsk_[A-Za-z0-9]{52}", floor=3.5),
    rule("gemini", "Gemini key", "AQ.Ab8RN6", r"AQ\.Ab8RN6[\w-]{44}", floor=4.0),
    rule("google", "Google API key", "AIza", r"AIza[\w-]{35}", PUBLIC, floor=4.0,
         proof="google"),
    rule("huggingface", "Hugging Face token", "hf_", r"hf_[A-Za-z]{34}", floor=3.5),
    rule("replicate", "Replicate token", "r8_", r"r8_[A-Za-z0-9]{37}", floor=3.5),
    rule("perplexity", "Perplexity key", "pplx-", r"pplx-[A-Za-z0-9]{48}", floor=3.5),
    rule("pinecone", "Pinecone key", "pcsk_", r"pcsk_\w{5,6}_[A-Za-z0-9]{63}", floor=3.5),
    rule("langsmith", "LangSmith key", "lsv2_", r"lsv2_(?:pt|sk)_[0-9a-f]{32}_[0-9a-f]{10}"),
    rule("together", "Together key", "tgp_v1_", r"tgp_v1_[\w-]{43}", floor=3.5),
    rule("cerebras", "Cerebras key", "csk-", r"csk-[a-z0-9]{48}", floor=3.5),
    rule("nvidia", "NVIDIA key", "nvapi-", r"nvapi-[\w-]{60,70}", floor=3.5),
    rule("xai", "xAI key", "xai-", r"xai-[A-Za-z0-9]{48,}", floor=3.5),
    rule("deepseek", "DeepSeek key", "sk-", r"sk-[0-9a-f]{32}", HIGH, context="deepseek"),
    rule("elevenlabs", "ElevenLabs key", "sk_", r"sk_[0-9a-f]{48}", HIGH,
         context="elevenlabs xi-api-key"),
)  # fmt: skip

BACKENDS = (
    rule("supabase_secret", "Supabase secret key", "sb_secret_",
         r"sb_secret_[\w-]{22}_[\w-]{8}", floor=0.0),
    rule("supabase_pat", "Supabase access token", "sbp_", r"sbp_(?:v0_)?[0-9a-f]{40}"),
    rule("supabase_publishable", "Supabase publishable key", "sb_publishable_",
         r"sb_publishable_[\w-]{20,}", PUBLIC, floor=0.0),
    rule("jwt", "JSON web token", "eyJ", r"eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}", LOW,
         proof="jwt"),
    rule("aws", "AWS access key", "AKIA ASIA ABIA ACCA", r"(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}",
         MEDIUM, proof="aws"),
    rule("bedrock", "Bedrock key", "ABSK bedrock-api-key-",
         r"ABSK[A-Za-z0-9+/]{109,269}=*|bedrock-api-key-YmVkcm9jay5hbWF6b25hd3MuY29t[\w+/=-]*"),
    rule("gcp_oauth", "Google client secret", "GOCSPX-", r"GOCSPX-[\w-]{28}", HIGH),
    rule("gcp_token", "Google access token", "ya29.", r"ya29\.[\w-]{20,}", HIGH),
    rule("database", "Database address with its password",
         "postgres:// postgresql:// mysql:// mariadb:// mongodb:// mongodb+srv:// redis:// "
         "rediss:// amqp:// amqps://",
         r"(?:postgres(?:ql)?|mysql|mariadb|mongodb(?:\+srv)?|rediss?|amqps?)://"
         r"[^\s:@/'\"`]{0,80}:[^\s@/'\"`]{6,120}@[^\s/'\"`:]{3,200}",
         floor=2.0, proof="database"),
    rule("neon", "Neon key", "napi_", r"napi_[a-z0-9]{64}"),
    rule("planetscale", "PlanetScale credential", "pscale_",
         r"pscale_(?:tkn|oauth|pw)_[\w.-]{32,64}"),
    rule("private_key", "Private key", "PRIVATE",
         r"-----BEGIN [A-Z ]{0,20}PRIVATE KEY(?: BLOCK)?-----[\s\\nr]*[A-Za-z0-9+/=\s\\]{64,8000}"
         r"-----END [A-Z ]{0,20}PRIVATE KEY(?: BLOCK)?-----", floor=0.0),
)  # fmt: skip

PAYMENTS = (
    rule("stripe", "sk_live_ key (Stripe or Clerk)", "sk_live_ rk_live_ sk_prod_ rk_prod_",
         r"(?:sk|rk)_(?:live|prod)_[A-Za-z0-9]{10,247}"),
    rule("stripe_test", "Stripe or Clerk test key", "sk_test_ rk_test_",
         r"(?:sk|rk)_test_[A-Za-z0-9]{10,247}", MEDIUM),
    rule("stripe_webhook", "Webhook secret", "whsec_", r"whsec_[A-Za-z0-9+/=]{32,}", HIGH,
         floor=3.5),
    rule("publishable", "Publishable key (Stripe or Clerk)", "pk_live_ pk_test_",
         r"pk_(?:live|test)_[A-Za-z0-9=$]{10,247}", PUBLIC, floor=0.0),
)  # fmt: skip

MAIL = (
    rule("resend", "Resend key", "re_", r"re_[A-Za-z0-9]{8}_[A-Za-z0-9]{24}", floor=3.5),
    rule("sendgrid", "SendGrid key", "SG.", r"SG\.[\w-]{22}\.[\w-]{43}"),
    rule("mailgun", "Mailgun key", "key-", r"key-[0-9a-f]{32}", HIGH, context="mailgun"),
    rule("brevo", "Brevo key", "xkeysib-", r"xkeysib-[0-9a-f]{64}-[A-Za-z0-9]{16}", HIGH),
    rule("twilio", "Twilio token", "authToken auth_token AUTH_TOKEN",
         r"(?:authToken|auth_token|AUTH_TOKEN)[\"'\s:=]{1,6}[0-9a-f]{32}"),
)  # fmt: skip

TOOLS = (
    rule("github", "GitHub token", "ghp_ gho_ ghu_ ghs_ ghr_", r"gh[pousr]_[A-Za-z0-9]{36}",
         proof="github"),
    rule("github_pat", "GitHub token", "github_pat_",
         r"github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}"),
    rule("cloudflare", "Cloudflare token", "cfut_ cfat_ cfk_",
         r"cf(?:ut|at|k)_[A-Za-z0-9]{40}[0-9a-f]{8}", proof="cloudflare"),
    rule("slack", "Slack token", "xoxb- xoxp- xoxe- xoxa- xoxr- xoxs- xapp-",
         r"xox[bpears]-[A-Za-z0-9-]{20,}|xapp-[A-Za-z0-9-]{20,}"),
    rule("slack_hook", "Slack webhook", "hooks.slack.com",
         r"hooks\.slack\.com/(?:services|workflows|triggers)/[A-Za-z0-9/_-]{43,56}", HIGH),
    rule("discord_hook", "Discord webhook", "discord.com/api/webhooks discordapp.com/api/webhooks",
         r"discord(?:app)?\.com/api/webhooks/\d{17,20}/[\w-]{60,}", HIGH),
    rule("mapbox", "Mapbox secret token", "sk.eyJ", r"sk\.eyJ[\w-]{20,}\.[\w-]{15,}", HIGH),
    rule("mapbox_public", "Mapbox public token", "pk.eyJ",
         r"pk\.eyJ[\w-]{20,}\.[\w-]{15,}", PUBLIC),
    rule("vercel", "Vercel token", "vcp_ vci_ vca_ vcr_ vck_", r"vc[piark]_[A-Za-z0-9]{56}"),
    rule("netlify", "Netlify token", "nfp_", r"nfp_[A-Za-z0-9]{40,}"),
    rule("render", "Render key", "rnd_", r"rnd_[A-Za-z0-9]{28}"),
    rule("digitalocean", "DigitalOcean token", "dop_v1_", r"dop_v1_[0-9a-f]{64}"),
    rule("fly", "Fly token", "FlyV1 ", r"FlyV1 [\w+/=,-]{100,}"),
    rule("npm", "npm token", "npm_", r"npm_[A-Za-z0-9]{36}", HIGH, floor=3.5),
    rule("pypi", "PyPI token", "pypi-AgEIcHlwaS5vcmc", r"pypi-AgEIcHlwaS5vcmc[\w-]{50,}", HIGH),
    rule("gitlab", "GitLab token", "glpat-", r"glpat-[\w-]{20,}", HIGH),
    rule("linear", "Linear key", "lin_api_", r"lin_api_[A-Za-z0-9]{40}", HIGH),
    rule("notion", "Notion token", "ntn_", r"ntn_\d{11}[A-Za-z0-9]{35}", HIGH),
    rule("figma", "Figma token", "figd_", r"figd_[\w-]{38,42}", HIGH),
    rule("shopify", "Shopify token", "shpat_ shpca_ shppa_ shpss_",
         r"shp(?:at|ca|pa|ss)_[0-9a-f]{32}", HIGH),
    rule("sentry", "Sentry token", "sntrys_ sntryu_", r"sntry[su]_[\w=+/-]{40,}", HIGH),
    rule("posthog", "PostHog personal key", "phx_", r"phx_[A-Za-z0-9]{41,49}", HIGH),
    rule("posthog_public", "PostHog project key", "phc_", r"phc_[A-Za-z0-9]{40,}", PUBLIC),
    rule("telegram", "Telegram bot token", ":AA", r"\d{8,10}:AA[\w-]{33}", HIGH),
)  # fmt: skip

RULES = (*AI, *BACKENDS, *PAYMENTS, *MAIL, *TOOLS)

# Documented samples and what people write where a key would stand.
PLACEHOLDER = re.compile(
    r"EXAMPLE$|^[\w-]{0,12}(?:your|example|sample|dummy|placeholder|changeme|redacted|xxxx)"
    r"|(.)\1{4,}|1234567890|abcdefghij|deadbeef|0123456789",
    re.IGNORECASE,
)
FAKE_HOSTS = re.compile(r"@(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[?::1\]?|host|hostname|db|"
                        r"(?:[\w-]+\.)*example(?:\.\w+)?)$", re.IGNORECASE)  # fmt: skip
FAKE_PASSWORDS = re.compile(
    r"^(?:pass(?:word|wd)?|secret|user|postgres|root|admin|\*+|<.*>|\$\{?\w+\}?|%\w+%|\[.*\]|"
    r"your.*|x{3,}|\.{3,})$",
    re.IGNORECASE,
)
